//! One consumer: what it holds and what it should.

use std::collections::BTreeMap;

use nova_core::context::ReadDeleted;
use nova_core::operation::{Operation, OperationFilter, OperationStore};
use nova_core::{Fault, RequestContext};
use nova_neighbours::placement::{ConsumerAllocations, GroupClaim, GroupRule, Placement, Resources};
use nova_objects_catalog::exception::{BuildRequestNotFound, InstanceNotFound, RequestSpecNotFound};
use nova_objects_catalog::{BuildRequest, Instance, RequestSpec};
use nova_objects_db::actions::instance;
use nova_objects_db::{ActionError, Db};
use nova_rpcapi::group::group_claim;
use nova_rpcapi::operations::{Boot, BootArgs};
use nova_scheduler::candidate_request;
use uuid::Uuid;

use super::{Nodes, What};
use crate::Databases;

pub(super) enum Verdict {
    Right,
    /// An operation is at work on it.
    InMotion,
    Wrong(Box<Judged>),
}

/// What is wrong, and what to do with it at the generation that was read.
pub(super) struct Judged {
    pub(super) what: What,
    pub(super) held: Option<ConsumerAllocations>,
    pub(super) remedy: Remedy,
}

pub(super) enum Remedy {
    /// It leaves for good.
    Retire,
    /// It gives back what it holds.
    Release,
    /// It holds this instead.
    Claim {
        resources: BTreeMap<Uuid, Resources>,
        project_id: String,
        user_id: String,
        group: Option<GroupClaim>,
    },
    /// Nothing that placement can do.
    None,
}

/// What a consumer's instance is.
enum Owner {
    Lives(Box<Instance>),
    /// Deleted, or buried in cell0.
    Rests,
    Nobody,
}

/// Judges twice before it says that something is wrong: what ended between two reads looks wrong once.
pub(super) async fn judge(
    databases: &Databases,
    cx: &RequestContext,
    nodes: &Nodes,
    consumer: Uuid,
) -> Result<Verdict, Fault> {
    match judge_once(databases, cx, nodes, consumer).await? {
        Verdict::Wrong(_) => judge_once(databases, cx, nodes, consumer).await,
        verdict => Ok(verdict),
    }
}

async fn judge_once(
    databases: &Databases,
    cx: &RequestContext,
    nodes: &Nodes,
    consumer: Uuid,
) -> Result<Verdict, Fault> {
    let held = databases.placement.held_by(cx, consumer).await?;
    let owner = owner(databases, cx, consumer).await?;
    if is_in_motion(databases, cx, consumer, &owner).await? {
        return Ok(Verdict::InMotion);
    }
    let holds = held.as_ref().map(|held| held.resources.clone()).unwrap_or_default();
    let (what, remedy) = match owner {
        Owner::Lives(instance) if instance.host.present().is_some() => {
            match needs(databases, cx, nodes, &instance).await? {
                Needs::NoNode { host, node } => (What::NoNode { host, node }, Remedy::None),
                Needs::Exactly { resources, .. } if resources == holds => return Ok(Verdict::Right),
                Needs::Of(provider) if holds.keys().eq([&provider]) => return Ok(Verdict::Right),
                Needs::Of(provider) => {
                    let needs = nodes.named(&BTreeMap::from([(provider, Resources::new())]));
                    (What::Wrong { holds: nodes.named(&holds), needs }, Remedy::None)
                }
                Needs::Exactly { resources, group } => {
                    let what = What::Wrong { holds: nodes.named(&holds), needs: nodes.named(&resources) };
                    let project_id = instance.project_id.present().cloned().unwrap_or_default();
                    let user_id = instance.user_id.present().cloned().unwrap_or_default();
                    (what, Remedy::Claim { resources, project_id, user_id, group })
                }
            }
        }
        _ if holds.is_empty() => return Ok(Verdict::Right),
        Owner::Nobody => (What::Unknown { holds: nodes.named(&holds) }, Remedy::Release),
        // A live one without a host may yet get one again, by something this program does not know.
        Owner::Lives(_) => (What::Orphan { holds: nodes.named(&holds) }, Remedy::Release),
        Owner::Rests => (What::Orphan { holds: nodes.named(&holds) }, Remedy::Retire),
    };
    Ok(Verdict::Wrong(Box::new(Judged { what, held, remedy })))
}

