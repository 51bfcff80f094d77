//! Why a request was refused.

use std::fmt;

use nova_core::Fault;
use nova_core::operation::secrets::SealError;
use nova_core::operation::{EncodeError, StoreError};
use nova_objects_catalog::exception;
use nova_objects_db::DbError;
use nova_objects_db::quota::{Over, OverQuota};
use uuid::Uuid;

/// What was asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A server.
    Server,
    /// A flavor.
    Flavor,
    /// A server group.
    Group,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "server",
            Self::Flavor => "flavor",
            Self::Group => "server group",
        })
    }
}

/// Why a request was refused, or could not be carried out.
///
/// Everything but [`Failed`](Self::Failed) is the caller's to mend, and means that nothing was written.
///
/// # Example
/// ```
/// use nova_compute_api::ApiError;
/// use nova_core::Fault;
///
/// let error = ApiError::invalid("name", "is empty");
/// assert_eq!(error.to_string(), "invalid input for name: is empty");
/// assert_eq!(Fault::from(error).code(), 400);
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApiError {
    /// A field cannot be what it is.
    #[error("invalid input for {field}: {reason}")]
    Invalid {
        /// The field, by its name in this crate's types: `name`, `image`, `metadata.role`.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It is not there, or not this caller's to see.
    #[error("{kind} {id} could not be found")]
    NotFound {
        /// What.
        kind: Kind,
        /// Which.
        id: String,
    },
    /// The policy does not allow the caller this.
    #[error("policy does not allow {rule}")]
    Forbidden {
        /// The name of the [permission](crate::policy::Permission), as in `os_compute_api:servers:create`.
        rule: String,
    },
    /// It does not go with what is there already.
    #[error("{kind} {id}: {reason}")]
    Conflict {
        /// What.
        kind: Kind,
        /// Which.
        id: String,
        /// What is in the way.
        reason: String,
    },
    /// The server is in a state that this does not go with.
    #[error("server {id} is in {attribute} {state}, in which it cannot {action}")]
    WrongState {
        /// The server.
        id: Uuid,
        /// What was asked, under Nova's name.
        action: &'static str,
        /// `vm_state` or `task_state`.
        attribute: &'static str,
        /// The state.
        state: String,
    },
    /// Somebody locked the server, and the caller is no administrator.
    #[error("server {id} is locked")]
    Locked {
        /// The server.
        id: Uuid,
    },
    /// The server is on no host.
    #[error("server {id} is not ready")]
    NotReady {
        /// The server.
        id: Uuid,
    },
    /// The server has never run.
    #[error("server {id} has never been active, so it cannot {action}")]
    NeverActive {
        /// The server.
        id: Uuid,
        /// What was asked, under Nova's name.
        action: &'static str,
    },
    /// More was asked for than one request may have.
    #[error("{field} asks for {asked}, and a request may have {allowed}")]
    TooManyRequested {
        /// The field.
        field: &'static str,
        /// How many were asked for.
        asked: u64,
        /// How many are allowed.
        allowed: u64,
    },
    /// The project may not have so much more.
    #[error("over quota")]
    OverQuota(#[source] OverQuota),
    /// This service failed. Whether something was written is not known unless the fault says so.
    #[error("the request could not be carried out")]
    Failed(#[source] Fault),
}

impl ApiError {
    /// A field that cannot be what it is.
    pub fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), reason: reason.into() }
    }

    pub(crate) fn no_server(id: impl fmt::Display) -> Self {
        Self::NotFound { kind: Kind::Server, id: id.to_string() }
    }

    /// The id is anybody's text: its beginning, without what a terminal would obey.
    pub(crate) fn no_flavor(id: &str) -> Self {
        let id = id.chars().take(255).filter(|c| !c.is_control()).collect();
        Self::NotFound { kind: Kind::Flavor, id }
    }

    pub(crate) fn no_group(id: impl fmt::Display) -> Self {
        Self::NotFound { kind: Kind::Group, id: id.to_string() }
    }

    /// Whether it is not there, or not this caller's to see.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault)
    }
}

impl From<DbError> for ApiError {
    fn from(error: DbError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::Failed(Fault::internal("reading an operation", &error))
    }
}

impl From<EncodeError> for ApiError {
    fn from(error: EncodeError) -> Self {
        Self::Failed(Fault::internal("writing an operation", &error))
    }
}

impl From<SealError> for ApiError {
    fn from(error: SealError) -> Self {
        Self::Failed(Fault::internal("sealing secrets", &error))
    }
}

nova_core::faults! {
    module "nova.exception";
    /// The server, flavor or group does not go with what is there already.
    Conflict(409, safe, "{reason}") { reason: String }
}

