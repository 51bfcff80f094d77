//! A driver whose hypervisor is a file: for tests, simulations, demonstrations and developing a service without one.
//!
//! Its machines live in a [`Store`] *outside* the service and survive its death at any instant. Every effect is in
//! the store's journal with the step and generation it was done under, so an audit reads what really happened to
//! machines, never what a service says about them.
//!
//! Faults and latencies are a [`Script`] of [`Rule`]s. What happens without the service (a guest that shuts
//! itself down, an operator at the hypervisor, a power cut) is done by [`Outside`].
//!
//! # Example: the answer to a spawn is lost, and the machine is there
//! ```
//! use nova_core::Env;
//! use nova_virt::fake::{FakeConfig, FakeDriver, Rule, Store};
//! use nova_virt::{Call, Driver, FailureClass, Generation, MachineSpec, Order};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let env = Env::builder().seed(7).build();
//! let driver = FakeDriver::new(&env, FakeConfig::new("node-1"), Store::memory());
//! driver.script().add(Rule::on(Call::Spawn).times(1).lose_answer());
//!
//! let spec = MachineSpec::smallest(env.new_id(), "node-1");
//! let order = Order::new(env.new_id(), "spawn", Generation::FIRST);
//! let error = driver.spawn(&order, &spec).await.unwrap_err();
//! assert_eq!(error.class(), FailureClass::Unknown);
//!
//! assert_eq!(driver.store().list()?.len(), 1);
//! driver.spawn(&order, &spec).await?; // the same step again
//! assert_eq!(driver.store().list()?.len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! # What it does not do
//! It runs no guest and plugs no interface. It keeps its journal for ever: a host that lives long in tests grows.

mod config;
mod driver;
mod file;
mod journal;
mod outside;
mod script;
mod state;
mod store;
mod verdict;

pub use self::config::{FakeConfig, Oversell};
pub use self::driver::FakeDriver;
pub use self::journal::{Effect, Entry, duplicates};
pub use self::outside::Outside;
pub use self::script::{Action, Failure, Latency, Moment, Point, Rule, Script, When};
pub use self::state::Machine;
pub use self::store::{Store, StoreError};
