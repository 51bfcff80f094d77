//! Compute nodes: hypervisors and what they have.

use nova_core::{Fault, RequestContext};
use nova_objects::{Convert, Version, remotable};

use crate::{ComputeNode, ComputeNodeList, HVSpec, HvType};

/// What a store does with [`ComputeNode`] records.
///
/// A record is one hypervisor. Its uuid is also that of its resource provider in placement, and never changes.
#[remotable(ComputeNode)]
pub trait ComputeNodeActions {
    /// The node of that id, or `ComputeHostNotFound`.
    async fn get_by_id(&self, cx: &RequestContext, compute_id: i64) -> Result<ComputeNode, Fault>;

    /// The node of that uuid, or `ComputeHostNotFound`.
    async fn get_by_uuid(&self, cx: &RequestContext, compute_uuid: &str) -> Result<ComputeNode, Fault>;

    /// The hypervisor of that name on that host, or `ComputeHostNotFound`.
    async fn get_by_host_and_nodename(
        &self,
        cx: &RequestContext,
        host: &str,
        nodename: &str,
    ) -> Result<ComputeNode, Fault>;

    /// The hypervisor of that name on whichever host, or `ComputeHostNotFound`.
    async fn get_by_nodename(
        &self,
        cx: &RequestContext,
        hypervisor_hostname: &str,
    ) -> Result<ComputeNode, Fault>;

    /// The first hypervisor of that host, or `ComputeHostNotFound`.
    async fn get_first_node_by_host_for_old_compat(
        &self,
        cx: &RequestContext,
        host: &str,
        use_slave: Option<bool>,
    ) -> Result<ComputeNode, Fault>;

    /// Makes the record. A second one of that uuid, or of that host and name, is refused with `DuplicateRecord` and
    /// nothing is written; a node that has an id already is an `ObjectActionError`.
    async fn create(&self, cx: &RequestContext, node: &mut ComputeNode) -> Result<(), Fault>;

    /// Writes the changed fields, in one statement. `ComputeHostNotFound` when the record is gone.
    ///
    /// Nova ignores `prune_stats`, which it keeps for old callers.
    async fn save(
        &self,
        cx: &RequestContext,
        node: &mut ComputeNode,
        prune_stats: Option<bool>,
    ) -> Result<(), Fault>;

    /// Soft-deletes the record. With a `service_id` set, only if it still belongs to that service, so that a host does
    /// not delete a node which moved to another; `ObjectActionError` when nothing was deleted.
    async fn destroy(&self, cx: &RequestContext, node: &mut ComputeNode) -> Result<(), Fault>;
}

/// What a store does with several [`ComputeNode`] records.
#[remotable(ComputeNodeList)]
pub trait ComputeNodeListActions {
    /// All nodes.
    async fn get_all(&self, cx: &RequestContext) -> Result<ComputeNodeList, Fault>;

    /// The nodes of that host; `ComputeHostNotFound` when there is none.
    async fn get_all_by_host(
        &self,
        cx: &RequestContext,
        host: &str,
        use_slave: Option<bool>,
    ) -> Result<ComputeNodeList, Fault>;

    /// The nodes of these uuids; those that are gone are left out.
    async fn get_all_by_uuids(
        &self,
        cx: &RequestContext,
        compute_uuids: &[String],
    ) -> Result<ComputeNodeList, Fault>;

    /// The nodes whose `mapped` is less than this.
    async fn get_all_by_not_mapped(
        &self,
        cx: &RequestContext,
        mapped_less_than: i64,
    ) -> Result<ComputeNodeList, Fault>;

    /// The nodes whose hypervisor's name contains this.
    async fn get_by_hypervisor(
        &self,
        cx: &RequestContext,
        hypervisor_match: &str,
    ) -> Result<ComputeNodeList, Fault>;

    /// At most `limit` nodes by id, after the one of id `marker`; `MarkerNotFound` when that is gone.
    async fn get_by_pagination(
        &self,
        cx: &RequestContext,
        limit: Option<i64>,
        marker: Option<i64>,
    ) -> Result<ComputeNodeList, Fault>;
}

impl Convert for HVSpec {
    /// Before 1.1, Virtuozzo was known as Parallels.
    fn convert_to(&mut self, target: Version) -> Result<(), Fault> {
        if target < Version::new(1, 1) && self.hv_type.value() == Some(&HvType::Vz) {
            self.hv_type.load(HvType::Parallels);
        }
        Ok(())
    }
}
