//! Which rows a request may see.

use nova_core::RequestContext;
use nova_core::context::ReadDeleted;
use sea_orm::{ColumnTrait, Condition};

/// The rows that the request wants by life or death: see [`RequestContext::read_deleted`].
pub(crate) fn by_life<C: ColumnTrait>(cx: &RequestContext, deleted: C) -> Condition {
    match cx.read_deleted() {
        ReadDeleted::No => Condition::all().add(deleted.eq(0)),
        ReadDeleted::Yes => Condition::all(),
        ReadDeleted::Only => Condition::all().add(deleted.ne(0)),
    }
}

/// The rows of the user's own project; all rows for administrators and for services that act for nobody.
pub(crate) fn by_project<C: ColumnTrait>(cx: &RequestContext, project_id: C) -> Condition {
    match (cx.is_admin(), cx.user_id(), cx.project_id()) {
        (false, Some(_), Some(own)) => Condition::all().add(project_id.eq(own)),
        _ => Condition::all(),
    }
}
