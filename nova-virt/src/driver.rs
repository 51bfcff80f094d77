//! The port itself, and how to fit a hypervisor to it.
//!
//! # Example: a whole driver
//! Its hypervisor is a map. Every call that changes a machine goes through one function: first the fence, then the
//! change, then the news. At the end the conformance suite examines it.
//! ```
#![doc = include_str!("../examples/tiny_driver.rs")]
//! ```

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::DriverError;
use crate::event::EventStream;
use crate::host::HostResources;
use crate::machine::MachineInfo;
use crate::order::Order;
use crate::powers::Powers;
use crate::spec::MachineSpec;

/// What drives the machines of one host: what every hypervisor can do, and no more.
///
/// # Who calls, and how
/// A compute manager holds one driver for its host. [`init_host`](Self::init_host) comes first and alone. After it,
/// everything may be called at any time and concurrently. Calls that change *one* machine come one after the other
/// (the manager holds the machine's lock), except after a crash or a pause of the process: then an old call may still
/// be on its way while its successor's runs, and the generation decides between them.
///
/// # What an implementor promises
/// * **The hypervisor is the memory.** A driver that is opened again over the same host knows the same machines and
///   the same generations. It keeps what it must remember in the machine's own metadata, or beside it on the host.
/// * **Repeatable by uuid.** Every call may be made again after a crash and then gives what the first would have
///   given: a machine is made once, a missing one is destroyed already, one that runs is on.
///   A call that finds the half of an earlier one completes it or undoes it.
/// * **Fenced.** Each call that changes a machine takes an [`Order`]. If its generation is lower than the highest one
///   seen for that machine it is refused with [`DriverError::Fenced`], and nothing changes. A higher one is kept
///   before the change is made, even if the change itself is nothing new. Generations outlive their machine: a
///   machine that was destroyed is not made again by a late order. (An order of the *same* generation may make it
///   again; whoever wants a destruction to be final raises the generation with it.)
/// * **A reboot is done once.** It is the one call whose repetition is not harmless, so the [key](Order::key) of a
///   machine's last reboot is kept with it, and a reboot of the same key is answered without rebooting.
/// * **Honest errors.** [`Host`](DriverError::Host) says that nothing was changed. Who cannot know says
///   [`OutcomeUnknown`](DriverError::OutcomeUnknown).
/// * **A slow machine is only slow itself.** No call waits for one about another machine, and none blocks the thread.
///
/// # Cancel safety
/// The caller gives up on a call by dropping its future. Then the call may have been done, in part or wholly; the
/// driver stays usable, and the same call made again heals it.
///
/// # How people get it wrong
/// A `spawn` that fails because the machine exists; a `destroy` that fails because it does not; a map in memory that
/// says which machines there are; an error after the change was made; an event queue without a bound. The
/// [conformance suite](crate::conformance) looks for each of these.
#[doc(alias = "ComputeDriver")]
#[async_trait]
pub trait Driver: Send + Sync {
    /// Makes the host ready for the service named `host`. Called once at each start, before anything else.
    ///
    /// # Errors
    /// `HostUnusable` if the service must not start: the hypervisor is out of reach, or the host held machines under
    /// another name.
    async fn init_host(&self, host: &str) -> Result<(), DriverError>;

    /// The names of the nodes this host has: one for a hypervisor, many for a rack of bare metal.
    ///
    /// # Errors
    /// `Host`.
    #[doc(alias = "get_available_nodes")]
    async fn nodes(&self) -> Result<Vec<String>, DriverError>;

    /// What a node has and what is used of it. Called at start and periodically; it may be slow.
    ///
    /// # Errors
    /// `UnknownNode`, `Host`.
    #[doc(alias = "get_available_resource")]
    #[doc(alias = "update_provider_tree")]
    async fn resources(&self, node: &str) -> Result<HostResources, DriverError>;

    /// All machines on the host, also those that somebody else made.
    ///
    /// It agrees with [`info`](Self::info): a machine is in both or in neither.
    ///
    /// # Errors
    /// `Host`.
    #[doc(alias = "list_instance_uuids")]
    async fn machines(&self) -> Result<Vec<MachineInfo>, DriverError>;

    /// One machine.
    ///
    /// # Errors
    /// `NotFound` if the host surely has none by this uuid; `Host` if it cannot say.
    #[doc(alias = "get_info")]
    async fn info(&self, uuid: Uuid) -> Result<MachineInfo, DriverError>;

    /// Machines of which the host still keeps something (disks, files) although it does not have the machine.
    ///
    /// They are the rest of a [`spawn`](Self::spawn) that was cut off, or disks that were kept.
    /// [`destroy`](Self::destroy) with [`Disks::Remove`] removes them.
    ///
    /// # Errors
    /// `Host`.
    async fn leftovers(&self) -> Result<Vec<Uuid>, DriverError>;

    /// Makes a machine, and starts it unless the specification says otherwise.
    ///
    /// If the machine exists already nothing is made and nothing started; its specification is not compared.
    /// Kept disks are used again. After an error other than `OutcomeUnknown` nothing of the machine is left.
    ///
    /// # Errors
    /// `Fenced`, `NoCapacity`, `UnknownNode`, `Unacceptable`, `Host`, `OutcomeUnknown`.
    async fn spawn(&self, order: &Order, spec: &MachineSpec) -> Result<(), DriverError>;

    /// Stops and removes a machine and everything that belongs to it; its disks as `disks` says.
    ///
    /// A machine that is not there is a success, and what is left of it is removed all the same.
    ///
    /// # Errors
    /// `Fenced`, `Host`, `OutcomeUnknown`.
    #[doc(alias = "cleanup")]
    async fn destroy(&self, order: &Order, uuid: Uuid, disks: Disks) -> Result<(), DriverError>;

    /// Starts a machine that is off. One that runs goes on.
    ///
    /// # Errors
    /// `NotFound`, `Fenced`, `InvalidState` for a paused or suspended one, `Host`, `OutcomeUnknown`.
    async fn power_on(&self, order: &Order, uuid: Uuid) -> Result<(), DriverError>;

    /// Stops a machine, whatever its state. One that is off stays so.
    ///
    /// # Errors
    /// `NotFound`, `Fenced`, `Host`, `OutcomeUnknown`.
    async fn power_off(&self, order: &Order, uuid: Uuid, how: PowerOff) -> Result<(), DriverError>;

    /// Starts a machine anew. A hard reboot works from every state and ends running.
    ///
    /// # Errors
    /// `NotFound`, `Fenced`, `InvalidState` for a soft reboot of one that does not run, `Host`, `OutcomeUnknown`.
    async fn reboot(&self, order: &Order, uuid: Uuid, how: Reboot) -> Result<(), DriverError>;

    /// What happens to machines from now on, whoever caused it.
    ///
    /// Several streams may be open. A stream is bounded: what a slow listener misses is told as
    /// [`Missed`](crate::DriverEvent::Missed). Events of one machine come in order.
    #[doc(alias = "register_event_listener")]
    fn events(&self) -> EventStream;

    /// What this driver can do besides.
    fn powers(&self) -> Powers<'_> {
        Powers::none()
    }
}

/// What becomes of a destroyed machine's disks.
#[doc(alias = "destroy_disks")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disks {
    /// They are removed.
    Remove,
    /// They stay, for another host that shares them.
    Keep,
}

/// How a machine is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PowerOff {
    /// The guest is asked, and cut off if it still runs after this time.
    Graceful(Duration),
    /// It is cut off.
    Now,
}

/// How a machine is rebooted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reboot {
    /// The guest is asked to.
    Soft,
    /// It is cut off and started.
    Hard,
}
