//! Services and hosts.

nova_core::faults! {
    module "nova.exception";
    /// No such service.
    ServiceNotFound(404, safe, "Service {service_id} could not be found.") { service_id: String }
    /// A service on that host listens on that topic already.
    ServiceTopicExists(500, "Service with host {host} topic {topic} exists.") { host: String, topic: String }
    /// That program has a record on that host already.
    ServiceBinaryExists(500, "Service with host {host} binary {binary} exists.") { host: String, binary: String }
    /// No such host.
    HostNotFound(404, safe, "Host {host} could not be found.") { host: String }
    /// No such compute host or hypervisor.
    ComputeHostNotFound(404, safe, "Compute host {host} could not be found.") { host: String }
    /// The service cannot serve now.
    ServiceUnavailable(400, safe, "Service is unavailable at this time.") {}
    /// The compute service of the host is down.
    ComputeServiceUnavailable(400, safe, "Compute service of {host} is unavailable at this time.") { host: String }
    /// The compute service is up, or has instances, and the request wants it otherwise.
    ComputeServiceInUse(500, "Compute service of {host} is still in use.") { host: String }
    /// This service is too old for the rest of the fleet.
    ServiceTooOld(400,
        "This service is older (v{thisver}) than the minimum (v{minver}) version of the rest of the deployment. \
         Unable to continue.") { thisver: i64, minver: i64 }
    /// A compute service of the fleet is too old for this one.
    TooOldComputeService(400,
        "Current Nova version does not support computes older than {oldest_supported_version} but the minimum \
         compute service level in your {scope} is {min_service_level} and the oldest supported service level is \
         {oldest_supported_service}.")
        { oldest_supported_version: String, scope: String, min_service_level: i64, oldest_supported_service: i64 }
}
