//! Three hello-managers over one database, guests who greet them, and what must be true of the books.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hello_manager::{Guest, HelloApiClient, HelloOptions, build};
use nova_core::RequestContext;
use nova_core::config::Config;
use nova_core::env::TaskHandle;
use nova_objects::{Objects, Registry};
use nova_objects_db::{Db, DbOptions, Durability};
use nova_rpc::Client;
use nova_rpc::transport::memory::MemoryBus;
use nova_sim::{Fleet, Menu, Run, Side, Sim, Weather};
use tokio::time::sleep;

/// What guests did, and what the books say.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Visits {
    /// How often a guest greeted, whatever came of it.
    pub(crate) tried: i64,
    /// How often a guest was greeted back.
    pub(crate) answered: i64,
    /// How many visits were counted.
    pub(crate) counted: i64,
}

/// Guests, and faults that befall the services meanwhile.
pub(crate) fn hello(seed: u64, faults: usize) -> Run<BTreeMap<String, Visits>> {
    hello_and(seed, faults, |_, _| {})
}

/// The same, after `prepare`.
fn hello_and(seed: u64, faults: usize, prepare: impl FnOnce(&Sim, &Fleet)) -> Run<BTreeMap<String, Visits>> {
    nova_sim::run_remembering(seed, 100_000, async |sim| {
        let url = format!("sqlite://{}", sim.directory().join("hello.db").display());
        let bus = MemoryBus::new(&sim.env("bus"));
        sim.watch(&bus);
        let fleet = fleet(&sim, &bus, &url);
        let weather = Weather::new(&sim, &bus, &fleet);
        fleet.start_all();
        fleet.all_up(Duration::from_secs(60)).await.unwrap();
        prepare(&sim, &fleet);
        let storm = storm(&sim, &weather, faults);
        let mut visits = guests(&sim, &bus).await;
        storm.await.unwrap();
        weather.heal();
        fleet.all_up(Duration::from_secs(60)).await.unwrap();
        sleep(Duration::from_secs(120)).await;
        count(&sim, &url, &mut visits).await;
        visits
    })
}

fn fleet(sim: &Sim, bus: &MemoryBus, url: &str) -> Fleet {
    let fleet = Fleet::new(sim);
    for name in ["hello-1", "hello-2", "hello-3"] {
        let (bus, gate, url) = (bus.clone(), sim.gate(), url.to_owned());
        fleet.add(name, move |env| {
            let (transport, options) = (bus.connect_as(name, &env), options(&url).gate(gate.clone()));
            async move {
                let db = Db::connect(&env, options).await?;
                let config = Config::builder().register::<HelloOptions>().load()?;
                build(&db, &config, &transport).await
            }
        });
    }
    fleet
}

fn options(url: &str) -> DbOptions {
    DbOptions::new(url).durability(Durability::Process)
}

fn storm(sim: &Sim, weather: &Weather, faults: usize) -> TaskHandle<()> {
    let (draw, weather) = (sim.draw("faults"), weather.clone());
    let nodes: Vec<_> = (1..=3).map(|number| format!("hello-{number}")).collect();
    sim.env("storm").spawn("storm", async move {
        for _ in 0..faults {
            sleep(draw.time(Duration::from_millis(1), Duration::from_secs(10))).await;
            // A call that comes twice, to two servers, is two visits: hello-manager promises no more.
            if let Some(fault) = Menu::default().without(&["duplicates"]).draw(&draw, &nodes) {
                weather.strike(&fault);
            }
        }
    })
}

async fn guests(sim: &Sim, bus: &MemoryBus) -> BTreeMap<String, Visits> {
    let (env, draw) = (sim.env("guests"), sim.draw("guests"));
    let client = Client::new(&bus.connect(&env)).response_timeout(Duration::from_secs(10));
    let hello = HelloApiClient::new(&client);
    let mut visits: BTreeMap<String, Visits> = BTreeMap::new();
    for _ in 0..40 {
        let name = *draw.one_of(&["Ann", "Bob", "Eve"]);
        let visit = visits.entry(name.to_owned()).or_default();
        visit.tried += 1;
        match hello.greet(&RequestContext::admin(&env), name).await {
            Ok(_) => visit.answered += 1,
            Err(error) => sim.note(format!("{name} is not greeted: {error}")),
        }
        sleep(draw.time(Duration::ZERO, Duration::from_secs(2))).await;
    }
    visits
}

async fn count(sim: &Sim, url: &str, visits: &mut BTreeMap<String, Visits>) {
    let env = sim.env("auditor");
    let db = Db::connect(&env, options(url).gate(sim.gate())).await.unwrap();
    let books = Objects::local(Registry::default().with::<Guest>(Arc::new(db)));
    let cx = RequestContext::admin(&env);
    for (name, visit) in visits {
        let guest = Guest::find(&cx, &books, name).await.unwrap();
        visit.counted = guest.and_then(|guest| guest.visits.value().copied()).unwrap_or(0);
    }
}

fn check(run: &Run<BTreeMap<String, Visits>>, what: &str) {
    assert!(run.panics.is_empty(), "{what}: {:#?}", run.panics);
    for (name, Visits { tried, answered, counted }) in run.value.as_ref().unwrap() {
        let told = format!("{what}, {name}: {tried} tried, {answered} answered, {counted} counted");
        assert!(answered <= counted && counted <= tried, "{told}\n{}", run.last.join("\n"));
    }
}

#[test]
fn every_guest_who_was_greeted_is_counted_once_whatever_goes_wrong() {
    for seed in 0..20 {
        check(&hello(seed, 12), &format!("seed {seed}"));
    }
}

#[test]
fn every_guest_is_counted_once_wherever_the_services_die() {
    for work in 0..12 {
        for side in [Side::Before, Side::After] {
            let run = hello_and(1, 0, |sim, fleet| {
                let fleet = fleet.clone();
                sim.gate()
                    .at_work(work, side, move || fleet.names().iter().for_each(|name| fleet.crash(name)));
            });
            check(&run, &format!("all die at work {work}, {side:?}"));
        }
    }
}
