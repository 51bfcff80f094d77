//! Operations through a conductor.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use nova_core::operation::{
    Hinter, Lease, NewOperation, OperationFilter, OperationId, OperationRecord, OperationStore, Pull, Pulled,
    Queue, StepEnd, StoreError,
};
use nova_core::{BoxError, Fault, RequestContext};
use nova_objects_catalog::Instance;
use nova_rpc::Client;
use nova_rpc::base::BaseApiClient;
use uuid::Uuid;

use crate::contract::{HintApiClient, OperationsApiClient, RecoveryApiClient};
use crate::operations::CONDUCTOR;
use crate::recorder::{InstanceChange, InstanceRecorder};
use crate::recovery::{Recovery, Settlement};

/// The operation store behind a conductor: what compute's worker pulls from.
///
/// It does not submit or list: operations are submitted where the record they change is.
#[derive(Clone, Debug)]
pub struct RemoteOperations {
    conductor: OperationsApiClient,
}

impl RemoteOperations {
    /// The store of the conductors that `client` reaches.
    pub fn new(client: &Client) -> Self {
        Self { conductor: OperationsApiClient::new(client) }
    }
}

fn refused(what: &str) -> StoreError {
    let message = format!("operations are {what} where the database is, not through a conductor");
    StoreError::Failed(nova_core::fault::NotImplemented { message }.into())
}

#[async_trait]
impl OperationStore for RemoteOperations {
    async fn submit(&self, _: &RequestContext, _: NewOperation) -> Result<OperationId, StoreError> {
        Err(refused("submitted"))
    }

    async fn pull(&self, cx: &RequestContext, pull: &Pull) -> Result<Pulled, StoreError> {
        Ok(self.conductor.pull(cx, pull).await.map_err(Fault::from)?)
    }

    async fn finish(&self, cx: &RequestContext, lease: &Lease, end: &StepEnd) -> Result<(), StoreError> {
        let finished = self.conductor.finish(cx, lease, end).await;
        finished.map_err(|error| StoreError::of(lease, error.into()))
    }

    async fn get(&self, cx: &RequestContext, id: OperationId) -> Result<Option<OperationRecord>, StoreError> {
        Ok(self.conductor.get(cx, &id).await.map_err(Fault::from)?)
    }

    async fn list(
        &self,
        _: &RequestContext,
        _: &OperationFilter,
    ) -> Result<Vec<OperationRecord>, StoreError> {
        Err(refused("listed"))
    }
}

#[async_trait]
impl InstanceRecorder for RemoteOperations {
    async fn record(&self, cx: &RequestContext, change: InstanceChange) -> Result<Instance, Fault> {
        Ok(self.conductor.record(cx, &change).await?)
    }
}

/// Recovery through a conductor.
#[derive(Clone, Debug)]
pub struct RemoteRecovery {
    conductor: RecoveryApiClient,
}

impl RemoteRecovery {
    /// Through the conductors that `client` reaches.
    pub fn new(client: &Client) -> Self {
        Self { conductor: RecoveryApiClient::new(client) }
    }
}

#[async_trait]
impl Recovery for RemoteRecovery {
    async fn orphans(&self, cx: &RequestContext, host: &str) -> Result<Vec<Instance>, Fault> {
        Ok(self.conductor.orphans(cx, host).await?)
    }

    async fn resting(&self, cx: &RequestContext, host: &str) -> Result<Vec<Instance>, Fault> {
        Ok(self.conductor.resting(cx, host).await?)
    }

    async fn gone(&self, cx: &RequestContext, host: &str, instances: &[Uuid]) -> Result<Vec<Uuid>, Fault> {
        Ok(self.conductor.gone(cx, host, instances).await?)
    }

    async fn settle(&self, cx: &RequestContext, settlement: Settlement) -> Result<bool, Fault> {
        Ok(self.conductor.settle(cx, &settlement).await?)
    }
}

/// Waits until a conductor answers: what a service without a database does before anything else.
///
/// The first ten tries wait 10 s each, the later ones as long as the client does, for ever.
#[doc(alias = "wait_until_ready")]
pub fn wait_for_conductor(
    client: &Client,
) -> impl Fn() -> BoxFuture<'static, Result<(), BoxError>> + Send + Sync + 'static {
    let base = BaseApiClient::new(client, CONDUCTOR);
    let env = client.transport().env().clone();
    move || {
        let (base, env) = (base.clone(), env.clone());
        Box::pin(async move {
            let cx = RequestContext::admin(&env);
            let mut tries = 0_u32;
            loop {
                let patient =
                    if tries < 10 { base.with_timeout(Duration::from_secs(10)) } else { base.clone() };
                match patient.ping(&cx, &"1.21 GigaWatts".into()).await {
                    Ok(_) if tries == 0 => return Ok(()),
                    Ok(_) => {
                        tracing::info!("a conductor is there now");
                        return Ok(());
                    }
                    Err(error) => tracing::warn!(%error, tries, "no conductor answers"),
                }
                tries = tries.saturating_add(1);
                // An answer that there is nobody comes at once; then there is no hurry to ask again.
                tokio::time::sleep(Duration::from_millis(250) + env.jitter(Duration::from_millis(250))).await;
            }
        })
    }
}

/// Tells the services of a queue to look, by a cast that nobody relies on.
#[derive(Clone, Debug)]
pub struct RpcHinter {
    client: Client,
}

impl RpcHinter {
    /// Tells through `client`.
    pub fn new(client: &Client) -> Self {
        Self { client: client.clone() }
    }
}

#[async_trait]
impl Hinter for RpcHinter {
    async fn hint(&self, cx: &RequestContext, queue: &Queue) {
        let cx = cx.with_deadline(tokio::time::Instant::now() + Duration::from_secs(5));
        let service = HintApiClient::new(&self.client, queue.topic.clone());
        let sent = match &queue.host {
            Some(host) => service.on(host).look(&cx).await,
            None => service.look(&cx).await,
        };
        if let Err(error) = sent {
            tracing::debug!(%queue, %error, "a hint was lost; the work is found at the next poll");
        }
    }
}