/// With Nova's classes and codes, for REST and RPC.
impl From<ApiError> for Fault {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::Invalid { field, reason } => {
                exception::InvalidInput { reason: format!("{field}: {reason}") }.into()
            }
            ApiError::NotFound { kind: Kind::Server, id } => {
                exception::InstanceNotFound { instance_id: id }.into()
            }
            ApiError::NotFound { kind: Kind::Flavor, id } => {
                exception::FlavorNotFound { flavor_id: id }.into()
            }
            ApiError::NotFound { kind: Kind::Group, id } => {
                exception::InstanceGroupNotFound { group_uuid: id }.into()
            }
            ApiError::Forbidden { rule } => exception::PolicyNotAuthorized { action: rule }.into(),
            ApiError::Conflict { kind, id, reason } => {
                Conflict { reason: format!("The {kind} {id} {reason}.") }.into()
            }
            ApiError::WrongState { id, action, attribute, state } => {
                wrong_state(id, action, attribute, state).with_code(409)
            }
            ApiError::Locked { id } => {
                let fault: Fault = exception::InstanceIsLocked { instance_uuid: id.to_string() }.into();
                fault.with_code(409)
            }
            ApiError::NotReady { id } => {
                let fault: Fault = exception::InstanceNotReady { instance_id: id.to_string() }.into();
                fault.with_code(409)
            }
            ApiError::NeverActive { action, .. } => {
                Conflict { reason: format!("Cannot '{action}' an instance which has never been active") }
                    .into()
            }
            // REST users have seen 403 here since Nova's API 2.1.
            ApiError::TooManyRequested { field, asked, allowed } => {
                too_many(field, asked, allowed).with_code(403)
            }
            ApiError::OverQuota(over) => over_quota(&over).with_code(403),
            ApiError::Failed(fault) => fault,
        }
    }
}

fn wrong_state(id: Uuid, action: &str, attribute: &str, state: String) -> Fault {
    let (instance_uuid, attr, method) = (id.to_string(), attribute.to_owned(), action.to_owned());
    exception::InstanceInvalidState { instance_uuid, attr, state, method }.into()
}

/// In Nova's words: `Quota exceeded for instances, cores: Requested 1, 2, but already used 10, 19 of 10, 20 instances, cores`.
fn over_quota(OverQuota(overs): &OverQuota) -> Fault {
    let list = |amount: fn(&Over) -> String| overs.iter().map(amount).collect::<Vec<_>>().join(", ");
    exception::TooManyInstances {
        overs: list(|over| over.resource.to_owned()),
        req: list(|over| over.requested.to_string()),
        used: list(|over| over.used.to_string()),
        allowed: list(|over| over.limit.to_string()),
    }
    .into()
}

fn too_many(field: &str, asked: u64, allowed: u64) -> Fault {
    let overs = format!("instances ({field})");
    let (req, used, allowed) = (asked.to_string(), "0".to_owned(), allowed.to_string());
    exception::TooManyInstances { overs, req, used, allowed }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_is_a_safe_fault_with_a_code_of_the_callers() {
        let refusals = [
            (ApiError::invalid("name", "is empty"), 400),
            (ApiError::no_server("s"), 404),
            (ApiError::no_flavor("f"), 404),
            (ApiError::no_group("g"), 404),
            (ApiError::Forbidden { rule: "create".into() }, 403),
            (ApiError::Conflict { kind: Kind::Flavor, id: "f".into(), reason: "exists".into() }, 409),
            (ApiError::TooManyRequested { field: "max_count", asked: 9, allowed: 1 }, 403),
            (ApiError::Locked { id: Uuid::nil() }, 409),
            (ApiError::NotReady { id: Uuid::nil() }, 409),
            (ApiError::NeverActive { id: Uuid::nil(), action: "stop" }, 409),
            (wrong_state(), 409),
            (ApiError::OverQuota(OverQuota(vec![])), 403),
        ];
        for (refusal, code) in refusals {
            let text = refusal.to_string();
            let fault = Fault::from(refusal);
            assert_eq!((fault.code(), fault.is_safe()), (code, true), "{text}");
        }
    }

    fn wrong_state() -> ApiError {
        let (attribute, state) = ("vm_state", "paused".to_owned());
        ApiError::WrongState { id: Uuid::nil(), action: "stop", attribute, state }
    }

    #[test]
    fn a_wrong_state_is_named_with_what_it_prevents() {
        let text = Fault::from(wrong_state()).message().to_owned();
        assert!(["vm_state", "paused", "stop"].iter().all(|word| text.contains(word)), "{text}");
    }

    #[test]
    fn a_refused_number_names_its_field() {
        let fault = Fault::from(ApiError::TooManyRequested { field: "max_count", asked: 9, allowed: 1 });
        assert!(fault.message().contains("max_count"), "{fault}");
    }
}
