//! The service group over service records: Nova's `db` driver of `servicegroup`, wherever the records are.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use nova_core::group::{Beat, ServiceGroup, ServiceRecord};
use nova_core::service::Identity;
use nova_core::{Fault, RequestContext};
use nova_objects::{Objects, Unset, async_trait};

use crate::exception::{ServiceBinaryExists, ServiceNotFound, ServiceTopicExists};
use crate::{Service, ServiceList};

/// Services by their [`Service`] records, through whatever the [`Objects`] handle reaches: a database, or a conductor.
///
/// A heartbeat adds one to `report_count` and saves; the store then sets `last_seen_up`, as Nova's does. That a service
/// is draining is not in Nova's record and is not told.
///
/// # Example
/// ```no_run
/// # use std::sync::Arc;
/// # use nova_core::{Env, service::{ManagedService, Manager}};
/// # struct Hello; impl Manager for Hello {}
/// # fn build(env: &Env, objects: &nova_objects::Objects) -> Result<ManagedService, nova_core::service::BuildError> {
/// use nova_objects_catalog::ObjectServiceGroup;
///
/// ManagedService::builder(env, "hello-manager", "node1", Arc::new(Hello))
///     .service_group(Arc::new(ObjectServiceGroup::new(objects)))
///     .build()
/// # }
/// ```
#[derive(Debug)]
pub struct ObjectServiceGroup {
    objects: Objects,
    /// The records this process beats for, as last saved.
    own: Mutex<BTreeMap<Identity, Service>>,
}

impl ObjectServiceGroup {
    /// The group in `objects`.
    pub fn new(objects: &Objects) -> Self {
        Self { objects: objects.clone(), own: Mutex::default() }
    }

    async fn read(&self, cx: &RequestContext, me: &Identity) -> Result<Option<Service>, Fault> {
        Service::get_by_host_and_binary(cx, &self.objects, &me.host, &me.binary).await
    }

    /// The winner of the race to create it, whoever that is.
    async fn create(&self, cx: &RequestContext, me: &Identity, version: i64) -> Result<Service, Fault> {
        let mut service = Service::empty();
        service.host.set(Some(me.host.clone()));
        service.binary.set(Some(me.binary.clone()));
        service.topic.set(Some(me.topic.clone()));
        service.report_count.set(0);
        service.version.set(version);
        match service.create(cx, &self.objects).await {
            Ok(()) => Ok(service),
            Err(fault) if fault.is::<ServiceBinaryExists>() || fault.is::<ServiceTopicExists>() => {
                self.read(cx, me).await?.ok_or(fault)
            }
            Err(fault) => Err(fault),
        }
    }

    fn remembered(&self, me: &Identity) -> Option<Service> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner).get(me).cloned()
    }

    fn remember(&self, me: &Identity, service: Service) {
        self.own.lock().unwrap_or_else(PoisonError::into_inner).insert(me.clone(), service);
    }

    fn forget(&self, me: &Identity) {
        self.own.lock().unwrap_or_else(PoisonError::into_inner).remove(me);
    }
}

#[async_trait]
impl ServiceGroup for ObjectServiceGroup {
    async fn find(&self, cx: &RequestContext, me: &Identity) -> Result<Option<ServiceRecord>, Fault> {
        self.read(cx, me).await?.map(|service| service.record()).transpose()
    }

    async fn create_or_bump(
        &self,
        cx: &RequestContext,
        me: &Identity,
        version: i64,
    ) -> Result<ServiceRecord, Fault> {
        let mut service = match self.read(cx, me).await? {
            Some(service) => service,
            None => self.create(cx, me, version).await?,
        };
        if service.version.value() != Some(&version) {
            service.version.set(version);
            service.save(cx, &self.objects).await?;
        }
        let record = service.record()?;
        self.remember(me, service);
        Ok(record)
    }

    async fn beat(&self, cx: &RequestContext, me: &Identity, _: Beat) -> Result<(), Fault> {
        let mut service = match self.remembered(me) {
            Some(service) => service,
            None => self.read(cx, me).await?.ok_or_else(|| ServiceNotFound { service_id: me.to_string() })?,
        };
        let counted = service.report_count.update(|count| *count += 1);
        counted.map_err(not_loaded)?;
        match service.save(cx, &self.objects).await {
            Ok(()) => {
                self.remember(me, service);
                Ok(())
            }
            Err(fault) => {
                // Whether it was counted is not known; the next beat reads the record again.
                self.forget(me);
                Err(fault)
            }
        }
    }

    async fn leave(&self, _: &RequestContext, me: &Identity) -> Result<(), Fault> {
        self.forget(me);
        Ok(())
    }

    async fn members(&self, cx: &RequestContext, topic: &str) -> Result<Vec<ServiceRecord>, Fault> {
        let services = ServiceList::get_by_topic(cx, &self.objects, topic).await?;
        let mut records = services.members().iter().map(Service::record).collect::<Result<Vec<_>, _>>()?;
        records.sort_by(|one, other| one.identity.cmp(&other.identity));
        Ok(records)
    }
}

impl Service {
    /// The plain record that service groups and liveness judge by.
    ///
    /// # Errors
    /// A field that every record has is not loaded.
    pub fn record(&self) -> Result<ServiceRecord, Fault> {
        let text = |field: &nova_objects::Field<Option<String>>| {
            field.get().cloned().map(Option::unwrap_or_default).map_err(not_loaded)
        };
        Ok(ServiceRecord {
            uuid: self.uuid.get().map_err(not_loaded)?.to_string(),
            identity: Identity::new(text(&self.host)?, text(&self.binary)?).with_topic(text(&self.topic)?),
            version: *self.version.get().map_err(not_loaded)?,
            report_count: *self.report_count.get().map_err(not_loaded)?,
            disabled: self.disabled.value().copied().unwrap_or(false),
            forced_down: self.forced_down.value().copied().unwrap_or(false),
            last_seen_up: self.last_seen_up.present().copied(),
            created_at: self.created_at.present().copied(),
        })
    }
}

fn not_loaded(unset: Unset) -> Fault {
    Fault::internal("reading a service record", &unset)
}
