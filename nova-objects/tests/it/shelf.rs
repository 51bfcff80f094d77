//! A user's own objects and store: what somebody would write in an object crate and a database crate.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use nova_core::{Env, Fault, RequestContext, Timestamp};
use nova_objects::types::{Members, SensitiveString, Uuid};
use nova_objects::{
    Convert, Field, Fingerprint, Meta, Objects, ReadOnly, Registry, Version, VersionedObject, async_trait,
    object_enum, remotable,
};

nova_core::faults! {
    module "shelf.exception";
    /// There is no such widget.
    WidgetNotFound(404, safe, "Widget {name} could not be found.") { name: String }
    /// Somebody else changed the widget.
    WidgetConflict(409, safe, "Widget {name} is at revision {revision}.") { name: String, revision: i64 }
}

object_enum! {
    /// What a widget is doing.
    pub enum State {
        /// Nothing.
        Idle = "idle",
        /// Something.
        Busy = "busy",
        /// Nothing, on purpose; 1.2 has no word for it.
        Resting = "resting",
    }
}

/// A part of a widget.
#[derive(VersionedObject, Clone, Debug, PartialEq)]
#[object(namespace = "shelf", version = "1.1")]
pub struct Part {
    pub meta: Meta,
    pub label: Field<String>,
    #[object(since = "1.1")]
    pub weight: Field<Option<f64>>,
}

/// A widget.
#[derive(VersionedObject, Clone, Debug, PartialEq)]
#[object(namespace = "shelf", version = "1.3", convert)]
pub struct Widget {
    pub meta: Meta,
    pub id: ReadOnly<i64>,
    pub uuid: Field<Uuid>,
    pub name: Field<String>,
    pub note: Field<Option<String>>,
    #[object(default = State::Idle)]
    pub state: Field<State>,
    #[object(default = 0)]
    pub revision: Field<i64>,
    #[object(since = "1.1")]
    pub tags: Field<BTreeSet<String>>,
    #[object(since = "1.1")]
    pub labels: Field<BTreeMap<String, Option<String>>>,
    #[object(since = "1.2")]
    pub part: Field<Option<Part>>,
    #[object(since = "1.2")]
    pub spares: Field<Vec<Part>>,
    #[object(since = "1.3")]
    pub key: Field<SensitiveString>,
    pub updated_at: Field<Option<Timestamp>>,
    #[object(name = "type")]
    pub kind: Field<String>,
    pub loan: Field<Option<Box<Widget>>>,
}

impl Convert for Widget {
    fn convert_to(&mut self, target: Version) -> Result<(), Fault> {
        if target < Version::new(1, 3) && self.state.value() == Some(&State::Resting) {
            self.state.load(State::Idle);
        }
        Ok(())
    }
}

/// Widgets.
#[derive(VersionedObject, Clone, Debug, PartialEq)]
#[object(namespace = "shelf", version = "1.0")]
pub struct WidgetList {
    pub meta: Meta,
    pub objects: Field<Members<Widget>>,
}

/// What can be done with widgets.
#[remotable(Widget)]
pub trait WidgetActions {
    /// Finds a widget by name.
    async fn get_by_name(&self, cx: &RequestContext, name: &str) -> Result<Option<Widget>, Fault>;
    /// The highest revision of all widgets, or of those named.
    async fn highest_revision(
        &self,
        cx: &RequestContext,
        names: Option<&[String]>,
    ) -> Result<Option<i64>, Fault>;
    /// Stores a new widget.
    async fn create(&self, cx: &RequestContext, widget: &mut Widget) -> Result<(), Fault>;
    /// Stores the changes; at another revision than `expected`, refuses.
    async fn save(
        &self,
        cx: &RequestContext,
        widget: &mut Widget,
        expected: Option<i64>,
    ) -> Result<(), Fault>;
    /// Puts a part in, and says how many spares are left.
    async fn fit(&self, cx: &RequestContext, widget: &mut Widget, part: &Part) -> Result<u64, Fault>;
    /// Removes the widget.
    async fn destroy(&self, cx: &RequestContext, widget: &mut Widget) -> Result<(), Fault>;
}

/// What can be done with many.
#[remotable(WidgetList)]
pub trait WidgetListActions {
    /// Every widget, by name, at most `limit`.
    async fn get_all(&self, cx: &RequestContext, limit: Option<u64>) -> Result<WidgetList, Fault>;
}

/// Widgets in memory.
#[derive(Default)]
pub struct Shelf {
    rows: Mutex<BTreeMap<String, Widget>>,
}

