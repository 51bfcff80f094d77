//! Flavors.

use nova_compute_api::{ApiError, CreateFlavor, FlavorFilter, FlavorVisibility, FlavorsApi, Page};
use nova_core::RequestContext;

use crate::cloud::Cloud;

async fn ids(cloud: &Cloud, cx: &RequestContext, visibility: FlavorVisibility) -> Vec<String> {
    let filter = FlavorFilter { visibility, ..FlavorFilter::default() };
    let flavors = cloud.api.list_flavors(cx, &filter, &Page::default()).await.unwrap();
    flavors.into_iter().map(|flavor| flavor.id).collect()
}

#[tokio::test]
async fn a_flavor_is_read_as_it_was_made_and_gone_when_deleted() {
    let cloud = Cloud::new().await;
    let admin = cloud.admin();
    let request = CreateFlavor::new("big", 4, 8192, 40).id("9").extra_spec("hw:cpu_policy", "dedicated");
    let made = cloud.api.create_flavor(&admin, request).await.unwrap();
    let cx = cloud.member("p1");
    assert_eq!(cloud.api.get_flavor(&cx, "9").await.unwrap(), made);
    assert_eq!(made.extra_specs["hw:cpu_policy"], "dedicated");
    cloud.api.delete_flavor(&admin, "9").await.unwrap();
    assert!(cloud.api.get_flavor(&cx, "9").await.unwrap_err().is_not_found());
    assert!(cloud.api.delete_flavor(&admin, "9").await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn an_id_or_a_name_that_is_taken_is_a_conflict() {
    let cloud = Cloud::new().await;
    for request in [CreateFlavor::new("other", 1, 1, 1).id("1"), CreateFlavor::new("small", 1, 1, 1)] {
        let refused = cloud.api.create_flavor(&cloud.admin(), request).await;
        assert!(matches!(refused, Err(ApiError::Conflict { .. })), "{refused:?}");
    }
}

#[tokio::test]
async fn only_administrators_make_flavors_and_see_private_ones() {
    let cloud = Cloud::new().await;
    let (cx, admin) = (cloud.member("p1"), cloud.admin());
    let refused = cloud.api.create_flavor(&cx, CreateFlavor::new("mine", 1, 1, 1)).await;
    assert!(matches!(refused, Err(ApiError::Forbidden { .. })));
    assert!(matches!(cloud.api.delete_flavor(&cx, "1").await, Err(ApiError::Forbidden { .. })));
    cloud.api.create_flavor(&admin, CreateFlavor::new("hidden", 1, 1, 1).id("h").private()).await.unwrap();
    assert!(cloud.api.get_flavor(&cx, "h").await.unwrap_err().is_not_found());
    assert_eq!(ids(&cloud, &cx, FlavorVisibility::All).await, ["1"]);
    assert_eq!(ids(&cloud, &cx, FlavorVisibility::Private).await, ["1"]);
    assert_eq!(ids(&cloud, &admin, FlavorVisibility::All).await, ["1", "h"]);
    assert_eq!(ids(&cloud, &admin, FlavorVisibility::Usable).await, ["1"]);
    assert_eq!(ids(&cloud, &admin, FlavorVisibility::Private).await, ["h"]);
}

#[tokio::test]
async fn flavors_come_in_pages_and_by_size() {
    let cloud = Cloud::new().await;
    let (cx, admin) = (cloud.member("p1"), cloud.admin());
    cloud.api.create_flavor(&admin, CreateFlavor::new("big", 1, 4096, 10).id("2")).await.unwrap();
    let list = |filter: FlavorFilter, page: Page<String>| {
        let (api, cx) = (cloud.api.clone(), cx.clone());
        async move { api.list_flavors(&cx, &filter, &page).await }
    };
    let all = FlavorFilter::default();
    assert_eq!(list(all, Page::first(1)).await.unwrap()[0].id, "1");
    assert_eq!(list(all, Page::first(1).after("1".to_owned())).await.unwrap()[0].id, "2");
    assert!(list(all, Page::first(1).after("2".to_owned())).await.unwrap().is_empty());
    assert!(matches!(list(all, Page::first(1).after("x".to_owned())).await, Err(ApiError::Invalid { .. })));
    let large = FlavorFilter { min_memory_mb: 1024, ..all };
    assert_eq!(list(large, Page::default()).await.unwrap()[0].id, "2");
    assert!(cloud.api.get_flavor(&cx, "nul\u{0}").await.unwrap_err().is_not_found());
}
