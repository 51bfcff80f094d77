//! Versioned, remotable objects on the oslo.versionedobjects wire format.
//!
//! An *object* is a named, versioned set of fields that travels between services of different releases and lives in a
//! database which only some of them reach. This crate is the mechanism; Nova's own objects are in
//! `nova-objects-catalog`, their database in `nova-objects-db`. Yours need neither.
//!
//! # An object
//! Fields are [unset, set or changed](Field). The derive writes and reads the primitive form, in JSON and MessagePack.
//! ```
//! use nova_objects::{Field, Meta, VersionedObject};
//!
//! #[derive(VersionedObject, Clone, Debug, PartialEq)]
//! #[object(namespace = "shelf", version = "1.1")]
//! pub struct Widget {
//!     pub meta: Meta,
//!     pub name: Field<String>,
//!     #[object(since = "1.1")]
//!     pub note: Field<Option<String>>,
//! }
//!
//! let mut widget = Widget::empty();
//! widget.name.set("lamp");
//! assert_eq!(
//!     serde_json::to_string(&widget)?,
//!     r#"{"nova_object.name":"Widget","nova_object.namespace":"shelf","nova_object.version":"1.1","#.to_owned()
//!         + r#""nova_object.data":{"name":"lamp"},"nova_object.changes":["name"]}"#
//! );
//! # Ok::<(), serde_json::Error>(())
//! ```
//! What a field can hold is listed in [`types`]. How an object is said to older readers: [`make_compatible`],
//! [`Convert`]. How its contract is kept: [`testing`].
//!
//! # Actions
//! What can be done with an object is declared beside it and implemented elsewhere. `#[remotable]` gives the object the
//! methods that callers use.
//! ```
//! # use nova_objects::{Field, Meta, VersionedObject};
//! # #[derive(VersionedObject, Clone, Debug, PartialEq)]
//! # #[object(namespace = "shelf", version = "1.0")]
//! # pub struct Widget { pub meta: Meta, pub name: Field<String> }
//! use nova_core::{Fault, RequestContext};
//! use nova_objects::{Objects, remotable};
//!
//! #[remotable(Widget)]
//! pub trait WidgetActions {
//!     /// Finds a widget by name. No object comes first: an action of the class.
//!     async fn get_by_name(&self, cx: &RequestContext, name: &str) -> Result<Option<Widget>, Fault>;
//!     /// Stores the changes. The object comes first: an action on it.
//!     async fn save(&self, cx: &RequestContext, widget: &mut Widget) -> Result<(), Fault>;
//! }
//!
//! async fn rename(cx: &RequestContext, objects: &Objects) -> Result<(), Fault> {
//!     if let Some(mut widget) = Widget::get_by_name(cx, objects, "lamp").await? {
//!         widget.name.set("light");
//!         widget.save(cx, objects).await?;
//!     }
//!     Ok(())
//! }
//! ```
//! A refused or lost action leaves the object and its changes as they were. Reading a field never does I/O: what must
//! be loaded is loaded by an action.
//!
//! # A store
//! A store implements the trait, on whatever it keeps objects in, and is registered.
//! ```
//! # use nova_core::{Fault, RequestContext};
//! # use nova_objects::{Field, Meta, VersionedObject, remotable};
//! # #[derive(VersionedObject, Clone, Debug, PartialEq)]
//! # #[object(namespace = "shelf", version = "1.0")]
//! # pub struct Widget { pub meta: Meta, pub name: Field<String> }
//! # #[remotable(Widget)]
//! # pub trait WidgetActions {
//! #     async fn get_by_name(&self, cx: &RequestContext, name: &str) -> Result<Option<Widget>, Fault>;
//! #     async fn save(&self, cx: &RequestContext, widget: &mut Widget) -> Result<(), Fault>;
//! # }
//! use std::collections::BTreeMap;
//! use std::sync::{Arc, Mutex};
//! use nova_objects::{Objects, Registry, async_trait};
//!
//! #[derive(Default)]
//! struct Shelf(Mutex<BTreeMap<String, Widget>>);
//!
//! #[async_trait]
//! impl WidgetActions for Shelf {
//!     async fn get_by_name(&self, _: &RequestContext, name: &str) -> Result<Option<Widget>, Fault> {
//!         Ok(self.0.lock().unwrap().get(name).cloned())
//!     }
//!
//!     async fn save(&self, _: &RequestContext, widget: &mut Widget) -> Result<(), Fault> {
//!         widget.reset_changes();
//!         self.0.lock().unwrap().insert(widget.name.get()?.clone(), widget.clone());
//!         Ok(())
//!     }
//! }
//!
//! let registry = Registry::default().with::<Widget>(Arc::new(Shelf::default()));
//! let objects = Objects::local(registry);
//! # drop(objects);
//! ```
//!
//! # Local and Remote
//! A service that holds the store gives its managers [`Objects::local`]; one that must not reach it gives them
//! [`Objects::remote`], and a conductor serves the same registry with an [`ObjectEndpoint`]. The managers' code is the
//! same, and so is the store's.
//! ```
//! # use nova_core::{Env, Fault, RequestContext};
//! # use nova_objects::{Field, Meta, Registry, VersionedObject, async_trait, remotable};
//! # #[derive(VersionedObject, Clone, Debug, PartialEq)]
//! # #[object(namespace = "shelf", version = "1.0")]
//! # pub struct Widget { pub meta: Meta, pub name: Field<String> }
//! # #[remotable(Widget)]
//! # pub trait WidgetActions { async fn count(&self, cx: &RequestContext) -> Result<u64, Fault>; }
//! # struct Shelf;
//! # #[async_trait]
//! # impl WidgetActions for Shelf { async fn count(&self, _: &RequestContext) -> Result<u64, Fault> { Ok(3) } }
//! use std::sync::Arc;
//! use nova_objects::action::ObjectApiDispatcher;
//! use nova_objects::{ObjectEndpoint, Objects};
//! use nova_rpc::transport::memory::MemoryBus;
//! use nova_rpc::{Client, Server};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let env = Env::system();
//! # let cx = RequestContext::admin(&env);
//! let bus = MemoryBus::new(&env);
//! let registry = Registry::default().with::<Widget>(Arc::new(Shelf));
//!
//! // In the conductor:
//! let endpoint = ObjectApiDispatcher::new(Arc::new(ObjectEndpoint::new(registry.clone())));
//! let server = Server::new(&bus.connect(&env), "conductor").endpoint(endpoint);
//! server.listen("conductor-1").await?;
//!
//! // Anywhere:
//! for objects in [Objects::local(registry), Objects::remote(&Client::new(&bus.connect(&env)))] {
//!     assert_eq!(Widget::count(&cx, &objects).await?, 3);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What it does not do
//! It has no global registry, no lazy loading on read, no database, and no JSON schema. It does not ask a conductor to
//! bring down objects that arrive too new in other contracts: [`TypedVersions`] refuses them by the right fault.

