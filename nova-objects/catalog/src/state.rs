//! The states of an instance.
//!
//! Three of them, which say different things: the *vm state* it rests in, the *task state* of what is being done with
//! it (null when nothing is), and the *power state* the hypervisor last reported.

use std::str::FromStr;

use nova_core::Fault;
use nova_core::fault::ValueError;
use nova_objects::{UnknownWord, object_enum};

use crate::Instance;

object_enum! {
    /// The state an instance rests in (Nova's `vm_states`).
    ///
    /// ```
    /// use nova_objects_catalog::{Instance, VmState};
    ///
    /// let mut instance = Instance::empty();
    /// instance.vm_state.set(VmState::Active);
    /// assert_eq!(instance.vm_state()?, Some(VmState::Active));
    /// # Ok::<(), nova_core::Fault>(())
    /// ```
    #[doc(alias = "nova.compute.vm_states")]
    pub enum VmState {
        /// It runs.
        Active = "active",
        /// It never ran yet.
        Building = "building",
        /// It is held, in memory.
        Paused = "paused",
        /// It is held, on disk.
        Suspended = "suspended",
        /// It is off.
        Stopped = "stopped",
        /// It runs from a rescue image.
        Rescued = "rescued",
        /// It runs in its new size, which nobody confirmed yet.
        Resized = "resized",
        /// It is deleted, and can be restored for a while.
        SoftDeleted = "soft-delete",
        /// It is gone.
        Deleted = "deleted",
        /// Something failed; its fault says what.
        Error = "error",
        /// It is off, its disk is an image, its host still holds its resources.
        Shelved = "shelved",
        /// It is off, its disk is an image, it is on no host.
        ShelvedOffloaded = "shelved_offloaded",
    }

    /// What is being done with an instance (Nova's `task_states`); nothing when the field is null.
    #[doc(alias = "nova.compute.task_states")]
    pub enum TaskState {
        /// A host is being looked for.
        Scheduling = "scheduling",
        /// Its disks are being prepared.
        BlockDeviceMapping = "block_device_mapping",
        /// Its network is being prepared.
        Networking = "networking",
        /// The hypervisor is making it.
        Spawning = "spawning",
        /// A snapshot is being taken.
        ImageSnapshot = "image_snapshot",
        /// A snapshot was asked for.
        ImageSnapshotPending = "image_snapshot_pending",
        /// A snapshot was taken and waits to be uploaded.
        ImagePendingUpload = "image_pending_upload",
        /// A snapshot is being uploaded.
        ImageUploading = "image_uploading",
        /// A backup is being taken.
        ImageBackup = "image_backup",
        /// The administrator's password is being set.
        UpdatingPassword = "updating_password",
        /// A resize or cold move: a host is being looked for.
        ResizePrep = "resize_prep",
        /// A resize: disks are being moved.
        ResizeMigrating = "resize_migrating",
        /// A resize: disks were moved.
        ResizeMigrated = "resize_migrated",
        /// A resize: it is being started on the new host.
        ResizeFinish = "resize_finish",
        /// A resize is being undone.
        ResizeReverting = "resize_reverting",
        /// A resize is being confirmed.
        ResizeConfirming = "resize_confirming",
        /// A reboot was asked for.
        Rebooting = "rebooting",
        /// A reboot is about to begin.
        RebootPending = "reboot_pending",
        /// A reboot began.
        RebootStarted = "reboot_started",
        /// A hard reboot was asked for.
        RebootingHard = "rebooting_hard",
        /// A hard reboot is about to begin.
        RebootPendingHard = "reboot_pending_hard",
        /// A hard reboot began.
        RebootStartedHard = "reboot_started_hard",
        /// It is being paused.
        Pausing = "pausing",
        /// It is being unpaused.
        Unpausing = "unpausing",
        /// It is being suspended.
        Suspending = "suspending",
        /// It is being resumed.
        Resuming = "resuming",
        /// It is being turned off.
        PoweringOff = "powering-off",
        /// It is being turned on.
        PoweringOn = "powering-on",
        /// It is being started from a rescue image.
        Rescuing = "rescuing",
        /// It is being brought back from rescue.
        Unrescuing = "unrescuing",
        /// It is being made anew from an image.
        Rebuilding = "rebuilding",
        /// A rebuild: its disks are being prepared.
        RebuildBlockDeviceMapping = "rebuild_block_device_mapping",
        /// A rebuild: the hypervisor is making it.
        RebuildSpawning = "rebuild_spawning",
        /// It is being moved while it runs.
        Migrating = "migrating",
        /// It is being deleted.
        Deleting = "deleting",
        /// It is being deleted so that it can be restored.
        SoftDeleting = "soft-deleting",
        /// It is being restored.
        Restoring = "restoring",
        /// It is being shelved.
        Shelving = "shelving",
        /// Shelving: the image waits to be uploaded.
        ShelvingImagePendingUpload = "shelving_image_pending_upload",
        /// Shelving: the image is being uploaded.
        ShelvingImageUploading = "shelving_image_uploading",
        /// It is being taken off its host.
        ShelvingOffloading = "shelving_offloading",
        /// It is being brought back to a host.
        Unshelving = "unshelving",
    }
}

