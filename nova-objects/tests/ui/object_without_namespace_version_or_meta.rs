use nova_objects::{Field, VersionedObject};

#[derive(VersionedObject, Clone, Debug, PartialEq)]
pub struct Widget {
    pub name: Field<String>,
}

fn main() {}
