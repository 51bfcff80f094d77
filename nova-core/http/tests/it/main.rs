//! A service on real loopback sockets, spoken to in bytes.
#![allow(clippy::unwrap_used)]

mod answers;
mod auth;
mod client;
mod drain;
mod filters;
mod hostile;
mod listening;
mod operators;
mod support;
