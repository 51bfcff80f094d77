//! Server groups: instances that are to be kept together, or apart. They are in the API database.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use nova_core::{Fault, RequestContext};
use nova_objects::{Convert, Version, remotable};

use crate::{InstanceGroup, InstanceGroupList};

/// The rule of an anti-affinity group that says how many of its members a host may have.
const MAX_SERVER_PER_HOST: &str = "max_server_per_host";

/// What a store does with [`InstanceGroup`] records.
///
/// Which hosts members are on is not among it: the field `hosts` belongs to one attempt to schedule, and whoever
/// schedules fills it in.
#[remotable(InstanceGroup)]
pub trait InstanceGroupActions {
    /// The group of that uuid with its members, or `InstanceGroupNotFound`.
    async fn get_by_uuid(&self, cx: &RequestContext, uuid: &str) -> Result<InstanceGroup, Fault>;

    /// The first group of that name that the context may see, or `InstanceGroupNotFound`.
    async fn get_by_name(&self, cx: &RequestContext, name: &str) -> Result<InstanceGroup, Fault>;

    /// The group that the instance is in, or `InstanceGroupNotFound`.
    async fn get_by_instance_uuid(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
    ) -> Result<InstanceGroup, Fault>;

    /// Makes the record with its policy and members, in one transaction; without a uuid it gets a new one.
    ///
    /// `InstanceGroupIdExists` for a uuid that is there already; `ObjectActionError` when it has an id already.
    async fn create(&self, cx: &RequestContext, group: &mut InstanceGroup) -> Result<(), Fault>;

    /// Removes the record with its policy and members. `InstanceGroupNotFound` when it is gone already.
    async fn destroy(&self, cx: &RequestContext, group: &mut InstanceGroup) -> Result<(), Fault>;

    /// Adds instances to the group; those that are in it already stay so. Gives all its members.
    async fn add_members(
        &self,
        cx: &RequestContext,
        group_uuid: &str,
        instance_uuids: &[String],
    ) -> Result<Vec<String>, Fault>;
}

/// What a store does with several [`InstanceGroup`] records.
#[remotable(InstanceGroupList)]
pub trait InstanceGroupListActions {
    /// All groups.
    async fn get_all(&self, cx: &RequestContext) -> Result<InstanceGroupList, Fault>;

    /// The groups of that project.
    async fn get_by_project_id(
        &self,
        cx: &RequestContext,
        project_id: &str,
    ) -> Result<InstanceGroupList, Fault>;

    /// How many groups a project has, and a user of it, as `{"project": {"server_groups": …}, "user": {…}}`.
    async fn get_counts(
        &self,
        cx: &RequestContext,
        project_id: &str,
        user_id: Option<&str>,
    ) -> Result<BTreeMap<String, BTreeMap<String, i64>>, Fault>;
}

/// What a server group asks of where its members are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupPolicy {
    /// All on one host.
    Affinity,
    /// At most so many on each host.
    AntiAffinity {
        /// How many.
        max_server_per_host: NonZeroU32,
    },
    /// On one host as far as that can be.
    SoftAffinity,
    /// Each on a host of its own as far as that can be.
    SoftAntiAffinity,
}

/// A group does not say what it wants in words that are known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnknownGroupPolicy {
    /// No policy, or one that nobody here knows.
    #[error("{0:?} is no policy of server groups")]
    Policy(Option<String>),
    /// The number of members a host may have is none.
    #[error("max_server_per_host is {0:?}, not a number above 0")]
    MaxServerPerHost(String),
}

impl GroupPolicy {
    /// At most one member on each host.
    pub const ANTI_AFFINITY: Self = Self::AntiAffinity { max_server_per_host: NonZeroU32::MIN };

    /// Nova's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Affinity => "affinity",
            Self::AntiAffinity { .. } => "anti-affinity",
            Self::SoftAffinity => "soft-affinity",
            Self::SoftAntiAffinity => "soft-anti-affinity",
        }
    }

    /// Its rules as Nova keeps them: none for the usual single member per host.
    fn rules(self) -> BTreeMap<String, String> {
        match self {
            Self::AntiAffinity { max_server_per_host } if self != Self::ANTI_AFFINITY => {
                BTreeMap::from([(MAX_SERVER_PER_HOST.to_owned(), max_server_per_host.to_string())])
            }
            _ => BTreeMap::new(),
        }
    }
}

