//! Groups of consumers: where their members are, and whether another may be there.
//!
//! A membership is a column of the consumer's row, which lives and dies with what the consumer holds; where the member is
//! say its allocations. So there is nothing to keep in step.

use std::collections::{BTreeMap, BTreeSet};

use nova_neighbours::placement::{Claim, GroupClaim, GroupMembers, GroupRule, PlacementError};
use nova_objects_db::{Db, Tx};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Set};
use uuid::Uuid;

use crate::entity::consumer_group::{ActiveModel, Column, Entity};
use crate::entity::{allocation, consumer};
use crate::failure::Failure;
use crate::row::id;

/// Waits for whoever claims for a member of the group, and keeps others waiting. A group without a rule needs no order.
pub(crate) async fn hold(tx: &Tx, group: Option<GroupClaim>) -> Result<(), DbErr> {
    let Some(GroupClaim { group, .. }) = group.filter(|group| group.rule != GroupRule::Anywhere) else {
        return Ok(());
    };
    let update = || {
        Entity::update_many()
            .col_expr(Column::Generation, Expr::col(Column::Generation).add(1))
            .filter(Column::Uuid.eq(group.to_string()))
            .exec(tx)
    };
    if update().await?.rows_affected > 0 {
        return Ok(());
    }
    let first = ActiveModel { uuid: Set(group.to_string()), generation: Set(0) };
    let unless_there = OnConflict::column(Column::Uuid).do_nothing().to_owned();
    Entity::insert_many([first]).on_conflict(unless_there).exec_without_returning(tx).await?;
    update().await.map(drop)
}

/// Checks that the group, which is held, lets the claim's consumer be where it claims. What the consumer itself held is
/// given back already, so it is not in its own way.
pub(crate) async fn check(tx: &Tx, claim: &Claim) -> Result<(), Failure> {
    let Some(GroupClaim { group, rule }) = claim.group else { return Ok(()) };
    if rule == GroupRule::Anywhere {
        return Ok(());
    }
    let others = read(tx, group).await?;
    match claim.resources.keys().find(|provider| !admits(rule, &others, **provider)) {
        None => Ok(()),
        Some(&provider) => {
            Err(PlacementError::GroupConflict { group, consumer: claim.consumer, provider }.into())
        }
    }
}

fn admits(rule: GroupRule, others: &GroupMembers, provider: Uuid) -> bool {
    let there = others.get(&provider).map_or(0, BTreeSet::len);
    match rule {
        GroupRule::Anywhere => true,
        GroupRule::Together => others.is_empty() || there > 0,
        GroupRule::AtMost(most) => u32::try_from(there).is_ok_and(|there| there < most),
    }
}

pub(crate) async fn members_of(db: &Db, group: Uuid) -> Result<GroupMembers, PlacementError> {
    let members = db.query(move |tx| async move { Ok::<_, Failure>(read(&tx, group).await?) });
    Ok(members.await?)
}

/// Forgets the groups that nobody is in: their rows say nothing.
pub(crate) async fn forget_empty(tx: &Tx) -> Result<(), DbErr> {
    let members = Query::select()
        .expr(Expr::val(1))
        .from(consumer::Entity)
        .and_where(Expr::col((consumer::Entity, consumer::Column::GroupId)).equals((Entity, Column::Uuid)))
        .to_owned();
    Entity::delete_many().filter(Expr::not_exists(members)).exec(tx).await.map(drop)
}

async fn read(tx: &Tx, group: Uuid) -> Result<GroupMembers, DbErr> {
    let mut members = BTreeMap::<Uuid, BTreeSet<Uuid>>::new();
    for row in tx.query_all(&held_by_members(group)).await? {
        let (provider, consumer): (String, String) =
            (row.try_get("", "provider")?, row.try_get("", "consumer")?);
        members.entry(id(&provider)?).or_default().insert(id(&consumer)?);
    }
    Ok(members)
}

fn held_by_members(group: Uuid) -> SelectStatement {
    use allocation::Column::{ConsumerId, ResourceProviderId};
    let uuid = (consumer::Entity, consumer::Column::Uuid);
    Query::select()
        .distinct()
        .expr_as(Expr::col((allocation::Entity, ResourceProviderId)), "provider")
        .expr_as(Expr::col((allocation::Entity, ConsumerId)), "consumer")
        .from(consumer::Entity)
        .inner_join(allocation::Entity, Expr::col((allocation::Entity, ConsumerId)).equals(uuid))
        .and_where(Expr::col((consumer::Entity, consumer::Column::GroupId)).eq(group.to_string()))
        .to_owned()
}
