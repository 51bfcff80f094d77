//! Why no hosts were given.

use nova_core::Fault;
use nova_neighbours::placement::PlacementError;
use nova_objects_catalog::exception::{AllocationUpdateFailed, InvalidInput, NoValidHost};
use nova_rpc::fault::DeadlinePassed;
use uuid::Uuid;

use crate::demand::DemandError;
use crate::explain::ExplainReport;

/// Why a request got no hosts. Nothing stays claimed for it, unless placement could not be reached to give it back, or did
/// not say whether it made the claim.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SelectError {
    /// There are fewer hosts than instances.
    #[error("no valid host: {0}")]
    NoHost(Box<ExplainReport>),
    /// The request does not make sense.
    #[error("the request makes no sense")]
    Demand(#[from] DemandError),
    /// The request asks for something that is not looked at here; to ignore it would break a promise.
    #[error("{what} are not supported by this scheduler")]
    Unsupported {
        /// What it asks for.
        what: &'static str,
    },
    /// An instance is named by something that is not a uuid.
    #[error("{0:?} is not the uuid of an instance")]
    NotAnInstance(String),
    /// The instance holds resources already: somebody else schedules it, or an earlier attempt was not given back.
    #[error("the instance {instance} holds resources already")]
    Held {
        /// The instance.
        instance: Uuid,
        /// What placement says.
        source: PlacementError,
    },
    /// Nobody waits for the answer any more.
    #[error("the caller's deadline passed")]
    Deadline,
    /// Hosts must be in exactly one cell.
    #[error("there are {enabled} enabled cells beside cell0, not one")]
    Cells {
        /// How many are enabled.
        enabled: usize,
    },
    /// Placement failed.
    #[error("placement failed")]
    Placement(#[source] PlacementError),
    /// The records of hosts and services cannot be read.
    #[error("the records of hosts cannot be read")]
    Records(#[source] Fault),
}

/// The text of Nova for every way of having too few hosts.
const NOT_ENOUGH: &str = "There are not enough hosts available.";

/// What goes over the wire. A `NoValidHost` has the report in its argument `explain`, which is not shown to users.
impl From<SelectError> for Fault {
    fn from(error: SelectError) -> Self {
        match error {
            SelectError::NoHost(report) => no_valid_host(NOT_ENOUGH, &report),
            SelectError::Demand(error) => InvalidInput { reason: error.to_string() }.into(),
            SelectError::Unsupported { what } => {
                NoValidHost { reason: format!("This scheduler does not support {what}.") }.into()
            }
            SelectError::NotAnInstance(_) => InvalidInput { reason: error.to_string() }.into(),
            SelectError::Held { instance, source } => {
                let (consumer_uuid, error) = (instance.to_string(), source.to_string());
                AllocationUpdateFailed { consumer_uuid, error }.into()
            }
            SelectError::Deadline => DeadlinePassed { method: "select_destinations".to_owned() }.into(),
            SelectError::Placement(error) => error.into(),
            SelectError::Records(fault) => fault,
            SelectError::Cells { .. } => Self::internal("choosing hosts", &error),
        }
    }
}

fn no_valid_host(reason: &str, report: &ExplainReport) -> Fault {
    let fault = Fault::from(NoValidHost { reason: reason.to_owned() });
    match serde_json::to_value(report) {
        Ok(explain) => fault.with_kwarg("explain", explain),
        Err(_) => fault,
    }
}
