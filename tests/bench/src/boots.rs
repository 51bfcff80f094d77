//! How fast servers are booted and deleted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clap::Args;
use futures_util::{StreamExt, stream};
use nova_all_in_one::demo::Client;
use nova_all_in_one::{Cloud, HostSettings, Settings};
use nova_core::{BoxError, Env};
use nova_objects_db::Durability;
use nova_rpc::transport::memory::SeenKind;
use nova_virt::Usage;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

/// What to measure.
#[derive(Debug, Args)]
pub(crate) struct Boots {
    /// How many servers are booted, and then deleted, at each concurrency.
    #[arg(long, default_value_t = 300)]
    count: usize,
    /// So many users at a time, each waiting for its server before it asks for the next.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 64])]
    concurrency: Vec<usize>,
    /// How many hosts there are.
    #[arg(long, default_value_t = 8)]
    hosts: usize,
    /// Commits survive the machine and not only the process.
    #[arg(long)]
    durable: bool,
    /// At last, boots so many servers at once and tells what memory they take.
    #[arg(long, default_value_t = 0)]
    crowd: usize,
}

/// What one operation came to.
struct Rate {
    each_second: f64,
    median: Duration,
    slowest: Duration,
    writes: f64,
    calls: f64,
}

impl Boots {
    pub(crate) async fn run(&self) -> Result<(), BoxError> {
        let (env, directory) = (Env::system(), tempfile::tempdir()?);
        let cloud = Arc::new(self.cloud(&env, directory.path()).await?);
        cloud.start().await?;
        let calls = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&calls);
        cloud.shared().bus.inspect(move |seen, _| {
            if seen.kind == SeenKind::Call {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        });
        let address = cloud.address().ok_or("REST does not listen")?;
        let client = Client::new(address, "demo-token-admin");
        println!("{} hosts, {} servers at each concurrency:\n", self.hosts, self.count);
        println!(
            "|          | users | each second | median ms | slowest ms | write transactions | RPC calls |"
        );
        println!(
            "|----------|------:|------------:|----------:|-----------:|-------------------:|----------:|"
        );
        for users in &self.concurrency {
            let meter = Meter { cloud: &cloud, calls: &calls };
            let (booted, ids) = meter.measure(*users, 0..self.count, |_| boot(&cloud, &client)).await?;
            tell("boots", *users, &booted);
            let (deleted, _) = meter.measure(*users, ids, |id| delete(&client, id)).await?;
            tell("deletes", *users, &deleted);
        }
        if self.crowd > 0 {
            self.crowd(&cloud, &client).await?;
        }
        cloud.stop(Duration::from_secs(10)).await;
        Ok(())
    }

    async fn cloud(&self, env: &Env, directory: &std::path::Path) -> Result<Cloud, BoxError> {
        let unlimited = ["instances", "cores", "ram"].map(|name| ("quota", name, "-1"));
        let builds = ("DEFAULT", "max_concurrent_builds", "0");
        let options: Vec<_> = unlimited.into_iter().chain([builds]).collect();
        let mut settings = Settings::with_config(directory, Settings::options_with(&options)?);
        settings.durability = if self.durable { Durability::Machine } else { Durability::Process };
        let capacity = Usage { vcpus: 1 << 20, memory_mb: 1 << 30, disk_gb: 1 << 20 };
        settings.hosts = (1..=self.hosts)
            .map(|number| HostSettings { name: format!("host-{number}"), capacity })
            .collect();
        Cloud::build(env, &settings).await
    }

    async fn crowd(&self, cloud: &Arc<Cloud>, client: &Client) -> Result<(), BoxError> {
        let before = resident()?;
        let began = Instant::now();
        let boots = stream::iter(0..self.crowd).map(|_| boot(cloud, client)).buffer_unordered(64);
        let ids: Vec<_> = boots.collect().await;
        ids.into_iter().collect::<Result<Vec<_>, _>>()?;
        let (took, after) = (began.elapsed(), resident()?);
        println!(
            "\n{} servers, all there after {:.1} s: {:.1} MiB resident before, {:.1} MiB after",
            self.crowd,
            took.as_secs_f64(),
            before,
            after
        );
        Ok(())
    }
}

