//! How fast a scheduler chooses.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use nova_all_in_one::{Settings, Shared};
use nova_core::config::{Config, ServiceOptions};
use nova_core::group::ServiceGroup;
use nova_core::service::Identity;
use nova_core::{BoxError, Env, RequestContext};
use nova_neighbours::placement::{Inventory, Placement, class};
use nova_objects::Objects;
use nova_objects_catalog::{ComputeNode, ObjectServiceGroup};
use nova_objects_db::Durability;
use nova_scheduler::{SchedulerManager, testing};
use tokio::time::Instant;

use crate::timed::Timed;

/// What to measure.
#[derive(Debug, Args)]
pub(crate) struct Select {
    /// Fleets of so many hosts.
    #[arg(long, value_delimiter = ',', default_values_t = [100, 1000, 10_000])]
    hosts: Vec<usize>,
    /// How many requests are made of each.
    #[arg(long, default_value_t = 50)]
    requests: usize,
}

impl Select {
    pub(crate) async fn run(&self) -> Result<(), BoxError> {
        println!("one request for one server, medians of {} requests, in milliseconds:\n", self.requests);
        println!("|   hosts | whole | decision | candidates | claim |");
        println!("|--------:|------:|---------:|-----------:|------:|");
        for hosts in &self.hosts {
            let [whole, decision, candidates, claim] = self.of_fleet(*hosts).await?;
            println!("| {hosts:7} | {whole:5.2} | {decision:8.2} | {candidates:10.2} | {claim:5.2} |");
        }
        println!(
            "\nThe decision is everything but placement: facts of hosts from a cache that is at most a minute old, \
             filters, weighers, the choice. What is free comes with the candidates, and is as old as their query."
        );
        Ok(())
    }

    async fn of_fleet(&self, hosts: usize) -> Result<[f64; 4], BoxError> {
        let (env, directory) = (Env::system(), tempfile::tempdir()?);
        let mut settings = Settings::in_directory(directory.path());
        settings.durability = Durability::Process;
        let shared = Shared::open(&env, &settings).await?;
        let objects = Objects::local(shared.db.registry());
        let cx = RequestContext::admin(&env);
        for number in 0..hosts {
            add_host(&cx, &env, &objects, &*shared.placement, &format!("host-{number}")).await?;
        }
        let config = nova_scheduler::register_options(Config::builder())
            .register::<ServiceOptions>()
            .set("DEFAULT", "service_down_time", "36000")
            .set("scheduler", "max_placement_results", hosts.to_string())
            .load()?;
        let placement = Arc::new(Timed::new(shared.placement));
        let scheduler =
            SchedulerManager::builder(&env, &config, objects, Arc::clone(&placement) as Arc<dyn Placement>);
        let scheduler = scheduler.build()?;
        let spec = testing::spec(1, 512, 1);
        scheduler.select(&cx, &spec, &[env.new_id()], 2).await?; // the cache is filled
        placement.taken();
        let mut times: [Vec<f64>; 4] = Default::default();
        for _ in 0..self.requests {
            let began = Instant::now();
            scheduler.select(&cx, &spec, &[env.new_id()], 2).await?;
            let whole = began.elapsed();
            let (candidates, claim) = placement.taken();
            let decision = whole.saturating_sub(candidates + claim);
            for (times, time) in times.iter_mut().zip([whole, decision, candidates, claim]) {
                times.push(milliseconds(time));
            }
        }
        Ok(times.map(median))
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

async fn add_host(
    cx: &RequestContext,
    env: &Env,
    objects: &Objects,
    placement: &dyn Placement,
    name: &str,
) -> Result<(), BoxError> {
    let (group, me) = (ObjectServiceGroup::new(objects), Identity::new(name, "nova-compute"));
    group.create_or_bump(cx, &me, 74).await?;
    group.join(cx, &me).await?;
    let (id, model) = (env.new_id(), testing::compute_node(name));
    let mut node = ComputeNode::empty();
    node.uuid.set(id.to_string()).map_err(|error| error.to_string())?;
    node.host.set(Some(name.to_owned()));
    node.hypervisor_hostname.set(Some(name.to_owned()));
    node.hypervisor_type.set("QEMU".to_owned());
    node.hypervisor_version.set(7_002_000);
    node.supported_hv_specs.set(model.supported_hv_specs.value().cloned().unwrap_or_default());
    node.cpu_info.set(model.cpu_info.value().cloned().flatten());
    let numbers = [
        (&mut node.vcpus, 64),
        (&mut node.memory_mb, 65_536),
        (&mut node.local_gb, 1000),
        (&mut node.vcpus_used, 0),
        (&mut node.memory_mb_used, 0),
        (&mut node.local_gb_used, 0),
    ];
    numbers.into_iter().for_each(|(field, value)| field.set(value));
    node.create(cx, objects).await?;
    let provider = placement.ensure_provider(cx, id, name).await?;
    let has = [(class::VCPU, 64), (class::MEMORY_MB, 65_536), (class::DISK_GB, 1000)];
    let has = BTreeMap::from(has.map(|(class, total)| (class.to_owned(), Inventory::of(total))));
    placement.set_provider(cx, id, provider.generation, &has, &BTreeSet::new()).await?;
    Ok(())
}
