//! The primitive form.

use nova_objects::testing::assert_round_trips;
use nova_objects::types::In;
use nova_objects::{Version, VersionedObject};
use nova_rpc::Format;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::shelf::{Part, State, Widget, WidgetList, full};

fn part(data: Value) -> Value {
    json!({"nova_object.name": "Part", "nova_object.namespace": "shelf", "nova_object.version": "1.1",
        "nova_object.data": data})
}

fn read<O: VersionedObject>(primitive: &Value) -> Result<O, String> {
    serde_json::from_str(&primitive.to_string()).map_err(|error| error.to_string())
}

#[test]
fn an_object_is_written_with_its_header_its_set_fields_and_its_changes() {
    let mut part_of = Part::empty();
    part_of.label.load("spring");
    part_of.weight.set(None);
    let expected = json!({"nova_object.name": "Part", "nova_object.namespace": "shelf", "nova_object.version": "1.1",
        "nova_object.data": {"label": "spring", "weight": null}, "nova_object.changes": ["weight"]});
    assert_eq!(serde_json::to_value(&part_of).unwrap(), expected);
    part_of.reset_changes();
    assert!(serde_json::to_value(&part_of).unwrap().get("nova_object.changes").is_none());
}

#[test]
fn both_formats_say_the_same_of_a_full_object_and_of_an_empty_one() {
    assert_round_trips(&full());
    assert_round_trips(&Widget::empty());
    assert_round_trips(&WidgetList::of(vec![full(), Widget::empty()]));
}

#[test]
fn keys_may_come_in_any_order_and_unknown_names_are_ignored() {
    let text = r#"{"extra":[{}],"nova_object.changes":["label","nope"],"nova_object.data":{"nope":{"a":1},"label":7},
        "nova_object.version":"1.0.9","nova_object.namespace":"shelf","nova_object.name":"Part"}"#;
    let part: Part = serde_json::from_str(text).unwrap();
    assert_eq!(part.label.get().unwrap(), "7");
    assert_eq!(part.changes(), ["label"]);
    assert_eq!(part.meta.version(), Version::new(1, 0));
    assert_eq!(serde_json::to_value(&part).unwrap()["nova_object.version"], "1.0");
}

#[test]
fn null_in_a_field_without_null_names_field_and_object() {
    let error = read::<Part>(&part(json!({"label": null}))).unwrap_err();
    assert!(error.contains("Field 'label' cannot be None (in Part)"), "{error}");
    let packed = Format::MessagePack.encode(&part(json!({"label": null}))).unwrap();
    let error = packed.decode::<In<Part>>().map(|In(part)| part).unwrap_err();
    assert!(error.detail().contains("Field 'label' cannot be None (in Part)"), "{}", error.detail());
}

#[test]
fn null_in_a_field_with_a_default_is_the_default() {
    let widget: Widget = read(&json!({"nova_object.name": "Widget", "nova_object.namespace": "shelf",
        "nova_object.version": "1.3", "nova_object.data": {"revision": null, "state": null}}))
    .unwrap();
    assert_eq!((*widget.revision.get().unwrap(), *widget.state.get().unwrap()), (0, State::Idle));
    assert!(widget.changes().is_empty());
}

#[test]
fn a_bad_value_names_its_field() {
    let error = read::<Part>(&part(json!({"weight": "heavy"}))).unwrap_err();
    assert!(error.contains("Part.weight") && error.contains("\"heavy\" is not a finite number"), "{error}");
}

#[test]
fn an_object_of_another_name_namespace_or_version_is_refused() {
    let with = |key: &str, value: &str| {
        let mut primitive = part(json!({}));
        primitive[key] = json!(value);
        read::<Part>(&primitive).unwrap_err()
    };
    assert!(with("nova_object.name", "Widget").contains("an object of type Part is required, not a Widget"));
    assert!(with("nova_object.namespace", "nova").contains("Unsupported object type nova.Part"));
    let newer = with("nova_object.version", "1.2");
    assert!(newer.contains("Version 1.2 of Part is not supported, supported version is 1.1"), "{newer}");
    assert!(with("nova_object.version", "2.0").contains("Version 2.0 of Part is not supported"));
    for key in ["nova_object.name", "nova_object.namespace", "nova_object.version", "nova_object.data"] {
        let mut primitive = part(json!({}));
        primitive.as_object_mut().unwrap().remove(key);
        assert!(read::<Part>(&primitive).unwrap_err().contains(key), "{key}");
    }
}

