//! Who sees what.

use nova_core::RequestContext;

/// Whether what belongs to `project` is there for `cx`. What is not is not found: no rule changes that.
pub(crate) fn may_see(cx: &RequestContext, project: &str) -> bool {
    cx.is_admin() || cx.project_id() == Some(project)
}
