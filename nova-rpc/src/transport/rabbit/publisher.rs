//! Sending, one message at a time on each of several channels.
//!
//! A message is confirmed by its channel's next confirmation, and comes back by its channel's next return. With two
//! messages on one channel lapin may hand the return of one to the other (it completes a range of confirmations in no
//! order and gives the first the return): a message that was taken would count as not routed. So each message has a channel
//! to itself until it is confirmed; channels are used again, and there is a bound on their number.

use std::time::Duration;

use bytes::Bytes;
use lapin::options::BasicPublishOptions;
use lapin::types::FieldTable;
use lapin::{BasicProperties, Confirmation, ErrorKind};
use nova_core::{BoxError, Env};

use super::super::TransportError;
use super::channels::{Channels, Lent};
use super::link::Link;
use super::topology::Exchange;
use crate::Format;

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

/// The connection that sends.
pub(super) struct Publisher {
    link: Link,
    channels: Channels,
}

impl Publisher {
    pub(super) fn new(env: &Env, link: Link) -> Self {
        Self { link, channels: Channels::new(env) }
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
        let mut lent = self.channels.lend(&up).await?;
        if let Some(exchange) = &letter.exchange {
            self.declare(exchange, &mut lent).await?;
        }
        let confirmation = self.channels.carry(post(lent, letter));
        tokio::select! {
            biased;
            confirmation = confirmation => self.judge(letter, confirmation),
            // It lies somewhere between us and a broker that reads no further.
            reason = self.link.blocked(up.generation) => {
                Err(TransportError::Unconfirmed(format!("the bus takes no messages now: {reason}").into()).into())
            }
        }
    }

    fn judge(&self, letter: &Letter<'_>, confirmation: Result<Confirmation, Unsent>) -> Result<(), Failure> {
        let returned = match confirmation {
            Ok(Confirmation::Ack(None)) => return Ok(()),
            Ok(Confirmation::Ack(Some(returned)) | Confirmation::Nack(Some(returned))) => returned,
            Ok(Confirmation::Nack(None)) => {
                return Err(TransportError::Refused("the broker could not take the message".into()).into());
            }
            Ok(Confirmation::NotRequested) => {
                return Err(TransportError::Unconfirmed("the channel does not confirm".into()).into());
            }
            Err(Unsent::Before) => {
                return Err(TransportError::Disconnected("the channel was closed".into()).into());
            }
            Err(Unsent::Perhaps(error)) => return Err(self.lost(letter, error)),
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
            self.channels.forget(&exchange.name);
            return Failure::ExchangeGone;
        }
        TransportError::Unconfirmed(error.into()).into()
    }

    /// Declares an exchange that is not known to be there. Those of fanouts go when nobody listens, so they never are.
    async fn declare(&self, exchange: &Exchange, on: &mut Lent) -> Result<(), TransportError> {
        if !exchange.fanout && self.channels.is_known(&exchange.name, on) {
            return Ok(());
        }
        on.busy = true;
        exchange.declare(&on.channel).await.map_err(refused)?;
        on.busy = false;
        self.channels.note(&exchange.name, on);
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

/// Why a message has no confirmation.
enum Unsent {
    /// Its channel was closed before.
    Before,
    /// It, or its confirmation, was lost on the way.
    Perhaps(lapin::Error),
}

/// Publishes over `lent`, waits for the broker's word, and gives the channel back.
fn post(
    mut lent: Lent,
    letter: &Letter<'_>,
) -> impl Future<Output = Result<Confirmation, Unsent>> + Send + use<> {
    let exchange = letter.exchange.as_ref().map_or("", |exchange| &exchange.name).into();
    let (key, properties, frame) = (letter.key.into(), properties(letter), letter.frame.clone());
    let options = BasicPublishOptions { mandatory: letter.mandatory, immediate: false };
    async move {
        if !lent.channel.status().connected() {
            return Err(Unsent::Before);
        }
        lent.busy = true;
        let confirm = lent.channel.basic_publish(exchange, key, options, &frame, properties).await;
        let confirmation = confirm.map_err(Unsent::Perhaps)?.await;
        lent.give_back();
        confirmation.map_err(Unsent::Perhaps)
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
