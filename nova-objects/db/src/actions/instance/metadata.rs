//! The metadata of instances: a row per key.

use std::collections::BTreeMap;

use nova_objects_catalog::Instance;
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTime;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};

use crate::entity::{instance_metadata, instance_system_metadata};
use crate::error::DbError;
use crate::tx::Tx;

/// Writes what is set for a new instance.
pub(super) async fn create(tx: &Tx, instance: &Instance, uuid: &str, now: DateTime) -> Result<(), DbError> {
    if let Some(metadata) = instance.metadata.value() {
        users::insert(tx, uuid, metadata.iter(), now).await?;
    }
    if let Some(metadata) = instance.system_metadata.value() {
        systems::insert(tx, uuid, metadata.iter(), now).await?;
    }
    Ok(())
}

/// Makes the rows those of the object, for the fields that are among `changed`.
pub(super) async fn save(
    tx: &Tx,
    instance: &Instance,
    uuid: &str,
    changed: &[&str],
    now: DateTime,
) -> Result<(), DbError> {
    if let Some(metadata) = instance.metadata.value().filter(|_| changed.contains(&"metadata")) {
        users::replace(tx, uuid, metadata, now).await?;
    }
    if let Some(metadata) = instance.system_metadata.value().filter(|_| changed.contains(&"system_metadata"))
    {
        systems::replace(tx, uuid, metadata, now).await?;
    }
    Ok(())
}

/// Soft-deletes one key of the users' metadata.
pub(super) async fn remove_key(tx: &Tx, uuid: &str, key: &str, now: DateTime) -> Result<(), DbError> {
    use instance_metadata::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::Deleted, Expr::col(Column::Id))
        .col_expr(Column::DeletedAt, Expr::val(now))
        .filter(Column::InstanceUuid.eq(uuid))
        .filter(Column::Key.eq(key))
        .filter(Column::Deleted.eq(0))
        .exec(tx)
        .await?;
    Ok(())
}

/// The metadata of each of these instances, live ones.
pub(super) async fn read(tx: &Tx, uuids: &[String]) -> Result<ByInstance<String>, DbError> {
    use instance_metadata::{Column, Entity};
    let rows = Entity::find().filter(Column::InstanceUuid.is_in(uuids)).filter(Column::Deleted.eq(0));
    let entry =
        |row: instance_metadata::Model| Some((row.instance_uuid?, row.key?, row.value.unwrap_or_default()));
    Ok(by_instance(rows.all(tx).await?.into_iter().filter_map(entry)))
}

/// The system metadata of each of these instances, deleted with their instance or not.
pub(super) async fn read_system(tx: &Tx, uuids: &[String]) -> Result<ByInstance<Option<String>>, DbError> {
    use instance_system_metadata::{Column, Entity};
    let rows = Entity::find().filter(Column::InstanceUuid.is_in(uuids)).all(tx).await?;
    Ok(by_instance(rows.into_iter().map(|row| (row.instance_uuid, row.key, row.value))))
}

/// Metadata by the uuid of their instance.
pub(super) type ByInstance<V> = BTreeMap<String, BTreeMap<String, V>>;

fn by_instance<V>(entries: impl Iterator<Item = (String, String, V)>) -> ByInstance<V> {
    let mut all = ByInstance::new();
    for (uuid, key, value) in entries {
        all.entry(uuid).or_default().insert(key, value);
    }
    all
}

/// Reading and writing one of the two tables.
macro_rules! key_values {
    ($name:ident, $entity:ident, $value:ty, remove: $remove:ident) => {
        mod $name {
            use super::*;
            use crate::entity::$entity::{ActiveModel, Column, Entity, Model};

            pub(super) async fn insert(
                tx: &Tx,
                uuid: &str,
                entries: impl Iterator<Item = (&String, &$value)>,
                now: DateTime,
            ) -> Result<(), DbError> {
                let rows: Vec<_> =
                    entries.map(|(key, value)| row(uuid, key, value.clone().into(), now)).collect();
                if !rows.is_empty() {
                    Entity::insert_many(rows).exec_without_returning(tx).await?;
                }
                Ok(())
            }

            pub(super) async fn replace(
                tx: &Tx,
                uuid: &str,
                wanted: &BTreeMap<String, $value>,
                now: DateTime,
            ) -> Result<(), DbError> {
                let rows = Entity::find().filter(Column::InstanceUuid.eq(uuid)).filter(Column::Deleted.eq(0));
                let mut missing: BTreeMap<&String, &$value> = wanted.iter().collect();
                let mut unwanted = Vec::new();
                for row in rows.all(tx).await? {
                    match missing.remove(&key_of(&row)) {
                        Some(value) => update(tx, row, value.clone().into(), now).await?,
                        None => unwanted.push(row.id),
                    }
                }
                if !unwanted.is_empty() {
                    $remove(tx, Condition::all().add(Column::Id.is_in(unwanted)), now).await?;
                }
                insert(tx, uuid, missing.into_iter(), now).await
            }

            fn key_of(row: &Model) -> String {
                Option::<String>::from(row.key.clone()).unwrap_or_default()
            }

            async fn update(
                tx: &Tx,
                row: Model,
                value: Option<String>,
                now: DateTime,
            ) -> Result<(), DbError> {
                if row.value != value {
                    Entity::update_many()
                        .col_expr(Column::Value, Expr::val(value))
                        .col_expr(Column::UpdatedAt, Expr::val(now))
                        .filter(Column::Id.eq(row.id))
                        .exec(tx)
                        .await?;
                }
                Ok(())
            }

            fn row(uuid: &str, key: &str, value: Option<String>, now: DateTime) -> ActiveModel {
                ActiveModel {
                    instance_uuid: Set(uuid.to_owned().into()),
                    key: Set(key.to_owned().into()),
                    value: Set(value),
                    created_at: Set(Some(now)),
                    deleted: Set(0),
                    ..Default::default()
                }
            }
        }
    };
}

key_values!(users, instance_metadata, String, remove: bury);
key_values!(systems, instance_system_metadata, Option<String>, remove: erase);

async fn bury(tx: &Tx, which: Condition, now: DateTime) -> Result<(), DbError> {
    use instance_metadata::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::Deleted, Expr::col(Column::Id))
        .col_expr(Column::DeletedAt, Expr::val(now))
        .filter(which)
        .exec(tx)
        .await?;
    Ok(())
}

/// Really removes rows: those of a deleted instance are read again, and must then be its last.
async fn erase(tx: &Tx, which: Condition, _: DateTime) -> Result<(), DbError> {
    instance_system_metadata::Entity::delete_many().filter(which).exec(tx).await?;
    Ok(())
}
