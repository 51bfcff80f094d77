//! A request for servers.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use nova_core::operation::OperationId;
use secrecy::SecretString;
use uuid::Uuid;

use crate::Server;

/// Which networks a server is on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NetworkChoice {
    /// Whatever the project has.
    #[default]
    Any,
    /// These, in order.
    Only(Vec<Uuid>),
    /// None.
    None,
}

/// A request for one or more servers of one kind.
///
/// # Example
/// ```
/// use nova_compute_api::CreateServer;
///
/// let image = "70a599e0-31e7-49b7-b260-868f441e862b".parse().unwrap();
/// let request = CreateServer::new("web", "m1.small", image).count(3).metadata("role", "front").without_network();
/// assert_eq!((request.min_count, request.max_count), (3, 3));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CreateServer {
    /// What users call it, 1 to 255 characters. Of several, each gets a number: `web-1`, `web-2`.
    pub name: String,
    /// The id of the flavor.
    pub flavor: String,
    /// The image its disk begins as.
    pub image: Uuid,
    /// At least so many.
    pub min_count: u32,
    /// At most so many. All are attempted, and all or none get a host.
    pub max_count: u32,
    /// What it is for.
    pub description: Option<String>,
    /// The caller's own notes, at most 128.
    pub metadata: BTreeMap<String, String>,
    /// The availability zone it has to be in.
    pub availability_zone: Option<String>,
    /// Its networks.
    pub networks: NetworkChoice,
    /// Hints for the scheduler's filters. `group` names the server group that the servers join.
    pub hints: BTreeMap<String, Vec<String>>,
    /// The administrator's password in the machine. One is made if none is given, if secrets can be kept.
    pub admin_password: Option<SecretString>,
    /// The IPv4 address users are told.
    pub access_ip_v4: Option<Ipv4Addr>,
    /// The IPv6 address users are told.
    pub access_ip_v6: Option<Ipv6Addr>,
    /// What makes a repetition of the request the same request.
    pub key: Option<OperationId>,
}

impl CreateServer {
    /// A request for one server.
    pub fn new(name: impl Into<String>, flavor: impl Into<String>, image: Uuid) -> Self {
        Self {
            name: name.into(),
            flavor: flavor.into(),
            image,
            min_count: 1,
            max_count: 1,
            description: None,
            metadata: BTreeMap::new(),
            availability_zone: None,
            networks: NetworkChoice::default(),
            hints: BTreeMap::new(),
            admin_password: None,
            access_ip_v4: None,
            access_ip_v6: None,
            key: None,
        }
    }

    /// So many.
    pub fn count(self, count: u32) -> Self {
        self.counts(count, count)
    }

    /// Between `min` and `max`.
    pub fn counts(mut self, min: u32, max: u32) -> Self {
        (self.min_count, self.max_count) = (min, max);
        self
    }

    /// What it is for.
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// One more note.
    pub fn metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(key.into(), value.into());
        self
    }

    /// In that availability zone.
    pub fn availability_zone(mut self, zone: impl Into<String>) -> Self {
        self.availability_zone = Some(zone.into());
        self
    }

    /// On these networks.
    pub fn networks(mut self, networks: impl IntoIterator<Item = Uuid>) -> Self {
        self.networks = NetworkChoice::Only(networks.into_iter().collect());
        self
    }

    /// On no network.
    pub fn without_network(mut self) -> Self {
        self.networks = NetworkChoice::None;
        self
    }

    /// One more value of a hint for the scheduler's filters.
    pub fn hint(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.hints.entry(name.into()).or_default().push(value.into());
        self
    }

    /// In that server group, which is the project's own: the hint `group`.
    pub fn in_group(mut self, group: Uuid) -> Self {
        self.hints.insert("group".to_owned(), vec![group.to_string()]);
        self
    }

    /// With that password for the administrator in the machine.
    pub fn admin_password(mut self, password: impl Into<SecretString>) -> Self {
        self.admin_password = Some(password.into());
        self
    }

    /// The same request as any other with this key: it is accepted once, however often it is sent.
    ///
    /// The key is a secret of the project in so far as another project's is refused. It also makes the ids of the
    /// servers.
    pub fn key(mut self, key: OperationId) -> Self {
        self.key = Some(key);
        self
    }
}

/// An accepted request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Created {
    /// The id of the request; each of its servers has it.
    pub reservation_id: String,
    /// The servers, in the order of their numbers. Of a repeated request, those that are still there.
    pub servers: Vec<Server>,
    /// The administrator's password in the machines; `None` if secrets are not kept, or the request was a repetition.
    pub admin_password: Option<SecretString>,
}
