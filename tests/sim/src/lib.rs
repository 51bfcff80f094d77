//! A simulation kit for services built on this SDK: a whole fleet on one thread, in virtual time, from one seed.
//!
//! Put your own manager in it: its clock, ids, choices and tasks come from an [`Env`](nova_core::Env), its messages
//! from a [`MemoryBus`](nova_rpc::transport::memory::MemoryBus), its database work passes a
//! [`DbGate`](nova_objects_db::DbGate). The kit supplies all three. Then hours pass in a moment, services die, stand
//! still and lose each other at any await, and whatever happened happens again, event by event, from the same seed.
//!
//! | part | what it is |
//! |---|---|
//! | [`run`] | one run: a seed and a scenario; gives its fingerprint, its last events and every panic |
//! | [`Sim`] | the scenario's handle: environments, choices, the gate, the trace, looks at one moment |
//! | [`Fleet`] | the services, each a process that can die, stand still and come back |
//! | [`Menu`], [`Fault`], [`Weather`] | what can go wrong; drawn or written by hand; begun and ended |
//! | [`campaign`] | many seeds on all processors |
//! | [`shrink`] | from a plan that fails to a short one that fails |
//!
//! # Example: a service that dies while it works
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use nova_core::group::MemoryGroup;
//! use nova_core::service::{ManagedService, Manager};
//! use nova_rpc::transport::memory::MemoryBus;
//! use nova_sim::{Draw, Fleet, Menu, Weather};
//!
//! struct Sleeper;
//! impl Manager for Sleeper {}
//!
//! let scenario = async |sim: nova_sim::Sim| {
//!     let bus = MemoryBus::new(&sim.env("bus"));
//!     sim.watch(&bus); // every message is part of the fingerprint
//!     let fleet = Fleet::new(&sim);
//!     fleet.add("sleeper", async |env| {
//!         let group = Arc::new(MemoryGroup::new(&env));
//!         let service = ManagedService::builder(&env, "sleeper", "host-1", Arc::new(Sleeper));
//!         Ok(service.service_group(group).build()?)
//!     });
//!     let weather = Weather::new(&sim, &bus, &fleet);
//!     fleet.start_all();
//!     fleet.all_up(Duration::from_secs(10)).await.expect("it starts");
//!     let fault = Menu::default().only(&["crash"]).draw(&sim.draw("fate"), &fleet.names());
//!     weather.strike(&fault.expect("there is a service to crash"));
//!     assert!(!fleet.is_up("sleeper"));
//!     weather.heal();
//!     fleet.all_up(Duration::from_secs(10)).await.expect("it starts again");
//! };
//! let (one, again) = (nova_sim::run(7, scenario), nova_sim::run(7, scenario));
//! assert!(one.panics.is_empty());
//! assert_eq!(one.hash, again.hash);
//! ```
//! A service with a database, an operation and several lives is in `tests/it/hello.rs` of this package; a whole cloud
//! is the package `nova-model`.
//!
//! # How it works
//! tokio runs everything on the calling thread with its clock stopped: when nobody can go on, the clock jumps to the
//! next timer. A database answers from another thread, and while one waits for it, nobody could go on, and the clock
//! would run away. So the [gate](SimGate) drives each piece of database work to its end on the spot, while the second
//! runtime, on which connections live, is the current one. To the simulation it takes no time; the gate adds virtual
//! time before and after it, so that others come in between.
//!
//! # What a scenario must not do
//! Whatever leaves the thread or asks the machine makes runs differ, and the fingerprint shows it:
//! - real clocks, randomness, threads, `spawn_blocking`, sockets, files that change while it runs;
//! - `select!` without `biased;`, and maps with random order;
//! - several waiters on one `tokio::sync::watch`: it wakes them in an order of its own (`Notify` does not);
//! - a closure of database work that waits for anything but its database: the run stops after two minutes.
//!
//! When two runs of one seed differ, remember all events of both ([`run_remembering`]) and compare them: the first that
//! differs is near the cause.
//!
//! # What it does not do
//! It finds mistakes between awaits, not between threads; it does not lose what was committed; and a database in it is
//! SQLite. `TMPDIR` says where the databases are: a file system in memory makes runs faster.

mod campaign;
mod draw;
mod fault;
mod fleet;
mod gate;
mod hash;
mod panics;
mod shrink;
mod sidecar;
mod sim;
mod time;
mod trace;

pub use self::campaign::campaign;
pub use self::draw::Draw;
pub use self::fault::{Fault, Menu, Weather};
pub use self::fleet::Fleet;
pub use self::gate::{Side, SimGate};
pub use self::shrink::shrink;
pub use self::sim::{Run, Sim, run, run_remembering};
pub use self::trace::Trace;
