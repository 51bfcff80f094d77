//! One service with tasks of its own, so that it can be stopped, or killed, alone.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nova_core::service::{Report, Service};
use nova_core::{BoxError, Env};

/// A service and the environment its tasks belong to.
#[derive(Clone)]
pub struct Node {
    env: Env,
    service: Arc<dyn Service>,
}

impl Node {
    /// `service`, whose tasks are those of `env` and of nobody else.
    pub fn new(env: &Env, service: impl Service) -> Self {
        Self { env: env.clone(), service: Arc::new(service) }
    }

    /// Ends every task of the service at once, as a power failure would: nothing is drained, told or given back.
    pub fn kill(&self) {
        self.env.abort_all();
    }
}

#[async_trait]
impl Service for Node {
    fn name(&self) -> &str {
        self.service.name()
    }

    async fn start(&self) -> Result<(), BoxError> {
        self.service.start().await
    }

    async fn stop(&self, grace: Duration) {
        self.service.stop(grace).await;
        self.env.shutdown(Duration::from_secs(1)).await;
    }

    async fn wait(&self) {
        self.service.wait().await;
    }

    async fn reset(&self) {
        self.service.reset().await;
    }

    fn report(&self) -> Report {
        self.service.report()
    }
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node").field("service", &self.service.name()).finish_non_exhaustive()
    }
}
