//! Instances: the records of virtual machines in a cell.

use std::collections::BTreeMap;

use nova_core::{Fault, RequestContext, Timestamp};
use nova_objects::remotable;
use nova_objects::types::Json;

use crate::{Expected, Instance, InstanceList};

/// What a store does with [`Instance`] records.
///
/// `expected_attrs` names the fields that are to be read beside the record's own columns: `metadata`,
/// `system_metadata`, `info_cache`, `security_groups`, `pci_devices`, `tags`, `services`, `fault`, `flavor`,
/// `numa_topology`, `pci_requests`, `keypairs`, `trusted_certs`, `resources`, … Others stay unset; a name the store
/// does not know is an `ObjectActionError`.
#[remotable(Instance)]
pub trait InstanceActions {
    /// The instance of that uuid, or `InstanceNotFound`. Nothing said, the info cache and security groups come along.
    async fn get_by_uuid(
        &self,
        cx: &RequestContext,
        uuid: &str,
        expected_attrs: Option<&[String]>,
        use_slave: Option<bool>,
    ) -> Result<Instance, Fault>;

    /// The instance of that id, or `InstanceNotFound`.
    async fn get_by_id(
        &self,
        cx: &RequestContext,
        inst_id: i64,
        expected_attrs: Option<&[String]>,
    ) -> Result<Instance, Fault>;

    /// Makes the record, its info cache and what else is set (flavor, metadata, tags …), in one transaction.
    ///
    /// A second record of that uuid is refused with `InstanceExists`; an instance that has an id already is an
    /// `ObjectActionError`.
    async fn create(&self, cx: &RequestContext, instance: &mut Instance) -> Result<(), Fault>;

    /// Writes the changed fields and changed nested objects, in one transaction, if the record is as expected.
    ///
    /// The comparison and the write are one step: of two callers that expect the same state, one wins. Otherwise
    /// nothing is written and the fault says what was found: `UnexpectedTaskStateError`
    /// (`UnexpectedDeletingTaskStateError` if the instance is being deleted, which ends whatever was going on),
    /// `UnexpectedVMStateError`, or `UnknownInstanceUpdateConflict` when it was as expected again by the time the store
    /// looked. `InstanceNotFound` when the record is gone. The caller's object is untouched by a refused save.
    ///
    /// `admin_state_reset` is Nova's note that an administrator forces a state; it changes what is notified only.
    async fn save(
        &self,
        cx: &RequestContext,
        instance: &mut Instance,
        expected_vm_state: Option<Expected>,
        expected_task_state: Option<Expected>,
        admin_state_reset: Option<bool>,
    ) -> Result<(), Fault>;

    /// Soft-deletes the record with all that belongs to it, in one transaction; with `hard_delete`, removes it.
    ///
    /// Only once: whoever finds it deleted gets `InstanceNotFound`. Only if it is still on the host that the object
    /// says, if it says one; otherwise an `ObjectActionError`.
    async fn destroy(
        &self,
        cx: &RequestContext,
        instance: &mut Instance,
        hard_delete: Option<bool>,
    ) -> Result<(), Fault>;

    /// Reads again every field that is set. `InstanceNotFound` when the record is gone.
    async fn refresh(
        &self,
        cx: &RequestContext,
        instance: &mut Instance,
        use_slave: Option<bool>,
    ) -> Result<(), Fault>;

    /// Forgets the migration context, in the record and in the object.
    async fn drop_migration_context(&self, cx: &RequestContext, instance: &mut Instance)
    -> Result<(), Fault>;

    /// Removes one key of the metadata, in the record and in the object.
    async fn delete_metadata_key(
        &self,
        cx: &RequestContext,
        instance: &mut Instance,
        key: &str,
    ) -> Result<(), Fault>;
}

