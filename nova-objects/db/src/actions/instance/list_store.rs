//! The actions of the catalogue on listings of instances.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use nova_core::{Fault, RequestContext};
use nova_objects::types::Json;
use nova_objects_catalog::{InstanceList, InstanceListActions, TaskState};
use sea_orm::sea_query::{ExprTrait, Func};
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoSimpleExpr, QueryFilter, QuerySelect};

use super::attrs::Attrs;
use super::filters;
use super::list::{Page, list_in, order, uuids_in};
use super::read::visible;
use crate::actions::CellStore;
use crate::actions::store::read;
use crate::engine::Engine;
use crate::entity::instance::{Column, Entity};
use crate::error::ActionError;
use crate::time::to_column;
use crate::tx::Tx;

impl CellStore {
    async fn instances(
        &self,
        cx: &RequestContext,
        which: Condition,
        page: Page,
    ) -> Result<InstanceList, Fault> {
        let found = read(&self.0, (cx.clone(), which, page), |tx, (cx, which, page)| async move {
            list_in(&tx, &cx, which, page).await
        });
        found.await.map(InstanceList::of)
    }

    async fn uuids(&self, which: Condition) -> Result<Vec<(Option<String>, String)>, Fault> {
        read(&self.0, which, |tx, which| async move { uuids_in(&tx, which).await }).await
    }
}

#[async_trait]
impl InstanceListActions for CellStore {
    async fn get_by_filters(
        &self,
        cx: &RequestContext,
        filters: &Json,
        sort_key: Option<&str>,
        sort_dir: Option<&str>,
        limit: Option<i64>,
        marker: Option<&str>,
        expected_attrs: Option<&[String]>,
        _use_slave: Option<bool>,
        sort_keys: Option<&[String]>,
        sort_dirs: Option<&[String]>,
    ) -> Result<InstanceList, Fault> {
        let owned = |word: Option<&str>| word.map(str::to_owned).into_iter().collect::<Vec<_>>();
        let order = match (sort_keys, sort_dirs) {
            (None, None) => order(&owned(sort_key), &owned(sort_dir))?,
            (keys, dirs) => order(keys.unwrap_or_default(), dirs.unwrap_or_default())?,
        };
        let attrs = Attrs::or_none(expected_attrs)?;
        let limit = limit.and_then(|limit| u64::try_from(limit).ok());
        let page = Page { order, limit, marker: marker.map(str::to_owned), attrs };
        self.instances(cx, filters::condition(cx, self.0.engine(), &filters.0)?, page).await
    }

    async fn get_all(
        &self,
        cx: &RequestContext,
        expected_attrs: Option<&[String]>,
    ) -> Result<InstanceList, Fault> {
        self.instances(cx, visible(cx), Page::whole(Attrs::or_none(expected_attrs)?)).await
    }

    async fn get_by_host(
        &self,
        cx: &RequestContext,
        host: &str,
        expected_attrs: Option<&[String]>,
        _use_slave: Option<bool>,
    ) -> Result<InstanceList, Fault> {
        let page = Page::whole(Attrs::or_none(expected_attrs)?);
        self.instances(cx, visible(cx).add(Column::Host.eq(host)), page).await
    }

    async fn get_by_host_and_node(
        &self,
        cx: &RequestContext,
        host: &str,
        node: &str,
        expected_attrs: Option<&[String]>,
    ) -> Result<InstanceList, Fault> {
        let page = Page::whole(Attrs::or_none(expected_attrs)?);
        self.instances(cx, visible(cx).add(Column::Host.eq(host)).add(Column::Node.eq(node)), page).await
    }

    async fn get_uuids_by_host(&self, cx: &RequestContext, host: &str) -> Result<Vec<String>, Fault> {
        let found = self.uuids(visible(cx).add(Column::Host.eq(host))).await?;
        Ok(found.into_iter().map(|(_, uuid)| uuid).collect())
    }

    async fn get_uuids_by_host_and_node(
        &self,
        cx: &RequestContext,
        host: &str,
        node: &str,
    ) -> Result<Vec<String>, Fault> {
        let found = self.uuids(visible(cx).add(Column::Host.eq(host)).add(Column::Node.eq(node))).await?;
        Ok(found.into_iter().map(|(_, uuid)| uuid).collect())
    }

    async fn get_uuids_by_hosts(
        &self,
        cx: &RequestContext,
        hosts: &[String],
    ) -> Result<BTreeMap<String, Vec<String>>, Fault> {
        let mut by_host: BTreeMap<_, Vec<String>> =
            hosts.iter().map(|host| (host.clone(), Vec::new())).collect();
        for (host, uuid) in self.uuids(visible(cx).add(Column::Host.is_in(hosts))).await? {
            by_host.entry(host.unwrap_or_default()).or_default().push(uuid);
        }
        Ok(by_host)
    }

    async fn get_hung_in_rebooting(
        &self,
        cx: &RequestContext,
        reboot_window: i64,
        expected_attrs: Option<&[String]>,
    ) -> Result<InstanceList, Fault> {
        let window = Duration::from_secs(reboot_window.try_into().unwrap_or(0));
        let args = (cx.clone(), window, Attrs::or_none(expected_attrs)?);
        let hung = read(&self.0, args, |tx, (cx, window, attrs)| async move {
            let since = to_column(tx.now().await?.saturating_sub(window));
            let which = visible(&cx)
                .add(Column::TaskState.eq(TaskState::Rebooting.as_str()))
                .add(Column::UpdatedAt.lte(since));
            list_in(&tx, &cx, which, Page::whole(attrs)).await
        });
        hung.await.map(InstanceList::of)
    }

    async fn get_counts(
        &self,
        _: &RequestContext,
        project_id: &str,
        user_id: Option<&str>,
    ) -> Result<BTreeMap<String, BTreeMap<String, i64>>, Fault> {
        let args = (project_id.to_owned(), user_id.map(str::to_owned));
        read(&self.0, args, |tx, (project, user)| async move {
            let visible = Condition::any().add(Column::Hidden.is_null()).add(Column::Hidden.eq(false));
            let own = Condition::all()
                .add(Column::ProjectId.eq(project))
                .add(Column::Deleted.eq(0))
                .add(filters::resting())
                .add(visible);
            let mut counts = BTreeMap::from([("project".to_owned(), counts_in(&tx, own.clone()).await?)]);
            if let Some(user) = user {
                counts.insert("user".to_owned(), counts_in(&tx, own.add(Column::UserId.eq(user))).await?);
            }
            Ok(counts)
        })
        .await
    }
}

/// What the instances that pass use.
async fn counts_in(tx: &Tx, which: Condition) -> Result<BTreeMap<String, i64>, ActionError> {
    let integer = if tx.engine() == Engine::MySql { "SIGNED" } else { "BIGINT" };
    let sum =
        |column: Column| Func::cast_as(Func::coalesce([column.into_simple_expr().sum(), 0.into()]), integer);
    let counts = Entity::find()
        .select_only()
        .expr_as(Column::Id.count(), "instances")
        .expr_as(sum(Column::Vcpus), "cores")
        .expr_as(sum(Column::MemoryMb), "ram")
        .filter(which)
        .into_tuple::<(i64, i64, i64)>();
    let (instances, cores, ram) = counts.one(tx).await?.unwrap_or_default();
    let named = [("instances", instances), ("cores", cores), ("ram", ram)];
    Ok(named.into_iter().map(|(name, count)| (name.to_owned(), count)).collect())
}
