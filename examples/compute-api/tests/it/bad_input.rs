//! Whatever a program asks for, the answer is an error that names the field, and nothing is written.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use nova_compute_api::{
    Action, ApiError, CreateFlavor, CreateServer, FlavorFilter, FlavorsApi, Page, RebuildServer,
    ServerFilter, ServersApi,
};
use nova_core::RequestContext;
use uuid::Uuid;

use crate::cloud::Cloud;

/// Texts that no field takes, whatever it is for.
fn bad_texts() -> [String; 5] {
    ["\u{0}".into(), "a\u{7}b".into(), "\u{1b}[2J".into(), "\u{9f}".into(), "ä".repeat(70_000)]
}

/// A flavor that is fine but for what `change` does.
fn flavor(change: impl FnOnce(&mut CreateFlavor)) -> CreateFlavor {
    let mut flavor = CreateFlavor::new("f", 1, 1, 1).id("f");
    change(&mut flavor);
    flavor
}

fn field(answer: Result<(), ApiError>, what: &str) -> String {
    match answer {
        Err(ApiError::Invalid { field, reason }) => {
            assert!(field.len() < 300 && reason.len() < 600, "{what}: {} {}", field.len(), reason.len());
            field
        }
        Err(ApiError::TooManyRequested { field, .. }) => field.to_owned(),
        other => panic!("{what}: {other:?}"),
    }
}

#[tokio::test]
async fn each_text_of_a_request_for_servers_is_refused_by_its_field() {
    let cloud = Cloud::new().await;
    let (cx, written) = (cloud.member("p1"), cloud.writes());
    type Put = fn(&mut CreateServer, String);
    let texts: [(&str, Put); 7] = [
        ("name", |request, text| request.name = text),
        ("flavor", |request, text| request.flavor = text),
        ("description", |request, text| request.description = Some(text)),
        ("availability_zone", |request, text| request.availability_zone = Some(text)),
        ("admin_password", |request, text| request.admin_password = Some(text.into())),
        ("metadata.k", |request, text| drop(request.metadata.insert("k".into(), text))),
        ("hints.k", |request, text| drop(request.hints.insert("k".into(), vec![text]))),
    ];
    for (named, put) in texts {
        for text in bad_texts() {
            let mut request = cloud.request("web");
            put(&mut request, text.clone());
            let answer = cloud.api.create(&cx, request).await.map(drop);
            assert_eq!(field(answer, named), named, "{text:.20}");
        }
    }
    for text in bad_texts() {
        let noted = cloud.api.create(&cx, cloud.request("web").metadata(text.clone(), "v")).await.map(drop);
        assert!(field(noted, "a key").starts_with("metadata."));
        let hinted = cloud.api.create(&cx, cloud.request("web").hint(text, "v")).await.map(drop);
        assert!(field(hinted, "a hint").starts_with("hints."));
    }
    assert_eq!((cloud.writes(), cloud.hints.taken().len()), (written, 0));
}

#[tokio::test]
async fn numbers_beyond_all_measure_are_refused_before_anything_is_made_of_them() {
    let cloud = Cloud::new().await;
    let (cx, admin, written) = (cloud.member("p1"), cloud.admin(), cloud.writes());
    for (min, max, named) in [
        (1, 1_000_000_000, "max_count"),
        (u32::MAX, u32::MAX, "max_count"),
        (0, 1, "min_count"),
        (2, 1, "min_count"),
    ] {
        let answer = cloud.api.create(&cx, cloud.request("web").counts(min, max)).await.map(drop);
        assert_eq!(field(answer, named), named, "{min} {max}");
    }
    let many: BTreeMap<_, _> = (0..100_000).map(|n| (n.to_string(), String::new())).collect();
    let mut request = cloud.request("web");
    request.metadata = many.clone();
    assert_eq!(field(cloud.api.create(&cx, request).await.map(drop), "notes"), "metadata");
    let networks = (0..100_000).map(Uuid::from_u128);
    let request = cloud.request("web").networks(networks);
    assert_eq!(field(cloud.api.create(&cx, request).await.map(drop), "networks"), "networks");
    let hints = (0..1_000).fold(cloud.request("web"), |request, n| request.hint("h", n.to_string()));
    assert_eq!(field(cloud.api.create(&cx, hints).await.map(drop), "hints"), "hints");

    for (flavor, named) in [
        (flavor(|flavor| flavor.vcpus = u32::MAX), "vcpus"),
        (flavor(|flavor| flavor.memory_mb = u64::MAX), "memory_mb"),
        (flavor(|flavor| flavor.root_gb = u64::MAX), "root_gb"),
        (flavor(|flavor| flavor.ephemeral_gb = u64::MAX), "ephemeral_gb"),
        (flavor(|flavor| flavor.swap_mb = u64::MAX), "swap_mb"),
        (flavor(|flavor| flavor.rxtx_factor = f64::INFINITY), "rxtx_factor"),
        (flavor(|flavor| flavor.rxtx_factor = -1.0), "rxtx_factor"),
    ] {
        assert_eq!(field(cloud.api.create_flavor(&admin, flavor).await.map(drop), named), named);
    }
    assert_eq!(cloud.writes(), written);

    cloud.boot("p1", "web").await;
    let all = cloud.api.list(&cx, &ServerFilter::default(), &Page::first(usize::MAX)).await.unwrap();
    assert_eq!(all.len(), 1);
    let filter = FlavorFilter { min_memory_mb: u64::MAX, min_root_gb: u64::MAX, ..FlavorFilter::default() };
    let none = cloud.api.list_flavors(&cx, &filter, &Page::first(usize::MAX)).await.unwrap();
    assert_eq!(none.len(), 0);
}

