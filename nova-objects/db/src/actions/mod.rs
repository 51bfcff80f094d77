//! What is done with Nova's objects, in Nova's databases.
//!
//! Each object has a module of its name. In it are *transaction-level functions*, whose names end in `_in` and which
//! take a [`Tx`](crate::Tx) first: they compose, so that an intent, its records and its durable operation become one
//! transaction. The catalogue's traits of actions are implemented on [`CellStore`] and [`ApiStore`], each action being
//! one transaction around one of those functions; [`NovaDb::registry`](crate::NovaDb::registry) registers them all.
//!
//! Columns of JSON hold what Nova writes there: either side reads the other's rows.
//!
//! # Example: several records in one transaction
//! ```no_run
//! use nova_core::RequestContext;
//! use nova_objects_catalog::Instance;
//! use nova_objects_db::actions::{instance, instance_action};
//! use nova_objects_db::{ActionError, Db};
//!
//! async fn record(cell: &Db, cx: &RequestContext, wanted: &Instance) -> Result<Instance, ActionError> {
//!     let (cx, wanted) = (cx.clone(), wanted.clone());
//!     cell.write(move |tx| {
//!         let (cx, mut server) = (cx.clone(), wanted.clone());
//!         async move {
//!             instance::create_in(&tx, &cx, &mut server).await?;
//!             let uuid = server.uuid.get().map_err(nova_core::Fault::from)?.to_string();
//!             instance_action::action_start_in(&tx, &cx, &uuid, "create").await?;
//!             Ok(server)
//!         }
//!     })
//!     .await
//! }
//! ```

mod api_store;
pub mod block_device_mapping;
pub mod build_request;
pub mod cell_mapping;
mod cell_store;
pub(crate) mod columns;
pub mod compute_node;
pub mod flavor;
pub mod host_mapping;
pub mod instance;
pub mod instance_action;
pub mod instance_fault;
pub mod instance_group;
pub mod instance_info_cache;
pub mod instance_mapping;
mod registry;
pub mod request_spec;
pub(crate) mod scope;
pub mod service;
mod store;

pub use self::api_store::ApiStore;
pub use self::cell_store::CellStore;
