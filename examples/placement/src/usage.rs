//! What is used of a provider: the sums of its allocations.

use std::collections::BTreeSet;

use nova_objects_db::Tx;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::entity::inventory::{Column, Entity};

const SUM: &str = "(SELECT COALESCE(SUM(allocations.used), 0) FROM allocations \
    WHERE allocations.resource_provider_id = inventories.resource_provider_id \
    AND allocations.resource_class = inventories.resource_class)";

/// Adds up what is used of `providers`, which are locked: anew, so that no earlier mistake could live on.
pub(crate) async fn add_up(tx: &Tx, providers: &BTreeSet<Uuid>) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Used, Expr::cust(SUM))
        .filter(Column::ResourceProviderId.is_in(providers.iter().map(Uuid::to_string)))
        .exec(tx)
        .await?;
    Ok(())
}
