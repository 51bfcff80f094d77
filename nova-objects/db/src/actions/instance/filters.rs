//! What a listing of instances is narrowed to.

use nova_core::{Fault, RequestContext, Timestamp};
use nova_objects_catalog::VmState;
use nova_objects_catalog::exception::InvalidInput;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ColumnType, Condition, IntoSimpleExpr, Value as Sql};
use serde_json::{Map, Value};

use crate::actions::scope::{by_life, by_project};
use crate::engine::Engine;
use crate::entity::instance::{Column, Entity};
use crate::entity::{instance_metadata, instance_system_metadata};
use crate::time::to_column;

/// Texts that are looked for as they are; others are patterns.
const EXACT: &[&str] = &[
    "project_id",
    "user_id",
    "image_ref",
    "vm_state",
    "uuid",
    "host",
    "node",
    "task_state",
    "reservation_id",
];

/// What begins a part of a pattern that is more than text.
const PATTERN: &[char] = &['.', '^', '$', '*', '+', '?', '{', '}', '[', ']', '\\', '|', '(', ')'];

/// The condition of Nova's `filters`, for what the request may see.
///
/// A name that is neither a column nor one of Nova's words narrows nothing, as with Nova.
pub(super) fn condition(cx: &RequestContext, engine: Engine, filters: &Value) -> Result<Condition, Fault> {
    let none = Map::new();
    let filters = filters.as_object().unwrap_or(&none);
    let mut all = Condition::all().add(by_project(cx, Column::ProjectId)).add(life(cx, filters));
    for (name, value) in filters {
        all = all.add_option(filter(engine, name, value)?);
    }
    Ok(all)
}

/// Whether dead instances are listed: as the filters say, else as the context does.
fn life(cx: &RequestContext, filters: &Map<String, Value>) -> Condition {
    let soft_deleted = filters.get("soft_deleted").map(truth);
    let gone = Column::VmState.eq(VmState::SoftDeleted.as_str());
    match filters.get("deleted").map(truth) {
        None => by_life(cx, Column::Deleted),
        Some(true) => Condition::any()
            .add(Column::Deleted.ne(0))
            .add_option((soft_deleted != Some(false)).then_some(gone)),
        Some(false) if soft_deleted == Some(true) => Condition::all().add(Column::Deleted.eq(0)),
        Some(false) => Condition::all().add(Column::Deleted.eq(0)).add(resting()),
    }
}

/// Not deleted in a way that can be undone.
pub(super) fn resting() -> Condition {
    Condition::any().add(Column::VmState.is_null()).add(Column::VmState.ne(VmState::SoftDeleted.as_str()))
}

fn filter(engine: Engine, name: &str, value: &Value) -> Result<Option<Condition>, Fault> {
    let all = Condition::all();
    Ok(Some(match name {
        "deleted" | "soft_deleted" | "not-tags" | "not-tags-any" => return Ok(None),
        "tags" | "tags-any" => all.add(Expr::val(1).eq(0)), // no table of ours holds tags: nobody has one
        "changes-since" => all.add(Column::UpdatedAt.gte(moment(name, value)?)),
        "changes-before" => all.add(Column::UpdatedAt.lte(moment(name, value)?)),
        "cleaned" => all.add(Column::Cleaned.eq(i32::from(truth(value)))),
        "metadata" | "system_metadata" => having(name, value)?,
        "name" => field(engine, "display_name", Column::DisplayName, value)?,
        name => match name.parse::<Column>() {
            Ok(column) => field(engine, name, column, value)?,
            Err(_) => return Ok(None),
        },
    }))
}

/// A column is one of the values, or like the text.
fn field(engine: Engine, name: &str, column: Column, value: &Value) -> Result<Condition, Fault> {
    match value {
        Value::Array(values) => {
            let any = Condition::any().add(Expr::val(1).eq(0));
            values.iter().try_fold(any, |any, value| Ok(any.add(is(name, column, value)?)))
        }
        Value::String(text) if is_text(column) && !EXACT.contains(&name) => like(engine, name, column, text),
        value => Ok(Condition::all().add(is(name, column, value)?)),
    }
}

