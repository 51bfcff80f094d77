//! What the crate promises, tested from outside with public items only.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]
#![allow(unreachable_pub, reason = "the shelf is written as the crate it stands for")]

mod endpoint;
mod fingerprints;
mod hostile;
mod layer;
mod macros;
mod primitives;
mod shelf;
mod story;
mod versions;
