//! Instance faults: why an instance is in error.

use std::collections::BTreeMap;

use async_trait::async_trait;
use nova_core::{Fault, RequestContext};
use nova_objects_catalog::{
    InstanceFault, InstanceFaultActions, InstanceFaultList, InstanceFaultListActions,
};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::CellStore;
use super::columns::{Pick, columns as object_columns};
use super::store::{change, look, now, refused};
use crate::entity::instance_fault;
use crate::entity::instance_fault::{Column, Entity};
use crate::error::ActionError;
use crate::tx::Tx;

object_columns!(
    InstanceFault,
    instance_fault,
    read { id, created_at, updated_at, deleted_at, deleted },
    write { instance_uuid, code, message, details, host }
);

/// Makes the record.
///
/// # Errors
/// `ObjectActionError` for a fault that has an id; a database's for an instance that is not there.
#[doc(alias = "instance_fault_create")]
pub async fn create_in(tx: &Tx, _cx: &RequestContext, fault: &mut InstanceFault) -> Result<(), ActionError> {
    if fault.id.is_set() {
        return Err(refused("create", "already created"));
    }
    let mut row = columns(fault, Pick::Set)?;
    row.created_at = Set(Some(now(tx).await?));
    row.deleted = Set(0);
    load(fault, row.insert(tx).await?)?;
    fault.reset_changes();
    Ok(())
}

/// All faults of these instances, the latest first.
///
/// # Errors
/// The database's.
#[doc(alias = "instance_fault_get_by_instance_uuids")]
pub async fn list_in(tx: &Tx, instance_uuids: &[String]) -> Result<Vec<InstanceFault>, ActionError> {
    let rows = Entity::find()
        .filter(Column::InstanceUuid.is_in(instance_uuids))
        .filter(Column::Deleted.eq(0))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id);
    let faults = rows.all(tx).await?.into_iter().map(|row| {
        let mut fault = InstanceFault::empty();
        load(&mut fault, row).map(|()| fault)
    });
    Ok(faults.collect::<Result<_, Fault>>()?)
}

/// The latest fault of each of these instances that has one.
pub(super) async fn latest_of(
    tx: &Tx,
    instance_uuids: &[String],
) -> Result<BTreeMap<String, InstanceFault>, ActionError> {
    let mut latest = BTreeMap::new();
    for fault in list_in(tx, instance_uuids).await? {
        let uuid = fault.instance_uuid.get().map_err(Fault::from)?.to_string();
        latest.entry(uuid).or_insert(fault);
    }
    Ok(latest)
}

#[async_trait]
impl InstanceFaultActions for CellStore {
    async fn get_latest_for_instance(
        &self,
        _: &RequestContext,
        instance_uuid: &str,
    ) -> Result<Option<InstanceFault>, Fault> {
        let uuids = [instance_uuid.to_owned()];
        let latest = look(&self.0, uuids, |tx, uuids| async move { latest_of(&tx, &uuids).await }).await?;
        Ok(latest.into_values().next())
    }

    async fn create(&self, cx: &RequestContext, fault: &mut InstanceFault) -> Result<(), Fault> {
        *fault = change(&self.0, (cx.clone(), fault.clone()), |tx, (cx, mut fault)| async move {
            create_in(&tx, &cx, &mut fault).await?;
            Ok(fault)
        })
        .await?;
        Ok(())
    }
}

#[async_trait]
impl InstanceFaultListActions for CellStore {
    async fn get_by_instance_uuids(
        &self,
        _: &RequestContext,
        instance_uuids: &[String],
    ) -> Result<InstanceFaultList, Fault> {
        let uuids = instance_uuids.to_vec();
        look(&self.0, uuids, |tx, uuids| async move { list_in(&tx, &uuids).await })
            .await
            .map(InstanceFaultList::of)
    }

    async fn get_latest_by_instance_uuids(
        &self,
        _: &RequestContext,
        instance_uuids: &[String],
    ) -> Result<InstanceFaultList, Fault> {
        let uuids = instance_uuids.to_vec();
        let latest = look(&self.0, uuids, |tx, uuids| async move { latest_of(&tx, &uuids).await }).await?;
        Ok(InstanceFaultList::of(latest.into_values().collect()))
    }
}
