//! Each of the seven parts takes effect, without a change to any package.

use std::sync::Arc;
use std::time::Duration;

use acme_cloud::driver::ShelfDriver;
use acme_cloud::ledger::Ledger;
use acme_cloud::rack::Rack;
use axum::http::Method;
use nova_all_in_one::Cloud;
use nova_all_in_one::demo::Client;
use nova_compute_api::{ApiError, CreateServer, Server};
use nova_core::{BoxError, Env, RequestContext};
use nova_objects::Objects;
use nova_virt::Driver;
use serde_json::json;

/// A server of `cx`, at rest.
async fn boot(cloud: &Cloud, cx: &RequestContext, rack: Option<&str>) -> Result<Server, BoxError> {
    let request = CreateServer::new("web", "1", cloud.image());
    let request = rack.into_iter().fold(request, |request, rack| request.hint("rack", rack));
    let id = cloud.api().create(cx, request).await?.servers[0].id;
    let server = async || cloud.api().get(&cx.elevated(), id).await;
    until(async || server().await.is_ok_and(|server| !server.is_busy())).await;
    Ok(server().await?)
}

/// Waits for it, at most a minute.
async fn until(done: impl AsyncFn() -> bool) {
    let wait = async {
        while !done().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait).await.expect("within a minute");
}

#[tokio::test(flavor = "multi_thread")]
async fn seven_parts_of_ones_own_are_plugged_in() -> Result<(), BoxError> {
    let (env, directory) = (Env::system(), tempfile::tempdir()?);
    let (ledger, shelf) = (Arc::new(Ledger::default()), ShelfDriver::default());
    let cloud = acme_cloud::cloud(&env, directory.path(), &ledger, &shelf).await?;
    cloud.start().await?;
    let user = |name: &str| RequestContext::builder().user(name).project("acme").role("member").build(&env);

    // The filter: in the rack that was asked for. The weigher: of its hosts, and of all, the thriftiest.
    let first = boot(&cloud, &user("ann"), Some("r1")).await?;
    assert_eq!(first.host.as_deref(), Some("r1-b"), "{:?}", first.fault);
    let second = boot(&cloud, &user("ann"), None).await?;
    assert_eq!(second.host.as_deref(), Some("r2-b"), "{:?}", second.fault);

    // The driver: it has the machine of the second.
    let machines: Vec<_> = shelf.machines().await?.into_iter().map(|machine| machine.uuid).collect();
    assert_eq!(machines, [second.id]);

    // The notification sink: it hears of both.
    until(async || [first.id, second.id].iter().all(|id| ledger.has("instance.create.end", *id))).await;

    // The rule: of the same project, and still not the one who made it.
    let refused = cloud.api().delete(&user("bob"), second.id).await;
    assert!(matches!(refused, Err(ApiError::Forbidden { .. })), "{refused:?}");
    cloud.api().delete(&user("ann"), second.id).await?;
    until(async || shelf.machines().await.is_ok_and(|machines| machines.is_empty())).await;

    // The routes: an administrator's, a user's, a refusal under a rule of our own, and what is not there.
    let address = cloud.address().ok_or("REST listens")?;
    let (admin, user) = (Client::new(address, "demo-token-admin"), Client::new(address, "demo-token"));
    let (path, rack) = ("/v2.1/acme-racks/r1", json!({"kilowatts": 12}));
    assert_eq!(admin.send(Method::PUT, path, Some(&rack)).await?.0, 204);
    assert_eq!(user.get(path).await?, rack);
    let (status, answer) = user.send(Method::PUT, path, Some(&rack)).await?;
    assert!(status == 403 && answer.to_string().contains("acme:racks:equip"), "{answer}");
    assert!(!user.exists("/v2.1/acme-racks/r9").await?);

    // The object: in its table, and served by conductors to whoever has no database.
    let bus = cloud.shared().connect("far-away", &env);
    let remote = Objects::remote(&nova_rpc::Client::new(&bus));
    let found = Rack::find(&RequestContext::admin(&env), &remote, "r1").await?.ok_or("the rack is there")?;
    assert_eq!(found.kilowatts.get()?, &12);
    cloud.stop(Duration::from_secs(5)).await;
    Ok(())
}
