//! Refusals of the software API in the words of REST.

use axum::response::{IntoResponse, Response};
use nova_compute_api::ApiError;
use nova_core::Fault;
use nova_http::fault_response;

nova_core::faults! {
    module "webob.exc";
    /// What Nova's REST says of a request that does not go with the server's state.
    HTTPConflict(409, safe, "Cannot '{action}' instance {id} while it is in {attribute} {state}")
        { action: String, id: String, attribute: String, state: String }
}

/// An [`ApiError`] as an answer.
#[derive(Debug)]
pub(crate) struct Refusal(ApiError);

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        if let ApiError::Failed(fault) = &self.0 {
            tracing::error!(%fault, "a request failed");
        }
        fault_response(&fault_of(self.0))
    }
}

/// REST has words of its own for some refusals.
fn fault_of(error: ApiError) -> Fault {
    match error {
        ApiError::WrongState { id, action, attribute, state } => {
            let (action, attribute) = (action.to_owned(), attribute.to_owned());
            HTTPConflict { action, id: id.to_string(), attribute, state }.into()
        }
        other => other.into(),
    }
}

impl Refusal {
    /// The same, naming the field as the body of a request for servers does.
    pub(crate) fn of_server_body(error: ApiError) -> Self {
        Self(renamed(error, server_field))
    }

    /// The same, naming the field as the body of a rebuild does.
    pub(crate) fn of_rebuild_body(error: ApiError) -> Self {
        Self(renamed(error, rebuild_field))
    }

    /// The same, naming the field as the body of a request for a server group does.
    pub(crate) fn of_group_body(error: ApiError) -> Self {
        Self(renamed(error, |field| format!("server_group.{field}")))
    }

    /// The same, naming the field as the parameters of a list of servers do.
    pub(crate) fn of_server_parameters(error: ApiError) -> Self {
        Self(renamed(error, server_parameter))
    }

    /// The same, naming the field as the body of a request for a flavor does.
    pub(crate) fn of_flavor_body(error: ApiError) -> Self {
        Self(renamed(error, flavor_field))
    }
}

fn renamed(error: ApiError, rename: fn(&str) -> String) -> ApiError {
    match error {
        ApiError::Invalid { field, reason } => ApiError::Invalid { field: rename(&field), reason },
        other => other,
    }
}

fn server_field(field: &str) -> String {
    let (first, rest) = field.split_at(field.find('.').unwrap_or(field.len()));
    match first {
        "hints" => format!("os:scheduler_hints{rest}"),
        "image" => format!("server.imageRef{rest}"),
        "flavor" => format!("server.flavorRef{rest}"),
        "admin_password" => "server.adminPass".to_owned(),
        _ => format!("server.{field}"),
    }
}

fn rebuild_field(field: &str) -> String {
    match field {
        "image" => "rebuild.imageRef".to_owned(),
        "access_ip_v4" => "rebuild.accessIPv4".to_owned(),
        "access_ip_v6" => "rebuild.accessIPv6".to_owned(),
        other => format!("rebuild.{other}"),
    }
}

fn server_parameter(field: &str) -> String {
    match field {
        "user" => "user_id".to_owned(),
        "project" => "project_id".to_owned(),
        other => other.to_owned(),
    }
}

fn flavor_field(field: &str) -> String {
    let name = match field {
        "memory_mb" => "ram",
        "root_gb" => "disk",
        "swap_mb" => "swap",
        "ephemeral_gb" => "OS-FLV-EXT-DATA:ephemeral",
        other => other,
    };
    format!("flavor.{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_named_as_in_the_body() {
        assert_eq!(server_field("image"), "server.imageRef");
        assert_eq!(server_field("metadata.role"), "server.metadata.role");
        assert_eq!(server_field("hints.group"), "os:scheduler_hints.group");
        assert_eq!(flavor_field("memory_mb"), "flavor.ram");
        assert_eq!(rebuild_field("image"), "rebuild.imageRef");
    }
}
