//! `memory://`: a bus inside one process.
//!
//! For several services in one process, and for tests, which can disturb it ([`Disturbance`], [`MemoryBus::partition`])
//! and watch it ([`Tap`]). It behaves as a broker does:
//! * A queue exists from the moment somebody first listens on it, and stays when they stop, with its messages. A call
//!   or cast to a queue that does not exist is unroutable.
//! * The servers of a topic take turns. A fanout reaches the servers that listen when it is sent.
//! * Queues are bounded: what does not fit is refused to the sender; a fanout passes by a server that is full.
//! * A message that is not settled comes back to the head of its queue.
//!
//! # Example
//! ```
//! use nova_core::Env;
//! use nova_rpc::Client;
//! use nova_rpc::transport::memory::MemoryBus;
//!
//! let env = Env::system();
//! let bus = MemoryBus::new(&env);
//! let client = Client::new(&bus.connect(&env)); // one connection for each process that is played
//! # drop(client);
//! ```

mod broker;
mod disturbance;
mod listener;
mod tap;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use nova_core::Env;
use tokio::time::Instant;

use super::{Listener, Post, Replies, Transport, TransportError};
use crate::codec::MessagePack;
use crate::{Codec, Target};

pub use self::disturbance::Disturbance;
pub use self::tap::{Seen, SeenKind, Tap};

use self::broker::{Broker, Message};
use self::disturbance::Verdict;
use self::listener::MemoryListener;

/// How many messages a queue holds unless the bus is told otherwise.
const QUEUE_LIMIT: usize = 10_000;

/// A bus inside this process. Cheap to clone; every clone is the same bus.
#[derive(Clone)]
pub struct MemoryBus(Arc<Shared>);

struct Shared {
    env: Env,
    broker: Mutex<Broker>,
}

impl Shared {
    fn broker(&self) -> MutexGuard<'_, Broker> {
        self.broker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MemoryBus {
    /// A bus with nobody on it. The chances and delays of its disturbances come from `env`.
    pub fn new(env: &Env) -> Self {
        Self::with_queue_limit(env, QUEUE_LIMIT)
    }

    /// The same with queues that hold at most `limit` messages each.
    pub fn with_queue_limit(env: &Env, limit: usize) -> Self {
        Self(Arc::new(Shared { env: env.clone(), broker: Mutex::new(Broker::new(limit)) }))
    }

    /// A connection, as each process has one; `env` is that process's.
    pub fn connect(&self, env: &Env) -> Arc<MemoryTransport> {
        self.connection(env, None, Arc::new(MessagePack::default()))
    }

    /// The connection of the host `node`: [`partition`](Self::partition) cuts it off with that name.
    pub fn connect_as(&self, node: impl Into<Arc<str>>, env: &Env) -> Arc<MemoryTransport> {
        self.connection(env, Some(node.into()), Arc::new(MessagePack::default()))
    }

    /// A connection that uses `codec`; all on one bus must use the same.
    pub fn connect_with(&self, codec: impl Codec, env: &Env) -> Arc<MemoryTransport> {
        self.connection(env, None, Arc::new(codec))
    }

    fn connection(&self, env: &Env, node: Option<Arc<str>>, codec: Arc<dyn Codec>) -> Arc<MemoryTransport> {
        let address = format!("reply_{}", env.new_hex_id());
        let replies = Arc::new(Replies::default());
        self.0.broker().open_address(&address, &replies, node.clone());
        Arc::new(MemoryTransport {
            shared: Arc::clone(&self.0),
            env: env.clone(),
            codec,
            replies,
            address,
            node,
        })
    }

    /// Cuts `node` off: a server of this name, or a connection made [as](Self::connect_as) it. Nothing it sends is
    /// taken, its answers and answers to it are lost, and its messages stay on the bus.
    pub fn partition(&self, node: impl Into<Arc<str>>) {
        self.0.broker().partition(node.into());
    }

    /// Ends the partition of `node`.
    pub fn reconnect(&self, node: &str) {
        self.0.broker().reconnect(node);
    }

    /// From now on, does what `disturbance` says to every message that it means, until [`calm`](Self::calm).
    pub fn disturb(&self, disturbance: Disturbance) {
        self.0.broker().disturbances.push(disturbance);
    }

    /// Ends all disturbances. Messages that were delayed still come.
    pub fn calm(&self) {
        self.0.broker().disturbances.clear();
    }

    /// Watches every message from now on.
    pub fn tap(&self) -> Tap {
        let tap = Tap::default();
        self.0.broker().taps.push(tap.clone());
        tap
    }

    /// Shows every message from now on, with its frame, to `look` in the moment it is sent, whatever then becomes of it.
    ///
    /// `look` must be short and must not use the bus, which waits for it.
    pub fn inspect(&self, look: impl Fn(&Seen, &[u8]) + Send + 'static) {
        self.0.broker().inspectors.push(Box::new(look));
    }

    /// How many messages wait on the queue of `target`; `None` if there is no such queue.
    pub fn waiting(&self, target: &Target) -> Option<usize> {
        self.0.broker().waiting(target)
    }
}

impl fmt::Debug for MemoryBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryBus").finish_non_exhaustive()
    }
}

