//! Listings of instances.

use nova_core::{Fault, RequestContext};
use nova_objects_catalog::Instance;
use nova_objects_catalog::exception::{InvalidInput, InvalidSortKey, MarkerNotFound};
use sea_orm::sea_query::{ExprTrait, NullOrdering};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoSimpleExpr, ModelTrait, Order, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::attrs::Attrs;
use super::read::{of_row, visible};
use crate::actions::scope::by_project;
use crate::entity::instance::{Column, Entity, Model};
use crate::error::ActionError;
use crate::tx::Tx;

/// An order, a piece of it, and what comes with each instance.
#[derive(Clone)]
pub(super) struct Page {
    pub(super) order: Vec<(Column, Order)>,
    pub(super) limit: Option<u64>,
    pub(super) marker: Option<String>,
    pub(super) attrs: Attrs,
}

impl Page {
    /// All of it, in the order the instances were made.
    pub(super) fn whole(attrs: Attrs) -> Self {
        Self { order: vec![(Column::Id, Order::Asc)], limit: None, marker: None, attrs }
    }
}

/// The instances on that host that the request may see, with the fields of `expected_attrs`.
///
/// # Errors
/// `ObjectActionError` for a field that the store does not have.
#[doc(alias = "instance_get_all_by_host")]
pub async fn list_by_host_in(
    tx: &Tx,
    cx: &RequestContext,
    host: &str,
    expected_attrs: &[&str],
) -> Result<Vec<Instance>, ActionError> {
    let page = Page::whole(Attrs::parse(expected_attrs)?);
    list_in(tx, cx, visible(cx).add(Column::Host.eq(host)), page).await
}

/// The uuids of the instances on that host that the request may see.
///
/// # Errors
/// The database's.
pub async fn uuids_by_host_in(tx: &Tx, cx: &RequestContext, host: &str) -> Result<Vec<String>, ActionError> {
    let found = uuids_in(tx, visible(cx).add(Column::Host.eq(host))).await?;
    Ok(found.into_iter().map(|(_, uuid)| uuid).collect())
}

/// Host and uuid of each instance that passes.
pub(super) async fn uuids_in(
    tx: &Tx,
    which: Condition,
) -> Result<Vec<(Option<String>, String)>, ActionError> {
    let rows = Entity::find().select_only().columns([Column::Host, Column::Uuid]).filter(which);
    Ok(rows.order_by_asc(Column::Id).into_tuple().all(tx).await?)
}

/// One page of the instances that pass.
pub(super) async fn list_in(
    tx: &Tx,
    cx: &RequestContext,
    which: Condition,
    page: Page,
) -> Result<Vec<Instance>, ActionError> {
    let mut rows = Entity::find().filter(which).limit(page.limit);
    if let Some(marker) = &page.marker {
        rows = rows.filter(after(&marked(tx, cx, marker).await?, &page.order));
    }
    for (column, order) in &page.order {
        rows = rows.order_by_with_nulls(*column, order.clone(), NullOrdering::Last);
    }
    let rows = rows.all(tx).await?;
    let mut instances = rows.into_iter().map(of_row).collect::<Result<Vec<_>, Fault>>()?;
    page.attrs.load(tx, &mut instances).await?;
    Ok(instances)
}

/// Nova's sorting: what is asked for, then by age and id, so that every order is total.
pub(super) fn order(keys: &[String], directions: &[String]) -> Result<Vec<(Column, Order)>, Fault> {
    let fallback = directions.first().map_or("desc", String::as_str);
    let mut order = Vec::new();
    let defaults = ["created_at", "id"].into_iter().filter(|name| !keys.iter().any(|key| key == name));
    for (at, name) in keys.iter().map(String::as_str).chain(defaults).enumerate() {
        let column = name.parse::<Column>().map_err(|_| Fault::from(InvalidSortKey {}))?;
        order.push((column, direction(directions.get(at).map_or(fallback, String::as_str))?));
    }
    Ok(order)
}

fn direction(word: &str) -> Result<Order, Fault> {
    match word {
        "asc" => Ok(Order::Asc),
        "desc" => Ok(Order::Desc),
        other => Err(InvalidInput { reason: format!("Unknown sort direction: {other}") }.into()),
    }
}

/// The instance a page goes on after: it may be deleted by now.
async fn marked(tx: &Tx, cx: &RequestContext, marker: &str) -> Result<Model, ActionError> {
    let own = by_project(cx, Column::ProjectId);
    let found = Entity::find().filter(Column::Uuid.eq(marker)).filter(own).one(tx).await?;
    found.ok_or_else(|| ActionError::fault(MarkerNotFound { marker: marker.to_owned() }))
}

/// What comes after `marker`: it is the same up to some column, and after it by that one. Nulls are last.
fn after(marker: &Model, order: &[(Column, Order)]) -> Condition {
    let mut same = Condition::all();
    let mut later = Condition::any();
    for (column, direction) in order {
        let value = marker.get(*column);
        let null = value == value.as_null();
        if !null {
            let beyond = match direction {
                Order::Desc => column.lt(value.clone()),
                _ => column.gt(value.clone()),
            };
            let beyond = Condition::any().add(beyond).add(column.into_simple_expr().is_null());
            later = later.add(same.clone().add(beyond));
        }
        same = same.add(if null { column.is_null() } else { column.eq(value) });
    }
    later
}
