//! Flavors as callers see them.

use std::collections::BTreeMap;

use nova_objects_catalog as objects;

/// A size that servers come in.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Flavor {
    /// The id users give.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Virtual CPUs.
    pub vcpus: u32,
    /// Memory, MiB.
    pub memory_mb: u64,
    /// Root disk, GiB; 0 for as large as the image.
    pub root_gb: u64,
    /// A second disk, GiB.
    pub ephemeral_gb: u64,
    /// Swap, MiB.
    pub swap_mb: u64,
    /// The share of the network, relative to others.
    pub rxtx_factor: f64,
    /// Whether every project may use it.
    pub is_public: bool,
    /// Whether nobody may use it for new servers.
    pub disabled: bool,
    /// What it asks for beside sizes.
    pub extra_specs: BTreeMap<String, String>,
}

impl Flavor {
    /// A flavor from its object. Fields that are not loaded count as zero or nothing.
    pub(crate) fn of(flavor: &objects::Flavor) -> Self {
        let number = |field: &nova_objects::Field<i64>| {
            field.value().and_then(|number| u64::try_from(*number).ok()).unwrap_or(0)
        };
        Self {
            id: flavor.flavorid.value().cloned().unwrap_or_default(),
            name: flavor.name.present().cloned().unwrap_or_default(),
            description: flavor.description.present().cloned(),
            vcpus: u32::try_from(number(&flavor.vcpus)).unwrap_or(u32::MAX),
            memory_mb: number(&flavor.memory_mb),
            root_gb: number(&flavor.root_gb),
            ephemeral_gb: number(&flavor.ephemeral_gb),
            swap_mb: number(&flavor.swap),
            rxtx_factor: flavor.rxtx_factor.present().copied().unwrap_or(1.0),
            is_public: flavor.is_public.value().copied().unwrap_or(true),
            disabled: flavor.disabled.value().copied().unwrap_or(false),
            extra_specs: flavor.extra_specs.value().cloned().unwrap_or_default(),
        }
    }
}

/// A request for a flavor.
///
/// # Example
/// ```
/// use nova_compute_api::CreateFlavor;
///
/// let small = CreateFlavor::new("m1.small", 1, 2048, 20).id("2").extra_spec("hw:cpu_policy", "dedicated");
/// assert_eq!(small.memory_mb, 2048);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CreateFlavor {
    /// The id users will give; a new one is made if none is given.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Virtual CPUs, at least 1.
    pub vcpus: u32,
    /// Memory, MiB, at least 1.
    pub memory_mb: u64,
    /// Root disk, GiB; 0 for as large as the image.
    pub root_gb: u64,
    /// A second disk, GiB.
    pub ephemeral_gb: u64,
    /// Swap, MiB.
    pub swap_mb: u64,
    /// The share of the network, relative to others.
    pub rxtx_factor: f64,
    /// Whether every project may use it.
    pub is_public: bool,
    /// What it asks for beside sizes.
    pub extra_specs: BTreeMap<String, String>,
}

impl CreateFlavor {
    /// A public flavor of so many virtual CPUs, MiB of memory and GiB of disk.
    pub fn new(name: impl Into<String>, vcpus: u32, memory_mb: u64, root_gb: u64) -> Self {
        Self {
            id: None,
            name: name.into(),
            description: None,
            vcpus,
            memory_mb,
            root_gb,
            ephemeral_gb: 0,
            swap_mb: 0,
            rxtx_factor: 1.0,
            is_public: true,
            extra_specs: BTreeMap::new(),
        }
    }

    /// With that id.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// For administrators, and projects that are given access.
    pub fn private(mut self) -> Self {
        self.is_public = false;
        self
    }

    /// It also asks for that.
    pub fn extra_spec(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.extra_specs.insert(key.into(), value.into());
        self
    }

    /// The object to be stored.
    pub(crate) fn to_object(&self, id: String) -> objects::Flavor {
        let Self {
            id: _,
            name,
            description,
            vcpus,
            memory_mb,
            root_gb,
            ephemeral_gb,
            swap_mb,
            rxtx_factor,
            is_public,
            extra_specs,
        } = self;
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let mut flavor = objects::Flavor::empty();
        flavor.flavorid.set(id);
        flavor.name.set(name.clone());
        flavor.description.set(description.clone());
        flavor.vcpus.set(i64::from(*vcpus));
        flavor.memory_mb.set(number(*memory_mb));
        flavor.root_gb.set(number(*root_gb));
        flavor.ephemeral_gb.set(number(*ephemeral_gb));
        flavor.swap.set(number(*swap_mb));
        flavor.rxtx_factor.set(*rxtx_factor);
        flavor.vcpu_weight.set(0);
        flavor.is_public.set(*is_public);
        flavor.disabled.set(false);
        flavor.extra_specs.set(extra_specs.clone());
        flavor.projects.set(Vec::new());
        flavor
    }
}

/// Whose flavors to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FlavorVisibility {
    /// Public ones, and those the caller's project was given access to.
    #[default]
    Usable,
    /// Public ones and private ones; for administrators, others get what they can use.
    All,
    /// Private ones; for administrators, others get what they can use.
    Private,
}

/// Which flavors to list: those that are all of this.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlavorFilter {
    /// Whose.
    pub visibility: FlavorVisibility,
    /// With at least so many MiB of memory.
    pub min_memory_mb: u64,
    /// With at least so many GiB of root disk.
    pub min_root_gb: u64,
}
