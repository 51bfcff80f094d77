//! A cloud in a temporary directory, and what tests do with it.

use std::sync::Arc;
use std::time::Duration;

use nova_all_in_one::{Cloud, CloudBuilder, HostSettings, Node, Route, Settings};
use nova_audit::{Audit, Sources};
use nova_compute_api::{Action, ApiError, CreateGroup, CreateServer, GroupPolicy, Server, ServerStatus};
use nova_conductor::ConductorParts;
use nova_core::notify::NotificationSink;
use nova_core::service::Service;
use nova_core::{BoxError, Env, RequestContext};
use nova_neighbours::image::{DirectoryImages, ImageInfo};
use nova_objects::Objects;
use nova_objects_catalog::ObjectServiceGroup;
use nova_objects_db::Durability;
use nova_rpc::Client;
use nova_rpcapi::remote::RpcHinter;
use nova_virt::Usage;
use nova_virt::fake::{FakeConfig, FakeDriver, Script};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use tokio::time::Instant;
use uuid::Uuid;

use crate::crash::CrashGate;

/// The longest an instance may take to rest once faults stop (DESIGN §8).
pub(crate) const REST: Duration = Duration::from_secs(60);

/// The conductor that renews no lease in time.
pub const SLOW_CONDUCTOR: &str = "conductor-slow";

/// What is to be tested.
pub struct WorldBuilder {
    route: Route,
    hosts: Vec<HostSettings>,
    scripts: Vec<(String, Script)>,
    options: Vec<(&'static str, &'static str, &'static str)>,
    slow_conductor: bool,
    powerless: bool,
    listener: Option<Arc<dyn NotificationSink>>,
}

/// A running cloud.
pub struct World {
    /// The cloud. Its own nodes are not started: [`World`] has made its own.
    pub cloud: Cloud,
    /// What every piece of database work passes.
    pub gate: CrashGate,
    /// A user.
    pub cx: RequestContext,
    env: Env,
    nodes: Vec<(String, Node)>,
    scripts: Vec<(String, Script)>,
    hosts: Vec<HostSettings>,
    powerless: bool,
    directory: TempDir,
    apart: OnceCell<Uuid>,
}

impl World {
    /// A cloud of three hosts whose computes reach records through a conductor, with short leases.
    pub fn builder() -> WorldBuilder {
        let hosts = (1..=3).map(|number| HostSettings::new(format!("host-{number}"))).collect();
        let options = vec![
            ("DEFAULT", "operation_poll_interval", "0.15"),
            ("DEFAULT", "operation_lease", "0.6"),
            ("DEFAULT", "report_interval", "5"),
            ("DEFAULT", "service_down_time", "60"),
            ("DEFAULT", "conductor_timeout", "1"),
            ("conductor", "scheduler_timeout", "1"),
            ("conductor", "operation_poll_interval", "0.15"),
            ("conductor", "operation_lease", "0.6"),
            ("quota", "instances", "-1"),
            ("quota", "cores", "-1"),
            ("quota", "ram", "-1"),
            ("quota", "server_groups", "-1"),
            ("quota", "server_group_members", "-1"),
        ];
        WorldBuilder {
            route: Route::Remote,
            hosts,
            scripts: Vec::new(),
            options,
            slow_conductor: false,
            powerless: false,
            listener: None,
        }
    }

    /// The same, started.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// An id nobody has.
    pub fn new_id(&self) -> Uuid {
        self.env.new_id()
    }

    /// A request for a server of the smallest flavor.
    pub fn request(&self, name: &str) -> CreateServer {
        CreateServer::new(name, "1", self.cloud.image())
    }

    /// A new server group of the user's.
    pub async fn group(&self, policy: GroupPolicy) -> Uuid {
        let request = CreateGroup::new("group", policy);
        let made = self.cloud.api().create_group(&self.request_context(), request).await;
        made.expect("a group can be made").id
    }

    /// The server group whose members are on a host each, the same for all who ask.
    pub async fn apart(&self) -> Uuid {
        *self.apart.get_or_init(|| self.group(GroupPolicy::ANTI_AFFINITY)).await
    }

    /// Adds an image.
    pub fn add_image(&self, image: &ImageInfo) {
        let images = DirectoryImages::open(self.directory.path().join("images"));
        images.add(image).expect("an image can be added");
    }

    /// Asks for a server.
    pub async fn create(&self, request: CreateServer) -> Vec<Uuid> {
        let created =
            self.cloud.api().create(&self.request_context(), request).await.expect("the request is accepted");
        created.servers.into_iter().map(|server| server.id).collect()
    }

