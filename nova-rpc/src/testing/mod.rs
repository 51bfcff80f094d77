//! What tests of contracts and of transports use.

pub mod conformance;
mod manifest;

pub use self::manifest::assert_manifest;
