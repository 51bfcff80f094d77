//! Following a server.
//!
//! By polling: soon after a change, then less and less often. Nobody has to tell us, and a watcher that nobody polls
//! costs nothing.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use nova_core::RequestContext;
use nova_objects_catalog::{TaskState, VmState};
use uuid::Uuid;

use super::Inner;
use crate::{ApiError, Server, ServerStates};

/// The pause after a change.
const SHORTEST: Duration = Duration::from_millis(100);
/// The longest pause while something is going on that will end by itself.
const LONGEST_BUSY: Duration = Duration::from_secs(2);
/// The longest pause while nothing is.
const LONGEST_AT_REST: Duration = Duration::from_secs(10);

struct Watch {
    api: Arc<Inner>,
    cx: RequestContext,
    id: Uuid,
    seen: Option<Seen>,
    pause: Pause,
}

/// What has to change for a state to be a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    vm_state: Option<VmState>,
    task_state: Option<TaskState>,
    host: Option<String>,
}

impl Seen {
    fn of(server: &Server) -> Self {
        Self { vm_state: server.vm_state, task_state: server.task_state, host: server.host.clone() }
    }
}

/// How long to wait before the next look.
#[derive(Clone, Copy, Debug)]
struct Pause(Duration);

impl Pause {
    fn changed(&mut self) {
        self.0 = SHORTEST;
    }

    fn unchanged(&mut self, longest: Duration) {
        self.0 = (self.0 * 3 / 2).min(longest);
    }
}

pub(super) fn states(api: Arc<Inner>, cx: RequestContext, id: Uuid) -> ServerStates {
    let watch = Watch { api, cx, id, seen: None, pause: Pause(Duration::ZERO) };
    stream::unfold(Some(watch), |watch| async { watch?.next().await }).boxed()
}

impl Watch {
    async fn next(mut self) -> Option<(Result<Server, ApiError>, Option<Self>)> {
        loop {
            tokio::time::sleep(self.pause.0).await;
            match self.api.shown_server(&self.cx, self.id).await {
                Ok(server) if self.seen != Some(Seen::of(&server)) => {
                    self.seen = Some(Seen::of(&server));
                    self.pause.changed();
                    return Some((Ok(server), Some(self)));
                }
                Ok(server) => {
                    self.pause.unchanged(if server.is_busy() { LONGEST_BUSY } else { LONGEST_AT_REST });
                }
                Err(error) if error.is_not_found() && self.seen.is_some() => return None,
                Err(error) if error.is_not_found() => return Some((Err(error), None)),
                Err(error) => {
                    self.pause = Pause(LONGEST_BUSY);
                    return Some((Err(error), Some(self)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_their_limit_and_begin_again_after_a_change() {
        let mut pause = Pause(SHORTEST);
        for _ in 0..100 {
            pause.unchanged(LONGEST_BUSY);
        }
        assert_eq!(pause.0, LONGEST_BUSY);
        pause.changed();
        assert_eq!(pause.0, SHORTEST);
    }
}
