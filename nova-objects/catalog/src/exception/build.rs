//! Finding a host, and building there.

use nova_core::Fault;

nova_core::faults! {
    module "nova.exception";
    /// No host can take the request.
    NoValidHost(500, safe, "No valid host was found. {reason}") { reason: String }
    /// Every host that was tried failed.
    MaxRetriesExceeded(500, safe, "Exceeded maximum number of retries. {reason}") { reason: String }
    /// The host cannot take the instance after all.
    ComputeResourcesUnavailable(500, "Insufficient compute resources: {reason}.") { reason: String }
    /// Building failed here and goes on elsewhere.
    RescheduledException(500, "Build of instance {instance_uuid} was re-scheduled: {reason}")
        { instance_uuid: String, reason: String }
    /// Building failed in a way another host would not help.
    BuildAbortException(500, "Build of instance {instance_uuid} aborted: {reason}")
        { instance_uuid: String, reason: String }
    /// The host would break the policy of the instance's server group.
    GroupAffinityViolation(500, "{policy} instance group policy was violated") { policy: String }
}

/// Whether no host was found: Nova's family of `NoValidHost`.
///
/// # Example
/// ```
/// use nova_objects_catalog::exception::{MaxRetriesExceeded, is_no_valid_host};
///
/// assert!(is_no_valid_host(&MaxRetriesExceeded { reason: "3 hosts tried".into() }.into()));
/// ```
pub fn is_no_valid_host(fault: &Fault) -> bool {
    fault.is::<NoValidHost>() || fault.is::<MaxRetriesExceeded>()
}
