//! The one step of a boot: from accepted requests to records in the cell, or in cell0.
//!
//! Two databases take part, so nothing is atomic over both. What makes it safe is the order: the record and its build
//! are in the cell before the mapping says so, and whoever repeats the step finds by [`look`] how far it came.

mod bury;
mod call_off;
mod create;
mod look;
mod settle;

use std::sync::Arc;

use async_trait::async_trait;
use nova_core::operation::{Flow, Hinter, Queue, Running, StepError, StepHandler};
use nova_core::{Env, Fault, RequestContext};
use nova_neighbours::placement::{GroupClaim, Placement};
use nova_objects::Objects;
use nova_objects_catalog::exception::NoValidHost;
use nova_objects_catalog::{BuildRequest, RequestSpec, Selection};
use nova_objects_db::NovaDb;
use nova_rpc::Client;
use nova_rpcapi::contract::SchedulerApiClient;
use nova_rpcapi::group::{UnknownGroup, group_claim};
use nova_rpcapi::operations::{Boot, COMPUTE};
use uuid::Uuid;

use self::look::Found;
use crate::lease;
use crate::selection::host;

/// Carries out boots.
pub struct BootHandler {
    pub(crate) env: Env,
    pub(crate) db: NovaDb,
    pub(crate) objects: Objects,
    pub(crate) scheduler: SchedulerApiClient,
    pub(crate) placement: Arc<dyn Placement>,
    pub(crate) hinter: Arc<dyn Hinter>,
    /// As whom it tells of burials.
    pub(crate) publisher: Option<String>,
}

impl BootHandler {
    /// Boots into `db`, asking the schedulers that `client` reaches.
    pub fn new(
        env: &Env,
        db: &NovaDb,
        client: &Client,
        placement: Arc<dyn Placement>,
        hinter: Arc<dyn Hinter>,
    ) -> Self {
        Self {
            env: env.clone(),
            db: db.clone(),
            objects: Objects::local(db.registry()),
            scheduler: SchedulerApiClient::new(client),
            placement,
            hinter,
            publisher: None,
        }
    }

    /// Writes down what is to be [told](nova_rpcapi::notification), as the conductor of `host`.
    pub fn telling(mut self, host: &str) -> Self {
        self.publisher = Some(format!("nova-conductor:{host}"));
        self
    }
}

/// An instance that waits for a host.
struct Waiting {
    uuid: Uuid,
    request: BuildRequest,
}

#[async_trait]
impl StepHandler<Boot> for BootHandler {
    async fn run(&self, cx: &RequestContext, step: &mut Running<Boot>) -> Result<Flow, StepError> {
        let cx = &cx.elevated();
        let (waiting, mut created) = self.sort_out(cx, step).await?;
        let mut hosts = Vec::new();
        if !waiting.is_empty() {
            let (selected, group) = self.select(cx, step, &waiting).await?;
            for (waiting, selections) in waiting.iter().zip(&selected) {
                hosts.push(self.create(cx, step, waiting, selections, group).await?);
                created.push(waiting.uuid);
            }
        }
        let end = step.end(&Flow::Done)?;
        self.map(cx, step, &created, Some(end)).await?;
        self.tell(cx, &hosts).await;
        Ok(Flow::Recorded { next: None })
    }

    /// Buries what found no host. What is in the cell already is left to its build.
    async fn compensate(&self, cx: &RequestContext, step: &mut Running<Boot>) -> Result<(), Fault> {
        let cx = &cx.elevated();
        let (waiting, created) = self.sort_out(cx, step).await?;
        if !created.is_empty() {
            self.map(cx, step, &created, None).await?;
        }
        let why = step.fault().unwrap_or_else(|| NoValidHost { reason: String::new() }.into());
        for waiting in waiting {
            lease::check(self.db.api(), cx, step.lease()).await?;
            self.call_off(cx, step, waiting.uuid, &why).await?;
            if !nova_core::mutant!("conductor: a burial keeps what was claimed") {
                self.placement.retire(cx, waiting.uuid).await?;
            }
            self.bury(cx, step.lease(), waiting, &why).await?;
        }
        Ok(())
    }
}

