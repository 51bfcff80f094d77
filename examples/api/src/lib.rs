//! Nova's REST API, a thin layer over [`nova_compute_api`].
//!
//! It reads requests strictly (an unknown key or a wrong type is refused with the field's name), calls the software
//! API, and shows what it answers with the names and types that the stock clients need. It decides nothing itself.
//!
//! | route | |
//! |---|---|
//! | `GET /`, `GET /v2.1` | version discovery, without a token |
//! | `GET /v2.1/flavors`, `/flavors/detail`, `/flavors/{id}`, `/flavors/{id}/os-extra_specs` | flavors |
//! | `POST /v2.1/flavors`, `DELETE /v2.1/flavors/{id}` | for administrators |
//! | `GET /v2.1/servers`, `/servers/detail`, `/servers/{id}` | servers |
//! | `POST /v2.1/servers`, `DELETE /v2.1/servers/{id}` | accepted with 202 and 204 |
//! | `GET`, `POST /v2.1/os-server-groups`, `GET`, `DELETE /v2.1/os-server-groups/{id}` | server groups; a server joins one by the hint `group` |
//! | `POST /v2.1/servers/{id}/action` | `os-start`, `os-stop`, `reboot`, `pause`, `unpause`, `suspend`, `resume`, `rebuild`: accepted with 202 |
//!
//! The only microversion is [2.1](version::MICROVERSION): what Nova added later is not here, and is not announced.
//!
//! # Example: the whole service, with development identities
//! ```
//! use std::sync::Arc;
//! use nova_api::{ApiSettings, service};
//! use nova_compute_api::LocalComputeApi;
//! use nova_core::Env;
//! use nova_core::service::Service;
//! use nova_neighbours::identity::{FixedIdentity, Person};
//! use nova_neighbours::image::DirectoryImages;
//! use nova_objects_db::{NovaDb, NovaUrls};
//!
//! # tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path();
//! let env = Env::system();
//! let db = NovaDb::connect(&env, NovaUrls::in_directory(path)).await?;
//! db.migrate().await?;
//! let api = LocalComputeApi::builder(&env, &db, Arc::new(DirectoryImages::open(path.join("images")))).build();
//! let identity = FixedIdentity::default().with("demo-token", Person::member("demo", "demo"));
//!
//! let service = service(&env, Arc::new(api), Arc::new(identity), ApiSettings::default());
//! service.start().await?;
//! println!("http://{}/v2.1", service.local_addr().expect("started"));
//! service.stop(std::time::Duration::from_secs(5)).await;
//! # Ok::<(), nova_core::BoxError>(())
//! # }).unwrap();
//! ```
//!
//! # What it does not do yet
//! Soft policies and rules of server groups, which the software API has (they came with microversions 2.15 and 2.64). The other actions, key pairs, quotas, the routes of administrators; the project's id in the path; other formats than JSON.

mod auth;
mod flavors;
mod groups;
mod links;
mod query;
mod refusal;
mod servers;
mod service;
pub mod version;

pub use self::auth::TokenAuthenticator;
pub use self::service::{ApiSettings, router, service, service_with};
