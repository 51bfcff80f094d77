//! Placement: what hosts have, and who holds how much of it.

pub mod conformance;
mod types;

use async_trait::async_trait;
use nova_core::RequestContext;
use uuid::Uuid;

pub use self::types::{
    Allocation, Candidate, CandidateRequest, Claim, ConsumerAllocations, GroupClaim, GroupMembers, GroupRule,
    Inventory, Provider, ProviderSummary, Resources, class,
};

/// Why placement did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlacementError {
    /// The provider is not there.
    #[error("there is no resource provider {0}")]
    ProviderNotFound(Uuid),
    /// Another provider has the name.
    #[error("the name {name} of the resource provider {provider} is another's")]
    NameTaken {
        /// The provider that was to be made.
        provider: Uuid,
        /// The name.
        name: String,
    },
    /// Somebody else changed the provider since it was read: read again, decide again.
    #[error("the resource provider {provider} is at generation {current}, not {expected}")]
    ConcurrentUpdate {
        /// The provider.
        provider: Uuid,
        /// The generation the caller knew.
        expected: i64,
        /// The generation it is at.
        current: i64,
    },
    /// The consumer claimed or released something since it was read.
    #[error("the consumer {consumer} is at generation {current:?}, not {expected:?}")]
    ConsumerChanged {
        /// The consumer.
        consumer: Uuid,
        /// The generation the caller knew; none for "never claimed anything".
        expected: Option<i64>,
        /// The generation it is at.
        current: Option<i64>,
    },
    /// The consumer has left for good: it holds nothing, and never will again.
    #[error("the consumer {0} is retired")]
    Retired(Uuid),
    /// There is not that much left, or the amount does not fit the provider's units.
    #[error("{provider} cannot give {amount} {class}")]
    NotEnough {
        /// The provider.
        provider: Uuid,
        /// The resource class.
        class: String,
        /// What was asked for.
        amount: u64,
    },
    /// The provider is not where the consumer's group may be: other members are there, or are somewhere else.
    #[error("the group {group} does not let {consumer} hold anything of {provider}")]
    GroupConflict {
        /// The group.
        group: Uuid,
        /// The member.
        consumer: Uuid,
        /// The provider.
        provider: Uuid,
    },
    /// An inventory cannot go, or shrink to nothing, because allocations stand on it.
    #[error("{class} of {provider} is in use")]
    InUse {
        /// The provider.
        provider: Uuid,
        /// The resource class.
        class: String,
    },
    /// What was asked makes no sense: an empty claim, an amount of zero, a total below what is reserved.
    #[error("{0}")]
    Invalid(String),
    /// Placement cannot be reached, or failed. Whether the change was made is not known.
    #[error("placement failed")]
    Failed(#[source] nova_core::Fault),
}

impl From<PlacementError> for nova_core::Fault {
    fn from(error: PlacementError) -> Self {
        match error {
            PlacementError::Failed(fault) => fault,
            other => Self::internal("placement", &other),
        }
    }
}

/// What hosts have, and who holds how much of it.
///
/// Called at any time and concurrently, by several schedulers, conductors and computes. Every change is one
/// transaction: it happens wholly or not at all, and no two of them together give away more than there is.
#[async_trait]
pub trait Placement: Send + Sync + 'static {
    /// The provider `id`, made under `name` if it is not there; one that is there keeps the name it has.
    ///
    /// # Errors
    /// `NameTaken`; `Invalid`; `Failed`.
    async fn ensure_provider(
        &self,
        cx: &RequestContext,
        id: Uuid,
        name: &str,
    ) -> Result<Provider, PlacementError>;

    /// Sets what a provider has, its inventories and traits, all of it, and gives its new generation. If nothing
    /// changes nothing is written and the generation stays. What is in use may become less than is used (a host lost
    /// memory, a ratio was lowered): that stops further claims and takes nothing away.
    ///
    /// # Errors
    /// `ProviderNotFound`; `ConcurrentUpdate` if `generation` is not the current one; `InUse`; `Invalid`; `Failed`.
    async fn set_provider(
        &self,
        cx: &RequestContext,
        id: Uuid,
        generation: i64,
        inventories: &std::collections::BTreeMap<String, Inventory>,
        traits: &std::collections::BTreeSet<String>,
    ) -> Result<i64, PlacementError>;

    /// The providers that could give all of `request` now, by provider id, at most `limit`; and for each what it has
    /// and what is used.
    ///
    /// # Errors
    /// `Invalid`; `Failed`.
    #[doc(alias = "get_allocation_candidates")]
    async fn candidates(
        &self,
        cx: &RequestContext,
        request: &CandidateRequest,
    ) -> Result<Vec<Candidate>, PlacementError>;

    /// Takes everything in `claim` for its consumer, in one transaction, replacing what it held. Gives the consumer's
    /// new generation: one more than the claim expected, 1 for the first. Who does not learn the outcome cannot tell his
    /// claim from another's of the same generation, and leaves it to whoever knows whose turn it is.
    ///
    /// A claim with a group makes the consumer a member of it for as long as it holds what is claimed: it leaves with
    /// `release` and `retire`, and with a claim that names another group or none. Whether the group lets it be there is
    /// decided in the same transaction as whether there is room, so that of claims for members of one group, by however
    /// many callers, none is made that breaks the rule it names. What the claim replaces does not count.
    ///
    /// # Errors
    /// `NotEnough`; `GroupConflict`; `ConsumerChanged` if the consumer is not at the claim's generation; `Retired`; `ProviderNotFound`;
    /// `Invalid`; `Failed`.
    async fn claim(&self, cx: &RequestContext, claim: &Claim) -> Result<i64, PlacementError>;

    /// What a consumer holds, and its generation; none if it never claimed anything and is not retired.
    ///
    /// # Errors
    /// `Failed`.
    async fn held_by(
        &self,
        cx: &RequestContext,
        consumer: Uuid,
    ) -> Result<Option<ConsumerAllocations>, PlacementError>;

    /// Gives up everything that the consumer holds at `generation`, for now: it may claim again. Gives its new
    /// generation; if it holds nothing nothing changes.
    ///
    /// The generation is what keeps a caller that stood still from giving back what others claimed meanwhile: read it
    /// *before* asking whether the work is still one's own.
    ///
    /// # Errors
    /// `ConsumerChanged`; `Failed`.
    async fn release(
        &self,
        cx: &RequestContext,
        consumer: Uuid,
        generation: i64,
    ) -> Result<i64, PlacementError>;

    /// Gives up everything a consumer holds, for good; says whether it held something. Repeating it is harmless.
    ///
    /// For an instance that will never run again. Whoever still tries to claim for it, however late, is refused with
    /// `Retired`, also if the consumer had never claimed anything.
    ///
    /// # Errors
    /// `Failed`.
    async fn retire(&self, cx: &RequestContext, consumer: Uuid) -> Result<bool, PlacementError>;

    /// Where the members of a group are now: those that hold something, by provider; empty for a group that is not known.
    ///
    /// It may be otherwise a moment later: the claim decides.
    ///
    /// # Errors
    /// `Failed`.
    async fn members_of(&self, cx: &RequestContext, group: Uuid) -> Result<GroupMembers, PlacementError>;

    /// Who holds what of a provider, by consumer.
    ///
    /// # Errors
    /// `ProviderNotFound`; `Failed`.
    async fn held_of(&self, cx: &RequestContext, provider: Uuid) -> Result<Vec<Allocation>, PlacementError>;
}