extern crate self as nova_objects;

pub mod action;
mod changes;
mod compat;
pub mod fault;
mod field;
mod fingerprint;
mod layer;
mod list;
mod manifest;
mod meta;
mod object;
pub mod primitive;
mod spec;
pub mod testing;
pub mod types;

pub use action::{ActionGuard, ActionSpec, ObjectEndpoint, Objects, Registry, Remotable};
pub use async_trait::async_trait;
pub use compat::make_compatible;
pub use field::{Field, ReadOnly, ReadOnlyField, Slot, Unset};
pub use fingerprint::Fingerprint;
pub use layer::{TypedVersions, TypedVersionsService};
pub use list::ListObject;
pub use manifest::Manifest;
pub use meta::Meta;
pub use nova_objects_macros::{VersionedObject, remotable};
pub use nova_rpc::{ParseVersionError, Version};
pub use object::{Convert, VersionedObject, Visit, VisitMut, VisitOne, VisitPair};
pub use spec::{FieldSpec, ObjectSpec};
pub use types::{FieldType, Members, UnknownWord, Verbatim};

#[doc(hidden)]
pub mod __private {
    pub use crate::action::{ActionsWire, Call, Kwargs, Params, Route, Slice, required};
    pub use futures_util::future::BoxFuture;
    pub use nova_core::{Fault, RequestContext};
    pub use nova_rpc::Encoded;
    pub use serde;
}
