//! Sending, one message at a time on each of several channels.
//!
//! A message is confirmed by its channel's next confirmation, and comes back by its channel's next return. With two
//! messages on one channel lapin may hand the return of one to the other (it completes a range of confirmations in no
//! order and gives the first the return): a message that was taken would count as not routed. So each message has a channel
//! to itself until it is confirmed; channels are used again, and there is a bound on their number.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, ErrorKind};
use lapin::{Confirmation, PublisherConfirm};
use nova_core::{BoxError, Env};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::super::TransportError;
use super::link::{Link, Up};
use super::topology::Exchange;
use crate::Format;

/// How many messages may be on their way at once. More wait.
const CHANNELS: usize = 128;
const NO_ROUTE: u16 = 312;
const NOT_FOUND: u16 = 404;

/// A message to be published.
pub(super) struct Letter<'a> {
    /// Where to; none for the default exchange.
    pub(super) exchange: Option<Exchange>,
    pub(super) key: &'a str,
    /// It is an error if no queue gets it.
    pub(super) mandatory: bool,
    pub(super) ttl: Option<Duration>,
    pub(super) frame: &'a Bytes,
    pub(super) format: Format,
}

/// The channels of the connection that sends.
pub(super) struct Publisher {
    link: Link,
    env: Env,
    room: Arc<Semaphore>,
    pool: Arc<Mutex<Pool>>,
}

/// What was made on one connection, and is free.
#[derive(Default)]
struct Pool {
    generation: u64,
    idle: Vec<Channel>,
    declared: BTreeSet<String>,
}

impl Publisher {
    pub(super) fn new(env: &Env, link: Link) -> Self {
        Self { link, env: env.clone(), room: Arc::new(Semaphore::new(CHANNELS)), pool: Arc::default() }
    }

    pub(super) fn is_up(&self) -> bool {
        self.link.is_up()
    }

    /// Publishes, and returns when the broker has confirmed.
    pub(super) async fn publish(&self, letter: &Letter<'_>) -> Result<(), TransportError> {
        match self.try_publish(letter).await {
            // The exchange was deleted since it was declared. The broker said so, so the message went nowhere.
            Err(Failure::ExchangeGone) => self.try_publish(letter).await.map_err(TransportError::from),
            other => other.map_err(TransportError::from),
        }
    }

    async fn try_publish(&self, letter: &Letter<'_>) -> Result<(), Failure> {
        let up = self.link.up().await?;
        if let Some(reason) = &up.blocked {
            return Err(TransportError::Blocked { reason: reason.to_string() }.into());
        }
        let channel = self.channel(&up).await?;
        if let Some(exchange) = &letter.exchange {
            self.declare(exchange, &channel).await?;
        }
        let exchange = letter.exchange.as_ref().map_or("", |exchange| &exchange.name);
        let options = BasicPublishOptions { mandatory: letter.mandatory, immediate: false };
        let confirmation = async {
            let (exchange, key) = (exchange.into(), letter.key.into());
            let confirm = channel
                .channel
                .basic_publish(exchange, key, options, letter.frame, properties(letter))
                .await?;
            Unconfirmed { confirm: Some(confirm), channel: Some(channel) }.wait().await
        };
        tokio::select! {
            biased;
            confirmation = confirmation => self.judge(letter, confirmation),
            // It lies somewhere between us and a broker that reads no further.
            reason = self.link.blocked(up.generation) => {
                Err(TransportError::Unconfirmed(format!("the bus takes no messages now: {reason}").into()).into())
            }
        }
    }

    fn judge(
        &self,
        letter: &Letter<'_>,
        confirmation: Result<Confirmation, lapin::Error>,
    ) -> Result<(), Failure> {
        let returned = match confirmation {
            Ok(Confirmation::Ack(None)) => return Ok(()),
            Ok(Confirmation::Ack(Some(returned)) | Confirmation::Nack(Some(returned))) => returned,
            Ok(Confirmation::Nack(None)) => {
                return Err(TransportError::Refused("the broker could not take the message".into()).into());
            }
            Ok(Confirmation::NotRequested) => {
                return Err(TransportError::Unconfirmed("the channel does not confirm".into()).into());
            }
            Err(error) => return Err(self.lost(letter, error)),
        };
        Err(match returned.reply_code {
            NO_ROUTE => TransportError::Unroutable { address: letter.key.to_owned() },
            code => TransportError::Refused(
                format!("the broker returned the message: {code} {}", returned.reply_text).into(),
            ),
        }
        .into())
    }

    fn lost(&self, letter: &Letter<'_>, error: lapin::Error) -> Failure {
        if let (Some(exchange), ErrorKind::ProtocolError(problem)) = (&letter.exchange, error.kind())
            && problem.get_id() == NOT_FOUND
        {
            lock(&self.pool).declared.remove(&exchange.name);
            return Failure::ExchangeGone;
        }
        match error.kind() {
            ErrorKind::InvalidChannelState(..)
            | ErrorKind::InvalidConnectionState(_)
            | ErrorKind::InvalidChannel(_) => TransportError::Disconnected(error.into()).into(),
            _ => TransportError::Unconfirmed(error.into()).into(),
        }
    }

