//! Info caches: what is known of an instance's network.

use nova_core::fault::ValueError;
use nova_core::{Fault, RequestContext};
use nova_objects::remotable;
use nova_objects::types::JsonText;
use serde_json::Value;

use crate::InstanceInfoCache;

/// What a store does with [`InstanceInfoCache`] records. They are made and deleted with their instance.
#[remotable(InstanceInfoCache)]
pub trait InstanceInfoCacheActions {
    /// The cache of that instance, or `InstanceInfoCacheNotFound`.
    async fn get_by_instance_uuid(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
    ) -> Result<InstanceInfoCache, Fault>;

    /// Writes the network if it changed, making the record if it is missing. The last writer wins.
    ///
    /// `update_cells` means nothing since cells v1 went.
    async fn save(
        &self,
        cx: &RequestContext,
        cache: &mut InstanceInfoCache,
        update_cells: Option<bool>,
    ) -> Result<(), Fault>;

    /// Removes the record, if it is there.
    async fn delete(&self, cx: &RequestContext, cache: &mut InstanceInfoCache) -> Result<(), Fault>;

    /// Reads the network again. `InstanceInfoCacheNotFound` when the record is gone.
    async fn refresh(&self, cx: &RequestContext, cache: &mut InstanceInfoCache) -> Result<(), Fault>;
}

impl InstanceInfoCache {
    /// The cache of an instance that has no network yet, not stored: a `save` makes the record.
    #[doc(alias = "new")]
    pub fn of_instance(instance_uuid: &str) -> Self {
        let mut cache = Self::empty();
        cache.instance_uuid.set(instance_uuid);
        cache.network_info.set(JsonText::from("[]".to_owned()));
        cache
    }

    /// The interfaces, each as Nova's network model has it; none when the network is null.
    ///
    /// # Example
    /// ```
    /// use nova_objects_catalog::InstanceInfoCache;
    /// use serde_json::json;
    ///
    /// let mut cache = InstanceInfoCache::of_instance("7f");
    /// cache.set_interfaces(&[json!({"id": "port-1", "address": "fa:16:3e:00:00:01"})])?;
    /// assert_eq!(cache.interfaces()?[0]["id"], "port-1");
    /// # Ok::<(), nova_core::Fault>(())
    /// ```
    ///
    /// # Errors
    /// `ObjectActionError` when the field is unset, `ValueError` when it holds no JSON list.
    pub fn interfaces(&self) -> Result<Vec<Value>, Fault> {
        let Some(network) = self.network_info.get()? else { return Ok(Vec::new()) };
        network.decode().map_err(|error| ValueError { message: format!("network_info: {error}") }.into())
    }

    /// Sets the interfaces.
    ///
    /// # Errors
    /// `ValueError` when they have no JSON form.
    pub fn set_interfaces(&mut self, interfaces: &[Value]) -> Result<(), Fault> {
        let text = JsonText::encode(interfaces)
            .map_err(|error| ValueError { message: format!("network_info: {error}") })?;
        self.network_info.set(text);
        Ok(())
    }
}
