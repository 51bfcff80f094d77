//! Listing build requests as if they were instances.

use std::cmp::Ordering;

use nova_core::Fault;
use nova_objects::types::{Json, Out};
use nova_objects_catalog::BuildRequest;
use nova_objects_catalog::exception::MarkerNotFound;
use serde_json::Value;

/// By which fields, each ascending or descending.
pub(super) struct Sorting(Vec<(String, bool)>);

impl Sorting {
    /// Directions that are missing are the last one given, or ascending.
    pub(super) fn new(keys: &[String], directions: &[String]) -> Self {
        let descending = |index: usize| {
            let direction = directions.get(index).or(directions.last());
            direction.is_some_and(|direction| direction == "desc")
        };
        Self(keys.iter().enumerate().map(|(index, key)| (key.clone(), descending(index))).collect())
    }

    fn compare(&self, one: &Value, other: &Value) -> Ordering {
        let by_key = self.0.iter().map(|(key, descending)| {
            let order = compare(&one[key], &other[key]);
            if *descending { order.reverse() } else { order }
        });
        by_key.fold(Ordering::Equal, Ordering::then)
    }
}

/// Those that pass all filters, sorted, after `marker`, at most `limit`.
pub(super) fn page(
    requests: Vec<BuildRequest>,
    filters: &Json,
    sorting: &Sorting,
    limit: Option<i64>,
    marker: Option<&str>,
) -> Result<Vec<BuildRequest>, Fault> {
    let mut found = Vec::new();
    for request in requests {
        let fields = fields(&request)?;
        if passes(&fields, filters) {
            found.push((fields, request));
        }
    }
    found.sort_by(|(one, _), (other, _)| sorting.compare(one, other));
    let skipped = match marker {
        None => 0,
        Some(marker) => after(&found, marker)?,
    };
    let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    Ok(found.into_iter().skip(skipped).take(limit).map(|(_, request)| request).collect())
}

fn after(found: &[(Value, BuildRequest)], marker: &str) -> Result<usize, Fault> {
    let place = found.iter().position(|(fields, _)| fields["uuid"] == marker);
    Ok(place.ok_or_else(|| MarkerNotFound { marker: marker.to_owned() })? + 1)
}

/// The fields of the instance, in primitive form.
fn fields(request: &BuildRequest) -> Result<Value, Fault> {
    let Some(instance) = request.instance.value() else { return Ok(Value::Null) };
    let mut primitive = serde_json::to_value(Out(instance))
        .map_err(|error| Fault::internal("filtering build requests", &error))?;
    Ok(primitive["nova_object.data"].take())
}

/// `deleted` and those about times of change hide nothing: a build request is alive and new.
fn passes(fields: &Value, filters: &Json) -> bool {
    let Some(filters) = filters.as_object() else { return true };
    filters.iter().all(|(key, wanted)| match key.as_str() {
        "deleted" | "cleaned" => !truthy(wanted),
        "soft_deleted" | "changes-since" | "changes-before" => true,
        "metadata" | "system_metadata" => wanted
            .as_object()
            .is_none_or(|wanted| wanted.iter().all(|(name, value)| fields[key].get(name) == Some(value))),
        "display_name" | "name" => {
            let own = fields["display_name"].as_str().unwrap_or_default().to_lowercase();
            wanted.as_str().is_some_and(|part| own.contains(&part.to_lowercase()))
        }
        key => match wanted {
            Value::Array(any) => any.contains(&fields[key]),
            one => fields.get(key).unwrap_or(&Value::Null) == one,
        },
    })
}

fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
    }
}

fn compare(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one.as_f64().partial_cmp(&other.as_f64()).unwrap_or(Ordering::Equal)
        }
        (Value::String(one), Value::String(other)) => one.cmp(other),
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        _ => one.to_string().cmp(&other.to_string()),
    }
}