fn is_text(column: Column) -> bool {
    matches!(column.def().get_column_type(), ColumnType::String(_) | ColumnType::Text)
}

fn is(name: &str, column: Column, value: &Value) -> Result<Expr, Fault> {
    Ok(match value {
        Value::Null => column.is_null(),
        value => column.eq(sql(name, column, value)?),
    })
}

/// The value in the type of the column.
fn sql(name: &str, column: Column, value: &Value) -> Result<Sql, Fault> {
    let text = || value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let number = || text().parse::<i64>().map_err(|_| invalid(name, "not a number"));
    Ok(match column.def().get_column_type() {
        ColumnType::Boolean => truth(value).into(),
        ColumnType::Integer => i32::try_from(number()?).map_err(|_| invalid(name, "too large"))?.into(),
        ColumnType::BigInteger => number()?.into(),
        ColumnType::DateTime => moment(name, value)?.into(),
        _ => text().into(),
    })
}

/// A text is anywhere in the column; a pattern is matched by the engine, if it can.
fn like(engine: Engine, name: &str, column: Column, text: &str) -> Result<Condition, Fault> {
    if !text.contains(PATTERN) {
        let escaped = text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
        let like = sea_orm::sea_query::LikeExpr::new(format!("%{escaped}%")).escape('!');
        return Ok(Condition::all().add(column.into_simple_expr().like(like)));
    }
    let operator = match engine {
        Engine::Postgres => "~",
        Engine::MySql => "REGEXP",
        Engine::Sqlite => return Err(invalid(name, "this database matches no patterns, only texts")),
    };
    let matches = column.into_simple_expr().binary(sea_orm::sea_query::BinOper::Custom(operator), text);
    Ok(Condition::all().add(matches))
}

/// Instances that have all these entries.
fn having(name: &str, value: &Value) -> Result<Condition, Fault> {
    let maps: Vec<_> = match value {
        Value::Array(maps) => maps.iter().filter_map(Value::as_object).collect(),
        value => value.as_object().into_iter().collect(),
    };
    let entries = maps.into_iter().flatten().map(|(key, value)| {
        let value = value.as_str().ok_or_else(|| invalid(name, "not a text"))?;
        Ok::<_, Fault>(if name == "metadata" { having_user(key, value) } else { having_system(key, value) })
    });
    entries.into_iter().try_fold(Condition::all(), |all, entry| Ok(all.add(entry?)))
}

/// Instances with an entry in that table of metadata.
macro_rules! having_entry {
    ($name:ident, $entity:ident) => {
        fn $name(key: &str, value: &str) -> Expr {
            use $entity::Column as Entry;
            let having = Query::select()
                .column(Entry::InstanceUuid)
                .from($entity::Entity)
                .and_where(Entry::Key.eq(key))
                .and_where(Entry::Value.eq(value))
                .and_where(Entry::Deleted.eq(0))
                .to_owned();
            Expr::col((Entity, Column::Uuid)).in_subquery(having)
        }
    };
}
having_entry!(having_user, instance_metadata);
having_entry!(having_system, instance_system_metadata);

fn truth(value: &Value) -> bool {
    match value {
        Value::Bool(value) => *value,
        Value::Number(value) => value.as_f64() != Some(0.0),
        Value::String(value) => {
            matches!(value.to_lowercase().as_str(), "1" | "t" | "true" | "on" | "y" | "yes")
        }
        value => !value.is_null(),
    }
}

fn moment(name: &str, value: &Value) -> Result<sea_orm::prelude::DateTime, Fault> {
    let time = value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    time.map(to_column).ok_or_else(|| invalid(name, "not a time"))
}

fn invalid(name: &str, reason: &str) -> Fault {
    InvalidInput { reason: format!("filter {name}: {reason}") }.into()
}
