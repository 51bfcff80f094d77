//! A group that lives in this process.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{Beat, ServiceGroup, ServiceRecord};
use crate::service::Identity;
use crate::{Env, Fault, RequestContext};

crate::faults! {
    module "nova.exception";
    /// The record of a service is not there.
    ServiceNotFound(404, "Service {service_id} could not be found.") { service_id: String }
}

/// Records in memory: for services that all live in one process, and for tests.
///
/// Share it as `Arc<MemoryGroup>` between the services of the process.
#[derive(Debug)]
pub struct MemoryGroup {
    env: Env,
    records: Mutex<BTreeMap<Identity, ServiceRecord>>,
}

impl MemoryGroup {
    /// A group without members; ids and times come from `env`.
    pub fn new(env: &Env) -> Self {
        Self { env: env.clone(), records: Mutex::default() }
    }

    fn records(&self) -> MutexGuard<'_, BTreeMap<Identity, ServiceRecord>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ServiceGroup for MemoryGroup {
    async fn find(&self, _: &RequestContext, me: &Identity) -> Result<Option<ServiceRecord>, Fault> {
        Ok(self.records().get(me).cloned())
    }

    async fn create_or_bump(
        &self,
        _: &RequestContext,
        me: &Identity,
        version: i64,
    ) -> Result<ServiceRecord, Fault> {
        let mut records = self.records();
        let record = records.entry(me.clone()).or_insert_with(|| ServiceRecord {
            uuid: self.env.new_id().to_string(),
            identity: me.clone(),
            version,
            report_count: 0,
            disabled: false,
            forced_down: false,
            last_seen_up: None,
            created_at: Some(self.env.now()),
        });
        record.version = version;
        Ok(record.clone())
    }

    async fn beat(&self, _: &RequestContext, me: &Identity, _: Beat) -> Result<(), Fault> {
        let mut records = self.records();
        let record = records.get_mut(me).ok_or_else(|| ServiceNotFound { service_id: me.to_string() })?;
        record.report_count += 1;
        record.last_seen_up = Some(self.env.now());
        Ok(())
    }

    async fn members(&self, _: &RequestContext, topic: &str) -> Result<Vec<ServiceRecord>, Fault> {
        Ok(self.records().values().filter(|record| record.identity.topic == topic).cloned().collect())
    }
}
