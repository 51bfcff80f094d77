//! What a conductor answers to peers that are older, newer, wrong or not allowed.

use std::sync::Arc;

use nova_core::{Fault, RequestContext};
use nova_objects::action::ObjectApi;
use nova_objects::fault::{IncompatibleObjectVersion, InvalidTargetVersion, UnsupportedObjectError};
use nova_objects::{ActionGuard, Manifest, ObjectEndpoint, Registry, Version, async_trait};
use nova_rpc::{Encoded, Format};
use serde_json::{Value, json};

use crate::shelf::{Part, Shelf, Widget, WidgetList, cx, full};
use crate::story::{Conductor, remote};

const JSON: Format = Format::Json;

fn encode(value: &Value) -> Encoded {
    JSON.encode(value).unwrap()
}

fn value(encoded: &Encoded) -> Value {
    encoded.decode().unwrap()
}

fn endpoint() -> ObjectEndpoint {
    ObjectEndpoint::new(Arc::new(Shelf::default()).registry().with_object::<Part>())
}

/// An endpoint that has the full widget.
async fn stocked() -> ObjectEndpoint {
    let endpoint = endpoint();
    let mut widget = serde_json::to_value(full()).unwrap();
    widget["nova_object.data"].as_object_mut().unwrap().remove("id"); // the store gives it
    act(&endpoint, &widget, "create", json!([]), json!({})).await.unwrap();
    endpoint
}

async fn act(
    endpoint: &ObjectEndpoint,
    object: &Value,
    method: &str,
    args: Value,
    kwargs: Value,
) -> Result<(Value, Value), Fault> {
    let answer =
        endpoint.object_action(&cx(), encode(object), method.into(), encode(&args), encode(&kwargs)).await;
    answer.map(|(updates, result)| (value(&updates), value(&result)))
}

async fn ask(
    endpoint: &ObjectEndpoint,
    name: &str,
    method: &str,
    reader: Manifest,
    args: Value,
    kwargs: Value,
) -> Result<Value, Fault> {
    let answer = endpoint
        .object_class_action_versions(
            &cx(),
            name.into(),
            method.into(),
            reader,
            encode(&args),
            encode(&kwargs),
        )
        .await;
    answer.map(|answer| value(&answer))
}

fn reader(widget: u32) -> Manifest {
    Manifest::from_iter([
        ("Widget", Version::new(1, widget)),
        ("WidgetList", Version::new(1, 0)),
        ("Part", Version::new(1, 0)),
    ])
}

#[tokio::test]
async fn arguments_come_by_place_or_by_name_and_options_may_be_missing() {
    let endpoint = stocked().await;
    let by_place =
        ask(&endpoint, "Widget", "get_by_name", reader(3), json!(["lamp"]), json!({})).await.unwrap();
    let by_name =
        ask(&endpoint, "Widget", "get_by_name", reader(3), json!([]), json!({"name": "lamp"})).await.unwrap();
    assert_eq!(by_place, by_name);
    assert_eq!(
        ask(&endpoint, "Widget", "highest_revision", reader(3), json!([]), json!({})).await.unwrap(),
        json!(3)
    );
    let missing = ask(&endpoint, "Widget", "get_by_name", reader(3), json!([]), json!({})).await.unwrap_err();
    assert_eq!(missing.class(), "TypeError");
    assert_eq!(missing.message(), "Widget.get_by_name() missing 1 required positional argument: 'name'");
    let unknown =
        ask(&endpoint, "Widget", "get_by_name", reader(3), json!(["x"]), json!({"y": 1})).await.unwrap_err();
    assert_eq!(unknown.message(), "Widget.get_by_name() got an unexpected keyword argument 'y'");
}

#[tokio::test]
async fn a_result_is_as_old_as_its_reader() {
    let endpoint = stocked().await;
    let old = ask(&endpoint, "Widget", "get_by_name", reader(2), json!(["lamp"]), json!({})).await.unwrap();
    assert_eq!(old["nova_object.version"], "1.2");
    assert_eq!(old["nova_object.data"]["state"], "idle");
    assert!(old["nova_object.data"].get("key").is_none());
    assert_eq!(old["nova_object.data"]["part"]["nova_object.version"], "1.0");
    let list = ask(&endpoint, "WidgetList", "get_all", reader(0), json!([]), json!({})).await.unwrap();
    assert_eq!(list["nova_object.data"]["objects"][0]["nova_object.version"], "1.0");
}

#[tokio::test]
async fn an_object_action_answers_what_changed_and_nothing_else() {
    let endpoint = endpoint();
    let object = json!({"nova_object.name": "Widget", "nova_object.namespace": "shelf", "nova_object.version": "1.3",
        "nova_object.data": {"name": "lamp"}, "nova_object.changes": ["name"]});
    let (updates, result) = act(&endpoint, &object, "create", json!([]), json!({})).await.unwrap();
    assert_eq!(updates, json!({"id": 1, "state": "idle", "revision": 0, "obj_what_changed": []}));
    assert_eq!(result, Value::Null);
}

#[tokio::test]
async fn an_older_peer_is_not_told_of_fields_it_does_not_have() {
    let endpoint = stocked().await;
    let object = json!({"nova_object.name": "Widget", "nova_object.namespace": "shelf", "nova_object.version": "1.0",
        "nova_object.data": {"name": "lamp"}});
    let (updates, _) = act(&endpoint, &object, "save", json!([null]), json!({})).await.unwrap();
    assert!(updates.get("note").is_some());
    assert!(updates.get("key").is_none() && updates.get("part").is_none(), "{updates}");
}

