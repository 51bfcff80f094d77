//! Looking for providers: two statements, however many there are, in one read transaction.

use std::collections::{BTreeMap, BTreeSet};

use nova_neighbours::placement::{Candidate, CandidateRequest, PlacementError, ProviderSummary};
use nova_objects_db::{Db, Tx};
use sea_orm::sea_query::{Alias, Asterisk, Expr, ExprTrait, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::claim::check_resources;
use crate::entity::{inventory, resource_provider as provider, resource_provider_trait as provider_trait};
use crate::failure::Failure;
use crate::row::{MAX_AMOUNT, check_name, from_column, id, to_column, to_inventory, to_provider};

/// What the derived table of matching providers is called.
const FOUND: &str = "found";

pub(crate) async fn candidates(
    db: &Db,
    request: &CandidateRequest,
) -> Result<Vec<Candidate>, PlacementError> {
    check(request)?;
    if request.resources.values().any(|&amount| amount > MAX_AMOUNT) {
        return Ok(Vec::new());
    }
    let found = matching(request);
    let resources = request.resources.clone();
    let read = db.read(move |tx| {
        let (found, resources) = (found.clone(), resources.clone());
        async move { Ok::<_, Failure>(read(&tx, &found, &resources).await?) }
    });
    Ok(read.await?)
}

fn check(request: &CandidateRequest) -> Result<(), PlacementError> {
    if request.resources.is_empty() {
        return Err(PlacementError::Invalid("a request for nothing".to_owned()));
    }
    check_resources(&request.resources)?;
    request.required.iter().chain(&request.forbidden).try_for_each(|name| check_name(name))
}

/// The providers that could give it, by id.
fn matching(request: &CandidateRequest) -> SelectStatement {
    use provider::{Column, Entity};
    let mut query = Query::select();
    query.columns([Column::Uuid, Column::Name, Column::Generation]).from(Entity);
    for (class, &amount) in &request.resources {
        query.and_where(Expr::exists(room_for(class, amount)));
    }
    for name in &request.required {
        query.and_where(Expr::exists(has_trait(name)));
    }
    for name in &request.forbidden {
        query.and_where(Expr::not_exists(has_trait(name)));
    }
    if let Some(only) = request.only {
        query.and_where(Expr::col((Entity, Column::Uuid)).eq(only.to_string()));
    }
    query.order_by((Entity, Column::Uuid), Order::Asc);
    if request.limit > 0 {
        query.limit(i64::try_from(request.limit).unwrap_or(i64::MAX).unsigned_abs());
    }
    query
}

/// `Inventory::admits` as the database says it.
fn room_for(class: &str, amount: u64) -> SelectStatement {
    use inventory::{Column, Entity};
    let column = |column: Column| Expr::col((Entity, column));
    let amount = to_column(amount);
    let left = column(Column::Total)
        .sub(column(Column::Reserved))
        .mul(column(Column::AllocationRatio))
        .sub(column(Column::Used));
    Query::select()
        .expr(Expr::val(1))
        .from(Entity)
        .and_where(column(Column::ResourceProviderId).equals((provider::Entity, provider::Column::Uuid)))
        .and_where(column(Column::ResourceClass).eq(class))
        .and_where(column(Column::MinUnit).lte(amount))
        .and_where(column(Column::MaxUnit).gte(amount))
        .and_where(Expr::val(amount).modulo(column(Column::StepSize)).eq(0))
        .and_where(left.gte(amount))
        .to_owned()
}

fn has_trait(name: &str) -> SelectStatement {
    use provider_trait::{Column, Entity};
    Query::select()
        .expr(Expr::val(1))
        .from(Entity)
        .and_where(
            Expr::col((Entity, Column::ResourceProviderId))
                .equals((provider::Entity, provider::Column::Uuid)),
        )
        .and_where(Expr::col((Entity, Column::TraitName)).eq(name))
        .to_owned()
}

/// What all inventories of the providers `found` say, and then their traits.
async fn read(
    tx: &Tx,
    found: &SelectStatement,
    resources: &BTreeMap<String, u64>,
) -> Result<Vec<Candidate>, DbErr> {
    let mut candidates = BTreeMap::<Uuid, Candidate>::new();
    for row in tx.query_all(&with_inventories(found)).await? {
        let provider = to_provider(&provider::Model::from_query_result(&row, "")?)?;
        let inventory = inventory::Model::from_query_result(&row, "")?;
        let candidate = candidates.entry(provider.id).or_insert_with(|| Candidate {
            provider,
            resources: resources.clone(),
            summary: BTreeMap::new(),
            traits: BTreeSet::new(),
        });
        let summary = ProviderSummary {
            capacity: to_inventory(&inventory).capacity(),
            used: from_column(inventory.used),
        };
        candidate.summary.insert(inventory.resource_class, summary);
    }
    for row in tx.query_all(&with_traits(found)).await? {
        let row = provider_trait::Model::from_query_result(&row, "")?;
        if let Some(candidate) = candidates.get_mut(&id(&row.resource_provider_id)?) {
            candidate.traits.insert(row.trait_name);
        }
    }
    Ok(candidates.into_values().collect())
}

fn with_inventories(found: &SelectStatement) -> SelectStatement {
    use inventory::{Column, Entity};
    Query::select()
        .column((Alias::new(FOUND), Asterisk))
        .column((Entity, Asterisk))
        .from_subquery(found.clone(), FOUND)
        .inner_join(
            Entity,
            Expr::col((Entity, Column::ResourceProviderId)).equals((FOUND, provider::Column::Uuid)),
        )
        .to_owned()
}

fn with_traits(found: &SelectStatement) -> SelectStatement {
    use provider_trait::{Column, Entity};
    Query::select()
        .column((Entity, Asterisk))
        .from_subquery(found.clone(), FOUND)
        .inner_join(
            Entity,
            Expr::col((Entity, Column::ResourceProviderId)).equals((FOUND, provider::Column::Uuid)),
        )
        .to_owned()
}
