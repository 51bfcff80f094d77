//! What a service needs to drive the machines of a host: the port every hypervisor fits, the values that go through
//! it, a fake hypervisor, and the suite that examines a driver.
//!
//! * [`Driver`] is the port: thirteen methods that every hypervisor can do. What only some can do is behind
//!   [`Driver::powers`], as traits that are there or not ([`Pause`], [`Suspend`]).
//! * [`MachineSpec`], [`HostResources`] and [`MachineInfo`] are plain values of this crate. It knows no database, no
//!   message and no versioned object; a compute manager converts.
//! * [`DriverError`] says by its [class](FailureClass) what a failure means: try another host, give up, stop quietly,
//!   or look before doing anything.
//! * [`fake`] is a driver without a hypervisor, with scripted faults, whose machines outlive the service.
//! * [`conformance`] examines any driver, yours too.
//!
//! # Example: the life of a machine
//! ```
//! use nova_core::Env;
//! use nova_virt::fake::{FakeConfig, FakeDriver, Store};
//! use nova_virt::{Disks, Driver, Generation, MachineSpec, Order, PowerState};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), nova_virt::DriverError> {
//! let env = Env::system();
//! let driver = FakeDriver::new(&env, FakeConfig::new("node-1"), Store::memory());
//! driver.init_host("node-1").await?;
//!
//! let spec = MachineSpec::smallest(env.new_id(), "node-1");
//! driver.spawn(&Order::new(env.new_id(), "spawn", Generation::FIRST), &spec).await?;
//! assert_eq!(driver.info(spec.uuid).await?.state, PowerState::Running);
//!
//! // Whoever takes a machine away raises its generation, and a late spawn is turned away.
//! let last = Order::new(env.new_id(), "destroy", Generation::FIRST.next());
//! driver.destroy(&last, spec.uuid, Disks::Remove).await?;
//! let late = Order::new(env.new_id(), "spawn", Generation::FIRST);
//! assert!(driver.spawn(&late, &spec).await.is_err());
//! # Ok(())
//! # }
//! ```
//!
//! # Writing a driver
//! [`mod@driver`] shows a whole one; [`Driver`] says what it must promise; [`conformance`] says whether it does.
//!
//! # What will come
//! More powers (snapshots, consoles, rescue, attached volumes and interfaces, migration), each with the first driver
//! that has it, as a field of [`Powers`].

pub mod call;
pub mod conformance;
pub mod driver;
pub mod error;
pub mod event;
pub mod fake;
pub mod host;
pub mod machine;
pub mod names;
pub mod order;
pub mod power;
pub mod powers;
pub mod spec;

pub use call::Call;
pub use driver::{Disks, Driver, PowerOff, Reboot};
pub use error::{AbortCause, DriverError, FailureClass};
pub use event::{DriverEvent, EventStream, LifecycleEvent, LifecycleKind};
pub use host::{HostResources, Inventory, Usage};
pub use machine::MachineInfo;
pub use names::{ResourceClass, Trait};
pub use order::{Generation, Order, StepKey};
pub use power::PowerState;
pub use powers::{Pause, Powers, Suspend};
pub use spec::{MachineSpec, Start};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
