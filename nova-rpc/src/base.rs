//! The contract that every server answers: is anybody there?

use std::borrow::Cow;

use nova_core::{Fault, RequestContext};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::rpc_interface;

/// What every service answers on every topic, in the namespace `baseapi` (Nova's `BaseAPI`).
///
/// Every [`Server`](crate::Server) serves it by itself.
#[doc(alias = "baserpc")]
#[rpc_interface(version = "1.1", namespace = "baseapi", to = "any")]
pub trait BaseApi {
    /// Says who answers, and gives `arg` back.
    #[rpc(call, since = "1.0", idempotent)]
    async fn ping(&self, cx: &RequestContext, arg: Value) -> Result<Pong, Fault>;

    /// The port of Python's debugging back door. There is none here.
    #[rpc(call, since = "1.1", idempotent)]
    async fn get_backdoor_port(&self, cx: &RequestContext) -> Result<Option<i64>, Fault>;
}

/// The answer to a [`ping`](BaseApi::ping).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pong {
    /// The kind of service that answers: its topic.
    pub service: String,
    /// What was sent.
    pub arg: Value,
}

/// The answers of a service that has no back door.
#[derive(Clone, Debug)]
pub(crate) struct BaseService {
    service: Cow<'static, str>,
}

impl BaseService {
    pub(crate) fn new(service: Cow<'static, str>) -> Self {
        Self { service }
    }
}

impl BaseApi for BaseService {
    async fn ping(&self, _cx: &RequestContext, arg: Value) -> Result<Pong, Fault> {
        Ok(Pong { service: self.service.clone().into_owned(), arg })
    }

    async fn get_backdoor_port(&self, _cx: &RequestContext) -> Result<Option<i64>, Fault> {
        Ok(None)
    }
}
