//! The groups a program has registered, and the cells their current values live in.

use std::any::{Any, TypeId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::watch;

use super::error::{Findings, Problem};
use super::group::{ConfigGroup, GroupReader, OptionName, OptionSpec, Values};

/// A group's struct, its type forgotten.
pub(crate) type AnyGroup = Arc<dyn Any + Send + Sync>;

/// A group of options as registered.
pub(crate) struct Registration {
    pub(crate) id: TypeId,
    pub(crate) group: &'static str,
    pub(crate) specs: Vec<OptionSpec>,
    read: fn(&Registration, &Values, &mut Findings) -> Option<AnyGroup>,
    cell: fn(AnyGroup) -> Box<dyn Cell>,
}

impl Registration {
    fn of<G: ConfigGroup>() -> Self {
        Self {
            id: TypeId::of::<G>(),
            group: G::GROUP,
            specs: G::options(),
            read: read_group::<G>,
            cell: new_cell::<G>,
        }
    }

    pub(crate) fn options(&self) -> impl Iterator<Item = (OptionName, &OptionSpec)> {
        self.specs.iter().map(|spec| (OptionName::new(self.group, spec.name), spec))
    }
}

fn read_group<G: ConfigGroup>(
    registration: &Registration,
    values: &Values,
    findings: &mut Findings,
) -> Option<AnyGroup> {
    let mut reader = GroupReader::new(registration.group, &registration.specs, values, findings);
    let group = G::read(&mut reader)?;
    if reader.failed() { None } else { Some(Arc::new(group)) }
}

fn new_cell<G: ConfigGroup>(group: AnyGroup) -> Box<dyn Cell> {
    Box::new(TypedCell(watch::Sender::new(typed::<G>(group))))
}

fn typed<G: ConfigGroup>(group: AnyGroup) -> Arc<G> {
    group.downcast().expect("a registration reads the type it was made for")
}

/// Holds the current value of one group and tells who watches it.
pub(crate) trait Cell: Send + Sync {
    fn publish(&self, group: AnyGroup);
    fn as_any(&self) -> &dyn Any;
}

struct TypedCell<G>(watch::Sender<Arc<G>>);

impl<G: ConfigGroup> Cell for TypedCell<G> {
    fn publish(&self, group: AnyGroup) {
        self.0.send_replace(typed::<G>(group));
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The cells of all groups.
pub(crate) struct Cells(BTreeMap<TypeId, Box<dyn Cell>>);

impl Cells {
    /// # Panics
    /// If the group was not registered.
    #[track_caller]
    pub(crate) fn sender<G: ConfigGroup>(&self) -> &watch::Sender<Arc<G>> {
        let cell =
            self.0.get(&TypeId::of::<G>()).and_then(|cell| cell.as_any().downcast_ref::<TypedCell<G>>());
        match cell {
            Some(cell) => &cell.0,
            None => panic!("{} was not registered with Config::builder()", std::any::type_name::<G>()),
        }
    }

    pub(crate) fn publish(&self, id: TypeId, group: AnyGroup) {
        if let Some(cell) = self.0.get(&id) {
            cell.publish(group);
        }
    }
}

/// All registered groups.
#[derive(Default)]
pub(crate) struct Registry {
    registrations: Vec<Registration>,
}

impl Registry {
    /// Registering a group again changes nothing.
    pub(crate) fn register<G: ConfigGroup>(&mut self) {
        if self.registrations.iter().all(|known| known.id != TypeId::of::<G>()) {
            self.registrations.push(Registration::of::<G>());
        }
    }

    pub(crate) fn registrations(&self) -> &[Registration] {
        &self.registrations
    }

    /// Every option once: `DEFAULT` first, then by group; within a group as declared.
    pub(crate) fn options(&self) -> Vec<(OptionName, &OptionSpec)> {
        let mut seen = BTreeSet::new();
        let all = self.registrations.iter().flat_map(Registration::options);
        let mut options: Vec<_> = all.filter(|(name, _)| seen.insert(name.clone())).collect();
        options.sort_by_key(|(name, _)| (name.group != "DEFAULT", name.group.clone()));
        options
    }

    pub(crate) fn spec(&self, option: &OptionName) -> Option<&OptionSpec> {
        let mut all = self.registrations.iter().filter(|known| known.group == option.group);
        all.find_map(|known| known.specs.iter().find(|spec| spec.name == option.name))
    }

    /// Reports options that two groups declare differently.
    pub(crate) fn check(&self, findings: &mut Findings) {
        for (option, spec) in self.registrations.iter().flat_map(Registration::options) {
            if self.spec(&option).is_some_and(|first| !first.agrees_with(spec)) {
                findings.problem(Problem::Declared { option });
            }
        }
    }

    /// Every group with its values; those with problems are left out.
    pub(crate) fn read(&self, values: &Values, findings: &mut Findings) -> Vec<(TypeId, AnyGroup)> {
        let read = |known: &Registration| Some((known.id, (known.read)(known, values, findings)?));
        self.registrations.iter().filter_map(read).collect()
    }

    pub(crate) fn cells(&self, groups: Vec<(TypeId, AnyGroup)>) -> Cells {
        let cell = |(id, group)| {
            let known = self.registrations.iter().find(|known| known.id == id)?;
            Some((id, (known.cell)(group)))
        };
        Cells(groups.into_iter().filter_map(cell).collect())
    }
}
