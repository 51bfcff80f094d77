//! Services, in a cell.

use async_trait::async_trait;
use nova_core::{Fault, RequestContext};
use nova_objects_catalog::exception::{
    ComputeHostNotFound, ServiceBinaryExists, ServiceNotFound, ServiceTooOld, ServiceTopicExists,
};
use nova_objects_catalog::{Service, ServiceActions};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{CaseStatement, Expr};
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::CellStore;
use super::scope::by_life;
use super::store::{change_object, id_of, look, moment, narrow, now, refused};
use crate::entity::compute_node;
use crate::entity::service::{ActiveModel, Column, Entity, Model};
use crate::error::ActionError;
use crate::tx::Tx;

mod actions;

pub(crate) use self::actions::of_host_in;

/// The program whose record is about a hypervisor.
const COMPUTE: &str = "nova-compute";

/// The service of that id of the database.
///
/// # Errors
/// `ServiceNotFound`.
pub async fn get_by_id_in(tx: &Tx, cx: &RequestContext, id: i64) -> Result<Service, ActionError> {
    let found = one_in(tx, cx, Condition::all().add(Column::Id.eq(id))).await?;
    found.ok_or_else(|| not_found(id))
}

/// The service of that uuid.
///
/// # Errors
/// `ServiceNotFound`.
pub async fn get_in(tx: &Tx, cx: &RequestContext, uuid: &str) -> Result<Service, ActionError> {
    let found = one_in(tx, cx, Condition::all().add(Column::Uuid.eq(uuid))).await?;
    found.ok_or_else(|| not_found(uuid))
}

/// That program on that host.
///
/// # Errors
/// The database's.
pub async fn find_by_binary_in(
    tx: &Tx,
    cx: &RequestContext,
    host: &str,
    binary: &str,
) -> Result<Option<Service>, ActionError> {
    one_in(tx, cx, Condition::all().add(Column::Host.eq(host)).add(Column::Binary.eq(binary))).await
}

/// What listens on that topic on that host.
///
/// # Errors
/// The database's.
pub async fn find_by_topic_in(
    tx: &Tx,
    cx: &RequestContext,
    host: &str,
    topic: &str,
) -> Result<Option<Service>, ActionError> {
    one_in(tx, cx, Condition::all().add(Column::Host.eq(host)).add(Column::Topic.eq(topic))).await
}

/// The lowest version of these programs, of those not forced down; `None` when there is none.
///
/// # Errors
/// The database's.
pub async fn minimum_version_in(tx: &Tx, binaries: &[String]) -> Result<Option<i64>, ActionError> {
    let not_forced_down =
        Condition::any().add(Column::ForcedDown.eq(false)).add(Column::ForcedDown.is_null());
    let lowest: Option<Option<i32>> = Entity::find()
        .select_only()
        .column_as(Column::Version.min(), "lowest")
        .filter(Column::Binary.is_in(binaries))
        .filter(Column::Deleted.eq(0))
        .filter(not_forced_down)
        .into_tuple()
        .one(tx)
        .await?;
    Ok(lowest.flatten().map(i64::from))
}

/// Makes the record from the changed fields; `version` must be among them to be checked.
///
/// # Errors
/// `ServiceBinaryExists`, `ServiceTopicExists`; `ServiceTooOld` when all services of that program are newer;
/// `ObjectActionError` when it has an id already. Another transaction that makes the same record at the same moment
/// shows as [`DbError::Duplicate`](crate::DbError::Duplicate): look again.
pub async fn create_in(tx: &Tx, cx: &RequestContext, service: &mut Service) -> Result<(), ActionError> {
    if service.id.is_set() {
        return Err(refused("create", "already created"));
    }
    check_version(tx, service).await?;
    check_free(tx, service).await?;
    if !service.uuid.is_set() {
        service.uuid.set(tx.new_id());
    }
    let mut row = changed_columns(service)?;
    row.created_at = Set(Some(now(tx).await?));
    row.deleted = Set(0);
    row.report_count = Set(narrow(service.report_count.value().copied().unwrap_or(0))?);
    row.disabled = Set(Some(service.disabled.value().copied().unwrap_or(false)));
    row.forced_down = Set(Some(service.forced_down.value().copied().unwrap_or(false)));
    row.version = Set(Some(narrow(service.version.value().copied().unwrap_or(0))?));
    let id = row.insert(tx).await?.id;
    reload(tx, cx, service, id).await
}

