//! The scheduler's manager: the parts, and the RPC method.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nova_core::config::{Config, ConfigBuilder, ServiceOptions};
use nova_core::group::LivenessOptions;
use nova_core::periodic::{PeriodicTask, PeriodicTasks};
use nova_core::service::Manager;
use nova_core::{Env, Fault, RequestContext};
use nova_neighbours::placement::Placement;
use nova_objects::Objects;
use nova_objects_catalog::{RequestSpec, Selection};
use nova_rpcapi::contract::SchedulerApi;
use uuid::Uuid;

use crate::error::SelectError;
use crate::filter::{Filter, FilterChain, FilterRegistry};
use crate::host::Fleet;
use crate::names::UnknownName;
use crate::options::{FilterSchedulerOptions, SchedulerOptions, ZoneOptions};
use crate::weigher::{Weigher, WeigherChain, WeigherRegistry};

/// Chooses hosts: the manager of a scheduler, also usable without any service around it.
///
/// It holds no state that matters: any number of them may work at the same time, on the same records and the same
/// placement, whose claims decide between them.
///
/// # Example
/// See [the crate](crate).
#[doc(alias = "nova.scheduler.manager.SchedulerManager")]
pub struct SchedulerManager {
    pub(crate) env: Env,
    pub(crate) fleet: Fleet,
    pub(crate) placement: Arc<dyn Placement>,
    pub(crate) filters: FilterChain,
    pub(crate) weighers: WeigherChain,
    pub(crate) options: Arc<SchedulerOptions>,
    pub(crate) filtering: Arc<FilterSchedulerOptions>,
    report_interval: Duration,
}

/// Registers every option a scheduler reads.
pub fn register_options(config: ConfigBuilder) -> ConfigBuilder {
    config
        .register::<ServiceOptions>()
        .register::<SchedulerOptions>()
        .register::<FilterSchedulerOptions>()
        .register::<ZoneOptions>()
}

impl SchedulerManager {
    /// A scheduler that reads records through `objects` and claims in `placement`. `config` has the options of
    /// [`register_options`], which are read now and not again.
    pub fn builder(
        env: &Env,
        config: &Config,
        objects: Objects,
        placement: Arc<dyn Placement>,
    ) -> SchedulerBuilder {
        let filtering = config.get::<FilterSchedulerOptions>();
        SchedulerBuilder {
            env: env.clone(),
            config: config.clone(),
            objects,
            placement,
            filters: FilterRegistry::nova(&filtering),
            weighers: WeigherRegistry::nova(&filtering),
            filtering,
        }
    }

    /// Notes which services were heard. Between requests nobody else looks, and a service can only be known to be
    /// silent by who listened.
    async fn look_at_services(&self) -> Result<(), SelectError> {
        self.fleet.look(&RequestContext::admin(&self.env)).await
    }
}

/// Puts a [`SchedulerManager`] together.
pub struct SchedulerBuilder {
    env: Env,
    config: Config,
    objects: Objects,
    placement: Arc<dyn Placement>,
    filters: FilterRegistry,
    weighers: WeigherRegistry,
    filtering: Arc<FilterSchedulerOptions>,
}

impl SchedulerBuilder {
    /// Adds a filter, which counts if the option `enabled_filters` names it.
    pub fn filter(mut self, filter: impl Filter) -> Self {
        self.filters = self.filters.with(filter);
        self
    }

    /// Adds a weigher, which counts if the option `weight_classes` names it or says `all_weighers`, as it does by
    /// default.
    pub fn weigher(mut self, weigher: impl Weigher) -> Self {
        self.weighers = self.weighers.with(weigher);
        self
    }

    /// The manager.
    ///
    /// # Errors
    /// The options name a filter or weigher that nobody added.
    pub fn build(self) -> Result<SchedulerManager, UnknownName> {
        let service = self.config.get::<ServiceOptions>();
        let options = self.config.get::<SchedulerOptions>();
        let liveness = LivenessOptions {
            report_interval: service.report_interval,
            service_down_time: service.service_down_time,
        };
        let zone = self.config.get::<ZoneOptions>().default_availability_zone.clone();
        Ok(SchedulerManager {
            fleet: Fleet::new(&self.env, self.objects, liveness, options.host_cache_time, zone),
            env: self.env,
            placement: self.placement,
            filters: self.filters.enable(&self.filtering.enabled_filters)?,
            weighers: self.weighers.enable(&self.filtering.weight_classes)?,
            options,
            filtering: self.filtering,
            report_interval: service.report_interval,
        })
    }
}

impl fmt::Debug for SchedulerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SchedulerBuilder")
            .field("filters", &self.filters)
            .field("weighers", &self.weighers)
            .finish_non_exhaustive()
    }
}

impl SchedulerApi for SchedulerManager {
    /// Always answers objects: what `return_objects` asks for was the only form since Nova's 4.5.
    async fn select_destinations(
        &self,
        cx: &RequestContext,
        spec_obj: RequestSpec,
        instance_uuids: Vec<String>,
        _return_objects: Option<bool>,
        return_alternates: Option<bool>,
    ) -> Result<Vec<Vec<Selection>>, Fault> {
        let instances = instance_uuids.iter().map(|text| instance(text)).collect::<Result<Vec<_>, _>>()?;
        let alternates = match return_alternates {
            Some(true) => self.options.max_attempts.saturating_sub(1) as usize,
            _ => 0,
        };
        Ok(self.select(cx, &spec_obj, &instances, alternates).await?.hosts)
    }
}

fn instance(text: &str) -> Result<Uuid, SelectError> {
    text.parse().map_err(|_| SelectError::NotAnInstance(text.chars().take(64).collect()))
}

#[async_trait]
impl Manager for SchedulerManager {
    fn periodic_tasks(self: Arc<Self>, tasks: &mut PeriodicTasks) {
        let spacing = self.report_interval;
        let look = move || {
            let manager = Arc::clone(&self);
            async move { Ok(manager.look_at_services().await?) }
        };
        tasks.add(PeriodicTask::new("look_at_services", spacing, look).run_immediately());
    }
}

impl fmt::Debug for SchedulerManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SchedulerManager")
            .field("filters", &self.filters)
            .field("weighers", &self.weighers)
            .finish_non_exhaustive()
    }
}
