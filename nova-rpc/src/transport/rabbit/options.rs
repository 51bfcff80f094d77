//! What can be said about a RabbitMQ bus, by oslo's names.

use std::time::Duration;

use super::super::TransportUrl;

/// How this process uses a RabbitMQ bus.
///
/// The flags and arguments of queues must be the same for every process on a bus: a broker refuses to declare a queue in
/// two ways, and Python services end when it does. So these options have the defaults of oslo.messaging, and the names in
/// the configuration that each field's alias gives.
///
/// # Example
/// ```
/// use nova_rpc::transport::rabbit::RabbitOptions;
///
/// let url = "rabbit://guest:guest@localhost/?rabbit_quorum_queue=true".parse()?;
/// assert!(RabbitOptions::from_url(&url)?.quorum_queues);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RabbitOptions {
    /// Exchanges and queues of topics outlive the broker.
    #[doc(alias = "amqp_durable_queues")]
    pub durable_queues: bool,
    /// Exchanges and queues of topics go with the last that uses them.
    #[doc(alias = "amqp_auto_delete")]
    pub auto_delete: bool,
    /// Queues of topics are replicated; they are durable then.
    #[doc(alias = "rabbit_quorum_queue")]
    pub quorum_queues: bool,
    /// Queues of fanouts and replies are replicated, too.
    #[doc(alias = "rabbit_transient_quorum_queue")]
    pub transient_quorum_queues: bool,
    /// How often a replicated queue delivers a message before it gives it up; 0 for the broker's own limit.
    #[doc(alias = "rabbit_quorum_delivery_limit")]
    pub quorum_delivery_limit: u32,
    /// How many messages of a replicated queue are kept in memory; 0 for the broker's own limit.
    #[doc(alias = "rabbit_quorum_max_memory_length")]
    pub quorum_max_memory_length: u32,
    /// How many bytes of a replicated queue are kept in memory; 0 for the broker's own limit.
    #[doc(alias = "rabbit_quorum_max_memory_bytes")]
    pub quorum_max_memory_bytes: u32,
    /// After this time without a consumer the broker removes queues of fanouts and replies; zero for never. Whole seconds.
    #[doc(alias = "rabbit_transient_queues_ttl")]
    pub transient_ttl: Duration,
    /// A connection on which nothing comes for this time is dead; zero for never. Whole seconds.
    #[doc(alias = "heartbeat_timeout_threshold")]
    pub heartbeat: Duration,
    /// How many messages of each of its queues a server may have taken and not acknowledged; at least 1. oslo's default is
    /// no limit: a busy server then takes what idle ones could do, and a crash loses it.
    #[doc(alias = "rabbit_qos_prefetch_count")]
    pub prefetch: u16,
    /// How long a message waits for a connection before it fails as not sent.
    pub patience: Duration,
    /// How long an answer is tried again whose caller's queue is not there (its connection may be coming back).
    #[doc(alias = "kombu_missing_consumer_retry_timeout")]
    pub reply_patience: Duration,
    /// The longest pause between two tries to connect. Pauses grow from a tenth of a second and have a random part.
    #[doc(alias = "rabbit_interval_max")]
    pub retry_interval_max: Duration,
    /// What the broker shows as this connection's name, with the role of each connection appended.
    pub connection_name: String,
}

impl Default for RabbitOptions {
    fn default() -> Self {
        Self {
            durable_queues: false,
            auto_delete: false,
            quorum_queues: false,
            transient_quorum_queues: false,
            quorum_delivery_limit: 0,
            quorum_max_memory_length: 0,
            quorum_max_memory_bytes: 0,
            transient_ttl: Duration::from_secs(1800),
            heartbeat: Duration::from_secs(60),
            prefetch: 64,
            patience: Duration::from_secs(10),
            reply_patience: Duration::from_secs(10),
            retry_interval_max: Duration::from_secs(2),
            connection_name: "nova-rpc".to_owned(),
        }
    }
}

/// An option of a transport URL that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OptionError {
    /// The URL is another engine's.
    #[error("{scheme}:// is not RabbitMQ: rabbit:// is")]
    Scheme {
        /// The URL's scheme.
        scheme: String,
    },
    /// There is no such option.
    #[error("there is no option {name} of RabbitMQ")]
    Unknown {
        /// Its name.
        name: String,
    },
    /// oslo has the option, and what it asks for is not done here.
    #[error("the option {name} of RabbitMQ is not supported: {reason}")]
    Unsupported {
        /// Its name.
        name: String,
        /// What to do instead.
        reason: &'static str,
    },
    /// The value is not one the option takes.
    #[error("the option {name} of RabbitMQ takes {expected}")]
    Value {
        /// The option's name.
        name: String,
        /// What it takes.
        expected: &'static str,
    },
}

/// Options of oslo's that are about how its Python libraries work, or about brokers of the past. Nothing on the wire
/// depends on them.
const WITHOUT_MEANING: &[&str] = &[
    "heartbeat_in_pthread",
    "heartbeat_rate",
    "kombu_compression",
    "kombu_failover_strategy",
    "kombu_reconnect_delay",
    "kombu_reconnect_splay",
    "rabbit_interval_min",
    "rabbit_login_method",
    "rabbit_retry_backoff",
    "rabbit_retry_interval",
    "rpc_conn_pool_size",
    "enable_cancel_on_failover",
];

const NO_TLS: &str = "this build of nova-rpc has no TLS for RabbitMQ";

