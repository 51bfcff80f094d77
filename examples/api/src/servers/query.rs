//! The parameters of a list of servers.

use nova_compute_api::{ApiError, Page, ServerFilter, ServerStatus};
use uuid::Uuid;

use crate::query::Parameters;

/// What Nova can filter by and this API cannot: refused, because to ignore it would be a wrong answer.
const NOT_HERE: [&str; 9] = [
    "changes-since",
    "changes-before",
    "ip",
    "ip6",
    "tags",
    "tags-any",
    "not-tags",
    "not-tags-any",
    "soft_deleted",
];

/// What a list is to show.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A status that nothing ever has.
    Nothing,
    /// These.
    Servers {
        /// Which.
        filter: Box<ServerFilter>,
        /// How many.
        page: Page<Uuid>,
    },
}

impl Wanted {
    pub(super) fn limit(&self) -> usize {
        match self {
            Self::Nothing => usize::MAX,
            Self::Servers { page, .. } => page.limit.unwrap_or(usize::MAX),
        }
    }

    pub(super) fn read(parameters: &Parameters) -> Result<Self, ApiError> {
        refuse_what_is_not_here(parameters)?;
        let mut filter = ServerFilter {
            user: parameters.text("user_id"),
            name: parameters.text("name"),
            host: parameters.text("host"),
            flavor: parameters.text("flavor"),
            reservation_id: parameters.text("reservation_id"),
            ..ServerFilter::default()
        };
        if parameters.flag("all_tenants")? {
            filter.all_projects = true;
            filter.project = parameters.text("project_id").or_else(|| parameters.text("tenant_id"));
        }
        filter.image = parameters.text("image").map(|image| uuid("image", &image)).transpose()?;
        if let Some(status) = parameters.get("status") {
            let Ok(status) = status.parse::<ServerStatus>() else { return Ok(Self::Nothing) };
            filter.status = Some(status);
        }
        let marker = parameters.get("marker").map(|marker| uuid("marker", marker)).transpose()?;
        Ok(Self::Servers {
            filter: Box::new(filter),
            page: Page { limit: Some(parameters.limit()?), marker },
        })
    }
}

fn refuse_what_is_not_here(parameters: &Parameters) -> Result<(), ApiError> {
    if let Some(name) = NOT_HERE.iter().find(|name| parameters.get(name).is_some()) {
        return Err(ApiError::invalid(*name, "is a filter that is not implemented here"));
    }
    if parameters.flag("deleted")? {
        return Err(ApiError::invalid("deleted", "servers that are gone cannot be listed here"));
    }
    // The one order there is; `uuid` and `id` only break ties in it.
    for (name, known) in [("sort_key", &["created_at", "uuid", "id"][..]), ("sort_dir", &["desc"][..])] {
        if parameters.get(name).is_some_and(|value| !known.contains(&value)) {
            return Err(ApiError::invalid(name, "servers are sorted by created_at, desc, and nothing else"));
        }
    }
    Ok(())
}

fn uuid(name: &'static str, text: &str) -> Result<Uuid, ApiError> {
    Uuid::try_parse(text).map_err(|_| ApiError::invalid(name, "is not a uuid"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<const N: usize>(pairs: [(&str, &str); N]) -> Result<Wanted, ApiError> {
        Wanted::read(&Parameters::of(pairs))
    }

    #[test]
    fn a_status_that_nothing_has_finds_nothing() {
        assert_eq!(read([("status", "HUNGRY")]).unwrap(), Wanted::Nothing);
    }

    #[test]
    fn what_cannot_be_answered_is_refused_by_name() {
        let bad = [
            ("changes-since", "2020-01-01"),
            ("deleted", "True"),
            ("deleted", "perhaps"),
            ("sort_key", "display_name"),
            ("sort_dir", "asc"),
            ("marker", "web"),
            ("image", "cirros"),
            ("limit", "-1"),
            ("all_tenants", "perhaps"),
        ];
        for (name, value) in bad {
            let error = read([(name, value)]).unwrap_err();
            assert!(matches!(&error, ApiError::Invalid { field, .. } if field == name), "{name}: {error}");
        }
    }

    #[test]
    fn a_project_is_a_filter_among_all_projects() {
        let all = [("all_tenants", "1"), ("project_id", "p2")];
        let Wanted::Servers { filter, .. } = read(all).unwrap() else { panic!() };
        assert_eq!((filter.all_projects, filter.project.as_deref()), (true, Some("p2")));
    }
}
