//! Asking a conductor.

use nova_core::{Fault, RequestContext};
use nova_rpc::{Client, Encoded, Format};
use serde::Serialize;

use super::api::ObjectApiClient;
use super::updates;
use crate::manifest::Manifest;
use crate::object::VersionedObject;
use crate::primitive::decode;
use crate::types::{FieldType, Out};

/// Sends actions to a conductor and applies what it answers.
#[doc(hidden)]
pub struct Remote {
    api: ObjectApiClient,
    format: Format,
}

impl Remote {
    pub(super) fn new(client: &Client) -> Self {
        Self { api: ObjectApiClient::new(client), format: client.transport().codec().format() }
    }

    /// Runs an action on `object`, which is changed only when everything went well.
    pub async fn object_action<O: VersionedObject, T: FieldType>(
        &self,
        cx: &RequestContext,
        object: &mut O,
        method: &'static str,
        kwargs: &impl Serialize,
    ) -> Result<T, Fault> {
        let objinst = self.encode(&Out(object))?;
        let (args, kwargs) = (self.no_args()?, self.encode(kwargs)?);
        let (updates, result) = self.api.object_action(cx, &objinst, method, &args, &kwargs).await?;
        let mut updated = object.clone();
        updates::apply(&mut updated, &updates)?;
        let result = decode(&result)?;
        *object = updated;
        Ok(result)
    }

    /// Runs an action on the class of `O`.
    pub async fn class_action<O: VersionedObject, T: FieldType>(
        &self,
        cx: &RequestContext,
        method: &'static str,
        kwargs: &impl Serialize,
    ) -> Result<T, Fault> {
        let readable = readable::<O, T>();
        let (args, kwargs) = (self.no_args()?, self.encode(kwargs)?);
        let name = O::SPEC.name;
        let result =
            self.api.object_class_action_versions(cx, name, method, &readable, &args, &kwargs).await?;
        decode(&result)
    }

    fn no_args(&self) -> Result<Encoded, Fault> {
        self.encode(&[(); 0])
    }

    fn encode(&self, value: &impl Serialize) -> Result<Encoded, Fault> {
        self.format.encode(value).map_err(|error| Fault::internal("writing an action", &error))
    }
}

/// What this side reads: the objects of the class, and those of the result.
fn readable<O: VersionedObject, T: FieldType>() -> Manifest {
    let mut manifest = O::manifest();
    T::manifest_into(&mut manifest);
    manifest
}
