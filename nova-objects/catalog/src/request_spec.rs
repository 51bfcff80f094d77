//! Request specs: what a user asked for, as the scheduler needs it.

use nova_core::{Fault, RequestContext};
use nova_objects::remotable;

use crate::{Destination, RequestSpec};

/// What a store does with [`RequestSpec`] records. They are in the API database, as one JSON text.
///
/// What belongs to one attempt only is never stored: `id`, `retry`, `requested_destination`, `requested_resources`,
/// `network_metadata`, and `ignore_hosts` when they come from a retry.
#[remotable(RequestSpec)]
pub trait RequestSpecActions {
    /// What was asked for that instance, or `RequestSpecNotFound`.
    async fn get_by_instance_uuid(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
    ) -> Result<RequestSpec, Fault>;

    /// Makes the record; one that has an id already is an `ObjectActionError`.
    async fn create(&self, cx: &RequestContext, spec: &mut RequestSpec) -> Result<(), Fault>;

    /// Writes the whole spec. `RequestSpecNotFound` when the record is gone.
    async fn save(&self, cx: &RequestContext, spec: &mut RequestSpec) -> Result<(), Fault>;

    /// Removes the record. `RequestSpecNotFound` when it is gone already.
    async fn destroy(&self, cx: &RequestContext, spec: &mut RequestSpec) -> Result<(), Fault>;
}

impl RequestSpec {
    /// The first value of a scheduler hint: users give one, Nova keeps a list.
    ///
    /// # Example
    /// ```
    /// use nova_objects_catalog::RequestSpec;
    /// use std::collections::BTreeMap;
    ///
    /// let mut spec = RequestSpec::empty();
    /// spec.scheduler_hints.set(BTreeMap::from([("group".to_owned(), vec!["g1".to_owned()])]));
    /// assert_eq!(spec.scheduler_hint("group"), Some("g1"));
    /// ```
    pub fn scheduler_hint(&self, name: &str) -> Option<&str> {
        self.scheduler_hints.present()?.get(name)?.first().map(String::as_str)
    }

    /// Where it must go; `None` for anywhere.
    pub fn destination(&self) -> Option<&Destination> {
        self.requested_destination.present()
    }

    /// Virtual CPUs of the flavor.
    ///
    /// # Errors
    /// When the flavor, or its CPUs, are not loaded.
    pub fn vcpus(&self) -> Result<i64, nova_objects::Unset> {
        self.flavor.get()?.vcpus.get().copied()
    }

    /// Mebibytes of memory of the flavor.
    ///
    /// # Errors
    /// When the flavor, or its memory, is not loaded.
    pub fn memory_mb(&self) -> Result<i64, nova_objects::Unset> {
        self.flavor.get()?.memory_mb.get().copied()
    }

    /// Gigabytes of root disk of the flavor.
    ///
    /// # Errors
    /// When the flavor, or its root disk, is not loaded.
    pub fn root_gb(&self) -> Result<i64, nova_objects::Unset> {
        self.flavor.get()?.root_gb.get().copied()
    }
}
