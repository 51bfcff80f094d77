//! The manager of the compute service.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nova_core::group::ServiceRecord;
use nova_core::operation::Hints;
use nova_core::periodic::{PeriodicTask, PeriodicTasks};
use nova_core::service::Manager;
use nova_core::{BoxError, Env, Fault, RequestContext};
use nova_rpcapi::contract::HintApi;
use nova_virt::Driver;

use crate::reconcile::Reconcile;
use crate::recover::Recover;
use crate::report::HostReport;

/// Puts the host in order at start, and keeps its report up to date.
pub struct ComputeManager {
    pub(crate) env: Env,
    pub(crate) host: String,
    pub(crate) driver: Arc<dyn Driver>,
    pub(crate) report: HostReport,
    pub(crate) recover: Recover,
    pub(crate) hints: Hints,
    pub(crate) report_interval: Duration,
    pub(crate) reconcile: Arc<Reconcile>,
    pub(crate) sync_power_state_interval: Duration,
    pub(crate) running_deleted_interval: Duration,
}

/// A host that has machines but no service record: it was renamed, or belongs to somebody else.
#[derive(Debug)]
struct ForeignMachines {
    host: String,
    machines: usize,
}

impl std::fmt::Display for ForeignMachines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { host, machines } = self;
        write!(f, "{host} is new to the deployment but has {machines} machines: was the host renamed?")
    }
}

impl std::error::Error for ForeignMachines {}

#[async_trait]
impl Manager for ComputeManager {
    async fn init_host(&self, cx: &RequestContext, record: Option<&ServiceRecord>) -> Result<(), BoxError> {
        self.driver.init_host(&self.host).await?;
        let machines = self.driver.machines().await?.len();
        if record.is_none() && machines > 0 {
            return Err(ForeignMachines { host: self.host.clone(), machines }.into());
        }
        Ok(self.recover.run(cx).await?)
    }

    /// Before anybody can be sent here, the scheduler must know what there is.
    async fn pre_start(&self, cx: &RequestContext, _: &ServiceRecord) -> Result<(), BoxError> {
        Ok(self.report.report(cx).await?)
    }

    fn periodic_tasks(self: Arc<Self>, tasks: &mut PeriodicTasks) {
        let env = self.env.clone();
        let reconcile = Arc::clone(&self.reconcile);
        let power = move || {
            let (reconcile, cx) = (Arc::clone(&reconcile), RequestContext::admin(&env));
            async move { reconcile.power_states(&cx).await }
        };
        let power = PeriodicTask::new("sync_power_states", self.sync_power_state_interval, power);
        tasks.add(power.run_immediately());
        let (env, reconcile) = (self.env.clone(), Arc::clone(&self.reconcile));
        let deleted = move || {
            let (reconcile, cx) = (Arc::clone(&reconcile), RequestContext::admin(&env));
            async move { reconcile.machines_of_deleted(&cx).await }
        };
        let name = "cleanup_running_deleted_instances";
        tasks.add(PeriodicTask::new(name, self.running_deleted_interval, deleted).run_immediately());
        let interval = self.report_interval;
        let report = PeriodicTask::new("update_available_resource", interval, move || {
            let this = Arc::clone(&self);
            async move { Ok(this.report.report(&RequestContext::admin(&this.env)).await?) }
        });
        tasks.add(report);
    }
}

impl HintApi for ComputeManager {
    async fn look(&self, _: &RequestContext) -> Result<(), Fault> {
        self.hints.look();
        Ok(())
    }
}

impl std::fmt::Debug for ComputeManager {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ComputeManager").field("host", &self.host).finish_non_exhaustive()
    }
}
