//! The scheduler with real placement (SQLite) and records in memory.

#![allow(clippy::unwrap_used, reason = "a failed step of a fixture is a failed test")]

mod fixture;
mod groups;
mod refusals;
mod select;
mod service;
