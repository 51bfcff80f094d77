//! Shares that are attached to instances.

use nova_core::{Fault, RequestContext};
use nova_objects::remotable;

use crate::{ShareMapping, ShareMappingList};

/// What a store does with [`ShareMapping`] records.
#[remotable(ShareMapping)]
pub trait ShareMappingActions {
    /// The mapping of that share to that instance, or `ShareNotFound`.
    async fn get_by_instance_uuid_and_share_id(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
        share_id: &str,
    ) -> Result<ShareMapping, Fault>;

    /// Writes the changed fields, or makes the record.
    async fn save(&self, cx: &RequestContext, mapping: &mut ShareMapping) -> Result<(), Fault>;

    /// Removes the record.
    async fn delete(&self, cx: &RequestContext, mapping: &mut ShareMapping) -> Result<(), Fault>;
}

/// What a store does with several [`ShareMapping`] records.
#[remotable(ShareMappingList)]
pub trait ShareMappingListActions {
    /// The shares of that instance.
    async fn get_by_instance_uuid(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
    ) -> Result<ShareMappingList, Fault>;

    /// The instances that have that share.
    async fn get_by_share_id(&self, cx: &RequestContext, share_id: &str) -> Result<ShareMappingList, Fault>;
}
