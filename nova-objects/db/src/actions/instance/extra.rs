//! The large parts of an instance: one row of JSON in `instance_extra`.

use nova_core::Fault;
use nova_objects_catalog::{Flavor, Instance, KeyPairList};
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTime;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::pci;
use crate::actions::columns::{from_json, to_json, unfit};
use crate::entity::instance_extra::{ActiveModel, Column, Entity, Model};
use crate::error::{ActionError, DbError};
use crate::tx::Tx;

/// The fields that are here.
pub(super) const FIELDS: &[&str] = &[
    "flavor",
    "old_flavor",
    "new_flavor",
    "numa_topology",
    "pci_requests",
    "vcpu_model",
    "migration_context",
    "keypairs",
    "device_metadata",
    "trusted_certs",
    "resources",
];

/// The flavor an instance has and those it is resized from and to.
#[derive(Default, Serialize, Deserialize)]
struct Flavors {
    cur: Option<Box<RawValue>>,
    old: Option<Box<RawValue>>,
    new: Option<Box<RawValue>>,
}

/// Makes the row, with everything that is set.
pub(super) async fn insert(
    tx: &Tx,
    instance: &Instance,
    uuid: &str,
    now: DateTime,
) -> Result<(), ActionError> {
    let mut row = parts(instance, FIELDS, None)?;
    row.instance_uuid = Set(uuid.to_owned());
    row.created_at = Set(Some(now));
    row.deleted = Set(0);
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// Writes the fields that are among `changed`.
pub(super) async fn save(
    tx: &Tx,
    instance: &Instance,
    uuid: &str,
    changed: &[&str],
    now: DateTime,
) -> Result<(), ActionError> {
    if !changed.iter().any(|name| FIELDS.contains(name)) {
        return Ok(());
    }
    let Some(stored) = row_of(tx, uuid).await? else { return insert(tx, instance, uuid, now).await };
    let mut row = parts(instance, changed, stored.flavor.as_deref())?;
    row.id = Set(stored.id);
    row.updated_at = Set(Some(now));
    row.update(tx).await?;
    Ok(())
}

/// The row of an instance, live or not: it goes with its instance.
async fn row_of(tx: &Tx, uuid: &str) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(Column::InstanceUuid.eq(uuid)).one(tx).await?)
}

/// The rows of these instances, live or not.
pub(super) async fn rows_of(tx: &Tx, uuids: &[String]) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find().filter(Column::InstanceUuid.is_in(uuids)).all(tx).await?)
}

/// The columns of the fields that are set and among `names`.
fn parts(instance: &Instance, names: &[&str], stored_flavors: Option<&str>) -> Result<ActiveModel, Fault> {
    let mut row = <ActiveModel as Default>::default();
    macro_rules! json {
        ($($field:ident),*) => { $(
            if let Some(value) = instance.$field.value().filter(|_| names.contains(&stringify!($field))) {
                row.$field = Set(to_json(value, stringify!($field))?);
            }
        )* };
    }
    json!(numa_topology, vcpu_model, migration_context, keypairs, device_metadata, trusted_certs, resources);
    if let Some(requests) = instance.pci_requests.value().filter(|_| names.contains(&"pci_requests")) {
        row.pci_requests = Set(requests.as_ref().map(pci::to_column).transpose()?);
    }
    if ["flavor", "old_flavor", "new_flavor"].iter().any(|name| names.contains(name)) {
        row.flavor = Set(flavors(instance, stored_flavors)?);
    }
    Ok(row)
}

/// All three flavors: those that the object has, else those that are stored.
fn flavors(instance: &Instance, stored: Option<&str>) -> Result<Option<String>, Fault> {
    let mut all = stored.map(read_flavors).transpose()?.unwrap_or_default();
    if let Some(flavor) = instance.flavor.value() {
        all.cur = Some(primitive(flavor)?);
    }
    if let Some(flavor) = instance.old_flavor.value() {
        all.old = flavor.as_ref().map(primitive).transpose()?;
    }
    if let Some(flavor) = instance.new_flavor.value() {
        all.new = flavor.as_ref().map(primitive).transpose()?;
    }
    if all.cur.is_none() {
        return Ok(None);
    }
    serde_json::to_string(&all).map(Some).map_err(|error| unfit("flavor", &error.to_string()))
}

fn read_flavors(text: &str) -> Result<Flavors, Fault> {
    serde_json::from_str(text).map_err(|error| unfit("flavor", &error.to_string()))
}

/// A flavor as it is kept: without its description, which can be too large for the column.
fn primitive(flavor: &Flavor) -> Result<Box<RawValue>, Fault> {
    let mut flavor = flavor.clone();
    if flavor.description.is_set() {
        flavor.description.load(None);
    }
    flavor.reset_changes();
    serde_json::value::to_raw_value(&flavor).map_err(|error| unfit("flavor", &error.to_string()))
}

/// Loads the fields that are among `names`; without a row, what has no value is null.
pub(super) fn load(instance: &mut Instance, row: Option<&Model>, names: &[&str]) -> Result<(), Fault> {
    macro_rules! json {
        ($($field:ident),*) => { $(
            if names.contains(&stringify!($field)) {
                let text = row.and_then(|row| row.$field.as_deref());
                instance.$field.load(from_json::<Option<_>>(text, stringify!($field))?);
            }
        )* };
    }
    json!(numa_topology, vcpu_model, migration_context, device_metadata, trusted_certs, resources);
    if names.contains(&"keypairs") {
        let text = row.and_then(|row| row.keypairs.as_deref());
        let keypairs: Option<KeyPairList> = from_json(text, "keypairs")?;
        instance.keypairs.load(keypairs.unwrap_or_else(|| KeyPairList::of(Vec::new())));
    }
    if names.contains(&"pci_requests") {
        let uuid = instance.uuid.get()?.as_str();
        let requests = pci::from_column(uuid, row.and_then(|row| row.pci_requests.as_deref()))?;
        instance.pci_requests.load(Some(requests));
    }
    if names.contains(&"flavor") {
        load_flavors(instance, row.and_then(|row| row.flavor.as_deref()))?;
    }
    Ok(())
}

fn load_flavors(instance: &mut Instance, text: Option<&str>) -> Result<(), Fault> {
    let all = text.map(read_flavors).transpose()?.unwrap_or_default();
    let read = |raw: &Option<Box<RawValue>>| {
        from_json::<Option<Flavor>>(raw.as_deref().map(RawValue::get), "flavor")
    };
    if let Some(flavor) = read(&all.cur)? {
        instance.flavor.load(flavor);
    }
    instance.old_flavor.load(read(&all.old)?);
    instance.new_flavor.load(read(&all.new)?);
    Ok(())
}
