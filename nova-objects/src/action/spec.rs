//! What is known about an object's actions.

use std::sync::Arc;

use super::wire::ActionsWire;
use crate::object::VersionedObject;

/// An object with actions. Emitted by [`#[remotable]`](crate::remotable), not implemented by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no actions",
    note = "declare them in a trait with `#[remotable({Self})]`"
)]
pub trait Remotable: VersionedObject {
    /// The trait a store implements, as `dyn Trait`.
    type Actions: ?Sized + Send + Sync + 'static;

    /// The actions that can be asked for over the wire: nothing else can.
    const ACTIONS: &'static [ActionSpec];

    #[doc(hidden)]
    fn wire(actions: Arc<Self::Actions>) -> Arc<dyn ActionsWire>;
}

/// One action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ActionSpec {
    /// The name on the wire.
    pub name: &'static str,
    /// Whether it acts on an object, or on the class.
    pub on_object: bool,
    /// Arguments and result as they are written in the source.
    pub signature: &'static str,
}

impl ActionSpec {
    #[doc(hidden)]
    pub const fn on_object(name: &'static str, signature: &'static str) -> Self {
        Self { name, on_object: true, signature }
    }

    #[doc(hidden)]
    pub const fn on_class(name: &'static str, signature: &'static str) -> Self {
        Self { name, on_object: false, signature }
    }
}
