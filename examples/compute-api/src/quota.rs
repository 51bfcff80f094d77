//! How much a project may have.

use async_trait::async_trait;
use nova_core::{Fault, RequestContext};

pub use nova_objects_db::quota::{Limits, Over, OverQuota};

/// Says how much a project may have.
///
/// Asked once for each accepted request, before anything is written; what the project has is counted, and the servers are
/// taken, in the transaction that accepts them, so that no two requests take the same room.
#[async_trait]
pub trait Quota: Send + Sync + 'static {
    /// The limits of `project`.
    ///
    /// # Errors
    /// They cannot be known now: the request is not accepted.
    async fn limits(&self, cx: &RequestContext, project: &str) -> Result<Limits, Fault>;
}

/// The same limits for every project.
///
/// # Example
/// ```
/// use nova_compute_api::quota::{FixedQuota, Limits};
///
/// let ten_servers = FixedQuota(Limits { instances: Some(10), ..Limits::default() });
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct FixedQuota(pub Limits);

#[async_trait]
impl Quota for FixedQuota {
    async fn limits(&self, _: &RequestContext, _: &str) -> Result<Limits, Fault> {
        Ok(self.0)
    }
}

nova_core::config_group! {
    /// How much every project may have, under Nova's names; -1 for no limit.
    pub struct QuotaOptions in "quota" {
        /// Servers.
        #[option(min = -1)]
        pub instances: i64 = 10,
        /// Virtual CPUs.
        #[option(min = -1)]
        pub cores: i64 = 20,
        /// Memory, MiB.
        #[option(min = -1)]
        pub ram: i64 = 51200,
        /// Server groups.
        #[option(min = -1)]
        pub server_groups: i64 = 10,
        /// Servers of one user in one server group.
        #[option(min = -1)]
        pub server_group_members: i64 = 10,
    }
}

impl QuotaOptions {
    /// The limits they say.
    pub fn limits(&self) -> Limits {
        let limit = |value: i64| u64::try_from(value).ok();
        Limits {
            instances: limit(self.instances),
            cores: limit(self.cores),
            ram_mb: limit(self.ram),
            server_groups: limit(self.server_groups),
            server_group_members: limit(self.server_group_members),
        }
    }
}
