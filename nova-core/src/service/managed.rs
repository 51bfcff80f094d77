//! The service around a manager.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::builder::ManagedServiceBuilder;
use super::{Component, Identity, Manager, Report, Section, Service};
use crate::env::TaskHandle;
use crate::group::{Beat, ServiceGroup, ServiceRecord};
use crate::periodic::{self, PeriodicTasks};
use crate::{BoxError, Env, Fault, RequestContext};

/// Why a managed service did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// What it needs did not become ready.
    #[error("{service} gave up waiting for {what}")]
    Prerequisite {
        /// The service.
        service: Identity,
        /// What it waited for.
        what: String,
        /// Why.
        source: BoxError,
    },
    /// Its record could not be read or written.
    #[error("{service} could not {doing} its service record")]
    Record {
        /// The service.
        service: Identity,
        /// The verb.
        doing: &'static str,
        /// What the store said.
        source: Fault,
    },
    /// The manager refused.
    #[error("the manager of {service} failed in {hook}")]
    Hook {
        /// The service.
        service: Identity,
        /// The hook.
        hook: &'static str,
        /// Why.
        source: BoxError,
    },
    /// A component did not start.
    #[error("{service} could not start {component}")]
    Component {
        /// The service.
        service: Identity,
        /// The component.
        component: String,
        /// Why.
        source: BoxError,
    },
}

pub(super) struct Parts {
    pub(super) group: Arc<dyn ServiceGroup>,
    pub(super) components: Vec<Arc<dyn Component>>,
    pub(super) builder: ManagedServiceBuilder,
}

/// A [`Manager`] with its record, its components, its heartbeats and its periodic tasks.
///
/// See [the module](super) for the order of its life.
///
/// # Example
/// ```
/// use std::{sync::Arc, time::Duration};
/// use nova_core::{Env, group::MemoryGroup, service::{ManagedService, Manager, Service}};
///
/// struct Hello;
/// impl Manager for Hello {}
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let env = Env::system();
/// let service = ManagedService::builder(&env, "hello-manager", "node1", Arc::new(Hello))
///     .service_group(Arc::new(MemoryGroup::new(&env)))
///     .build()?;
/// service.start().await?;
/// service.stop(Duration::from_secs(5)).await;
/// # Ok::<(), nova_core::BoxError>(())
/// # }).unwrap();
/// ```
pub struct ManagedService {
    parts: Parts,
    cx: RequestContext,
    /// What is up, to be taken down in reverse. Held while starting and stopping: the two never overlap.
    running: Mutex<Running>,
    /// Heartbeats say so from the first moment of a stop.
    draining: Arc<AtomicBool>,
    /// Ends the periodic tasks; a new stop must not wait for them to notice.
    periodic_stop: CancellationToken,
    beat_stop: CancellationToken,
    ended: CancellationToken,
}

#[derive(Default)]
struct Running {
    host_initialised: bool,
    components: Vec<Arc<dyn Component>>,
    joined: bool,
    periodic: Vec<TaskHandle<()>>,
    beat: Option<TaskHandle<()>>,
}

impl ManagedService {
    /// Starts building the service `binary` on `host` around `manager`.
    #[doc(alias = "nova.service.Service.create")]
    pub fn builder<M: Manager>(
        env: &Env,
        binary: impl Into<String>,
        host: impl Into<String>,
        manager: Arc<M>,
    ) -> ManagedServiceBuilder {
        ManagedServiceBuilder::new(env, Identity::new(host, binary), manager)
    }

    pub(super) fn new(parts: Parts) -> Self {
        let cx = RequestContext::admin(&parts.builder.env);
        Self {
            parts,
            cx,
            running: Mutex::default(),
            draining: Arc::default(),
            periodic_stop: CancellationToken::new(),
            beat_stop: CancellationToken::new(),
            ended: CancellationToken::new(),
        }
    }

    /// Host, binary and topic.
    pub fn identity(&self) -> &Identity {
        &self.parts.builder.identity
    }

