//! The implementations that come with the ports keep their promises.

use nova_neighbours::identity::{self, FixedIdentity, Person};
use nova_neighbours::image::{self, DirectoryImages, ImageInfo, Images};
use nova_neighbours::network::{self, NoNetwork};

fn image(name: &str, owner: Option<&str>) -> ImageInfo {
    let owner = owner.map(|owner| format!(r#""owner": "{owner}","#)).unwrap_or_default();
    let id = nova_core::Env::system().new_id();
    serde_json::from_str(&format!(r#"{{{owner} "id": "{id}", "name": "{name}"}}"#)).expect("a description")
}

#[tokio::test]
async fn a_directory_of_images_conforms() {
    let dir = tempfile::tempdir().unwrap();
    let images = DirectoryImages::open(dir.path().join("images"));
    let (public, private) = (image("public", None), image("private", Some("p1")));
    images.add(&public).unwrap();
    images.add(&private).unwrap();
    image::conformance::check(&images, &public, &private).await;
}

#[tokio::test]
async fn a_directory_that_is_not_there_has_no_images_and_a_broken_description_hides_only_itself() {
    let dir = tempfile::tempdir().unwrap();
    let cx = nova_core::RequestContext::admin(&nova_core::Env::system());
    let images = DirectoryImages::open(dir.path().join("nowhere"));
    assert!(images.list(&cx).await.unwrap().is_empty());
    let images = DirectoryImages::open(dir.path());
    images.add(&image("good", None)).unwrap();
    std::fs::write(dir.path().join("bad.json"), "{").unwrap();
    assert_eq!(images.list(&cx).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_size_of_an_image_is_that_of_its_content() {
    let dir = tempfile::tempdir().unwrap();
    let images = DirectoryImages::open(dir.path());
    let sized = image("sized", None);
    images.add(&sized).unwrap();
    std::fs::write(images.content(sized.id), [0; 4096]).unwrap();
    let cx = nova_core::RequestContext::admin(&nova_core::Env::system());
    assert_eq!(images.show(&cx, sized.id).await.unwrap().size, 4096);
}

#[tokio::test]
async fn no_network_conforms() {
    network::conformance::check(&NoNetwork).await;
}

#[tokio::test]
async fn fixed_identities_conform_and_do_not_print_their_tokens() {
    let identity = FixedIdentity::default().with("the-token", Person::member("u", "p"));
    identity::conformance::check(&identity, "the-token").await;
    assert!(!format!("{identity:?}").contains("the-token"));
}
