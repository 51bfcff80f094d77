//! Which version of each object a reader knows.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use nova_rpc::Version;

/// The highest version of each object that a reader knows (Nova's `object_versions`).
///
/// # Example
/// ```
/// use nova_objects::{Manifest, Version};
///
/// let peer = Manifest::from_iter([("Service", Version::new(1, 20))]);
/// assert_eq!(peer.get("Service"), Some(Version::new(1, 20)));
/// assert_eq!(peer.get("Instance"), None);
/// ```
#[doc(alias = "obj_tree_get_versions")]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Manifest(BTreeMap<Cow<'static, str>, Version>);

impl Manifest {
    /// The version of the object called `name`.
    pub fn get(&self, name: &str) -> Option<Version> {
        self.0.get(name).copied()
    }

    /// Says which version of `name` is known. Returns whether nothing was known of it before.
    pub fn insert(&mut self, name: impl Into<Cow<'static, str>>, version: Version) -> bool {
        self.0.insert(name.into(), version).is_none()
    }

    /// Names and versions, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Version)> {
        self.0.iter().map(|(name, version)| (name.as_ref(), *version))
    }

    /// How many objects it knows.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<N: Into<Cow<'static, str>>> FromIterator<(N, Version)> for Manifest {
    fn from_iter<I: IntoIterator<Item = (N, Version)>>(entries: I) -> Self {
        Self(entries.into_iter().map(|(name, version)| (name.into(), version)).collect())
    }
}
