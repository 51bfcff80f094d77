//! The cloud, put together.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use nova_api::ApiSettings;
use nova_compute::{ComputeOptions, ComputeParts};
use nova_compute_api::quota::{FixedQuota, QuotaOptions};
use nova_compute_api::{CloudApi, LocalComputeApi};
use nova_conductor::{ConductorParts, LocalRecorder, LocalRecovery};
use nova_core::operation::{Hinter, OperationStore};
use nova_core::service::Service;
use nova_core::{BoxError, Env};
use nova_http::HttpService;
use nova_neighbours::identity::{FixedIdentity, Person};
use nova_neighbours::network::NoNetwork;
use nova_objects::{Objects, Registry};
use nova_objects_catalog::ObjectServiceGroup;
use nova_objects_db::operations::DbOperationStore;
use nova_rpc::Client;
use nova_rpc::transport::memory::MemoryTransport;
use nova_rpcapi::recorder::InstanceRecorder;
use nova_rpcapi::recovery::Recovery;
use nova_rpcapi::remote::{RemoteOperations, RemoteRecovery, RpcHinter, wait_for_conductor};
use nova_scheduler::{SchedulerManager, SchedulerParts};
use nova_virt::Driver;
use nova_virt::fake::{FakeConfig, FakeDriver, Script, Store};
use uuid::Uuid;

use crate::builder::{CloudBuilder, Extensions, Handles, Making};
use crate::node::Node;
use crate::seed;
use crate::settings::{HostSettings, Route, Settings};
use crate::shared::Shared;

/// A cloud in this process.
pub struct Cloud {
    env: Env,
    settings: Settings,
    shared: Shared,
    extensions: Extensions,
    registry: Registry,
    api: Arc<dyn CloudApi>,
    rest: Arc<HttpService>,
    nodes: Vec<Node>,
    hypervisors: BTreeMap<String, Store>,
}

impl Cloud {
    /// Builds the cloud: databases are opened and migrated, flavors, image and key are made if they are not there.
    /// Nothing runs yet.
    ///
    /// # Errors
    /// Whatever cannot be opened or made.
    pub async fn build(env: &Env, settings: &Settings) -> Result<Self, BoxError> {
        Self::builder(env, settings).build().await
    }

    /// Starts building a cloud with parts of an embedder's own.
    pub fn builder(env: &Env, settings: &Settings) -> CloudBuilder {
        CloudBuilder::new(env, settings)
    }

    pub(crate) async fn with(
        env: &Env,
        settings: &Settings,
        extensions: Extensions,
        mut making: Making,
    ) -> Result<Self, BoxError> {
        let shared = Shared::open(env, settings).await?;
        let registry = making.prepare(&shared.db).await?;
        seed::image(&settings.data_dir)?;
        let api = software_api(env, settings, &shared, &extensions);
        seed::flavors(env, &api).await?;
        let api: Arc<dyn CloudApi> = Arc::new(api);
        let handles = Handles {
            env: env.clone(),
            api: Arc::clone(&api),
            objects: Objects::local(registry.clone()),
            policy: Arc::clone(&extensions.policy),
        };
        let rest = Arc::new(rest_service(&handles, making.routes(&handles), settings));
        let mut cloud = Self {
            env: env.clone(),
            settings: settings.clone(),
            shared,
            extensions,
            registry,
            api,
            rest,
            nodes: Vec::new(),
            hypervisors: BTreeMap::new(),
        };
        cloud.add_nodes()?;
        Ok(cloud)
    }

    fn add_nodes(&mut self) -> Result<(), BoxError> {
        for number in 1..=self.settings.conductors {
            self.nodes.push(self.conductor(&Env::system(), &format!("conductor-{number}"))?);
        }
        for number in 1..=self.settings.schedulers {
            self.nodes.push(self.scheduler(&Env::system(), &format!("scheduler-{number}"))?);
        }
        let mut drivers = std::mem::take(&mut self.extensions.drivers);
        for host in self.settings.hosts.clone() {
            let node = match drivers.remove(&host.name) {
                Some(driver) => self.compute_with(&Env::system(), &host.name, driver)?,
                None => self.faked(&host)?,
            };
            self.nodes.push(node);
        }
        match drivers.keys().next() {
            Some(host) => {
                Err(format!("a driver is for the host {host}, which the settings do not name").into())
            }
            None => Ok(()),
        }
    }