/// Writes the changed fields in one statement; a `report_count` that grew sets `last_seen_up`.
///
/// # Errors
/// `ServiceNotFound` when the record is gone; `ServiceTooOld` when `version` is changed to one below all services of
/// that program.
pub async fn save_in(tx: &Tx, cx: &RequestContext, service: &mut Service) -> Result<(), ActionError> {
    let id = id_of(&service.id)?;
    if service.version.is_changed() {
        check_version(tx, service).await?;
    }
    let mut row = changed_columns(service)?;
    let now = now(tx).await?;
    row.updated_at = Set(Some(now));
    let mut update = Entity::update_many();
    if let Some(count) = service.report_count.value().filter(|_| service.report_count.is_changed()) {
        // Before the count itself, which MySQL would compare with its new value.
        let seen = CaseStatement::new()
            .case(Column::ReportCount.lt(narrow(*count)?), Expr::val(now))
            .finally(Expr::col(Column::LastSeenUp));
        update = update.col_expr(Column::LastSeenUp, seen.into());
    }
    let alive = Condition::all().add(Column::Id.eq(id)).add(Column::Deleted.eq(0));
    let updated = update.set(row).filter(alive).exec(tx).await?;
    if updated.rows_affected == 0 {
        return Err(not_found(id));
    }
    reload(tx, cx, service, id).await
}

/// Soft-deletes the record, and with a compute service its compute nodes; `false` if it is gone already.
///
/// # Errors
/// The database's.
pub async fn destroy_in(tx: &Tx, _: &RequestContext, service_id: i64) -> Result<bool, ActionError> {
    let alive = Condition::all().add(Column::Id.eq(service_id)).add(Column::Deleted.eq(0));
    let Some(row) = Entity::find().filter(alive.clone()).one(tx).await? else { return Ok(false) };
    let now = now(tx).await?;
    let gone = ActiveModel { deleted: Set(row.id), deleted_at: Set(Some(now)), ..Default::default() };
    if Entity::update_many().set(gone).filter(alive).exec(tx).await?.rows_affected == 0 {
        return Ok(false);
    }
    let mut nodes = Condition::any().add(compute_node::Column::ServiceId.eq(row.id));
    if row.binary.as_deref() == Some(COMPUTE) {
        nodes = nodes.add(compute_node::Column::Host.eq(row.host));
    }
    compute_node::Entity::update_many()
        .col_expr(compute_node::Column::Deleted, Expr::col(compute_node::Column::Id))
        .col_expr(compute_node::Column::DeletedAt, Expr::val(now))
        .filter(nodes)
        .filter(compute_node::Column::Deleted.eq(0))
        .exec(tx)
        .await?;
    Ok(true)
}

async fn one_in(tx: &Tx, cx: &RequestContext, condition: Condition) -> Result<Option<Service>, ActionError> {
    let found = Entity::find().filter(condition).filter(by_life(cx, Column::Deleted));
    Ok(found.order_by_asc(Column::Id).one(tx).await?.map(to_object))
}

/// Takes what the store has into `service`; what the table has not stays.
async fn reload(tx: &Tx, _: &RequestContext, service: &mut Service, id: i32) -> Result<(), ActionError> {
    let row = Entity::find_by_id(id).one(tx).await?.ok_or_else(|| not_found(id))?;
    let Service { availability_zone, compute_node, .. } = service.clone();
    *service = Service { availability_zone, compute_node, ..to_object(row) };
    service.reset_changes();
    Ok(())
}

