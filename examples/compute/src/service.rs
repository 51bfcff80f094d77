//! The whole service, put together.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use nova_core::config::{Config, ServiceOptions};
use nova_core::group::ServiceGroup;
use nova_core::operation::{Hinter, OperationStore, Worker};
use nova_core::service::{BuildError, ManagedService};
use nova_core::sync::{KeyedLocks, Semaphore};
use nova_core::{BoxError, Env};
use nova_neighbours::network::Network;
use nova_neighbours::placement::Placement;
use nova_objects::Objects;
use nova_rpc::transport::SharedTransport;
use nova_rpc::{RpcServiceExt, Server};
use nova_rpcapi::contract::HintApiDispatcher;
use nova_rpcapi::operations::{Build, COMPUTE, Delete, Power, Rebuild};
use nova_rpcapi::recorder::InstanceRecorder;
use nova_rpcapi::recovery::Recovery;
use nova_virt::Driver;

use crate::build::BuildHandler;
use crate::manager::ComputeManager;
use crate::options::ComputeOptions;
use crate::power::PowerHandler;
use crate::rebuild::RebuildHandler;
use crate::reconcile::{OfDeleted, Reconcile};
use crate::record::Recording;
use crate::recover::Recover;
use crate::report::HostReport;
use crate::terminate::TerminateHandler;

/// Nova's service version that this service reports: 74 is Nova 34 (compute RPC 6.5).
pub const SERVICE_VERSION: i64 = 74;

/// What a compute service is made of. Objects, operations and recorder are remote or local; it cannot tell.
pub struct ComputeParts {
    /// Clock, ids, tasks.
    pub env: Env,
    /// Where the options come from: [`ServiceOptions`] and [`ComputeOptions`] are registered in it.
    pub config: Config,
    /// The host's name.
    pub host: String,
    /// What drives the machines.
    pub driver: Arc<dyn Driver>,
    /// The records.
    pub objects: Objects,
    /// The operations of the cell.
    pub operations: Arc<dyn OperationStore>,
    /// How changes of instances are recorded.
    pub recorder: Arc<dyn InstanceRecorder>,
    /// How instances that nobody works on are settled.
    pub recovery: Arc<dyn Recovery>,
    /// How conductors are told that there is work.
    pub hinter: Arc<dyn Hinter>,
    /// Where the host's resources are told.
    pub placement: Arc<dyn Placement>,
    /// Where machines get their interfaces.
    pub network: Arc<dyn Network>,
    /// Where the service has its record.
    pub group: Arc<dyn ServiceGroup>,
    /// What to wait for before anything else: a conductor, if records are reached through one.
    pub ready: Option<Ready>,
}

/// Waits, retrying by itself, until something is there.
pub type Ready = Box<dyn Fn() -> BoxFuture<'static, Result<(), BoxError>> + Send + Sync>;

