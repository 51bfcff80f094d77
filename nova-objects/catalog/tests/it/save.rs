//! A compare-and-swap save, in this process and through a conductor.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use nova_core::{Env, Fault, RequestContext};
use nova_objects::{ObjectEndpoint, Objects, Registry, VersionedObject, async_trait};
use nova_objects_catalog::exception::{
    InstanceExists, InstanceNotFound, UnexpectedDeletingTaskStateError, UnexpectedTaskStateError,
    is_update_conflict,
};
use nova_objects_catalog::{Expected, Instance, InstanceActions, TaskState, VmState, with_catalogue};
use nova_rpc::transport::memory::MemoryBus;
use nova_rpc::{Client, Server};
use serde_json::json;

/// Instances in memory, by uuid.
#[derive(Default)]
struct Cell(Mutex<BTreeMap<String, Instance>>);

impl Cell {
    fn found(&self, uuid: &str) -> Result<Instance, Fault> {
        let missing = || InstanceNotFound { instance_id: uuid.to_owned() }.into();
        self.0.lock().unwrap().get(uuid).cloned().ok_or_else(missing)
    }

    fn keep(&self, instance: &mut Instance) -> Result<(), Fault> {
        instance.reset_changes();
        self.0.lock().unwrap().insert(instance.uuid.get()?.as_str().to_owned(), instance.clone());
        Ok(())
    }
}

#[async_trait]
impl InstanceActions for Cell {
    async fn get_by_uuid(
        &self,
        _: &RequestContext,
        uuid: &str,
        _: Option<&[String]>,
        _: Option<bool>,
    ) -> Result<Instance, Fault> {
        self.found(uuid)
    }

    async fn get_by_id(&self, _: &RequestContext, id: i64, _: Option<&[String]>) -> Result<Instance, Fault> {
        let found =
            self.0.lock().unwrap().values().find(|instance| instance.id.value() == Some(&id)).cloned();
        found.ok_or_else(|| InstanceNotFound { instance_id: id.to_string() }.into())
    }

    async fn create(&self, _: &RequestContext, instance: &mut Instance) -> Result<(), Fault> {
        let uuid = instance.uuid.get()?.as_str().to_owned();
        if self.found(&uuid).is_ok() {
            return Err(InstanceExists { name: uuid }.into());
        }
        instance.id.load(1);
        self.keep(instance)
    }

    async fn save(
        &self,
        _: &RequestContext,
        instance: &mut Instance,
        _: Option<Expected>,
        expected: Option<Expected>,
        _: Option<bool>,
    ) -> Result<(), Fault> {
        let instance_uuid = instance.uuid.get()?.to_string();
        let actual = self.found(&instance_uuid)?.task_state.present().cloned();
        match expected {
            Some(states) if !states.allows(actual.as_deref()) => {
                let expected = json!({"task_state": states.states().collect::<Vec<_>>()});
                let deleting = actual.as_deref() == Some("deleting");
                let actual = json!({"task_state": actual});
                Err(match deleting {
                    true => UnexpectedDeletingTaskStateError { instance_uuid, expected, actual }.into(),
                    false => UnexpectedTaskStateError { instance_uuid, expected, actual }.into(),
                })
            }
            _ => self.keep(instance),
        }
    }

    async fn destroy(
        &self,
        _: &RequestContext,
        instance: &mut Instance,
        _: Option<bool>,
    ) -> Result<(), Fault> {
        let uuid = instance.uuid.get()?.as_str();
        let gone = self.0.lock().unwrap().remove(uuid);
        gone.map(drop).ok_or_else(|| InstanceNotFound { instance_id: uuid.to_owned() }.into())
    }

    async fn refresh(
        &self,
        _: &RequestContext,
        instance: &mut Instance,
        _: Option<bool>,
    ) -> Result<(), Fault> {
        *instance = self.found(instance.uuid.get()?.as_str())?;
        Ok(())
    }

    async fn drop_migration_context(&self, _: &RequestContext, instance: &mut Instance) -> Result<(), Fault> {
        instance.migration_context.load(None);
        self.keep(instance)
    }

    async fn delete_metadata_key(
        &self,
        _: &RequestContext,
        instance: &mut Instance,
        key: &str,
    ) -> Result<(), Fault> {
        instance.metadata.update(|metadata| metadata.remove(key))?;
        self.keep(instance)
    }
}

async fn story(cx: &RequestContext, objects: &Objects) -> Result<(), Fault> {
    let mut instance = Instance::empty();
    instance.uuid.set("7f");
    instance.vm_state.set(VmState::Building);
    instance.task_state.set(TaskState::Scheduling);
    instance.create(cx, objects).await?;
    assert_eq!(*instance.id.get()?, 1);

    let mut compute = Instance::get_by_uuid(cx, objects, "7f", None, None).await?;
    compute.task_state.set(None);
    let waiting = Expected::task([TaskState::Scheduling]).or_none();
    compute.save(cx, objects, None, Some(waiting), None).await?;
    assert!(!compute.has_changes());

    compute.task_state.set(TaskState::Networking);
    let refused =
        compute.save(cx, objects, None, Some(Expected::task([TaskState::Spawning])), None).await.unwrap_err();
    assert!(is_update_conflict(&refused));
    let conflict = refused.downcast::<UnexpectedTaskStateError>().expect("nothing deletes it");
    assert_eq!(
        (conflict.expected, conflict.actual),
        (json!({"task_state": ["spawning"]}), json!({"task_state": null}))
    );
    assert_eq!(compute.changes(), ["task_state"], "a refused save leaves the changes to be saved again");

    instance.task_state.set(TaskState::Deleting);
    instance.save(cx, objects, None, None, None).await?;
    let preempted = compute.save(cx, objects, None, Some(Expected::none()), None).await.unwrap_err();
    assert!(preempted.is::<UnexpectedDeletingTaskStateError>());

    compute.refresh(cx, objects, None).await?;
    assert_eq!(compute.task_state()?, Some(TaskState::Deleting));
    assert!(compute.is_going());
    compute.destroy(cx, objects, None).await?;
    let gone = Instance::get_by_uuid(cx, objects, "7f", None, None).await.unwrap_err();
    assert_eq!(gone.downcast::<InstanceNotFound>().map(|gone| gone.instance_id).as_deref(), Some("7f"));
    Ok(())
}

fn registry() -> Registry {
    with_catalogue(Registry::default()).with::<Instance>(Arc::new(Cell::default()))
}

#[tokio::test(start_paused = true)]
async fn of_two_that_expect_a_state_the_late_one_is_refused_here() {
    let env = Env::builder().seed(1).build();
    let cx = RequestContext::builder().user("u1").project("p1").build(&env);
    story(&cx, &Objects::local(registry())).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn of_two_that_expect_a_state_the_late_one_is_refused_by_a_conductor() {
    let env = Env::builder().seed(1).build();
    let cx = RequestContext::builder().user("u1").project("p1").build(&env);
    let bus = MemoryBus::new(&env);
    let endpoint = nova_objects::action::ObjectApiDispatcher::new(Arc::new(ObjectEndpoint::new(registry())));
    let server = Server::new(&bus.connect(&env), "conductor").endpoint(endpoint);
    server.listen("conductor-1").await.unwrap();
    let client = Client::new(&bus.connect(&env));
    story(&cx, &Objects::remote(&client)).await.unwrap();
}
