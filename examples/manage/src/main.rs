//! `nova-manage`: prints what an operator asks of a cloud's databases, as tables or as JSON.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is a program that talks to a person")]

mod cli;
mod print;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use nova_core::config::{Config, ServiceOptions};
use nova_core::group::LivenessOptions;
use nova_core::operation::{OperationFilter, OperationId};
use nova_core::{BoxError, Env, RequestContext, Timestamp};
use nova_manage::placement::{self, Progress};
use nova_manage::{Databases, operation, service};

use self::cli::{Cli, OperationCommand, PlacementCommand, ServiceCommand, Topic};

/// What `placement audit` ends with when the books are wrong, as `nova-manage placement audit` does.
const DISCREPANCIES: u8 = 3;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("nova-manage: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("  because: {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<ExitCode, BoxError> {
    let env = Env::system();
    let config = load(&cli)?;
    config.warnings().iter().for_each(|warning| eprintln!("nova-manage: warning: {warning}"));
    let databases = Databases::open(&env, &config).await?;
    let cx = RequestContext::admin(&env);
    match cli.topic {
        Topic::Operation(command) => operations(&env, &databases, &cx, command, cli.json).await,
        Topic::Placement(command) => books(&env, &databases, &cx, command, cli.json).await,
        Topic::Service(ServiceCommand::List) => {
            let common = config.get::<ServiceOptions>();
            let options = LivenessOptions {
                report_interval: common.report_interval,
                service_down_time: common.service_down_time,
            };
            let services = service::list(&databases, &cx, options).await?;
            print::services(&services, cli.json)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn load(cli: &Cli) -> Result<Config, BoxError> {
    let mut builder = Databases::register_options(Config::builder()).register::<ServiceOptions>();
    for file in &cli.config_file {
        builder = builder.file(file);
    }
    if let Some(directory) = &cli.data_dir {
        builder = builder.set("DEFAULT", "data_dir", directory.to_string_lossy().into_owned());
    }
    Ok(builder.load()?)
}

async fn operations(
    env: &Env,
    databases: &Databases,
    cx: &RequestContext,
    command: OperationCommand,
    json: bool,
) -> Result<ExitCode, BoxError> {
    match command {
        OperationCommand::List { all, server, kind, limit } => {
            let mut filter = OperationFilter::default();
            filter.open = !all;
            filter.target = server.map(|server| server.to_string());
            filter.kind = kind;
            filter.limit = limit;
            print::operations(&operation::list(databases, cx, &filter).await?, json)?;
        }
        OperationCommand::Show { id } => {
            print::operation(&operation::show(databases, cx, OperationId(id)).await?)?;
        }
        OperationCommand::Retry { id } => {
            print::operation(&operation::retry(databases, OperationId(id)).await?)?;
        }
        OperationCommand::Cancel { id } => {
            print::operation(&operation::cancel(databases, OperationId(id)).await?)?;
        }
        OperationCommand::Purge { older_than } => {
            let forgotten = operation::purge(databases, before(env, older_than)).await?;
            print::count("operations forgotten", forgotten, json)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn books(
    env: &Env,
    databases: &Databases,
    cx: &RequestContext,
    command: PlacementCommand,
    json: bool,
) -> Result<ExitCode, BoxError> {
    match command {
        PlacementCommand::Audit => {
            let audit = placement::audit(databases, cx, show_progress("audited")).await?;
            print::audit(&audit, json)?;
            let wrong = !audit.discrepancies.is_empty();
            return Ok(if wrong { ExitCode::from(DISCREPANCIES) } else { ExitCode::SUCCESS });
        }
        PlacementCommand::Heal { dry_run } => {
            let healed = placement::heal(databases, cx, dry_run, show_progress("looked at")).await?;
            print::healed(&healed, json)?;
        }
        PlacementCommand::Purge { older_than } => {
            let forgotten = placement::purge(databases, before(env, older_than)).await?;
            print::count("consumers forgotten", forgotten, json)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// So many days ago.
fn before(env: &Env, days: u32) -> Timestamp {
    env.now().saturating_sub(Duration::from_secs(u64::from(days) * 24 * 3600))
}

/// A line on the terminal that says how far it is; nothing where nobody watches.
fn show_progress(what: &'static str) -> impl FnMut(Progress) {
    const STEP: usize = 100;
    let watched = std::io::stderr().is_terminal();
    move |Progress { done, total }| {
        if watched && done > 0 && done.is_multiple_of(STEP) {
            eprintln!("{what} {done} of {total}");
        }
    }
}
