//! The checked-in source is what the generator makes.

#[path = "../../examples/generate/generator/mod.rs"]
mod generator;

use std::collections::BTreeMap;
use std::fs;

#[test]
fn the_generated_files_are_what_the_generator_makes_of_the_recorded_registry() {
    let made = generator::generate(&generator::golden_dir());
    let mut checked_in = BTreeMap::new();
    for entry in fs::read_dir(generator::target_dir()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        checked_in.insert(name, fs::read_to_string(&path).unwrap());
    }
    assert_eq!(made.keys().collect::<Vec<_>>(), checked_in.keys().collect::<Vec<_>>());
    for (name, text) in made {
        let again = "run `cargo run -p nova-objects-catalog --example generate`";
        assert_eq!(checked_in[&name], text, "{name} differs: {again}");
    }
}
