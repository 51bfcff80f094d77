//! What every transport must do, as tests that its implementor runs unchanged.
//!
//! An implementor says how to get connections ([`Bench`]) and calls
//! [`transport_conformance!`](crate::transport_conformance), which makes one test of every claim:
//!
//! ```
//! use std::sync::Arc;
//! use futures_util::future::BoxFuture;
//! use nova_rpc::Transport;
//! use nova_rpc::testing::conformance::Bench;
//! use nova_rpc::transport::memory::MemoryBus;
//!
//! struct MyBench(MemoryBus, nova_core::Env);
//! impl MyBench {
//!     async fn new() -> Self {
//!         let env = nova_core::Env::system();
//!         Self(MemoryBus::new(&env), env)
//!     }
//! }
//! impl Bench for MyBench {
//!     fn connect(&self) -> BoxFuture<'_, Arc<dyn Transport>> {
//!         Box::pin(async { self.0.connect(&self.1) as Arc<dyn Transport> })
//!     }
//! }
//!
//! nova_rpc::transport_conformance! {
//!     MyBench::new().await,
//!     #[tokio::test(start_paused = true)]
//! }
//! ```
//!
//! The claims work under paused time and in real time; they wait for events, and only where something must *not* happen
//! for a short while ([`Bench::quiet`]).

mod claims;
mod probe;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::Transport;

pub use self::claims::{
    a_call_is_answered_with_its_result_or_with_the_servers_fault,
    a_call_that_is_dropped_leaves_no_waiter_and_no_reply_is_misread, a_call_that_times_out_leaves_no_waiter,
    a_cast_is_run_once_and_nobody_waits_for_it, a_fanout_is_run_by_every_server_of_the_topic,
    a_frame_that_cannot_be_decoded_does_not_stop_the_server,
    a_frame_that_is_too_large_is_refused_and_not_sent, a_message_nobody_ever_listened_for_is_unroutable,
    a_message_to_one_server_reaches_that_server_and_no_other, a_reply_to_a_stranger_is_ignored,
    a_server_that_drains_finishes_its_work_and_takes_no_more, an_unsettled_message_is_delivered_again,
    many_calls_at_a_time_get_their_own_answers, the_servers_of_a_topic_share_its_messages,
};

/// A bus under test.
pub trait Bench: Send + Sync {
    /// A new connection to the one bus, as another process would have.
    fn connect(&self) -> BoxFuture<'_, Arc<dyn Transport>>;

    /// How long it takes at most for a message to arrive here. What has not come after this time does not come.
    fn quiet(&self) -> Duration {
        Duration::from_millis(300)
    }

    /// A frame that this bus must refuse for its size; `None` if its limit is too large to try.
    fn oversized(&self) -> Option<usize> {
        Some(crate::codec::MAX_FRAME + 1)
    }
}

/// Makes one test of each claim about transports. See [the module](crate::testing::conformance).
#[macro_export]
macro_rules! transport_conformance {
    (@claims $attrs:tt $bench:expr; $($claim:ident)*) => { $(
        $crate::transport_conformance! { @claim $attrs $bench; $claim }
    )* };
    (@claim [$($attr:tt)*] $bench:expr; $claim:ident) => {
        $($attr)*
        async fn $claim() {
            $crate::testing::conformance::$claim(&$bench).await;
        }
    };
    ($bench:expr, $(#[$attr:meta])*) => {
        $crate::transport_conformance! { @claims [$(#[$attr])*] $bench;
            a_call_is_answered_with_its_result_or_with_the_servers_fault
            a_cast_is_run_once_and_nobody_waits_for_it
            a_fanout_is_run_by_every_server_of_the_topic
            the_servers_of_a_topic_share_its_messages
            a_message_to_one_server_reaches_that_server_and_no_other
            a_message_nobody_ever_listened_for_is_unroutable
            a_call_that_times_out_leaves_no_waiter
            a_call_that_is_dropped_leaves_no_waiter_and_no_reply_is_misread
            a_reply_to_a_stranger_is_ignored
            many_calls_at_a_time_get_their_own_answers
            a_frame_that_is_too_large_is_refused_and_not_sent
            a_server_that_drains_finishes_its_work_and_takes_no_more
            an_unsettled_message_is_delivered_again
            a_frame_that_cannot_be_decoded_does_not_stop_the_server
        }
    };
}
