//! One server's ear on the bus.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::time::Instant;

use super::Shared;
use super::broker::{ListenerId, Message, Origin};
use crate::transport::{Delivery, Listener, Receipt, TransportError};

pub(super) struct MemoryListener {
    shared: Arc<Shared>,
    id: ListenerId,
}

impl MemoryListener {
    pub(super) fn new(shared: Arc<Shared>, id: ListenerId) -> Self {
        Self { shared, id }
    }

    async fn take(&self) -> (Origin, Message) {
        let _asking = Asking(self);
        loop {
            let bell = match self.shared.broker().take(self.id) {
                Ok(taken) => return taken,
                Err(bell) => bell,
            };
            bell.notified().await;
        }
    }
}

/// While it lives, messages may be handed to the listener.
struct Asking<'a>(&'a MemoryListener);

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.shared.broker().stop_asking(self.0.id);
    }
}

impl Listener for MemoryListener {
    fn next(&mut self) -> BoxFuture<'_, Option<Delivery>> {
        Box::pin(async move {
            let (origin, message) = self.take().await;
            let delivery = Delivery {
                frame: message.frame.clone(),
                redelivered: message.redelivered,
                ttl: message.expires.map(|at| at.saturating_duration_since(Instant::now())),
                receipt: Box::new(MemoryReceipt {
                    shared: Arc::clone(&self.shared),
                    unsettled: Some((origin, message)),
                }),
            };
            Some(delivery)
        })
    }
}

impl Drop for MemoryListener {
    fn drop(&mut self) {
        self.shared.broker().remove_listener(self.id);
    }
}

struct MemoryReceipt {
    shared: Arc<Shared>,
    unsettled: Option<(Origin, Message)>,
}

impl Receipt for MemoryReceipt {
    fn ack(mut self: Box<Self>) -> BoxFuture<'static, Result<(), TransportError>> {
        self.unsettled = None;
        Box::pin(async { Ok(()) })
    }

    fn requeue(self: Box<Self>) -> BoxFuture<'static, Result<(), TransportError>> {
        drop(self);
        Box::pin(async { Ok(()) })
    }

    fn reject(self: Box<Self>) -> BoxFuture<'static, Result<(), TransportError>> {
        self.ack()
    }
}

impl Drop for MemoryReceipt {
    fn drop(&mut self) {
        if let Some((origin, mut message)) = self.unsettled.take() {
            message.redelivered = true;
            self.shared.broker().put_back(origin, message);
        }
    }
}
