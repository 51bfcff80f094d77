//! Server groups as callers see them.

use nova_core::Fault;
use nova_core::fault::ValueError;
use nova_objects_catalog::{GroupPolicy, InstanceGroup};
use uuid::Uuid;

use crate::ApiError;
use crate::list::MAX_PAGE;

/// Servers that are kept together, or apart.
///
/// A server joins the group that its request names by the hint `group`
/// ([`CreateServer::in_group`](crate::CreateServer::in_group)) and leaves it when it is deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerGroup {
    /// Its id.
    pub id: Uuid,
    /// What users call it; several may be called the same.
    pub name: String,
    /// What it asks of where its servers are.
    pub policy: GroupPolicy,
    /// Whose it is.
    pub project_id: String,
    /// Who made it.
    pub user_id: String,
    /// Its servers, by the time they joined.
    pub members: Vec<Uuid>,
}

impl ServerGroup {
    /// A group from its object.
    pub(crate) fn of(group: &InstanceGroup) -> Result<Self, ApiError> {
        let unreadable = |what: String| ApiError::Failed(Fault::from(ValueError { message: what }));
        let text = |field: &nova_objects::Field<Option<String>>| field.present().cloned().unwrap_or_default();
        let uuid = group.uuid.get().map_err(Fault::from)?;
        let id = uuid.parse().ok_or_else(|| unreadable(format!("the server group {uuid} has no uuid")))?;
        let policy =
            group.group_policy().map_err(|error| unreadable(format!("the server group {id}: {error}")))?;
        let members = group.members.present().into_iter().flatten();
        Ok(Self {
            id,
            name: text(&group.name),
            policy,
            project_id: text(&group.project_id),
            user_id: text(&group.user_id),
            members: members.filter_map(|member| member.parse().ok()).collect(),
        })
    }
}

/// A request for a server group.
///
/// # Example
/// ```
/// use nova_compute_api::{CreateGroup, GroupPolicy};
///
/// let apart = CreateGroup::new("db", GroupPolicy::AntiAffinity { max_server_per_host: 2.try_into()? });
/// assert_eq!(apart.policy.name(), "anti-affinity");
/// # Ok::<(), std::num::TryFromIntError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreateGroup {
    /// What users call it, 1 to 255 characters.
    pub name: String,
    /// What it asks of where its servers are.
    pub policy: GroupPolicy,
}

impl CreateGroup {
    /// A request for a group of that policy, which never changes.
    pub fn new(name: impl Into<String>, policy: GroupPolicy) -> Self {
        Self { name: name.into(), policy }
    }
}

/// Which server groups to list, the oldest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupFilter {
    /// Those of all projects; for administrators, others get their own all the same.
    pub all_projects: bool,
    /// Those after so many.
    pub offset: u64,
    /// At most so many; no more than 1000 in any case, which is also what `None` means.
    pub limit: Option<usize>,
}

impl GroupFilter {
    pub(crate) fn size(&self) -> usize {
        self.limit.unwrap_or(MAX_PAGE).min(MAX_PAGE)
    }
}
