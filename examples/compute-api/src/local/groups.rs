//! Server groups.

use nova_core::{Fault, RequestContext};
use nova_objects_catalog::InstanceGroup;
use nova_objects_catalog::exception::InstanceGroupNotFound;
use nova_objects_db::actions::instance_group;
use nova_objects_db::quota::{self, Limits, OverQuota};
use nova_objects_db::{ActionError, DbError, Tx};
use uuid::Uuid;

use super::Inner;
use crate::policy::{Permission, Target};
use crate::{ApiError, CreateGroup, CreateServer, GroupFilter, ServerGroup, access, validate};

/// The hint that names a server's group.
pub(super) const HINT: &str = "group";

/// Why a transaction was undone.
#[derive(Debug, thiserror::Error)]
enum Undone {
    #[error("there is no such group")]
    NotFound,
    #[error(transparent)]
    Over(#[from] OverQuota),
    #[error(transparent)]
    Action(#[from] ActionError),
}

impl From<DbError> for Undone {
    fn from(error: DbError) -> Self {
        Self::Action(error.into())
    }
}

impl From<sea_orm::DbErr> for Undone {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Action(error.into())
    }
}

impl Inner {
    pub(super) async fn make_group(
        &self,
        cx: &RequestContext,
        request: &CreateGroup,
    ) -> Result<ServerGroup, ApiError> {
        let (target, create) = (Target::own(cx), Permission::CreateGroup);
        self.enforce(cx, create, &target).await?;
        let project = target.project.ok_or_else(|| ApiError::Forbidden { rule: create.name().to_owned() })?;
        validate::create_group(request)?;
        let limits = self.quota.limits(cx, &project).await?;
        let mut group = InstanceGroup::empty();
        group.uuid.set(self.env.new_id());
        group.name.set(request.name.clone());
        group.project_id.set(project.clone());
        group.user_id.set(cx.user_id().unwrap_or_default().to_owned());
        group.set_group_policy(request.policy);
        let work = (cx.clone(), project, limits, group);
        let made = self.db.api().write(move |tx| {
            let (cx, project, limits, mut group) = work.clone();
            async move {
                tx.read_committed().await?;
                quota::room_for_group(&tx, &project, &limits).await??;
                instance_group::create_in(&tx, &cx, &mut group).await?;
                Ok::<_, Undone>(group)
            }
        });
        match made.await {
            Ok(group) => ServerGroup::of(&group),
            Err(Undone::Over(over)) => Err(ApiError::OverQuota(over)),
            Err(Undone::NotFound) => Err(ApiError::no_group("")),
            Err(Undone::Action(error)) => Err(ApiError::Failed(error.into())),
        }
    }

    pub(super) async fn group(&self, cx: &RequestContext, id: Uuid) -> Result<ServerGroup, ApiError> {
        let group = self.find_group(cx, id).await?.ok_or_else(|| ApiError::no_group(id))?;
        self.enforce(cx, Permission::ShowGroup, &target(&group)).await?;
        ServerGroup::of(&group)
    }

    pub(super) async fn groups(
        &self,
        cx: &RequestContext,
        filter: &GroupFilter,
    ) -> Result<Vec<ServerGroup>, ApiError> {
        self.enforce(cx, Permission::ListGroups, &Target::own(cx)).await?;
        let everywhere =
            filter.all_projects && self.allows(cx, Permission::ListGroupsOfAll, &Target::own(cx)).await?;
        let project = match (everywhere, cx.project_id()) {
            (true, _) => None,
            (false, Some(project)) => Some(project.to_owned()),
            (false, None) => return Ok(Vec::new()),
        };
        let limit = u64::try_from(filter.size()).ok();
        let work = (cx.clone(), project, filter.offset.min(i64::MAX.unsigned_abs()));
        let found = self.db.api().read(move |tx| {
            let (cx, project, offset) = work.clone();
            async move { instance_group::list_in(&tx, &cx, project.as_deref(), offset, limit).await }
        });
        let groups = found.await.map_err(|error: ActionError| Fault::from(error))?;
        groups.iter().map(ServerGroup::of).collect()
    }

