//! Build requests: servers that were accepted and have no record in a cell yet.

use nova_core::{Fault, RequestContext};
use nova_objects::remotable;
use nova_objects::types::Json;

use crate::{BuildRequest, BuildRequestList};

/// What a store does with [`BuildRequest`] records. They are in the API database.
///
/// The record is also the promise that nobody deleted the server yet: a conductor destroys it once the instance is in
/// its cell, a delete destroys it before. Whoever destroys it decides.
#[remotable(BuildRequest)]
pub trait BuildRequestActions {
    /// The request of that instance, or `BuildRequestNotFound`.
    async fn get_by_instance_uuid(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
    ) -> Result<BuildRequest, Fault>;

    /// Makes the record; one that has an id already, or no instance uuid, is an `ObjectActionError`.
    async fn create(&self, cx: &RequestContext, request: &mut BuildRequest) -> Result<(), Fault>;

    /// Writes the changed fields. `BuildRequestNotFound` when the record is gone.
    async fn save(&self, cx: &RequestContext, request: &mut BuildRequest) -> Result<(), Fault>;

    /// Removes the record. Of several callers at once exactly one succeeds; the others get `BuildRequestNotFound`.
    async fn destroy(&self, cx: &RequestContext, request: &mut BuildRequest) -> Result<(), Fault>;
}

/// What a store does with several [`BuildRequest`] records.
#[remotable(BuildRequestList)]
pub trait BuildRequestListActions {
    /// All requests that the context may see.
    async fn get_all(&self, cx: &RequestContext) -> Result<BuildRequestList, Fault>;

    /// The requests whose instances pass all filters, as [`InstanceList`](crate::InstanceList) has them.
    ///
    /// `MarkerNotFound` when no request has the instance uuid `marker`, unless the listing starts there.
    async fn get_by_filters(
        &self,
        cx: &RequestContext,
        filters: &Json,
        limit: Option<i64>,
        marker: Option<&str>,
        sort_keys: Option<&[String]>,
        sort_dirs: Option<&[String]>,
    ) -> Result<BuildRequestList, Fault>;
}
