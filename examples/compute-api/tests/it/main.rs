//! The software API over real databases.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod acting;
mod bad_input;
mod cloud;
mod creating;
mod deleting;
mod flavors;
mod groups;
mod listing;
mod policy;
mod quota;
mod watching;
