//! Real servers and real peers for tests: a virtual host of its own on the broker for each test, brokers that a test may
//! end, Python processes that speak oslo.messaging.
//!
//! `tests/run` starts and installs what is needed and says where it is. Without it a test says by name that it skipped; with
//! `NOVA_TEST_STRICT=1` it fails instead.

pub mod api;
pub mod broker;
pub mod peer;
pub mod rabbit;
mod skip;

pub use self::skip::{Missing, variable};

/// Gives the value of the option, or ends the test, which has said that it skips.
#[macro_export]
macro_rules! or_skip {
    ($found:expr) => {
        match $found {
            Some(found) => found,
            None => return,
        }
    };
}
