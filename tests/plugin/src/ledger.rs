//! What is billed: a notification sink.

use std::collections::BTreeMap;
use std::sync::Mutex;

use nova_core::notify::{Notification, NotificationSink};
use nova_core::{Fault, RequestContext};
use nova_objects::async_trait;
use uuid::Uuid;

/// Each notification once, though it may come again. A real one would keep them on disk.
#[derive(Default)]
pub struct Ledger(Mutex<BTreeMap<Uuid, Notification>>);

#[async_trait]
impl NotificationSink for Ledger {
    async fn send(&self, _: &RequestContext, notification: &Notification) -> Result<(), Fault> {
        self.0.lock().expect("no call panics").insert(notification.message_id, notification.clone());
        Ok(())
    }
}

impl Ledger {
    /// Whether `event` was told of the server.
    pub fn has(&self, event: &str, server: Uuid) -> bool {
        let entries = self.0.lock().expect("no call panics");
        entries.values().any(|told| told.event_type == event && told.payload["uuid"] == server.to_string())
    }
}
