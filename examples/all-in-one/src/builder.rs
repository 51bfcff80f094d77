//! A cloud with parts of an embedder's own.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use nova_compute_api::CloudApi;
use nova_compute_api::policy::{Policy, RulePolicy};
use nova_compute_api::quota::Quota;
use nova_core::notify::NotificationSink;
use nova_core::{BoxError, Env};
use nova_objects::{Objects, Registry};
use nova_objects_db::{MigrationSet, NovaDb};
use nova_scheduler::{Filter, SchedulerBuilder, Weigher};
use nova_virt::Driver;

use crate::cloud::Cloud;
use crate::settings::Settings;

/// What routes of an embedder's own may use.
#[derive(Clone)]
#[non_exhaustive]
pub struct Handles {
    /// Clock, ids, tasks.
    pub env: Env,
    /// The software API.
    pub api: Arc<dyn CloudApi>,
    /// The objects, Nova's and the embedder's.
    pub objects: Objects,
    /// Who may do what.
    pub policy: Arc<dyn Policy>,
}

/// Builds a [`Cloud`] with parts of an embedder's own: nothing is global, each cloud has what it was given.
///
/// Where several are added of a kind, the order is that of the calls; a second driver for a host, or filter of a name, takes the
/// first one's place.
///
/// # Example: hosts in alphabetical order, and nobody reboots
/// ```
/// use std::sync::Arc;
/// use nova_all_in_one::{Cloud, Settings};
/// use nova_compute_api::policy::{Allow, Permission, RulePolicy};
/// use nova_core::Env;
/// use nova_objects_catalog::RequestSpec;
/// use nova_scheduler::{HostState, Weigher};
///
/// struct Alphabetical;
/// impl Weigher for Alphabetical {
///     fn name(&self) -> &str { "Alphabetical" }
///     fn weight(&self, host: &HostState, _: &RequestSpec) -> f64 {
///         -f64::from(host.facts.host.bytes().next_back().unwrap_or_default())
///     }
/// }
///
/// # tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
/// let env = Env::system();
/// let directory = tempfile::tempdir()?;
/// let policy = RulePolicy::nova().with(Permission::RebootServer.name(), Allow::Nobody);
/// let cloud = Cloud::builder(&env, &Settings::in_directory(directory.path()))
///     .weigher(Alphabetical)
///     .policy(Arc::new(policy))
///     .build()
///     .await?;
/// # drop(cloud);
/// # Ok::<(), nova_core::BoxError>(())
/// # }).unwrap();
/// ```
pub struct CloudBuilder {
    env: Env,
    settings: Settings,
    extensions: Extensions,
    making: Making,
}

type AddObjects = Box<dyn FnOnce(Registry, &NovaDb) -> Registry + Send>;
type MakeRoutes = Box<dyn FnOnce(&Handles) -> Router + Send>;

/// What an embedder added, as long as the cloud lives.
pub(crate) struct Extensions {
    filters: Vec<Arc<dyn Filter>>,
    weighers: Vec<Arc<dyn Weigher>>,
    /// Those of hosts without a fake hypervisor, until they are used.
    pub(crate) drivers: BTreeMap<String, Arc<dyn Driver>>,
    pub(crate) policy: Arc<dyn Policy>,
    /// That of the options, if none.
    pub(crate) quota: Option<Arc<dyn Quota>>,
    pub(crate) notifications: Option<Arc<dyn NotificationSink>>,
}

/// What an embedder added that is used up when the cloud is built.
#[derive(Default)]
pub(crate) struct Making {
    migrations: Vec<MigrationSet>,
    objects: Vec<AddObjects>,
    routes: Vec<MakeRoutes>,
}

impl CloudBuilder {
    pub(crate) fn new(env: &Env, settings: &Settings) -> Self {
        let extensions = Extensions {
            filters: Vec::new(),
            weighers: Vec::new(),
            drivers: BTreeMap::new(),
            policy: Arc::new(RulePolicy::nova()),
            quota: None,
            notifications: None,
        };
        let making = Making::default();
        Self { env: env.clone(), settings: settings.clone(), extensions, making }
    }

