//! Who holds what: each question is one statement, so that its answer was true at one moment.

use std::collections::BTreeMap;

use nova_neighbours::placement::{Allocation, ConsumerAllocations, PlacementError, Resources};
use nova_objects_db::Db;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Query, SelectStatement};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use crate::entity::{allocation, consumer, resource_provider as provider};
use crate::failure::Failure;
use crate::row::{from_column, id};

/// The last three are null for a consumer that holds nothing.
#[derive(FromQueryResult)]
struct HeldBy {
    generation: i64,
    retired_at: Option<i64>,
    resource_provider_id: Option<String>,
    resource_class: Option<String>,
    used: Option<i64>,
}

/// All null for a provider of which nobody holds anything.
#[derive(FromQueryResult)]
struct HeldOf {
    consumer_id: Option<String>,
    resource_class: Option<String>,
    used: Option<i64>,
}

pub(crate) async fn held_by(db: &Db, consumer: Uuid) -> Result<Option<ConsumerAllocations>, PlacementError> {
    let rows: Vec<HeldBy> = rows(db, by(consumer)).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let (generation, retired) = (first.generation, first.retired_at.is_some());
    let mut resources = BTreeMap::<Uuid, Resources>::new();
    for row in rows {
        let HeldBy { resource_provider_id, resource_class, used, .. } = row;
        if let (Some(provider), Some(class), Some(used)) = (resource_provider_id, resource_class, used) {
            let provider = id(&provider).map_err(Failure::from)?;
            resources.entry(provider).or_default().insert(class, from_column(used));
        }
    }
    Ok(Some(ConsumerAllocations { generation, resources, retired }))
}

pub(crate) async fn held_of(db: &Db, provider: Uuid) -> Result<Vec<Allocation>, PlacementError> {
    let rows: Vec<HeldOf> = rows(db, of(provider)).await?;
    if rows.is_empty() {
        return Err(PlacementError::ProviderNotFound(provider));
    }
    let mut by_consumer = BTreeMap::<Uuid, Resources>::new();
    for row in rows {
        if let (Some(consumer), Some(class), Some(used)) = (row.consumer_id, row.resource_class, row.used) {
            let consumer = id(&consumer).map_err(Failure::from)?;
            by_consumer.entry(consumer).or_default().insert(class, from_column(used));
        }
    }
    Ok(by_consumer.into_iter().map(|(consumer, resources)| Allocation { consumer, resources }).collect())
}

fn by(consumer: Uuid) -> SelectStatement {
    use allocation::Column;
    let uuid = (consumer::Entity, consumer::Column::Uuid);
    Query::select()
        .column((consumer::Entity, consumer::Column::Generation))
        .column((consumer::Entity, consumer::Column::RetiredAt))
        .column((allocation::Entity, Column::ResourceProviderId))
        .column((allocation::Entity, Column::ResourceClass))
        .column((allocation::Entity, Column::Used))
        .from(consumer::Entity)
        .left_join(allocation::Entity, Expr::col((allocation::Entity, Column::ConsumerId)).equals(uuid))
        .and_where(Expr::col(uuid).eq(consumer.to_string()))
        .to_owned()
}

fn of(provider: Uuid) -> SelectStatement {
    use allocation::Column;
    let uuid = (provider::Entity, provider::Column::Uuid);
    Query::select()
        .column((allocation::Entity, Column::ConsumerId))
        .column((allocation::Entity, Column::ResourceClass))
        .column((allocation::Entity, Column::Used))
        .from(provider::Entity)
        .join(
            JoinType::LeftJoin,
            allocation::Entity,
            Expr::col((allocation::Entity, Column::ResourceProviderId)).equals(uuid),
        )
        .and_where(Expr::col(uuid).eq(provider.to_string()))
        .to_owned()
}

async fn rows<R: FromQueryResult + Send + 'static>(
    db: &Db,
    select: SelectStatement,
) -> Result<Vec<R>, Failure> {
    db.query(move |tx| {
        let select = select.clone();
        async move {
            let rows = tx.query_all(&select).await?;
            Ok(rows.iter().map(|row| R::from_query_result(row, "")).collect::<Result<_, _>>()?)
        }
    })
    .await
}
