//! What every [`Identity`] must do.

use nova_core::Env;

use super::{Identity, Unauthorized};

/// Checks `identity`, which knows `token` as a user of a project who is not an administrator.
///
/// # Panics
/// At the first promise that is not kept.
pub async fn check(identity: &dyn Identity, token: &str) {
    let env = Env::system();
    let cx = identity.validate(token).await.expect("the token is valid").build(&env);
    assert!(cx.user_id().is_some() && cx.project_id().is_some(), "a token is somebody's, in a project");
    assert!(!cx.is_admin() && !cx.has_role("admin"), "rights come from roles");
    for wrong in ["", "no-such-token", &format!("{token} "), "\u{0}", &"x".repeat(100_000)] {
        let refused = identity.validate(wrong).await.expect_err("a wrong token is refused");
        assert!(refused.is::<Unauthorized>(), "{refused:?}");
        assert!(
            wrong.is_empty() || !refused.to_string().contains(wrong),
            "a fault does not repeat the token"
        );
    }
}