    fn faked(&mut self, host: &HostSettings) -> Result<Node, BoxError> {
        let store = hypervisor(&self.settings.data_dir, &host.name)?;
        self.hypervisors.insert(host.name.clone(), store.clone());
        self.compute(&Env::system(), host, store, Script::default())
    }

    /// Starts every service, REST last. One that does not start stops the earlier ones again.
    ///
    /// # Errors
    /// Why a service did not start.
    pub async fn start(&self) -> Result<(), BoxError> {
        let services = self.services();
        for (at, service) in services.iter().enumerate() {
            if let Err(error) = service.start().await {
                for started in services[..at].iter().rev() {
                    started.stop(Duration::from_secs(5)).await;
                }
                return Err(error);
            }
        }
        Ok(())
    }

    /// Stops every service, REST first, each draining for at most `grace`.
    pub async fn stop(&self, grace: Duration) {
        for service in self.services().iter().rev() {
            service.stop(grace).await;
        }
        self.env.shutdown(Duration::from_secs(1)).await;
    }

    /// The services in the order of their start, for a [`Launcher`](nova_core::launcher::Launcher).
    pub fn services(&self) -> Vec<Arc<dyn Service>> {
        let nodes = self.nodes.iter().map(|node| Arc::new(node.clone()) as Arc<dyn Service>);
        nodes.chain([Arc::clone(&self.rest) as Arc<dyn Service>]).collect()
    }

    /// The software API, for programs in this process.
    pub fn api(&self) -> &dyn CloudApi {
        &*self.api
    }

    /// Where REST listens, once started.
    pub fn address(&self) -> Option<SocketAddr> {
        self.rest.local_addr()
    }

    /// The image every cloud has.
    pub fn image(&self) -> Uuid {
        seed::IMAGE
    }

    /// Bus, databases, neighbours.
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// The stores of the fake hypervisors, by host: what an audit reads. A host with a driver of its own has none.
    pub fn hypervisors(&self) -> &BTreeMap<String, Store> {
        &self.hypervisors
    }

    /// A conductor named `host` on this cloud's bus and databases, not yet started.
    ///
    /// # Errors
    /// See [`BuildError`](nova_core::service::BuildError).
    pub fn conductor(&self, env: &Env, host: &str) -> Result<Node, BoxError> {
        let transport = self.shared.connect(host, env);
        let parts = ConductorParts {
            env: env.clone(),
            config: self.settings.config.clone(),
            host: host.to_owned(),
            db: self.shared.db.clone(),
            registry: self.registry.clone(),
            placement: Arc::clone(&self.shared.placement),
            hinter: Arc::new(RpcHinter::new(&Client::new(&transport))),
            group: Arc::new(ObjectServiceGroup::new(&self.local_objects())),
            notifications: self.extensions.notifications.clone(),
        };
        Ok(Node::new(env, nova_conductor::service(parts, &transport)?))
    }

    /// A scheduler named `host` on this cloud's bus and databases, not yet started.
    ///
    /// # Errors
    /// See [`BuildError`](nova_core::service::BuildError); an option that names an unknown filter.
    pub fn scheduler(&self, env: &Env, host: &str) -> Result<Node, BoxError> {
        let transport = self.shared.connect(host, env);
        let placement = Arc::clone(&self.shared.placement);
        let config = self.settings.config.clone();
        let builder = SchedulerManager::builder(env, &config, self.local_objects(), placement);
        let manager = self.extensions.schedule_by(builder).build()?;
        let group = Arc::new(ObjectServiceGroup::new(&self.local_objects()));
        let parts = SchedulerParts {
            env: env.clone(),
            config,
            host: host.to_owned(),
            manager: Arc::new(manager),
            group,
        };
        Ok(Node::new(env, nova_scheduler::service(parts, &transport)?))
    }

    /// A compute on `host`, over the hypervisor in `store`, which misbehaves as `script` says; not yet started.
    ///
    /// # Errors
    /// See [`BuildError`](nova_core::service::BuildError).
    pub fn compute(
        &self,
        env: &Env,
        host: &HostSettings,
        store: Store,
        script: Script,
    ) -> Result<Node, BoxError> {
        let config = FakeConfig::new(&*host.name).capacity(host.capacity);
        let driver = FakeDriver::new(env, config, store).with_script(script);
        self.compute_with(env, &host.name, Arc::new(driver))
    }

