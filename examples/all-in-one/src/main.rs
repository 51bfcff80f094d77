//! `nova-all-in-one`: serves a cloud until it is told to stop; with `demo`, shows one and ends.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is a program that talks to a person")]

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use nova_all_in_one::{Cloud, Settings, demo};
use nova_core::config::{Config, ServiceOptions};
use nova_core::launcher::{Exit, Launcher, UnixSignals};
use nova_core::{BoxError, Env};
use nova_objects_db::Durability;
use tracing_subscriber::EnvFilter;

nova_core::config_group! {
    /// Options of the program itself.
    pub struct ProgramOptions in "DEFAULT" {
        /// Where everything is kept; a temporary directory, removed at the end, for the demo.
        pub data_dir: PathBuf = PathBuf::from("nova-data"),
        /// Where REST listens: a loopback address and a port, 0 for any that is free.
        pub listen: std::net::SocketAddr = std::net::SocketAddr::from(([127, 0, 0, 1], 0)),
        /// How many hosts with fake hypervisors there are.
        #[option(min = 1, max = 1000)]
        pub hosts: usize = 3,
    }
}

const USAGE: &str = "nova-all-in-one [demo] [OPTIONS]\n\nServes a whole cloud; with demo, boots three servers in one and ends.";

#[tokio::main]
async fn main() -> ExitCode {
    match program().await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("nova-all-in-one: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("  because: {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn program() -> Result<ExitCode, BoxError> {
    let builder = Settings::options().register::<ProgramOptions>().process();
    if let Some(help) = builder.help(USAGE) {
        println!("{help}");
        return Ok(ExitCode::SUCCESS);
    }
    let config = builder.load()?;
    let wants_demo = match config.positional() {
        [] => false,
        [only] if only == "demo" => true,
        other => return Err(format!("what is {:?}? See --help", other.join(" ")).into()),
    };
    start_logging(&config, wants_demo);
    config.warnings().iter().for_each(|warning| tracing::warn!("{warning}"));
    if wants_demo { show(config).await } else { serve(config).await }
}

fn start_logging(config: &Config, quiet: bool) {
    let level = match (config.get::<ServiceOptions>().debug, quiet) {
        (true, _) => "debug,sqlx=info",
        (false, true) => "warn",
        (false, false) => "info,sqlx=warn,sea_orm_migration=warn",
    };
    let filter = EnvFilter::new(level);
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
}

fn settings(config: Config, data_dir: PathBuf) -> Settings {
    let program = config.get::<ProgramOptions>();
    let mut settings = Settings::with_config(data_dir, config);
    settings.listen = program.listen;
    settings.hosts = (1..=program.hosts)
        .map(|number| nova_all_in_one::HostSettings::new(format!("host-{number}")))
        .collect();
    settings
}

/// Boots three servers in a cloud of its own.
async fn show(config: Config) -> Result<ExitCode, BoxError> {
    let env = Env::system();
    let directory = tempfile::tempdir()?;
    let mut settings = settings(config, directory.path().to_owned());
    settings.listen.set_port(0);
    settings.durability = Durability::Process; // the directory does not outlive the process
    println!("A cloud of {} hosts with fake hypervisors, on SQLite, in this process:", settings.hosts.len());
    let cloud = Cloud::build(&env, &settings).await?;
    cloud.start().await?;
    let address = cloud.address().ok_or("REST does not listen")?;
    let shown = demo::run(address, &format!("{}-admin", settings.token), 3, &mut std::io::stdout()).await;
    cloud.stop(Duration::from_secs(10)).await;
    shown?;
    Ok(ExitCode::SUCCESS)
}

/// Serves until a signal says stop.
async fn serve(config: Config) -> Result<ExitCode, BoxError> {
    let env = Env::system();
    let signals = UnixSignals::listen()?;
    let program = config.get::<ProgramOptions>();
    let settings = settings(config.clone(), program.data_dir.clone());
    let cloud = Cloud::build(&env, &settings).await?;
    let common = config.get::<ServiceOptions>();
    let launcher = cloud.services().into_iter().fold(Launcher::new(&env), Launcher::service);
    let launcher = launcher.grace(common.graceful_shutdown_timeout).on_reload(move || {
        let config = config.clone();
        async move {
            match config.reload() {
                Ok(report) => tracing::info!("{report}"),
                Err(error) => tracing::error!(%error, "the configuration stays as it was"),
            }
        }
    });
    let running = launcher.run(signals);
    let greeting = greet(&cloud, &settings);
    let (exit, ()) = tokio::join!(running, greeting);
    Ok(if exit? == Exit::Clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints, once REST listens, what to paste. Nobody has to read it: the cloud serves all the same.
async fn greet(cloud: &Cloud, settings: &Settings) {
    for _ in 0..600 {
        if let Some(address) = cloud.address() {
            let (token, data) = (&settings.token, settings.data_dir.display());
            let text = format!(
                "Serving on http://{address}, data in {data}. Try:\n\n  \
                 curl -s -H 'x-auth-token: {token}' http://{address}/v2.1/flavors/detail\n  \
                 openstack --os-auth-type admin_token --os-endpoint http://{address}/v2.1 --os-token {token} flavor list\n\n\
                 Ctrl-C stops it."
            );
            if let Err(error) = writeln!(std::io::stdout(), "{text}") {
                tracing::warn!(%error, "nobody reads where this serves");
            }
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
