//! Services: the records by which daemons find each other.

use nova_core::{Fault, RequestContext};
use nova_objects::remotable;

use crate::{Service, ServiceList};

/// What a store does with [`Service`] records.
///
/// A record is one program on one host. Every method reads live records only, unless the context asks for deleted ones.
#[remotable(Service)]
pub trait ServiceActions {
    /// The service of that id, or `ServiceNotFound`.
    async fn get_by_id(&self, cx: &RequestContext, service_id: i64) -> Result<Service, Fault>;

    /// The service of that uuid, or `ServiceNotFound`.
    async fn get_by_uuid(&self, cx: &RequestContext, service_uuid: &str) -> Result<Service, Fault>;

    /// That program on that host; `None` if it has no record.
    async fn get_by_host_and_binary(
        &self,
        cx: &RequestContext,
        host: &str,
        binary: &str,
    ) -> Result<Option<Service>, Fault>;

    /// What listens on that topic on that host; `None` if nothing does.
    async fn get_by_host_and_topic(
        &self,
        cx: &RequestContext,
        host: &str,
        topic: &str,
    ) -> Result<Option<Service>, Fault>;

    /// The compute service of that host, or `ComputeHostNotFound`.
    ///
    /// `use_slave` says that a replica which lags behind will do.
    async fn get_by_compute_host(
        &self,
        cx: &RequestContext,
        host: &str,
        use_slave: Option<bool>,
    ) -> Result<Service, Fault>;

    /// The lowest version of that program among services that are not forced down; 0 when there is none.
    async fn get_minimum_version(
        &self,
        cx: &RequestContext,
        binary: &str,
        use_slave: Option<bool>,
    ) -> Result<i64, Fault>;

    /// The lowest version of these programs; 0 when there is none.
    async fn get_minimum_version_multi(
        &self,
        cx: &RequestContext,
        binaries: &[String],
        use_slave: Option<bool>,
    ) -> Result<i64, Fault>;

    /// Makes the record from the changed fields and fills in `id`, `uuid` and times.
    ///
    /// Of several callers at once exactly one wins; the others get `ServiceBinaryExists` or `ServiceTopicExists` and
    /// nothing is written for them. A service that has an id already is an `ObjectActionError`.
    async fn create(&self, cx: &RequestContext, service: &mut Service) -> Result<(), Fault>;

    /// Writes the changed fields, in one statement, and fills in what the store changed (`updated_at`).
    ///
    /// Fields that are not changed are not written, so that a heartbeat never undoes an operator's `disabled`.
    /// `ServiceNotFound` when the record is gone.
    async fn save(&self, cx: &RequestContext, service: &mut Service) -> Result<(), Fault>;

    /// Soft-deletes the record; its compute nodes go with it. `ServiceNotFound` when it is gone already.
    async fn destroy(&self, cx: &RequestContext, service: &mut Service) -> Result<(), Fault>;
}

/// What a store does with several [`Service`] records.
#[remotable(ServiceList)]
pub trait ServiceListActions {
    /// All services, or those that are, or are not, disabled; with `set_zones`, their availability zones too.
    async fn get_all(
        &self,
        cx: &RequestContext,
        disabled: Option<bool>,
        set_zones: Option<bool>,
    ) -> Result<ServiceList, Fault>;

    /// The services of that program; disabled ones only with `include_disabled`.
    async fn get_by_binary(
        &self,
        cx: &RequestContext,
        binary: &str,
        include_disabled: Option<bool>,
    ) -> Result<ServiceList, Fault>;

    /// The services that listen on that topic and are not disabled.
    async fn get_by_topic(&self, cx: &RequestContext, topic: &str) -> Result<ServiceList, Fault>;

    /// The services of that host.
    async fn get_by_host(&self, cx: &RequestContext, host: &str) -> Result<ServiceList, Fault>;
}
