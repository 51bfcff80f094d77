//! The cloud as its users run it: all services started together, spoken to over HTTP.

use std::time::Duration;

use nova_all_in_one::demo::{Client, ClientError};
use nova_all_in_one::{Cloud, Settings, demo};
use nova_compute_api::{CreateServer, FlavorFilter, Page, ServerFilter, ServerStatus};
use nova_core::{Env, RequestContext};
use nova_tests_cloud::{Audit, sources};
use serde_json::{Value, json};
use uuid::Uuid;

async fn started(settings: &Settings) -> (Env, Cloud) {
    let env = Env::system();
    let cloud = Cloud::build(&env, settings).await.unwrap();
    cloud.start().await.unwrap();
    (env, cloud)
}

async fn machines(cloud: &Cloud) -> Vec<Uuid> {
    let all = cloud.hypervisors().values().flat_map(|store| store.list().unwrap());
    all.map(|machine| machine.spec.uuid).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demonstration_boots_shows_and_deletes_its_servers() {
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings::in_directory(directory.path());
    let (_env, cloud) = started(&settings).await;
    let mut shown = Vec::new();
    let token = format!("{}-admin", settings.token);
    demo::run(cloud.address().unwrap(), &token, 3, &mut shown).await.unwrap();
    let shown = String::from_utf8(shown).unwrap();
    assert_eq!(shown.matches("ACTIVE on").count(), 3, "{shown}");
    assert!(shown.contains("all 3 deleted"), "{shown}");
    assert!(machines(&cloud).await.is_empty());
    assert_eq!(Audit::of(&sources(&cloud)).await.to_string(), "");
    cloud.stop(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cloud_built_again_on_its_directory_has_its_servers_flavors_and_machines() {
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings::in_directory(directory.path());
    let (env, cloud) = started(&settings).await;
    let cx = RequestContext::builder().user("ann").project("lab").role("member").build(&env);
    let flavors = cloud.api().list_flavors(&cx, &FlavorFilter::default(), &Page::default()).await.unwrap();
    let request = CreateServer::new("kept", "1", cloud.image());
    let id = cloud.api().create(&cx, request).await.unwrap().servers[0].id;
    while cloud.api().get(&cx, id).await.unwrap().is_busy() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let before = cloud.api().get(&cx, id).await.unwrap();
    assert_eq!(before.status, ServerStatus::Active);
    cloud.stop(Duration::from_secs(5)).await;
    drop(cloud);

    let (_env, cloud) = started(&settings).await;
    let after = cloud.api().get(&cx, id).await.unwrap();
    assert_eq!((after.status, after.launched_at), (ServerStatus::Active, before.launched_at));
    let listed = cloud.api().list(&cx, &ServerFilter::default(), &Page::default()).await.unwrap();
    assert_eq!(listed.iter().map(|server| server.id).collect::<Vec<_>>(), [id]);
    assert_eq!(
        cloud.api().list_flavors(&cx, &FlavorFilter::default(), &Page::default()).await.unwrap(),
        flavors
    );
    assert_eq!(machines(&cloud).await, [id]);
    assert_eq!(Audit::of(&sources(&cloud)).await.to_string(), "");
    cloud.api().delete(&cx, id).await.unwrap();
    while cloud.api().get(&cx, id).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(machines(&cloud).await.is_empty());
    assert_eq!(Audit::of(&sources(&cloud)).await.to_string(), "");
    cloud.stop(Duration::from_secs(5)).await;
}

/// Waits until the server has no task, and gives it.
async fn rested(client: &Client, path: &str) -> Value {
    loop {
        let server = client.get(path).await.unwrap()["server"].take();
        let busy = !server["OS-EXT-STS:task_state"].is_null() || server["status"] == "BUILD";
        if !busy {
            return server;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_action_is_asked_for_over_http_and_what_does_not_go_with_the_state_is_a_conflict() {
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings::in_directory(directory.path());
    let (_env, cloud) = started(&settings).await;
    let client = Client::new(cloud.address().unwrap(), &*settings.token);
    let body = json!({"server": {"name": "web", "flavorRef": "1", "imageRef": cloud.image()}});
    let made = client.post("/v2.1/servers", &body).await.unwrap();
    let path = format!("/v2.1/servers/{}", made["server"]["id"].as_str().unwrap());
    rested(&client, &path).await;
    let table = [
        (json!({"os-stop": null}), "SHUTOFF", 4),
        (json!({"os-start": null}), "ACTIVE", 1),
        (json!({"reboot": {"type": "SOFT"}}), "ACTIVE", 1),
        (json!({"pause": null}), "PAUSED", 3),
        (json!({"unpause": null}), "ACTIVE", 1),
        (json!({"suspend": null}), "SUSPENDED", 7),
        (json!({"resume": null}), "ACTIVE", 1),
        (json!({"os-stop": null}), "SHUTOFF", 4),
        (json!({"reboot": {"type": "HARD"}}), "ACTIVE", 1),
    ];
    let action = format!("{path}/action");
    for (body, status, power_state) in table {
        assert_eq!(client.post(&action, &body).await.unwrap(), Value::Null, "{body}");
        let server = rested(&client, &path).await;
        assert_eq!(
            (&server["status"], &server["OS-EXT-STS:power_state"]),
            (&json!(status), &json!(power_state))
        );
    }
    let refused = client.post(&action, &json!({"unpause": null})).await.unwrap_err();
    let ClientError::Refused { status, body, .. } = refused else { panic!("{refused}") };
    assert_eq!(status.as_u16(), 409);
    assert!(body.contains("Cannot 'unpause' instance"), "{body}");
    assert!(body.contains("while it is in vm_state active"), "{body}");
    let body = json!({"rebuild": {"imageRef": cloud.image(), "name": "web-2"}});
    let accepted = client.post(&action, &body).await.unwrap();
    assert_eq!(
        (&accepted["server"]["name"], &accepted["server"]["status"]),
        (&json!("web-2"), &json!("REBUILD"))
    );
    assert_eq!(rested(&client, &path).await["status"], "ACTIVE");
    assert_eq!(Audit::of(&sources(&cloud)).await.to_string(), "");
    client.delete(&path).await.unwrap();
    cloud.stop(Duration::from_secs(5)).await;
}