/// One process's connection to a [`MemoryBus`].
pub struct MemoryTransport {
    shared: Arc<Shared>,
    env: Env,
    codec: Arc<dyn Codec>,
    replies: Arc<Replies>,
    address: String,
    node: Option<Arc<str>>,
}

impl MemoryTransport {
    fn send_now(&self, post: Post) -> Result<(), TransportError> {
        let mut broker = self.shared.broker();
        broker.refuse_if_cut_off(self.node.as_deref())?;
        let verdict =
            broker.watch(|| Seen::request(&post, self.node.as_ref()), &post.frame, &self.shared.env);
        broker.check_route(&post)?;
        let message = Message {
            frame: post.frame,
            expires: post.ttl.map(|ttl| Instant::now() + ttl),
            redelivered: false,
        };
        match verdict {
            Verdict::Pass => broker.accept(&post.target, post.kind, message),
            Verdict::Drop => Ok(()),
            Verdict::Duplicate => {
                broker.accept(&post.target, post.kind, message.clone())?;
                broker.accept(&post.target, post.kind, message)
            }
            Verdict::Delay(delay) => {
                drop(broker);
                let shared = Arc::clone(&self.shared);
                self.shared.env.spawn("memory bus: delayed message", async move {
                    tokio::time::sleep(delay).await;
                    // As on a broker that fills up later: nobody is there to be told.
                    let _ = shared.broker().accept(&post.target, post.kind, message);
                });
                Ok(())
            }
        }
    }

    fn reply_now(&self, address: &str, frame: &Bytes) -> Result<(), TransportError> {
        let reply = self.codec.decode_reply(frame).map_err(|error| TransportError::Refused(error.into()))?;
        let broker = self.shared.broker();
        broker.refuse_if_cut_off(self.node.as_deref())?;
        let Some(replies) = broker.reply_table(address)? else { return Ok(()) };
        let verdict = broker.watch(|| Seen::reply(address, self.node.as_ref()), frame, &self.shared.env);
        drop(broker);
        match verdict {
            Verdict::Pass => {
                replies.deliver(reply);
            }
            Verdict::Drop => {}
            Verdict::Duplicate => {
                replies.deliver(reply.clone());
                replies.deliver(reply);
            }
            Verdict::Delay(delay) => {
                self.shared.env.spawn("memory bus: delayed reply", async move {
                    tokio::time::sleep(delay).await;
                    replies.deliver(reply);
                });
            }
        }
        Ok(())
    }
}

impl Transport for MemoryTransport {
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
        Box::pin(async move { self.send_now(post) })
    }

    fn reply<'a>(&'a self, address: &'a str, frame: Bytes) -> BoxFuture<'a, Result<(), TransportError>> {
        Box::pin(async move { self.reply_now(address, &frame) })
    }

    fn listen<'a>(&'a self, target: &'a Target) -> BoxFuture<'a, Result<Box<dyn Listener>, TransportError>> {
        Box::pin(async move {
            let Some(server) = target.server.clone() else {
                return Err(TransportError::Refused("a listener needs the name of its server".into()));
            };
            let mut broker = self.shared.broker();
            broker.refuse_if_cut_off(self.node.as_deref())?;
            let id = broker.add_listener(target, server, self.node.clone());
            Ok(Box::new(MemoryListener::new(Arc::clone(&self.shared), id)) as Box<dyn Listener>)
        })
    }
}

impl Drop for MemoryTransport {
    fn drop(&mut self) {
        self.shared.broker().close_address(&self.address);
    }
}

impl fmt::Debug for MemoryTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryTransport")
            .field("address", &self.address)
            .field("node", &self.node)
            .finish_non_exhaustive()
    }
}
