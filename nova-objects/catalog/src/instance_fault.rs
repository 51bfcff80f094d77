//! Instance faults: why an instance is in error.

use std::collections::BTreeMap;

use nova_core::{Fault, RequestContext};
use nova_objects::remotable;

use crate::{InstanceFault, InstanceFaultList};

/// What a store does with [`InstanceFault`] records.
#[remotable(InstanceFault)]
pub trait InstanceFaultActions {
    /// The latest fault of that instance; `None` when it never failed.
    async fn get_latest_for_instance(
        &self,
        cx: &RequestContext,
        instance_uuid: &str,
    ) -> Result<Option<InstanceFault>, Fault>;

    /// Makes the record. A fault that has an id already is an `ObjectActionError`.
    async fn create(&self, cx: &RequestContext, fault: &mut InstanceFault) -> Result<(), Fault>;
}

/// What a store does with several [`InstanceFault`] records.
#[remotable(InstanceFaultList)]
pub trait InstanceFaultListActions {
    /// All faults of these instances, the latest first.
    async fn get_by_instance_uuids(
        &self,
        cx: &RequestContext,
        instance_uuids: &[String],
    ) -> Result<InstanceFaultList, Fault>;

    /// The latest fault of each of these instances that has one.
    async fn get_latest_by_instance_uuids(
        &self,
        cx: &RequestContext,
        instance_uuids: &[String],
    ) -> Result<InstanceFaultList, Fault>;
}

impl InstanceFault {
    /// The fault of `instance_uuid` on `host` that `fault` makes, not stored yet.
    ///
    /// Users see the message of a safe fault, and the class of any other; administrators see details too.
    ///
    /// # Example
    /// ```
    /// use nova_objects_catalog::InstanceFault;
    /// use nova_objects_catalog::exception::NoValidHost;
    ///
    /// let why = NoValidHost { reason: "There are not enough hosts available.".into() }.into();
    /// let fault = InstanceFault::of("7f", Some("cmp1"), &why);
    /// assert_eq!(fault.code.get()?, &500);
    /// assert!(fault.message.present().unwrap().starts_with("No valid host was found."));
    /// # Ok::<(), nova_core::Fault>(())
    /// ```
    pub fn of(instance_uuid: &str, host: Option<&str>, fault: &Fault) -> Self {
        let shown = if fault.is_safe() { fault.message() } else { fault.class() };
        let mut record = Self::empty();
        record.instance_uuid.set(instance_uuid);
        record.code.set(i64::from(fault.code()));
        record.message.set(shown.chars().take(LONGEST_MESSAGE).collect::<String>());
        record
            .details
            .set([fault.message(), &fault.data().traceback.concat()].join("\n").trim_end().to_owned());
        record.host.set(host.map(str::to_owned));
        record
    }
}

/// What the column of the message holds.
const LONGEST_MESSAGE: usize = 255;

impl InstanceFaultList {
    /// The faults by instance, in the order they are in.
    pub fn by_instance(&self) -> BTreeMap<&str, Vec<&InstanceFault>> {
        let mut faults: BTreeMap<&str, Vec<&InstanceFault>> = BTreeMap::new();
        for fault in self.members() {
            if let Some(instance) = fault.instance_uuid.value() {
                faults.entry(instance.as_str()).or_default().push(fault);
            }
        }
        faults
    }
}
