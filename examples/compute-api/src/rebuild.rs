//! A request to make a server anew.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use uuid::Uuid;

/// A request to make a server anew from an image, on its host, with its id, flavor and interfaces.
///
/// Its disk is lost. A server that is off is off afterwards; any other runs.
///
/// # Example
/// ```
/// use nova_compute_api::RebuildServer;
///
/// let image = "70a599e0-31e7-49b7-b260-868f441e862b".parse().unwrap();
/// let request = RebuildServer::new(image).name("web-2");
/// assert_eq!(request.name.as_deref(), Some("web-2"));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RebuildServer {
    /// The image its disk begins as.
    pub image: Uuid,
    /// What users call it from now on, if that changes.
    pub name: Option<String>,
    /// The caller's own notes instead of those it has, if they change.
    pub metadata: Option<BTreeMap<String, String>>,
    /// The IPv4 address users are told, if it changes.
    pub access_ip_v4: Option<Ipv4Addr>,
    /// The IPv6 address users are told, if it changes.
    pub access_ip_v6: Option<Ipv6Addr>,
}

impl RebuildServer {
    /// A request for a disk from `image`, all else as it is.
    pub fn new(image: Uuid) -> Self {
        Self { image, name: None, metadata: None, access_ip_v4: None, access_ip_v6: None }
    }

    /// Has that name from now on.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Has these notes from now on.
    pub fn metadata(mut self, metadata: BTreeMap<String, String>) -> Self {
        self.metadata = Some(metadata);
        self
    }
}
