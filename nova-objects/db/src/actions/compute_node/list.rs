//! Several compute nodes.

use nova_objects_catalog::exception::MarkerNotFound;
use nova_objects_catalog::{ComputeNodeList, ComputeNodeListActions};
use sea_orm::QuerySelect;

use super::*;

/// The nodes that `condition` finds, by id, at most `limit`.
pub(super) async fn list_where(
    tx: &Tx,
    cx: &RequestContext,
    condition: Condition,
    limit: Option<u64>,
) -> Result<Vec<ComputeNode>, ActionError> {
    let found = Entity::find().filter(condition).filter(by_life(cx, Column::Deleted));
    let rows = found.order_by_asc(Column::Id).limit(limit).all(tx).await?;
    rows.into_iter().map(to_object).collect()
}

impl CellStore {
    async fn nodes(&self, cx: &RequestContext, condition: Condition) -> Result<Vec<ComputeNode>, Fault> {
        let args = (cx.clone(), condition);
        let found = look(self.db(), args, |tx, (cx, condition)| async move {
            list_where(&tx, &cx, condition, None).await
        });
        found.await
    }
}

#[async_trait]
impl ComputeNodeListActions for CellStore {
    async fn get_all(&self, cx: &RequestContext) -> Result<ComputeNodeList, Fault> {
        self.nodes(cx, Condition::all()).await.map(ComputeNodeList::of)
    }

    async fn get_all_by_host(
        &self,
        cx: &RequestContext,
        host: &str,
        _use_slave: Option<bool>,
    ) -> Result<ComputeNodeList, Fault> {
        let found = self.nodes(cx, Condition::all().add(Column::Host.eq(host))).await?;
        match found.is_empty() {
            true => Err(ComputeHostNotFound { host: host.to_owned() }.into()),
            false => Ok(ComputeNodeList::of(found)),
        }
    }

    async fn get_all_by_uuids(
        &self,
        cx: &RequestContext,
        compute_uuids: &[String],
    ) -> Result<ComputeNodeList, Fault> {
        self.nodes(cx, Condition::all().add(Column::Uuid.is_in(compute_uuids))).await.map(ComputeNodeList::of)
    }

    async fn get_all_by_not_mapped(
        &self,
        cx: &RequestContext,
        mapped_less_than: i64,
    ) -> Result<ComputeNodeList, Fault> {
        self.nodes(cx, Condition::all().add(Column::Mapped.lt(mapped_less_than)))
            .await
            .map(ComputeNodeList::of)
    }

    async fn get_by_hypervisor(
        &self,
        cx: &RequestContext,
        hypervisor_match: &str,
    ) -> Result<ComputeNodeList, Fault> {
        let condition = Condition::all().add(Column::HypervisorHostname.contains(hypervisor_match));
        self.nodes(cx, condition).await.map(ComputeNodeList::of)
    }

    async fn get_by_pagination(
        &self,
        cx: &RequestContext,
        limit: Option<i64>,
        marker: Option<i64>,
    ) -> Result<ComputeNodeList, Fault> {
        let limit = limit.and_then(|limit| u64::try_from(limit).ok());
        let found = look(self.db(), (cx.clone(), limit, marker), |tx, (cx, limit, marker)| async move {
            let mut condition = Condition::all();
            if let Some(marker) = marker {
                let known =
                    list_where(&tx, &cx, Condition::all().add(Column::Id.eq(marker)), Some(1)).await?;
                if known.is_empty() {
                    return Err(ActionError::fault(MarkerNotFound { marker: marker.to_string() }));
                }
                condition = condition.add(Column::Id.gt(marker));
            }
            list_where(&tx, &cx, condition, limit).await
        });
        found.await.map(ComputeNodeList::of)
    }
}
