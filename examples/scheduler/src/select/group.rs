//! Where the members of the request's server group are.

use nova_core::RequestContext;
use nova_neighbours::placement::{CandidateRequest, GroupClaim, GroupMembers, GroupRule};
use nova_objects_catalog::RequestSpec;
use uuid::Uuid;

use super::Search;
use crate::error::SelectError;
use crate::host::HostState;
use crate::manager::SchedulerManager;

impl SchedulerManager {
    /// Where they are now.
    pub(super) async fn members(
        &self,
        cx: &RequestContext,
        group: Option<GroupClaim>,
    ) -> Result<GroupMembers, SelectError> {
        match group {
            None => Ok(GroupMembers::new()),
            Some(GroupClaim { group, .. }) => {
                self.placement.members_of(cx, group).await.map_err(SelectError::Placement)
            }
        }
    }

    /// Tells filters and weighers where `members` are: each host, and the request by names, as Nova's conductor does.
    pub(super) async fn note_members(
        &self,
        cx: &RequestContext,
        search: &mut Search,
        members: &GroupMembers,
    ) -> Result<(), SelectError> {
        if search.group.is_none() {
            return Ok(());
        }
        for host in &mut search.hosts {
            host.group_members = members.get(&host.facts.uuid).cloned().unwrap_or_default();
        }
        let names = self.fleet.names(cx, members.keys().copied()).await?;
        // A provider that is no host's is somewhere all the same.
        let name_of = |id: &Uuid| names.get(id).cloned().unwrap_or_else(|| id.to_string());
        for provider in members.keys() {
            add_host(&mut search.spec, name_of(provider));
        }
        Ok(())
    }
}

/// Asks about the one host that an affinity group is on: among many hosts placement might not name it.
pub(super) fn narrow(request: &mut CandidateRequest, group: Option<GroupClaim>, members: &GroupMembers) {
    let together = group.is_some_and(|group| group.rule == GroupRule::Together);
    if let (true, Some((provider, _)), 1) = (together, members.first_key_value(), members.len()) {
        request.only.get_or_insert(*provider);
    }
}

/// Counts the instance that was just placed on `host`.
pub(super) fn join(spec: &mut RequestSpec, host: &mut HostState, instance: Uuid) {
    host.group_members.insert(instance);
    add_host(spec, host.facts.host.clone());
}

fn add_host(spec: &mut RequestSpec, name: String) {
    let Ok(Some(group)) = spec.instance_group.nested_mut() else { return };
    let mut hosts = group.hosts.present().cloned().unwrap_or_default();
    if !hosts.contains(&name) {
        hosts.push(name);
        group.hosts.load(Some(hosts));
    }
}
