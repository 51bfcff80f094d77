//! The actions on server groups.

use std::collections::BTreeMap;

use nova_objects_catalog::{InstanceGroupActions, InstanceGroupList, InstanceGroupListActions};

use super::*;
use crate::actions::store::{change, read};

#[async_trait]
impl InstanceGroupActions for ApiStore {
    async fn get_by_uuid(&self, cx: &RequestContext, uuid: &str) -> Result<InstanceGroup, Fault> {
        let args = (cx.clone(), uuid.to_owned());
        read(self.db(), args, |tx, (cx, uuid)| async move { get_in(&tx, &cx, &uuid).await }).await
    }

    async fn get_by_name(&self, cx: &RequestContext, name: &str) -> Result<InstanceGroup, Fault> {
        let args = (cx.clone(), name.to_owned());
        read(self.db(), args, |tx, (cx, name)| async move { get_by_name_in(&tx, &cx, &name).await }).await
    }

    async fn get_by_instance_uuid(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
    ) -> Result<InstanceGroup, Fault> {
        let args = (cx.clone(), instance_uuid.to_owned());
        let found =
            read(self.db(), args, |tx, (cx, uuid)| async move { get_by_instance_in(&tx, &cx, &uuid).await });
        found.await
    }

    async fn create(&self, cx: &RequestContext, group: &mut InstanceGroup) -> Result<(), Fault> {
        change_object!(self.db(), cx, group => create_in)
    }

    async fn destroy(&self, cx: &RequestContext, group: &mut InstanceGroup) -> Result<(), Fault> {
        change_object!(self.db(), cx, group => destroy_object_in)
    }

    async fn add_members(
        &self,
        cx: &RequestContext,
        group_uuid: &str,
        instance_uuids: &[String],
    ) -> Result<Vec<String>, Fault> {
        let args = (cx.clone(), group_uuid.to_owned(), instance_uuids.to_vec());
        let added = change(self.db(), args, |tx, (cx, group, instances)| async move {
            add_members_in(&tx, &cx, &group, &instances).await
        });
        added.await
    }
}

async fn destroy_object_in(
    tx: &Tx,
    cx: &RequestContext,
    group: &mut InstanceGroup,
) -> Result<(), ActionError> {
    destroy_in(tx, cx, group.uuid.get().map_err(Fault::from)?.as_str()).await
}

#[async_trait]
impl InstanceGroupListActions for ApiStore {
    async fn get_all(&self, cx: &RequestContext) -> Result<InstanceGroupList, Fault> {
        let found =
            read(self.db(), cx.clone(), |tx, cx| async move { list_in(&tx, &cx, None, 0, None).await });
        found.await.map(InstanceGroupList::of)
    }

    async fn get_by_project_id(
        &self,
        cx: &RequestContext,
        project_id: &str,
    ) -> Result<InstanceGroupList, Fault> {
        let args = (cx.clone(), project_id.to_owned());
        let found = read(self.db(), args, |tx, (cx, project)| async move {
            list_in(&tx, &cx, Some(&project), 0, None).await
        });
        found.await.map(InstanceGroupList::of)
    }

    async fn get_counts(
        &self,
        cx: &RequestContext,
        project_id: &str,
        user_id: Option<&str>,
    ) -> Result<BTreeMap<String, BTreeMap<String, i64>>, Fault> {
        let args = (cx.clone(), project_id.to_owned(), user_id.map(str::to_owned));
        let counted = read(self.db(), args, |tx, (cx, project, user)| async move {
            let of_project = count_in(&tx, &cx, &project, None).await?;
            let of_user = match &user {
                Some(user) => Some(count_in(&tx, &cx, &project, Some(user)).await?),
                None => None,
            };
            Ok((of_project, of_user))
        });
        let (of_project, of_user) = counted.await?;
        let counts = |count: u64| {
            BTreeMap::from([("server_groups".to_owned(), i64::try_from(count).unwrap_or(i64::MAX))])
        };
        let mut all = BTreeMap::from([("project".to_owned(), counts(of_project))]);
        all.extend(of_user.map(|count| ("user".to_owned(), counts(count))));
        Ok(all)
    }
}
