//! Lists of servers: those in no cell yet, those of cell0 and those of the cell, as one.
//!
//! The mapping of a server is there from the moment it is accepted, and its id never changes; so mappings are what is
//! walked, the newest first, and a page goes on where the last one ended though servers move from the API database to
//! a cell meanwhile. Each server has one mapping: none is missed, none is there twice.

use std::collections::BTreeMap;

use nova_core::{Fault, RequestContext};
use nova_objects_catalog::BuildRequest;
use nova_objects_db::actions::build_request;
use nova_objects_db::entity::flavor;
use nova_objects_db::entity::instance_mapping::{Column, Entity, Model};
use nova_objects_db::{ActionError, DbError, time};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::Inner;
use super::cells::Cell;
use crate::policy::{Permission, Target};
use crate::{ApiError, Page, Server, ServerFilter, validate};

/// Mappings that are looked at together when a filter lets few servers pass.
const STRIDE: usize = 200;

/// What to look for.
#[derive(Clone, Debug)]
pub(super) struct Search {
    /// Those of this project; of all if none.
    pub(super) project: Option<String>,
    pub(super) filter: ServerFilter,
    /// The flavor's id of the database, if the filter names a flavor.
    pub(super) flavor: Option<i32>,
    limit: usize,
}

/// Some mappings, the newest first, and the build requests of those that are in no cell, as of one moment.
struct Stretch {
    mappings: Vec<Model>,
    requests: BTreeMap<String, BuildRequest>,
}

impl Inner {
    pub(super) async fn servers(
        &self,
        cx: &RequestContext,
        filter: &ServerFilter,
        page: &Page<Uuid>,
    ) -> Result<Vec<Server>, ApiError> {
        validate::server_filter(filter)?;
        let Some(search) = self.search(cx, filter, page.size()).await? else { return Ok(Vec::new()) };
        let mut before = match page.marker {
            None => i32::MAX,
            Some(marker) => self.mapping_id(&search, marker).await?,
        };
        let mut servers = Vec::new();
        while servers.len() < search.limit {
            let stride = (search.limit - servers.len()).max(STRIDE);
            let stretch = self.stretch(cx, &search, before, stride).await?;
            let Some(last) = stretch.mappings.last() else { break };
            before = last.id;
            servers.extend(self.seen_in(cx, &search, stretch).await?);
        }
        servers.truncate(search.limit);
        Ok(servers)
    }

    /// What `cx` may look for; `None` if nothing can be found.
    async fn search(
        &self,
        cx: &RequestContext,
        filter: &ServerFilter,
        limit: usize,
    ) -> Result<Option<Search>, ApiError> {
        let (own, everywhere) = (Target::own(cx), filter.all_projects);
        self.enforce(cx, Permission::ListServers, &own).await?;
        if everywhere {
            self.enforce(cx, Permission::ListServersOfAll, &own).await?;
        }
        let project = if everywhere { filter.project.clone() } else { cx.project_id().map(str::to_owned) };
        if (project.is_none() && !everywhere) || limit == 0 {
            return Ok(None);
        }
        let mut filter = filter.clone();
        if filter.host.is_some() && !self.allows(cx, Permission::FilterServersByHost, &own).await? {
            filter.host = None;
        }
        let flavor = match &filter.flavor {
            None => None,
            Some(id) => match self.flavor_row(id).await? {
                Some(row) => Some(row),
                None => return Ok(None),
            },
        };
        Ok(Some(Search { project, filter, flavor, limit }))
    }

    async fn flavor_row(&self, id: &str) -> Result<Option<i32>, DbError> {
        let found = flavor::Entity::find().filter(flavor::Column::Flavorid.eq(id));
        let found = found.select_only().column(flavor::Column::Id);
        let row = self.db.api().query(move |tx| {
            let found = found.clone().into_tuple();
            async move { Ok::<Option<i32>, DbError>(found.one(&tx).await?) }
        });
        row.await
    }

    /// The mapping of the last server of the page before. It is there though the server may be gone.
    async fn mapping_id(&self, search: &Search, marker: Uuid) -> Result<i32, ApiError> {
        let found =
            Entity::find().filter(search.mappings()).filter(Column::InstanceUuid.eq(marker.to_string()));
        let found = found.select_only().column(Column::Id);
        let row = self.db.api().query(move |tx| {
            let found = found.clone().into_tuple();
            async move { Ok::<Option<i32>, DbError>(found.one(&tx).await?) }
        });
        row.await?.ok_or_else(|| ApiError::invalid("marker", format!("there is no server {marker}")))
    }

