//! What a cloud is built from.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nova_compute::ComputeOptions;
use nova_compute_api::quota::QuotaOptions;
use nova_conductor::{ConductorOptions, WorkerOptions};
use nova_core::config::{Config, ConfigBuilder, ConfigError, ServiceOptions};
use nova_objects_db::{DbGate, Durability, InPlace};
use nova_virt::Usage;

/// How computes reach records and operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Route {
    /// Through a conductor, over RPC, as on a host of their own.
    #[default]
    Remote,
    /// Directly: they are in the process that has the databases.
    Local,
}

/// One host with a fake hypervisor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostSettings {
    /// Its name.
    pub name: String,
    /// What it has.
    pub capacity: Usage,
}

impl HostSettings {
    /// A host of 16 CPUs, 32 GiB of memory and 200 GiB of disk.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), capacity: Usage { vcpus: 16, memory_mb: 32 * 1024, disk_gb: 200 } }
    }
}

/// What a cloud is built from.
#[derive(Clone)]
pub struct Settings {
    /// Where databases, images and hypervisors are kept. Two clouds on one directory at a time are not supported.
    pub data_dir: PathBuf,
    /// Where REST listens; a free loopback port by default.
    pub listen: SocketAddr,
    /// The hosts.
    pub hosts: Vec<HostSettings>,
    /// How many conductors.
    pub conductors: usize,
    /// How many schedulers.
    pub schedulers: usize,
    /// How computes reach records.
    pub route: Route,
    /// The token that the development identity knows, of the user and project `demo`.
    pub token: String,
    /// The options of all services.
    pub config: Config,
    /// What commits outlive: the machine, unless a demonstration or a test wants to be fast.
    pub durability: Durability,
    /// What all database work passes through: nothing, but in tests and simulations.
    pub gate: Arc<dyn DbGate>,
}

/// Registers every option the services of a cloud read.
pub(crate) fn register_options(config: ConfigBuilder) -> ConfigBuilder {
    nova_scheduler::register_options(config)
        .register::<ServiceOptions>()
        .register::<ComputeOptions>()
        .register::<ConductorOptions>()
        .register::<WorkerOptions>()
        .register::<QuotaOptions>()
}

impl Settings {
    /// A cloud of three hosts in `directory`, one conductor, one scheduler, default options.
    pub fn in_directory(directory: impl AsRef<Path>) -> Self {
        let config = Self::options().load().expect("the defaults of all options are valid");
        Self::with_config(directory, config)
    }

    /// The same with options of the caller's.
    pub fn with_config(directory: impl AsRef<Path>, config: Config) -> Self {
        Self {
            data_dir: directory.as_ref().to_owned(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            hosts: (1..=3).map(|number| HostSettings::new(format!("host-{number}"))).collect(),
            conductors: 1,
            schedulers: 1,
            route: Route::default(),
            token: "demo-token".to_owned(),
            config,
            durability: Durability::Machine,
            gate: Arc::new(InPlace),
        }
    }

    /// The options that [`with_config`](Self::with_config) wants, to be set from files, the environment and the
    /// command line. (Nova enables server group filters by default, which are not built in here yet.)
    pub fn options() -> ConfigBuilder {
        register_options(Config::builder())
    }

    /// The default options with some set: `(group, name, value)`.
    ///
    /// # Errors
    /// A value is not what the option takes.
    pub fn options_with(values: &[(&str, &str, &str)]) -> Result<Config, ConfigError> {
        let set = |builder: ConfigBuilder, (group, name, value): &(&str, &str, &str)| {
            builder.set(group, name, *value)
        };
        values.iter().fold(Self::options(), set).load()
    }
}

/// Without the token.
impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("data_dir", &self.data_dir)
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}