    /// The row, its policy and its members, in one transaction: a server that is just joining is either in it, and no
    /// longer, or finds no group.
    pub(super) async fn remove_group(&self, cx: &RequestContext, id: Uuid) -> Result<(), ApiError> {
        let group = self.find_group(cx, id).await?.ok_or_else(|| ApiError::no_group(id))?;
        self.enforce(cx, Permission::DeleteGroup, &target(&group)).await?;
        let work = (cx.clone(), id.to_string());
        let removed = self.db.api().write(move |tx| {
            let (cx, id) = work.clone();
            async move {
                tx.read_committed().await?;
                if visible(&cx, instance_group::hold_in(&tx, &cx, &id).await)?.is_none() {
                    return Err(Undone::NotFound);
                }
                Ok(instance_group::destroy_in(&tx, &cx, &id).await?)
            }
        });
        match removed.await {
            Ok(()) => Ok(()),
            Err(Undone::NotFound) => Err(ApiError::no_group(id)),
            Err(Undone::Over(over)) => Err(ApiError::OverQuota(over)),
            Err(Undone::Action(error)) => Err(ApiError::Failed(error.into())),
        }
    }

    /// The group that the request's hint names: one of the request's own project, whoever asks.
    pub(super) async fn group_to_join(
        &self,
        cx: &RequestContext,
        project: &str,
        request: &CreateServer,
    ) -> Result<Option<InstanceGroup>, ApiError> {
        let Some(values) = request.hints.get(HINT) else { return Ok(None) };
        let id = match values.as_slice() {
            [one] => Uuid::try_parse(one).map_err(|_| ApiError::invalid("hints.group", "is not a uuid"))?,
            _ => return Err(ApiError::invalid("hints.group", "is not one uuid")),
        };
        let group = self.find_group(cx, id).await?;
        let own = |group: &InstanceGroup| group.project_id.present().is_some_and(|own| own == project);
        let group = group.filter(own).ok_or_else(|| no_group_to_join(id))?;
        ServerGroup::of(&group)?; // one that nobody could schedule for is an error now, and not a server in ERROR later
        Ok(Some(group))
    }

    /// The group, if `cx` may see it.
    async fn find_group(&self, cx: &RequestContext, id: Uuid) -> Result<Option<InstanceGroup>, ApiError> {
        let work = (cx.clone(), id.to_string());
        let found = self.db.api().read(move |tx| {
            let (cx, id) = work.clone();
            async move { instance_group::get_in(&tx, &cx, &id).await }
        });
        visible(cx, found.await).map_err(|error| ApiError::Failed(error.into()))
    }
}

/// Puts the servers into the group, if it is still there and its members' quota has room for them.
pub(super) async fn join(
    tx: &Tx,
    cx: &RequestContext,
    group: &InstanceGroup,
    servers: &[String],
    limits: &Limits,
) -> Result<Result<(), OverQuota>, ActionError> {
    let uuid = group.uuid.get().map_err(Fault::from)?.as_str();
    let held = instance_group::hold_in(tx, cx, uuid).await?;
    let (row, more) = (*held.id.get().map_err(Fault::from)?, servers.len() as u64);
    let user = cx.user_id().unwrap_or_default();
    if let Err(over) = quota::room_for_members(tx, row, user, more, limits).await? {
        return Ok(Err(over));
    }
    instance_group::add_members_in(tx, cx, uuid, servers).await?;
    Ok(Ok(()))
}

/// What a request is told whose group is not there, or no longer.
pub(super) fn no_group_to_join(id: impl std::fmt::Display) -> ApiError {
    ApiError::invalid("hints.group", format!("there is no server group {id}"))
}

/// Whose a group is.
fn target(group: &InstanceGroup) -> Target {
    let (project, user) = (group.project_id.present().cloned(), group.user_id.present().cloned());
    Target { project, user, server: None }
}

fn visible(
    cx: &RequestContext,
    found: Result<InstanceGroup, ActionError>,
) -> Result<Option<InstanceGroup>, ActionError> {
    let may_see = |group: &InstanceGroup| {
        access::may_see(cx, group.project_id.present().map(String::as_str).unwrap_or_default())
    };
    match found {
        Ok(group) => Ok(Some(group).filter(may_see)),
        Err(ActionError::Fault(fault)) if fault.is::<InstanceGroupNotFound>() => Ok(None),
        Err(error) => Err(error),
    }
}
