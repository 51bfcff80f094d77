//! Quota, counted and taken in the transaction that accepts the servers.
//!
//! Nova counts, accepts, and counts again: two requests at once are both accepted and both taken back, or neither, and what
//! is taken back is a server that somebody saw (LP 1670627 and its kin). Here whoever accepts servers for a project holds the
//! project's row of `quota_locks` until its transaction ends, so counts are exact and nothing is ever taken back.
//!
//! What is counted is what has a mapping that is not queued for deletion: so nothing has to be given back by anybody, and
//! what a crash leaves half deleted counts until it is deleted. Servers that a Python Nova accepted count as instances; their
//! cores and memory are not known here.
//!
//! # Example
//! ```no_run
//! use nova_objects_db::quota::{self, Limits, Share};
//! use nova_objects_db::{Db, ActionError};
//!
//! async fn accept(api: &Db) -> Result<Result<(), quota::OverQuota>, ActionError> {
//!     api.write(|tx| async move {
//!         let limits = Limits { instances: Some(10), cores: Some(20), ..Limits::default() };
//!         tx.read_committed().await?; // the first statement
//!         let share = Share { cores: 2, ram_mb: 2048 };
//!         let fit = match quota::room_for(&tx, "project", &limits, share, 1, 1).await? {
//!             Ok(fit) => fit,
//!             Err(over) => return Ok(Err(over)),
//!         };
//!         assert_eq!(fit, 1);
//!         // … write the mapping, then: quota::take(&tx, "project", share, &["its uuid".to_owned()]).await?
//!         Ok(Ok(()))
//!     })
//!     .await
//! }
//! ```

use std::fmt;

use sea_orm::sea_query::{Expr, ExprTrait, Func, OnConflict, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, Set};

use crate::entity::{
    instance_group as group, instance_group_member as member, instance_mapping as mapping,
    quota_lock as lock, quota_share as share,
};
use crate::migrate::MigrationSet;
use crate::schema::CreateTables;
use crate::schema::table::{Kind, Table};
use crate::tx::Tx;

/// The tables of quota, beside Nova's in the API database.
pub fn migrations() -> MigrationSet {
    MigrationSet::new("nova-quota").migration(CreateTables { name: "m0001_quota", tables })
}

pub(crate) fn tables() -> Vec<Table> {
    let locks = Table::bare("quota_locks")
        .required("project_id", Kind::Str(255))
        .required("taken", Kind::BigInt)
        .primary_key(&["project_id"]);
    let shares = Table::bare("quota_shares")
        .required("instance_uuid", Kind::Str(36))
        .required("project_id", Kind::Str(255))
        .required("cores", Kind::BigInt)
        .required("ram_mb", Kind::BigInt)
        .primary_key(&["instance_uuid"])
        .index("quota_shares_project_id_idx", &["project_id"]);
    vec![locks, shares]
}

/// How much a project may have; none for no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Servers.
    pub instances: Option<u64>,
    /// Virtual CPUs.
    pub cores: Option<u64>,
    /// Memory, MiB.
    pub ram_mb: Option<u64>,
    /// Server groups.
    pub server_groups: Option<u64>,
    /// Servers of one user in one server group.
    pub server_group_members: Option<u64>,
}

/// What one server takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Virtual CPUs.
    pub cores: u64,
    /// Memory, MiB.
    pub ram_mb: u64,
}

/// What a project has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Servers.
    pub instances: u64,
    /// Virtual CPUs.
    pub cores: u64,
    /// Memory, MiB.
    pub ram_mb: u64,
}

/// A resource of which there is not enough left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Over {
    /// Nova's name: `instances`, `cores`, `ram`, `server_groups`, `server_group_members`.
    pub resource: &'static str,
    /// How much was asked for.
    pub requested: u64,
    /// How much the project has.
    pub used: u64,
    /// How much it may have.
    pub limit: u64,
}

/// Why servers are not accepted: at least one resource, in Nova's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverQuota(pub Vec<Over>);

impl fmt::Display for OverQuota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the project may not have so much:")?;
        self.0.iter().try_for_each(|Over { resource, requested, used, limit }| {
            write!(f, " {resource} {requested} more than {used} of {limit}")
        })
    }
}

impl std::error::Error for OverQuota {}

/// How many servers of `share` a project has room for, at least `min` and at most `max`. Nobody else counts for the project
/// until the transaction ends; [`Tx::read_committed`] must have been its first statement.
///
/// # Errors
/// The database's; in the value, that there is no room for `min`.
pub async fn room_for(
    tx: &Tx,
    project: &str,
    limits: &Limits,
    share: Share,
    min: u64,
    max: u64,
) -> Result<Result<u64, OverQuota>, DbErr> {
    let Limits { instances, cores, ram_mb, server_groups: _, server_group_members: _ } = limits;
    if [instances, cores, ram_mb].iter().all(|limit| limit.is_none()) {
        return Ok(Ok(max));
    }
    hold(tx, project).await?;
    let used = usage(tx, project).await?;
    let rows = [
        ("instances", 1, used.instances, limits.instances),
        ("cores", share.cores, used.cores, limits.cores),
        ("ram", share.ram_mb, used.ram_mb, limits.ram_mb),
    ];
    let (mut fit, mut over) = (max, Vec::new());
    for (resource, each, used, limit) in rows {
        let Some(limit) = limit else { continue };
        let left = limit.saturating_sub(used).checked_div(each).unwrap_or(u64::MAX);
        if left < min {
            over.push(Over { resource, requested: each.saturating_mul(min), used, limit });
        }
        fit = std::cmp::min(fit, left);
    }
    Ok(if over.is_empty() { Ok(fit) } else { Err(OverQuota(over)) })
}

