//! Flavors: sizes of instances.

use std::collections::BTreeMap;

use nova_core::{Fault, RequestContext};
use nova_objects::remotable;
use nova_objects::types::Json;

use crate::{Flavor, FlavorList};

/// What a store does with [`Flavor`] records. Flavors are in the API database, whole: they are never soft-deleted.
#[remotable(Flavor)]
pub trait FlavorActions {
    /// The flavor of that id of the database, or `FlavorNotFound`.
    async fn get_by_id(&self, cx: &RequestContext, id: i64) -> Result<Flavor, Fault>;

    /// The flavor users know by that id, or `FlavorNotFound`. `read_deleted` means nothing any more.
    async fn get_by_flavor_id(
        &self,
        cx: &RequestContext,
        flavor_id: &str,
        read_deleted: Option<&str>,
    ) -> Result<Flavor, Fault>;

    /// The flavor of that name, or `FlavorNotFoundByName`.
    async fn get_by_name(&self, cx: &RequestContext, name: &str) -> Result<Flavor, Fault>;

    /// Makes the record with its extra specs and projects, in one transaction.
    ///
    /// `FlavorExists` for a name, `FlavorIdExists` for a flavor id that is there already; nothing is written then.
    async fn create(&self, cx: &RequestContext, flavor: &mut Flavor) -> Result<(), Fault>;

    /// Removes the record with all that belongs to it. `FlavorNotFound` when it is gone already.
    async fn destroy(&self, cx: &RequestContext, flavor: &mut Flavor) -> Result<(), Fault>;

    /// Lets a project use the flavor. `FlavorAccessExists` when it may already.
    async fn add_access(
        &self,
        cx: &RequestContext,
        flavor: &mut Flavor,
        project_id: &str,
    ) -> Result<(), Fault>;

    /// Lets a project use the flavor no more. `FlavorAccessNotFound` when it might not.
    async fn remove_access(
        &self,
        cx: &RequestContext,
        flavor: &mut Flavor,
        project_id: &str,
    ) -> Result<(), Fault>;

    /// Adds projects, then removes some.
    async fn save_projects(
        &self,
        cx: &RequestContext,
        flavor: &mut Flavor,
        to_add: Option<&[String]>,
        to_delete: Option<&[String]>,
    ) -> Result<(), Fault>;

    /// Adds or replaces extra specs, then removes some. `FlavorExtraSpecsNotFound` for a key that is not there.
    async fn save_extra_specs(
        &self,
        cx: &RequestContext,
        flavor: &mut Flavor,
        to_add: Option<&BTreeMap<String, String>>,
        to_delete: Option<&[String]>,
    ) -> Result<(), Fault>;
}

/// What a store does with several [`Flavor`] records.
#[remotable(FlavorList)]
pub trait FlavorListActions {
    /// The flavors that pass all filters (`min_memory_mb`, `min_root_gb`, `disabled`, `is_public`), sorted, at most
    /// `limit`, after the one whose flavor id is `marker` (`MarkerNotFound` when that is gone).
    #[expect(clippy::too_many_arguments, reason = "Nova's signature is the contract")]
    async fn get_all(
        &self,
        cx: &RequestContext,
        inactive: Option<bool>,
        filters: Option<&Json>,
        sort_key: Option<&str>,
        sort_dir: Option<&str>,
        limit: Option<i64>,
        marker: Option<&str>,
    ) -> Result<FlavorList, Fault>;
}

impl Flavor {
    /// What it asks for under `key`, beside sizes.
    ///
    /// # Example
    /// ```
    /// use nova_objects_catalog::Flavor;
    ///
    /// let mut flavor = Flavor::empty();
    /// flavor.extra_specs.set([("hw:cpu_policy".to_owned(), "dedicated".to_owned())]);
    /// assert_eq!(flavor.extra_spec("hw:cpu_policy"), Some("dedicated"));
    /// assert_eq!(flavor.extra_spec("hw:mem_page_size"), None);
    /// ```
    pub fn extra_spec(&self, key: &str) -> Option<&str> {
        self.extra_specs.value()?.get(key).map(String::as_str)
    }
}
