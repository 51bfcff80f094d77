//! The body of a request for a server group, as microversion 2.1 has it.

use nova_compute_api::{ApiError, CreateGroup, GroupPolicy};
use serde::Deserialize;

/// The body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateBody {
    server_group: GroupBody,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupBody {
    name: String,
    policies: Vec<String>,
}

impl CreateBody {
    pub(super) fn into_request(self) -> Result<CreateGroup, ApiError> {
        let GroupBody { name, policies } = self.server_group;
        let [policy] = policies.as_slice() else {
            return Err(ApiError::invalid("policies", "is not a list of one policy"));
        };
        Ok(CreateGroup::new(name, read(policy)?))
    }
}

/// Soft policies came with 2.15.
fn read(policy: &str) -> Result<GroupPolicy, ApiError> {
    match policy {
        "affinity" => Ok(GroupPolicy::Affinity),
        "anti-affinity" => Ok(GroupPolicy::ANTI_AFFINITY),
        _ => Err(ApiError::invalid("policies", "is neither affinity nor anti-affinity")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(policies: &str) -> Result<GroupPolicy, String> {
        let body = format!(r#"{{"server_group": {{"name": "g", "policies": {policies}}}}}"#);
        let body: CreateBody = serde_json::from_str(&body).expect("a body");
        body.into_request().map(|request| request.policy).map_err(|error| error.to_string())
    }

    #[test]
    fn there_is_one_policy_of_two_and_soft_ones_belong_to_a_later_version() {
        assert_eq!(policy(r#"["affinity"]"#), Ok(GroupPolicy::Affinity));
        assert_eq!(policy(r#"["anti-affinity"]"#), Ok(GroupPolicy::ANTI_AFFINITY));
        for bad in ["[]", r#"["affinity", "anti-affinity"]"#, r#"["soft-affinity"]"#, r#"["x"]"#] {
            assert!(policy(bad).unwrap_err().contains("policies"), "{bad}");
        }
    }
}
