//! Where a message goes.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::Version;

/// The exchange that Nova's services share.
pub const DEFAULT_EXCHANGE: &str = "nova";

/// The address of a service, and which of its contracts is meant.
///
/// Without a `server` it is the topic all servers of a kind share: one of them gets the message.
///
/// # Example
/// ```
/// use nova_rpc::Target;
///
/// let any = Target::new("compute");
/// let one = any.clone().on("host-1");
/// assert_eq!((any.to_string().as_str(), one.to_string().as_str()), ("compute", "compute.host-1"));
/// ```
#[doc(alias = "oslo_messaging.Target")]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Target {
    /// The namespace of topics; all of a cloud's services use one.
    pub exchange: Cow<'static, str>,
    /// The kind of service.
    pub topic: Cow<'static, str>,
    /// One server of the kind.
    pub server: Option<Arc<str>>,
    /// The contract's namespace; most contracts have none.
    pub namespace: Option<Cow<'static, str>>,
    /// The contract's version.
    pub version: Option<Version>,
}

impl Target {
    /// Any server of `topic`, in the default exchange.
    pub fn new(topic: impl Into<Cow<'static, str>>) -> Self {
        Self {
            exchange: Cow::Borrowed(DEFAULT_EXCHANGE),
            topic: topic.into(),
            server: None,
            namespace: None,
            version: None,
        }
    }

    /// The same on one server.
    pub fn on(mut self, server: impl Into<Arc<str>>) -> Self {
        self.server = Some(server.into());
        self
    }

    /// The same in another exchange.
    pub fn in_exchange(mut self, exchange: impl Into<Cow<'static, str>>) -> Self {
        self.exchange = exchange.into();
        self
    }

    /// The same with a contract's namespace and version.
    pub fn for_contract(mut self, namespace: Option<&'static str>, version: Version) -> Self {
        self.namespace = namespace.map(Cow::Borrowed);
        self.version = Some(version);
        self
    }
}

/// `topic` or `topic.server`.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.topic)?;
        match &self.server {
            Some(server) => write!(f, ".{server}"),
            None => Ok(()),
        }
    }
}
