//! Databases with a cloud in them, and processes that race for it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use futures_util::future::join_all;
use nova_compute_api::{CreateFlavor, FlavorsApi, LocalComputeApi};
use nova_core::group::ServiceGroup;
use nova_core::service::Identity;
use nova_core::{Env, RequestContext};
use nova_neighbours::image::{DirectoryImages, ImageInfo};
use nova_neighbours::placement::{Inventory, Placement, class};
use nova_objects::Objects;
use nova_objects_catalog::{ComputeNode, ObjectServiceGroup};
use nova_objects_db::testing::TestDb;
use nova_objects_db::{Db, NovaDb, NovaUrls};
use nova_placement::EmbeddedPlacement;
use nova_scheduler::testing;
use nova_tests_chaos::{Order, Outcome};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use uuid::Uuid;

/// A cloud's databases on PostgreSQL.
pub(crate) struct Arena {
    pub(crate) cx: RequestContext,
    pub(crate) db: NovaDb,
    pub(crate) placement: EmbeddedPlacement,
    pub(crate) image: Uuid,
    directory: TempDir,
    databases: Vec<TestDb>,
}

/// One process.
pub(crate) struct Racer {
    child: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    log: PathBuf,
}

impl Arena {
    /// None, having said so, without a PostgreSQL.
    pub(crate) async fn open(test: &str) -> Option<Self> {
        let mut databases = Vec::new();
        for _ in 0..4 {
            databases.push(TestDb::postgres(test).await?);
        }
        let env = Env::system();
        let cx = RequestContext::admin(&env);
        let [api, cell0, cell1] = [0, 1, 2].map(|at| databases[at].url());
        let db = NovaDb::connect(&env, NovaUrls::new(api, cell0, cell1)).await.unwrap();
        db.migrate().await.unwrap();
        let books = Db::connect(&env, databases[3].url()).await.unwrap();
        let placement = EmbeddedPlacement::open(&books).await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let (images, image) = (DirectoryImages::open(directory.path().join("images")), env.new_id());
        let info: ImageInfo =
            serde_json::from_str(&format!(r#"{{"id": "{image}", "name": "cirros"}}"#)).unwrap();
        images.add(&info).unwrap();
        let setup = LocalComputeApi::builder(&env, &db, std::sync::Arc::new(images)).build();
        setup.create_flavor(&cx, CreateFlavor::new("small", 1, 512, 1).id("1")).await.unwrap();
        Some(Self { cx, db, placement, image, directory, databases })
    }

    /// A host that is up, with room for so many of the smallest instances.
    pub(crate) async fn host(&self, name: &str, room: u64) -> Uuid {
        let objects = Objects::local(self.db.registry());
        let (group, me) = (ObjectServiceGroup::new(&objects), Identity::new(name, "nova-compute"));
        group.create_or_bump(&self.cx, &me, 74).await.unwrap();
        group.join(&self.cx, &me).await.unwrap();
        let mut node = record(&testing::compute_node(name));
        node.create(&self.cx, &objects).await.unwrap();
        let id: Uuid = node.uuid.value().unwrap().parse().unwrap();
        let provider = self.placement.ensure_provider(&self.cx, id, name).await.unwrap();
        let has = [(class::VCPU, room), (class::MEMORY_MB, 512 * room), (class::DISK_GB, 1000)];
        let has = BTreeMap::from(has.map(|(class, total)| (class.to_owned(), Inventory::of(total))));
        let traits = BTreeSet::new();
        self.placement.set_provider(&self.cx, id, provider.generation, &has, &traits).await.unwrap();
        id
    }

    /// So many processes, ready to race.
    pub(crate) async fn racers(&self, count: usize) -> Vec<Racer> {
        join_all((0..count).map(|number| self.racer(number))).await
    }

    async fn racer(&self, number: usize) -> Racer {
        let log = self.directory.path().join(format!("racer-{number}.log"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_nova-racer"))
            .arg("--databases")
            .args(self.databases.iter().map(TestDb::url))
            .arg("--images")
            .arg(self.directory.path().join("images"))
            .args(["--image", &self.image.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log).unwrap())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let orders = child.stdin.take().unwrap();
        let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = answers.next_line().await.unwrap();
        assert_eq!(ready.as_deref(), Some("ready"), "{}", read(&log));
        Racer { child, orders, answers, log }
    }

    /// Removes the databases.
    pub(crate) async fn close(self) {
        for database in self.databases {
            database.close().await;
        }
    }
}

impl Racer {
    async fn order(&mut self, order: &Order) {
        let line = format!("{}\n", serde_json::to_string(order).unwrap());
        self.orders.write_all(line.as_bytes()).await.unwrap();
        self.orders.flush().await.unwrap();
    }

    async fn answer(&mut self) -> Outcome {
        let line = self.answers.next_line().await.unwrap();
        serde_json::from_str(&line.unwrap_or_else(|| panic!("it died: {}", read(&self.log)))).unwrap()
    }

    /// What it wrote to its log of anything but who was refused for `usual`.
    pub(crate) fn complaints(&self, usual: &str) -> String {
        let log = read(&self.log);
        let refused = format!("class=\"{usual}\"");
        let complaints = log.lines().filter(|line| line.contains("WARN") && !line.contains(&refused));
        complaints.take(5).collect::<Vec<_>>().join("\n")
    }

    /// Lets it end, and gives what it wrote to its log.
    pub(crate) async fn finish(mut self) -> String {
        drop(self.orders);
        assert!(self.child.wait().await.unwrap().success());
        read(&self.log)
    }
}

/// All obey at once. What came of it together.
pub(crate) async fn race(racers: &mut [Racer], order: &Order) -> Outcome {
    for racer in racers.iter_mut() {
        racer.order(order).await;
    }
    let answers = join_all(racers.iter_mut().map(Racer::answer)).await;
    answers.into_iter().fold(Outcome::default(), Outcome::and)
}

fn read(log: &Path) -> String {
    std::fs::read_to_string(log).unwrap()
}

/// A record like `model` that is not stored yet.
fn record(model: &ComputeNode) -> ComputeNode {
    let mut node = ComputeNode::empty();
    node.uuid.set(model.uuid.value().unwrap().to_string()).unwrap();
    node.host.set(model.host.value().unwrap().clone());
    node.hypervisor_hostname.set(model.hypervisor_hostname.value().unwrap().clone());
    node.hypervisor_type.set(model.hypervisor_type.value().unwrap().clone());
    node.hypervisor_version.set(*model.hypervisor_version.value().unwrap());
    node.supported_hv_specs.set(model.supported_hv_specs.value().unwrap().clone());
    node.cpu_info.set(model.cpu_info.value().unwrap().clone());
    for (field, value) in [
        (&mut node.vcpus, 64),
        (&mut node.memory_mb, 65_536),
        (&mut node.local_gb, 1000),
        (&mut node.vcpus_used, 0),
        (&mut node.memory_mb_used, 0),
        (&mut node.local_gb_used, 0),
    ] {
        field.set(value);
    }
    node
}
