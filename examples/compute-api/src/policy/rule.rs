//! One rule.

use async_trait::async_trait;
use nova_core::{Fault, RequestContext};

use super::Target;

/// Says of one permission who has it.
///
/// Implemented by [`Allow`], by any function of context and target, and by whatever must ask somebody else first.
/// Asked from many requests at a time.
#[async_trait]
pub trait Rule: Send + Sync + 'static {
    /// Whether `cx` has it for `target`.
    ///
    /// # Errors
    /// It cannot be known now.
    async fn allows(&self, cx: &RequestContext, target: &Target) -> Result<bool, Fault>;
}

#[async_trait]
impl<F> Rule for F
where
    F: Fn(&RequestContext, &Target) -> bool + Send + Sync + 'static,
{
    async fn allows(&self, cx: &RequestContext, target: &Target) -> Result<bool, Fault> {
        Ok(self(cx, target))
    }
}

/// The rules that Nova's defaults are made of.
///
/// A manager is also a member, and a member also a reader, as Keystone has it. Each is one only in the project that the
/// request acts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Allow {
    /// Nobody.
    #[doc(alias = "!")]
    Nobody,
    /// Whoever is known.
    #[doc(alias = "@")]
    Anybody,
    /// Administrators.
    #[doc(alias = "rule:context_is_admin")]
    Admin,
    /// Managers of the target's project, and administrators.
    ProjectManagerOrAdmin,
    /// Members of the target's project, and administrators.
    ProjectMemberOrAdmin,
    /// Readers of the target's project, and administrators.
    ProjectReaderOrAdmin,
}

impl Allow {
    /// Whether it allows `cx` something with `target`.
    pub fn allows(self, cx: &RequestContext, target: &Target) -> bool {
        let roles: &[&str] = match self {
            Self::Nobody => return false,
            Self::Anybody => return true,
            Self::Admin => &[],
            Self::ProjectManagerOrAdmin => &["manager"],
            Self::ProjectMemberOrAdmin => &["manager", "member"],
            Self::ProjectReaderOrAdmin => &["manager", "member", "reader"],
        };
        let at_home = cx.project_id().is_some() && cx.project_id() == target.project.as_deref();
        cx.is_admin() || (at_home && roles.iter().any(|role| cx.has_role(role)))
    }

    /// As it is written in a `policy.yaml` of Nova's.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nobody => "!",
            Self::Anybody => "@",
            Self::Admin => "rule:context_is_admin",
            Self::ProjectManagerOrAdmin => "rule:project_manager_or_admin",
            Self::ProjectMemberOrAdmin => "rule:project_member_or_admin",
            Self::ProjectReaderOrAdmin => "rule:project_reader_or_admin",
        }
    }
}

#[async_trait]
impl Rule for Allow {
    async fn allows(&self, cx: &RequestContext, target: &Target) -> Result<bool, Fault> {
        Ok(Self::allows(*self, cx, target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nova_core::Env;

    fn cx(project: Option<&str>, role: &str) -> RequestContext {
        let builder = RequestContext::builder().user("u").role(role);
        let builder = project.into_iter().fold(builder, |builder, project| builder.project(project));
        let builder = if role == "admin" { builder.admin() } else { builder };
        builder.build(&Env::builder().seed(1).build())
    }

    /// Which of the roles none, reader, member, manager and admin it allows at home.
    fn allowed(rule: Allow, target: &Target) -> Vec<&'static str> {
        let roles = ["", "reader", "member", "manager", "admin"];
        roles.into_iter().filter(|role| rule.allows(&cx(Some("p1"), role), target)).collect()
    }

    #[test]
    fn each_rule_allows_its_role_and_those_above_in_the_own_project() {
        let home = Target { project: Some("p1".to_owned()), ..Target::default() };
        assert_eq!(allowed(Allow::Nobody, &home), [""; 0]);
        assert_eq!(allowed(Allow::Anybody, &home).len(), 5);
        assert_eq!(allowed(Allow::Admin, &home), ["admin"]);
        assert_eq!(allowed(Allow::ProjectManagerOrAdmin, &home), ["manager", "admin"]);
        assert_eq!(allowed(Allow::ProjectMemberOrAdmin, &home), ["member", "manager", "admin"]);
        assert_eq!(allowed(Allow::ProjectReaderOrAdmin, &home), ["reader", "member", "manager", "admin"]);
    }

    #[test]
    fn a_role_counts_for_nothing_elsewhere_or_nowhere() {
        let elsewhere = Target { project: Some("p2".to_owned()), ..Target::default() };
        for target in [elsewhere, Target::default()] {
            assert_eq!(allowed(Allow::ProjectReaderOrAdmin, &target), ["admin"], "{target:?}");
        }
        assert!(!Allow::ProjectReaderOrAdmin.allows(&cx(None, "reader"), &Target::default()));
    }
}
