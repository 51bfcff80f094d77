//! The kit on a service of a user: hello-manager, with its database, its operation and its bus.

#![allow(clippy::unwrap_used)]

mod hello;
mod leaves;
mod same;
