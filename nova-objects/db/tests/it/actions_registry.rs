//! All of Nova's objects, in all of its databases.

use nova_core::{Env, RequestContext};
use nova_objects::Objects;
use nova_objects_catalog::{Flavor, Instance, ServiceList, with_catalogue};
use nova_objects_db::{NovaDb, NovaUrls};

use crate::actions_instance::{building, read};
use crate::actions_support::golden;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_registry_keeps_each_object_in_the_database_it_belongs_to_and_knows_the_others() {
    let env = Env::system();
    let directory = tempfile::tempdir().unwrap();
    let nova = NovaDb::connect(&env, NovaUrls::in_directory(directory.path())).await.unwrap();
    nova.migrate().await.unwrap();
    assert_eq!(nova.registry().manifest(), with_catalogue(Default::default()).manifest());

    let objects = Objects::local(nova.registry());
    let cx = &RequestContext::admin(&env);
    let before = (nova.api().stats(), nova.cell1().stats());
    let mut flavor: Flavor = golden("Flavor.json");
    flavor.id = Flavor::empty().id;
    flavor.create(cx, &objects).await.unwrap();
    building("1").create(cx, &objects).await.unwrap();
    let after = (nova.api().stats().since(before.0), nova.cell1().stats().since(before.1));
    assert_eq!((after.0.writes, after.1.writes), (1, 1), "each create is one transaction");

    assert_eq!(ServiceList::get_all(cx, &objects, None, None).await.unwrap().members().len(), 0);
    let mut server: Instance = read(cx, &objects, "1").await.unwrap();
    let before = nova.cell1().stats();
    server.save(cx, &objects, None, None, None).await.unwrap();
    server.display_name.set("x".to_owned());
    server.metadata.set([("a".to_owned(), "b".to_owned())]);
    server.save(cx, &objects, None, None, None).await.unwrap();
    let writes = nova.cell1().stats().since(before).writes;
    assert_eq!(writes, 1, "a save is one transaction, and one of nothing is none");
}
