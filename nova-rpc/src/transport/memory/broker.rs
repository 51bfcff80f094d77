//! The queues, and who listens on them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Weak};

use bytes::Bytes;
use nova_core::Env;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::disturbance::{Disturbance, Verdict};
use super::tap::{Seen, Tap};
use crate::Target;
use crate::interface::Kind;
use crate::transport::{Post, Replies, TransportError};

/// What waits on a queue. Cloning shares the frame.
#[derive(Clone)]
pub(super) struct Message {
    pub(super) frame: Bytes,
    pub(super) expires: Option<Instant>,
    pub(super) redelivered: bool,
}

/// Exchange, topic and, for one server's own queue, its name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name(Cow<'static, str>, Cow<'static, str>, Option<Arc<str>>);

impl Name {
    fn shared(target: &Target) -> Self {
        Self(target.exchange.clone(), target.topic.clone(), None)
    }

    fn of(target: &Target) -> Self {
        Self(target.exchange.clone(), target.topic.clone(), target.server.clone())
    }
}

/// The queue a message came from, to which it goes back.
#[derive(Clone)]
pub(super) enum Origin {
    Queue(Name),
    Fanout(ListenerId),
}

pub(super) type ListenerId = u64;

/// One listener. A message is put into its `inbox` only while it asks for one.
struct Ear {
    shared: Name,
    own: Name,
    server: Arc<str>,
    node: Option<Arc<str>>,
    fanouts: VecDeque<Message>,
    asking: bool,
    inbox: Option<(Origin, Message)>,
    served: u64,
    wake: Arc<Notify>,
}

struct Address {
    replies: Weak<Replies>,
    node: Option<Arc<str>>,
}

/// Everything on the bus.
pub(super) struct Broker {
    limit: usize,
    turns: u64,
    next_listener: ListenerId,
    queues: BTreeMap<Name, VecDeque<Message>>,
    ears: BTreeMap<ListenerId, Ear>,
    addresses: BTreeMap<String, Address>,
    cut_off: BTreeSet<Arc<str>>,
    pub(super) disturbances: Vec<Disturbance>,
    pub(super) taps: Vec<Tap>,
    pub(super) inspectors: Vec<Inspector>,
}

/// Who looks at each message as it is sent.
pub(super) type Inspector = Box<dyn Fn(&Seen, &[u8]) + Send>;

