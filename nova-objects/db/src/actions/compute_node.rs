//! Hypervisors, in a cell.

use async_trait::async_trait;
use nova_core::{Fault, RequestContext};
use nova_objects_catalog::exception::{ComputeHostNotFound, DuplicateRecord};
use nova_objects_catalog::{ComputeNode, ComputeNodeActions};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};

use self::row::{changed_columns, to_object};
use super::CellStore;
use super::scope::by_life;
use super::store::{change_object, id_of, look, now, refused};
use crate::entity::compute_node::{ActiveModel, Column, Entity};
use crate::error::ActionError;
use crate::tx::Tx;

mod list;
mod row;

/// The node of that uuid.
///
/// # Errors
/// `ComputeHostNotFound`.
pub async fn get_in(tx: &Tx, cx: &RequestContext, uuid: &str) -> Result<ComputeNode, ActionError> {
    one_in(tx, cx, Condition::all().add(Column::Uuid.eq(uuid)), uuid).await
}

/// The node of that id of the database.
///
/// # Errors
/// `ComputeHostNotFound`.
pub async fn get_by_id_in(tx: &Tx, cx: &RequestContext, id: i64) -> Result<ComputeNode, ActionError> {
    one_in(tx, cx, Condition::all().add(Column::Id.eq(id)), &id.to_string()).await
}

/// The hypervisor of that name on that host.
///
/// # Errors
/// `ComputeHostNotFound`.
pub async fn get_by_host_and_nodename_in(
    tx: &Tx,
    cx: &RequestContext,
    host: &str,
    nodename: &str,
) -> Result<ComputeNode, ActionError> {
    let condition = Condition::all().add(Column::Host.eq(host)).add(Column::HypervisorHostname.eq(nodename));
    one_in(tx, cx, condition, host).await
}

/// The nodes of that host, by id; none is no error.
///
/// # Errors
/// The database's.
pub async fn list_by_host_in(
    tx: &Tx,
    cx: &RequestContext,
    host: &str,
) -> Result<Vec<ComputeNode>, ActionError> {
    list::list_where(tx, cx, Condition::all().add(Column::Host.eq(host)), None).await
}

/// All nodes, by id.
///
/// # Errors
/// The database's.
pub async fn list_in(tx: &Tx, cx: &RequestContext) -> Result<Vec<ComputeNode>, ActionError> {
    list::list_where(tx, cx, Condition::all(), None).await
}

/// Makes the record, with a new uuid if it has none; numbers that are not set are 0.
///
/// # Errors
/// `DuplicateRecord` when there is a node of that uuid, or of that host and name; `ObjectActionError` when it has an
/// id already.
pub async fn create_in(tx: &Tx, _: &RequestContext, node: &mut ComputeNode) -> Result<(), ActionError> {
    if node.id.is_set() {
        return Err(refused("create", "already created"));
    }
    if !node.uuid.is_set() {
        node.uuid.set(tx.new_id()).map_err(Fault::from)?;
    }
    check_free(tx, node).await?;
    let mut row = row::new();
    row.created_at = Set(Some(now(tx).await?));
    let id = changed_columns(node, row)?.insert(tx).await?.id;
    reload(tx, node, id).await
}

/// Writes the changed fields in one statement.
///
/// # Errors
/// `ComputeHostNotFound` when the record is gone.
pub async fn save_in(tx: &Tx, _: &RequestContext, node: &mut ComputeNode) -> Result<(), ActionError> {
    let id = id_of(&node.id)?;
    let row = ActiveModel { updated_at: Set(Some(now(tx).await?)), ..Default::default() };
    let alive = Condition::all().add(Column::Id.eq(id)).add(Column::Deleted.eq(0));
    let updated = Entity::update_many().set(changed_columns(node, row)?).filter(alive).exec(tx).await?;
    if updated.rows_affected == 0 {
        return Err(not_found(&id.to_string()));
    }
    reload(tx, node, id).await
}

/// Soft-deletes the record; with `service_id`, only if it still belongs to that service. `false` if nothing was
/// deleted.
///
/// # Errors
/// The database's.
pub async fn destroy_in(
    tx: &Tx,
    _: &RequestContext,
    id: i64,
    service_id: Option<i64>,
) -> Result<bool, ActionError> {
    let id = super::store::narrow(id)?;
    let mut condition = Condition::all().add(Column::Id.eq(id)).add(Column::Deleted.eq(0));
    if let Some(service_id) = service_id {
        condition = condition.add(Column::ServiceId.eq(service_id));
    }
    let gone = ActiveModel {
        deleted: Set(id),
        deleted_at: Set(Some(now(tx).await?)),
        service_id: Set(None),
        ..Default::default()
    };
    Ok(Entity::update_many().set(gone).filter(condition).exec(tx).await?.rows_affected > 0)
}