impl RabbitOptions {
    /// The options of a `rabbit://` (or `kombu://`) URL, the others at their defaults.
    ///
    /// # Errors
    /// See [`OptionError`].
    pub fn from_url(url: &TransportUrl) -> Result<Self, OptionError> {
        if !matches!(&*url.scheme, "rabbit" | "kombu") {
            return Err(OptionError::Scheme { scheme: url.scheme.clone() });
        }
        let mut options = Self::default();
        url.options.iter().try_for_each(|(name, value)| options.set(name, value))?;
        Ok(options)
    }

    /// Sets the option that `[oslo_messaging_rabbit]` calls `name`.
    ///
    /// # Errors
    /// See [`OptionError`].
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), OptionError> {
        let option = Given { name, value };
        match name {
            "amqp_durable_queues" => self.durable_queues = option.flag()?,
            "amqp_auto_delete" => self.auto_delete = option.flag()?,
            "rabbit_quorum_queue" => self.quorum_queues = option.flag()?,
            "rabbit_transient_quorum_queue" => self.transient_quorum_queues = option.flag()?,
            "rabbit_quorum_delivery_limit" => self.quorum_delivery_limit = option.count()?,
            "rabbit_quorum_max_memory_length" => self.quorum_max_memory_length = option.count()?,
            "rabbit_quorum_max_memory_bytes" => self.quorum_max_memory_bytes = option.count()?,
            "rabbit_transient_queues_ttl" => self.transient_ttl = option.seconds()?,
            "heartbeat_timeout_threshold" => self.heartbeat = option.seconds()?,
            "rabbit_qos_prefetch_count" => self.prefetch = option.prefetch()?,
            "kombu_missing_consumer_retry_timeout" => self.reply_patience = option.seconds()?,
            "rabbit_interval_max" => self.retry_interval_max = option.seconds()?,
            "ssl" if option.flag()? => return Err(option.unsupported(NO_TLS)),
            "rabbit_ha_queues" if option.flag()? => {
                return Err(
                    option.unsupported("brokers do not mirror queues any more; use rabbit_quorum_queue")
                );
            }
            "rabbit_stream_fanout" if option.flag()? => {
                return Err(option.unsupported("fanouts use a queue each"));
            }
            "use_queue_manager" if option.flag()? => {
                return Err(option.unsupported("queues of fanouts and replies have random names"));
            }
            "ssl" | "rabbit_ha_queues" | "rabbit_stream_fanout" | "use_queue_manager" => {}
            name if name.starts_with("ssl_") || WITHOUT_MEANING.contains(&name) => {
                tracing::warn!(name, "an option of RabbitMQ has no meaning here");
            }
            name => return Err(OptionError::Unknown { name: name.to_owned() }),
        }
        Ok(())
    }
}

/// One option as it was given.
struct Given<'a> {
    name: &'a str,
    value: &'a str,
}

impl Given<'_> {
    fn wrong(&self, expected: &'static str) -> OptionError {
        OptionError::Value { name: self.name.to_owned(), expected }
    }

    fn unsupported(&self, reason: &'static str) -> OptionError {
        OptionError::Unsupported { name: self.name.to_owned(), reason }
    }

    fn flag(&self) -> Result<bool, OptionError> {
        match &*self.value.to_ascii_lowercase() {
            "true" | "1" | "on" | "yes" => Ok(true),
            "false" | "0" | "off" | "no" => Ok(false),
            _ => Err(self.wrong("true or false")),
        }
    }

    fn count(&self) -> Result<u32, OptionError> {
        let count = self.value.parse::<i32>().ok().and_then(|count| u32::try_from(count).ok());
        count.ok_or_else(|| self.wrong("a number from 0 to 2147483647"))
    }

    /// Held to what a broker takes in milliseconds: 24 days.
    fn seconds(&self) -> Result<Duration, OptionError> {
        let seconds = self.count()?;
        if seconds > 2_000_000 {
            return Err(self.wrong("at most 2000000 seconds"));
        }
        Ok(Duration::from_secs(seconds.into()))
    }

    /// oslo's 0 is no limit. Here there is always one.
    fn prefetch(&self) -> Result<u16, OptionError> {
        let count = self.count()?;
        Ok(if count == 0 { u16::MAX } else { u16::try_from(count).unwrap_or(u16::MAX) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(query: &str) -> Result<RabbitOptions, OptionError> {
        RabbitOptions::from_url(&format!("rabbit://h/?{query}").parse().unwrap())
    }

    #[test]
    fn the_options_of_a_url_are_set_by_oslos_names() {
        let options = options(
            "amqp_durable_queues=True&rabbit_qos_prefetch_count=10&heartbeat_timeout_threshold=30&rabbit_transient_queues_ttl=0",
        );
        let expected = RabbitOptions {
            durable_queues: true,
            prefetch: 10,
            heartbeat: Duration::from_secs(30),
            transient_ttl: Duration::ZERO,
            ..RabbitOptions::default()
        };
        assert_eq!(options.unwrap(), expected);
    }

    #[test]
    fn an_option_nobody_knows_or_does_is_refused_by_name() {
        assert!(matches!(options("rabbit_qourum_queue=1"), Err(OptionError::Unknown { .. })));
        assert!(matches!(options("rabbit_quorum_queue=maybe"), Err(OptionError::Value { .. })));
        assert!(matches!(options("rabbit_transient_queues_ttl=-1"), Err(OptionError::Value { .. })));
        for name in ["ssl", "rabbit_ha_queues", "rabbit_stream_fanout", "use_queue_manager"] {
            assert!(
                matches!(options(&format!("{name}=true")), Err(OptionError::Unsupported { .. })),
                "{name}"
            );
            assert!(options(&format!("{name}=false")).is_ok(), "{name}");
        }
        let other = RabbitOptions::from_url(&"nats://h".parse().unwrap());
        assert!(matches!(other, Err(OptionError::Scheme { .. })));
    }
}
