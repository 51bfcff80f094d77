//! Signs of life while a method runs (oslo's call monitor).

use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use nova_core::Fault;
use tokio::time::{MissedTickBehavior, interval};

use crate::codec::{AnswerTo, Reply, ReplyOutcome, RequestHead};
use crate::transport::Transport;

/// Who wants to hear, and how often.
pub(super) struct Monitor {
    answer: AnswerTo,
    every: Duration,
}

impl Monitor {
    /// What the caller of `head` asked for. It gives up after the time it names, so it hears twice in that time.
    pub(super) fn asked(head: &RequestHead) -> Option<Self> {
        let every = head.monitor? / 2;
        let answer = head.answer.clone()?;
        (!every.is_zero()).then_some(Self { answer, every })
    }

    /// Tells the caller that its call is being worked on, again and again, until this future is dropped or the caller
    /// cannot be reached.
    pub(super) async fn beat(this: Option<Self>, transport: &dyn Transport) -> Infallible {
        let Some(Self { answer, every }) = this else { return pending().await };
        let mut ticks = interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.tick().await; // The first is at once.
        loop {
            ticks.tick().await;
            if let Err(error) = say(transport, &answer).await {
                tracing::warn!(detail = %Fault::internal("sign of life", &*error), "the caller is not told any more");
                return pending().await;
            }
            metrics::counter!("rpc_signs_of_life_total").increment(1);
        }
    }
}

async fn say(transport: &dyn Transport, answer: &AnswerTo) -> Result<(), nova_core::BoxError> {
    let reply = Reply { msg_id: answer.msg_id.clone(), outcome: ReplyOutcome::StillRunning };
    let frame = transport.codec().encode_reply(&reply)?;
    Ok(transport.reply(&answer.address, frame).await?)
}
