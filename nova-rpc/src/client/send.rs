//! One message from encoded arguments to encoded result.

use std::borrow::Cow;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use nova_core::BoxError;
use tokio::time::{Instant, timeout_at};

use super::{CallError, Outgoing};
use crate::codec::{AnswerTo, ReplyOutcome, RequestHead};
use crate::interface::Kind;
use crate::transport::{Post, Transport, TransportError};
use crate::{Encoded, Target};

/// Sends `outgoing`; for a call, waits for its answer until its deadline.
pub(super) async fn send(transport: &dyn Transport, outgoing: Outgoing) -> Result<Encoded, CallError> {
    let to = To { target: outgoing.target.clone(), method: outgoing.method.name };
    if outgoing.method.kind == Kind::Call {
        return call(transport, outgoing, &to).await;
    }
    let deadline = outgoing.deadline;
    let post = post(transport, outgoing, None)?;
    deliver(transport, post, deadline, &to).await?;
    Ok(transport.codec().format().null())
}

async fn call(transport: &dyn Transport, outgoing: Outgoing, to: &To) -> Result<Encoded, CallError> {
    let (began, deadline, silence) = (Instant::now(), outgoing.deadline, outgoing.monitor);
    if deadline <= began {
        return Err(CallError::Expired { target: to.target(), method: to.method });
    }
    let msg_id = transport.env().new_hex_id();
    let mut waiter = transport.replies().expect(&*msg_id).map_err(|full| to.overloaded(full))?; // before the send: an answer may be quick
    let post = post(transport, outgoing, Some(msg_id))?;
    deliver(transport, post, deadline, to).await?;
    loop {
        let quiet_until = silence.map_or(deadline, |silence| deadline.min(Instant::now() + silence));
        match timeout_at(quiet_until, waiter.next()).await {
            Ok(ReplyOutcome::StillRunning) => {}
            Ok(ReplyOutcome::Done(Ok(result))) => return Ok(result),
            Ok(ReplyOutcome::Done(Err(source))) => {
                return Err(CallError::Fault { target: to.target(), method: to.method, source });
            }
            Err(_) => return Err(to.timeout(quiet_until - began)),
        }
    }
}

fn post(transport: &dyn Transport, outgoing: Outgoing, msg_id: Option<String>) -> Result<Post, CallError> {
    let Outgoing { cx, method, target, version, unique_id, deadline, monitor, args } = outgoing;
    // Nobody waits for a cast: its work has no deadline of the caller's.
    let ttl = msg_id.is_some().then(|| deadline.saturating_duration_since(Instant::now()));
    let head = RequestHead {
        namespace: target.namespace.clone(),
        method: Cow::Borrowed(method.name),
        version,
        unique_id,
        answer: msg_id.map(|msg_id| AnswerTo { msg_id, address: transport.reply_address().to_owned() }),
        ttl,
        monitor,
        cx,
    };
    let frame = transport
        .codec()
        .encode_request(&head, &args)
        .map_err(|source| CallError::Encode { method: method.name, source })?;
    Ok(Post { target, kind: method.kind, method: method.name, ttl, frame })
}

async fn deliver(transport: &dyn Transport, post: Post, deadline: Instant, to: &To) -> Result<(), CallError> {
    let began = Instant::now();
    match timeout_at(deadline, transport.send(post)).await {
        Ok(sent) => sent.map_err(|error| to.not_moved(error)),
        Err(_) => Err(to.timeout(deadline.saturating_duration_since(began))),
    }
}

/// What every error says: who was asked for what.
struct To {
    target: Target,
    method: &'static str,
}

impl To {
    fn target(&self) -> Box<Target> {
        Box::new(self.target.clone())
    }

    fn timeout(&self, timeout: Duration) -> CallError {
        CallError::Timeout { target: self.target(), method: self.method, timeout }
    }

    fn overloaded(&self, full: impl Into<BoxError>) -> CallError {
        CallError::Overloaded { target: self.target(), method: self.method, source: full.into() }
    }

    fn not_moved(&self, error: TransportError) -> CallError {
        match error {
            TransportError::Unroutable { .. } => {
                CallError::Unroutable { target: self.target(), method: self.method }
            }
            full @ (TransportError::Overloaded { .. } | TransportError::Blocked { .. }) => {
                self.overloaded(full)
            }
            source => CallError::Transport { target: self.target(), method: self.method, source },
        }
    }
}

/// [`send`] as the innermost service of a client's layers.
#[derive(Clone)]
pub(super) struct Sender(Arc<dyn Transport>);

impl Sender {
    pub(super) fn new(transport: &Arc<dyn Transport>) -> Self {
        Self(Arc::clone(transport))
    }
}

impl tower::Service<Outgoing> for Sender {
    type Response = Encoded;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Encoded, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, outgoing: Outgoing) -> Self::Future {
        let transport = Arc::clone(&self.0);
        Box::pin(async move { send(&*transport, outgoing).await.map_err(Into::into) })
    }
}
