//! `rabbit://`: RabbitMQ, laid out as oslo.messaging lays it out, so that Python services and ours share a bus.
//!
//! | what | exchange | queue |
//! |---|---|---|
//! | any server of a topic | the target's exchange (`nova`), a topic exchange | `<topic>` |
//! | one server | the same | `<topic>.<server>` |
//! | every server | `<topic>_fanout` | `<topic>_fanout_<id>`, one each |
//! | answers | the default exchange | `reply_<id>`, one for each transport |
//!
//! Flags and arguments are oslo's for the same [options](RabbitOptions).
//!
//! # Connections
//! There are two: one sends, one listens. A broker that is short of memory stops reading from a connection that sends;
//! acknowledgements must not wait behind that. Each is kept up by a task of its own: it tries the hosts of the URL in turn,
//! with pauses that grow to two seconds and have a random part, and everything on a new connection is declared again.
//!
//! # What a caller learns
//! * A call or cast that no queue takes is [`Unroutable`](TransportError::Unroutable): every message is sent *mandatory*.
//! * A broker that takes no messages is [`Blocked`](TransportError::Blocked).
//! * Without a connection a message waits, at most [`patience`](RabbitOptions::patience), and is then
//!   [`Disconnected`](TransportError::Disconnected): not sent. One whose confirmation is lost is
//!   [`Unconfirmed`](TransportError::Unconfirmed).
//! * Calls in flight when the broker restarts go on waiting until their deadline: with queues that do not outlive the broker
//!   (oslo's default) their answer may be lost with it.
//!
//! # What to know
//! lapin writes a warning with the bytes of a message that comes back as unroutable; a context may hold a token. Turn its
//! target off where logs are kept: `lapin::returned_messages=off`.
//!
//! # Example
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use nova_core::Env;
//! use nova_rpc::Client;
//! use nova_rpc::transport::rabbit::RabbitTransport;
//!
//! let url = "rabbit://nova:secret@mq1,nova:secret@mq2/".parse()?;
//! let bus = RabbitTransport::connect(&Env::system(), &url).await?;
//! let client = Client::new(&bus);
//! # drop(client);
//! # Ok(())
//! # }
//! ```

mod channels;
mod consumer;
mod link;
mod listener;
mod options;
mod publisher;
mod replies;
mod topology;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use nova_core::Env;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::{Listener, Post, Replies, Transport, TransportError, TransportUrl};
use crate::codec::Oslo;
use crate::interface::Kind;
use crate::{Codec, Target};

pub use self::options::{OptionError, RabbitOptions};

use self::consumer::{Consumer, FINISH_TIMEOUT, Hearing};
use self::link::Link;
use self::listener::RabbitListener;
use self::publisher::{Letter, Publisher};
use self::replies::Answers;
use self::topology::Topology;

/// How often an answer is tried again whose caller's queue is not there.
const REPLY_RETRY: Duration = Duration::from_millis(250);
/// How long an address is remembered as gone, and how many are.
const GONE_FOR: Duration = Duration::from_secs(60);
const GONE_LIMIT: usize = 200;

/// One process's connection to a RabbitMQ bus. See [the module](self).
pub struct RabbitTransport {
    env: Env,
    codec: Arc<dyn Codec>,
    options: RabbitOptions,
    topology: Topology,
    publisher: Publisher,
    listening: Link,
    replies: Arc<Replies>,
    address: String,
    answers: watch::Receiver<Hearing>,
    gone: Mutex<BTreeMap<String, Instant>>,
    consumers: TaskTracker,
    stop: CancellationToken,
    _running: DropGuard,
}

/// Why there is no transport.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The URL asks for something that is not there.
    #[error("the transport URL cannot be used")]
    Options(#[from] OptionError),
    /// No broker answered, or it refused. Nothing goes on trying.
    #[error("no connection to {url}")]
    Transport {
        /// The URL, without passwords.
        url: String,
        /// What went wrong.
        source: TransportError,
    },
}

impl RabbitTransport {
    /// Connects to the bus at `url` with the options the URL gives and oslo's envelope.
    ///
    /// # Errors
    /// See [`ConnectError`]. A broker that is not there yet is waited for, at most [`RabbitOptions::patience`].
    ///
    /// # Cancel safety
    /// Dropping the future closes what was opened.
    pub async fn connect(env: &Env, url: &TransportUrl) -> Result<Arc<Self>, ConnectError> {
        let options = RabbitOptions::from_url(url)?;
        Self::connect_with(env, url, options, Oslo::new(env)).await
    }

