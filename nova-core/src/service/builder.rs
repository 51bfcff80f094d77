//! Putting a managed service together.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::managed::{ManagedService, Parts};
use super::{Component, Identity, Manager};
use crate::group::ServiceGroup;
use crate::{BoxError, Env};

/// Why a service cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Two components claim the same exclusive resource; a broker would hand each half of the messages.
    #[error("{key} is served twice, by {first} and by {second}: put both endpoints on one server")]
    Duplicate {
        /// What both claim, for example `topic compute`.
        key: String,
        /// The component that was added first.
        first: String,
        /// The component that was added second.
        second: String,
    },
    /// No group was given, so the service could neither find its record nor count as up.
    #[error("{service} has no service group: call service_group()")]
    NoGroup {
        /// The service.
        service: Identity,
    },
}

type Prerequisite = Box<dyn Fn() -> BoxFuture<'static, Result<(), BoxError>> + Send + Sync>;

/// Builds a [`ManagedService`].
///
/// Crates above add verbs of their own through extension traits, for example `.rpc(server)` from `nova-rpc`.
pub struct ManagedServiceBuilder {
    pub(super) env: Env,
    pub(super) identity: Identity,
    pub(super) manager: Arc<dyn Manager>,
    group: Option<Arc<dyn ServiceGroup>>,
    components: Vec<(Option<String>, Arc<dyn Component>)>,
    pub(super) prerequisites: Vec<(String, Prerequisite)>,
    pub(super) version: i64,
    pub(super) report_interval: Duration,
    pub(super) periodic_fuzzy_delay: Duration,
    pub(super) periodic_enable: bool,
}

impl ManagedServiceBuilder {
    pub(super) fn new(env: &Env, identity: Identity, manager: Arc<dyn Manager>) -> Self {
        Self {
            env: env.clone(),
            identity,
            manager,
            group: None,
            components: Vec::new(),
            prerequisites: Vec::new(),
            version: 1,
            report_interval: Duration::from_secs(10),
            periodic_fuzzy_delay: Duration::from_secs(60),
            periodic_enable: true,
        }
    }

    /// The topic, where it is not the binary's name without `nova-`.
    pub fn topic(mut self, topic: impl Into<String>) -> Self {
        self.identity.topic = topic.into();
        self
    }

    /// Nova's `SERVICE_VERSION` of this code. 1 if not given.
    pub fn version(mut self, version: i64) -> Self {
        self.version = version;
        self
    }

    /// Where the service has its record and its heartbeats.
    pub fn service_group(mut self, group: Arc<dyn ServiceGroup>) -> Self {
        self.group = Some(group);
        self
    }

    /// One more part, started after those added before.
    pub fn component(mut self, component: impl Component) -> Self {
        self.components.push((None, Arc::new(component)));
        self
    }

    /// One more part that must be the only one with `key`, for example `topic compute`.
    pub fn exclusive_component(mut self, key: impl Into<String>, component: impl Component) -> Self {
        self.components.push((Some(key.into()), Arc::new(component)));
        self
    }

    /// Waits, before anything else of the start, until `ready` says so. `ready` itself retries; an error ends the
    /// start. A service that reaches the database through a conductor waits for the conductor here.
    pub fn wait_for<F>(
        mut self,
        what: impl Into<String>,
        ready: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        self.prerequisites.push((what.into(), Box::new(move || Box::pin(ready()))));
        self
    }

    /// Time between two heartbeats (Nova's `report_interval`). 10 s if not given.
    pub fn report_interval(mut self, interval: Duration) -> Self {
        self.report_interval = interval;
        self
    }

    /// The most a periodic task's first run is put off at random (Nova's `periodic_fuzzy_delay`). 60 s if not given.
    pub fn periodic_fuzzy_delay(mut self, delay: Duration) -> Self {
        self.periodic_fuzzy_delay = delay;
        self
    }

    /// Whether periodic tasks run at all (Nova's `periodic_enable`).
    pub fn periodic_enable(mut self, enable: bool) -> Self {
        self.periodic_enable = enable;
        self
    }

    /// The service, not yet started.
    ///
    /// # Errors
    /// No group was given, or two components claim the same key.
    pub fn build(mut self) -> Result<ManagedService, BuildError> {
        let group =
            self.group.take().ok_or_else(|| BuildError::NoGroup { service: self.identity.clone() })?;
        let components = unique(std::mem::take(&mut self.components))?;
        Ok(ManagedService::new(Parts { group, components, builder: self }))
    }
}

fn unique(
    components: Vec<(Option<String>, Arc<dyn Component>)>,
) -> Result<Vec<Arc<dyn Component>>, BuildError> {
    for (at, (key, second)) in components.iter().enumerate() {
        let Some(key) = key else { continue };
        let clash = components[..at].iter().find(|(other, _)| other.as_ref() == Some(key));
        if let Some((_, first)) = clash {
            let (first, second) = (first.name().to_owned(), second.name().to_owned());
            return Err(BuildError::Duplicate { key: key.clone(), first, second });
        }
    }
    Ok(components.into_iter().map(|(_, component)| component).collect())
}

impl std::fmt::Debug for ManagedServiceBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ManagedServiceBuilder").field("identity", &self.identity).finish_non_exhaustive()
    }
}
