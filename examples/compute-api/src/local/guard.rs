//! Whether a server's record allows what is asked.

use nova_core::RequestContext;
use nova_objects_catalog::{Instance, TaskState, VmState};
use nova_objects_db::entity::instance::Model;
use uuid::Uuid;

use crate::ApiError;

/// What is asked, and in which states Nova accepts it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guard {
    /// Its name in refusals.
    pub(super) action: &'static str,
    pub(super) vm_states: &'static [VmState],
    pub(super) task_states: &'static [Option<TaskState>],
}

/// What counts of a record.
struct Looked<'a> {
    vm_state: Option<&'a str>,
    task_state: Option<&'a str>,
    host: Option<&'a str>,
    was_active: bool,
    locked: bool,
}

impl Guard {
    /// The host of the record, if it may be done with it.
    ///
    /// In Nova's order: the lock, the states, whether it ever ran, the host.
    pub(super) fn check(self, cx: &RequestContext, id: Uuid, row: &Model) -> Result<String, ApiError> {
        let looked = Looked {
            vm_state: row.vm_state.as_deref(),
            task_state: row.task_state.as_deref(),
            host: row.host.as_deref(),
            was_active: row.launched_at.is_some(),
            locked: row.locked == Some(true),
        };
        self.check_all(cx, id, &looked).map(str::to_owned)
    }

    /// Why it may not be done with a server that no host was chosen for yet.
    pub(super) fn refuse_unscheduled(self, id: Uuid, instance: &Instance) -> ApiError {
        let state = instance.vm_state.present().cloned().unwrap_or_default();
        self.wrong(id, "vm_state", state)
    }

    fn check_all<'a>(self, cx: &RequestContext, id: Uuid, looked: &Looked<'a>) -> Result<&'a str, ApiError> {
        if looked.locked && !cx.is_admin() {
            return Err(ApiError::Locked { id });
        }
        let allows_vm = |state: &str| self.vm_states.iter().any(|allowed| allowed.as_str() == state);
        if !looked.vm_state.is_some_and(allows_vm) {
            return Err(self.wrong(id, "vm_state", looked.vm_state.unwrap_or("none").to_owned()));
        }
        let allows_task = |state: Option<&str>| {
            self.task_states.iter().any(|allowed| allowed.map(|task| task.as_str()) == state)
        };
        if !allows_task(looked.task_state) {
            return Err(self.wrong(id, "task_state", looked.task_state.unwrap_or("none").to_owned()));
        }
        match looked.host {
            Some(host) if looked.was_active => Ok(host),
            Some(_) => Err(ApiError::NeverActive { id, action: self.action }),
            None => Err(ApiError::NotReady { id }),
        }
    }

    fn wrong(self, id: Uuid, attribute: &'static str, state: String) -> ApiError {
        ApiError::WrongState { id, action: self.action, attribute, state }
    }
}