    /// The same with `options` (the URL's own are not looked at) and another envelope, which every process on the bus must
    /// use.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn connect_with(
        env: &Env,
        url: &TransportUrl,
        options: RabbitOptions,
        codec: impl Codec,
    ) -> Result<Arc<Self>, ConnectError> {
        let (stop, end) = (CancellationToken::new(), CancellationToken::new());
        let link = |role| Link::keep(env, url, &options, role, end.clone());
        let (sending, listening) = (link("sending"), link("listening"));
        let (hearing, answers) = watch::channel(Hearing::NotYet);
        let transport = Arc::new(Self {
            env: env.clone(),
            codec: Arc::new(codec),
            topology: Topology::new(&options),
            publisher: Publisher::new(env, sending.clone()),
            listening,
            replies: Arc::default(),
            address: format!("reply_{}", env.new_hex_id()),
            answers,
            gone: Mutex::default(),
            consumers: TaskTracker::new(),
            stop: stop.clone(),
            _running: stop.drop_guard(),
            options,
        });
        transport.end_in_order(end);
        transport.listen_for_answers(hearing);
        let ready = async {
            sending.up().await?;
            transport.wait_for_answers().await
        };
        match ready.await {
            Ok(()) => Ok(transport),
            Err(source) => Err(ConnectError::Transport { url: url.to_string(), source }),
        }
    }

    /// Whether both connections are there and answers are heard.
    pub fn is_connected(&self) -> bool {
        self.publisher.is_up() && matches!(*self.answers.borrow(), Hearing::Yes)
    }

    /// Ends the connections and everything that listens, for good. Also done when the transport is dropped.
    pub fn close(&self) {
        self.stop.cancel();
    }

    /// Ends the connections (by `end`) once everything that listens has left its queues.
    fn end_in_order(&self, end: CancellationToken) {
        let (stop, stopping, consumers) = (self.stop.clone(), self.env.stopping(), self.consumers.clone());
        self.env.spawn("rabbit: end", async move {
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                () = stopping.cancelled() => stop.cancel(),
            }
            consumers.close();
            let _ = timeout(2 * FINISH_TIMEOUT, consumers.wait()).await;
            end.cancel();
        });
    }

    fn listen_for_answers(&self, hearing: watch::Sender<Hearing>) {
        let answers = Answers { codec: Arc::clone(&self.codec), replies: Arc::clone(&self.replies) };
        let consumer = self.consumer(vec![self.topology.reply_queue(&self.address)], None);
        self.consume("rabbit: answers".to_owned(), consumer.run(answers, hearing, self.stop.clone()));
    }

    fn consume(&self, name: String, run: impl Future<Output = ()> + Send + 'static) {
        self.env.spawn(name, self.consumers.track_future(run));
    }

    fn consumer(&self, queues: Vec<topology::Queue>, delete_at_end: Option<String>) -> Consumer {
        Consumer {
            env: self.env.clone(),
            link: self.listening.clone(),
            queues,
            prefetch: self.options.prefetch.max(1),
            delete_at_end,
        }
    }

    /// Returns when answers are heard: a call that is sent before would not hear its own.
    async fn wait_for_answers(&self) -> Result<(), TransportError> {
        heard(self.answers.clone(), self.options.patience).await
    }

    async fn post(&self, post: Post) -> Result<(), TransportError> {
        if post.kind == Kind::Call && !matches!(*self.answers.borrow(), Hearing::Yes) {
            self.wait_for_answers().await?;
        }
        let Post { target, kind, ttl, frame, .. } = post;
        let key = target.to_string();
        let (exchange, key) = match kind {
            Kind::Fanout => (self.topology.fanouts(&target.topic), ""),
            Kind::Call | Kind::Cast => (self.topology.topics(&target.exchange), &*key),
        };
        let letter = Letter {
            exchange: Some(exchange),
            key,
            mandatory: kind != Kind::Fanout,
            ttl,
            frame: &frame,
            format: self.codec.format(),
        };
        self.publisher.publish(&letter).await
    }

    /// Answers, and goes on trying for a while: the caller's connection, or ours, may be coming back. An answer that arrives
    /// twice finds nobody the second time.
    async fn answer(&self, address: &str, frame: &Bytes) -> Result<(), TransportError> {
        let letter = Letter {
            exchange: None,
            key: address,
            mandatory: true,
            ttl: None,
            frame,
            format: self.codec.format(),
        };
        let give_up = Instant::now() + self.options.reply_patience;
        loop {
            let error = match self.publisher.publish(&letter).await {
                Ok(()) => {
                    self.gone().remove(address);
                    return Ok(());
                }
                Err(error @ TransportError::Refused(_)) => return Err(error),
                Err(error) => error,
            };
            let is_missing = matches!(error, TransportError::Unroutable { .. });
            let is_over = Instant::now() + REPLY_RETRY > give_up;
            if is_missing && (is_over || self.is_gone(address)) {
                self.note_gone(address);
                return Err(error);
            }
            if is_over {
                return Err(error);
            }
            sleep(REPLY_RETRY).await;
        }
    }

    fn gone(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Instant>> {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_gone(&self, address: &str) -> bool {
        self.gone().get(address).is_some_and(|since| since.elapsed() < GONE_FOR)
    }

    fn note_gone(&self, address: &str) {
        let mut gone = self.gone();
        gone.retain(|_, since| since.elapsed() < GONE_FOR);
        if gone.len() < GONE_LIMIT {
            gone.entry(address.to_owned()).or_insert_with(Instant::now);
        }
    }

    async fn begin_listening(&self, target: &Target) -> Result<Box<dyn Listener>, TransportError> {
        if target.server.is_none() {
            return Err(TransportError::Refused("a listener needs the name of its server".into()));
        }
        let fanout = self.topology.fanout_queue(&target.topic, &self.env.new_hex_id());
        let delete_at_end = Some(fanout.name.clone());
        let queues = vec![
            self.topology.topic_queue(&target.exchange, &target.topic),
            self.topology.topic_queue(&target.exchange, &target.to_string()),
            fanout,
        ];
        let consumer = self.consumer(queues, delete_at_end);
        let stop = self.stop.child_token();
        let (listener, handover) = RabbitListener::new(consumer.prefetch, stop.clone().drop_guard());
        let (hearing, heard_now) = watch::channel(Hearing::NotYet);
        let name = format!("rabbit: listening on {target}");
        self.consume(name, consumer.run(handover, hearing, stop));
        heard(heard_now, self.options.patience).await?;
        Ok(Box::new(listener))
    }
}

/// Waits until queues are consumed, at most `patience`.
async fn heard(mut hearing: watch::Receiver<Hearing>, patience: Duration) -> Result<(), TransportError> {
    let settled = hearing.wait_for(|hearing| matches!(hearing, Hearing::Yes | Hearing::Refused(_)));
    match timeout(patience, settled).await {
        Ok(Ok(hearing)) => match &*hearing {
            Hearing::Refused(reason) => Err(TransportError::Refused(reason.to_string().into())),
            Hearing::Yes | Hearing::NotYet | Hearing::No => Ok(()),
        },
        Ok(Err(_)) => Err(TransportError::Disconnected("the transport is closed".into())),
        Err(_) => Err(TransportError::Disconnected("the queues could not be declared in time".into())),
    }
}

impl Transport for RabbitTransport {
    fn codec(&self) -> &dyn Codec {
        &*self.codec
    }

    fn env(&self) -> &Env {
        &self.env
    }

    fn replies(&self) -> &Arc<Replies> {
        &self.replies
    }

    fn reply_address(&self) -> &str {
        &self.address
    }

    fn send(&self, post: Post) -> BoxFuture<'_, Result<(), TransportError>> {
        Box::pin(self.post(post))
    }

    fn reply<'a>(&'a self, address: &'a str, frame: Bytes) -> BoxFuture<'a, Result<(), TransportError>> {
        Box::pin(async move { self.answer(address, &frame).await })
    }

    fn listen<'a>(&'a self, target: &'a Target) -> BoxFuture<'a, Result<Box<dyn Listener>, TransportError>> {
        Box::pin(self.begin_listening(target))
    }
}

impl fmt::Debug for RabbitTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RabbitTransport")
            .field("connected", &self.is_connected())
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
