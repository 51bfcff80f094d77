//! Flavors, in the API database, with their extra specs and the projects that may use them.

use async_trait::async_trait;
use nova_core::{Fault, RequestContext};
use nova_objects_catalog::Flavor;
use nova_objects_catalog::exception::{FlavorExists, FlavorIdExists, FlavorNotFound, FlavorNotFoundByName};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};

use self::row::{new_row, with_parts};
use super::ApiStore;
use super::store::{change_object, narrow, now, refused};
use crate::entity::flavor::{Column, Entity};
use crate::entity::{flavor_extra_spec, flavor_project};
use crate::error::ActionError;
use crate::tx::Tx;

mod access;
mod actions;
mod list;
mod row;

pub use self::access::{add_access_in, remove_access_in, save_extra_specs_in, save_projects_in};
pub use self::list::{FlavorQuery, find_in, list_in};

/// The flavor users know by that id, if the context may use it.
///
/// Only an administrator sees private flavors of other projects. The projects of a private flavor are loaded with it,
/// those of a public one, which has none, are not.
///
/// # Errors
/// `FlavorNotFound`.
pub async fn get_by_flavor_id_in(
    tx: &Tx,
    cx: &RequestContext,
    flavor_id: &str,
) -> Result<Flavor, ActionError> {
    let found = one_in(tx, cx, Condition::all().add(Column::Flavorid.eq(flavor_id))).await?;
    found.ok_or_else(|| not_found(flavor_id))
}

/// The flavor of that id of the database, if the context may use it.
///
/// # Errors
/// `FlavorNotFound`.
pub async fn get_by_id_in(tx: &Tx, cx: &RequestContext, id: i64) -> Result<Flavor, ActionError> {
    one_in(tx, cx, Condition::all().add(Column::Id.eq(id))).await?.ok_or_else(|| not_found(id))
}

/// The flavor of that name, if the context may use it.
///
/// # Errors
/// `FlavorNotFoundByName`.
pub async fn get_by_name_in(tx: &Tx, cx: &RequestContext, name: &str) -> Result<Flavor, ActionError> {
    let found = one_in(tx, cx, Condition::all().add(Column::Name.eq(name))).await?;
    found.ok_or_else(|| ActionError::fault(FlavorNotFoundByName { flavor_name: name.to_owned() }))
}

/// Makes the record with its extra specs and projects; without a flavor id it gets a new uuid.
///
/// # Errors
/// `FlavorIdExists`, `FlavorExists`; `ObjectActionError` when it has an id already, or no name.
pub async fn create_in(tx: &Tx, _: &RequestContext, flavor: &mut Flavor) -> Result<(), ActionError> {
    if flavor.id.is_set() {
        return Err(refused("create", "already created"));
    }
    if !flavor.flavorid.is_set() {
        flavor.flavorid.set(tx.new_id());
    }
    let Some(name) = flavor.name.present().cloned() else {
        return Err(refused("create", "name is required"));
    };
    check_free(tx, flavor.flavorid.get().map_err(Fault::from)?, &name).await?;
    let created_at = now(tx).await?;
    let mut row = new_row(flavor, name)?;
    row.created_at = Set(Some(created_at));
    let row = row.insert(tx).await?;
    let specs = flavor.extra_specs.value().cloned().unwrap_or_default();
    access::insert_extra_specs(tx, row.id, specs, created_at).await?;
    let projects = flavor.projects.value().cloned().unwrap_or_default();
    access::insert_projects(tx, row.id, &projects, created_at).await?;
    *flavor = with_parts(tx, vec![row]).await?.remove(0);
    flavor.projects.load(projects);
    Ok(())
}

/// Removes the record with its extra specs and projects.
///
/// # Errors
/// `FlavorNotFound` when there is none, or no longer.
pub async fn destroy_in(tx: &Tx, _: &RequestContext, flavor_id: &str) -> Result<(), ActionError> {
    let row = Entity::find().filter(Column::Flavorid.eq(flavor_id)).one(tx).await?;
    let row = row.ok_or_else(|| not_found(flavor_id))?;
    let specs = flavor_extra_spec::Column::FlavorId.eq(row.id);
    flavor_extra_spec::Entity::delete_many().filter(specs).exec(tx).await?;
    let projects = flavor_project::Column::FlavorId.eq(row.id);
    flavor_project::Entity::delete_many().filter(projects).exec(tx).await?;
    match Entity::delete_by_id(row.id).exec(tx).await?.rows_affected {
        0 => Err(not_found(flavor_id)),
        _ => Ok(()),
    }
}

async fn one_in(tx: &Tx, cx: &RequestContext, condition: Condition) -> Result<Option<Flavor>, ActionError> {
    let row = Entity::find().filter(condition).filter(usable(cx)).one(tx).await?;
    Ok(with_parts(tx, row.into_iter().collect()).await?.pop())
}

/// Flavors that the context may use: an administrator's all; public ones and those of its project.
fn usable(cx: &RequestContext) -> Condition {
    match cx.is_admin() {
        true => Condition::all(),
        false => Condition::any().add(Column::IsPublic.eq(true)).add(of_project(cx)),
    }
}

/// Private flavors that the context's project was given.
fn of_project(cx: &RequestContext) -> Condition {
    let given = flavor_project::Entity::find()
        .select_only()
        .column(flavor_project::Column::FlavorId)
        .filter(flavor_project::Column::ProjectId.eq(cx.project_id().unwrap_or_default()));
    Condition::all().add(Column::Id.in_subquery(sea_orm::QueryTrait::into_query(given)))
}

async fn check_free(tx: &Tx, flavor_id: &str, name: &str) -> Result<(), ActionError> {
    let taken = Condition::any().add(Column::Flavorid.eq(flavor_id)).add(Column::Name.eq(name));
    let taken = Entity::find().filter(taken).all(tx).await?;
    if taken.iter().any(|other| other.flavorid == flavor_id) {
        return Err(ActionError::fault(FlavorIdExists { flavor_id: flavor_id.to_owned() }));
    }
    if !taken.is_empty() {
        return Err(ActionError::fault(FlavorExists { name: name.to_owned() }));
    }
    Ok(())
}

/// The row of the flavor, by the flavor id.
async fn row_id(tx: &Tx, flavor: &Flavor) -> Result<i32, ActionError> {
    if let Some(id) = flavor.id.value() {
        return narrow(*id);
    }
    let flavor_id = flavor.flavorid.get().map_err(Fault::from)?;
    let row = Entity::find().filter(Column::Flavorid.eq(flavor_id)).one(tx).await?;
    Ok(row.ok_or_else(|| not_found(flavor_id))?.id)
}

fn not_found(flavor_id: impl ToString) -> ActionError {
    ActionError::fault(FlavorNotFound { flavor_id: flavor_id.to_string() })
}
