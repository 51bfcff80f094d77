//! Operation records as rows and back.

use nova_core::Timestamp;
use nova_core::operation::{OperationId, OperationRecord, Queue};
use sea_orm::DbErr;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::entity::operation::Model;

/// The row of `record`.
pub(super) fn to_row(record: &OperationRecord) -> Result<Model, DbErr> {
    let OperationRecord {
        id,
        kind,
        version,
        target,
        project_id,
        context,
        args,
        secrets,
        state,
        status,
        step,
        ordinal,
        queue: Queue { topic, host },
        attempt,
        not_before,
        owner,
        lease_until,
        fault,
        passed,
        created_at,
        updated_at,
    } = record;
    Ok(Model {
        id: id.to_string(),
        kind: kind.clone(),
        version: number(*version)?,
        target: target.clone(),
        project_id: project_id.clone(),
        context: json(context)?,
        args: json(args)?,
        secrets: secrets.as_ref().map(json).transpose()?,
        state: json(state)?,
        status: status.as_str().to_owned(),
        step: step.clone(),
        ordinal: number(*ordinal)?,
        topic: topic.clone(),
        host: host.clone(),
        attempt: number(*attempt)?,
        not_before: not_before.map(Timestamp::unix_micros),
        owner: owner.clone(),
        lease_until: lease_until.map(Timestamp::unix_micros),
        fault: fault.as_ref().map(json).transpose()?,
        passed: json(passed)?,
        created_at: created_at.unix_micros(),
        updated_at: updated_at.unix_micros(),
    })
}

/// The record of `row`.
pub(super) fn to_record(row: Model) -> Result<OperationRecord, DbErr> {
    let Model {
        id,
        kind,
        version,
        target,
        project_id,
        context,
        args,
        secrets,
        state,
        status,
        step,
        ordinal,
        topic,
        host,
        attempt,
        not_before,
        owner,
        lease_until,
        fault,
        passed,
        created_at,
        updated_at,
    } = row;
    Ok(OperationRecord {
        id: id.parse::<OperationId>().map_err(unreadable)?,
        kind,
        version: unsigned(version)?,
        target,
        project_id,
        context: parse(&context)?,
        args: parse(&args)?,
        secrets: secrets.as_deref().map(parse).transpose()?,
        state: parse(&state)?,
        status: status.parse().map_err(unreadable)?,
        step,
        ordinal: unsigned(ordinal)?,
        queue: Queue { topic, host },
        attempt: unsigned(attempt)?,
        not_before: not_before.map(moment).transpose()?,
        owner,
        lease_until: lease_until.map(moment).transpose()?,
        fault: fault.as_deref().map(parse).transpose()?,
        passed: parse(&passed)?,
        created_at: moment(created_at)?,
        updated_at: moment(updated_at)?,
    })
}

fn json(value: &impl Serialize) -> Result<String, DbErr> {
    serde_json::to_string(value).map_err(|error| DbErr::Json(error.to_string()))
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, DbErr> {
    serde_json::from_str(text).map_err(|error| DbErr::Json(error.to_string()))
}

pub(super) fn number(value: u32) -> Result<i32, DbErr> {
    i32::try_from(value).map_err(unreadable)
}

fn unsigned(value: i32) -> Result<u32, DbErr> {
    u32::try_from(value).map_err(unreadable)
}

fn moment(micros: i64) -> Result<Timestamp, DbErr> {
    Timestamp::from_unix_micros(micros).ok_or_else(|| DbErr::Type(format!("{micros} is no time")))
}

fn unreadable(error: impl std::fmt::Display) -> DbErr {
    DbErr::Type(error.to_string())
}
