//! The product's claims about real brokers and real peers.

#![allow(clippy::unwrap_used, reason = "clippy's exception for tests does not cover their helper modules")]

mod conformance;
mod faults;
mod python_client;
mod python_server;
mod support;
mod topology;
