//! Telling what happened to whoever listens.

use std::sync::Arc;

use async_trait::async_trait;
use nova_core::notify::NotificationSink;
use nova_core::operation::{Flow, Running, StepError, StepHandler};
use nova_core::sync::KeyedLocks;
use nova_core::{Fault, RequestContext};
use nova_objects_db::operations::{self, DbOperationStore};
use nova_objects_db::{Db, DbError};
use nova_rpcapi::operations::Notify;

nova_core::faults! {
    module "nova_sdk.conductor";
    /// What happened before was not told yet.
    NotItsTurn(409, "An earlier notification {target} was not sent yet.") { target: String }
}

/// Gives notifications to a sink, those about one thing in their order.
pub struct NotifyHandler {
    db: Db,
    sink: Arc<dyn NotificationSink>,
    locks: KeyedLocks,
}

impl NotifyHandler {
    /// Gives `sink` what is written in `db`.
    pub fn new(db: &Db, sink: Arc<dyn NotificationSink>) -> Self {
        Self { db: db.clone(), sink, locks: KeyedLocks::default() }
    }
}

#[async_trait]
impl StepHandler<Notify> for NotifyHandler {
    async fn run(&self, cx: &RequestContext, step: &mut Running<Notify>) -> Result<Flow, StepError> {
        // Until it is written down that it was sent: then the next one is next here, too.
        let _lock = self.locks.lock(step.target()).await;
        let id = step.lease().operation;
        let next = self.db.read(move |tx| async move { operations::is_next_in(&tx, id).await });
        if !next.await.map_err(|error: DbError| Fault::from(error))? {
            return Err(StepError::Retry(NotItsTurn { target: step.target().to_owned() }.into()));
        }
        for notification in &step.args {
            self.sink.send(cx, notification).await?;
        }
        DbOperationStore::new(&self.db).finish_with(step, &Flow::Done, |_| async { Ok(()) }).await
    }
}

impl std::fmt::Debug for NotifyHandler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NotifyHandler").field("db", &self.db).finish_non_exhaustive()
    }
}
