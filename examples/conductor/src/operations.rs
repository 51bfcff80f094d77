//! The operations of a deployment: those of the API database and those of the cell, as one store.

use async_trait::async_trait;
use nova_core::RequestContext;
use nova_core::operation::{
    Lease, NewOperation, Operation, OperationFilter, OperationId, OperationRecord, OperationStore, Pull,
    Pulled, StepEnd, StoreError,
};
use nova_objects_db::NovaDb;
use nova_objects_db::operations::DbOperationStore;
use nova_rpcapi::operations::Boot;

/// Operations beside the records they change: boots in the API database, all others in the cell.
#[derive(Clone, Debug)]
pub struct NovaOperations {
    api: DbOperationStore,
    cell: DbOperationStore,
}

impl NovaOperations {
    /// The operations in `db`.
    pub fn new(db: &NovaDb) -> Self {
        Self { api: DbOperationStore::new(db.api()), cell: DbOperationStore::new(db.cell1()) }
    }

    fn of_kind(&self, kind: &str) -> &DbOperationStore {
        if kind == Boot::KIND { &self.api } else { &self.cell }
    }
}

#[async_trait]
impl OperationStore for NovaOperations {
    async fn submit(&self, cx: &RequestContext, operation: NewOperation) -> Result<OperationId, StoreError> {
        self.of_kind(&operation.kind).submit(cx, operation).await
    }

    /// What one database calls lost may be the other's; what both call lost is.
    async fn pull(&self, cx: &RequestContext, pull: &Pull) -> Result<Pulled, StoreError> {
        let mut pulled = self.cell.pull(cx, pull).await?;
        let rest = Pull {
            renew: std::mem::take(&mut pulled.lost),
            max: pull.max.saturating_sub(pulled.claimed.len()),
            ..pull.clone()
        };
        let Pulled { claimed, lost } = self.api.pull(cx, &rest).await?;
        pulled.claimed.extend(claimed);
        pulled.lost = lost;
        Ok(pulled)
    }

    async fn finish(&self, cx: &RequestContext, lease: &Lease, end: &StepEnd) -> Result<(), StoreError> {
        let in_cell = self.cell.get(cx, lease.operation).await?.is_some();
        let store = if in_cell { &self.cell } else { &self.api };
        store.finish(cx, lease, end).await
    }

    async fn get(&self, cx: &RequestContext, id: OperationId) -> Result<Option<OperationRecord>, StoreError> {
        match self.cell.get(cx, id).await? {
            Some(record) => Ok(Some(record)),
            None => self.api.get(cx, id).await,
        }
    }

    async fn list(
        &self,
        cx: &RequestContext,
        filter: &OperationFilter,
    ) -> Result<Vec<OperationRecord>, StoreError> {
        let mut all = self.api.list(cx, filter).await?;
        all.extend(self.cell.list(cx, filter).await?);
        all.sort_by_key(|record| (record.created_at, record.id));
        if filter.limit > 0 {
            all.truncate(filter.limit);
        }
        Ok(all)
    }
}