async fn one_in(
    tx: &Tx,
    cx: &RequestContext,
    condition: Condition,
    host: &str,
) -> Result<ComputeNode, ActionError> {
    let found = Entity::find().filter(condition).filter(by_life(cx, Column::Deleted));
    let row = found.order_by_asc(Column::Id).one(tx).await?;
    to_object(row.ok_or_else(|| not_found(host))?)
}

async fn reload(tx: &Tx, node: &mut ComputeNode, id: i32) -> Result<(), ActionError> {
    let row = Entity::find_by_id(id).one(tx).await?.ok_or_else(|| not_found(&id.to_string()))?;
    *node = to_object(row)?;
    Ok(())
}

/// A uuid is for ever; host and name are free again when a record is deleted.
async fn check_free(tx: &Tx, node: &ComputeNode) -> Result<(), ActionError> {
    let uuid = node.uuid.get().map_err(Fault::from)?.as_str();
    let same_place = Condition::all()
        .add(Column::Host.eq(node.host.present().cloned()))
        .add(Column::HypervisorHostname.eq(node.hypervisor_hostname.present().cloned()))
        .add(Column::Deleted.eq(0));
    let taken = Condition::any().add(Column::Uuid.eq(uuid)).add(same_place);
    match Entity::find().filter(taken).one(tx).await? {
        None => Ok(()),
        Some(_) => Err(ActionError::fault(DuplicateRecord { target: format!("compute node {uuid}") })),
    }
}

fn not_found(host: &str) -> ActionError {
    ActionError::fault(ComputeHostNotFound { host: host.to_owned() })
}

#[async_trait]
impl ComputeNodeActions for CellStore {
    async fn get_by_id(&self, cx: &RequestContext, compute_id: i64) -> Result<ComputeNode, Fault> {
        let args = (cx.clone(), compute_id);
        look(self.db(), args, |tx, (cx, id)| async move { get_by_id_in(&tx, &cx, id).await }).await
    }

    async fn get_by_uuid(&self, cx: &RequestContext, compute_uuid: &str) -> Result<ComputeNode, Fault> {
        let args = (cx.clone(), compute_uuid.to_owned());
        look(self.db(), args, |tx, (cx, uuid)| async move { get_in(&tx, &cx, &uuid).await }).await
    }

    async fn get_by_host_and_nodename(
        &self,
        cx: &RequestContext,
        host: &str,
        nodename: &str,
    ) -> Result<ComputeNode, Fault> {
        let args = (cx.clone(), host.to_owned(), nodename.to_owned());
        let found = look(self.db(), args, |tx, (cx, host, nodename)| async move {
            get_by_host_and_nodename_in(&tx, &cx, &host, &nodename).await
        });
        found.await
    }

    async fn get_by_nodename(
        &self,
        cx: &RequestContext,
        hypervisor_hostname: &str,
    ) -> Result<ComputeNode, Fault> {
        let args = (cx.clone(), hypervisor_hostname.to_owned());
        let found = look(self.db(), args, |tx, (cx, name)| async move {
            one_in(&tx, &cx, Condition::all().add(Column::HypervisorHostname.eq(&name)), &name).await
        });
        found.await
    }

    async fn get_first_node_by_host_for_old_compat(
        &self,
        cx: &RequestContext,
        host: &str,
        _use_slave: Option<bool>,
    ) -> Result<ComputeNode, Fault> {
        let args = (cx.clone(), host.to_owned());
        let found = look(self.db(), args, |tx, (cx, host)| async move {
            one_in(&tx, &cx, Condition::all().add(Column::Host.eq(&host)), &host).await
        });
        found.await
    }

    async fn create(&self, cx: &RequestContext, node: &mut ComputeNode) -> Result<(), Fault> {
        change_object!(self.db(), cx, node => create_in)
    }

    async fn save(
        &self,
        cx: &RequestContext,
        node: &mut ComputeNode,
        _prune_stats: Option<bool>,
    ) -> Result<(), Fault> {
        change_object!(self.db(), cx, node => save_in)
    }

    async fn destroy(&self, cx: &RequestContext, node: &mut ComputeNode) -> Result<(), Fault> {
        change_object!(self.db(), cx, node => destroy_object_in)
    }
}

async fn destroy_object_in(tx: &Tx, cx: &RequestContext, node: &mut ComputeNode) -> Result<(), ActionError> {
    let id = i64::from(id_of(&node.id)?);
    match destroy_in(tx, cx, id, node.service_id.present().copied()).await? {
        true => Ok(()),
        false => Err(refused("destroy", "the record is deleted or belongs to another service")),
    }
}
