//! What the engine promises, on SQLite and on PostgreSQL.

#![allow(clippy::unwrap_used)]

mod actions_api_boot;
mod actions_api_flavor;
mod actions_api_group;
mod actions_instance;
mod actions_instance_list;
mod actions_instance_parts;
mod actions_registry;
mod actions_service;
mod actions_support;
mod cas;
mod counter;
mod gate;
mod generations;
mod migrations;
mod nova;
mod object_table;
mod operations;
mod processes;
mod quota;
mod retries;
mod transactions;
