//! What happened, told to whoever listens: billing, inventories, dashboards.
//!
//! A [`Notification`] is a fact with a name; a [`NotificationSink`] takes it somewhere. This module is the port: the crates above
//! carry notifications over a bus, an embedder puts them where they want.
//!
//! # Example: a sink that counts
//! ```
//! use std::sync::atomic::{AtomicUsize, Ordering};
//! use async_trait::async_trait;
//! use nova_core::notify::{Notification, NotificationSink, Priority};
//! use nova_core::{Env, Fault, RequestContext};
//!
//! #[derive(Default)]
//! struct Failures(AtomicUsize);
//!
//! #[async_trait]
//! impl NotificationSink for Failures {
//!     async fn send(&self, _: &RequestContext, notification: &Notification) -> Result<(), Fault> {
//!         self.0.fetch_add(usize::from(notification.priority == Priority::Error), Ordering::Relaxed);
//!         Ok(())
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! # let env = Env::builder().seed(1).build();
//! # let cx = RequestContext::admin(&env);
//! let sink = Failures::default();
//! let failed = Notification::new(&env, "nova-compute:node1", "instance.create.error", serde_json::json!({}));
//! sink.send(&cx, &failed.priority(Priority::Error)).await?;
//! assert_eq!(sink.0.into_inner(), 1);
//! # Ok::<(), Fault>(())
//! # }).unwrap();
//! ```

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{Env, Fault, RequestContext, Timestamp};

/// Something that happened.
///
/// Its fields are those of oslo.messaging's notifications, under their names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Notification {
    /// Its identity: the same each time it is sent, so that a repetition can be recognised.
    pub message_id: Uuid,
    /// Who says so: `nova-compute:node1`.
    pub publisher_id: String,
    /// What happened: `instance.create.end`.
    pub event_type: String,
    /// How much it matters.
    pub priority: Priority,
    /// What it happened to.
    pub payload: Value,
    /// When it was written down.
    pub timestamp: Timestamp,
}

/// How much a notification matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum Priority {
    /// It went as it should.
    Info,
    /// It went wrong.
    Error,
}

impl Notification {
    /// Something that happened now, of priority [`Info`](Priority::Info).
    pub fn new(
        env: &Env,
        publisher_id: impl Into<String>,
        event_type: impl Into<String>,
        payload: Value,
    ) -> Self {
        Self {
            message_id: env.new_id(),
            publisher_id: publisher_id.into(),
            event_type: event_type.into(),
            priority: Priority::Info,
            payload,
            timestamp: env.now(),
        }
    }

    /// The same of another priority.
    pub fn priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }
}

/// Takes notifications somewhere.
///
/// # Who calls, and how
/// The service that keeps the notifications calls it after what they tell is committed, from many tasks at a time; those about
/// one thing come one after the other, in the order in which it happened.
///
/// # What is promised
/// **At least once, and never before the commit.** A service that dies after it sent and before it wrote that down sends again,
/// with the same [`message_id`](Notification::message_id). What a sink refuses is kept and sent again later, for ever.
#[doc(alias = "oslo_messaging.Notifier")]
#[async_trait]
pub trait NotificationSink: Send + Sync + 'static {
    /// Takes it. When this returns it is no longer kept here.
    ///
    /// # Errors
    /// It could not be taken now; it is given again later.
    ///
    /// # Cancel safety
    /// Dropping the future may leave it taken; it is given again.
    async fn send(&self, cx: &RequestContext, notification: &Notification) -> Result<(), Fault>;
}