async fn owner(databases: &Databases, cx: &RequestContext, consumer: Uuid) -> Result<Owner, Fault> {
    if let Some(instance) = record(databases.nova.cell1(), cx, consumer).await? {
        return Ok(match instance.deleted.value() {
            Some(true) => Owner::Rests,
            _ => Owner::Lives(Box::new(instance)),
        });
    }
    match record(databases.nova.cell0(), cx, consumer).await? {
        Some(_) => Ok(Owner::Rests),
        None => Ok(Owner::Nobody),
    }
}

/// The record in that cell, deleted or not.
async fn record(cell: &Db, cx: &RequestContext, uuid: Uuid) -> Result<Option<Instance>, Fault> {
    let cx = cx.with_read_deleted(ReadDeleted::Yes);
    let found = cell.read(move |tx| {
        let cx = cx.clone();
        async move { instance::get_in(&tx, &cx, &uuid.to_string(), &[]).await }
    });
    match found.await.map_err(|error: ActionError| Fault::from(error)) {
        Ok(instance) => Ok(Some(instance)),
        Err(fault) if fault.is::<InstanceNotFound>() => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// Whether an operation is at work on it, or is about to be.
async fn is_in_motion(
    databases: &Databases,
    cx: &RequestContext,
    consumer: Uuid,
    owner: &Owner,
) -> Result<bool, Fault> {
    let [(_, api), (_, cell)] = databases.operations();
    let about = open_about(consumer);
    if !cell.list(cx, &about).await?.is_empty() {
        return Ok(true);
    }
    let request = BuildRequest::get_by_instance_uuid(cx, &databases.objects(), &consumer.to_string()).await;
    match request {
        Ok(_) => return Ok(true),
        Err(fault) if fault.is::<BuildRequestNotFound>() => {}
        Err(fault) => return Err(fault),
    }
    if !matches!(owner, Owner::Nobody) {
        return Ok(false);
    }
    // Its user deleted it before it had a record, and its boot has not noticed yet.
    let mut boots = OperationFilter::open();
    boots.kind = Some(Boot::KIND.to_owned());
    let boots = api.list(cx, &boots).await?;
    let is_of = |args: BootArgs| args.instances.contains(&consumer);
    Ok(boots.into_iter().any(|boot| serde_json::from_value(boot.args).is_ok_and(is_of)))
}

fn open_about(consumer: Uuid) -> OperationFilter {
    let mut filter = OperationFilter::about(consumer.to_string());
    filter.open = true;
    filter.limit = 1;
    filter
}

/// What an instance on a host should hold.
enum Needs {
    Exactly {
        resources: BTreeMap<Uuid, Resources>,
        group: Option<GroupClaim>,
    },
    /// Something of that provider: how much nobody has written down.
    Of(Uuid),
    NoNode {
        host: String,
        node: Option<String>,
    },
}

async fn needs(
    databases: &Databases,
    cx: &RequestContext,
    nodes: &Nodes,
    instance: &Instance,
) -> Result<Needs, Fault> {
    let host = instance.host.present().cloned().unwrap_or_default();
    let node = instance.node.present().cloned();
    let Some(provider) = nodes.provider(&host, node.as_deref()) else {
        return Ok(Needs::NoNode { host, node });
    };
    let uuid = instance.uuid.value().map(ToString::to_string).unwrap_or_default();
    let spec = match RequestSpec::get_by_instance_uuid(cx, &databases.objects(), &uuid).await {
        Ok(spec) => spec,
        Err(fault) if fault.is::<RequestSpecNotFound>() => return Ok(Needs::Of(provider)),
        Err(fault) => return Err(fault),
    };
    Ok(match candidate_request(&spec, 0) {
        Ok(request) => {
            let resources = BTreeMap::from([(provider, request.resources)]);
            Needs::Exactly { resources, group: membership(&spec) }
        }
        Err(_) => Needs::Of(provider),
    })
}

/// The server group it is in. Where it runs is a fact, so the group is not asked whether it may.
fn membership(spec: &RequestSpec) -> Option<GroupClaim> {
    let group = group_claim(spec).ok().flatten()?;
    Some(GroupClaim { rule: GroupRule::Anywhere, ..group })
}