/// A service must not be older than every other of its program.
async fn check_version(tx: &Tx, service: &Service) -> Result<(), ActionError> {
    let (Some(binary), Some(own)) = (service.binary.present(), service.version.value()) else {
        return Ok(());
    };
    match minimum_version_in(tx, std::slice::from_ref(binary)).await? {
        Some(lowest) if *own < lowest => {
            Err(ActionError::fault(ServiceTooOld { thisver: *own, minver: lowest }))
        }
        _ => Ok(()),
    }
}

async fn check_free(tx: &Tx, service: &Service) -> Result<(), ActionError> {
    let Some(host) = service.host.present() else { return Ok(()) };
    let on_host = Entity::find().filter(Column::Host.eq(host)).filter(Column::Deleted.eq(0));
    let others = on_host.all(tx).await?;
    if let Some(binary) = service.binary.present()
        && others.iter().any(|other| other.binary.as_ref() == Some(binary))
    {
        let (host, binary) = (host.clone(), binary.clone());
        return Err(ActionError::fault(ServiceBinaryExists { host, binary }));
    }
    if let Some(topic) = service.topic.present()
        && others.iter().any(|other| other.topic.as_ref() == Some(topic))
    {
        let (host, topic) = (host.clone(), topic.clone());
        return Err(ActionError::fault(ServiceTopicExists { host, topic }));
    }
    Ok(())
}

fn not_found(id: impl ToString) -> ActionError {
    ActionError::fault(ServiceNotFound { service_id: id.to_string() })
}

fn changed_columns(service: &Service) -> Result<ActiveModel, ActionError> {
    let mut row = <ActiveModel as Default>::default();
    if service.uuid.is_changed() {
        row.uuid = Set(service.uuid.value().map(ToString::to_string));
    }
    if service.host.is_changed() {
        row.host = Set(service.host.present().cloned());
    }
    if service.binary.is_changed() {
        row.binary = Set(service.binary.present().cloned());
    }
    if service.topic.is_changed() {
        row.topic = Set(service.topic.present().cloned());
    }
    if let Some(count) = service.report_count.value().filter(|_| service.report_count.is_changed()) {
        row.report_count = Set(narrow(*count)?);
    }
    if service.disabled.is_changed() {
        row.disabled = Set(service.disabled.value().copied());
    }
    if service.disabled_reason.is_changed() {
        row.disabled_reason = Set(service.disabled_reason.present().cloned());
    }
    if service.last_seen_up.is_changed() && !service.report_count.is_changed() {
        row.last_seen_up = Set(service.last_seen_up.present().copied().map(crate::time::to_column));
    }
    if service.forced_down.is_changed() {
        row.forced_down = Set(service.forced_down.value().copied());
    }
    if let Some(version) = service.version.value().filter(|_| service.version.is_changed()) {
        row.version = Set(Some(narrow(*version)?));
    }
    Ok(row)
}

fn to_object(row: Model) -> Service {
    let mut service = Service::empty();
    service.id.load(row.id);
    if let Some(uuid) = row.uuid {
        service.uuid.load(uuid);
    }
    service.host.load(row.host);
    service.binary.load(row.binary);
    service.topic.load(row.topic);
    service.report_count.load(row.report_count);
    service.disabled.load(row.disabled.unwrap_or(false));
    service.disabled_reason.load(row.disabled_reason);
    service.last_seen_up.load(moment(row.last_seen_up));
    service.forced_down.load(row.forced_down.unwrap_or(false));
    service.version.load(row.version.unwrap_or(0));
    service.created_at.load(moment(row.created_at));
    service.updated_at.load(moment(row.updated_at));
    service.deleted_at.load(moment(row.deleted_at));
    service.deleted.load(row.deleted != 0);
    service
}
