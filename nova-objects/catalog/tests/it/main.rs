//! The catalogue against what Nova 34 recorded.

#![allow(clippy::unwrap_used, reason = "helpers of tests, which may")]

mod actions;
mod fingerprint;
mod generated;
mod golden;
mod registry;
mod save;
mod wire;
