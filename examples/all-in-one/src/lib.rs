//! A whole compute cloud in one process.
//!
//! Every part is the real one: REST requests go through the software API into SQLite, a conductor schedules and creates
//! records, computes pull their steps and drive (fake) hypervisors, and every message between services is encoded and
//! decoded on a memory bus. The parts do not know that they share a process: give them another transport and other
//! databases and they are a fleet.
//!
//! # Example: embed a cloud
//! ```
//! use std::time::Duration;
//! use nova_all_in_one::{Cloud, Settings};
//! use nova_compute_api::CreateServer;
//! use nova_core::{Env, RequestContext};
//!
//! # tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
//! let env = Env::system();
//! let directory = tempfile::tempdir()?;
//! let cloud = Cloud::build(&env, &Settings::in_directory(directory.path())).await?;
//! cloud.start().await?;
//!
//! let cx = RequestContext::builder().user("me").project("mine").role("member").build(&env);
//! let request = CreateServer::new("first", "1", cloud.image());
//! let server = cloud.api().create(&cx, request).await?.servers.remove(0);
//! while cloud.api().get(&cx, server.id).await?.is_busy() {
//!     tokio::time::sleep(Duration::from_millis(10)).await;
//! }
//! assert!(cloud.api().get(&cx, server.id).await?.host.is_some());
//! cloud.stop(Duration::from_secs(5)).await;
//! # Ok::<(), nova_core::BoxError>(())
//! # }).unwrap();
//! ```

mod builder;
mod cloud;
pub mod demo;
mod node;
mod seed;
mod settings;
mod shared;

pub use self::builder::{CloudBuilder, Handles};
pub use self::cloud::Cloud;
pub use self::node::Node;
pub use self::settings::{HostSettings, Route, Settings};
pub use self::shared::Shared;
