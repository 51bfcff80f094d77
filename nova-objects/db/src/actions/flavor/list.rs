//! Listing flavors.

use nova_core::fault::ValueError;
use nova_objects::types::Json;
use nova_objects_catalog::exception::{InvalidSortKey, MarkerNotFound};
use sea_orm::{IdenStatic, Iterable, Order, QueryOrder};
use serde_json::Value;

use super::*;

/// Which flavors, and in which order.
///
/// # Example
/// ```
/// use nova_objects_db::actions::flavor::FlavorQuery;
///
/// let mut small = FlavorQuery::default();
/// small.sort_key = "memory_mb".to_owned();
/// small.limit = Some(10);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FlavorQuery {
    /// At least so many mebibytes of memory.
    pub min_memory_mb: Option<i64>,
    /// At least so many gigabytes of root disk.
    pub min_root_gb: Option<i64>,
    /// Only those that are, or are not, disabled.
    pub disabled: Option<bool>,
    /// Only those that are public, or given to the context's project; with `false` only those that are private.
    pub is_public: Option<bool>,
    /// The column to sort by, then by id.
    pub sort_key: String,
    /// Largest first.
    pub descending: bool,
    /// At most so many.
    pub limit: Option<u64>,
    /// Only those after the one of this flavor id.
    pub marker: Option<String>,
}

impl Default for FlavorQuery {
    fn default() -> Self {
        Self {
            min_memory_mb: None,
            min_root_gb: None,
            disabled: None,
            is_public: None,
            sort_key: "flavorid".to_owned(),
            descending: false,
            limit: None,
            marker: None,
        }
    }
}

impl FlavorQuery {
    /// The query that Nova's filters say.
    pub(super) fn with_filters(filters: Option<&Json>) -> Result<Self, Fault> {
        let mut query = Self::default();
        let Some(filters) = filters.and_then(|filters| filters.as_object()) else { return Ok(query) };
        for (key, value) in filters {
            let bad = || ValueError { message: format!("{value} is no value of the filter {key}") };
            match (key.as_str(), value) {
                (_, Value::Null) => {}
                ("min_memory_mb", value) => query.min_memory_mb = Some(number(value).ok_or_else(bad)?),
                ("min_root_gb", value) => query.min_root_gb = Some(number(value).ok_or_else(bad)?),
                ("disabled", value) => query.disabled = Some(value.as_bool().ok_or_else(bad)?),
                ("is_public", value) => query.is_public = Some(value.as_bool().ok_or_else(bad)?),
                _ => {}
            }
        }
        Ok(query)
    }

    fn condition(&self, cx: &RequestContext) -> Condition {
        let mut condition = Condition::all().add(usable(cx));
        if let Some(least) = self.min_memory_mb {
            condition = condition.add(Column::MemoryMb.gte(least));
        }
        if let Some(least) = self.min_root_gb {
            condition = condition.add(Column::RootGb.gte(least));
        }
        if let Some(disabled) = self.disabled {
            condition = condition.add(Column::Disabled.eq(disabled));
        }
        match self.is_public {
            Some(public) if cx.project_id().is_some() => {
                condition.add(Condition::any().add(Column::IsPublic.eq(public)).add(of_project(cx)))
            }
            Some(public) => condition.add(Column::IsPublic.eq(public)),
            None => condition,
        }
    }

    fn sort_column(&self) -> Result<Column, ActionError> {
        let found = Column::iter().find(|column| column.as_str() == self.sort_key);
        found.ok_or_else(|| ActionError::fault(InvalidSortKey {}))
    }
}

fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// All flavors that the context may use, by flavor id.
///
/// # Errors
/// The database's.
pub async fn list_in(tx: &Tx, cx: &RequestContext) -> Result<Vec<Flavor>, ActionError> {
    find_in(tx, cx, &FlavorQuery::default()).await
}

/// The flavors that the context may use and the query asks for.
///
/// # Errors
/// `InvalidSortKey`; `MarkerNotFound` when no such flavor is usable.
pub async fn find_in(tx: &Tx, cx: &RequestContext, query: &FlavorQuery) -> Result<Vec<Flavor>, ActionError> {
    let order = if query.descending { Order::Desc } else { Order::Asc };
    let sorted = Entity::find()
        .filter(query.condition(cx))
        .order_by(query.sort_column()?, order.clone())
        .order_by(Column::Id, order);
    // The whole list is read: it is short, and where the marker stands in it depends on any column.
    let mut rows = sorted.all(tx).await?;
    if let Some(marker) = &query.marker {
        let place = rows.iter().position(|row| row.flavorid == *marker);
        let place = place.ok_or_else(|| ActionError::fault(MarkerNotFound { marker: marker.clone() }))?;
        rows.drain(..=place);
    }
    rows.truncate(query.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX));
    with_parts(tx, rows).await
}
