//! The actions on services.

use nova_objects_catalog::{ServiceList, ServiceListActions};

use super::*;

/// The services that `condition` finds, by id.
pub(super) async fn list_where(
    tx: &Tx,
    cx: &RequestContext,
    condition: Condition,
) -> Result<Vec<Service>, ActionError> {
    let found = Entity::find().filter(condition).filter(by_life(cx, Column::Deleted));
    Ok(found.order_by_asc(Column::Id).all(tx).await?.into_iter().map(to_object).collect())
}

fn enabled() -> Condition {
    Condition::any().add(Column::Disabled.eq(false)).add(Column::Disabled.is_null())
}

/// Where a host is that is in no aggregate: there are none here.
fn default_zone(service: &Service) -> &'static str {
    match service.topic.present().map(String::as_str) {
        Some("compute") => "nova",
        _ => "internal",
    }
}

impl CellStore {
    async fn services(&self, cx: &RequestContext, condition: Condition) -> Result<Vec<Service>, Fault> {
        let args = (cx.clone(), condition);
        look(self.db(), args, |tx, (cx, condition)| async move { list_where(&tx, &cx, condition).await })
            .await
    }
}

#[async_trait]
impl ServiceListActions for CellStore {
    async fn get_all(
        &self,
        cx: &RequestContext,
        disabled: Option<bool>,
        set_zones: Option<bool>,
    ) -> Result<ServiceList, Fault> {
        let condition = match disabled {
            None => Condition::all(),
            Some(true) => Condition::all().add(Column::Disabled.eq(true)),
            Some(false) => enabled(),
        };
        let mut services = self.services(cx, condition).await?;
        if set_zones == Some(true) {
            for service in &mut services {
                let zone = default_zone(service).to_owned();
                service.availability_zone.load(Some(zone));
            }
        }
        Ok(ServiceList::of(services))
    }

    async fn get_by_binary(
        &self,
        cx: &RequestContext,
        binary: &str,
        include_disabled: Option<bool>,
    ) -> Result<ServiceList, Fault> {
        let mut condition = Condition::all().add(Column::Binary.eq(binary));
        if include_disabled != Some(true) {
            condition = condition.add(enabled());
        }
        self.services(cx, condition).await.map(ServiceList::of)
    }

    async fn get_by_topic(&self, cx: &RequestContext, topic: &str) -> Result<ServiceList, Fault> {
        let condition = Condition::all().add(Column::Topic.eq(topic)).add(enabled());
        self.services(cx, condition).await.map(ServiceList::of)
    }

    async fn get_by_host(&self, cx: &RequestContext, host: &str) -> Result<ServiceList, Fault> {
        self.services(cx, Condition::all().add(Column::Host.eq(host))).await.map(ServiceList::of)
    }
}

#[async_trait]
impl ServiceActions for CellStore {
    async fn get_by_id(&self, cx: &RequestContext, service_id: i64) -> Result<Service, Fault> {
        let args = (cx.clone(), service_id);
        look(self.db(), args, |tx, (cx, id)| async move { get_by_id_in(&tx, &cx, id).await }).await
    }

    async fn get_by_uuid(&self, cx: &RequestContext, service_uuid: &str) -> Result<Service, Fault> {
        let args = (cx.clone(), service_uuid.to_owned());
        look(self.db(), args, |tx, (cx, uuid)| async move { get_in(&tx, &cx, &uuid).await }).await
    }

    async fn get_by_host_and_binary(
        &self,
        cx: &RequestContext,
        host: &str,
        binary: &str,
    ) -> Result<Option<Service>, Fault> {
        let args = (cx.clone(), host.to_owned(), binary.to_owned());
        let found = look(self.db(), args, |tx, (cx, host, binary)| async move {
            find_by_binary_in(&tx, &cx, &host, &binary).await
        });
        found.await
    }

    async fn get_by_host_and_topic(
        &self,
        cx: &RequestContext,
        host: &str,
        topic: &str,
    ) -> Result<Option<Service>, Fault> {
        let args = (cx.clone(), host.to_owned(), topic.to_owned());
        let found = look(self.db(), args, |tx, (cx, host, topic)| async move {
            find_by_topic_in(&tx, &cx, &host, &topic).await
        });
        found.await
    }

    async fn get_by_compute_host(
        &self,
        cx: &RequestContext,
        host: &str,
        _use_slave: Option<bool>,
    ) -> Result<Service, Fault> {
        let found = self.get_by_host_and_binary(cx, host, COMPUTE).await?;
        found.ok_or_else(|| ComputeHostNotFound { host: host.to_owned() }.into())
    }

    async fn get_minimum_version(
        &self,
        cx: &RequestContext,
        binary: &str,
        use_slave: Option<bool>,
    ) -> Result<i64, Fault> {
        self.get_minimum_version_multi(cx, &[binary.to_owned()], use_slave).await
    }

    async fn get_minimum_version_multi(
        &self,
        _: &RequestContext,
        binaries: &[String],
        _use_slave: Option<bool>,
    ) -> Result<i64, Fault> {
        let lowest = look(self.db(), binaries.to_vec(), |tx, binaries| async move {
            minimum_version_in(&tx, &binaries).await
        });
        Ok(lowest.await?.unwrap_or(0))
    }

    async fn create(&self, cx: &RequestContext, service: &mut Service) -> Result<(), Fault> {
        change_object!(self.db(), cx, service => create_in)
    }

    async fn save(&self, cx: &RequestContext, service: &mut Service) -> Result<(), Fault> {
        change_object!(self.db(), cx, service => save_in)
    }

    async fn destroy(&self, cx: &RequestContext, service: &mut Service) -> Result<(), Fault> {
        change_object!(self.db(), cx, service => destroy_object_in)
    }
}

async fn destroy_object_in(tx: &Tx, cx: &RequestContext, service: &mut Service) -> Result<(), ActionError> {
    let id = id_of(&service.id)?;
    match destroy_in(tx, cx, i64::from(id)).await? {
        true => Ok(()),
        false => Err(not_found(id)),
    }
}

/// What runs on a host; nothing on no host.
pub(crate) async fn of_host_in(tx: &Tx, host: Option<&str>) -> Result<ServiceList, ActionError> {
    let Some(host) = host else { return Ok(ServiceList::of(Vec::new())) };
    let found = Entity::find().filter(Column::Host.eq(host)).filter(Column::Deleted.eq(0));
    let rows = found.order_by_asc(Column::Id).all(tx).await?;
    Ok(ServiceList::of(rows.into_iter().map(to_object).collect()))
}