/// What a store does with several [`Instance`] records.
///
/// Whoever is no administrator sees the instances of its own project only.
#[remotable(InstanceList)]
pub trait InstanceListActions {
    /// The instances that pass all filters, sorted, at most `limit`, after the one whose uuid is `marker`
    /// (`MarkerNotFound` when that is gone).
    ///
    /// A filter is a field with a value or a list of values, or one of Nova's own words: `deleted`,
    /// `changes-since`, `changes-before`, `tags`, `tags-any`, `not-tags`, … Texts such as `display_name` are patterns.
    /// `sort_keys` and `sort_dirs` win over `sort_key` and `sort_dir`; `InvalidSortKey` for what cannot be sorted by.
    #[expect(clippy::too_many_arguments, reason = "Nova's signature is the contract")]
    async fn get_by_filters(
        &self,
        cx: &RequestContext,
        filters: &Json,
        sort_key: Option<&str>,
        sort_dir: Option<&str>,
        limit: Option<i64>,
        marker: Option<&str>,
        expected_attrs: Option<&[String]>,
        use_slave: Option<bool>,
        sort_keys: Option<&[String]>,
        sort_dirs: Option<&[String]>,
    ) -> Result<InstanceList, Fault>;

    /// All instances.
    async fn get_all(
        &self,
        cx: &RequestContext,
        expected_attrs: Option<&[String]>,
    ) -> Result<InstanceList, Fault>;

    /// The instances on that host.
    async fn get_by_host(
        &self,
        cx: &RequestContext,
        host: &str,
        expected_attrs: Option<&[String]>,
        use_slave: Option<bool>,
    ) -> Result<InstanceList, Fault>;

    /// The instances on that hypervisor.
    async fn get_by_host_and_node(
        &self,
        cx: &RequestContext,
        host: &str,
        node: &str,
        expected_attrs: Option<&[String]>,
    ) -> Result<InstanceList, Fault>;

    /// The uuids of the instances on that host.
    async fn get_uuids_by_host(&self, cx: &RequestContext, host: &str) -> Result<Vec<String>, Fault>;

    /// The uuids of the instances on that hypervisor.
    async fn get_uuids_by_host_and_node(
        &self,
        cx: &RequestContext,
        host: &str,
        node: &str,
    ) -> Result<Vec<String>, Fault>;

    /// The uuids of the instances on each of these hosts.
    async fn get_uuids_by_hosts(
        &self,
        cx: &RequestContext,
        hosts: &[String],
    ) -> Result<BTreeMap<String, Vec<String>>, Fault>;

    /// The instances that have been rebooting for more than `reboot_window` seconds.
    async fn get_hung_in_rebooting(
        &self,
        cx: &RequestContext,
        reboot_window: i64,
        expected_attrs: Option<&[String]>,
    ) -> Result<InstanceList, Fault>;

    /// How many instances, cores and mebibytes of memory a project has, and a user of it, as
    /// `{"project": {"instances": …, "cores": …, "ram": …}, "user": {…}}`.
    async fn get_counts(
        &self,
        cx: &RequestContext,
        project_id: &str,
        user_id: Option<&str>,
    ) -> Result<BTreeMap<String, BTreeMap<String, i64>>, Fault>;
}

impl Instance {
    /// The name shown to users: what they called it, or its uuid.
    ///
    /// ```
    /// use nova_objects_catalog::Instance;
    ///
    /// let mut instance = Instance::empty();
    /// instance.uuid.set("7f");
    /// assert_eq!(instance.shown_name(), "7f");
    /// instance.display_name.set("web-1".to_owned());
    /// assert_eq!(instance.shown_name(), "web-1");
    /// ```
    pub fn shown_name(&self) -> &str {
        let uuid = self.uuid.value().map_or("", |uuid| uuid.as_str());
        self.display_name.present().map_or(uuid, String::as_str)
    }

    /// Whether it is being deleted or is gone, as far as the object knows.
    pub fn is_going(&self) -> bool {
        let deleted = self.deleted.value() == Some(&true);
        let gone = matches!(self.vm_state.present().map(String::as_str), Some("deleted" | "soft-delete"));
        let going =
            matches!(self.task_state.present().map(String::as_str), Some("deleting" | "soft-deleting"));
        deleted || gone || going
    }

    /// When it was deleted: when it terminated, or else when its record was.
    pub fn gone_since(&self) -> Option<Timestamp> {
        self.terminated_at.present().or(self.deleted_at.present()).copied()
    }

    /// The image's properties as they were when it was booted: the system metadata under `image_`, without it.
    pub fn image_properties(&self) -> BTreeMap<&str, &str> {
        let noted = self.system_metadata.value().into_iter().flatten();
        noted.filter_map(|(key, value)| Some((key.strip_prefix("image_")?, value.as_deref()?))).collect()
    }
}
