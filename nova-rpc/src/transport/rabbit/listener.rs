//! One server's ear on the bus.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use lapin::Acker;
use lapin::options::{BasicAckOptions, BasicRejectOptions};
use tokio::sync::mpsc;
use tokio_util::sync::DropGuard;

use super::super::{Delivery, Listener, Receipt, TransportError};
use super::consumer::{Session, Sink, requeue};

/// What the consumer's task hands over. Dropping it ends the task.
pub(super) struct RabbitListener {
    /// First, so that what nobody took goes back before the queues are left.
    arrived: mpsc::Receiver<Delivery>,
    _running: DropGuard,
}

/// The task's end of it.
pub(super) struct Handover(mpsc::Sender<Delivery>);

impl RabbitListener {
    /// A listener that ends its task by `running`, and the task's sink. At most `limit` messages lie between them.
    pub(super) fn new(limit: u16, running: DropGuard) -> (Self, Handover) {
        let (sender, arrived) = mpsc::channel(usize::from(limit).max(1));
        (Self { arrived, _running: running }, Handover(sender))
    }
}

impl Listener for RabbitListener {
    fn next(&mut self) -> BoxFuture<'_, Option<Delivery>> {
        Box::pin(self.arrived.recv())
    }
}

impl Sink for Handover {
    fn take(&mut self, session: &Arc<Session>, delivery: lapin::message::Delivery) -> BoxFuture<'_, bool> {
        let ttl =
            delivery.properties.expiration().as_ref().and_then(|text| text.as_str().parse::<u32>().ok());
        let delivery = Delivery {
            frame: Bytes::from(delivery.data),
            redelivered: delivery.redelivered,
            ttl: ttl.map(|millis| Duration::from_millis(millis.into())),
            receipt: Box::new(RabbitReceipt { acker: Some(delivery.acker), session: Arc::clone(session) }),
        };
        Box::pin(async move { self.0.send(delivery).await.is_ok() })
    }
}

struct RabbitReceipt {
    acker: Option<Acker>,
    session: Arc<Session>,
}

/// What became of settling a message. When its channel is gone, the broker has given the message back already.
fn settled(result: Result<bool, lapin::Error>) -> Result<(), TransportError> {
    match result {
        Ok(true) => Ok(()),
        Ok(false) => Err(TransportError::Disconnected("the channel the message came by is closed".into())),
        Err(error) => Err(TransportError::Disconnected(error.into())),
    }
}

impl Receipt for RabbitReceipt {
    fn ack(mut self: Box<Self>) -> BoxFuture<'static, Result<(), TransportError>> {
        Box::pin(async move {
            let Some(acker) = self.acker.take() else { return Ok(()) };
            settled(acker.ack(BasicAckOptions::default()).await)
        })
    }

    fn requeue(mut self: Box<Self>) -> BoxFuture<'static, Result<(), TransportError>> {
        Box::pin(async move {
            let Some(acker) = self.acker.take() else { return Ok(()) };
            settled(acker.nack(requeue()).await)
        })
    }

    fn reject(mut self: Box<Self>) -> BoxFuture<'static, Result<(), TransportError>> {
        Box::pin(async move {
            let Some(acker) = self.acker.take() else { return Ok(()) };
            settled(acker.reject(BasicRejectOptions { requeue: false }).await)
        })
    }
}

impl Drop for RabbitReceipt {
    fn drop(&mut self) {
        if let Some(acker) = self.acker.take() {
            self.session.give_back(acker);
        }
    }
}