/// The compute service on `transport`.
///
/// # Errors
/// See [`BuildError`].
pub fn service(parts: ComputeParts, transport: &impl SharedTransport) -> Result<ManagedService, BuildError> {
    let options = parts.config.get::<ComputeOptions>();
    let common = parts.config.get::<ServiceOptions>();
    let locks = KeyedLocks::default();
    let builds = places_for_builds(options.max_concurrent_builds);
    let worker = Worker::builder(&parts.env, Arc::clone(&parts.operations))
        .hinter(Arc::clone(&parts.hinter))
        .lease(options.operation_lease)
        .poll_interval(options.operation_poll_interval)
        .concurrency(2 * builds + POWER_PLACES + DELETION_PLACES)
        .serve::<Build>(Arc::new(build_handler(&parts, &options, &locks)))
        .places::<Build>(builds)
        .serve::<Power>(Arc::new(power_handler(&parts, &options, &locks)))
        .places::<Power>(POWER_PLACES)
        .serve::<Rebuild>(Arc::new(rebuild_handler(&parts, &locks)))
        .places::<Rebuild>(builds)
        .serve::<Delete>(Arc::new(TerminateHandler {
            host: parts.host.clone(),
            driver: Arc::clone(&parts.driver),
            network: Arc::clone(&parts.network),
            locks: locks.clone(),
        }))
        .build();
    let manager = Arc::new(ComputeManager {
        env: parts.env.clone(),
        host: parts.host.clone(),
        driver: Arc::clone(&parts.driver),
        report: host_report(&parts, &options),
        recover: Recover {
            host: parts.host.clone(),
            driver: Arc::clone(&parts.driver),
            recovery: Arc::clone(&parts.recovery),
        },
        reconcile: Arc::new(Reconcile {
            env: parts.env.clone(),
            host: parts.host.clone(),
            driver: Arc::clone(&parts.driver),
            recovery: Arc::clone(&parts.recovery),
            locks: locks.clone(),
            of_deleted: OfDeleted::named(&options.running_deleted_instance_action),
        }),
        sync_power_state_interval: options.sync_power_state_interval,
        running_deleted_interval: options.running_deleted_instance_poll_interval,
        hints: worker.hints(),
        report_interval: options.update_resources_interval,
    });
    let builder = ManagedService::builder(&parts.env, "nova-compute", parts.host, Arc::clone(&manager));
    let builder = match parts.ready {
        Some(ready) => builder.wait_for("the conductor", ready),
        None => builder,
    };
    builder
        .version(SERVICE_VERSION)
        .report_interval(common.report_interval)
        .periodic_enable(common.periodic_enable)
        .periodic_fuzzy_delay(common.periodic_fuzzy_delay)
        .service_group(parts.group)
        .rpc(Server::new(transport, COMPUTE).endpoint(HintApiDispatcher::new(manager)))
        .component(worker)
        .build()
}

/// Machines whose power changes at a time: most of them wait for a guest.
const POWER_PLACES: usize = 64;
/// Places that nothing but a deletion can take.
const DELETION_PLACES: usize = 32;

/// What waits for its turn to be built waits in the database, and keeps no deletion from being pulled.
fn places_for_builds(max_concurrent_builds: usize) -> usize {
    /// When there is no limit.
    const MOST: usize = 48;
    match max_concurrent_builds {
        0 => MOST,
        limit => limit.min(MOST),
    }
}

fn build_handler(parts: &ComputeParts, options: &ComputeOptions, locks: &KeyedLocks) -> BuildHandler {
    BuildHandler {
        env: parts.env.clone(),
        host: parts.host.clone(),
        driver: Arc::clone(&parts.driver),
        network: Arc::clone(&parts.network),
        placement: Arc::clone(&parts.placement),
        objects: parts.objects.clone(),
        recorder: Arc::clone(&parts.recorder),
        locks: locks.clone(),
        builds: Semaphore::new("builds", options.max_concurrent_builds),
    }
}

fn power_handler(parts: &ComputeParts, options: &ComputeOptions, locks: &KeyedLocks) -> PowerHandler {
    PowerHandler {
        recording: Recording::new(&parts.host, &parts.objects, &parts.recorder),
        driver: Arc::clone(&parts.driver),
        locks: locks.clone(),
        shutdown_timeout: options.shutdown_timeout,
    }
}

fn rebuild_handler(parts: &ComputeParts, locks: &KeyedLocks) -> RebuildHandler {
    RebuildHandler {
        env: parts.env.clone(),
        recording: Recording::new(&parts.host, &parts.objects, &parts.recorder),
        driver: Arc::clone(&parts.driver),
        network: Arc::clone(&parts.network),
        locks: locks.clone(),
    }
}

fn host_report(parts: &ComputeParts, options: &Arc<ComputeOptions>) -> HostReport {
    HostReport {
        env: parts.env.clone(),
        host: parts.host.clone(),
        driver: Arc::clone(&parts.driver),
        objects: parts.objects.clone(),
        placement: Arc::clone(&parts.placement),
        options: Arc::clone(options),
    }
}

impl std::fmt::Debug for ComputeParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ComputeParts").field("host", &self.host).finish_non_exhaustive()
    }
}