impl InstanceGroup {
    /// What the group asks.
    ///
    /// # Example
    /// ```
    /// use nova_objects_catalog::{GroupPolicy, InstanceGroup};
    ///
    /// let mut group = InstanceGroup::empty();
    /// group.set_group_policy(GroupPolicy::AntiAffinity { max_server_per_host: 2.try_into()? });
    /// assert_eq!(group.policy.present().map(String::as_str), Some("anti-affinity"));
    /// assert_eq!(group.group_policy()?.name(), "anti-affinity");
    /// # Ok::<(), nova_core::BoxError>(())
    /// ```
    ///
    /// # Errors
    /// It says nothing, or nothing that is known: nobody should schedule as if it had asked for nothing.
    pub fn group_policy(&self) -> Result<GroupPolicy, UnknownGroupPolicy> {
        // What was read from a peer older than 1.11 says it as a list.
        let listed = || self.policies.value()?.as_ref()?.first();
        match self.policy.present().or_else(listed).map(String::as_str) {
            Some("affinity") => Ok(GroupPolicy::Affinity),
            Some("anti-affinity") => self.max_server_per_host(),
            Some("soft-affinity") => Ok(GroupPolicy::SoftAffinity),
            Some("soft-anti-affinity") => Ok(GroupPolicy::SoftAntiAffinity),
            other => Err(UnknownGroupPolicy::Policy(other.map(|text| text.chars().take(64).collect()))),
        }
    }

    /// Says what the group asks.
    pub fn set_group_policy(&mut self, policy: GroupPolicy) {
        self.policy.set(policy.name().to_owned());
        self.rules.set(policy.rules());
    }

    fn max_server_per_host(&self) -> Result<GroupPolicy, UnknownGroupPolicy> {
        let Some(text) = self.rules.value().and_then(|rules| rules.get(MAX_SERVER_PER_HOST)) else {
            return Ok(GroupPolicy::ANTI_AFFINITY);
        };
        let known =
            text.trim().parse().map(|max_server_per_host| GroupPolicy::AntiAffinity { max_server_per_host });
        known.map_err(|_| UnknownGroupPolicy::MaxServerPerHost(text.chars().take(64).collect()))
    }
}

impl Convert for InstanceGroup {
    /// Before 1.11 the policy was a list of policies with one entry.
    fn convert_to(&mut self, target: Version) -> Result<(), Fault> {
        if target < Version::new(1, 11) {
            self.policies.load(self.policy.present().cloned().into_iter().collect::<Vec<_>>());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_read_as_it_was_said() {
        let three = NonZeroU32::new(3).unwrap();
        for policy in [
            GroupPolicy::Affinity,
            GroupPolicy::ANTI_AFFINITY,
            GroupPolicy::AntiAffinity { max_server_per_host: three },
            GroupPolicy::SoftAffinity,
            GroupPolicy::SoftAntiAffinity,
        ] {
            let mut group = InstanceGroup::empty();
            group.set_group_policy(policy);
            assert_eq!(group.group_policy(), Ok(policy));
        }
    }

    #[test]
    fn a_group_of_an_older_peer_says_its_policy_in_a_list() {
        let mut group = InstanceGroup::empty();
        group.policies.load(vec!["affinity".to_owned()]);
        assert_eq!(group.group_policy(), Ok(GroupPolicy::Affinity));
    }

    #[test]
    fn a_group_that_says_nothing_known_is_no_group_without_a_policy() {
        assert_eq!(InstanceGroup::empty().group_policy(), Err(UnknownGroupPolicy::Policy(None)));
        let mut group = InstanceGroup::empty();
        group.policy.set("legacy".to_owned());
        assert!(group.group_policy().unwrap_err().to_string().contains("legacy"));
        for max in ["0", "-1", "many", ""] {
            group.policy.set("anti-affinity".to_owned());
            group.rules.set(BTreeMap::from([(MAX_SERVER_PER_HOST.to_owned(), max.to_owned())]));
            assert!(group.group_policy().unwrap_err().to_string().contains(max), "{max}");
        }
    }
}
