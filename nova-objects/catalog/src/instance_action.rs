//! Instance actions and events: what was asked, and how each step went.

use nova_core::{Fault, RequestContext, Timestamp};
use nova_objects::remotable;
use nova_objects::types::Json;

use crate::{InstanceAction, InstanceActionEvent, InstanceActionEventList, InstanceActionList};

/// What a store does with [`InstanceAction`] records. An action goes by instance and request id.
#[remotable(InstanceAction)]
pub trait InstanceActionActions {
    /// What that request asked of that instance; `None` if nothing.
    async fn get_by_request_id(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
        request_id: &str,
    ) -> Result<Option<InstanceAction>, Fault>;

    /// Notes that the context's request asks `action_name` of the instance, from now on.
    ///
    /// Without `want_result` (which is true when nothing is said) the answer is `None`.
    async fn action_start(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
        action_name: &str,
        want_result: Option<bool>,
    ) -> Result<Option<InstanceAction>, Fault>;

    /// Notes that what the context's request asked is done. `InstanceActionNotFound` when nothing was.
    async fn action_finish(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
        want_result: Option<bool>,
    ) -> Result<Option<InstanceAction>, Fault>;

    /// Makes the record.
    async fn create(&self, cx: &RequestContext, action: &mut InstanceAction) -> Result<(), Fault>;

    /// Notes that the action is done. `InstanceActionNotFound` when it is gone.
    async fn finish(&self, cx: &RequestContext, action: &mut InstanceAction) -> Result<(), Fault>;
}

/// What a store does with several [`InstanceAction`] records.
#[remotable(InstanceActionList)]
pub trait InstanceActionListActions {
    /// What was asked of that instance, the latest first, also if it is deleted; at most `limit`, after the one whose
    /// request id is `marker` (`MarkerNotFound` when that is not there).
    ///
    /// `filters` may have `changes-since` and `changes-before`.
    async fn get_by_instance_uuid(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
        limit: Option<i64>,
        marker: Option<&str>,
        filters: Option<&Json>,
    ) -> Result<InstanceActionList, Fault>;
}

/// What a store does with [`InstanceActionEvent`] records. An event is a step of what the context's request asked.
#[remotable(InstanceActionEvent)]
pub trait InstanceActionEventActions {
    /// The event of that id of that action; `None` if it is not there.
    async fn get_by_id(
        &self,
        cx: &RequestContext,
        action_id: i64,
        event_id: i64,
    ) -> Result<Option<InstanceActionEvent>, Fault>;

    /// Notes that a step begins on `host`. `InstanceActionNotFound` when nothing was asked.
    async fn event_start(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
        event_name: &str,
        want_result: Option<bool>,
        host: Option<&str>,
    ) -> Result<Option<InstanceActionEvent>, Fault>;

    /// Notes that a step succeeded. `InstanceActionEventNotFound` when it never began.
    async fn event_finish(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
        event_name: &str,
        want_result: Option<bool>,
    ) -> Result<Option<InstanceActionEvent>, Fault>;

    /// Notes that a step ended: failed if `exc_val` says how, else succeeded. A failed step marks its action `Error`,
    /// in the same transaction.
    async fn event_finish_with_failure(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
        event_name: &str,
        exc_val: Option<&str>,
        exc_tb: Option<&str>,
        want_result: Option<bool>,
    ) -> Result<Option<InstanceActionEvent>, Fault>;

    /// Makes the record, for what `request_id` asked of that instance.
    async fn create(
        &self,
        cx: &RequestContext,
        event: &mut InstanceActionEvent,
        instance_uuid: &str,
        request_id: &str,
    ) -> Result<(), Fault>;

    /// Notes that the step succeeded.
    async fn finish(&self, cx: &RequestContext, event: &mut InstanceActionEvent) -> Result<(), Fault>;

    /// Notes that the step failed.
    async fn finish_with_failure(
        &self,
        cx: &RequestContext,
        event: &mut InstanceActionEvent,
        exc_val: Option<&str>,
        exc_tb: Option<&str>,
    ) -> Result<(), Fault>;
}

/// What a store does with several [`InstanceActionEvent`] records.
#[remotable(InstanceActionEventList)]
pub trait InstanceActionEventListActions {
    /// The steps of that action, the latest first.
    async fn get_by_action(
        &self,
        cx: &RequestContext,
        action_id: i64,
    ) -> Result<InstanceActionEventList, Fault>;
}

impl InstanceActionEvent {
    /// How long the step took; `None` while it runs.
    pub fn took(&self) -> Option<std::time::Duration> {
        let finished: Timestamp = self.finish_time.present().copied()?;
        self.start_time.present().map(|started| finished.saturating_since(*started))
    }
}
