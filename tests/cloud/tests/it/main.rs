//! A whole cloud in one process: what users see, and what is left.

#![allow(clippy::unwrap_used)]

mod act;
mod act_failure;
mod boot;
mod budget;
mod crash;
mod delete;
mod failure;
mod groups;
mod hints;
mod late;
mod manage;
mod messages;
mod notify;
mod quota;
mod rebuild;
mod reconcile;
mod recover;
mod rest;
mod zombie;
