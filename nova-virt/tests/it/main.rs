//! The drivers of this crate from outside.

mod conformance_bites;
mod fake_conformance;
mod fake_script;
mod fake_store;
mod kill;
mod support;
