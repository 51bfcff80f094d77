use nova_objects::{Field, Meta, VersionedObject};

#[derive(VersionedObject, Clone, Debug, PartialEq)]
#[object(namespace = "shelf", version = "1.0")]
pub struct Widget {
    pub meta: Meta,
    #[object(since = "1.1")]
    pub name: Field<String>,
    #[object(sinse = "1.0")]
    pub note: Field<String>,
}

fn main() {}
