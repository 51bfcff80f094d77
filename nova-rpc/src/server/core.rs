//! What happens to a message between the bus and its method.
//!
//! ```text
//! take (when there is capacity) → decode → find the method → drop duplicates → [ack before] → deadline
//!   → layers → method → [ack after] → reply
//! ```

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use nova_core::fault::{InternalError, ValueError};
use nova_core::{BoxError, Env, Fault};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tracing::Instrument;

use super::in_flight::{Flight, Flights};
use super::monitor::Monitor;
use super::router::{Route, Router};
use super::seen::Seen;
use super::{Incoming, Settings, Stack, WhenFull};
use crate::codec::{AnswerTo, Reply, ReplyOutcome, RequestHead};
use crate::fault::{DeadlinePassed, ServerOverloaded, ServerStopping};
use crate::interface::Ack;
use crate::transport::{Delivery, Listener, Receipt, Transport};
use crate::{DecodeError, Encoded, Target};

/// No caller waits longer; a moment further away may be beyond what the clock can say.
const LONGEST_WAIT: Duration = Duration::from_secs(365 * 24 * 3600);

/// One running server.
pub(super) struct Core {
    env: Env,
    transport: Arc<dyn Transport>,
    target: Arc<Target>,
    router: Router,
    stack: Stack,
    flights: Arc<Flights>,
    seen: Seen,
    capacity: Arc<Semaphore>,
    when_full: WhenFull,
    aborted: CancellationToken,
}

/// A request that has been found a method.
struct Request {
    route: Route,
    head: RequestHead,
    args: Encoded,
    duty: Duty,
}

impl Core {
    pub(super) fn new(
        settings: Settings,
        env: Env,
        target: Target,
        flights: Arc<Flights>,
        aborted: CancellationToken,
    ) -> Self {
        Self {
            env,
            transport: settings.transport,
            router: Router::new(settings.endpoints),
            target: Arc::new(target),
            stack: settings.stack,
            flights,
            seen: Seen::new(settings.duplicates_remembered),
            capacity: Arc::new(Semaphore::new(settings.max_in_flight)),
            when_full: settings.when_full,
            aborted,
        }
    }

    /// Takes messages until `stop` fires or the transport is closed. What it has taken runs on in tasks of its own.
    pub(super) async fn receive(self: Arc<Self>, mut listener: Box<dyn Listener>, stop: CancellationToken) {
        let taking = async {
            loop {
                let permit = self.permit().await;
                let Some(delivery) = listener.next().await else { break };
                self.accept(delivery, permit).await;
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = taking => {}
        }
    }

    /// Room for one more request. While there is none, messages stay on the bus; a server that sheds takes them all the
    /// same, without a permit.
    async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        match self.when_full {
            WhenFull::Wait => Arc::clone(&self.capacity).acquire_owned().await.ok(),
            WhenFull::Shed => Arc::clone(&self.capacity).try_acquire_owned().ok(),
        }
    }

    async fn accept(self: &Arc<Self>, delivery: Delivery, permit: Option<OwnedSemaphorePermit>) {
        let decoded = self.transport.codec().decode_request(&delivery.frame, &self.env);
        let (head, args) = match decoded {
            Ok((head, args)) => (with_deadline(head, delivery.ttl), args),
            Err(error) => return self.reject(delivery.receipt, error).await,
        };
        let unique_id = Arc::from(&*head.unique_id);
        let duty = Duty { core: Arc::clone(self), unique_id, receipt: Some(delivery.receipt) };
        let route = match self.router.find(&head) {
            Ok(route) => route,
            Err(fault) => return self.refuse(duty, head.answer, fault).await,
        };
        if !self.seen.note(&duty.unique_id) && !route.method.idempotent {
            metrics::counter!("rpc_duplicates_total").increment(1);
            tracing::warn!(method = route.method.name, unique_id = %duty.unique_id, "a duplicate was dropped");
            return duty.ack().await;
        }
        let permit = match (permit, &head.answer) {
            (Some(permit), _) => permit,
            (None, Some(_)) => return self.shed(duty, head).await,
            // Nobody would hear that a cast is refused: it waits, and so do those behind it.
            (None, None) => match Arc::clone(&self.capacity).acquire_owned().await {
                Ok(permit) => permit,
                Err(_) => return,
            },
        };
        self.begin(Request { route, head, args, duty }, permit);
    }

    /// A message that cannot be decoded. Whoever waits for its answer, if it says, is told what is wrong.
    async fn reject(&self, receipt: Box<dyn Receipt>, error: DecodeError) {
        metrics::counter!("rpc_undecodable_total").increment(1);
        tracing::error!(target = %self.target, detail = error.detail(), "a message that cannot be decoded was rejected");
        log_loss("reject", receipt.reject().await);
        if let DecodeError::Request { answer, cause } = error {
            let message = format!("the request cannot be understood: {cause}");
            self.answer(Some(*answer), Err(ValueError { message }.into())).await;
        }
    }

    async fn refuse(&self, duty: Duty, answer: Option<AnswerTo>, fault: Fault) {
        tracing::warn!(target = %self.target, %fault, "a message was refused");
        metrics::counter!("rpc_refused_total").increment(1);
        duty.ack().await;
        self.answer(answer, Err(fault)).await;
    }

    async fn shed(&self, duty: Duty, head: RequestHead) {
        metrics::counter!("rpc_shed_total").increment(1);
        let message = format!("{} does not take more requests now", self.target);
        self.refuse(duty, head.answer, ServerOverloaded { message }.into()).await;
    }