#[tokio::test]
async fn each_text_of_a_rebuild_a_filter_and_a_flavor_is_refused_by_its_field() {
    let cloud = Cloud::new().await;
    let (cx, admin) = (cloud.member("p1"), cloud.admin());
    let id = cloud.boot("p1", "web").await.id;
    let written = cloud.writes();
    for text in bad_texts() {
        let rebuild = RebuildServer::new(cloud.image);
        let named = cloud.api.rebuild(&cx, id, rebuild.clone().name(text.clone())).await.map(drop);
        assert_eq!(field(named, "rebuild"), "name");
        let noted = rebuild.metadata([("k".to_owned(), text.clone())].into());
        assert_eq!(field(cloud.api.rebuild(&cx, id, noted).await.map(drop), "rebuild"), "metadata.k");

        type Put = fn(&mut ServerFilter, String);
        let filters: [(&str, Put); 6] = [
            ("project", |filter, text| filter.project = Some(text)),
            ("user", |filter, text| filter.user = Some(text)),
            ("name", |filter, text| filter.name = Some(text)),
            ("host", |filter, text| filter.host = Some(text)),
            ("flavor", |filter, text| filter.flavor = Some(text)),
            ("reservation_id", |filter, text| filter.reservation_id = Some(text)),
        ];
        for (named, put) in filters {
            let mut filter = ServerFilter::everywhere();
            put(&mut filter, text.clone());
            let answer = cloud.api.list(&admin, &filter, &Page::default()).await.map(drop);
            assert_eq!(field(answer, named), named);
        }

        let flavors = [
            (flavor(|flavor| flavor.name = text.clone()), "name"),
            (flavor(|flavor| flavor.id = Some(text.clone())), "id"),
            (flavor(|flavor| flavor.description = Some(text.clone())), "description"),
            (flavor(|_| {}).extra_spec("k", text.clone()), "extra_specs.k"),
        ];
        for (flavor, named) in flavors {
            assert_eq!(field(cloud.api.create_flavor(&admin, flavor).await.map(drop), named), named);
        }
        let page = Page { limit: None, marker: Some(text.clone()) };
        let marked = cloud.api.list_flavors(&cx, &FlavorFilter::default(), &page).await.map(drop);
        assert_eq!(field(marked, "marker"), "marker");
        for missing in [
            cloud.api.get_flavor(&cx, &text).await.map(drop).unwrap_err(),
            cloud.api.delete_flavor(&admin, &text).await.unwrap_err(),
        ] {
            assert!(missing.is_not_found() && missing.to_string().len() < 600, "{text:.20}");
        }
    }
    assert_eq!(cloud.writes(), written);
}

#[tokio::test]
async fn a_caller_without_anything_and_ids_of_nothing_get_an_answer_too() {
    let cloud = Cloud::new().await;
    let nobody = RequestContext::builder().build(&cloud.env);
    let written = cloud.writes();
    assert!(matches!(cloud.api.create(&nobody, cloud.request("web")).await, Err(ApiError::Forbidden { .. })));
    assert!(matches!(
        cloud.api.list(&nobody, &ServerFilter::default(), &Page::default()).await,
        Err(ApiError::Forbidden { .. })
    ));
    for id in [Uuid::nil(), Uuid::max()] {
        let (cx, rebuild) = (cloud.member("p1"), RebuildServer::new(Uuid::nil()));
        let answers = [
            cloud.api.get(&cx, id).await.map(drop),
            cloud.api.act(&cx, id, Action::Stop).await,
            cloud.api.rebuild(&cx, id, rebuild).await.map(drop),
            cloud.api.delete(&cx, id).await,
            cloud.api.get(&nobody, id).await.map(drop),
        ];
        assert!(answers.into_iter().all(|answer| answer.unwrap_err().is_not_found()), "{id}");
    }
    let mut request = cloud.request("web");
    request.access_ip_v4 = Some(Ipv4Addr::UNSPECIFIED);
    request.image = Uuid::nil();
    let answer = cloud.api.create(&cloud.member("p1"), request).await.map(drop);
    assert_eq!(field(answer, "image"), "image");
    assert_eq!(cloud.writes(), written);
}
