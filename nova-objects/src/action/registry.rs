//! Which store acts on which object.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use nova_core::Fault;
use nova_core::fault::KeyError;
use nova_rpc::Encoded;

use super::guard::ActionGuard;
use super::spec::Remotable;
use super::wire::ActionsWire;
use crate::fault::{InvalidTargetVersion, UnsupportedObjectError};
use crate::manifest::Manifest;
use crate::object::VersionedObject;
use crate::primitive::decode;
use crate::spec::ObjectSpec;
use crate::types::Out;

/// Objects by name, with the stores that act on them.
///
/// Built once per process and given to [`Objects::local`](super::Objects::local). Registering an object again replaces
/// its store, so that a product can put its own in place of ours.
///
/// # Example
/// See [the crate](crate#a-store).
#[derive(Clone, Default)]
pub struct Registry {
    entries: BTreeMap<&'static str, Entry>,
    guard: Option<Arc<dyn ActionGuard>>,
}

/// One object.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) spec: &'static ObjectSpec,
    pub(super) backport: fn(&Encoded, &Manifest) -> Result<Encoded, Fault>,
    actions: Option<Actions>,
}

/// A store, typed for callers here and by name for callers elsewhere.
#[derive(Clone)]
struct Actions {
    /// An `Arc<O::Actions>`.
    typed: Arc<dyn Any + Send + Sync>,
    wire: Arc<dyn ActionsWire>,
}

impl Registry {
    /// Lets `actions` act on `O`.
    pub fn with<O: Remotable>(mut self, actions: Arc<O::Actions>) -> Self {
        let wire = O::wire(Arc::clone(&actions));
        let entry = Entry::of::<O>(Some(Actions { typed: Arc::new(actions), wire }));
        self.entries.insert(O::SPEC.name, entry);
        self
    }

    /// Makes `O` known without actions, so that a conductor brings it down for older peers. An object that has
    /// actions here keeps them.
    pub fn with_object<O: VersionedObject>(mut self) -> Self {
        self.entries.entry(O::SPEC.name).or_insert_with(|| Entry::of::<O>(None));
        self
    }

    /// Asks `guard` before running what a peer asks for.
    pub fn guarded_by(mut self, guard: Arc<dyn ActionGuard>) -> Self {
        self.guard = Some(guard);
        self
    }

    /// The versions of the objects it knows.
    pub fn manifest(&self) -> Manifest {
        self.entries.values().map(|entry| (entry.spec.name, entry.spec.version)).collect()
    }

    pub(super) fn guard(&self) -> Option<&dyn ActionGuard> {
        self.guard.as_deref()
    }

    pub(super) fn actions<O: Remotable>(&self) -> Result<&O::Actions, Fault> {
        let entry = self.entries.get(O::SPEC.name).and_then(|entry| entry.actions.as_ref());
        let actions = entry.and_then(|actions| actions.typed.downcast_ref::<Arc<O::Actions>>());
        actions.map(|actions| &**actions).ok_or_else(|| unsupported(O::SPEC.name))
    }

    pub(super) fn entry(&self, name: &str) -> Result<&Entry, Fault> {
        self.entries.get(name).ok_or_else(|| unsupported(name))
    }
}

impl Entry {
    fn of<O: VersionedObject>(actions: Option<Actions>) -> Self {
        Self { spec: O::SPEC, backport: backport::<O>, actions }
    }

    pub(super) fn wire(&self) -> Result<&dyn ActionsWire, Fault> {
        self.actions.as_ref().map(|actions| &*actions.wire).ok_or_else(|| unsupported(self.spec.name))
    }
}

fn unsupported(name: &str) -> Fault {
    UnsupportedObjectError { objtype: name.chars().take(64).collect() }.into()
}

/// Brings an encoded `O` down to `manifest`.
fn backport<O: VersionedObject>(object: &Encoded, manifest: &Manifest) -> Result<Encoded, Fault> {
    let name = O::SPEC.name;
    let target = manifest.get(name).ok_or_else(|| KeyError { message: format!("'{name}'") })?;
    let format = object.format();
    let mut object: O = decode(object)?;
    if target > object.meta().version() {
        return Err(InvalidTargetVersion { version: target.to_string() }.into());
    }
    object.make_compatible(manifest)?;
    format.encode(&Out(&object)).map_err(|error| Fault::internal(format_args!("writing a {name}"), &error))
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.entries.keys()).finish()
    }
}
