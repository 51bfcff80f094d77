//! Configuration: oslo.config's files and rules, typed.
//!
//! A service *declares* the options it has beside the code they configure, with
//! [`config_group!`](crate::config_group). At start it *loads* them with [`Config::builder`]; from then on it holds
//! a [`Config`] and asks it for typed snapshots. Nothing is global: two services in one process can have two
//! configurations.
//!
//! Values come from, later ones winning: defaults, files (`nova.conf`; several), environment variables
//! (`OS_<GROUP>__<NAME>`), the command line (`--name`, `--group-name`), the program itself. Whatever is wrong with
//! them is reported at once, with file and line, and stops the start; what nobody understands is a
//! [warning](Config::warnings). Secrets are shown nowhere. The page `docs/config.md` tells operators the same.
//!
//! # Example
//! ```
//! use nova_core::config::{Config, ServiceOptions};
//!
//! nova_core::config_group! {
//!     /// How a greeter greets.
//!     pub struct GreeterOptions in "greeter" {
//!         /// The word in front of the name.
//!         #[option(mutable)]
//!         pub greeting: String = "Hello",
//!         /// How often to say it.
//!         #[option(min = 1, max = 10)]
//!         pub times: u32 = 1,
//!     }
//! }
//!
//! let dir = tempfile::tempdir().unwrap();
//! let file = dir.path().join("greeter.conf");
//! std::fs::write(&file, "[DEFAULT]\nhost = node-1\n[greeter]\ngreeting = Welcome to $host\n").unwrap();
//!
//! let config = Config::builder()
//!     .register::<ServiceOptions>()
//!     .register::<GreeterOptions>()
//!     .file(&file)
//!     .args(["--greeter-times", "3"])
//!     .load()?;
//!
//! let options = config.get::<GreeterOptions>();
//! assert_eq!((options.greeting.as_str(), options.times), ("Welcome to node-1", 3));
//! # Ok::<(), nova_core::config::ConfigError>(())
//! ```

mod args;
mod builder;
mod declare;
mod error;
mod group;
mod list;
mod option_value;
mod parse;
mod registry;
mod reload;
mod report;
mod resolve;
mod sample;
mod secret;
mod service;
mod source;
mod substitute;
mod suggest;
mod value;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

pub use self::builder::ConfigBuilder;
#[doc(hidden)]
pub use self::declare::is_group_name;
pub use self::error::{ConfigError, Problem, Warning};
pub use self::group::{ConfigGroup, GroupReader, OptionName, OptionSpec};
pub use self::option_value::{Multi, OptionValue, Shape};
pub use self::reload::ReloadReport;
pub use self::report::{Dump, DumpEntry};
pub use self::secret::Secret;
pub use self::service::ServiceOptions;
pub use self::source::{MAX_FILE_SIZE, Source};
pub use self::value::{ConfigValue, DefaultFor, Limits};

use self::builder::Inputs;
use self::group::Values;
use self::registry::{Cells, Registry};

/// The configuration of one service or process.
///
/// Cheap to clone; every clone is the same configuration and sees the same reloads. See [the module](self).
#[derive(Clone)]
pub struct Config(Arc<Inner>);

struct Inner {
    registry: Registry,
    inputs: Inputs,
    cells: Cells,
    state: Mutex<State>,
}

/// What a reload replaces.
struct State {
    values: Values,
    warnings: Vec<Warning>,
}

impl Config {
    /// Starts a configuration that is not loaded yet.
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder::default()
    }

    /// The values of a group as of now. Keep it for one piece of work, not forever: a reload makes a new one.
    ///
    /// # Panics
    /// If `G` was not [registered](ConfigBuilder::register): a mistake in the program, which its first run shows.
    #[track_caller]
    pub fn get<G: ConfigGroup>(&self) -> Arc<G> {
        self.0.cells.sender::<G>().borrow().clone()
    }

    /// The values of a group, and a wake-up whenever a [reload](Self::reload) changes one of them.
    ///
    /// The receiver stays valid as long as any clone of this configuration lives.
    ///
    /// # Panics
    /// If `G` was not [registered](ConfigBuilder::register): a mistake in the program, which its first run shows.
    #[track_caller]
    pub fn watch<G: ConfigGroup>(&self) -> watch::Receiver<Arc<G>> {
        self.0.cells.sender::<G>().subscribe()
    }

    /// What is odd about the configuration as loaded last: unknown and deprecated options, adjusted values.
    ///
    /// Nothing logs them by itself, because logging is usually set up from the configuration.
    pub fn warnings(&self) -> Vec<Warning> {
        self.state().warnings.clone()
    }

    /// The arguments that are no options, in order: what the program itself is asked to do.
    pub fn positional(&self) -> &[String] {
        &self.0.inputs.positional
    }

    /// Every option with its value and where that came from, for a diagnostic report. Secrets are masked.
    pub fn dump(&self) -> Dump {
        let state = self.state();
        Dump::new(&self.0.registry, &state.values, state.warnings.clone())
    }

    /// A file with every option, its help and its default, in the manner of `oslo-config-generator`.
    pub fn sample(&self) -> String {
        sample::sample(&self.0.registry)
    }

    /// Reads the files again and takes over what may change while running: options declared `mutable`.
    ///
    /// All or nothing: if anything is wrong with the files, also with options that may not change, the old values
    /// stay in force. Reads files in the calling task, as the start does. Nova: `CONF.mutate_config_files`.
    ///
    /// # Errors
    /// What is wrong with the new configuration.
    pub fn reload(&self) -> Result<ReloadReport, ConfigError> {
        let mut state = self.state();
        reload::reload(&self.0.registry, &self.0.inputs, &self.0.cells, &mut state)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("options", &self.state().values.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