#[tokio::test]
async fn what_is_newer_than_the_conductor_is_refused_and_not_asked_about() {
    let conductor = remote().await;
    let newer = json!({"nova_object.name": "Widget", "nova_object.namespace": "shelf", "nova_object.version": "1.9",
        "nova_object.data": {"state": "levitating"}});
    let refused = act(&endpoint(), &newer, "save", json!([]), json!({})).await.unwrap_err();
    let class = refused.downcast::<IncompatibleObjectVersion>().unwrap();
    assert_eq!(
        class,
        IncompatibleObjectVersion { objname: "Widget".into(), objver: "1.9".into(), supported: "1.3".into() }
    );
    assert_eq!(refused.message(), "Version 1.9 of Widget is not supported, supported version is 1.3");
    let refused =
        ask(&endpoint(), "Widget", "get_by_name", reader(9), json!(["x"]), json!({})).await.unwrap_err();
    assert!(refused.is::<IncompatibleObjectVersion>());
    let nested = json!({"nova_object.name": "Part", "nova_object.namespace": "shelf", "nova_object.version": "1.5",
        "nova_object.data": {"label": {}}});
    let object = serde_json::to_value(full()).unwrap();
    let refused = act(&endpoint(), &object, "fit", json!([nested]), json!({})).await.unwrap_err();
    assert!(refused.is::<IncompatibleObjectVersion>(), "{refused:?}");
    assert!(conductor.env.tasks().len() <= 4, "nothing is left running");
}

#[tokio::test]
async fn only_registered_objects_and_declared_actions_can_be_asked_for() {
    let endpoint = endpoint();
    let unknown = ask(&endpoint, "Gadget", "get", reader(3), json!([]), json!({})).await.unwrap_err();
    assert_eq!(unknown.message(), "Unsupported object type Gadget");
    for method in ["save", "reset_changes", "obj_reset_changes", "__class__", ""] {
        let refused = ask(&endpoint, "Widget", method, reader(3), json!([]), json!({})).await.unwrap_err();
        assert_eq!(refused.class(), "AttributeError", "{method}");
    }
    let object = serde_json::to_value(full()).unwrap();
    let refused = act(&endpoint, &object, "get_by_name", json!(["x"]), json!({})).await.unwrap_err();
    assert_eq!(refused.class(), "AttributeError");
    let no_actions = serde_json::to_value(Part::empty()).unwrap();
    assert!(
        act(&endpoint, &no_actions, "save", json!([]), json!({}))
            .await
            .unwrap_err()
            .is::<UnsupportedObjectError>()
    );
    let mut foreign = object.clone();
    foreign["nova_object.namespace"] = json!("nova");
    let refused = act(&endpoint, &foreign, "save", json!([]), json!({})).await.unwrap_err();
    assert_eq!(refused.message(), "Unsupported object type nova.Widget");
    let not_named =
        ask(&endpoint, "Widget", "get_by_name", Manifest::default(), json!([]), json!({})).await.unwrap_err();
    assert_eq!(not_named.class(), "KeyError");
    assert_eq!(
        act(&endpoint, &json!([]), "save", json!([]), json!({})).await.unwrap_err().class(),
        "ValueError"
    );
}

#[tokio::test]
async fn an_object_is_brought_down_on_request_and_never_up() {
    let endpoint = endpoint();
    let backport = async |target: u32| {
        let object = encode(&serde_json::to_value(full()).unwrap());
        endpoint.object_backport_versions(&cx(), object, reader(target)).await
    };
    let old: Widget = backport(1).await.unwrap().decode().unwrap();
    assert_eq!(old.meta.version(), Version::new(1, 1));
    assert!(backport(4).await.unwrap_err().is::<InvalidTargetVersion>());
    let part = encode(&serde_json::to_value(Part::empty()).unwrap());
    let part = endpoint.object_backport_versions(&cx(), part, reader(3)).await.unwrap();
    assert_eq!(value(&part)["nova_object.version"], "1.0");
}

struct ReadersOnly;

#[async_trait]
impl ActionGuard for ReadersOnly {
    async fn check(&self, _: &RequestContext, object: &str, method: &str) -> Result<(), Fault> {
        match method.starts_with("get") {
            true => Ok(()),
            false => Err(Fault::new("shelf.exception", "Forbidden", format!("{object}.{method}"))),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_guard_refuses_peers_and_not_this_process() {
    let registry: Registry = Arc::new(Shelf::default()).registry().guarded_by(Arc::new(ReadersOnly));
    let conductor = Conductor::serving(registry.clone()).await;
    let (here, there) = (nova_objects::Objects::local(registry), conductor.objects());
    let mut lamp = Widget::empty();
    lamp.name.set("lamp");
    assert_eq!(lamp.create(&cx(), &there).await.unwrap_err().message(), "Widget.create");
    lamp.create(&cx(), &here).await.unwrap();
    assert_eq!(WidgetList::get_all(&cx(), &there, None).await.unwrap().members().len(), 1);
}

#[test]
fn the_conductors_contract_is_the_recorded_one() {
    nova_rpc::testing::assert_manifest(&nova_objects::action::OBJECT_API, "tests/it/object_api.json");
}
