//! The channels of the connection that sends: each is lent to one message at a time.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use lapin::options::ConfirmSelectOptions;
use lapin::{Channel, Connection};
use nova_core::Env;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::super::TransportError;
use super::link::Up;

/// How many messages may be on their way at once. More wait.
const LIMIT: usize = 128;

/// The channels, lent and free.
pub(super) struct Channels {
    env: Env,
    room: Arc<Semaphore>,
    free: Arc<Mutex<Free>>,
}

/// What was made on one connection, and is free.
#[derive(Default)]
struct Free {
    generation: u64,
    channels: Vec<Channel>,
    /// The exchanges that are known to be there.
    exchanges: BTreeSet<String>,
}

/// A channel that one message has to itself. Dropped, it is free again, if it is open and nothing is on its way.
pub(super) struct Lent {
    pub(super) channel: Channel,
    /// Something is on its way.
    pub(super) busy: bool,
    generation: u64,
    free: Arc<Mutex<Free>>,
    _room: OwnedSemaphorePermit,
}

impl Channels {
    pub(super) fn new(env: &Env) -> Self {
        Self { env: env.clone(), room: Arc::new(Semaphore::new(LIMIT)), free: Arc::default() }
    }

    /// A channel for one message.
    pub(super) async fn lend(&self, up: &Up) -> Result<Lent, TransportError> {
        let closed = |_| TransportError::Disconnected("the transport is closed".into());
        let room = Arc::clone(&self.room).acquire_owned().await.map_err(closed)?;
        let (free, generation) = (Arc::clone(&self.free), up.generation);
        let lent = move |channel| Lent { channel, busy: false, generation, free, _room: room };
        if let Some(channel) = self.free_one(up.generation) {
            return Ok(lent(channel));
        }
        let connection = Arc::clone(&up.connection);
        let opened = self.carry(async move { open(&connection).await.map(lent) });
        opened.await.map_err(|error| TransportError::Disconnected(error.into()))
    }

    fn free_one(&self, generation: u64) -> Option<Channel> {
        let mut free = lock(&self.free);
        if free.generation < generation {
            *free = Free { generation, ..Free::default() };
        }
        if free.generation > generation {
            return None;
        }
        std::iter::from_fn(|| free.channels.pop()).find(|channel| channel.status().connected())
    }

    pub(super) fn is_known(&self, exchange: &str, lent: &Lent) -> bool {
        let free = lock(&self.free);
        free.generation == lent.generation && free.exchanges.contains(exchange)
    }

    pub(super) fn note(&self, exchange: &str, lent: &Lent) {
        let mut free = lock(&self.free);
        if free.generation == lent.generation {
            free.exchanges.insert(exchange.to_owned());
        }
    }

    pub(super) fn forget(&self, exchange: &str) {
        lock(&self.free).exchanges.remove(exchange);
    }

    /// `work`, which goes on in the background if nobody waits for it any more. Callers give up at any moment; a channel with
    /// something half done on it would have to be closed, and a connection has only so many.
    pub(super) fn carry<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Carried<T> {
        Carried { env: self.env.clone(), work: Some(Box::pin(work)) }
    }
}

async fn open(connection: &Connection) -> Result<Channel, lapin::Error> {
    let channel = connection.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    Ok(channel)
}

impl Lent {
    /// What was on its way has arrived.
    pub(super) fn give_back(mut self) {
        self.busy = false;
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut free = lock(&self.free);
        if !self.busy && free.generation == self.generation && self.channel.status().connected() {
            free.channels.push(self.channel.clone());
        }
    }
}

/// See [`Channels::carry`].
pub(super) struct Carried<T: Send + 'static> {
    env: Env,
    work: Option<BoxFuture<'static, T>>,
}

impl<T: Send + 'static> Future for Carried<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let Some(work) = &mut self.work else { return Poll::Pending };
        let polled = work.as_mut().poll(cx);
        if polled.is_ready() {
            self.work = None;
        }
        polled
    }
}

impl<T: Send + 'static> Drop for Carried<T> {
    fn drop(&mut self) {
        if let Some(work) = self.work.take()
            && tokio::runtime::Handle::try_current().is_ok()
        {
            self.env.spawn("rabbit: something nobody waits for", work);
        }
    }
}

fn lock(free: &Mutex<Free>) -> MutexGuard<'_, Free> {
    free.lock().unwrap_or_else(PoisonError::into_inner)
}
