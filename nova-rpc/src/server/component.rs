//! A server as a part of a managed service.

use std::time::Duration;

use async_trait::async_trait;
use nova_core::service::{Component, Identity, ManagedServiceBuilder, Section};
use nova_core::{BoxError, Env};

use super::Server;

#[async_trait]
impl Component for Server {
    fn name(&self) -> &str {
        &self.name
    }

    async fn start(&self, env: &Env, me: &Identity) -> Result<(), BoxError> {
        Ok(self.listen_in(env, &me.host).await?)
    }

    async fn drain(&self, grace: Duration) {
        for left in Self::drain(self, grace).await {
            tracing::warn!(server = self.name, method = left.method, request_id = left.request_id,
                age = ?left.age, "still in work when the grace was over");
        }
    }

    async fn stop(&self) {
        Self::stop(self).await;
    }

    fn drains_last(&self) -> bool {
        self.drains_last
    }

    fn report(&self) -> Option<Section> {
        let lines = self.in_flight().iter().map(ToString::to_string).collect::<Vec<_>>();
        Some(Section::new(format!("{}: requests in work", self.name), lines))
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for nova_core::service::ManagedServiceBuilder {}
}

/// Gives [`ManagedServiceBuilder`] the verb `rpc`.
pub trait RpcServiceExt: sealed::Sealed + Sized {
    /// Serves `server`'s contracts while the service runs, under the service's host name.
    ///
    /// Two servers of one topic would take each other's messages: that is an error of the builder's `build`.
    fn rpc(self, server: Server) -> Self;
}

impl RpcServiceExt for ManagedServiceBuilder {
    fn rpc(self, server: Server) -> Self {
        self.exclusive_component(format!("topic {}", server.topic()), server)
    }
}
