//! What a driver's failure means for a build.

use nova_core::Fault;
use nova_objects_catalog::exception::ComputeResourcesUnavailable;
use nova_virt::{DriverError, FailureClass};

/// What becomes of a build whose spawn failed.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Another host may do it.
    Elsewhere(Fault),
    /// No host would do it.
    Nowhere(Fault),
    /// Somebody with more authority changed the machine: a deletion.
    Superseded,
    /// Nobody knows: ask the hypervisor, then try again.
    Unknown(Fault),
}

impl From<DriverError> for Verdict {
    fn from(error: DriverError) -> Self {
        match error.class() {
            FailureClass::Reschedule => Self::Elsewhere(unavailable(&error)),
            FailureClass::Abort => Self::Nowhere(Fault::internal("building the machine", &error)),
            FailureClass::Superseded => Self::Superseded,
            FailureClass::Deleted | FailureClass::Unknown => {
                Self::Unknown(Fault::internal("building the machine", &error))
            }
        }
    }
}

/// A host without room says so in Nova's words; any other failure of a host in its own.
fn unavailable(error: &DriverError) -> Fault {
    match error {
        DriverError::NoCapacity { .. } => ComputeResourcesUnavailable { reason: error.to_string() }.into(),
        other => Fault::internal("building the machine", other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nova_virt::{AbortCause, Call};
    use uuid::Uuid;

    #[test]
    fn a_broken_host_sends_the_build_elsewhere_and_a_bad_image_nowhere() {
        let broken = DriverError::host(Call::Spawn, "no disk");
        assert!(matches!(Verdict::from(broken), Verdict::Elsewhere(_)));
        let cause = AbortCause::ImageUnacceptable;
        let bad = DriverError::Unacceptable { uuid: Uuid::nil(), cause, detail: "not an image".to_owned() };
        assert!(matches!(Verdict::from(bad), Verdict::Nowhere(_)));
    }

    #[test]
    fn an_outcome_nobody_knows_is_asked_for_and_not_taken_for_a_failure() {
        let unknown = DriverError::outcome_unknown(Call::Spawn, "the answer is lost");
        assert!(matches!(Verdict::from(unknown), Verdict::Unknown(_)));
    }
}