    async fn stretch(
        &self,
        cx: &RequestContext,
        search: &Search,
        before: i32,
        stride: usize,
    ) -> Result<Stretch, ApiError> {
        let found = Entity::find()
            .filter(search.mappings())
            .filter(Column::Id.lt(before))
            .filter(
                Condition::any()
                    .add(Column::QueuedForDelete.is_null())
                    .add(Column::QueuedForDelete.eq(false)),
            )
            .order_by_desc(Column::Id)
            .limit(u64::try_from(stride).unwrap_or(u64::MAX));
        let cx = cx.clone();
        let stretch = self.db.api().read(move |tx| {
            let (cx, found) = (cx.clone(), found.clone());
            async move {
                let mappings = found.all(&tx).await?;
                let requests = match mappings.iter().any(|mapping| mapping.cell_id.is_none()) {
                    true => build_request::list_in(&tx, &cx).await?, // few: they live until a host is chosen
                    false => Vec::new(),
                };
                let by_uuid =
                    |request: BuildRequest| Some((request.instance_uuid.value()?.to_string(), request));
                let requests = requests.into_iter().filter_map(by_uuid).collect();
                Ok::<_, ActionError>(Stretch { mappings, requests })
            }
        });
        Ok(stretch.await.map_err(Fault::from)?)
    }

    /// The servers of these mappings that pass the filter, in their order.
    async fn seen_in(
        &self,
        cx: &RequestContext,
        search: &Search,
        stretch: Stretch,
    ) -> Result<Vec<Server>, ApiError> {
        let Stretch { mappings, requests } = stretch;
        let mut found = self.found_in(Cell::Zero, cx, search, &mappings).await?;
        found.extend(self.found_in(Cell::One, cx, search, &mappings).await?);
        let mut servers = Vec::new();
        for mapping in mappings {
            let server = match mapping.cell_id {
                Some(_) => found.remove(&mapping.instance_uuid),
                None => {
                    match requests.get(&mapping.instance_uuid).and_then(|request| request.instance.value()) {
                        Some(instance) => Some(Server::of(instance)?).filter(|server| search.takes(server)),
                        None => None,
                    }
                }
            };
            servers.extend(server.map(|server| server.accepted(mapping.created_at.map(time::from_column))));
        }
        Ok(servers)
    }

    async fn found_in(
        &self,
        cell: Cell,
        cx: &RequestContext,
        search: &Search,
        mappings: &[Model],
    ) -> Result<BTreeMap<String, Server>, ApiError> {
        let here =
            mappings.iter().filter(|mapping| mapping.cell_id.is_some_and(|id| self.cell_of(id) == cell));
        let ids: Vec<_> = here.map(|mapping| mapping.instance_uuid.clone()).collect();
        self.servers_in(cell, cx, search, ids).await
    }
}

impl Search {
    fn mappings(&self) -> Condition {
        Condition::all()
            .add_option(self.project.as_ref().map(|project| Column::ProjectId.eq(project)))
            .add_option(self.filter.user.as_ref().map(|user| Column::UserId.eq(user)))
    }

    /// Whether a server that is in no cell is looked for.
    fn takes(&self, server: &Server) -> bool {
        let ServerFilter {
            all_projects: _,
            project: _,
            user,
            name,
            status,
            host,
            flavor,
            image,
            reservation_id,
        } = &self.filter;
        let has = |name: &str| server.name.to_lowercase().contains(&name.to_lowercase());
        user.as_ref().is_none_or(|user| *user == server.user_id)
            && name.as_deref().is_none_or(has)
            && status.is_none_or(|status| status == server.status)
            && host.as_ref().is_none_or(|host| server.host.as_ref() == Some(host))
            && flavor.as_ref().is_none_or(|flavor| *flavor == server.flavor.id)
            && image.is_none_or(|image| server.image == Some(image))
            && reservation_id.as_ref().is_none_or(|id| server.reservation_id.as_ref() == Some(id))
    }
}
