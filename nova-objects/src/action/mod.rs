//! Actions: what stores do with objects, here or at a conductor.

mod api;
mod args;
mod endpoint;
mod guard;
mod kwargs;
mod objects;
mod registry;
mod remote;
mod spec;
mod updates;
mod wire;

pub use self::api::{OBJECT_API, ObjectApi, ObjectApiClient, ObjectApiDispatcher};
pub use self::args::{Params, required};
pub use self::endpoint::ObjectEndpoint;
pub use self::guard::ActionGuard;
pub use self::kwargs::{Kwargs, Slice};
pub use self::objects::{Objects, Route};
pub use self::registry::Registry;
pub use self::remote::Remote;
pub use self::spec::{ActionSpec, Remotable};
pub use self::wire::{ActionsWire, Call};