impl Broker {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            turns: 0,
            next_listener: 0,
            queues: BTreeMap::new(),
            ears: BTreeMap::new(),
            addresses: BTreeMap::new(),
            cut_off: BTreeSet::new(),
            disturbances: Vec::new(),
            taps: Vec::new(),
            inspectors: Vec::new(),
        }
    }

    /// Shows a message to taps and inspectors, and says what the first disturbance that means it does to it.
    pub(super) fn watch(&self, seen: impl FnOnce() -> Seen, frame: &Bytes, env: &Env) -> Verdict {
        if self.taps.is_empty() && self.disturbances.is_empty() && self.inspectors.is_empty() {
            return Verdict::Pass;
        }
        let seen = seen();
        self.taps.iter().for_each(|tap| tap.note(&seen));
        self.inspectors.iter().for_each(|inspector| inspector(&seen, frame));
        let mut verdicts = self.disturbances.iter().filter_map(|disturbance| disturbance.judge(&seen, env));
        verdicts.next().unwrap_or(Verdict::Pass)
    }

    pub(super) fn check_route(&self, post: &Post) -> Result<(), TransportError> {
        let known = post.kind == Kind::Fanout || self.queues.contains_key(&Name::of(&post.target));
        if known { Ok(()) } else { Err(TransportError::Unroutable { address: post.target.to_string() }) }
    }

    /// Puts a message where its receivers find it.
    pub(super) fn accept(
        &mut self,
        target: &Target,
        kind: Kind,
        message: Message,
    ) -> Result<(), TransportError> {
        if kind == Kind::Fanout {
            self.fan_out(&Name::shared(target), &message);
            return Ok(());
        }
        let name = Name::of(target);
        let unroutable = || TransportError::Unroutable { address: target.to_string() };
        let queue = self.queues.get_mut(&name).ok_or_else(unroutable)?;
        if queue.len() >= self.limit {
            return Err(TransportError::Overloaded { address: target.to_string(), limit: self.limit });
        }
        queue.push_back(message);
        self.offer(&name);
        Ok(())
    }

    fn fan_out(&mut self, topic: &Name, message: &Message) {
        for ear in self.ears.values_mut().filter(|ear| ear.shared == *topic) {
            if ear.fanouts.len() < self.limit {
                ear.fanouts.push_back(message.clone());
                ear.wake.notify_one();
            }
        }
    }

    /// Gives waiting messages of a queue to listeners that ask, the longest unserved first.
    fn offer(&mut self, name: &Name) {
        while self.queues.get(name).is_some_and(|queue| !queue.is_empty()) {
            let Self { ears, cut_off, .. } = self;
            let asking = ears.values_mut().filter(|ear| ear.asking && ear.inbox.is_none());
            let hearing =
                asking.filter(|ear| (ear.shared == *name || ear.own == *name) && ear.hears(cut_off));
            let Some(ear) = hearing.min_by_key(|ear| ear.served) else { return };
            let Some(message) = self.queues.get_mut(name).and_then(live) else { return };
            self.turns += 1;
            ear.served = self.turns;
            ear.inbox = Some((Origin::Queue(name.clone()), message));
            ear.wake.notify_one();
        }
    }

    pub(super) fn add_listener(
        &mut self,
        target: &Target,
        server: Arc<str>,
        node: Option<Arc<str>>,
    ) -> ListenerId {
        let id = self.next_listener;
        self.next_listener += 1;
        let (shared, own) = (Name::shared(target), Name::of(target));
        self.queues.entry(shared.clone()).or_default();
        self.queues.entry(own.clone()).or_default();
        let ear = Ear {
            shared,
            own,
            server,
            node,
            fanouts: VecDeque::new(),
            asking: false,
            inbox: None,
            served: self.turns,
            wake: Arc::default(),
        };
        self.ears.insert(id, ear);
        id
    }

    /// Removes a listener; what was handed to it and not taken goes back.
    pub(super) fn remove_listener(&mut self, id: ListenerId) {
        if let Some(Ear { inbox: Some((origin, message)), .. }) = self.ears.remove(&id) {
            self.put_back(origin, message);
        }
    }

    /// The next message for a listener, or the bell to wait for. It counts as asking until [`Broker::stop_asking`].
    pub(super) fn take(&mut self, id: ListenerId) -> Result<(Origin, Message), Arc<Notify>> {
        let Self { ears, cut_off, queues, turns, .. } = self;
        let Some(ear) = ears.get_mut(&id) else { return Err(Arc::default()) };
        if ear.hears(cut_off) {
            let (own, shared) = (ear.own.clone(), ear.shared.clone());
            let queued = |queues: &mut BTreeMap<Name, VecDeque<Message>>, name: Name| {
                let message = queues.get_mut(&name).and_then(live)?;
                Some((Origin::Queue(name), message))
            };
            let taken = ear
                .inbox
                .take()
                .or_else(|| live(&mut ear.fanouts).map(|message| (Origin::Fanout(id), message)))
                .or_else(|| queued(queues, own))
                .or_else(|| queued(queues, shared));
            if let Some(taken) = taken {
                *turns += 1;
                ear.served = *turns;
                ear.asking = false;
                return Ok(taken);
            }
        }
        ear.asking = true;
        Err(Arc::clone(&ear.wake))
    }

    /// The listener does not wait any more; a message that was just handed to it goes to another.
    pub(super) fn stop_asking(&mut self, id: ListenerId) {
        let Some(ear) = self.ears.get_mut(&id) else { return };
        ear.asking = false;
        if let Some((origin, message)) = ear.inbox.take() {
            self.put_back(origin, message);
        }
    }

    /// Puts a message at the head of where it came from. Bounds do not count: it was accepted before.
    pub(super) fn put_back(&mut self, origin: Origin, message: Message) {
        match origin {
            Origin::Queue(name) => {
                self.queues.entry(name.clone()).or_default().push_front(message);
                self.offer(&name);
            }
            Origin::Fanout(id) => {
                if let Some(ear) = self.ears.get_mut(&id) {
                    ear.fanouts.push_front(message);
                    ear.wake.notify_one();
                }
            }
        }
    }

    pub(super) fn waiting(&self, target: &Target) -> Option<usize> {
        self.queues.get(&Name::of(target)).map(VecDeque::len)
    }

    pub(super) fn open_address(&mut self, address: &str, replies: &Arc<Replies>, node: Option<Arc<str>>) {
        self.addresses.insert(address.to_owned(), Address { replies: Arc::downgrade(replies), node });
    }

    pub(super) fn close_address(&mut self, address: &str) {
        self.addresses.remove(address);
    }

    /// The table behind a reply address; `None` if it is cut off.
    pub(super) fn reply_table(&self, address: &str) -> Result<Option<Arc<Replies>>, TransportError> {
        let found =
            self.addresses.get(address).and_then(|found| Some((found.replies.upgrade()?, &found.node)));
        let Some((replies, node)) = found else {
            return Err(TransportError::Unroutable { address: address.to_owned() });
        };
        let cut_off = node.as_ref().is_some_and(|node| self.cut_off.contains(node));
        Ok((!cut_off).then_some(replies))
    }

    pub(super) fn partition(&mut self, node: Arc<str>) {
        self.cut_off.insert(node);
        let Self { ears, cut_off, .. } = self;
        let deaf = ears.iter().filter(|(_, ear)| !ear.hears(cut_off)).map(|(id, _)| *id).collect::<Vec<_>>();
        for id in deaf {
            let handed = self.ears.get_mut(&id).and_then(|ear| ear.inbox.take());
            if let Some((origin, message)) = handed {
                self.put_back(origin, message);
            }
        }
    }

    pub(super) fn reconnect(&mut self, node: &str) {
        self.cut_off.remove(node);
        self.ears.values().for_each(|ear| ear.wake.notify_one());
    }

    pub(super) fn refuse_if_cut_off(&self, node: Option<&str>) -> Result<(), TransportError> {
        match node {
            Some(node) if self.cut_off.contains(node) => {
                Err(TransportError::Disconnected(format!("{node} is partitioned").into()))
            }
            _ => Ok(()),
        }
    }
}

impl Ear {
    fn hears(&self, cut_off: &BTreeSet<Arc<str>>) -> bool {
        !cut_off.contains(&self.server) && self.node.as_ref().is_none_or(|node| !cut_off.contains(node))
    }
}

/// The first message of a queue that has not expired; those before it are gone.
fn live(queue: &mut VecDeque<Message>) -> Option<Message> {
    let now = Instant::now();
    while let Some(message) = queue.pop_front() {
        if message.expires.is_none_or(|expires| expires > now) {
            return Some(message);
        }
        metrics::counter!("rpc_expired_total").increment(1);
    }
    None
}
