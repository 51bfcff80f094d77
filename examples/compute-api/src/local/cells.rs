//! Servers that have a record in a cell.

use std::collections::BTreeMap;

use nova_core::{Fault, RequestContext};
use nova_objects::types::Json;
use nova_objects_catalog::exception::InstanceNotFound;
use nova_objects_catalog::{Instance, InstanceListActions};
use nova_objects_db::actions::{CellStore, instance};
use nova_objects_db::entity::instance::{Column, Entity};
use nova_objects_db::{ActionError, Db};
use sea_orm::sea_query::{Expr, ExprTrait, Func, LikeExpr};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;
use uuid::Uuid;

use super::Inner;
use super::list::Search;
use crate::status::Tasks;
use crate::{ApiError, Server, ServerFilter, ServerStatus};

/// What a [`Server`] shows beside the columns of its record.
const SHOWN: [&str; 4] = ["flavor", "metadata", "info_cache", "fault"];

/// A cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// Of servers that never found a host.
    Zero,
    /// Of all others.
    One,
}

impl Inner {
    /// The database of a cell.
    pub(super) fn cell(&self, cell: Cell) -> &Db {
        match cell {
            Cell::Zero => self.db.cell0(),
            Cell::One => self.db.cell1(),
        }
    }

    /// The server, if it has a live record there.
    pub(super) async fn server_in(
        &self,
        cell: Cell,
        cx: &RequestContext,
        id: Uuid,
    ) -> Result<Option<Server>, ApiError> {
        let work = (cx.clone(), id.to_string());
        let found = self.cell(cell).read(move |tx| {
            let (cx, id) = work.clone();
            async move { instance::get_in(&tx, &cx, &id, &SHOWN).await }
        });
        match found.await.map_err(|error: ActionError| Fault::from(error)) {
            Ok(instance) => Server::of(&instance).map(Some),
            Err(fault) if fault.is::<InstanceNotFound>() => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }

    /// Those of these servers that pass the filter, by their ids.
    pub(super) async fn servers_in(
        &self,
        cell: Cell,
        cx: &RequestContext,
        search: &Search,
        ids: Vec<String>,
    ) -> Result<BTreeMap<String, Server>, ApiError> {
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let found = Entity::find().filter(search.records()).filter(Column::Uuid.is_in(ids));
        let found = found.select_only().column(Column::Uuid);
        let ids = self.cell(cell).query(move |tx| {
            let found = found.clone().into_tuple();
            async move { Ok::<Vec<String>, ActionError>(found.all(&tx).await?) }
        });
        let instances = self.load(cell, cx, ids.await.map_err(Fault::from)?).await?;
        instances
            .iter()
            .map(|instance| Server::of(instance).map(|server| (server.id.to_string(), server)))
            .collect()
    }

    /// The live records of these servers.
    async fn load(
        &self,
        cell: Cell,
        cx: &RequestContext,
        ids: Vec<String>,
    ) -> Result<Vec<Instance>, ApiError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let store = CellStore::new(self.cell(cell));
        let (filters, shown) = (Json(json!({"uuid": ids, "deleted": false})), SHOWN.map(str::to_owned));
        let list = store.get_by_filters(cx, &filters, None, None, None, None, Some(&shown), None, None, None);
        Ok(list.await?.objects.into_value().map(|members| members.0).unwrap_or_default())
    }
}

impl Search {
    /// The records of a cell that are looked for.
    fn records(&self) -> Condition {
        let ServerFilter {
            all_projects: _,
            project: _,
            user: _,
            name,
            status,
            host,
            flavor: _,
            image,
            reservation_id,
        } = &self.filter;
        Condition::all()
            .add(Column::Deleted.eq(0))
            .add_option(name.as_deref().map(named))
            .add_option(status.map(in_status))
            .add_option(host.as_ref().map(|host| Column::Host.eq(host)))
            .add_option(self.flavor.map(|flavor| Column::InstanceTypeId.eq(flavor)))
            .add_option(image.map(|image| Column::ImageRef.eq(image.to_string())))
            .add_option(reservation_id.as_ref().map(|id| Column::ReservationId.eq(id)))
    }
}

/// The name has this in it, as it is or with letters in the other case.
fn named(part: &str) -> Condition {
    let pattern = |text: &str| {
        let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        LikeExpr::new(format!("%{escaped}%")).escape('\\')
    };
    let name = || Expr::col(Column::DisplayName);
    Condition::any()
        .add(name().like(pattern(part)))
        .add(Expr::expr(Func::lower(name())).like(pattern(&part.to_lowercase())))
}

fn in_status(status: ServerStatus) -> Condition {
    let states = status.states().into_iter().map(|(vm_state, tasks)| {
        let vm_state = Condition::all().add(Column::VmState.eq(vm_state.as_str()));
        match tasks {
            Tasks::Any => vm_state,
            Tasks::Only(tasks) => {
                let words: Vec<_> = tasks.iter().flatten().map(|task| task.as_str()).collect();
                let idle = tasks.contains(&None).then(|| Column::TaskState.is_null());
                vm_state.add(Condition::any().add(Column::TaskState.is_in(words)).add_option(idle))
            }
        }
    });
    let none = Condition::any().add(Expr::val(1).eq(0));
    states.fold(none, Condition::add)
}
