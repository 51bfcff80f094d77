//! The first step of a rebuild from another image.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use nova_core::operation::{Flow, Queue, Running, StepError, StepHandler};
use nova_core::{Fault, RequestContext};
use nova_objects::Objects;
use nova_objects_catalog::exception::{
    InstanceNotFound, NoValidHost, RequestSpecNotFound, is_update_conflict,
};
use nova_objects_catalog::{Destination, Instance, InstanceActionEvent, RequestSpec};
use nova_objects_db::NovaDb;
use nova_rpc::Client;
use nova_rpcapi::contract::SchedulerApiClient;
use nova_rpcapi::operations::{
    COMPUTE, ImageChange, REBUILD_CHECK_EVENT, REBUILD_TASKS, Rebuild, RebuildArgs, TEAR_DOWN,
};
use nova_rpcapi::recorder::{EventChange, EventStage, InstanceChange, InstanceRecorder};

/// The hint by which a scheduler knows a rebuild: it looks at the host as it is and claims nothing.
const CHECK_TYPE: (&str, &str) = ("_nova_check_type", "rebuild");

/// Asks whether a server's host will do for another image.
pub struct RebuildHandler {
    host: String,
    objects: Objects,
    scheduler: SchedulerApiClient,
    recorder: Arc<dyn InstanceRecorder>,
}

impl RebuildHandler {
    /// Rebuilds in `db` for the conductor on `host`, asking the schedulers that `client` reaches.
    pub fn new(host: &str, db: &NovaDb, client: &Client, recorder: Arc<dyn InstanceRecorder>) -> Self {
        Self {
            host: host.to_owned(),
            objects: Objects::local(db.registry()),
            scheduler: SchedulerApiClient::new(client),
            recorder,
        }
    }
}

#[async_trait]
impl StepHandler<Rebuild> for RebuildHandler {
    async fn run(&self, cx: &RequestContext, step: &mut Running<Rebuild>) -> Result<Flow, StepError> {
        let cx = &cx.elevated();
        let Some(change) = &step.args.change else { return Ok(tear_down(&step.args)) };
        let Some(instance) = self.begin(cx, step).await? else { return self.leave(cx, step).await };
        let mut spec = match RequestSpec::get_by_instance_uuid(cx, &self.objects, step.target()).await {
            Ok(spec) => spec,
            Err(fault) if fault.is::<RequestSpecNotFound>() => return self.leave(cx, step).await,
            Err(fault) => return Err(fault.into()),
        };
        spec.image.set(Some(change.image.clone()));
        match self.ask(cx, step, &spec).await {
            Ok(()) => self.accept(cx, step, spec).await,
            Err(fault) if fault.is::<NoValidHost>() => self.refuse(cx, step, instance, change, fault).await,
            Err(fault) => Err(fault.into()),
        }
    }
}

impl RebuildHandler {
    /// Notes that the check begins; `None` if the instance is no longer being rebuilt.
    async fn begin(
        &self,
        cx: &RequestContext,
        step: &Running<Rebuild>,
    ) -> Result<Option<Instance>, StepError> {
        let attrs = ["system_metadata".to_owned()];
        let found = Instance::get_by_uuid(cx, &self.objects, step.target(), Some(&attrs), None).await;
        let Some(found) = wanted(found)? else { return Ok(None) };
        let loaded = found.system_metadata.clone();
        let begun = self.recorder.record(cx, self.change(step, found, EventStage::Start)).await;
        let Some(mut instance) = wanted(begun)? else { return Ok(None) };
        instance.system_metadata = loaded;
        Ok(Some(instance))
    }

    /// Whether the host will do, says a scheduler.
    async fn ask(
        &self,
        cx: &RequestContext,
        step: &Running<Rebuild>,
        spec: &RequestSpec,
    ) -> Result<(), Fault> {
        let mut spec = spec.clone();
        let mut there = Destination::empty();
        there.host.set(step.args.host.clone());
        there.node.set(Some(step.args.node.clone()));
        spec.requested_destination.set(Some(there));
        let mut hints: BTreeMap<_, _> = spec.scheduler_hints.present().cloned().unwrap_or_default();
        hints.insert(CHECK_TYPE.0.to_owned(), vec![CHECK_TYPE.1.to_owned()]);
        spec.scheduler_hints.set(Some(hints));
        spec.num_instances.set(1);
        let instances = [step.target().to_owned()];
        let answer = self.scheduler.select_destinations(cx, &spec, &instances, Some(true), Some(false)).await;
        answer.map(drop).map_err(Fault::from)
    }