    /// The server, or none if it is gone.
    pub async fn get(&self, id: Uuid) -> Option<Server> {
        match self.cloud.api().get(&self.cx, id).await {
            Ok(server) => Some(server),
            Err(ApiError::NotFound { .. }) => None,
            Err(error) => panic!("a server cannot be read: {error:?}"),
        }
    }

    /// A request of the user's, with an id of its own.
    pub fn request_context(&self) -> RequestContext {
        RequestContext::builder().user("ann").project("lab").role("member").build(&self.env)
    }

    /// Asks for an action on the server.
    ///
    /// # Errors
    /// Why it was refused.
    pub async fn act(&self, id: Uuid, action: Action) -> Result<(), ApiError> {
        self.cloud.api().act(&self.request_context(), id, action).await
    }

    /// A server that is active.
    pub async fn running(&self, name: &str) -> Uuid {
        let id = self.create(self.request(name)).await[0];
        let server = self.rest(id).await.expect("nobody deleted it");
        assert_eq!(server.status, ServerStatus::Active, "{:?}", server.fault);
        id
    }

    /// Deletes the server; one that is gone already is fine.
    pub async fn delete(&self, id: Uuid) {
        match self.cloud.api().delete(&self.request_context(), id).await {
            Ok(()) | Err(ApiError::NotFound { .. }) => {}
            Err(error) => panic!("a server cannot be deleted: {error:?}"),
        }
    }

