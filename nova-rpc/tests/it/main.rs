//! The product's claims about contracts, clients, servers and the memory bus, each tried over a real bus.

#![allow(clippy::unwrap_used, reason = "clippy's exception for tests does not cover their helper modules")]

mod acknowledgement;
mod client;
mod conformance;
mod contract;
mod managed;
mod memory;
mod oslo;
mod server;
mod support;