/// Writes down what each of `instances` takes; their mappings are written in the same transaction.
///
/// # Errors
/// The database's.
pub async fn take(tx: &Tx, project: &str, share: Share, instances: &[String]) -> Result<(), DbErr> {
    if instances.is_empty() {
        return Ok(());
    }
    let amount = |amount: u64| i64::try_from(amount).unwrap_or(i64::MAX);
    let rows = instances.iter().map(|instance| share::ActiveModel {
        instance_uuid: Set(instance.clone()),
        project_id: Set(project.to_owned()),
        cores: Set(amount(share.cores)),
        ram_mb: Set(amount(share.ram_mb)),
    });
    share::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// Whether a project may have one more server group. Nobody else counts for the project until the transaction ends;
/// [`Tx::read_committed`] must have been its first statement.
///
/// # Errors
/// The database's; in the value, that it may not.
pub async fn room_for_group(tx: &Tx, project: &str, limits: &Limits) -> Result<Result<(), OverQuota>, DbErr> {
    let Some(limit) = limits.server_groups else { return Ok(Ok(())) };
    hold(tx, project).await?;
    let used = group::Entity::find().filter(group::Column::ProjectId.eq(project)).count(tx).await?;
    Ok(one_of("server_groups", 1, used, limit))
}

/// Whether `more` servers of `user` may be in the server group with that id of the database, which the transaction
/// [holds](crate::actions::instance_group::hold_in).
///
/// # Errors
/// The database's; in the value, that they may not.
pub async fn room_for_members(
    tx: &Tx,
    group: i64,
    user: &str,
    more: u64,
    limits: &Limits,
) -> Result<Result<(), OverQuota>, DbErr> {
    let Some(limit) = limits.server_group_members else { return Ok(Ok(())) };
    let of_user = Query::select()
        .column(mapping::Column::InstanceUuid)
        .from(mapping::Entity)
        .and_where(mapping::Column::UserId.eq(user))
        .to_owned();
    let used = member::Entity::find()
        .filter(member::Column::GroupId.eq(group))
        .filter(member::Column::InstanceUuid.in_subquery(of_user))
        .count(tx)
        .await?;
    Ok(one_of("server_group_members", more, used, limit))
}

fn one_of(resource: &'static str, requested: u64, used: u64, limit: u64) -> Result<(), OverQuota> {
    if used.saturating_add(requested) <= limit {
        return Ok(());
    }
    Err(OverQuota(vec![Over { resource, requested, used, limit }]))
}

/// What a project has now.
///
/// # Errors
/// The database's.
pub async fn usage(tx: &Tx, project: &str) -> Result<Usage, DbErr> {
    let Some(row) = tx.query_one(&counted(project)).await? else { return Ok(Usage::default()) };
    let amount = |name: &str| -> Result<u64, DbErr> {
        let amount: Option<i64> = row.try_get("", name)?;
        Ok(amount.and_then(|amount| u64::try_from(amount).ok()).unwrap_or(0))
    };
    Ok(Usage { instances: amount("instances")?, cores: amount("cores")?, ram_mb: amount("ram_mb")? })
}

fn counted(project: &str) -> SelectStatement {
    use mapping::Column::{InstanceUuid, ProjectId, QueuedForDelete};
    let mappings = |column: mapping::Column| Expr::col((mapping::Entity, column));
    let shares = |column: share::Column| Expr::col((share::Entity, column));
    // SUM of BIGINT is NUMERIC on PostgreSQL.
    let sum = |column| Expr::expr(Func::sum(shares(column))).cast_as("BIGINT");
    let joined = shares(share::Column::InstanceUuid).equals((mapping::Entity, InstanceUuid));
    Query::select()
        .expr_as(mappings(InstanceUuid).count(), "instances")
        .expr_as(sum(share::Column::Cores), "cores")
        .expr_as(sum(share::Column::RamMb), "ram_mb")
        .from(mapping::Entity)
        .left_join(share::Entity, joined)
        .and_where(mappings(ProjectId).eq(project))
        .cond_where(
            sea_orm::Condition::any()
                .add(mappings(QueuedForDelete).is_null())
                .add(mappings(QueuedForDelete).eq(false)),
        )
        .to_owned()
}

/// Waits for whoever counts for the project, and keeps others waiting.
async fn hold(tx: &Tx, project: &str) -> Result<(), DbErr> {
    let update = || {
        lock::Entity::update_many()
            .col_expr(lock::Column::Taken, Expr::col(lock::Column::Taken).add(1))
            .filter(lock::Column::ProjectId.eq(project))
            .exec(tx)
    };
    if update().await?.rows_affected > 0 {
        return Ok(());
    }
    let first = lock::ActiveModel { project_id: Set(project.to_owned()), taken: Set(0) };
    let unless_there = OnConflict::column(lock::Column::ProjectId).do_nothing().to_owned();
    lock::Entity::insert_many([first]).on_conflict(unless_there).exec_without_returning(tx).await?;
    update().await.map(drop)
}
