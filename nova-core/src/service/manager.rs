//! What a user writes.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::group::ServiceRecord;
use crate::periodic::PeriodicTasks;
use crate::{BoxError, RequestContext};

/// The work of one service: hooks around its life, and its periodic tasks.
///
/// The RPC methods are not here: a manager implements the contract traits of `nova-rpc` beside this one, and the
/// service is given a server for them. All hooks do nothing by default. They take `&self` because requests run at the
/// same time; `cx` is the service's own administrator context.
#[doc(alias = "nova.manager.Manager")]
#[async_trait]
pub trait Manager: Send + Sync + 'static {
    /// Puts the host in order before anybody can call. `record` is the service's record if it ran here before.
    ///
    /// # Errors
    /// Why the service must not run on this host.
    async fn init_host(&self, cx: &RequestContext, record: Option<&ServiceRecord>) -> Result<(), BoxError> {
        let _ = (cx, record);
        Ok(())
    }

    /// Runs when the record is there and nothing listens yet.
    ///
    /// # Errors
    /// Why the service must not go on.
    #[doc(alias = "pre_start_hook")]
    async fn pre_start(&self, cx: &RequestContext, record: &ServiceRecord) -> Result<(), BoxError> {
        let _ = (cx, record);
        Ok(())
    }

    /// Runs when requests already arrive and the service is not yet "up" in its group.
    ///
    /// # Errors
    /// Why the service must stop again.
    #[doc(alias = "post_start_hook")]
    async fn post_start(&self, cx: &RequestContext) -> Result<(), BoxError> {
        let _ = cx;
        Ok(())
    }

    /// Adds the periodic tasks. Called once, at the end of a start.
    fn periodic_tasks(self: Arc<Self>, tasks: &mut PeriodicTasks) {
        let _ = tasks;
    }

    /// Finishes long work that no component tracks, within `grace`. Runs while the components drain.
    #[doc(alias = "graceful_shutdown")]
    async fn drain(&self, cx: &RequestContext, grace: Duration) {
        let _ = (cx, grace);
    }

    /// Undoes `init_host`. The last thing a service does.
    async fn cleanup_host(&self, cx: &RequestContext) {
        let _ = cx;
    }

    /// Drops cached versions and settings (SIGHUP).
    async fn reset(&self, cx: &RequestContext) {
        let _ = cx;
    }
}
