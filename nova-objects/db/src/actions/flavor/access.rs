//! Extra specs of flavors, and the projects that may use them.

use std::collections::BTreeMap;

use nova_objects_catalog::exception::{FlavorAccessExists, FlavorAccessNotFound, FlavorExtraSpecsNotFound};
use sea_orm::QueryOrder;
use sea_orm::prelude::DateTime;

use super::*;

/// The projects that may use these flavors, by the flavors' ids of the database.
pub(super) async fn projects_of(tx: &Tx, ids: &[i32]) -> Result<BTreeMap<i32, Vec<String>>, ActionError> {
    let mut projects: BTreeMap<i32, Vec<String>> = BTreeMap::new();
    if ids.is_empty() {
        return Ok(projects);
    }
    let of_flavors = flavor_project::Column::FlavorId.is_in(ids.iter().copied());
    let found = flavor_project::Entity::find().filter(of_flavors).order_by_asc(flavor_project::Column::Id);
    for row in found.all(tx).await? {
        projects.entry(row.flavor_id).or_default().push(row.project_id);
    }
    Ok(projects)
}

pub(super) async fn insert_projects(
    tx: &Tx,
    flavor_id: i32,
    projects: &[String],
    created_at: DateTime,
) -> Result<(), ActionError> {
    for project in projects {
        let row = flavor_project::ActiveModel {
            flavor_id: Set(flavor_id),
            project_id: Set(project.clone()),
            created_at: Set(Some(created_at)),
            ..Default::default()
        };
        row.insert(tx).await?;
    }
    Ok(())
}

pub(super) async fn insert_extra_specs(
    tx: &Tx,
    flavor_id: i32,
    specs: BTreeMap<String, String>,
    created_at: DateTime,
) -> Result<(), ActionError> {
    for (key, value) in specs {
        let row = flavor_extra_spec::ActiveModel {
            flavor_id: Set(flavor_id),
            key: Set(key),
            value: Set(Some(value)),
            created_at: Set(Some(created_at)),
            ..Default::default()
        };
        row.insert(tx).await?;
    }
    Ok(())
}

/// Lets a project use the flavor.
///
/// # Errors
/// `FlavorAccessExists` when it may already.
pub async fn add_access_in(
    tx: &Tx,
    _: &RequestContext,
    flavor: &mut Flavor,
    project_id: &str,
) -> Result<(), ActionError> {
    let id = row_id(tx, flavor).await?;
    let known = projects_of(tx, &[id]).await?.remove(&id).unwrap_or_default();
    if known.iter().any(|known| known == project_id) {
        let (flavor_id, project_id) = (flavor_id(flavor), project_id.to_owned());
        return Err(ActionError::fault(FlavorAccessExists { flavor_id, project_id }));
    }
    insert_projects(tx, id, &[project_id.to_owned()], now(tx).await?).await?;
    reload_projects(tx, flavor, id).await
}

/// Lets a project use the flavor no more.
///
/// # Errors
/// `FlavorAccessNotFound` when it might not.
pub async fn remove_access_in(
    tx: &Tx,
    _: &RequestContext,
    flavor: &mut Flavor,
    project_id: &str,
) -> Result<(), ActionError> {
    let id = row_id(tx, flavor).await?;
    let row = Condition::all()
        .add(flavor_project::Column::FlavorId.eq(id))
        .add(flavor_project::Column::ProjectId.eq(project_id));
    if flavor_project::Entity::delete_many().filter(row).exec(tx).await?.rows_affected == 0 {
        let (flavor_id, project_id) = (flavor_id(flavor), project_id.to_owned());
        return Err(ActionError::fault(FlavorAccessNotFound { flavor_id, project_id }));
    }
    reload_projects(tx, flavor, id).await
}

/// Adds projects, then removes some.
///
/// # Errors
/// `FlavorAccessExists`, `FlavorAccessNotFound`.
pub async fn save_projects_in(
    tx: &Tx,
    cx: &RequestContext,
    flavor: &mut Flavor,
    to_add: &[String],
    to_delete: &[String],
) -> Result<(), ActionError> {
    for project in to_add {
        add_access_in(tx, cx, flavor, project).await?;
    }
    for project in to_delete {
        remove_access_in(tx, cx, flavor, project).await?;
    }
    Ok(())
}

/// Adds or replaces extra specs, then removes some.
///
/// # Errors
/// `FlavorExtraSpecsNotFound` for a key that is not there.
pub async fn save_extra_specs_in(
    tx: &Tx,
    _: &RequestContext,
    flavor: &mut Flavor,
    to_add: &BTreeMap<String, String>,
    to_delete: &[String],
) -> Result<(), ActionError> {
    let id = row_id(tx, flavor).await?;
    let of_flavor = flavor_extra_spec::Column::FlavorId.eq(id);
    let replaced = flavor_extra_spec::Column::Key.is_in(to_add.keys());
    flavor_extra_spec::Entity::delete_many().filter(of_flavor.clone()).filter(replaced).exec(tx).await?;
    insert_extra_specs(tx, id, to_add.clone(), now(tx).await?).await?;
    for key in to_delete {
        let row = flavor_extra_spec::Column::Key.eq(key);
        let gone =
            flavor_extra_spec::Entity::delete_many().filter(of_flavor.clone()).filter(row).exec(tx).await?;
        if gone.rows_affected == 0 {
            let (flavor_id, extra_specs_key) = (flavor_id(flavor), key.clone());
            return Err(ActionError::fault(FlavorExtraSpecsNotFound { flavor_id, extra_specs_key }));
        }
    }
    let specs = flavor_extra_spec::Entity::find().filter(of_flavor).all(tx).await?;
    let specs = specs.into_iter().map(|spec| (spec.key, spec.value.unwrap_or_default()));
    flavor.extra_specs.load(specs.collect::<BTreeMap<_, _>>());
    Ok(())
}

async fn reload_projects(tx: &Tx, flavor: &mut Flavor, id: i32) -> Result<(), ActionError> {
    let projects = projects_of(tx, &[id]).await?.remove(&id).unwrap_or_default();
    flavor.projects.load(projects);
    Ok(())
}

fn flavor_id(flavor: &Flavor) -> String {
    flavor.flavorid.value().cloned().unwrap_or_default()
}
