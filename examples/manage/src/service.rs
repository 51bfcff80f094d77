//! Services: who there is, and who is up.

use nova_core::group::{Liveness, LivenessOptions};
use nova_core::{Fault, RequestContext, Timestamp};
use nova_objects_catalog::{Service, ServiceList};
use serde::Serialize;

use crate::Databases;

/// One service.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ServiceState {
    /// Its uuid.
    pub id: String,
    /// The program.
    pub binary: String,
    /// Where it runs.
    pub host: String,
    /// The version it reports.
    pub version: i64,
    /// Whether an operator lets it take new work.
    pub enabled: bool,
    /// Why not.
    pub disabled_reason: Option<String>,
    /// Whether it is taken to be up. Judged once, by the wall clock, as by any service that has just started.
    pub up: bool,
    /// Its last heartbeat.
    pub last_seen_up: Option<Timestamp>,
}

/// All services, by program and host.
///
/// # Errors
/// The database's. Cancel safe.
pub async fn list(
    databases: &Databases,
    cx: &RequestContext,
    options: LivenessOptions,
) -> Result<Vec<ServiceState>, Fault> {
    let liveness = Liveness::new(databases.nova.api().env(), options);
    let found = ServiceList::get_all(cx, &databases.objects(), None, None).await?;
    let services = found.objects.into_value().map(|members| members.0).unwrap_or_default();
    let mut states =
        services.iter().map(|service| state(service, &liveness)).collect::<Result<Vec<_>, Fault>>()?;
    states.sort_by(|one, other| (&one.binary, &one.host).cmp(&(&other.binary, &other.host)));
    Ok(states)
}

fn state(service: &Service, liveness: &Liveness) -> Result<ServiceState, Fault> {
    let record = service.record()?;
    Ok(ServiceState {
        up: liveness.is_up(&record),
        id: record.uuid,
        binary: record.identity.binary.clone(),
        host: record.identity.host.clone(),
        version: record.version,
        enabled: !record.disabled,
        disabled_reason: service.disabled_reason.present().cloned(),
        last_seen_up: record.last_seen_up,
    })
}
