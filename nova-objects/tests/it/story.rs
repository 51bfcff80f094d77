//! One story, told by a store in this process and by one behind a conductor.

use std::sync::Arc;

use nova_core::{Env, Fault, RequestContext};
use nova_objects::action::{ObjectApi, ObjectApiDispatcher};
use nova_objects::{Manifest, ObjectEndpoint, Objects, Registry};
use nova_rpc::transport::memory::MemoryBus;
use nova_rpc::{Client, Encoded, Format, Server};

use crate::shelf::{Part, Shelf, State, Widget, WidgetConflict, WidgetList, WidgetNotFound, cx, local};

/// A conductor on a bus of its own, and a client of it. The server stops with the value.
pub struct Conductor {
    pub client: Client,
    pub env: Env,
    _server: Server,
}

impl Conductor {
    pub async fn serving(registry: Registry) -> Self {
        Self::answering(ObjectEndpoint::new(registry)).await
    }

    async fn answering(api: impl ObjectApi) -> Self {
        let env = Env::builder().seed(7).build();
        let bus = MemoryBus::new(&env);
        let endpoint = ObjectApiDispatcher::new(Arc::new(api));
        let server = Server::new(&bus.connect(&env), "conductor").endpoint(endpoint);
        server.listen("conductor-1").await.unwrap();
        Self { client: Client::new(&bus.connect(&env)), env, _server: server }
    }

    pub fn objects(&self) -> Objects {
        Objects::remote(&self.client)
    }
}

/// A fresh shelf behind a conductor.
pub async fn remote() -> Conductor {
    Conductor::serving(Arc::new(Shelf::default()).registry()).await
}

async fn story(objects: &Objects) -> Result<(), Fault> {
    let cx = &cx();
    assert_eq!(Widget::get_by_name(cx, objects, "lamp").await?, None);

    let mut lamp = Widget::empty();
    lamp.name.set("lamp");
    lamp.spares.set(vec![Part::empty()]);
    lamp.create(cx, objects).await?;
    assert_eq!((*lamp.id.get()?, *lamp.state.get()?, *lamp.revision.get()?), (1, State::Idle, 0));
    assert!(lamp.changes().is_empty(), "what is stored is not changed: {:?}", lamp.changes());

    let mut found = Widget::get_by_name(cx, objects, "lamp").await?.expect("it was just created");
    assert_eq!(found.name.get()?, "lamp");
    assert!(!found.key.is_set(), "what nobody set is not there");

    found.note.set("fragile".to_owned());
    found.save(cx, objects, Some(0)).await?;
    assert_eq!(*found.revision.get()?, 1);
    assert!(found.changes().is_empty());

    lamp.note.set("sturdy".to_owned());
    let before = lamp.clone();
    let refused = lamp.save(cx, objects, Some(0)).await.unwrap_err();
    assert_eq!(refused.downcast::<WidgetConflict>().map(|conflict| conflict.revision), Some(1));
    assert_eq!(lamp, before, "a refused save leaves the object and its changes untouched");
    assert_eq!(lamp.changes(), ["note"]);

    let mut spring = Part::empty();
    spring.label.set("spring");
    assert_eq!(lamp.fit(cx, objects, &spring).await?, 1);
    assert_eq!(lamp.part.present(), Some(&spring));
    assert_eq!(lamp.changes(), ["note", "part"], "what the action changed and did not store is changed");

    let mut desk = Widget::empty();
    desk.name.set("desk");
    desk.create(cx, objects).await?;
    let names = |list: &WidgetList| {
        list.iter().map(|widget| widget.name.get().cloned()).collect::<Result<Vec<_>, _>>()
    };
    assert_eq!(names(&WidgetList::get_all(cx, objects, None).await?)?, ["desk", "lamp"]);
    assert_eq!(names(&WidgetList::get_all(cx, objects, Some(1)).await?)?, ["desk"]);
    assert_eq!(Widget::highest_revision(cx, objects, None).await?, Some(1));
    assert_eq!(Widget::highest_revision(cx, objects, Some(&["desk".to_owned()])).await?, Some(0));
    assert_eq!(Widget::highest_revision(cx, objects, Some(&[])).await?, None);

    lamp.destroy(cx, objects).await?;
    let gone = lamp.save(cx, objects, None).await.unwrap_err();
    assert!(gone.is::<WidgetNotFound>() && gone.is_safe() && gone.code() == 404, "{gone:?}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_store_in_this_process_tells_the_story() {
    story(&local()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_store_behind_a_conductor_tells_the_same_story() {
    story(&remote().await.objects()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn nobody_serving_is_a_fault_and_leaves_the_object_untouched() {
    let env = Env::builder().seed(1).build();
    let objects = Objects::remote(&Client::new(&MemoryBus::new(&env).connect(&env)));
    let mut lamp = Widget::empty();
    lamp.name.set("lamp");
    let before = lamp.clone();
    assert!(lamp.create(&cx(), &objects).await.is_err());
    assert_eq!(lamp, before);
}

/// A conductor whose second update cannot be read.
struct Liar;

impl ObjectApi for Liar {
    async fn object_class_action_versions(
        &self,
        _: &RequestContext,
        _: String,
        _: String,
        _: Manifest,
        args: Encoded,
        _: Encoded,
    ) -> Result<Encoded, Fault> {
        Ok(args)
    }

    async fn object_action(
        &self,
        _: &RequestContext,
        _: Encoded,
        _: String,
        _: Encoded,
        _: Encoded,
    ) -> Result<(Encoded, Encoded), Fault> {
        let updates = Format::MessagePack.encode(&serde_json::json!({"name": "desk", "revision": "many"}));
        Ok((updates.unwrap(), Format::MessagePack.null()))
    }

    async fn object_backport_versions(
        &self,
        _: &RequestContext,
        object: Encoded,
        _: Manifest,
    ) -> Result<Encoded, Fault> {
        Ok(object)
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_cannot_be_read_leaves_the_object_untouched() {
    let conductor = Conductor::answering(Liar).await;
    let mut lamp = Widget::empty();
    lamp.name.set("lamp");
    let before = lamp.clone();
    let error = lamp.create(&cx(), &conductor.objects()).await.unwrap_err();
    assert!(error.message().contains("Widget.revision"), "{error:?}");
    assert_eq!(lamp, before);
    let error = Widget::get_by_name(&cx(), &conductor.objects(), "lamp").await.unwrap_err();
    assert_eq!(error.class(), "ValueError", "a list is no widget");
}
