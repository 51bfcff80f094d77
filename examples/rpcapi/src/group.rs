//! What the server group of a request asks of placement.
//!
//! A scheduler claims by it, and so does a conductor that moves a build on: they must mean the same.

use nova_neighbours::placement::{GroupClaim, GroupRule};
use nova_objects_catalog::{GroupPolicy, InstanceGroup, RequestSpec, UnknownGroupPolicy};
use uuid::Uuid;

/// The group of a request is one that nobody can claim for: to claim without it would break its promise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnknownGroup {
    /// It has no uuid, or one that is none.
    #[error("the server group of the request has no uuid")]
    NoUuid,
    /// Nobody here knows what it asks.
    #[error("the server group {group} asks for what is not known")]
    Policy {
        /// The group.
        group: Uuid,
        /// What it says.
        source: UnknownGroupPolicy,
    },
}

/// What a claim for an instance of `spec` says of its group; none for a request without a group.
///
/// # Example
/// ```
/// use nova_neighbours::placement::GroupRule;
/// use nova_objects_catalog::{GroupPolicy, InstanceGroup, RequestSpec};
/// use nova_rpcapi::group::group_claim;
///
/// let mut group = InstanceGroup::empty();
/// group.uuid.set("2d75d73b-71ae-4603-bad7-0ae827270482");
/// group.set_group_policy(GroupPolicy::ANTI_AFFINITY);
/// let mut spec = RequestSpec::empty();
/// assert_eq!(group_claim(&spec)?, None);
/// spec.instance_group.set(Some(group));
/// assert_eq!(group_claim(&spec)?.map(|group| group.rule), Some(GroupRule::AtMost(1)));
/// # Ok::<(), nova_rpcapi::group::UnknownGroup>(())
/// ```
///
/// # Errors
/// See [`UnknownGroup`].
pub fn group_claim(spec: &RequestSpec) -> Result<Option<GroupClaim>, UnknownGroup> {
    spec.instance_group.present().map(claim_of).transpose()
}

fn claim_of(group: &InstanceGroup) -> Result<GroupClaim, UnknownGroup> {
    let uuid = group.uuid.value().and_then(|uuid| uuid.parse()).ok_or(UnknownGroup::NoUuid)?;
    let policy = group.group_policy().map_err(|source| UnknownGroup::Policy { group: uuid, source })?;
    let rule = match policy {
        GroupPolicy::Affinity => GroupRule::Together,
        GroupPolicy::AntiAffinity { max_server_per_host } => GroupRule::AtMost(max_server_per_host.get()),
        GroupPolicy::SoftAffinity | GroupPolicy::SoftAntiAffinity => GroupRule::Anywhere,
    };
    Ok(GroupClaim { group: uuid, rule })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_without_an_id_or_with_an_unknown_policy_is_an_error_and_not_no_group() {
        let mut spec = RequestSpec::empty();
        spec.instance_group.set(Some(InstanceGroup::empty()));
        assert_eq!(group_claim(&spec), Err(UnknownGroup::NoUuid));
        let mut group = InstanceGroup::empty();
        group.uuid.set(Uuid::from_u128(7).to_string());
        group.policy.set("legacy".to_owned());
        spec.instance_group.set(Some(group));
        assert!(
            matches!(group_claim(&spec), Err(UnknownGroup::Policy { group, .. }) if group.as_u128() == 7)
        );
    }
}
