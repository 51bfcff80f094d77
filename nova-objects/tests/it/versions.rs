//! Going back to older versions.

use nova_objects::testing::assert_back_levels;
use nova_objects::{Manifest, Version, VersionedObject};

use crate::shelf::{Part, State, Widget, WidgetList, full};

fn at(name: &'static str, minor: u32) -> Manifest {
    let mut manifest = WidgetList::manifest();
    manifest.insert(name, Version::new(1, minor));
    manifest
}

#[test]
fn every_object_goes_back_to_every_version() {
    assert_back_levels(&full());
    assert_back_levels(&WidgetList::of(vec![full()]));
}

#[test]
fn a_manifest_names_every_object_inside_also_where_one_contains_itself() {
    let names: Vec<_> =
        WidgetList::manifest().iter().map(|(name, version)| format!("{name} {version}")).collect();
    assert_eq!(names, ["Part 1.1", "Widget 1.3", "WidgetList 1.0"]);
}

#[test]
fn children_go_back_even_where_their_holder_stays() {
    let mut list = WidgetList::of(vec![full()]);
    list.make_compatible(&at("Part", 0)).unwrap();
    let widget = &list.members()[0];
    let part = widget.part.present().unwrap();
    assert!(!part.weight.is_set());
    assert_eq!(part.meta.version(), Version::new(1, 0));
    assert_eq!(widget.spares.get().unwrap()[0].meta.version(), Version::new(1, 0));
    assert_eq!(widget.meta.version(), Version::new(1, 3));
}

#[test]
fn a_child_that_the_reader_does_not_name_is_left_as_it_is() {
    let mut widget = full();
    widget.make_compatible(&Manifest::from_iter([("Widget", Version::new(1, 2))])).unwrap();
    assert!(widget.part.present().unwrap().weight.is_set());
}

#[test]
fn a_hand_written_step_runs_once_per_conversion_and_newer_fields_leave_data_and_changes() {
    let mut widget = full();
    widget.spares.mark();
    widget.make_compatible(&at("Widget", 1)).unwrap();
    assert_eq!(*widget.state.get().unwrap(), State::Idle);
    assert!(!widget.spares.is_set() && !widget.key.is_set());
    assert_eq!(widget.changes(), ["note"]);
}

#[test]
fn an_object_is_never_called_newer_than_it_is() {
    let mut part = Part::empty();
    part.make_compatible(&at("Part", 0)).unwrap();
    part.make_compatible(&at("Part", 1)).unwrap();
    assert_eq!(part.meta.version(), Version::new(1, 0));
    let mut widget = Widget::empty();
    widget.make_compatible(&at("Widget", 9)).unwrap();
    assert_eq!(widget.meta.version(), Version::new(1, 3));
}
