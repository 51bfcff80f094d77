//! How new a message a peer may be sent.

use std::collections::BTreeMap;

use crate::Version;
use crate::interface::Interface;

/// Says how new a message may be, so that peers that are not upgraded yet understand it.
///
/// It is asked at every call, so that the answer may change while the process runs (when the last old peer is gone). It
/// must answer at once, from memory, and may be called concurrently.
#[doc(alias = "version_cap")]
pub trait VersionCaps: Send + Sync + 'static {
    /// The newest version to use for `interface` on `topic`; `None` for as new as this code knows.
    fn cap(&self, interface: &'static Interface, topic: &str) -> Option<Version>;
}

/// Versions an operator has pinned, by topic (Nova's `[upgrade_levels]`).
///
/// A pin holds for the topic's own contract, the one without a namespace.
///
/// # Example
/// ```
/// use nova_rpc::{Pins, Version};
///
/// let pins = Pins::default().pin("compute", Version::new(6, 1));
/// ```
#[derive(Clone, Debug, Default)]
#[doc(alias = "upgrade_levels")]
pub struct Pins(BTreeMap<String, Version>);

impl Pins {
    /// Holds messages on `topic` to `version`.
    pub fn pin(mut self, topic: impl Into<String>, version: Version) -> Self {
        self.0.insert(topic.into(), version);
        self
    }
}

impl VersionCaps for Pins {
    fn cap(&self, interface: &'static Interface, topic: &str) -> Option<Version> {
        match interface.namespace {
            None => self.0.get(topic).copied(),
            Some(_) => None,
        }
    }
}
