//! `nova-racer`: one process with its own connections, which does what it is told, as fast as it can.
//!
//! It says `ready`, then answers each [`Order`] on its standard input with an [`Outcome`] on its standard output. It
//! ends when there are no more orders.
#![allow(clippy::print_stdout, reason = "what it prints is what it is for")]

use std::path::PathBuf;
use std::sync::Arc;

use clap::Parser;
use futures_util::future::join_all;
use nova_compute_api::quota::{FixedQuota, Limits};
use nova_compute_api::{CreateServer, LocalComputeApi, ServersApi};
use nova_core::config::Config;
use nova_core::{BoxError, Env, Fault, RequestContext};
use nova_neighbours::image::DirectoryImages;
use nova_objects::Objects;
use nova_objects_db::{Db, DbOptions, NovaDb, NovaUrls};
use nova_placement::EmbeddedPlacement;
use nova_scheduler::{SchedulerManager, testing};
use nova_tests_chaos::{Order, Outcome, QUOTA};
use tokio::io::{AsyncBufReadExt, BufReader};
use uuid::Uuid;

/// One process of several.
#[derive(Debug, Parser)]
struct Arguments {
    /// The databases: API, cell0, cell1, placement.
    #[arg(long, num_args = 4)]
    databases: Vec<String>,
    /// The directory of images.
    #[arg(long)]
    images: PathBuf,
    /// The image of servers.
    #[arg(long)]
    image: Uuid,
}

struct Racer {
    env: Env,
    scheduler: SchedulerManager,
    api: LocalComputeApi,
    image: Uuid,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), BoxError> {
    tracing_subscriber::fmt()
        .with_env_filter("warn,nova_scheduler=debug,nova_placement=debug")
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .init();
    let racer = Racer::open(&Arguments::parse()).await?;
    println!("ready");
    let mut orders = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = orders.next_line().await? {
        let outcome = racer.obey(serde_json::from_str(&line)?).await;
        println!("{}", serde_json::to_string(&outcome)?);
    }
    Ok(())
}

impl Racer {
    async fn open(arguments: &Arguments) -> Result<Self, BoxError> {
        let [api, cell0, cell1, placement] = &*arguments.databases else {
            return Err("four databases".into());
        };
        let env = Env::system();
        let db = NovaDb::connect(&env, NovaUrls::new(few(api), few(cell0), few(cell1))).await?;
        let placement = EmbeddedPlacement::open(&Db::connect(&env, few(placement)).await?).await?;
        // Hosts are heard of once, at the beginning of the test.
        let config = nova_scheduler::register_options(Config::builder())
            .register::<nova_core::config::ServiceOptions>()
            .set("DEFAULT", "service_down_time", "3600")
            .load()?;
        let objects = Objects::local(db.registry());
        let scheduler = SchedulerManager::builder(&env, &config, objects, Arc::new(placement)).build()?;
        let limits = Limits { instances: Some(QUOTA), ..Limits::default() };
        let images = Arc::new(DirectoryImages::open(&arguments.images));
        let api = LocalComputeApi::builder(&env, &db, images).quota(Arc::new(FixedQuota(limits))).build();
        Ok(Self { env, scheduler, api, image: arguments.image })
    }

    async fn obey(&self, order: Order) -> Outcome {
        match order {
            Order::Schedule { count } => {
                let cx = RequestContext::admin(&self.env);
                let spec = testing::spec(1, 512, 1);
                let requests = (0..count).map(|_| async {
                    let chosen = self.scheduler.select(&cx, &spec, &[self.env.new_id()], 0).await;
                    chosen.map(drop).map_err(Fault::from)
                });
                outcome(join_all(requests).await)
            }
            Order::Create { count, project } => {
                let cx = RequestContext::builder().user("u").project(project).role("member").build(&self.env);
                let wish = CreateServer::new("racer", "1", self.image);
                let requests = (0..count).map(|_| async {
                    let created = self.api.create(&cx, wish.clone()).await;
                    created.map(drop).map_err(Fault::from)
                });
                outcome(join_all(requests).await)
            }
        }
    }
}

/// A few connections: all racers together must not have more than a server gives.
fn few(url: &str) -> DbOptions {
    let mut options = DbOptions::new(url);
    (options.max_connections, options.max_readers) = (4, 4);
    options
}

fn outcome(answers: Vec<Result<(), Fault>>) -> Outcome {
    let mut outcome = Outcome::default();
    for answer in answers {
        match answer {
            Ok(()) => outcome.won += 1,
            Err(fault) => {
                tracing::warn!(class = fault.class(), %fault, "refused");
                *outcome.lost.entry(fault.class().to_owned()).or_default() += 1;
            }
        }
    }
    outcome
}
