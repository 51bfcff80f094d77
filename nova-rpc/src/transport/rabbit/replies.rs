//! The answers to this process's calls.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use lapin::options::BasicAckOptions;

use super::super::Replies;
use super::consumer::{Session, Sink};
use crate::Codec;

/// Hands each answer to the call it belongs to.
pub(super) struct Answers {
    pub(super) codec: Arc<dyn Codec>,
    pub(super) replies: Arc<Replies>,
}

impl Sink for Answers {
    fn take(&mut self, _: &Arc<Session>, delivery: lapin::message::Delivery) -> BoxFuture<'_, bool> {
        let acker = delivery.acker;
        match self.codec.decode_reply(&Bytes::from(delivery.data)) {
            Ok(reply) => {
                self.replies.deliver(reply);
            }
            Err(error) => {
                metrics::counter!("rpc_undecodable_total").increment(1);
                tracing::error!(detail = error.detail(), "a reply that cannot be decoded was dropped");
            }
        }
        // Begun, and not waited for: if it is lost, the answer comes again and finds nobody.
        let _ = acker.ack(BasicAckOptions::default()).now_or_never();
        Box::pin(std::future::ready(true))
    }
}
