//! Finding an instance.

use nova_core::{Fault, RequestContext};
use nova_objects_catalog::Instance;
use nova_objects_catalog::exception::InstanceNotFound;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};

use super::attrs::Attrs;
use super::row;
use crate::actions::scope::{by_life, by_project};
use crate::entity::instance::{Column, Entity, Model};
use crate::error::ActionError;
use crate::tx::Tx;

/// The instance of that uuid, with the fields of `expected_attrs` beside its own columns.
///
/// A user sees the instances of its project; deleted ones are seen as the context says.
///
/// # Errors
/// `InstanceNotFound`; `ObjectActionError` for a field that the store does not have.
///
/// # Example
/// ```no_run
/// # use nova_core::RequestContext;
/// # use nova_objects_db::{ActionError, Tx, actions::instance};
/// # async fn example(tx: &Tx, cx: &RequestContext) -> Result<(), ActionError> {
/// let server = instance::get_in(tx, cx, "7f", &["flavor", "metadata"]).await?;
/// # Ok(())
/// # }
/// ```
#[doc(alias = "instance_get_by_uuid")]
pub async fn get_in(
    tx: &Tx,
    cx: &RequestContext,
    uuid: &str,
    expected_attrs: &[&str],
) -> Result<Instance, ActionError> {
    one_in(tx, cx, Column::Uuid.eq(uuid), uuid, &Attrs::parse(expected_attrs)?).await
}

/// The instance for which `which` holds; `name` is what it was asked for by.
pub(super) async fn one_in(
    tx: &Tx,
    cx: &RequestContext,
    which: impl Into<Condition>,
    name: &str,
    attrs: &Attrs,
) -> Result<Instance, ActionError> {
    let row = Entity::find().filter(which.into()).filter(visible(cx)).one(tx).await?;
    let row = row.ok_or_else(|| Fault::from(InstanceNotFound { instance_id: name.to_owned() }))?;
    let mut instance = [of_row(row)?];
    attrs.load(tx, &mut instance).await?;
    let [instance] = instance;
    Ok(instance)
}

/// The rows that the request may see.
pub(super) fn visible(cx: &RequestContext) -> Condition {
    Condition::all().add(by_life(cx, Column::Deleted)).add(by_project(cx, Column::ProjectId))
}

pub(super) fn of_row(row: Model) -> Result<Instance, Fault> {
    let mut instance = Instance::empty();
    row::load(&mut instance, row)?;
    Ok(instance)
}

/// Reads again what `instance` has.
pub(super) async fn refresh_in(
    tx: &Tx,
    cx: &RequestContext,
    instance: &mut Instance,
) -> Result<(), ActionError> {
    let uuid = instance.uuid.get().map_err(Fault::from)?.to_string();
    let row = Entity::find().filter(Column::Uuid.eq(uuid.as_str())).filter(visible(cx)).one(tx).await?;
    let row = row.ok_or_else(|| Fault::from(InstanceNotFound { instance_id: uuid }))?;
    let attrs = Attrs::of(instance);
    row::load(instance, row)?;
    attrs.load(tx, std::slice::from_mut(instance)).await?;
    instance.reset_changes();
    Ok(())
}
