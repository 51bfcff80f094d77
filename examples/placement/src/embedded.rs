//! The port, on a database.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use nova_core::{RequestContext, Timestamp};
use nova_neighbours::placement::{
    Allocation, Candidate, CandidateRequest, Claim, ConsumerAllocations, GroupMembers, Inventory, Placement,
    PlacementError, Provider,
};
use nova_objects_db::Db;
use nova_objects_db::migrate::MigrateError;
use uuid::Uuid;

use crate::provider::Holdings;
use crate::{candidates, claim, group, held, provider, release, schema};

/// Placement in a database: the embedded [`Placement`].
///
/// Cheap to clone. Any number of them, in any number of processes, may share one database. See
/// [the crate](crate) for an example and for what each method costs.
#[derive(Clone, Debug)]
pub struct EmbeddedPlacement {
    db: Db,
}

impl EmbeddedPlacement {
    /// Placement in `db`, whose schema is brought to the version of this code.
    ///
    /// # Errors
    /// The schema is newer than this code, or the database failed.
    ///
    /// # Cancel safety
    /// Dropping the future does not stop the migration.
    pub async fn open(db: &Db) -> Result<Self, MigrateError> {
        db.migrate(&schema::migrations()).await?;
        Ok(Self { db: db.clone() })
    }

    /// Forgets the consumers that were retired before `before`, by the database's clock, and says how many: their rows
    /// only keep out claims that come late, and none is that late. A day is plenty. Groups that nobody is in go with them.
    ///
    /// # Errors
    /// `Failed`.
    ///
    /// # Cancel safety
    /// Dropping the future does not stop the transaction.
    pub async fn forget_retired(&self, before: Timestamp) -> Result<u64, PlacementError> {
        release::forget_retired(&self.db, before).await
    }
}

/// Dropping a future does not stop a transaction that has begun: a claim that was dropped may have been made.
#[async_trait]
impl Placement for EmbeddedPlacement {
    async fn ensure_provider(
        &self,
        _: &RequestContext,
        id: Uuid,
        name: &str,
    ) -> Result<Provider, PlacementError> {
        provider::ensure(&self.db, id, name).await
    }

    async fn set_provider(
        &self,
        _: &RequestContext,
        id: Uuid,
        generation: i64,
        inventories: &BTreeMap<String, Inventory>,
        traits: &BTreeSet<String>,
    ) -> Result<i64, PlacementError> {
        let wanted =
            Holdings { provider: id, generation, inventories: inventories.clone(), traits: traits.clone() };
        provider::set(&self.db, wanted).await
    }

    async fn candidates(
        &self,
        _: &RequestContext,
        request: &CandidateRequest,
    ) -> Result<Vec<Candidate>, PlacementError> {
        candidates::candidates(&self.db, request).await
    }

    async fn claim(&self, _: &RequestContext, claim: &Claim) -> Result<i64, PlacementError> {
        claim::claim(&self.db, claim).await
    }

    async fn held_by(
        &self,
        _: &RequestContext,
        consumer: Uuid,
    ) -> Result<Option<ConsumerAllocations>, PlacementError> {
        held::held_by(&self.db, consumer).await
    }

    async fn release(
        &self,
        _: &RequestContext,
        consumer: Uuid,
        generation: i64,
    ) -> Result<i64, PlacementError> {
        release::release(&self.db, consumer, generation).await
    }

    async fn retire(&self, _: &RequestContext, consumer: Uuid) -> Result<bool, PlacementError> {
        release::retire(&self.db, consumer).await
    }

    async fn members_of(&self, _: &RequestContext, group: Uuid) -> Result<GroupMembers, PlacementError> {
        group::members_of(&self.db, group).await
    }

    async fn held_of(&self, _: &RequestContext, provider: Uuid) -> Result<Vec<Allocation>, PlacementError> {
        held::held_of(&self.db, provider).await
    }
}
