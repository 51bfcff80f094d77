//! The `spawn` step of a build.

use std::sync::Arc;

use async_trait::async_trait;
use nova_core::operation::{Flow, Queue, Running, StepEnd, StepError, StepHandler};
use nova_core::sync::{KeyedLocks, Semaphore};
use nova_core::{Env, Fault, RequestContext};
use nova_neighbours::network::{Network, NetworkRequest};
use nova_neighbours::placement::{GroupRule, Placement};
use nova_objects::Objects;
use nova_objects_catalog::exception::{
    GroupAffinityViolation, InstanceNotFound, UnexpectedDeletingTaskStateError,
};
use nova_objects_catalog::{GroupPolicy, Instance, PowerState, TaskState, VmState};
use nova_rpcapi::operations::{ABANDON, BUILD_EVENT, Build, CONDUCTOR, GIVE_UP, RESCHEDULE};
use nova_rpcapi::recorder::{EventChange, EventStage, InstanceChange, InstanceRecorder};
use nova_virt::{Disks, Driver, DriverError, Generation, Order};
use uuid::Uuid;

use crate::failure::Verdict;
use crate::record::with_loaded;
use crate::spec::{machine_spec, unset};

/// Builds machines.
pub struct BuildHandler {
    pub(crate) env: Env,
    pub(crate) host: String,
    pub(crate) driver: Arc<dyn Driver>,
    pub(crate) network: Arc<dyn Network>,
    pub(crate) placement: Arc<dyn Placement>,
    pub(crate) objects: Objects,
    pub(crate) recorder: Arc<dyn InstanceRecorder>,
    pub(crate) locks: KeyedLocks,
    pub(crate) builds: Semaphore,
}

/// How a build that did not fail on the way went.
enum Built {
    Active,
    /// The instance is being deleted, or is gone.
    Preempted,
    /// It did not work here.
    Failed(Verdict, Box<Instance>),
}

#[async_trait]
impl StepHandler<Build> for BuildHandler {
    async fn run(&self, cx: &RequestContext, step: &mut Running<Build>) -> Result<Flow, StepError> {
        let user = cx;
        let cx = &cx.elevated();
        // The place first: a deletion must not wait for a build that itself waits for its turn.
        let _place = self.builds.acquire().await;
        let _lock = self.locks.lock(step.target()).await;
        match self.build(cx, user, step).await? {
            Built::Active => Ok(Flow::Recorded { next: None }),
            Built::Preempted => Ok(Flow::Goto { step: ABANDON, queue: Queue::any(CONDUCTOR) }),
            Built::Failed(verdict, instance) => self.give_back(cx, step, verdict, *instance).await,
        }
    }
}

impl BuildHandler {
    /// `cx` acts for the service, `user` for who asked: networks are given by the rights of the latter.
    async fn build(
        &self,
        cx: &RequestContext,
        user: &RequestContext,
        step: &Running<Build>,
    ) -> Result<Built, StepError> {
        let node = node_of(step);
        let named = node.as_deref().unwrap_or(&self.host);
        let Some(instance) = self.begin(cx, step, named).await? else { return Ok(Built::Preempted) };
        let node = match node {
            Ok(node) => node,
            Err(fault) => return Ok(Built::Failed(Verdict::Nowhere(fault), Box::new(instance))),
        };
        if let Some(fault) = self.out_of_place(cx, step).await? {
            return Ok(Built::Failed(Verdict::Elsewhere(fault), Box::new(instance)));
        }
        let vifs = match self.network.allocate(user, step.args.instance, &self.host, &networks(step)).await {
            Ok(vifs) => vifs,
            Err(fault) if fault.code() < 500 => {
                return Ok(Built::Failed(Verdict::Nowhere(fault), Box::new(instance)));
            }
            Err(fault) => return Err(fault.into()),
        };
        let spec = match machine_spec(&instance, &node, &vifs) {
            Ok(spec) => spec,
            Err(fault) => return Ok(Built::Failed(Verdict::Nowhere(fault), Box::new(instance))),
        };
        let order = order(step);
        match self.driver.spawn(&order, &spec).await.map_err(Verdict::from) {
            Ok(()) => self.end(cx, step, instance).await,
            Err(Verdict::Superseded) => {
                // A deletion went by, and took the interfaces before they were made.
                self.network.deallocate(cx, step.args.instance).await?;
                Ok(Built::Preempted)
            }
            Err(Verdict::Unknown(_)) if nova_core::mutant!("compute: unknown is taken for done") => {
                self.end(cx, step, instance).await
            }
            Err(Verdict::Unknown(fault)) if self.has_machine(step.args.instance).await? => {
                tracing::info!(instance = step.target(), %fault, "the machine is there after all");
                self.end(cx, step, instance).await
            }
            Err(Verdict::Unknown(fault)) => Err(StepError::Retry(fault)),
            Err(verdict) => Ok(Built::Failed(verdict, Box::new(instance))),
        }
    }

