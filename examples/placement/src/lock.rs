//! How transactions that change the same provider or consumer wait for each other.
//!
//! SQLite has one writer at a time, over all processes. On a server a transaction updates the generation of its
//! consumer, then that of its group if that has a rule, then those of its providers in the order of their ids, *before* it reads what it decides by: each such
//! update waits for whoever has the row, and what is read afterwards is what they left. So nobody decides by what
//! is no longer true, nobody is told to try again, and no two wait for each other.
//!
//! That needs statements to see what was committed before *them*, not before the transaction: on PostgreSQL these
//! transactions are `READ COMMITTED` ([`Tx::read_committed`]) instead of the engine's `REPEATABLE READ`. MySQL's snapshot is taken by the
//! first plain read, which here always follows the locks.

use std::collections::BTreeSet;

use nova_neighbours::placement::PlacementError;
use nova_objects_db::Tx;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::entity::resource_provider::{Column, Entity};
use crate::failure::Failure;

/// Waits for `providers`, in order, and gives each its next generation.
pub(crate) async fn bump(tx: &Tx, providers: &BTreeSet<Uuid>) -> Result<(), Failure> {
    for provider in providers {
        let update = Entity::update_many()
            .col_expr(Column::Generation, Expr::col(Column::Generation).add(1))
            .filter(Column::Uuid.eq(provider.to_string()));
        if update.exec(tx).await?.rows_affected == 0 {
            return Err(PlacementError::ProviderNotFound(*provider).into());
        }
    }
    Ok(())
}
