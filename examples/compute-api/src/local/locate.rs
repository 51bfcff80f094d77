//! Where a server's record is.

use nova_core::{Fault, RequestContext, Timestamp};
use nova_objects_catalog::exception::BuildRequestNotFound;
use nova_objects_catalog::{BuildRequest, Instance};
use nova_objects_db::actions::build_request;
use nova_objects_db::entity::instance_mapping::{Column, Entity, Model};
use nova_objects_db::{ActionError, Tx, time};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::Inner;
use super::cells::Cell;
use crate::policy::{Permission, Target};
use crate::{ApiError, Server, access};

/// Where a server's record is, whose it is, and since when the server is there.
pub(super) struct Located {
    pub(super) place: Place,
    /// What a policy is asked about.
    pub(super) target: Target,
    pub(super) accepted_at: Option<Timestamp>,
}

/// Where a server's record is.
pub(super) enum Place {
    /// In no cell yet.
    Unscheduled(Box<Instance>),
    /// In a cell.
    In(Cell),
}

impl Inner {
    /// The server, if `cx` may see it and the policy allows to look.
    pub(super) async fn shown_server(&self, cx: &RequestContext, id: Uuid) -> Result<Server, ApiError> {
        let located = self.locate(cx, id).await?;
        self.enforce(cx, Permission::ShowServer, &located.target).await?;
        self.server_at(cx, id, located).await
    }

    /// The server, if `cx` may see it: for the answer to something else, which was allowed.
    pub(super) async fn server(&self, cx: &RequestContext, id: Uuid) -> Result<Server, ApiError> {
        let located = self.locate(cx, id).await?;
        self.server_at(cx, id, located).await
    }

    async fn server_at(&self, cx: &RequestContext, id: Uuid, located: Located) -> Result<Server, ApiError> {
        let Located { place, target: _, accepted_at } = located;
        let server = match place {
            Place::Unscheduled(instance) => Server::of(&instance)?,
            Place::In(cell) => self.server_in(cell, cx, id).await?.ok_or_else(|| ApiError::no_server(id))?,
        };
        Ok(server.accepted(accepted_at))
    }

    /// Where the server is, if `cx` may see it. One read of the API database: mapping and build request as of one
    /// moment, so that a server on its way from one to the other is never nowhere.
    pub(super) async fn locate(&self, cx: &RequestContext, id: Uuid) -> Result<Located, ApiError> {
        let work = (cx.clone(), id.to_string());
        let found = self.db.api().read(move |tx| {
            let (cx, id) = work.clone();
            async move { mapping_and_request(&tx, &cx, &id).await }
        });
        let Some((mapping, request)) = found.await.map_err(Fault::from)? else {
            return Err(ApiError::no_server(id));
        };
        let place = match mapping.cell_id {
            Some(cell) => Place::In(self.cell_of(cell)),
            // A build request that is gone was deleted by a user: the server is not there any more.
            None => {
                let instance = request.and_then(|request| request.instance.into_value());
                Place::Unscheduled(instance.ok_or_else(|| ApiError::no_server(id))?)
            }
        };
        let target = Target { project: Some(mapping.project_id), user: mapping.user_id, server: Some(id) };
        Ok(Located { place, target, accepted_at: mapping.created_at.map(time::from_column) })
    }

    /// The cell of that id of the database. There are two.
    pub(super) fn cell_of(&self, id: i32) -> Cell {
        match self.db.cell0_mapping().id.value() == Some(&i64::from(id)) {
            true => Cell::Zero,
            false => Cell::One,
        }
    }
}

async fn mapping_and_request(
    tx: &Tx,
    cx: &RequestContext,
    id: &str,
) -> Result<Option<(Model, Option<BuildRequest>)>, ActionError> {
    let found = Entity::find().filter(Column::InstanceUuid.eq(id)).one(tx).await?;
    let Some(mapping) = found.filter(|mapping| access::may_see(cx, &mapping.project_id)) else {
        return Ok(None);
    };
    if mapping.cell_id.is_some() {
        return Ok(Some((mapping, None)));
    }
    match build_request::get_in(tx, cx, id).await {
        Ok(request) => Ok(Some((mapping, Some(request)))),
        Err(ActionError::Fault(fault)) if fault.is::<BuildRequestNotFound>() => Ok(Some((mapping, None))),
        Err(error) => Err(error),
    }
}