/// What the hypervisor says of an instance: a number on the wire and in the database.
#[doc(alias = "nova.compute.power_state")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PowerState {
    /// It does not know.
    NoState,
    /// It runs.
    Running,
    /// It is held in memory.
    Paused,
    /// It is off.
    Shutdown,
    /// It failed.
    Crashed,
    /// It is held on disk.
    Suspended,
}

impl PowerState {
    /// Every power state, by number.
    pub const ALL: &'static [Self] =
        &[Self::NoState, Self::Running, Self::Paused, Self::Shutdown, Self::Crashed, Self::Suspended];

    /// The number.
    pub const fn code(self) -> i64 {
        match self {
            Self::NoState => 0,
            Self::Running => 1,
            Self::Paused => 3,
            Self::Shutdown => 4,
            Self::Crashed => 6,
            Self::Suspended => 7,
        }
    }

    /// The power state of that number; no state of others.
    pub fn from_code(code: i64) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.code() == code)
    }
}

impl From<VmState> for Option<String> {
    fn from(state: VmState) -> Self {
        Some(state.as_str().to_owned())
    }
}

impl From<TaskState> for Option<String> {
    fn from(state: TaskState) -> Self {
        Some(state.as_str().to_owned())
    }
}

impl From<PowerState> for Option<i64> {
    fn from(state: PowerState) -> Self {
        Some(state.code())
    }
}

impl Instance {
    /// The vm state; `None` when it is null.
    ///
    /// # Errors
    /// `ObjectActionError` when the field is unset, `ValueError` when Nova has no such state.
    pub fn vm_state(&self) -> Result<Option<VmState>, Fault> {
        word(self.vm_state.get()?.as_deref())
    }

    /// The task state; `None` when nothing is being done.
    ///
    /// # Errors
    /// `ObjectActionError` when the field is unset, `ValueError` when Nova has no such state.
    pub fn task_state(&self) -> Result<Option<TaskState>, Fault> {
        word(self.task_state.get()?.as_deref())
    }

    /// The power state; no state when it is null.
    ///
    /// # Errors
    /// `ObjectActionError` when the field is unset, `ValueError` when Nova has no such state.
    pub fn power_state(&self) -> Result<PowerState, Fault> {
        let code = self.power_state.get()?.unwrap_or(PowerState::NoState.code());
        PowerState::from_code(code)
            .ok_or_else(|| ValueError { message: format!("{code} is not a power state") }.into())
    }
}

fn word<T>(text: Option<&str>) -> Result<Option<T>, Fault>
where
    T: FromStr<Err = UnknownWord>,
{
    let refuse = |unknown: UnknownWord| ValueError { message: unknown.to_string() }.into();
    text.map(str::parse).transpose().map_err(refuse)
}
