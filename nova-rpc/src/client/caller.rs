//! The part of a generated client that is not generated.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use nova_core::RequestContext;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::{CallError, Client, Outgoing};
use crate::args::{Named, WriteArgs};
use crate::interface::{Interface, Kind, MethodSpec, TooNew};
use crate::{Target, Version};

/// A contract, a target and options: what a generated client holds.
#[derive(Clone, Debug)]
pub struct Caller {
    client: Client,
    interface: &'static Interface,
    target: Target,
    timeout: Option<Duration>,
    cap: Option<Version>,
}

/// How a message is cut to what the peer understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fit {
    /// The version to send: the lowest that covers what is sent.
    pub version: Version,
    /// Bit `i` is set if argument `i` is sent.
    pub sent: u64,
}

impl Caller {
    /// Calls `interface` on any server of `topic`.
    pub fn new(client: &Client, interface: &'static Interface, topic: impl Into<Cow<'static, str>>) -> Self {
        let target = Target::new(topic).for_contract(interface.namespace, interface.version);
        Self { client: client.clone(), interface, target, timeout: None, cap: None }
    }

    /// The same on one server.
    pub fn on(&self, server: impl Into<Arc<str>>) -> Self {
        Self { target: self.target.clone().on(server), ..self.clone() }
    }

    /// The same with calls that wait at most `timeout`. A deadline of the context that is earlier still holds.
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self.clone() }
    }

    /// The same with messages no newer than `cap`.
    pub fn capped(&self, cap: Version) -> Self {
        Self { cap: Some(self.cap.map_or(cap, |own| own.min(cap))), ..self.clone() }
    }

    /// Where messages go.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The version messages are held to now: the lowest of [`capped`](Self::capped) and what the client's caps say.
    pub fn cap(&self) -> Option<Version> {
        let given = self.client.cap(self.interface, &self.target.topic);
        match (self.cap, given) {
            (Some(own), Some(given)) => Some(own.min(given)),
            (own, given) => own.or(given),
        }
    }

    /// Whether messages of `version` may be sent now.
    #[doc(alias = "can_send_version")]
    pub fn can_send(&self, version: Version) -> bool {
        self.interface.version.is_compatible(version)
            && self.cap().is_none_or(|cap| cap.is_compatible(version))
    }

    /// Decides which arguments are sent and as which version. `given[i]` says whether argument `i` has a value.
    ///
    /// Arguments that came with the method are always sent. A newer one is left out if it has no value, or if the peer
    /// is too old and the contract says that leaving it out is harmless.
    ///
    /// # Errors
    /// [`CallError::VersionCap`] if the peer is too old for the method or for an argument that matters.
    pub fn fit(&self, method: &'static MethodSpec, given: &[bool]) -> Result<Fit, CallError> {
        let cap = self.cap();
        self.check(method, method.since, cap)?;
        let mut fit = Fit { version: method.since, sent: 0 };
        for (index, (arg, given)) in method.args.iter().zip(given).enumerate() {
            if arg.since > method.since {
                if !given {
                    continue;
                }
                match self.check(method, arg.since, cap) {
                    Ok(()) => fit.version = fit.version.max(arg.since),
                    Err(_) if arg.too_new == TooNew::Drop => continue,
                    Err(error) => return Err(error),
                }
            }
            fit.sent |= 1 << index;
        }
        Ok(fit)
    }

    fn check(
        &self,
        method: &'static MethodSpec,
        needed: Version,
        cap: Option<Version>,
    ) -> Result<(), CallError> {
        match cap {
            Some(cap) if !cap.is_compatible(needed) => Err(CallError::VersionCap {
                target: Box::new(self.target.clone()),
                method: method.name,
                needed,
                cap,
            }),
            _ => Ok(()),
        }
    }

    /// Sends a call and waits for its result. `given` as for [`fit`](Self::fit).
    ///
    /// # Errors
    /// See [`CallError`].
    ///
    /// # Cancel safety
    /// Dropping the future forgets the call; the server may go on with it.
    pub async fn call<L: WriteArgs, T: DeserializeOwned>(
        &self,
        cx: &RequestContext,
        method: &'static MethodSpec,
        given: &[bool],
        args: L,
    ) -> Result<T, CallError> {
        let outgoing = self.outgoing(cx, method, given, &args)?;
        let result = self.client.send(outgoing).await?;
        result.decode().map_err(|source| CallError::Decode {
            target: Box::new(self.target.clone()),
            method: method.name,
            source,
        })
    }

    /// Sends a cast or a fanout, and returns when the bus has it. `given` as for [`fit`](Self::fit).
    ///
    /// # Errors
    /// See [`CallError`]; never [`CallError::Fault`].
    ///
    /// # Cancel safety
    /// Dropping the future leaves open whether it was sent.
    pub async fn cast<L: WriteArgs>(
        &self,
        cx: &RequestContext,
        method: &'static MethodSpec,
        given: &[bool],
        args: L,
    ) -> Result<(), CallError> {
        let outgoing = self.outgoing(cx, method, given, &args)?;
        self.client.send(outgoing).await.map(drop)
    }

    fn outgoing<L: WriteArgs>(
        &self,
        cx: &RequestContext,
        method: &'static MethodSpec,
        given: &[bool],
        list: &L,
    ) -> Result<Outgoing, CallError> {
        let Fit { version, sent } = self.fit(method, given)?;
        let transport = self.client.transport();
        let args = transport
            .codec()
            .format()
            .encode(&Named { method, sent, list })
            .map_err(|source| CallError::Encode { method: method.name, source })?;
        let mut target = self.target.clone();
        if method.kind == Kind::Fanout {
            target.server = None;
        }
        let timeout = self.timeout.unwrap_or_else(|| self.client.timeout(method.timeout));
        let by_timeout = Instant::now() + timeout;
        let deadline = cx.deadline().map_or(by_timeout, |own| own.min(by_timeout));
        let unique_id = transport.env().new_hex_id();
        let monitor = self.client.monitor(method.timeout).filter(|_| method.kind == Kind::Call);
        Ok(Outgoing { cx: cx.clone(), method, target, version, unique_id, deadline, monitor, args })
    }
}
