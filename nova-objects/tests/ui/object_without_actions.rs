use nova_objects::{Field, Meta, Registry, VersionedObject};

#[derive(VersionedObject, Clone, Debug, PartialEq)]
#[object(namespace = "shelf", version = "1.0")]
pub struct Widget {
    pub meta: Meta,
    pub name: Field<String>,
}

fn main() {
    let _ = Registry::default().with::<Widget>(std::sync::Arc::new(()));
}
