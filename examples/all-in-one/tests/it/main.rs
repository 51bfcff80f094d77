//! The program itself, as a process.

#![allow(clippy::unwrap_used)]

mod killed;
mod program;
mod user;