#[test]
fn a_secret_is_on_the_wire_and_not_in_the_debug_text() {
    let widget = full();
    assert_eq!(serde_json::to_value(&widget).unwrap()["nova_object.data"]["key"], "hunter2");
    assert!(!format!("{widget:?}").contains("hunter2"));
}

#[test]
fn an_unknown_word_is_refused_by_name() {
    let primitive = json!({"nova_object.name": "Widget", "nova_object.namespace": "shelf",
        "nova_object.version": "1.3", "nova_object.data": {"state": "asleep"}});
    let error = read::<Widget>(&primitive).unwrap_err();
    assert!(
        error.contains("Widget.state") && error.contains("\"asleep\" is not a State: idle, busy, resting"),
        "{error}"
    );
}

#[test]
fn a_change_in_a_nested_object_is_a_change_and_one_in_a_plain_list_is_not() {
    let mut widget = full();
    widget.reset_changes();
    assert!(widget.changes().is_empty());
    widget.spares.nested_mut().unwrap()[0].label.set("nut");
    assert!(widget.changes().is_empty());
    widget.part.nested_mut().unwrap().as_mut().unwrap().label.set("nut");
    assert_eq!(widget.changes(), ["part"]);
    let mut list = WidgetList::of(vec![widget]);
    assert_eq!(list.changes(), ["objects"]);
    list.reset_changes();
    assert!(list.iter().all(|widget| widget.changes().is_empty()));
}

#[test]
fn defaults_fill_only_what_is_unset_and_are_changes() {
    let mut widget = Widget::empty();
    widget.revision.load(5);
    widget.set_defaults();
    assert_eq!(*widget.revision.get().unwrap(), 5);
    assert_eq!(*widget.state.get().unwrap(), State::Idle);
    assert_eq!(widget.changes(), ["state"]);
}

prop_compose! {
    fn parts()(label in ".*", weight in proptest::option::of(-1e300..1e300f64), set in 0u8..8) -> Part {
        let mut part = Part::empty();
        if set & 1 != 0 { part.label.load(label); }
        if set & 2 != 0 { part.weight.load(weight); }
        if set & 4 != 0 { part.label.mark(); }
        part
    }
}

prop_compose! {
    fn widgets()(
        id in any::<i64>(),
        note in proptest::option::of(".*"),
        tags in proptest::collection::btree_set(".*", 0..4),
        labels in proptest::collection::btree_map(".*", proptest::option::of(".*"), 0..4),
        part in proptest::option::of(parts()),
        spares in proptest::collection::vec(parts(), 0..3),
        seconds in -60_000_000_000i64..250_000_000_000,
        set in any::<u16>(),
    ) -> Widget {
        let mut widget = Widget::empty();
        let on = |bit: u16| set & (1 << bit) != 0;
        if on(0) { widget.id.load(id); }
        if on(1) { widget.note.load(note.clone()); }
        if on(2) { widget.tags.set(tags); }
        if on(3) { widget.labels.load(labels); }
        if on(4) {
            let changed = part.as_ref().is_some_and(|part| !part.changes().is_empty());
            widget.part.load(part);
            if changed { widget.part.mark(); } // the wire has one word for "changed" and "changed inside"
        }
        if on(5) { widget.spares.set(spares); }
        if on(6) { widget.updated_at.load(nova_core::Timestamp::from_unix_micros(seconds * 1_000_000)); }
        if on(7) { widget.kind.set(note.unwrap_or_default()); }
        widget
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn any_object_survives_both_formats(widget in widgets()) {
        for format in [Format::Json, Format::MessagePack] {
            let In(back) = format.encode(&widget).unwrap().decode::<In<Widget>>().unwrap();
            prop_assert_eq!(&back, &widget);
            let In(list) = format.encode(&WidgetList::of(vec![widget.clone()])).unwrap().decode::<In<WidgetList>>().unwrap();
            prop_assert_eq!(list.members(), std::slice::from_ref(&widget));
        }
    }

    #[test]
    fn any_object_goes_back_to_any_version(widget in widgets()) {
        nova_objects::testing::assert_back_levels(&widget);
    }
}
