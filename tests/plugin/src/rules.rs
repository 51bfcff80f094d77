//! Who may do what, where that is not as in Nova.

use nova_compute_api::policy::{Allow, Permission, RulePolicy, Target};
use nova_core::RequestContext;

/// To say what a rack has: a permission of our own.
pub const EQUIP: &str = "acme:racks:equip";

/// Nova's rules, but servers are deleted by who made them, and racks are equipped by administrators.
pub fn rules() -> RulePolicy {
    let owner =
        |cx: &RequestContext, target: &Target| cx.is_admin() || cx.user_id() == target.user.as_deref();
    RulePolicy::nova().with(Permission::DeleteServer.name(), owner).with(EQUIP, Allow::Admin)
}