    /// Waits until the server rests: active, in error, or gone.
    pub async fn rest(&self, id: Uuid) -> Option<Server> {
        let began = Instant::now();
        loop {
            match self.get(id).await {
                Some(server) if server.is_busy() => {}
                rested => return rested,
            }
            assert!(
                began.elapsed() < REST,
                "{id} does not rest: {:?}\n{}",
                self.get(id).await,
                self.audit().await
            );
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    }

    /// Waits until so much more database work has passed, or so long that there is none.
    pub async fn passes(&self, work: usize) {
        let (goal, began) = (self.gate.passed() + work, Instant::now());
        while self.gate.passed() < goal && began.elapsed() < Duration::from_secs(1) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// What is not as it must be, now.
    pub async fn audit(&self) -> Audit {
        Audit::of(&sources(&self.cloud)).await
    }

    /// Waits until the audit finds nothing.
    ///
    /// # Panics
    /// If it still does after a minute.
    pub async fn clean(&self) {
        self.clean_after("this").await;
    }

    /// The same after `what`, which is said if it does not become clean.
    ///
    /// # Panics
    /// If the audit still finds something after a minute.
    pub async fn clean_after(&self, what: &str) {
        let began = Instant::now();
        loop {
            let audit = self.audit().await;
            if audit.findings.is_empty() {
                return;
            }
            assert!(began.elapsed() < REST, "{REST:?} after {what} the audit still finds:\n{audit}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// A handle that kills the service `name` when called, wherever it is.
    pub fn killer(&self, name: &str) -> impl FnOnce() + Send + 'static {
        let node = self.nodes.iter().find(|(own, _)| own == name).map(|(_, node)| node.clone());
        let node = node.unwrap_or_else(|| panic!("there is no {name}"));
        move || node.kill()
    }

    /// Starts a successor of the service `name`, which was killed.
    pub async fn restart(&mut self, name: &str) {
        let node = self.make(name);
        node.start().await.expect("the successor starts");
        let place = self.nodes.iter_mut().find(|(own, _)| own == name).expect("it was there before");
        place.1 = node;
    }

    /// Stops everything.
    pub async fn stop(self) {
        for (_, node) in self.nodes.iter().rev() {
            node.stop(Duration::from_secs(2)).await;
        }
        self.env.shutdown(Duration::from_secs(2)).await;
    }

    fn make(&self, name: &str) -> Node {
        let env = Env::system();
        let made = match self.hosts.iter().find(|host| host.name == name) {
            Some(host) => {
                let store = self.cloud.hypervisors()[name].clone();
                let script =
                    self.scripts.iter().find(|(own, _)| own == name).map(|(_, script)| script.clone());
                let config = FakeConfig::new(name).capacity(host.capacity);
                let config = if self.powerless { config.without_powers() } else { config };
                let driver = FakeDriver::new(&env, config, store).with_script(script.unwrap_or_default());
                self.cloud.compute_with(&env, name, Arc::new(driver))
            }
            None if name == SLOW_CONDUCTOR => self.slow_conductor(&env),
            None if name.starts_with("conductor") => self.cloud.conductor(&env, name),
            None => self.cloud.scheduler(&env, name),
        };
        made.expect("a service can be built")
    }

    /// It looks for work when it is told to, and so seldom by itself that its leases run out.
    fn slow_conductor(&self, env: &Env) -> Result<Node, BoxError> {
        let options =
            [("conductor", "operation_poll_interval", "60"), ("conductor", "operation_lease", "0.6")];
        let transport = self.cloud.shared().connect(SLOW_CONDUCTOR, env);
        let db = self.cloud.shared().db.clone();
        let parts = ConductorParts {
            env: env.clone(),
            config: Settings::options_with(&options)?,
            host: SLOW_CONDUCTOR.to_owned(),
            placement: Arc::clone(&self.cloud.shared().placement),
            hinter: Arc::new(RpcHinter::new(&Client::new(&transport))),
            group: Arc::new(ObjectServiceGroup::new(&Objects::local(db.registry()))),
            registry: db.registry(),
            notifications: None,
            db,
        };
        Ok(Node::new(env, nova_conductor::service(parts, &transport)?))
    }
}

/// What an audit of `cloud` reads.
pub fn sources(cloud: &Cloud) -> Sources {
    let shared = cloud.shared();
    Sources {
        db: shared.db.clone(),
        placement_db: shared.placement_db.clone(),
        placement: Arc::clone(&shared.placement),
        hypervisors: cloud.hypervisors().clone(),
    }
}

impl WorldBuilder {
    /// How computes reach records.
    pub fn route(mut self, route: Route) -> Self {
        self.route = route;
        self
    }

    /// Hosts with room for so many of the smallest flavor each.
    pub fn hosts(mut self, slots: &[u64]) -> Self {
        let host = |(at, slots): (usize, &u64)| HostSettings {
            name: format!("host-{}", at + 1),
            capacity: Usage { vcpus: 64, memory_mb: 512 * (slots + 1), disk_gb: 200 },
        };
        self.hosts = slots.iter().enumerate().map(host).collect();
        self
    }

    /// Lets the hypervisor of `host` misbehave.
    pub fn script(mut self, host: &str, script: Script) -> Self {
        self.scripts.push((host.to_owned(), script));
        self
    }

    /// Has a second conductor, [`SLOW_CONDUCTOR`].
    pub fn slow_conductor(mut self) -> Self {
        self.slow_conductor = true;
        self
    }

    /// Has hypervisors that neither pause nor suspend.
    pub fn powerless(mut self) -> Self {
        self.powerless = true;
        self
    }

    /// Tells `listener` what happens to servers.
    pub fn listener(mut self, listener: Arc<dyn NotificationSink>) -> Self {
        self.listener = Some(listener);
        self
    }

    /// Sets an option.
    pub fn option(mut self, group: &'static str, name: &'static str, value: &'static str) -> Self {
        self.options.push((group, name, value));
        self
    }

    /// The cloud, running.
    pub async fn start(self) -> World {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let env = Env::system();
        let gate = CrashGate::default();
        let config = Settings::options_with(&self.options).expect("valid options");
        let mut settings = Settings::with_config(directory.path(), config);
        settings.route = self.route;
        settings.hosts = self.hosts.clone();
        settings.gate = Arc::new(gate.clone());
        settings.durability = Durability::Process;
        let builder = Cloud::builder(&env, &settings);
        let builder = self.listener.into_iter().fold(builder, CloudBuilder::notifications);
        let cloud = builder.build().await.expect("a cloud can be built");
        let cx = RequestContext::builder().user("ann").project("lab").role("member").build(&env);
        let (scripts, hosts, powerless) = (self.scripts, self.hosts, self.powerless);
        let nodes = Vec::new();
        let mut world = World {
            cloud,
            gate,
            cx,
            env,
            nodes,
            scripts,
            hosts,
            powerless,
            directory,
            apart: OnceCell::new(),
        };
        let slow = self.slow_conductor.then_some(SLOW_CONDUCTOR);
        let services = ["conductor-1", "scheduler-1"].into_iter().chain(slow).map(str::to_owned);
        let names: Vec<_> = services.chain(world.hosts.iter().map(|host| host.name.clone())).collect();
        for name in names {
            let node = world.make(&name);
            node.start().await.unwrap_or_else(|error| panic!("{name} does not start: {error}"));
            world.nodes.push((name, node));
        }
        world
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("nodes", &self.nodes).finish_non_exhaustive()
    }
}