/// Counts what operations cost.
struct Meter<'a> {
    cloud: &'a Cloud,
    calls: &'a AtomicU64,
}

impl Meter<'_> {
    /// Does `work` for each of `items`, `users` at a time.
    async fn measure<I, T, F>(
        &self,
        users: usize,
        items: impl IntoIterator<Item = I>,
        work: impl Fn(I) -> F,
    ) -> Result<(Rate, Vec<T>), BoxError>
    where
        F: Future<Output = Result<T, BoxError>>,
    {
        let (began, writes, calls) = (Instant::now(), self.writes(), self.calls.load(Ordering::Relaxed));
        let each = stream::iter(items).map(|item| async {
            let began = Instant::now();
            work(item).await.map(|done| (began.elapsed(), done))
        });
        let done: Vec<_> = each.buffer_unordered(users).collect().await;
        let took = began.elapsed();
        let (mut times, values): (Vec<_>, Vec<_>) =
            done.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
        times.sort_unstable();
        let count = count(times.len());
        let rate = Rate {
            each_second: count / took.as_secs_f64(),
            median: times[times.len() / 2],
            slowest: times.last().copied().unwrap_or_default(),
            writes: float(self.writes() - writes) / count,
            calls: float(self.calls.load(Ordering::Relaxed) - calls) / count,
        };
        Ok((rate, values))
    }

    fn writes(&self) -> u64 {
        let shared = self.cloud.shared();
        shared.db.stats().writes + shared.placement_db.stats().writes
    }
}

fn count(number: usize) -> f64 {
    float(u64::try_from(number).unwrap_or(u64::MAX))
}

fn float(number: u64) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

fn tell(what: &str, users: usize, rate: &Rate) {
    let Rate { each_second, median, slowest, writes, calls } = rate;
    let (median, slowest) = (median.as_secs_f64() * 1000.0, slowest.as_secs_f64() * 1000.0);
    println!(
        "| {what:8} | {users:5} | {each_second:11.1} | {median:9.1} | {slowest:10.1} | {writes:18.1} | {calls:9.1} |"
    );
}

async fn boot(cloud: &Cloud, client: &Client) -> Result<String, BoxError> {
    let image = cloud.image().to_string();
    let body = json!({"server": {"name": "bench", "flavorRef": "1", "imageRef": image}});
    let created = client.post("/v2.1/servers", &body).await?;
    let id = created["server"]["id"].as_str().ok_or("no id")?.to_owned();
    let mut pause = PAUSE;
    loop {
        let server = client.get(&format!("/v2.1/servers/{id}")).await?;
        match server["server"]["status"].as_str() {
            Some("ACTIVE") => return Ok(id),
            Some("BUILD") => wait(&mut pause).await,
            other => return Err(format!("{id} is {other:?}: {}", fault(&server)).into()),
        }
    }
}

async fn delete(client: &Client, id: String) -> Result<(), BoxError> {
    let path = format!("/v2.1/servers/{id}");
    client.delete(&path).await?;
    let mut pause = PAUSE;
    while client.exists(&path).await? {
        wait(&mut pause).await;
    }
    Ok(())
}

/// Between the first two looks of a user, who grows patient: looking is work for the service, too.
const PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

async fn wait(pause: &mut Duration) {
    sleep(*pause).await;
    *pause = (*pause * 3 / 2).min(LONGEST_PAUSE);
}

fn fault(server: &Value) -> String {
    server["server"]["fault"].to_string()
}

/// Mebibytes that this process has in memory.
fn resident() -> Result<f64, BoxError> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib / 1024.0)
}