    /// The start, step by step; `running` remembers what has to be taken down if a later step fails.
    async fn bring_up(&self, running: &mut Running) -> Result<(), StartError> {
        self.wait_for_prerequisites().await?;
        let found = self.find_record().await?;
        running.host_initialised = true;
        let init = self.manager().init_host(&self.cx, found.as_ref()).await;
        init.map_err(|source| self.hook_failed("init_host", source))?;
        let record = self.create_or_bump_record().await?;
        let hook = self.manager().pre_start(&self.cx, &record).await;
        hook.map_err(|source| self.hook_failed("pre_start", source))?;
        self.start_components(running).await?; // from here on requests arrive
        let hook = self.manager().post_start(&self.cx).await;
        hook.map_err(|source| self.hook_failed("post_start", source))?;
        self.join_group(running).await?; // only now are we "up"
        self.start_periodic_tasks(running);
        Ok(())
    }

    async fn wait_for_prerequisites(&self) -> Result<(), StartError> {
        for (what, ready) in &self.parts.builder.prerequisites {
            tracing::info!(service = %self.identity(), what, "waiting");
            ready().await.map_err(|source| StartError::Prerequisite {
                service: self.identity().clone(),
                what: what.clone(),
                source,
            })?;
        }
        Ok(())
    }

    async fn find_record(&self) -> Result<Option<ServiceRecord>, StartError> {
        let found = self.parts.group.find(&self.cx, self.identity()).await;
        found.map_err(|source| self.record_failed("find", source))
    }

    async fn create_or_bump_record(&self) -> Result<ServiceRecord, StartError> {
        let version = self.parts.builder.version;
        let record = self.parts.group.create_or_bump(&self.cx, self.identity(), version).await;
        record.map_err(|source| self.record_failed("create", source))
    }

    async fn start_components(&self, running: &mut Running) -> Result<(), StartError> {
        for component in &self.parts.components {
            // Listed first: a start that fails half way must still be stopped.
            running.components.push(Arc::clone(component));
            let started = component.start(&self.parts.builder.env, self.identity()).await;
            started.map_err(|source| StartError::Component {
                service: self.identity().clone(),
                component: component.name().to_owned(),
                source,
            })?;
        }
        Ok(())
    }

    async fn join_group(&self, running: &mut Running) -> Result<(), StartError> {
        let joined = self.parts.group.join(&self.cx, self.identity()).await;
        joined.map_err(|source| self.record_failed("report to", source))?;
        running.joined = true;
        let beats = Heartbeats {
            group: Arc::clone(&self.parts.group),
            cx: self.cx.clone(),
            me: self.identity().clone(),
            interval: self.parts.builder.report_interval,
            draining: Arc::clone(&self.draining),
        };
        let name = format!("{} heartbeats", self.identity());
        running.beat = Some(self.parts.builder.env.spawn(name, beats.run(self.beat_stop.clone())));
        Ok(())
    }

    fn start_periodic_tasks(&self, running: &mut Running) {
        let builder = &self.parts.builder;
        if !builder.periodic_enable {
            return;
        }
        let mut tasks = PeriodicTasks::default();
        Arc::clone(&builder.manager).periodic_tasks(&mut tasks);
        for task in tasks.into_enabled() {
            let name = format!("{} {}", self.identity(), task.name());
            let stop = self.periodic_stop.clone();
            let work = periodic::run(task, builder.env.clone(), builder.periodic_fuzzy_delay, stop);
            running.periodic.push(builder.env.spawn(name, work));
        }
    }

    /// The stop, step by step. Each step waits no longer than what is left of `grace`.
    async fn take_down(&self, running: &mut Running, grace: Duration) {
        let deadline = Instant::now() + grace;
        self.draining.store(true, Ordering::Relaxed);
        self.periodic_stop.cancel();
        self.drain(running, deadline, false).await;
        self.finish_periodic_tasks(running, deadline).await;
        self.drain(running, deadline, true).await;
        for component in running.components.drain(..).rev() {
            component.stop().await;
        }
        self.leave_group(running).await;
        if std::mem::take(&mut running.host_initialised) {
            self.manager().cleanup_host(&self.cx).await;
        }
    }

