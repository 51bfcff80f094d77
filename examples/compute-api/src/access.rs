//! Who may do what.

use nova_core::RequestContext;

use crate::ApiError;

/// Whether `cx` may see what belongs to `project`.
pub(crate) fn may_see(cx: &RequestContext, project: &str) -> bool {
    cx.is_admin() || cx.project_id() == Some(project)
}

/// The project that `cx` acts in, if it may change things there.
pub(crate) fn member(cx: &RequestContext, action: &'static str) -> Result<String, ApiError> {
    let allowed = cx.is_admin() || cx.has_role("member") || cx.has_role("manager");
    match cx.project_id() {
        Some(project) if allowed => Ok(project.to_owned()),
        _ => Err(ApiError::Forbidden { action }),
    }
}

/// Refuses whoever may change nothing; an administrator needs no project.
pub(crate) fn writer(cx: &RequestContext, action: &'static str) -> Result<(), ApiError> {
    if cx.is_admin() { Ok(()) } else { member(cx, action).map(drop) }
}

/// Refuses whoever is no administrator.
pub(crate) fn admin(cx: &RequestContext, action: &'static str) -> Result<(), ApiError> {
    if cx.is_admin() { Ok(()) } else { Err(ApiError::Forbidden { action }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nova_core::Env;

    fn cx(roles: &[&str]) -> RequestContext {
        let builder = RequestContext::builder().user("u").project("p1");
        roles.iter().fold(builder, |builder, role| builder.role(*role)).build(&Env::builder().seed(1).build())
    }

    #[test]
    fn a_reader_changes_nothing_and_a_member_its_own_project() {
        assert!(member(&cx(&["reader"]), "x").is_err());
        assert!(writer(&cx(&["reader"]), "x").is_err());
        assert_eq!(member(&cx(&["member"]), "x").unwrap(), "p1");
        assert!(admin(&cx(&["member"]), "x").is_err());
        assert!(may_see(&cx(&[]), "p1") && !may_see(&cx(&["member"]), "p2"));
    }

    #[test]
    fn an_administrator_without_a_project_deletes_but_does_not_create() {
        let admin = RequestContext::admin(&Env::builder().seed(1).build());
        assert!(writer(&admin, "x").is_ok() && may_see(&admin, "p1"));
        assert!(member(&admin, "x").is_err());
    }
}
