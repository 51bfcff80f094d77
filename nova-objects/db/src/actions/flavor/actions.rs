//! The actions on flavors.

use std::collections::BTreeMap;

use nova_objects::types::Json;
use nova_objects_catalog::{FlavorActions, FlavorList, FlavorListActions};

use super::*;
use crate::actions::store::read;

#[async_trait]
impl FlavorActions for ApiStore {
    async fn get_by_id(&self, cx: &RequestContext, id: i64) -> Result<Flavor, Fault> {
        let args = (cx.clone(), id);
        read(self.db(), args, |tx, (cx, id)| async move { get_by_id_in(&tx, &cx, id).await }).await
    }

    async fn get_by_flavor_id(
        &self,
        cx: &RequestContext,
        flavor_id: &str,
        _read_deleted: Option<&str>,
    ) -> Result<Flavor, Fault> {
        let args = (cx.clone(), flavor_id.to_owned());
        read(self.db(), args, |tx, (cx, id)| async move { get_by_flavor_id_in(&tx, &cx, &id).await }).await
    }

    async fn get_by_name(&self, cx: &RequestContext, name: &str) -> Result<Flavor, Fault> {
        let args = (cx.clone(), name.to_owned());
        read(self.db(), args, |tx, (cx, name)| async move { get_by_name_in(&tx, &cx, &name).await }).await
    }

    async fn create(&self, cx: &RequestContext, flavor: &mut Flavor) -> Result<(), Fault> {
        change_object!(self.db(), cx, flavor => create_in)
    }

    async fn destroy(&self, cx: &RequestContext, flavor: &mut Flavor) -> Result<(), Fault> {
        change_object!(self.db(), cx, flavor => destroy_object_in)
    }

    async fn add_access(
        &self,
        cx: &RequestContext,
        flavor: &mut Flavor,
        project_id: &str,
    ) -> Result<(), Fault> {
        change_object!(self.db(), cx, flavor => add_access_in, project_id.to_owned())
    }

    async fn remove_access(
        &self,
        cx: &RequestContext,
        flavor: &mut Flavor,
        project_id: &str,
    ) -> Result<(), Fault> {
        change_object!(self.db(), cx, flavor => remove_access_in, project_id.to_owned())
    }

    async fn save_projects(
        &self,
        cx: &RequestContext,
        flavor: &mut Flavor,
        to_add: Option<&[String]>,
        to_delete: Option<&[String]>,
    ) -> Result<(), Fault> {
        let (to_add, to_delete) =
            (to_add.unwrap_or_default().to_vec(), to_delete.unwrap_or_default().to_vec());
        change_object!(self.db(), cx, flavor => save_projects_in, to_add, to_delete)
    }

    async fn save_extra_specs(
        &self,
        cx: &RequestContext,
        flavor: &mut Flavor,
        to_add: Option<&BTreeMap<String, String>>,
        to_delete: Option<&[String]>,
    ) -> Result<(), Fault> {
        let (to_add, to_delete) =
            (to_add.cloned().unwrap_or_default(), to_delete.unwrap_or_default().to_vec());
        change_object!(self.db(), cx, flavor => save_extra_specs_in, to_add, to_delete)
    }
}

async fn destroy_object_in(tx: &Tx, cx: &RequestContext, flavor: &mut Flavor) -> Result<(), ActionError> {
    destroy_in(tx, cx, flavor.flavorid.get().map_err(Fault::from)?).await
}

#[async_trait]
impl FlavorListActions for ApiStore {
    /// `inactive` means nothing any more: a flavor that is gone is gone.
    async fn get_all(
        &self,
        cx: &RequestContext,
        _inactive: Option<bool>,
        filters: Option<&Json>,
        sort_key: Option<&str>,
        sort_dir: Option<&str>,
        limit: Option<i64>,
        marker: Option<&str>,
    ) -> Result<FlavorList, Fault> {
        let mut query = FlavorQuery::with_filters(filters)?;
        if let Some(key) = sort_key {
            query.sort_key = key.to_owned();
        }
        query.descending = sort_dir == Some("desc");
        query.limit = limit.and_then(|limit| u64::try_from(limit).ok());
        query.marker = marker.map(str::to_owned);
        let found =
            read(
                self.db(),
                (cx.clone(), query),
                |tx, (cx, query)| async move { find_in(&tx, &cx, &query).await },
            );
        found.await.map(FlavorList::of)
    }
}