    /// Has a filter, which counts if `[filter_scheduler] enabled_filters` names it.
    pub fn filter(mut self, filter: impl Filter) -> Self {
        self.extensions.filters.push(Arc::new(filter));
        self
    }

    /// Has a weigher, which counts unless `[filter_scheduler] weight_classes` leaves it out.
    pub fn weigher(mut self, weigher: impl Weigher) -> Self {
        self.extensions.weighers.push(Arc::new(weigher));
        self
    }

    /// Has `driver` drive the machines of `host`, one of the [settings'](Settings::hosts), instead of a fake one.
    pub fn driver(mut self, host: impl Into<String>, driver: Arc<dyn Driver>) -> Self {
        self.extensions.drivers.insert(host.into(), driver);
        self
    }

    /// Asks `policy` who may do what. Nova's defaults if not given.
    pub fn policy(mut self, policy: Arc<dyn Policy>) -> Self {
        self.extensions.policy = policy;
        self
    }

    /// Gives each project as much as `quota` says. What the options of the group `quota` say if not given.
    pub fn quota(mut self, quota: Arc<dyn Quota>) -> Self {
        self.extensions.quota = Some(quota);
        self
    }

    /// [Tells](nova_core::notify) `sink` what happens to servers: at least once, never before it is committed.
    pub fn notifications(mut self, sink: Arc<dyn NotificationSink>) -> Self {
        self.extensions.notifications = Some(sink);
        self
    }

    /// Makes tables of the embedder's own, or brings them up to date, in the API database.
    pub fn migrations(mut self, set: MigrationSet) -> Self {
        self.making.migrations.push(set);
        self
    }

    /// Adds objects to the registry, with their actions on the databases, whose tables are there by then. They are
    /// served by conductors, too.
    pub fn objects(mut self, add: impl FnOnce(Registry, &NovaDb) -> Registry + Send + 'static) -> Self {
        self.making.objects.push(Box::new(add));
        self
    }

    /// Has routes beside Nova's, below `/v2.1`, for whom the identity knows.
    pub fn routes(mut self, make: impl FnOnce(&Handles) -> Router + Send + 'static) -> Self {
        self.making.routes.push(Box::new(make));
        self
    }

    /// Builds the cloud: databases are opened and migrated, flavors, image and key are made if they are not there.
    /// Nothing runs yet.
    ///
    /// # Errors
    /// Whatever cannot be opened or made; an option that names an unknown filter or weigher; a driver for a host that is not
    /// among the settings'.
    ///
    /// # Panics
    /// If a route is one of Nova's.
    pub async fn build(self) -> Result<Cloud, BoxError> {
        Cloud::with(&self.env, &self.settings, self.extensions, self.making).await
    }
}

impl Making {
    /// Makes the tables, and says what objects there are.
    pub(crate) async fn prepare(&mut self, db: &NovaDb) -> Result<Registry, BoxError> {
        for set in &self.migrations {
            db.api().migrate(set).await?;
        }
        let add = |registry, add: AddObjects| add(registry, db);
        Ok(self.objects.drain(..).fold(db.registry(), add))
    }

    pub(crate) fn routes(&mut self, handles: &Handles) -> Router {
        self.routes.drain(..).fold(Router::new(), |router, make| router.merge(make(handles)))
    }
}

impl Extensions {
    pub(crate) fn schedule_by(&self, builder: SchedulerBuilder) -> SchedulerBuilder {
        let builder = self.filters.iter().cloned().fold(builder, SchedulerBuilder::filter);
        self.weighers.iter().cloned().fold(builder, SchedulerBuilder::weigher)
    }
}

impl std::fmt::Debug for CloudBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CloudBuilder").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Handles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handles").finish_non_exhaustive()
    }
}