    fn begin(self: &Arc<Self>, request: Request, permit: OwnedSemaphorePermit) {
        let flight = self.flights.enter(request.route.method, &request.head.cx);
        let task = Arc::clone(&request.route.task);
        let span = tracing::info_span!(
            "rpc",
            method = request.route.method.name,
            request_id = request.head.cx.request_id(),
            target = %self.target,
        );
        let core = Arc::clone(self);
        self.env.spawn(task, async move { core.serve(request, flight, permit).await }.instrument(span));
    }

    async fn serve(self: Arc<Self>, request: Request, _flight: Flight, _permit: OwnedSemaphorePermit) {
        let Request { route, mut head, args, mut duty } = request;
        let monitor = Monitor::asked(&head);
        let (method, answer, unique_id) = (route.method, head.answer.take(), Arc::clone(&duty.unique_id));
        if method.ack == Ack::Before && !duty.settle().await {
            self.seen.forget(&unique_id);
            return; // The bus delivers it again, perhaps to another, and it is no duplicate: it was not run.
        }
        let result = tokio::select! {
            biased;
            () = self.aborted.cancelled() => match method.ack {
                Ack::After => return duty.give_back().await,
                Ack::Before => Err(ServerStopping { method: method.name.to_owned() }.into()),
            },
            result = self.run(route, head, args, unique_id) => result,
            never = Monitor::beat(monitor, &*self.transport) => match never {},
        };
        metrics::counter!("rpc_requests_total", "method" => method.name, "outcome" => outcome(&result))
            .increment(1);
        duty.settle().await;
        self.answer(answer, result).await;
    }

    async fn run(
        &self,
        route: Route,
        head: RequestHead,
        args: Encoded,
        id: Arc<str>,
    ) -> Result<Encoded, Fault> {
        let method = route.method;
        let deadline = head.cx.deadline();
        if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            metrics::counter!("rpc_expired_total").increment(1);
            return Err(DeadlinePassed { method: method.name.to_owned() }.into());
        }
        let mut incoming = Incoming::new(route.endpoint, method, head.cx, Arc::clone(&self.target), args);
        incoming.version = head.version;
        incoming.unique_id = id;
        incoming.deadline = deadline;
        let running = AssertUnwindSafe(self.stack.run(incoming)).catch_unwind();
        running.await.unwrap_or_else(|_| {
            metrics::counter!("rpc_panics_total", "method" => method.name).increment(1);
            tracing::error!(method = method.name, "the method panicked");
            Err(InternalError { message: format!("{} failed unexpectedly", method.name) }.into())
        })
    }

    /// Sends the result to whoever waits for it. One that cannot be framed (too large) becomes a fault that says so.
    async fn answer(&self, to: Option<AnswerTo>, result: Result<Encoded, Fault>) {
        let Some(AnswerTo { msg_id, address }) = to else {
            if let Err(fault) = result {
                tracing::warn!(%fault, "a method nobody waits for failed");
            }
            return;
        };
        let codec = self.transport.codec();
        let reply = Reply { msg_id, outcome: ReplyOutcome::Done(result) };
        let frame = codec.encode_reply(&reply).or_else(|error| {
            let fault = Fault::internal("the result cannot be sent", &error);
            codec.encode_reply(&Reply { outcome: ReplyOutcome::Done(Err(fault)), ..reply })
        });
        match frame {
            Ok(frame) => log_loss("reply", self.transport.reply(&address, frame).await),
            Err(error) => {
                tracing::error!(detail = %Fault::internal("reply", &error), "a reply cannot be encoded")
            }
        }
    }
}

impl Stack {
    /// The layers and the method in them. A layer's own error becomes a fault.
    async fn run(&self, incoming: Incoming) -> Result<Encoded, Fault> {
        match self {
            Self::Bare => incoming.run().await,
            Self::Layered(stack) => stack.clone().oneshot(incoming).await.map_err(from_layers),
        }
    }
}

/// The request with a deadline, if only the bus knows that somebody waits, and how long. Not so a cast: its work has no
/// deadline of the caller's.
fn with_deadline(mut head: RequestHead, ttl: Option<Duration>) -> RequestHead {
    if let (Some(_), None, Some(ttl)) = (&head.answer, head.cx.deadline(), ttl) {
        head.cx = head.cx.with_deadline(Instant::now() + ttl.min(LONGEST_WAIT));
    }
    head
}

fn from_layers(error: BoxError) -> Fault {
    match error.downcast::<Fault>() {
        Ok(fault) => *fault,
        Err(error) => Fault::internal("a layer of the server", &*error),
    }
}

fn outcome(result: &Result<Encoded, Fault>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(_) => "fault",
    }
}

fn log_loss(what: &'static str, result: Result<(), crate::transport::TransportError>) {
    if let Err(error) = result {
        metrics::counter!("rpc_transport_failures_total", "what" => what).increment(1);
        tracing::warn!(detail = %Fault::internal(what, &error), "the bus did not take it");
    }
}

/// A message's receipt until it is settled. Dropped before, the message goes back to the bus and its next arrival is not
/// a duplicate.
struct Duty {
    core: Arc<Core>,
    unique_id: Arc<str>,
    receipt: Option<Box<dyn Receipt>>,
}

impl Duty {
    /// Acknowledges, if that was not done yet; whether the bus took it.
    async fn settle(&mut self) -> bool {
        let Some(receipt) = self.receipt.take() else { return true };
        let acked = receipt.ack().await;
        let taken = acked.is_ok();
        log_loss("ack", acked);
        taken
    }

    async fn ack(mut self) {
        self.settle().await;
    }

    async fn give_back(mut self) {
        if let Some(receipt) = self.receipt.take() {
            self.core.seen.forget(&self.unique_id);
            log_loss("requeue", receipt.requeue().await);
        }
    }
}

impl Drop for Duty {
    fn drop(&mut self) {
        if self.receipt.is_some() {
            self.core.seen.forget(&self.unique_id);
        }
    }
}
