//! Answers on paper: a table for people, JSON for programs.

use std::collections::BTreeMap;
use std::io::Write;

use nova_manage::operation::Entry;
use nova_manage::placement::{Audit, Discrepancy, Healed, What};
use nova_manage::service::ServiceState;
use nova_neighbours::placement::Resources;
use serde::Serialize;

/// Why an answer was not printed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PrintError {
    #[error("the answer cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    #[error("the answer cannot be written")]
    Write(#[from] std::io::Error),
}

pub(crate) fn operations(entries: &[Entry], json: bool) -> Result<(), PrintError> {
    if json {
        return as_json(entries);
    }
    let row = |entry: &Entry| {
        let record = &entry.record;
        let fault = record.fault.as_ref().map(|fault| fault.message.clone());
        [
            record.id.to_string(),
            record.kind.clone(),
            record.status.as_str().to_owned(),
            record.step.clone(),
            record.queue.to_string(),
            record.attempt.to_string(),
            record.target.clone(),
            record.updated_at.to_string(),
            fault.unwrap_or_default(),
        ]
    };
    let titles = ["id", "kind", "status", "step", "queue", "attempt", "about", "updated", "last fault"];
    table(&titles, entries.iter().map(row))
}

pub(crate) fn operation(entry: &Entry) -> Result<(), PrintError> {
    as_json(entry)
}

pub(crate) fn services(services: &[ServiceState], json: bool) -> Result<(), PrintError> {
    if json {
        return as_json(services);
    }
    let row = |service: &ServiceState| {
        let status = if service.enabled { "enabled" } else { "disabled" };
        [
            service.binary.clone(),
            service.host.clone(),
            service.version.to_string(),
            status.to_owned(),
            if service.up { "up" } else { "down" }.to_owned(),
            service.last_seen_up.map(|moment| moment.to_string()).unwrap_or_default(),
            service.id.clone(),
        ]
    };
    table(&["binary", "host", "version", "status", "state", "last seen", "id"], services.iter().map(row))
}

pub(crate) fn audit(audit: &Audit, json: bool) -> Result<(), PrintError> {
    if json {
        return as_json(audit);
    }
    let rows = audit.discrepancies.iter().map(discrepancy);
    if !audit.discrepancies.is_empty() {
        table(&["consumer", "problem", "holds", "should hold"], rows)?;
    }
    let Audit { checked, in_motion, discrepancies } = audit;
    line(&format!("{checked} checked, {in_motion} in motion, {} wrong", discrepancies.len()))
}

pub(crate) fn healed(healed: &[Healed], json: bool) -> Result<(), PrintError> {
    if json {
        return as_json(healed);
    }
    if healed.is_empty() {
        return line("nothing to heal");
    }
    let rows = healed.iter().map(|healed| {
        let [consumer, problem, holds, needs] = discrepancy(&healed.discrepancy);
        [consumer, problem, holds, needs, word(&healed.outcome)]
    });
    table(&["consumer", "problem", "holds", "should hold", "outcome"], rows)
}

pub(crate) fn count(what: &'static str, count: u64, json: bool) -> Result<(), PrintError> {
    match json {
        true => as_json(&BTreeMap::from([(what.replace(' ', "_"), count)])),
        false => line(&format!("{what}: {count}")),
    }
}

fn discrepancy(found: &Discrepancy) -> [String; 4] {
    let consumer = found.consumer.to_string();
    match &found.what {
        What::Orphan { holds } => [consumer, "orphan".to_owned(), amounts(holds), String::new()],
        What::Unknown { holds } => [consumer, "unknown".to_owned(), amounts(holds), String::new()],
        What::Wrong { holds, needs } => [consumer, "wrong".to_owned(), amounts(holds), amounts(needs)],
        What::NoNode { host, node } => {
            let node = node.as_deref().unwrap_or("?");
            [consumer, format!("no node {node} on {host}"), String::new(), String::new()]
        }
        other => [consumer, format!("{other:?}"), String::new(), String::new()],
    }
}

fn amounts(by_node: &BTreeMap<String, Resources>) -> String {
    let of_node = |(node, resources): (&String, &Resources)| {
        let amounts: Vec<_> = resources.iter().map(|(class, amount)| format!("{class}={amount}")).collect();
        format!("{node}: {}", amounts.join(" "))
    };
    by_node.iter().map(of_node).collect::<Vec<_>>().join("; ")
}

/// The word that JSON has for a value without fields.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        other => format!("{other:?}"),
    }
}

fn as_json<T: Serialize + ?Sized>(value: &T) -> Result<(), PrintError> {
    line(&serde_json::to_string_pretty(value)?)
}

fn line(text: &str) -> Result<(), PrintError> {
    Ok(writeln!(std::io::stdout(), "{text}")?)
}

/// Columns as wide as their widest cell; control characters in a cell become spaces.
fn table<const N: usize>(
    titles: &[&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Result<(), PrintError> {
    let clean = |cell: String| cell.replace(char::is_control, " ");
    let rows: Vec<[String; N]> = rows.map(|row| row.map(clean)).collect();
    let mut widths = titles.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let titles = titles.map(str::to_owned);
    for row in [&titles].into_iter().chain(&rows) {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        line(cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}