    /// A channel for one message.
    async fn channel(&self, up: &Up) -> Result<Borrowed, TransportError> {
        let closed = |_| TransportError::Disconnected("the transport is closed".into());
        let permit = Arc::clone(&self.room).acquire_owned().await.map_err(closed)?;
        let borrowed = |channel| Borrowed {
            channel,
            generation: up.generation,
            env: self.env.clone(),
            pool: Arc::clone(&self.pool),
            _permit: permit,
        };
        if let Some(channel) = self.idle(up.generation) {
            return Ok(borrowed(channel));
        }
        let disconnected = |error: lapin::Error| TransportError::Disconnected(error.into());
        let channel = up.connection.create_channel().await.map_err(disconnected)?;
        channel.confirm_select(ConfirmSelectOptions::default()).await.map_err(disconnected)?;
        Ok(borrowed(channel))
    }

    fn idle(&self, generation: u64) -> Option<Channel> {
        let mut pool = lock(&self.pool);
        if pool.generation < generation {
            *pool = Pool { generation, ..Pool::default() };
        }
        if pool.generation > generation {
            return None;
        }
        std::iter::from_fn(|| pool.idle.pop()).find(|channel| channel.status().connected())
    }

    /// Declares an exchange that is not known to be there. Those of fanouts go when nobody listens, so they never are.
    async fn declare(&self, exchange: &Exchange, on: &Borrowed) -> Result<(), TransportError> {
        let known = |pool: &Pool| pool.generation == on.generation && pool.declared.contains(&exchange.name);
        if !exchange.fanout && known(&lock(&self.pool)) {
            return Ok(());
        }
        exchange.declare(&on.channel).await.map_err(refused)?;
        let mut pool = lock(&self.pool);
        if pool.generation == on.generation {
            pool.declared.insert(exchange.name.clone());
        }
        Ok(())
    }
}

/// What a broker says to a declaration: that it is wrong, or nothing because it is gone.
pub(super) fn refused(error: lapin::Error) -> TransportError {
    match error.kind() {
        ErrorKind::ProtocolError(problem) if error.is_amqp_soft_error() => {
            TransportError::Refused(format!("RabbitMQ says: {}", problem.get_message()).into())
        }
        _ => TransportError::Disconnected(error.into()),
    }
}

/// As oslo's peers set them.
fn properties(letter: &Letter<'_>) -> BasicProperties {
    let (content_type, encoding) = match letter.format {
        Format::Json => ("application/json", "utf-8"),
        Format::MessagePack => ("application/vnd.msgpack", "binary"),
    };
    let properties = BasicProperties::default()
        .with_content_type(content_type.into())
        .with_content_encoding(encoding.into())
        .with_headers(FieldTable::default())
        .with_delivery_mode(2)
        .with_priority(0);
    match letter.ttl {
        Some(ttl) => properties.with_expiration(ttl.as_millis().max(1).to_string().into()),
        None => properties,
    }
}

/// Why one try to publish failed.
enum Failure {
    ExchangeGone,
    Transport(TransportError),
}

impl From<TransportError> for Failure {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
    }
}

impl From<Failure> for TransportError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Transport(error) => error,
            Failure::ExchangeGone => {
                Self::Disconnected(BoxError::from("the exchange is deleted again and again"))
            }
        }
    }
}

/// A channel that one message has to itself. It goes back to the pool if it still works and nothing is on its way.
struct Borrowed {
    channel: Channel,
    generation: u64,
    env: Env,
    pool: Arc<Mutex<Pool>>,
    _permit: OwnedSemaphorePermit,
}

impl Borrowed {
    fn give_back(self) {
        let mut pool = lock(&self.pool);
        if pool.generation == self.generation && self.channel.status().connected() {
            pool.idle.push(self.channel.clone());
        }
    }
}

/// A message that is on its way, with its channel. If nobody waits for it any more, its channel goes back when it is
/// confirmed all the same.
struct Unconfirmed {
    confirm: Option<PublisherConfirm>,
    channel: Option<Borrowed>,
}

impl Unconfirmed {
    async fn wait(mut self) -> Result<Confirmation, lapin::Error> {
        let Some(confirm) = &mut self.confirm else { return Ok(Confirmation::NotRequested) };
        let confirmation = confirm.await;
        self.confirm = None;
        if let Some(channel) = self.channel.take() {
            channel.give_back();
        }
        confirmation
    }
}

impl Drop for Unconfirmed {
    fn drop(&mut self) {
        let (Some(confirm), Some(channel)) = (self.confirm.take(), self.channel.take()) else { return };
        if tokio::runtime::Handle::try_current().is_ok() {
            channel.env.clone().spawn("rabbit: a message nobody waits for", async move {
                let _ = confirm.await;
                channel.give_back();
            });
        }
    }
}

fn lock(pool: &Mutex<Pool>) -> MutexGuard<'_, Pool> {
    pool.lock().unwrap_or_else(PoisonError::into_inner)
}