impl BootHandler {
    /// Which instances still wait for a host, and which are in the cell without being mapped. Forgets those that the
    /// user deleted meanwhile.
    async fn sort_out(
        &self,
        cx: &RequestContext,
        step: &Running<Boot>,
    ) -> Result<(Vec<Waiting>, Vec<Uuid>), Fault> {
        let (mut waiting, mut created) = (Vec::new(), Vec::new());
        for &uuid in &step.args.instances {
            match self.look(cx, uuid).await? {
                Found::Mapped => {}
                Found::Created => {
                    self.settle(cx, step, uuid).await?;
                    created.push(uuid);
                }
                Found::Deleted => self.forget(cx, step, uuid).await?,
                Found::Waiting(request) => waiting.push(Waiting { uuid, request: *request }),
            }
        }
        Ok((waiting, created))
    }

    /// A host with alternates for each, all of them claimed, with the group they were claimed in; or none at all.
    async fn select(
        &self,
        cx: &RequestContext,
        step: &Running<Boot>,
        waiting: &[Waiting],
    ) -> Result<(Vec<Vec<Selection>>, Option<GroupClaim>), StepError> {
        if step.attempt() > 1
            && !nova_core::mutant!("conductor: an attempt that was cut off gives nothing back")
        {
            self.give_back(cx, step, waiting).await?;
        }
        let first = waiting[0].uuid.to_string();
        let mut spec = RequestSpec::get_by_instance_uuid(cx, &self.objects, &first).await?;
        let unknown =
            |error: UnknownGroup| StepError::Fail(NoValidHost { reason: format!("{error}.") }.into());
        let group = group_claim(&spec).map_err(unknown)?;
        spec.num_instances.set(i64::try_from(waiting.len()).unwrap_or(i64::MAX));
        let uuids: Vec<_> = waiting.iter().map(|waiting| waiting.uuid.to_string()).collect();
        let selected = self.scheduler.select_destinations(cx, &spec, &uuids, Some(true), Some(true)).await;
        match selected.map_err(Fault::from) {
            Ok(selected)
                if selected.len() == waiting.len() && selected.iter().all(|hosts| !hosts.is_empty()) =>
            {
                Ok((selected, group))
            }
            Ok(_) => {
                let reason = "There are not enough hosts available.".to_owned();
                Err(StepError::Fail(NoValidHost { reason }.into()))
            }
            Err(fault) if fault.is::<NoValidHost>() => Err(StepError::Fail(fault)),
            Err(fault) => Err(StepError::Retry(fault)),
        }
    }

    /// Gives back what an attempt that was cut off may have claimed.
    ///
    /// If it is we who are cut off, a successor may have claimed as well. That is not ours to give back, and will not be:
    /// it raised the generations that were read while the boot was still ours.
    async fn give_back(
        &self,
        cx: &RequestContext,
        step: &Running<Boot>,
        waiting: &[Waiting],
    ) -> Result<(), Fault> {
        let mut held = Vec::new();
        for Waiting { uuid, .. } in waiting {
            held.push((*uuid, self.placement.held_by(cx, *uuid).await?));
        }
        lease::check(self.db.api(), cx, step.lease()).await?;
        for (uuid, held) in held {
            if let Some(held) = held.filter(|held| !held.resources.is_empty()) {
                self.placement.release(cx, uuid, held.generation).await?;
            }
        }
        Ok(())
    }

    /// Tells every host once.
    async fn tell(&self, cx: &RequestContext, hosts: &[String]) {
        let distinct: std::collections::BTreeSet<_> = hosts.iter().collect();
        for host in distinct {
            self.hinter.hint(cx, &Queue::on(COMPUTE, host)).await;
        }
    }
}

/// The host a selection begins with.
fn first_host(selections: &[Selection]) -> Result<&str, Fault> {
    selections.first().map_or(Ok(""), host)
}

impl std::fmt::Debug for BootHandler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BootHandler").finish_non_exhaustive()
    }
}
