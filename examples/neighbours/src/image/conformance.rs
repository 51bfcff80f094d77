//! What every [`Images`] must do.

use nova_core::{Env, RequestContext};

use super::{ImageInfo, ImageNotFound, Images};

/// Checks `images`, which hold the `public` image and one that belongs to the project `owner`, `private`.
///
/// # Panics
/// At the first promise that is not kept.
pub async fn check(images: &dyn Images, public: &ImageInfo, private: &ImageInfo) {
    let env = Env::system();
    let owner = private.owner.clone().expect("the private image has an owner");
    let member = RequestContext::builder().user("u").project(owner).build(&env);
    let stranger = RequestContext::builder().user("v").project("another-project").build(&env);
    let admin = RequestContext::admin(&env);

    for cx in [&member, &stranger, &admin] {
        let seen = images.show(cx, public.id).await.expect("everybody sees a public image");
        assert_eq!(seen, *public);
    }
    for cx in [&member, &admin] {
        assert_eq!(images.show(cx, private.id).await.expect("the owner sees it").name, private.name);
        let listed: Vec<_> =
            images.list(cx).await.expect("a list").into_iter().map(|image| image.id).collect();
        assert!(listed.contains(&private.id) && listed.contains(&public.id), "the list is what can be shown");
        assert!(listed.is_sorted(), "the list is ordered by id");
    }
    let hidden = images.show(&stranger, private.id).await.expect_err("a stranger does not see it");
    assert!(hidden.is::<ImageNotFound>(), "what is hidden looks as if it were not there: {hidden:?}");
    let absent = images.show(&admin, env.new_id()).await.expect_err("there is no such image");
    assert!(absent.is::<ImageNotFound>(), "{absent:?}");
    let listed = images.list(&stranger).await.expect("a list");
    assert!(listed.iter().all(|image| image.id != private.id), "a stranger's list does not show it");
}
