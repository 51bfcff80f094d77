//! Nova's software API: servers, flavors and server groups as a program calls them, without REST.
//!
//! [`ServersApi`], [`FlavorsApi`] and [`GroupsApi`] are what embedders and the REST service call; [`LocalComputeApi`] is their
//! implementation over Nova's databases. Types are plain values of this crate ([`Server`], [`Flavor`], …): no
//! versioned objects, no rows, no JSON.
//!
//! # What happens to a server
//! [`create`](ServersApi::create) checks everything that can be checked without a host, writes the request and one
//! durable operation in **one** transaction of the API database, and tells a conductor to look. From then on the server
//! is there: [`get`](ServersApi::get) and [`list`](ServersApi::list) see it, wherever its record is (the API database
//! until a host is chosen, then the cell; cell0 when there was none). [`watch`](ServersApi::watch) follows it.
//! [`act`](ServersApi::act) starts, stops, reboots, pauses or suspends it, in the states that go with that.
//! [`delete`](ServersApi::delete) is accepted at any moment, and again is as good as once.
//!
//! # Servers that belong together
//! A [server group](GroupsApi) has a [policy](GroupPolicy): its servers are on one host, or at most so many are on each. A
//! request [in a group](CreateServer::in_group) puts its servers into it, in the transaction that accepts them; they go only
//! where the group lets them, whatever else is asked for at the same time, or end in
//! [`Error`](ServerStatus::Error) with NoValidHost. A deleted server leaves its group. A deleted group binds no new server;
//! those that were in it stay where they are.
//!
//! # Who may do what
//! A project sees its own servers and groups; those of others are [not found](ApiError::NotFound). An administrator sees all. For the
//! rest a [`policy`] is asked, with Nova's names and defaults: looking needs the role `reader`; creating, changing and
//! deleting `member`; making flavors an administrator.
//!
//! # Example: create, look, delete
//! ```
//! use std::sync::Arc;
//! use nova_compute_api::{CreateFlavor, CreateServer, FlavorsApi, LocalComputeApi, ServerStatus, ServersApi};
//! use nova_core::{Env, RequestContext};
//! use nova_neighbours::image::{DirectoryImages, ImageInfo};
//! use nova_objects_db::{NovaDb, NovaUrls};
//!
//! # tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path();
//! let env = Env::system();
//! let db = NovaDb::connect(&env, NovaUrls::in_directory(path)).await?;
//! db.migrate().await?;
//! let images = DirectoryImages::open(path.join("images"));
//! let image: ImageInfo = serde_json::from_str(
//!     r#"{"id": "70a599e0-31e7-49b7-b260-868f441e862b", "name": "cirros"}"#)?;
//! images.add(&image)?;
//!
//! let api = LocalComputeApi::builder(&env, &db, Arc::new(images)).build();
//! let admin = RequestContext::admin(&env);
//! api.create_flavor(&admin, CreateFlavor::new("small", 1, 512, 1).id("1")).await?;
//!
//! let cx = RequestContext::builder().user("u1").project("p1").role("member").build(&env);
//! let created = api.create(&cx, CreateServer::new("web", "1", image.id).count(2)).await?;
//! assert_eq!(created.servers[0].name, "web-1");
//!
//! let server = api.get(&cx, created.servers[0].id).await?;
//! assert_eq!(server.status, ServerStatus::Build);     // nothing schedules in this example
//! api.delete(&cx, server.id).await?;
//! assert_eq!(api.list(&cx, &Default::default(), &Default::default()).await?.len(), 1);
//! # Ok::<(), nova_core::BoxError>(())
//! # }).unwrap();
//! ```
//!
//! # What it does not do yet
//! Quotas beyond servers per request; volumes, key pairs, config drives and user data (refused by name, never ignored);
//! resize and the actions beyond [`Action`] and [rebuild](ServersApi::rebuild).

mod access;
mod action;
mod api;
mod create;
mod error;
mod flavor;
mod group;
mod list;
mod local;
pub mod policy;
pub mod quota;
mod rebuild;
mod server;
mod status;
mod validate;

pub use self::action::{Action, Reboot};
pub use self::api::{CloudApi, FlavorsApi, GroupsApi, ServerStates, ServersApi};
pub use self::create::{CreateServer, Created, NetworkChoice};
pub use self::error::{ApiError, Kind};
pub use self::flavor::{CreateFlavor, Flavor, FlavorFilter, FlavorVisibility};
pub use self::group::{CreateGroup, GroupFilter, ServerGroup};
pub use self::list::{Page, ServerFilter};
pub use self::local::{LocalComputeApi, LocalComputeApiBuilder};
pub use self::rebuild::RebuildServer;
pub use self::server::{Address, Server, ServerFault};
pub use self::status::{ServerStatus, UnknownStatus};
pub use nova_objects_catalog::GroupPolicy;
