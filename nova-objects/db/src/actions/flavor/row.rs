//! A flavor as a row, and what hangs on it.

use std::collections::BTreeMap;

use super::*;
use crate::actions::store::moment;
use crate::entity::flavor::{ActiveModel, Model};

/// The row of a new flavor; what is not said is Nova's default.
pub(super) fn new_row(flavor: &Flavor, name: String) -> Result<ActiveModel, ActionError> {
    let number = |field: &nova_objects::Field<i64>| narrow(field.value().copied().unwrap_or(0));
    Ok(ActiveModel {
        name: Set(name),
        flavorid: Set(flavor.flavorid.get().map_err(Fault::from)?.clone()),
        memory_mb: Set(number(&flavor.memory_mb)?),
        vcpus: Set(number(&flavor.vcpus)?),
        root_gb: Set(Some(number(&flavor.root_gb)?)),
        ephemeral_gb: Set(Some(number(&flavor.ephemeral_gb)?)),
        swap: Set(number(&flavor.swap)?),
        rxtx_factor: Set(Some(flavor.rxtx_factor.present().copied().unwrap_or(1.0))),
        vcpu_weight: Set(flavor.vcpu_weight.present().copied().map(narrow).transpose()?),
        disabled: Set(Some(flavor.disabled.value().copied().unwrap_or(false))),
        is_public: Set(Some(flavor.is_public.value().copied().unwrap_or(true))),
        description: Set(flavor.description.present().cloned()),
        ..Default::default()
    })
}

/// Flavors of these rows, with their extra specs, and if they are private with their projects.
pub(super) async fn with_parts(tx: &Tx, rows: Vec<Model>) -> Result<Vec<Flavor>, ActionError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut specs: BTreeMap<i32, BTreeMap<String, String>> = BTreeMap::new();
    let ids = flavor_extra_spec::Column::FlavorId.is_in(rows.iter().map(|row| row.id));
    for spec in flavor_extra_spec::Entity::find().filter(ids).all(tx).await? {
        specs.entry(spec.flavor_id).or_default().insert(spec.key, spec.value.unwrap_or_default());
    }
    let private: Vec<i32> =
        rows.iter().filter(|row| row.is_public == Some(false)).map(|row| row.id).collect();
    let projects = access::projects_of(tx, &private).await?;
    let flavors = rows.into_iter().map(|row| {
        let (specs, projects) = (specs.remove(&row.id).unwrap_or_default(), projects.get(&row.id).cloned());
        let is_private = row.is_public == Some(false);
        let mut flavor = to_object(row);
        flavor.extra_specs.load(specs);
        if is_private {
            flavor.projects.load(projects.unwrap_or_default());
        }
        flavor
    });
    Ok(flavors.collect())
}

fn to_object(row: Model) -> Flavor {
    let mut flavor = Flavor::empty();
    flavor.id.load(row.id);
    flavor.name.load(Some(row.name));
    flavor.flavorid.load(row.flavorid);
    flavor.memory_mb.load(row.memory_mb);
    flavor.vcpus.load(row.vcpus);
    flavor.root_gb.load(row.root_gb.unwrap_or(0));
    flavor.ephemeral_gb.load(row.ephemeral_gb.unwrap_or(0));
    flavor.swap.load(row.swap);
    flavor.rxtx_factor.load(row.rxtx_factor);
    flavor.vcpu_weight.load(row.vcpu_weight.map(i64::from));
    flavor.disabled.load(row.disabled.unwrap_or(false));
    flavor.is_public.load(row.is_public.unwrap_or(true));
    flavor.description.load(row.description);
    flavor.created_at.load(moment(row.created_at));
    flavor.updated_at.load(moment(row.updated_at));
    flavor.deleted_at.load(None);
    flavor.deleted.load(false);
    flavor
}