    /// Why the instance may not be here: it does not hold what its server group let it have of this host.
    ///
    /// A conductor that was taken for dead may record a host after its successor gave the claim back, and others of the
    /// group may have come since. Nova looks at its groups here, too, but for want of a claim that does.
    #[doc(alias = "_validate_instance_group_policy")]
    async fn out_of_place(
        &self,
        cx: &RequestContext,
        step: &Running<Build>,
    ) -> Result<Option<Fault>, StepError> {
        let policy = match step.args.group.map(|group| group.rule) {
            None | Some(GroupRule::Anywhere) => return Ok(None),
            Some(GroupRule::Together) => GroupPolicy::Affinity,
            Some(GroupRule::AtMost(_)) => GroupPolicy::ANTI_AFFINITY,
        };
        let held = self.placement.held_by(cx, step.args.instance).await.map_err(Fault::from)?;
        let selection = step.state.selection.as_ref();
        let here = selection.and_then(|selection| selection.compute_node_uuid.value()?.parse());
        let holds = held.is_some_and(|held| here.is_some_and(|here| held.resources.contains_key(&here)));
        Ok((!holds).then(|| GroupAffinityViolation { policy: policy.name().to_owned() }.into()))
    }

    /// Takes the instance for this host, in one transaction; `None` if it is being deleted.
    async fn begin(
        &self,
        cx: &RequestContext,
        step: &Running<Build>,
        node: &str,
    ) -> Result<Option<Instance>, StepError> {
        let attrs = ["flavor", "metadata", "system_metadata"].map(str::to_owned);
        let found = Instance::get_by_uuid(cx, &self.objects, step.target(), Some(&attrs), None).await;
        let mut instance = match found {
            Ok(instance) => instance,
            Err(fault) if fault.is::<InstanceNotFound>() => return Ok(None),
            Err(fault) => return Err(fault.into()),
        };
        if instance.host.present().is_some_and(|host| *host == self.host) && is_spawning(&instance) {
            return Ok(Some(instance)); // an earlier attempt got this far
        }
        instance.host.set(Some(self.host.clone()));
        instance.node.set(Some(node.to_owned()));
        instance.launched_on.set(Some(self.host.clone()));
        instance.vm_state.set(VmState::Building);
        instance.task_state.set(TaskState::Spawning);
        let change = InstanceChange {
            lease: step.lease().clone(),
            instance,
            expected_task_state: vec![TaskState::Scheduling.into(), None],
            generation: None,
            event: Some(self.event(EventStage::Start)),
            fault: None,
            end: None,
        };
        let flavor = change.instance.clone();
        match self.recorder.record(cx, change).await {
            Ok(saved) => Ok(Some(with_loaded(saved, flavor))),
            Err(fault) if is_deletion(&fault) => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }

    /// Records that the machine runs, and that the step is over, in one transaction.
    async fn end(
        &self,
        cx: &RequestContext,
        step: &Running<Build>,
        mut instance: Instance,
    ) -> Result<Built, StepError> {
        instance.vm_state.set(VmState::Active);
        instance.task_state.set(None);
        instance.power_state.set(Some(PowerState::Running.code()));
        instance.launched_at.set(Some(self.env.now()));
        let change = InstanceChange {
            lease: step.lease().clone(),
            instance,
            expected_task_state: vec![TaskState::Spawning.into()],
            generation: None,
            event: Some(self.event(EventStage::Success)),
            fault: None,
            end: Some(step.end(&Flow::Done)?),
        };
        match self.recorder.record(cx, change).await {
            Ok(_) => Ok(Built::Active),
            Err(fault) if fault.is::<InstanceNotFound>() => {
                // Deleted from under us, by somebody who did not know of the machine.
                self.clear(cx, step).await?;
                Ok(Built::Preempted)
            }
            Err(fault) if is_deletion(&fault) => Ok(Built::Preempted),
            Err(fault) => Err(fault.into()),
        }
    }

    /// Leaves nothing on this host, and hands the build back to a conductor.
    async fn give_back(
        &self,
        cx: &RequestContext,
        step: &mut Running<Build>,
        verdict: Verdict,
        mut instance: Instance,
    ) -> Result<Flow, StepError> {
        let (next, fault) = match verdict {
            Verdict::Elsewhere(fault) => (RESCHEDULE, fault),
            Verdict::Nowhere(fault) => (GIVE_UP, fault),
            Verdict::Superseded => return Ok(Flow::Goto { step: ABANDON, queue: Queue::any(CONDUCTOR) }),
            Verdict::Unknown(fault) => return Err(StepError::Retry(fault)),
        };
        tracing::warn!(instance = step.target(), %fault, next, "could not build the machine");
        if !nova_core::mutant!("compute: a failed build is not cleared away") {
            self.clear(cx, step).await?;
        }
        instance.host.set(None);
        instance.node.set(None);
        instance.task_state.set(TaskState::Scheduling);
        step.state.last_fault = Some(fault.data().clone());
        let end = step.end(&Flow::Goto { step: next, queue: Queue::any(CONDUCTOR) })?;
        self.hand_back(cx, step, instance, fault, end).await
    }

    async fn hand_back(
        &self,
        cx: &RequestContext,
        step: &Running<Build>,
        instance: Instance,
        fault: Fault,
        end: StepEnd,
    ) -> Result<Flow, StepError> {
        let change = InstanceChange {
            lease: step.lease().clone(),
            instance,
            expected_task_state: vec![TaskState::Spawning.into()],
            generation: None,
            event: Some(self.event(EventStage::Error(fault.to_string()))),
            fault: Some(fault.into_data()),
            end: Some(end),
        };
        let conductor = Queue::any(CONDUCTOR);
        match self.recorder.record(cx, change).await {
            Ok(_) => Ok(Flow::Recorded { next: Some(conductor) }),
            Err(fault) if is_deletion(&fault) => Ok(Flow::Goto { step: ABANDON, queue: conductor }),
            Err(fault) => Err(fault.into()),
        }
    }

    /// Removes whatever the build left on this host.
    async fn clear(&self, cx: &RequestContext, step: &Running<Build>) -> Result<(), StepError> {
        match self.driver.destroy(&order(step), step.args.instance, Disks::Remove).await {
            Ok(()) | Err(DriverError::Fenced { .. }) => {} // a deletion removes it, or has
            Err(error) => return Err(StepError::Retry(Fault::internal("removing a failed machine", &error))),
        }
        self.network.deallocate(cx, step.args.instance).await?;
        Ok(())
    }

    async fn has_machine(&self, uuid: Uuid) -> Result<bool, StepError> {
        match self.driver.info(uuid).await {
            Ok(info) => Ok(!info.state.is_off()),
            Err(DriverError::NotFound { .. }) => Ok(false),
            Err(error) => Err(StepError::Retry(Fault::internal("looking for a machine", &error))),
        }
    }

    fn event(&self, what: EventStage) -> EventChange {
        EventChange { name: BUILD_EVENT.to_owned(), host: self.host.clone(), what }
    }
}

fn order(step: &Running<Build>) -> Order {
    Order::new(step.lease().operation.0, step.key(), Generation::new(step.state.generation))
}

fn networks(step: &Running<Build>) -> NetworkRequest {
    NetworkRequest { networks: step.args.networks.clone(), none: step.args.no_network }
}

fn node_of(step: &Running<Build>) -> Result<String, Fault> {
    match &step.state.selection {
        Some(selection) => selection.nodename.get().cloned().map_err(unset),
        None => Err(Fault::new("nova_sdk.errors", "InternalError", "a build without a selection")),
    }
}

fn is_spawning(instance: &Instance) -> bool {
    instance.task_state.present().is_some_and(|state| state == TaskState::Spawning.as_str())
}

/// Whether a refused change means that the instance is deleted or about to be.
fn is_deletion(fault: &Fault) -> bool {
    fault.is::<InstanceNotFound>() || fault.is::<UnexpectedDeletingTaskStateError>()
}

impl std::fmt::Debug for BuildHandler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BuildHandler").field("host", &self.host).finish_non_exhaustive()
    }
}
