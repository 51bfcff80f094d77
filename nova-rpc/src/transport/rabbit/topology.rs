//! Names, flags and arguments of exchanges and queues, exactly as oslo.messaging declares them.
//!
//! A broker refuses to declare a thing in two ways, so the first process on a bus decides for all. What is compared here
//! with recordings of a real bus is not a matter of taste.

use lapin::options::{ExchangeDeclareOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, ExchangeKind};

use super::options::RabbitOptions;

/// An exchange to be declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Exchange {
    pub(super) name: String,
    pub(super) fanout: bool,
    pub(super) durable: bool,
    pub(super) auto_delete: bool,
}

/// A queue to be declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Queue {
    pub(super) name: String,
    pub(super) durable: bool,
    pub(super) auto_delete: bool,
    /// The arguments that are numbers.
    pub(super) numbers: Vec<(&'static str, i32)>,
    pub(super) quorum: bool,
    /// The exchange it is bound to, with its own name or the topic as the key; none for a queue of replies.
    pub(super) bound_to: Option<(Exchange, String)>,
}

/// How things are declared on one bus.
#[derive(Clone, Debug)]
pub(super) struct Topology(RabbitOptions);

impl Topology {
    pub(super) fn new(options: &RabbitOptions) -> Self {
        Self(options.clone())
    }

    /// The exchange of all topics.
    pub(super) fn topics(&self, name: &str) -> Exchange {
        Exchange {
            name: name.to_owned(),
            fanout: false,
            durable: self.0.durable_queues || self.0.quorum_queues,
            auto_delete: self.0.auto_delete,
        }
    }

    /// The exchange of one topic's fanouts. It is not below the topics' exchange: a bus has one of each name.
    pub(super) fn fanouts(&self, topic: &str) -> Exchange {
        let durable = self.0.transient_quorum_queues;
        Exchange { name: format!("{topic}_fanout"), fanout: true, durable, auto_delete: true }
    }

    /// The queue that the servers of a topic share, or that of one server: `name` is `topic` or `topic.server`.
    pub(super) fn topic_queue(&self, exchange: &str, name: &str) -> Queue {
        Queue {
            name: name.to_owned(),
            durable: self.0.durable_queues || self.0.quorum_queues,
            auto_delete: self.0.auto_delete,
            numbers: if self.0.quorum_queues { self.quorum_limits() } else { Vec::new() },
            quorum: self.0.quorum_queues,
            bound_to: Some((self.topics(exchange), name.to_owned())),
        }
    }

    /// One server's queue of fanouts; `id` is its own.
    pub(super) fn fanout_queue(&self, topic: &str, id: &str) -> Queue {
        Queue {
            bound_to: Some((self.fanouts(topic), topic.to_owned())),
            ..self.transient(format!("{topic}_fanout_{id}"))
        }
    }

    /// A client's queue of replies, by its address.
    pub(super) fn reply_queue(&self, address: &str) -> Queue {
        self.transient(address.to_owned())
    }

    fn transient(&self, name: String) -> Queue {
        let quorum = self.0.transient_quorum_queues;
        let mut numbers = Vec::new();
        let ttl = i32::try_from(self.0.transient_ttl.as_millis()).unwrap_or(i32::MAX);
        if ttl > 0 {
            numbers.push(("x-expires", ttl));
        }
        if quorum {
            numbers.extend(self.quorum_limits());
        }
        Queue { name, durable: quorum, auto_delete: false, numbers, quorum, bound_to: None }
    }

    fn quorum_limits(&self) -> Vec<(&'static str, i32)> {
        let limits = [
            ("x-delivery-limit", self.0.quorum_delivery_limit),
            ("x-max-in-memory-length", self.0.quorum_max_memory_length),
            ("x-max-in-memory-bytes", self.0.quorum_max_memory_bytes),
        ];
        let given = limits.into_iter().filter(|(_, limit)| *limit > 0);
        given.map(|(name, limit)| (name, i32::try_from(limit).unwrap_or(i32::MAX))).collect()
    }
}

impl Exchange {
    pub(super) async fn declare(&self, channel: &Channel) -> Result<(), lapin::Error> {
        let kind = if self.fanout { ExchangeKind::Fanout } else { ExchangeKind::Topic };
        let Self { durable, auto_delete, .. } = *self;
        let options = ExchangeDeclareOptions { durable, auto_delete, ..Default::default() };
        channel.exchange_declare(self.name.as_str().into(), kind, options, FieldTable::default()).await
    }
}

impl Queue {
    /// Declares the queue, and binds it.
    pub(super) async fn declare(&self, channel: &Channel) -> Result<(), lapin::Error> {
        if let Some((exchange, _)) = &self.bound_to {
            exchange.declare(channel).await?;
        }
        let Self { durable, auto_delete, .. } = *self;
        let options = QueueDeclareOptions { durable, auto_delete, ..Default::default() };
        channel.queue_declare(self.name.as_str().into(), options, self.arguments()).await?;
        if let Some((exchange, key)) = &self.bound_to {
            let (queue, exchange) = (self.name.as_str().into(), exchange.name.as_str().into());
            let bind = channel.queue_bind(
                queue,
                exchange,
                key.as_str().into(),
                Default::default(),
                FieldTable::default(),
            );
            bind.await?;
        }
        Ok(())
    }

    fn arguments(&self) -> FieldTable {
        let mut arguments = FieldTable::default();
        for (name, number) in &self.numbers {
            arguments.insert((*name).into(), AMQPValue::LongInt(*number));
        }
        if self.quorum {
            arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
        }
        arguments
    }
}
