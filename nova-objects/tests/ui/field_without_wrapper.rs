use nova_objects::{Meta, VersionedObject};

#[derive(VersionedObject, Clone, Debug, PartialEq)]
#[object(namespace = "shelf", version = "1.0")]
pub struct Widget {
    pub meta: Meta,
    pub name: String,
}

fn main() {}