    /// A compute on `host` over any driver, not yet started.
    ///
    /// # Errors
    /// See [`BuildError`](nova_core::service::BuildError).
    pub fn compute_with(&self, env: &Env, host: &str, driver: Arc<dyn Driver>) -> Result<Node, BoxError> {
        let transport = self.shared.connect(host, env);
        let access = self.access(&transport);
        let parts = ComputeParts {
            env: env.clone(),
            config: self.settings.config.clone(),
            host: host.to_owned(),
            driver,
            group: Arc::new(ObjectServiceGroup::new(&access.objects)),
            objects: access.objects,
            operations: access.operations,
            recorder: access.recorder,
            recovery: access.recovery,
            hinter: Arc::new(RpcHinter::new(&Client::new(&transport))) as Arc<dyn Hinter>,
            placement: Arc::clone(&self.shared.placement),
            network: Arc::new(NoNetwork),
            ready: access.ready,
        };
        Ok(Node::new(env, nova_compute::service(parts, &transport)?))
    }

    /// The one difference between a compute beside the databases and one beyond a conductor.
    fn access(&self, transport: &Arc<MemoryTransport>) -> Access {
        match self.settings.route {
            Route::Local => Access {
                objects: self.local_objects(),
                operations: Arc::new(DbOperationStore::new(self.shared.db.cell1())),
                recorder: Arc::new(self.local_recorder(transport)),
                recovery: Arc::new(LocalRecovery::new(&self.shared.db)),
                ready: None,
            },
            Route::Remote => {
                let patience = self.settings.config.get::<ComputeOptions>().conductor_timeout;
                let client = Client::new(transport).response_timeout(patience);
                let remote = RemoteOperations::new(&client);
                Access {
                    objects: Objects::remote(&client),
                    operations: Arc::new(remote.clone()),
                    recorder: Arc::new(remote),
                    recovery: Arc::new(RemoteRecovery::new(&client)),
                    ready: Some(Box::new(wait_for_conductor(&client))),
                }
            }
        }
    }

    fn local_recorder(&self, transport: &Arc<MemoryTransport>) -> LocalRecorder {
        let recorder = LocalRecorder::new(&self.shared.db);
        match self.extensions.notifications {
            Some(_) => recorder.telling(Arc::new(RpcHinter::new(&Client::new(transport)))),
            None => recorder,
        }
    }

    fn local_objects(&self) -> Objects {
        Objects::local(self.registry.clone())
    }
}

/// How a compute reaches what it does not hold.
struct Access {
    objects: Objects,
    operations: Arc<dyn OperationStore>,
    recorder: Arc<dyn InstanceRecorder>,
    recovery: Arc<dyn Recovery>,
    ready: Option<nova_compute::Ready>,
}

fn software_api(env: &Env, settings: &Settings, shared: &Shared, extensions: &Extensions) -> LocalComputeApi {
    let client = Client::new(&shared.connect("api", env));
    let limits = || FixedQuota(settings.config.get::<QuotaOptions>().limits());
    let api = LocalComputeApi::builder(env, &shared.db, Arc::clone(&shared.images))
        .hinter(Arc::new(RpcHinter::new(&client)))
        .key(shared.key.clone())
        .policy(Arc::clone(&extensions.policy))
        .quota(extensions.quota.clone().unwrap_or_else(|| Arc::new(limits())));
    if extensions.notifications.is_some() { api.telling("api").build() } else { api.build() }
}

fn rest_service(handles: &Handles, routes: Router, settings: &Settings) -> HttpService {
    let identity = FixedIdentity::default()
        .with(&*settings.token, Person::member("demo", "demo"))
        .with(format!("{}-admin", settings.token), Person::admin("admin", "demo"));
    let mut rest = ApiSettings::default();
    rest.listen = settings.listen;
    let (env, api) = (&handles.env, Arc::clone(&handles.api));
    nova_api::service_with(env, api, Arc::new(identity), rest, routes)
}

/// The store of the fake hypervisor of `host`.
fn hypervisor(data_dir: &Path, host: &str) -> Result<Store, BoxError> {
    let directory = data_dir.join("hypervisors");
    std::fs::create_dir_all(&directory)?;
    Ok(Store::open(directory.join(host))?)
}

impl std::fmt::Debug for Cloud {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cloud").field("nodes", &self.nodes).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cloud_can_be_shared_between_tasks() {
        fn shared<T: Send + Sync>() {}
        shared::<Cloud>();
    }
}