    /// Drains the components of one of the two kinds; with the first kind also the manager's own long work.
    async fn drain(&self, running: &Running, deadline: Instant, last: bool) {
        let grace = deadline.saturating_duration_since(Instant::now());
        let parts = running.components.iter().filter(|component| component.drains_last() == last);
        let components = join_all(parts.map(|component| component.drain(grace)));
        let manager = async {
            if !last && running.host_initialised {
                self.manager().drain(&self.cx, grace).await;
            }
        };
        let both = async { tokio::join!(components, manager) };
        if tokio::time::timeout_at(deadline, both).await.is_err() {
            tracing::warn!(service = %self.identity(), ?grace, "gave up draining: work in flight is cut off");
        }
    }

    async fn finish_periodic_tasks(&self, running: &mut Running, deadline: Instant) {
        for task in running.periodic.drain(..) {
            let abort = task.abort_handle();
            if tokio::time::timeout_at(deadline, task).await.is_err() {
                abort.abort();
            }
        }
    }

    async fn leave_group(&self, running: &mut Running) {
        self.beat_stop.cancel();
        if let Some(beat) = running.beat.take() {
            beat.abort();
        }
        if std::mem::take(&mut running.joined)
            && let Err(fault) = self.parts.group.leave(&self.cx, self.identity()).await
        {
            tracing::warn!(service = %self.identity(), %fault, "could not leave the service group");
        }
    }

    fn manager(&self) -> &dyn Manager {
        &*self.parts.builder.manager
    }

    fn hook_failed(&self, hook: &'static str, source: BoxError) -> StartError {
        StartError::Hook { service: self.identity().clone(), hook, source }
    }

    fn record_failed(&self, doing: &'static str, source: Fault) -> StartError {
        StartError::Record { service: self.identity().clone(), doing, source }
    }
}

#[async_trait]
impl Service for ManagedService {
    fn name(&self) -> &str {
        &self.identity().binary
    }

    async fn start(&self) -> Result<(), BoxError> {
        let mut running = self.running.lock().await;
        if let Err(error) = self.bring_up(&mut running).await {
            self.take_down(&mut running, Duration::ZERO).await;
            self.ended.cancel();
            return Err(error.into());
        }
        tracing::info!(service = %self.identity(), version = self.parts.builder.version, "started");
        Ok(())
    }

    async fn stop(&self, grace: Duration) {
        let mut running = self.running.lock().await;
        self.take_down(&mut running, grace).await;
        self.ended.cancel();
        tracing::info!(service = %self.identity(), "stopped");
    }

    async fn wait(&self) {
        self.ended.cancelled().await;
    }

    async fn reset(&self) {
        self.manager().reset(&self.cx).await;
        join_all(self.parts.components.iter().map(|component| component.reset())).await;
    }

    fn report(&self) -> Report {
        let me = self.identity();
        let state = if self.draining.load(Ordering::Relaxed) { "draining" } else { "serving" };
        let about = Section::new(
            "service",
            [
                format!("host: {}", me.host),
                format!("topic: {}", me.topic),
                format!("version: {}", self.parts.builder.version),
                format!("state: {state}"),
            ],
        );
        let components = self.parts.components.iter().filter_map(|component| component.report());
        components.fold(Report::new(me.to_string()).with(about), Report::with)
    }
}

/// The loop that says "still here".
struct Heartbeats {
    group: Arc<dyn ServiceGroup>,
    cx: RequestContext,
    me: Identity,
    interval: Duration,
    draining: Arc<AtomicBool>,
}

impl Heartbeats {
    /// Beats until told to stop. An outage is logged once when it begins and once when it ends.
    async fn run(self, stop: CancellationToken) {
        let mut failing = false;
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = tokio::time::sleep(self.interval) => {}
            }
            let beat = if self.draining.load(Ordering::Relaxed) { Beat::Draining } else { Beat::Serving };
            let deadline = Instant::now() + self.interval;
            let sent = self.group.beat(&self.cx.with_deadline(deadline), &self.me, beat).await;
            match (&sent, failing) {
                (Err(fault), false) => tracing::error!(service = %self.me, %fault, "heartbeats fail"),
                (Ok(()), true) => tracing::info!(service = %self.me, "heartbeats work again"),
                _ => {}
            }
            failing = sent.is_err();
        }
    }
}

impl std::fmt::Debug for ManagedService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ManagedService").field("identity", self.identity()).finish_non_exhaustive()
    }
}
