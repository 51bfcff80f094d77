//! The whole service, put together.

use std::fmt;
use std::sync::Arc;

use nova_core::Env;
use nova_core::config::{Config, ServiceOptions};
use nova_core::group::ServiceGroup;
use nova_core::service::{BuildError, ManagedService};
use nova_rpc::transport::SharedTransport;
use nova_rpc::{RpcServiceExt, Server};
use nova_rpcapi::contract::SchedulerApiDispatcher;

use crate::manager::SchedulerManager;

/// Nova's service version that this service reports: 74 is Nova 34.
pub const SERVICE_VERSION: i64 = 74;

/// The topic schedulers listen on.
pub const SCHEDULER: &str = "scheduler";

/// What a scheduler service is made of.
pub struct SchedulerParts {
    /// Clock, ids, tasks.
    pub env: Env,
    /// Where the options come from; see [`register_options`](crate::register_options).
    pub config: Config,
    /// The host's name.
    pub host: String,
    /// What chooses.
    pub manager: Arc<SchedulerManager>,
    /// Where the service has its record.
    pub group: Arc<dyn ServiceGroup>,
}

/// The scheduler service on `transport`.
///
/// # Errors
/// See [`BuildError`].
pub fn service(
    parts: SchedulerParts,
    transport: &impl SharedTransport,
) -> Result<ManagedService, BuildError> {
    let common = parts.config.get::<ServiceOptions>();
    let manager = parts.manager;
    ManagedService::builder(&parts.env, "nova-scheduler", parts.host, Arc::clone(&manager))
        .version(SERVICE_VERSION)
        .report_interval(common.report_interval)
        .periodic_enable(common.periodic_enable)
        .periodic_fuzzy_delay(common.periodic_fuzzy_delay)
        .service_group(parts.group)
        .rpc(Server::new(transport, SCHEDULER).endpoint(SchedulerApiDispatcher::new(manager)))
        .build()
}

impl fmt::Debug for SchedulerParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SchedulerParts").field("host", &self.host).finish_non_exhaustive()
    }
}
