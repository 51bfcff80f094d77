//! Actions as they are asked for over the wire.

use futures_util::future::BoxFuture;
use nova_core::{Fault, RequestContext};
use nova_rpc::Encoded;

use super::args::{self, BadArgs, Params};
use super::registry::Registry;
use super::updates::Updates;
use crate::manifest::Manifest;
use crate::object::VersionedObject;
use crate::primitive::{decode, explain};
use crate::spec::ObjectSpec;
use crate::types::{FieldType, Out};

/// The actions of one store on one object, by name. Emitted by the macro.
#[doc(hidden)]
pub trait ActionsWire: Send + Sync + 'static {
    fn class_action<'a>(
        &'a self,
        cx: &'a RequestContext,
        call: Call<'a>,
    ) -> BoxFuture<'a, Result<Encoded, Fault>>;

    fn object_action<'a>(
        &'a self,
        cx: &'a RequestContext,
        object: &'a Encoded,
        call: Call<'a>,
    ) -> BoxFuture<'a, Result<(Encoded, Encoded), Fault>>;
}

/// One request for an action.
#[doc(hidden)]
pub struct Call<'a> {
    pub(super) registry: &'a Registry,
    pub(super) spec: &'static ObjectSpec,
    pub(super) method: &'a str,
    pub(super) args: &'a Encoded,
    pub(super) kwargs: &'a Encoded,
    /// What the asker of a class action can read.
    pub(super) reader: Option<&'a Manifest>,
}

impl<'a> Call<'a> {
    pub fn method(&self) -> &'a str {
        self.method
    }

    /// The arguments.
    pub fn params<P: Params>(&self) -> Result<P, Fault> {
        args::read(self.args, self.kwargs).map_err(|bad| self.refuse(bad))
    }

    fn refuse(&self, bad: BadArgs) -> Fault {
        let known = self.registry.manifest();
        let newer = || explain(self.args, &known).or_else(|| explain(self.kwargs, &known));
        let newer = if matches!(bad, BadArgs::Unreadable(_)) { newer() } else { None };
        newer.unwrap_or_else(|| bad.into_fault(&self.action()))
    }

    /// `Service.save`, for messages.
    pub fn action(&self) -> String {
        format!("{}.{}", self.spec.name, self.method)
    }

    /// The object to act on, twice: to keep and to change.
    pub fn object<O: VersionedObject>(&self, object: &Encoded) -> Result<(O, O), Fault> {
        let object: O = decode(object)?;
        Ok((object.clone(), object))
    }

    /// The result of a class action, as old as the asker needs it.
    pub fn reply<T: FieldType>(&self, mut result: T) -> Result<Encoded, Fault> {
        if let Some(reader) = self.reader {
            result.fit_inner(reader)?;
        }
        self.encode(&Out(&result))
    }

    /// The updates and the result of an object action.
    pub fn object_reply<O: VersionedObject, T: FieldType>(
        &self,
        before: &O,
        after: &O,
        result: &T,
    ) -> Result<(Encoded, Encoded), Fault> {
        Ok((self.encode(&Updates { before, after })?, self.encode(&Out(result))?))
    }

    fn encode<T: serde::Serialize>(&self, value: &T) -> Result<Encoded, Fault> {
        let format = self.args.format();
        format
            .encode(value)
            .map_err(|error| Fault::internal(format_args!("answering {}", self.action()), &error))
    }

    /// There is no such action.
    pub fn unknown(&self) -> Fault {
        let method: String = self.method.chars().take(64).collect();
        let message = format!("type object '{}' has no attribute '{method}'", self.spec.name);
        Fault::new("builtins", "AttributeError", message)
    }
}
