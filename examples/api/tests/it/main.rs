//! The REST API, through a real socket, over real databases.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bad_input;
mod client;
mod discovery;
mod every_route;
mod flavors;
mod groups;
mod servers;
