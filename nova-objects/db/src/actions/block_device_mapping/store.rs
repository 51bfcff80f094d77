//! The actions of the catalogue on block device mappings.

use async_trait::async_trait;
use nova_core::{Fault, RequestContext};
use nova_objects_catalog::exception::{VolumeBDMIsMultiAttach, VolumeBDMNotFound};
use nova_objects_catalog::{
    BlockDeviceMapping, BlockDeviceMappingActions, BlockDeviceMappingList, BlockDeviceMappingListActions,
};
use sea_orm::{ColumnTrait, Condition};

use super::{create_in, destroy_in, find_in, list_in, save_in, update_or_create_in};
use crate::actions::CellStore;
use crate::actions::instance;
use crate::actions::store::{change, look, refused};
use crate::entity::block_device_mapping::Column;
use crate::error::ActionError;
use crate::tx::Tx;

/// Which mapping is asked for, and with what.
#[derive(Clone)]
struct Asked {
    volume_id: String,
    instance_uuid: Option<String>,
    with_instance: bool,
}

impl Asked {
    fn new(
        volume_id: &str,
        instance_uuid: Option<&str>,
        attrs: Option<&[String]>,
    ) -> Result<Self, ActionError> {
        let attrs = attrs.unwrap_or_default();
        if let Some(name) = attrs.iter().find(|name| *name != "instance") {
            return Err(refused("obj_load_attr", &format!("attribute {name} not lazy-loadable")));
        }
        Ok(Self {
            volume_id: volume_id.to_owned(),
            instance_uuid: instance_uuid.map(str::to_owned),
            with_instance: !attrs.is_empty(),
        })
    }

    async fn find_in(self, tx: &Tx, cx: &RequestContext) -> Result<BlockDeviceMapping, ActionError> {
        let volume_id = self.volume_id;
        let which = Condition::all()
            .add(Column::VolumeId.eq(volume_id.as_str()))
            .add_option(self.instance_uuid.map(|uuid| Column::InstanceUuid.eq(uuid)));
        let mut found = find_in(tx, which).await?;
        let mut mapping = match (found.pop(), found.is_empty()) {
            (None, _) => return Err(ActionError::fault(VolumeBDMNotFound { volume_id })),
            (Some(_), false) => return Err(ActionError::fault(VolumeBDMIsMultiAttach { volume_id })),
            (Some(mapping), true) => mapping,
        };
        if self.with_instance {
            let uuid = mapping.instance_uuid.get().map_err(Fault::from)?.to_string();
            mapping.instance.load(Some(Box::new(instance::get_in(tx, cx, &uuid, &[]).await?)));
        }
        Ok(mapping)
    }
}

impl CellStore {
    async fn mapping(&self, cx: &RequestContext, asked: Asked) -> Result<BlockDeviceMapping, Fault> {
        look(&self.0, (cx.clone(), asked), |tx, (cx, asked)| async move { asked.find_in(&tx, &cx).await })
            .await
    }

    async fn mappings(&self, uuids: Vec<String>) -> Result<BlockDeviceMappingList, Fault> {
        let found = look(&self.0, uuids, |tx, uuids| async move { list_in(&tx, &uuids).await }).await?;
        Ok(BlockDeviceMappingList::of(found))
    }
}

#[async_trait]
impl BlockDeviceMappingActions for CellStore {
    async fn get_by_volume(
        &self,
        cx: &RequestContext,
        volume_id: &str,
        expected_attrs: Option<&[String]>,
    ) -> Result<BlockDeviceMapping, Fault> {
        self.mapping(cx, Asked::new(volume_id, None, expected_attrs)?).await
    }

    async fn get_by_volume_and_instance(
        &self,
        cx: &RequestContext,
        volume_id: &str,
        instance_uuid: &str,
        expected_attrs: Option<&[String]>,
    ) -> Result<BlockDeviceMapping, Fault> {
        self.mapping(cx, Asked::new(volume_id, Some(instance_uuid), expected_attrs)?).await
    }

    async fn create(&self, cx: &RequestContext, mapping: &mut BlockDeviceMapping) -> Result<(), Fault> {
        *mapping = change(&self.0, (cx.clone(), mapping.clone()), |tx, (cx, mut mapping)| async move {
            create_in(&tx, &cx, &mut mapping).await?;
            Ok(mapping)
        })
        .await?;
        Ok(())
    }

    async fn update_or_create(
        &self,
        cx: &RequestContext,
        mapping: &mut BlockDeviceMapping,
    ) -> Result<(), Fault> {
        *mapping = change(&self.0, (cx.clone(), mapping.clone()), |tx, (cx, mut mapping)| async move {
            update_or_create_in(&tx, &cx, &mut mapping).await?;
            Ok(mapping)
        })
        .await?;
        Ok(())
    }

    async fn save(&self, cx: &RequestContext, mapping: &mut BlockDeviceMapping) -> Result<(), Fault> {
        *mapping = change(&self.0, (cx.clone(), mapping.clone()), |tx, (cx, mut mapping)| async move {
            save_in(&tx, &cx, &mut mapping).await?;
            Ok(mapping)
        })
        .await?;
        Ok(())
    }

    async fn destroy(&self, cx: &RequestContext, mapping: &mut BlockDeviceMapping) -> Result<(), Fault> {
        let Some(id) = mapping.id.value().copied() else {
            return Err(refused("destroy", "already destroyed").into());
        };
        change(&self.0, (cx.clone(), id), |tx, (cx, id)| async move { destroy_in(&tx, &cx, id).await })
            .await?;
        mapping.id = BlockDeviceMapping::empty().id;
        Ok(())
    }
}

#[async_trait]
impl BlockDeviceMappingListActions for CellStore {
    async fn get_by_instance_uuid(
        &self,
        _: &RequestContext,
        instance_uuid: &str,
        _use_slave: Option<bool>,
    ) -> Result<BlockDeviceMappingList, Fault> {
        self.mappings(vec![instance_uuid.to_owned()]).await
    }

    async fn get_by_instance_uuids(
        &self,
        _: &RequestContext,
        instance_uuids: &[String],
        _use_slave: Option<bool>,
    ) -> Result<BlockDeviceMappingList, Fault> {
        self.mappings(instance_uuids.to_vec()).await
    }

    async fn get_by_volume(
        &self,
        _: &RequestContext,
        volume_id: &str,
        _use_slave: Option<bool>,
    ) -> Result<BlockDeviceMappingList, Fault> {
        let volume_id = volume_id.to_owned();
        let found = look(&self.0, volume_id.clone(), |tx, volume| async move {
            find_in(&tx, Condition::all().add(Column::VolumeId.eq(volume))).await
        });
        match found.await? {
            none if none.is_empty() => Err(VolumeBDMNotFound { volume_id }.into()),
            found => Ok(BlockDeviceMappingList::of(found)),
        }
    }
}