impl Shelf {
    /// The registry of this store.
    pub fn registry(self: &Arc<Self>) -> Registry {
        Registry::default()
            .with::<Widget>(Arc::clone(self) as Arc<dyn WidgetActions>)
            .with::<WidgetList>(Arc::clone(self) as Arc<dyn WidgetListActions>)
    }

    fn row<T>(
        &self,
        widget: &Widget,
        change: impl FnOnce(&mut Widget) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let name = widget.name.get()?;
        let mut rows = self.rows.lock().unwrap();
        let row = rows.get_mut(name).ok_or_else(|| WidgetNotFound { name: name.clone() })?;
        change(row)
    }
}

#[async_trait]
impl WidgetActions for Shelf {
    async fn get_by_name(&self, _: &RequestContext, name: &str) -> Result<Option<Widget>, Fault> {
        Ok(self.rows.lock().unwrap().get(name).cloned())
    }

    async fn highest_revision(
        &self,
        _: &RequestContext,
        names: Option<&[String]>,
    ) -> Result<Option<i64>, Fault> {
        let rows = self.rows.lock().unwrap();
        let wanted = rows.iter().filter(|(name, _)| names.is_none_or(|names| names.contains(name)));
        Ok(wanted.filter_map(|(_, row)| row.revision.value().copied()).max())
    }

    async fn create(&self, _: &RequestContext, widget: &mut Widget) -> Result<(), Fault> {
        widget.set_defaults();
        let mut rows = self.rows.lock().unwrap();
        widget.id.set(i64::try_from(rows.len()).unwrap() + 1)?;
        widget.reset_changes();
        rows.insert(widget.name.get()?.clone(), widget.clone());
        Ok(())
    }

    async fn save(
        &self,
        _: &RequestContext,
        widget: &mut Widget,
        expected: Option<i64>,
    ) -> Result<(), Fault> {
        let saved = self.row(widget, |row| {
            let revision = *row.revision.get()?;
            if expected.is_some_and(|expected| expected != revision) {
                return Err(WidgetConflict { name: row.name.get()?.clone(), revision }.into());
            }
            if let Some(note) = widget.note.value().filter(|_| widget.note.is_changed()) {
                row.note.load(note.clone());
            }
            if let Some(part) = widget.part.value() {
                row.part.load(part.clone());
            }
            row.revision.load(revision + 1);
            row.reset_changes();
            Ok(row.clone())
        })?;
        *widget = saved;
        Ok(())
    }

    async fn fit(&self, _: &RequestContext, widget: &mut Widget, part: &Part) -> Result<u64, Fault> {
        widget.part.set(part.clone());
        Ok(widget.spares.value().map_or(0, |spares| spares.len() as u64))
    }

    async fn destroy(&self, _: &RequestContext, widget: &mut Widget) -> Result<(), Fault> {
        self.rows.lock().unwrap().remove(widget.name.get()?);
        Ok(())
    }
}

#[async_trait]
impl WidgetListActions for Shelf {
    async fn get_all(&self, _: &RequestContext, limit: Option<u64>) -> Result<WidgetList, Fault> {
        let limit = limit.map_or(usize::MAX, |limit| limit as usize);
        Ok(WidgetList::of(self.rows.lock().unwrap().values().take(limit).cloned().collect()))
    }
}

/// A widget with everything set.
pub fn full() -> Widget {
    let mut part = Part::empty();
    part.label.set("spring");
    part.weight.set(0.5);
    let mut widget = Widget::empty();
    widget.id.load(7);
    widget.uuid.load("6BA7B810-9DAD-11D1-80B4-00C04FD430C8");
    widget.name.load("lamp");
    widget.note.set("fragile".to_owned());
    widget.state.load(State::Resting);
    widget.revision.load(3);
    widget.tags.load(BTreeSet::from(["b".to_owned(), "a".to_owned()]));
    widget.labels.load(BTreeMap::from([("x".to_owned(), None), ("y".to_owned(), Some("z".to_owned()))]));
    widget.part.load(part.clone());
    widget.spares.load(vec![part]);
    widget.key.load("hunter2");
    widget.updated_at.load("2026-01-02T03:04:05.5Z".parse::<Timestamp>().unwrap());
    widget.kind.load("desk");
    widget.loan.load(None);
    widget
}

/// Every contract here.
pub fn fingerprints() -> Vec<Fingerprint> {
    vec![
        Fingerprint::of::<Part>(),
        Fingerprint::with_actions::<Widget>(),
        Fingerprint::with_actions::<WidgetList>(),
    ]
}

/// An administrator's context.
pub fn cx() -> RequestContext {
    RequestContext::admin(&Env::builder().seed(1).build())
}

/// A fresh shelf in this process.
pub fn local() -> Objects {
    Objects::local(Arc::new(Shelf::default()).registry())
}
