//! From something that happened to whoever listens.

use nova_core::notify::Notification;
use nova_core::operation::{Operation, Step};

use super::CONDUCTOR;

/// Sends notifications about one thing, one after the other.
///
/// It is submitted in the transaction of what it tells, about `notify:` and the instance's uuid: an operation about the
/// uuid itself would say that somebody is working on the instance.
#[derive(Debug)]
pub struct Notify;

/// Gives it to the sink. On a conductor.
pub const SEND: &str = "send";

impl Operation for Notify {
    const KIND: &'static str = "notify";
    const VERSION: u32 = 1;
    // What was told to nobody yet is told later.
    const STEPS: &'static [Step] = &[Step::on(SEND, CONDUCTOR).max_attempts(u32::MAX)];
    type Args = Vec<Notification>;
    type State = ();
}
