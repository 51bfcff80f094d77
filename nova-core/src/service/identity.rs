//! Who a service is.

use std::fmt;

/// Host, binary and topic: what a service is known by in records and on the bus.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// The host it runs on (Nova's `host` option); the server name on the bus.
    pub host: String,
    /// The program, for example `nova-compute`.
    pub binary: String,
    /// The topic it listens on, for example `compute`.
    pub topic: String,
}

impl Identity {
    /// The service `binary` on `host`; its topic is the binary's name without `nova-`.
    ///
    /// # Example
    /// ```
    /// let me = nova_core::service::Identity::new("node1", "nova-compute");
    /// assert_eq!(me.topic, "compute");
    /// ```
    pub fn new(host: impl Into<String>, binary: impl Into<String>) -> Self {
        let binary = binary.into();
        let topic = binary.strip_prefix("nova-").unwrap_or(&binary).to_owned();
        Self { host: host.into(), binary, topic }
    }

    /// The same service listening on `topic`.
    pub fn with_topic(mut self, topic: impl Into<String>) -> Self {
        self.topic = topic.into();
        self
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.binary, self.host)
    }
}
