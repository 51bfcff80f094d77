//! A whole cloud in one process: what users see, and what is left.

#![allow(clippy::unwrap_used)]

mod boot;
mod budget;
mod crash;
mod delete;
mod failure;
mod hints;
mod manage;
mod messages;
mod quota;
mod rest;
mod zombie;
