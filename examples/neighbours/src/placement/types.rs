//! The nouns of placement.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The standard resource classes compute uses.
pub mod class {
    /// Virtual CPUs.
    pub const VCPU: &str = "VCPU";
    /// Memory, MiB.
    pub const MEMORY_MB: &str = "MEMORY_MB";
    /// Disk, GiB.
    pub const DISK_GB: &str = "DISK_GB";
}

/// Amounts by resource class.
pub type Resources = BTreeMap<String, u64>;

/// Something that has resources: a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// Its id; for a host the uuid of its compute node.
    pub id: Uuid,
    /// Its name, unique; for a host the name of its node.
    pub name: String,
    /// Grows with every change to what it has or gives.
    pub generation: i64,
}

/// How much of a class a provider has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inventory {
    /// All of it.
    pub total: u64,
    /// Of that, what is not for consumers.
    pub reserved: u64,
    /// The least a consumer may take.
    pub min_unit: u64,
    /// The most a consumer may take.
    pub max_unit: u64,
    /// Amounts are multiples of this.
    pub step_size: u64,
    /// How many times over it may be given away.
    pub allocation_ratio: f64,
}

impl Inventory {
    /// `total` of it, nothing reserved, in units of one, given away once.
    pub fn of(total: u64) -> Self {
        Self { total, reserved: 0, min_unit: 1, max_unit: total, step_size: 1, allocation_ratio: 1.0 }
    }

    /// What can be given away: `(total - reserved) * allocation_ratio`, rounded down.
    ///
    /// # Example
    /// ```
    /// # use nova_neighbours::placement::Inventory;
    /// let cpus = Inventory { reserved: 2, allocation_ratio: 4.0, ..Inventory::of(10) };
    /// assert_eq!(cpus.capacity(), 32);
    /// ```
    pub fn capacity(&self) -> u64 {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "amounts are far below 2^53, and a float that is negative or not a number becomes 0"
        )]
        let capacity = (self.total.saturating_sub(self.reserved) as f64 * self.allocation_ratio) as u64;
        capacity
    }

    /// Whether a consumer may take `amount` when `used` is taken.
    pub fn admits(&self, used: u64, amount: u64) -> bool {
        let fits_units = amount >= self.min_unit
            && amount <= self.max_unit
            && amount.is_multiple_of(self.step_size.max(1));
        fits_units && used.checked_add(amount).is_some_and(|sum| sum <= self.capacity())
    }
}

/// What is looked for: one unnumbered group of Nova's request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CandidateRequest {
    /// How much of what, from one provider.
    pub resources: Resources,
    /// Traits it must have.
    pub required: BTreeSet<String>,
    /// Traits it must not have.
    pub forbidden: BTreeSet<String>,
    /// Only this provider.
    pub only: Option<Uuid>,
    /// At most so many candidates; 0 for no limit (Nova's `max_placement_results`, 1000).
    pub limit: usize,
}

/// A provider that could give what was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The provider.
    pub provider: Provider,
    /// What to claim of it.
    pub resources: Resources,
    /// What it has and what is used, by class.
    pub summary: BTreeMap<String, ProviderSummary>,
    /// Its traits.
    pub traits: BTreeSet<String>,
}

/// One class of a provider at the moment of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderSummary {
    /// What can be given away.
    pub capacity: u64,
    /// What is.
    pub used: u64,
}

/// What a group asks of where its members hold something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupRule {
    /// Nothing: the membership is noted, so that others can look at it. Of soft policies, and of whoever writes down what
    /// is so already.
    Anywhere,
    /// Only of the providers that other members hold something of, if there are any.
    Together,
    /// Only of providers that fewer than so many other members hold something of.
    AtMost(u32),
}

/// Which group a consumer is a member of, and what the group asks.
///
/// The rule is the claim's: whoever claims for members of one group says the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupClaim {
    /// The group: the uuid of the server group.
    pub group: Uuid,
    /// What it asks.
    pub rule: GroupRule,
}

/// The members of a group that hold something, by provider.
pub type GroupMembers = BTreeMap<Uuid, BTreeSet<Uuid>>;

/// Everything a consumer is to hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The consumer: the uuid of the instance.
    pub consumer: Uuid,
    /// The generation the consumer is known to be at; none if it never claimed anything.
    pub consumer_generation: Option<i64>,
    /// Whose it is.
    pub project_id: String,
    /// Who asked.
    pub user_id: String,
    /// What, by provider.
    pub resources: BTreeMap<Uuid, Resources>,
    /// The group it is a member of for as long as it holds that; none for no group.
    pub group: Option<GroupClaim>,
}

/// What a consumer holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsumerAllocations {
    /// Grows with every change, for ever: also with one that leaves nothing.
    pub generation: i64,
    /// What, by provider; empty for one that gave everything back.
    pub resources: BTreeMap<Uuid, Resources>,
    /// Whether it has left for good.
    pub retired: bool,
}

/// What one consumer holds of one provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// The consumer.
    pub consumer: Uuid,
    /// What it holds.
    pub resources: Resources,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_outside_the_units_or_beyond_the_capacity_is_not_admitted() {
        let disk = Inventory { min_unit: 2, max_unit: 8, step_size: 2, ..Inventory::of(10) };
        assert!(disk.admits(2, 8));
        for (used, amount) in [(0, 1), (0, 3), (0, 10), (4, 8), (u64::MAX, 2)] {
            assert!(!disk.admits(used, amount), "{used} {amount}");
        }
    }

    #[test]
    fn a_ratio_that_is_no_number_gives_nothing_away() {
        for ratio in [f64::NAN, -1.0, 0.0] {
            assert_eq!(Inventory { allocation_ratio: ratio, ..Inventory::of(10) }.capacity(), 0);
        }
    }
}
