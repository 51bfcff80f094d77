//! The actions of the catalogue on instances.

use async_trait::async_trait;
use nova_core::{Fault, RequestContext};
use nova_objects::VersionedObject;
use nova_objects_catalog::exception::InstanceNotFound;
use nova_objects_catalog::{Expected, Instance, InstanceActions};
use sea_orm::{ColumnTrait, Condition};

use super::attrs::Attrs;
use super::read::{one_in, refresh_in};
use super::{create_in, destroy, destroy_in, metadata, save_in};
use crate::actions::CellStore;
use crate::actions::store::{change, narrow, now, read, refused};
use crate::entity::instance::Column;
use crate::error::ActionError;
use crate::tx::Tx;

impl CellStore {
    async fn instance(
        &self,
        cx: &RequestContext,
        which: Condition,
        name: &str,
        attrs: Attrs,
    ) -> Result<Instance, Fault> {
        let args = (cx.clone(), which, name.to_owned(), attrs);
        read(&self.0, args, |tx, (cx, which, name, attrs)| async move {
            one_in(&tx, &cx, which, &name, &attrs).await
        })
        .await
    }
}

#[async_trait]
impl InstanceActions for CellStore {
    async fn get_by_uuid(
        &self,
        cx: &RequestContext,
        uuid: &str,
        expected_attrs: Option<&[String]>,
        _use_slave: Option<bool>,
    ) -> Result<Instance, Fault> {
        let which = Condition::all().add(Column::Uuid.eq(uuid));
        self.instance(cx, which, uuid, Attrs::or_usual(expected_attrs)?).await
    }

    async fn get_by_id(
        &self,
        cx: &RequestContext,
        inst_id: i64,
        expected_attrs: Option<&[String]>,
    ) -> Result<Instance, Fault> {
        let which = Condition::all().add(Column::Id.eq(narrow(inst_id)?));
        self.instance(cx, which, &inst_id.to_string(), Attrs::or_usual(expected_attrs)?).await
    }

    async fn create(&self, cx: &RequestContext, instance: &mut Instance) -> Result<(), Fault> {
        *instance = change(&self.0, (cx.clone(), instance.clone()), |tx, (cx, mut instance)| async move {
            create_in(&tx, &cx, &mut instance).await?;
            Ok(instance)
        })
        .await?;
        Ok(())
    }

    async fn save(
        &self,
        cx: &RequestContext,
        instance: &mut Instance,
        expected_vm_state: Option<Expected>,
        expected_task_state: Option<Expected>,
        _admin_state_reset: Option<bool>,
    ) -> Result<(), Fault> {
        if expected_vm_state.is_none() && expected_task_state.is_none() && !instance.has_changes() {
            return Ok(());
        }
        let args = (cx.clone(), instance.clone(), expected_vm_state, expected_task_state);
        *instance = change(&self.0, args, |tx, (cx, mut instance, vm, task)| async move {
            save_in(&tx, &cx, &mut instance, vm.as_ref(), task.as_ref()).await?;
            Ok(instance)
        })
        .await?;
        Ok(())
    }

    async fn destroy(
        &self,
        cx: &RequestContext,
        instance: &mut Instance,
        hard_delete: Option<bool>,
    ) -> Result<(), Fault> {
        if !instance.id.is_set() {
            return Err(refused("destroy", "already destroyed").into());
        }
        let args = (cx.clone(), instance.clone(), hard_delete.unwrap_or(false));
        *instance = change(&self.0, args, |tx, (cx, mut instance, hard)| async move {
            destroy_object_in(&tx, &cx, &mut instance, hard).await?;
            Ok(instance)
        })
        .await?;
        Ok(())
    }

    async fn refresh(
        &self,
        cx: &RequestContext,
        instance: &mut Instance,
        _use_slave: Option<bool>,
    ) -> Result<(), Fault> {
        *instance = read(&self.0, (cx.clone(), instance.clone()), |tx, (cx, mut instance)| async move {
            refresh_in(&tx, &cx, &mut instance).await?;
            Ok(instance)
        })
        .await?;
        Ok(())
    }

    async fn drop_migration_context(
        &self,
        cx: &RequestContext,
        instance: &mut Instance,
    ) -> Result<(), Fault> {
        let mut only = Instance::empty();
        only.uuid.load(instance.uuid.get()?.clone());
        only.migration_context.set(None);
        change(&self.0, (cx.clone(), only), |tx, (cx, mut only)| async move {
            save_in(&tx, &cx, &mut only, None, None).await
        })
        .await?;
        instance.migration_context.load(None);
        Ok(())
    }

    async fn delete_metadata_key(
        &self,
        cx: &RequestContext,
        instance: &mut Instance,
        key: &str,
    ) -> Result<(), Fault> {
        let args = (cx.clone(), instance.uuid.get()?.to_string(), key.to_owned());
        change(&self.0, args, |tx, (cx, uuid, key)| async move {
            one_in(&tx, &cx, Condition::all().add(Column::Uuid.eq(uuid.as_str())), &uuid, &Attrs::default())
                .await?;
            Ok(metadata::remove_key(&tx, &uuid, &key, now(&tx).await?).await?)
        })
        .await?;
        if let Ok(metadata) = instance.metadata.nested_mut() {
            metadata.remove(key);
        }
        Ok(())
    }
}

async fn destroy_object_in(
    tx: &Tx,
    cx: &RequestContext,
    instance: &mut Instance,
    hard: bool,
) -> Result<(), ActionError> {
    let uuid = instance.uuid.get().map_err(Fault::from)?.to_string();
    let gone = match instance.host.value() {
        Some(host) => destroy::destroy_on_in(tx, cx, &uuid, host.as_deref()).await?,
        None => destroy_in(tx, cx, &uuid).await?,
    };
    if !gone {
        return Err(ActionError::fault(InstanceNotFound { instance_id: uuid }));
    }
    if hard {
        destroy::remove_in(tx, &uuid).await?;
        instance.deleted.load(true);
    } else {
        destroy::reload_in(tx, &uuid, instance).await?;
    }
    instance.id = Instance::empty().id;
    instance.reset_changes();
    Ok(())
}
