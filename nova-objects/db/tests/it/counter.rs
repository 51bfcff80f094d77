//! The smallest table: named numbers.

#![allow(unreachable_pub, reason = "sea-orm's derives write pub")]

use std::time::Duration;

use nova_objects_db::testing::TestDb;
use nova_objects_db::{Db, DbError, DbOptions, RetryPolicy, Tx};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "counters")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub value: i32,
    pub holder: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Options of a writer that meets others all the time and does not give up in any test.
pub fn patient(options: DbOptions) -> DbOptions {
    let mut policy = RetryPolicy::with_max_retries(1000);
    policy.max_elapsed = Duration::from_secs(60);
    policy.max_delay = Duration::from_millis(200);
    options.retry(policy)
}

/// Makes the table with the counter `c` at 0.
pub async fn create(test: &TestDb) {
    let made = test.db.write(|tx| async move {
        let sql = "CREATE TABLE counters (name varchar(50) PRIMARY KEY, value integer NOT NULL, holder varchar(50))";
        tx.execute_unprepared(sql).await?;
        insert(&tx, "c").await
    });
    made.await.unwrap();
}

pub async fn insert(tx: &Tx, name: &str) -> Result<(), DbError> {
    let row = ActiveModel { name: Set(name.to_owned()), value: Set(0), holder: Set(None) };
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// Reads, then writes: only correct if transactions do not lose updates.
pub async fn increment(tx: &Tx) -> Result<i32, DbError> {
    let row = Entity::find_by_id("c").one(tx).await?.expect("the counter");
    let value = row.value + 1;
    let changed = ActiveModel { name: Set(row.name), value: Set(value), ..Default::default() };
    changed.update(tx).await?;
    Ok(value)
}

pub async fn value(db: &Db) -> i32 {
    let row = db.query(|tx| async move { Ok::<_, DbError>(Entity::find_by_id("c").one(&tx).await?) });
    row.await.unwrap().expect("the counter").value
}

pub async fn names(db: &Db) -> Vec<String> {
    let rows = db.query(|tx| async move { Ok::<_, DbError>(Entity::find().all(&tx).await?) });
    let mut names: Vec<_> = rows.await.unwrap().into_iter().map(|row| row.name).collect();
    names.sort();
    names
}
