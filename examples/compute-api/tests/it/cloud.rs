//! A cloud without services: databases, images, and what a conductor would write.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use nova_compute_api::{
    CreateFlavor, CreateServer, FlavorsApi, LocalComputeApi, LocalComputeApiBuilder, Server, ServersApi,
};
use nova_core::operation::{Hinter, Queue};
use nova_core::{Env, Fault, RequestContext};
use nova_neighbours::image::{DirectoryImages, ImageInfo};
use nova_objects_catalog::exception::NoValidHost;
use nova_objects_catalog::{Instance, InstanceFault, VmState};
use nova_objects_db::actions::{build_request, instance, instance_fault, instance_mapping};
use nova_objects_db::{ActionError, Db, NovaDb, NovaUrls};
use tempfile::TempDir;
use uuid::Uuid;

pub(crate) struct Cloud {
    pub(crate) env: Env,
    pub(crate) db: NovaDb,
    pub(crate) api: LocalComputeApi,
    pub(crate) hints: Arc<Hints>,
    pub(crate) image: Uuid,
    images: DirectoryImages,
    _directory: TempDir,
}

/// Remembers who was told to look.
#[derive(Default)]
pub(crate) struct Hints(Mutex<Vec<String>>);

impl Hints {
    pub(crate) fn taken(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[async_trait]
impl Hinter for Hints {
    async fn hint(&self, _: &RequestContext, queue: &Queue) {
        self.0.lock().unwrap().push(queue.to_string());
    }
}

impl Cloud {
    pub(crate) async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    pub(crate) async fn with(change: impl FnOnce(LocalComputeApiBuilder) -> LocalComputeApiBuilder) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let env = Env::system();
        let db = NovaDb::connect(&env, NovaUrls::in_directory(directory.path())).await.unwrap();
        db.migrate().await.unwrap();
        let images = DirectoryImages::open(directory.path().join("images"));
        let hints = Arc::new(Hints::default());
        let builder = LocalComputeApi::builder(&env, &db, Arc::new(images.clone())).hinter(hints.clone());
        let api = change(builder).build();
        api.create_flavor(&RequestContext::admin(&env), CreateFlavor::new("small", 1, 512, 1).id("1"))
            .await
            .unwrap();
        let image = env.new_id();
        let cloud = Self { env, db, api, hints, image, images, _directory: directory };
        cloud.add_image(image, "");
        cloud
    }

    pub(crate) fn add_image(&self, id: Uuid, more: &str) {
        let text = format!(r#"{{"id": "{id}", "name": "cirros"{more}}}"#);
        let image: ImageInfo = serde_json::from_str(&text).unwrap();
        self.images.add(&image).unwrap();
    }

    pub(crate) fn member(&self, project: &str) -> RequestContext {
        RequestContext::builder().user("u").project(project).role("member").build(&self.env)
    }

    pub(crate) fn admin(&self) -> RequestContext {
        RequestContext::admin(&self.env)
    }

    pub(crate) fn request(&self, name: &str) -> CreateServer {
        CreateServer::new(name, "1", self.image)
    }

    pub(crate) async fn boot(&self, project: &str, name: &str) -> Server {
        let created = self.api.create(&self.member(project), self.request(name)).await.unwrap();
        created.servers.into_iter().next().unwrap()
    }

    /// Writes committed in all databases.
    pub(crate) fn writes(&self) -> u64 {
        self.db.stats().writes
    }

    /// What a conductor and a compute write: the record in the cell, then the mapping.
    pub(crate) async fn schedule(&self, id: Uuid, change: impl FnOnce(&mut Instance)) {
        self.make_record(self.db.cell1(), id, change).await;
        self.map(id, false).await;
    }

    /// What a conductor writes when there is no host.
    pub(crate) async fn bury(&self, id: Uuid) {
        self.make_record(self.db.cell0(), id, |instance| {
            instance.vm_state.set(VmState::Error);
            instance.task_state.set(None);
        })
        .await;
        let cx = self.admin();
        let buried = self.db.cell0().write(move |tx| {
            let cx = cx.clone();
            async move {
                let why = Fault::from(NoValidHost { reason: "There are not enough hosts available.".into() });
                let mut fault = InstanceFault::of(&id.to_string(), None, &why);
                instance_fault::create_in(&tx, &cx, &mut fault).await
            }
        });
        buried.await.map(drop).unwrap();
        self.map(id, true).await;
    }

    /// Changes the record in the cell.
    pub(crate) async fn change(&self, id: Uuid, change: impl FnOnce(&mut Instance)) {
        let cx = self.admin();
        let (reading, id) = (cx.clone(), id.to_string());
        let read = self.db.cell1().read(move |tx| {
            let (cx, id) = (reading.clone(), id.clone());
            async move { instance::get_in(&tx, &cx, &id, &[]).await }
        });
        let mut record = read.await.map_err(|error: ActionError| error).unwrap();
        change(&mut record);
        let saved = self.db.cell1().write(move |tx| {
            let (cx, mut record) = (cx.clone(), record.clone());
            async move { instance::save_in(&tx, &cx, &mut record, None, None).await }
        });
        saved.await.map_err(|error: ActionError| error).unwrap();
    }

    /// What a conductor writes at the end of a deletion.
    pub(crate) async fn destroy(&self, id: Uuid) {
        let (cx, id) = (self.admin(), id.to_string());
        let destroyed = self.db.cell1().write(move |tx| {
            let (cx, id) = (cx.clone(), id.clone());
            async move { instance::destroy_in(&tx, &cx, &id).await }
        });
        assert!(destroyed.await.map_err(|error: ActionError| error).unwrap());
    }

    /// Whether the mapping is left for the clean-up of the API database.
    pub(crate) async fn is_queued_for_delete(&self, id: Uuid) -> bool {
        let (cx, id) = (self.admin(), id.to_string());
        let read = self.db.api().read(move |tx| {
            let (cx, id) = (cx.clone(), id.clone());
            async move { instance_mapping::get_in(&tx, &cx, &id).await }
        });
        read.await.map_err(|error: ActionError| error).unwrap().queued_for_delete.value() == Some(&true)
    }

    async fn make_record(&self, cell: &Db, id: Uuid, change: impl FnOnce(&mut Instance)) {
        let cx = self.admin();
        let (reading, id) = (cx.clone(), id.to_string());
        let read = self.db.api().read(move |tx| {
            let (cx, id) = (reading.clone(), id.clone());
            async move { build_request::get_in(&tx, &cx, &id).await }
        });
        let request = read.await.map_err(|error: ActionError| error).unwrap();
        let mut record = *request.instance.into_value().unwrap();
        change(&mut record);
        let made = cell.write(move |tx| {
            let (cx, mut record) = (cx.clone(), record.clone());
            async move { instance::create_in(&tx, &cx, &mut record).await }
        });
        made.await.map_err(|error: ActionError| error).unwrap();
    }

    async fn map(&self, id: Uuid, buried: bool) {
        let cell = if buried { self.db.cell0_mapping() } else { self.db.cell1_mapping() }.clone();
        let (cx, id) = (self.admin(), id.to_string());
        let mapped = self.db.api().write(move |tx| {
            let (cx, id, cell) = (cx.clone(), id.clone(), cell.clone());
            async move {
                build_request::destroy_in(&tx, &cx, &id).await?;
                instance_mapping::map_in(&tx, &cx, &id, &cell, false).await
            }
        });
        mapped.await.map(drop).map_err(|error: ActionError| error).unwrap();
    }
}
