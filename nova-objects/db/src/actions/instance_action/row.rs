//! Rows of actions and events as objects.

use nova_core::Fault;
use nova_objects_catalog::{InstanceAction, InstanceActionEvent};

use crate::entity::{instance_action, instance_action_event};

pub(super) mod action {
    use super::*;
    use crate::actions::columns::columns as object_columns;

    object_columns!(
        InstanceAction,
        instance_action,
        read { id, created_at, updated_at, deleted_at, deleted },
        write { action, instance_uuid, request_id, user_id, project_id, start_time, finish_time, message }
    );
}

pub(super) mod event {
    use super::*;
    use crate::actions::columns::columns as object_columns;

    object_columns!(
        InstanceActionEvent,
        instance_action_event,
        read { id, created_at, updated_at, deleted_at, deleted },
        write { event, action_id, start_time, finish_time, result, traceback, host, details }
    );
}

pub(super) fn action_of(row: instance_action::Model) -> Result<InstanceAction, Fault> {
    let mut object = InstanceAction::empty();
    action::load(&mut object, row)?;
    Ok(object)
}

pub(super) fn event_of(row: instance_action_event::Model) -> Result<InstanceActionEvent, Fault> {
    let mut object = InstanceActionEvent::empty();
    event::load(&mut object, row)?;
    Ok(object)
}
