//! The whole service, put together.

use std::sync::Arc;

use nova_core::Env;
use nova_core::config::{Config, ServiceOptions};
use nova_core::group::ServiceGroup;
use nova_core::notify::NotificationSink;
use nova_core::operation::{Hinter, Worker, WorkerBuilder};
use nova_core::service::{BuildError, ManagedService};
use nova_neighbours::placement::Placement;
use nova_objects::action::ObjectApiDispatcher;
use nova_objects::{ObjectEndpoint, Registry};
use nova_objects_db::operations::DbOperationStore;
use nova_objects_db::{Db, NovaDb};
use nova_rpc::transport::SharedTransport;
use nova_rpc::{Client, RpcServiceExt, Server};
use nova_rpcapi::contract::{HintApiDispatcher, OperationsApiDispatcher, RecoveryApiDispatcher};
use nova_rpcapi::operations::{Boot, Build, CONDUCTOR, Delete, Notify, Rebuild};
use nova_rpcapi::recorder::InstanceRecorder;

use crate::boot::BootHandler;
use crate::build::BuildHandler;
use crate::cleanup::CleanupHandler;
use crate::endpoint::OperationsEndpoint;
use crate::notify::NotifyHandler;
use crate::options::{ConductorOptions, WorkerOptions};
use crate::rebuild::RebuildHandler;
use crate::recorder::LocalRecorder;
use crate::recovery::LocalRecovery;

/// Nova's service version that this service reports: 74 is Nova 34.
pub const SERVICE_VERSION: i64 = 74;

/// What a conductor is made of.
pub struct ConductorParts {
    /// Clock, ids, tasks.
    pub env: Env,
    /// Where the options come from: [`ServiceOptions`], [`ConductorOptions`] and [`WorkerOptions`] are registered in it.
    pub config: Config,
    /// The host's name.
    pub host: String,
    /// The databases.
    pub db: NovaDb,
    /// The objects it serves: those of `db`, with an embedder's own besides.
    pub registry: Registry,
    /// Where hosts' resources are claimed and released.
    pub placement: Arc<dyn Placement>,
    /// How computes are told that there is work.
    pub hinter: Arc<dyn Hinter>,
    /// Where the service has its record.
    pub group: Arc<dyn ServiceGroup>,
    /// Who is [told](nova_rpcapi::notification) what happens to instances: nobody, and nothing is written for it, if none. Either
    /// all conductors of a cell have one or none has.
    pub notifications: Option<Arc<dyn NotificationSink>>,
}

/// The conductor service on `transport`.
///
/// # Errors
/// See [`BuildError`].
pub fn service(
    parts: ConductorParts,
    transport: &impl SharedTransport,
) -> Result<ManagedService, BuildError> {
    let common = parts.config.get::<ServiceOptions>();
    let recorder = LocalRecorder::new(&parts.db);
    let recorder: Arc<dyn InstanceRecorder> = Arc::new(match &parts.notifications {
        Some(_) => recorder.telling(Arc::clone(&parts.hinter)),
        None => recorder,
    });
    let boots = boot_worker(&parts, transport);
    let builds = build_worker(&parts, transport, &recorder);
    let operations = Arc::new(DbOperationStore::new(parts.db.cell1()));
    let endpoint =
        Arc::new(OperationsEndpoint::new(operations, recorder, vec![boots.hints(), builds.hints()]));
    let objects = Arc::new(ObjectEndpoint::new(parts.registry));
    let server = Server::new(transport, CONDUCTOR)
        .endpoint(ObjectApiDispatcher::new(objects))
        .endpoint(OperationsApiDispatcher::new(Arc::clone(&endpoint)))
        .endpoint(RecoveryApiDispatcher::new(Arc::new(LocalRecovery::new(&parts.db))))
        .endpoint(HintApiDispatcher::new(Arc::clone(&endpoint)));
    ManagedService::builder(&parts.env, "nova-conductor", parts.host, endpoint)
        .version(SERVICE_VERSION)
        .report_interval(common.report_interval)
        .service_group(parts.group)
        .rpc(server)
        .component(boots)
        .component(builds)
        .build()
}

/// Boots are in the API database, builds and deletions in the cell's: a worker for each, so that neither waits for the
/// other's database.
fn boot_worker(parts: &ConductorParts, transport: &impl SharedTransport) -> Worker {
    let client = scheduler_client(parts, transport);
    let (placement, hinter) = (Arc::clone(&parts.placement), Arc::clone(&parts.hinter));
    let handler = BootHandler::new(&parts.env, &parts.db, &client, placement, hinter);
    let handler = if parts.notifications.is_some() { handler.telling(&parts.host) } else { handler };
    worker(parts, parts.db.api()).serve::<Boot>(Arc::new(handler)).build()
}

/// Schedulers are asked again soon: another one may answer.
fn scheduler_client(parts: &ConductorParts, transport: &impl SharedTransport) -> Client {
    let common = parts.config.get::<ServiceOptions>();
    let patience = parts.config.get::<WorkerOptions>().scheduler_timeout;
    Client::new(transport)
        .response_timeout(common.rpc_response_timeout)
        .long_timeout(patience.min(common.long_rpc_timeout))
}

fn build_worker(
    parts: &ConductorParts,
    transport: &impl SharedTransport,
    recorder: &Arc<dyn InstanceRecorder>,
) -> Worker {
    let max_attempts = parts.config.get::<ConductorOptions>().max_attempts;
    let placement = || Arc::clone(&parts.placement);
    let builds = BuildHandler::new(&parts.db, placement(), Arc::clone(recorder), max_attempts);
    let client = scheduler_client(parts, transport);
    let rebuilds = RebuildHandler::new(&parts.host, &parts.db, &client, Arc::clone(recorder));
    worker(parts, parts.db.cell1())
        .serve::<Build>(Arc::new(builds))
        .serve::<Rebuild>(Arc::new(rebuilds))
        .serve::<Delete>(Arc::new(cleanup_handler(parts)))
        .build()
}

fn cleanup_handler(parts: &ConductorParts) -> CleanupHandler {
    let handler = CleanupHandler::new(&parts.db, Arc::clone(&parts.placement));
    if parts.notifications.is_some() { handler.telling(&parts.host) } else { handler }
}

/// With what is to be told, where there is a sink: it is written where it happens.
fn worker(parts: &ConductorParts, db: &Db) -> WorkerBuilder {
    let options = parts.config.get::<WorkerOptions>();
    let builder = Worker::builder(&parts.env, Arc::new(DbOperationStore::new(db)))
        .hinter(Arc::clone(&parts.hinter))
        .lease(options.operation_lease)
        .poll_interval(options.operation_poll_interval);
    match &parts.notifications {
        Some(sink) => builder.serve::<Notify>(Arc::new(NotifyHandler::new(db, Arc::clone(sink)))),
        None => builder,
    }
}

impl std::fmt::Debug for ConductorParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConductorParts").field("host", &self.host).finish_non_exhaustive()
    }
}
