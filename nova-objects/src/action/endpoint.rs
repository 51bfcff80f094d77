//! Serving a registry to peers.

use nova_core::fault::{KeyError, ValueError};
use nova_core::{Fault, RequestContext};
use nova_rpc::Encoded;

use super::api::ObjectApi;
use super::registry::{Entry, Registry};
use super::wire::Call;
use crate::fault::{IncompatibleObjectVersion, UnsupportedObjectError};
use crate::manifest::Manifest;
use crate::primitive::{Header, HeaderOnly};
use nova_rpc::Version;

/// Runs actions that peers ask for: the object half of a conductor.
///
/// Only registered objects and declared actions can be asked for. An object newer than this process knows is refused
/// with [`IncompatibleObjectVersion`]: an endpoint never asks another conductor, which might be itself.
///
/// # Example
/// See [the crate](crate#local-and-remote).
#[derive(Clone, Debug)]
pub struct ObjectEndpoint {
    registry: Registry,
}

impl ObjectEndpoint {
    /// Serves `registry`.
    pub fn new(registry: Registry) -> Self {
        Self { registry }
    }

    async fn check(&self, cx: &RequestContext, entry: &Entry, method: &str) -> Result<(), Fault> {
        match self.registry.guard() {
            Some(guard) => guard.check(cx, entry.spec.name, method).await,
            None => Ok(()),
        }
    }

    /// The registered object that `object` is one of, if it can be read.
    fn entry_of(&self, object: &Encoded) -> Result<&Entry, Fault> {
        let header =
            object.decode_seed(HeaderOnly).map_err(|error| ValueError { message: error.detail() })?;
        let Header { name: Some(name), namespace: Some(namespace), version: Some(version) } = header else {
            return Err(ValueError {
                message: "not a versioned object: its header is not complete".to_owned(),
            }
            .into());
        };
        let entry = self.registry.entry(&name)?;
        if namespace != entry.spec.namespace {
            return Err(UnsupportedObjectError { objtype: format!("{namespace}.{name}") }.into());
        }
        readable(entry, version)
    }
}

fn readable(entry: &Entry, version: Version) -> Result<&Entry, Fault> {
    match entry.spec.can_read(version) {
        true => Ok(entry),
        false => Err(IncompatibleObjectVersion::of(entry.spec, version).into()),
    }
}

impl ObjectApi for ObjectEndpoint {
    async fn object_class_action_versions(
        &self,
        cx: &RequestContext,
        objname: String,
        objmethod: String,
        object_versions: Manifest,
        args: Encoded,
        kwargs: Encoded,
    ) -> Result<Encoded, Fault> {
        let entry = self.registry.entry(&objname)?;
        let asked =
            object_versions.get(&objname).ok_or_else(|| KeyError { message: format!("'{objname}'") })?;
        readable(entry, asked)?;
        self.check(cx, entry, &objmethod).await?;
        let call = Call {
            registry: &self.registry,
            spec: entry.spec,
            method: &objmethod,
            args: &args,
            kwargs: &kwargs,
            reader: Some(&object_versions),
        };
        entry.wire()?.class_action(cx, call).await
    }

    async fn object_action(
        &self,
        cx: &RequestContext,
        objinst: Encoded,
        objmethod: String,
        args: Encoded,
        kwargs: Encoded,
    ) -> Result<(Encoded, Encoded), Fault> {
        let entry = self.entry_of(&objinst)?;
        self.check(cx, entry, &objmethod).await?;
        let call = Call {
            registry: &self.registry,
            spec: entry.spec,
            method: &objmethod,
            args: &args,
            kwargs: &kwargs,
            reader: None,
        };
        entry.wire()?.object_action(cx, &objinst, call).await
    }

    async fn object_backport_versions(
        &self,
        cx: &RequestContext,
        objinst: Encoded,
        object_versions: Manifest,
    ) -> Result<Encoded, Fault> {
        let entry = self.entry_of(&objinst)?;
        self.check(cx, entry, "object_backport_versions").await?;
        (entry.backport)(&objinst, &object_versions)
    }
}
