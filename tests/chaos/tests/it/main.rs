//! Races between separate processes on one PostgreSQL: they share nothing else.

#![allow(clippy::unwrap_used)]

mod arena;
mod races;
