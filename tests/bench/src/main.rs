//! Measures the examples on the machine it runs on: `cargo run --release -p nova-bench -- --help`.
//!
//! Figures differ from machine to machine; compare those of one run. docs/benchmarks.md says what they are bound by.
#![allow(clippy::print_stdout, reason = "what it prints is what it is for")]

mod boots;
mod select;
mod timed;

use clap::{Parser, Subcommand};
use nova_core::BoxError;

/// Benchmarks of the examples.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Boots servers through REST until they are ACTIVE, and deletes them: one all-in-one on SQLite, fake hypervisors,
    /// every record going encoded through the conductor.
    Boots(boots::Boots),
    /// Chooses hosts with one scheduler, and tells the decision from the candidates' query and the claim.
    Select(select::Select),
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    match Arguments::parse().what {
        What::Boots(boots) => boots.run().await,
        What::Select(select) => select.run().await,
    }
}
