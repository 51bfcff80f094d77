//! Writes `src/generated/` from Nova's recorded registry.
//!
//! `cargo run -p nova-objects-catalog --example generate`, after an edit of `generator/table.rs` or of the recorded
//! data. A test regenerates in memory and fails when what is checked in differs.

mod generator;

use std::fs;
use std::io;

fn main() -> io::Result<()> {
    let golden = generator::golden_dir();
    let target = generator::target_dir();
    let files = generator::generate(&golden);
    if target.exists() {
        fs::remove_dir_all(&target)?;
    }
    fs::create_dir_all(&target)?;
    for (name, text) in files {
        fs::write(target.join(name), text)?;
    }
    Ok(())
}