    /// The host will do: what was asked for is another image from now on.
    async fn accept(
        &self,
        cx: &RequestContext,
        step: &Running<Rebuild>,
        mut spec: RequestSpec,
    ) -> Result<Flow, StepError> {
        match spec.save(cx, &self.objects).await {
            Ok(()) => {}
            Err(fault) if fault.is::<RequestSpecNotFound>() => return self.leave(cx, step).await,
            Err(fault) => return Err(fault.into()),
        }
        let ended = InstanceActionEvent::event_finish(
            cx,
            &self.objects,
            step.target(),
            REBUILD_CHECK_EVENT,
            Some(false),
        );
        forgiving(ended.await)?;
        Ok(tear_down(&step.args))
    }

    /// The host will not do: the instance is what it was, and says why.
    async fn refuse(
        &self,
        cx: &RequestContext,
        step: &Running<Rebuild>,
        mut instance: Instance,
        change: &ImageChange,
        fault: Fault,
    ) -> Result<Flow, StepError> {
        tracing::info!(instance = step.target(), %fault, "the host will not do for the image");
        change.former.apply(&mut instance);
        instance.task_state.set(None);
        let change = InstanceChange {
            fault: Some(fault.data().clone()),
            end: Some(step.failed_end(fault.clone())?),
            ..self.change(step, instance, EventStage::Error(fault.to_string()))
        };
        match wanted(self.recorder.record(cx, change).await)? {
            Some(_) => Ok(Flow::Recorded { next: None }),
            None => self.leave(cx, step).await,
        }
    }

    /// Leaves the instance to its deletion.
    async fn leave(&self, cx: &RequestContext, step: &Running<Rebuild>) -> Result<Flow, StepError> {
        let why = Some("Interrupted by a later request.");
        let (objects, uuid) = (&self.objects, step.target());
        let ended = InstanceActionEvent::event_finish_with_failure(
            cx,
            objects,
            uuid,
            REBUILD_CHECK_EVENT,
            why,
            None,
            Some(false),
        );
        forgiving(ended.await)?;
        Ok(Flow::Done)
    }

    fn change(&self, step: &Running<Rebuild>, instance: Instance, what: EventStage) -> InstanceChange {
        let event = EventChange { name: REBUILD_CHECK_EVENT.to_owned(), host: self.host.clone(), what };
        InstanceChange {
            lease: step.lease().clone(),
            instance,
            expected_task_state: vec![REBUILD_TASKS[0].into()],
            generation: None,
            event: Some(event),
            fault: None,
            end: None,
        }
    }
}

fn tear_down(args: &RebuildArgs) -> Flow {
    Flow::Goto { step: TEAR_DOWN, queue: Queue::on(COMPUTE, &*args.host) }
}

/// The record; `None` if the instance is gone or no longer being rebuilt.
fn wanted(found: Result<Instance, Fault>) -> Result<Option<Instance>, StepError> {
    match found {
        Ok(instance) => Ok(Some(instance)),
        Err(fault) if fault.is::<InstanceNotFound>() || is_update_conflict(&fault) => Ok(None),
        Err(fault) => Err(fault.into()),
    }
}

/// An event that has ended already, in an earlier attempt, is fine.
fn forgiving<T>(ended: Result<T, Fault>) -> Result<(), StepError> {
    use nova_objects_catalog::exception::{InstanceActionEventNotFound, InstanceActionNotFound};
    match ended {
        Ok(_) => Ok(()),
        Err(fault) if fault.is::<InstanceActionEventNotFound>() || fault.is::<InstanceActionNotFound>() => {
            Ok(())
        }
        Err(fault) => Err(fault.into()),
    }
}

impl std::fmt::Debug for RebuildHandler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RebuildHandler").finish_non_exhaustive()
    }
}
