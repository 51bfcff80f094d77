//! Quotas.

nova_core::faults! {
    module "nova.exception";
    /// Some quota is used up.
    QuotaError(413, safe, "Quota exceeded: code={code}") { code: i64 }
    /// These quotas are used up.
    OverQuota(500, safe, "Quota exceeded for resources: {overs}") { overs: String }
    /// The request would use more than there is.
    TooManyInstances(413, safe, "Quota exceeded for {overs}: Requested {req}, but already used {used} of {allowed} {overs}")
        { overs: String, req: String, used: String, allowed: String }
    /// No more ports.
    PortLimitExceeded(413, safe, "Maximum number of ports exceeded") {}
}
