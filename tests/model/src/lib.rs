//! The whole fleet of the examples in the simulation: conductors, schedulers and computes on fake hypervisors, users who
//! boot, change and delete servers, fate, and an audit of what is left.
//!
//! A [`Plan`] is drawn from a seed: the cloud, at least 60 operations, at least 10 faults. [`Verdict::of`] runs it:
//! 1. The cloud starts, users ask, faults strike. After each change of placement's books or of a machine, what must hold
//!    always is checked: no host is oversold, no instance runs twice.
//! 2. Everything is healed. Within 15 minutes of virtual time everything must rest and the audit must find nothing; after
//!    another minute and a half, in which whatever is late comes, still.
//! 3. Users see every server they were told of, at rest, and none that they deleted. Every action they were told is
//!    accepted is written down, and each server is as the last of its actions that did not fail says.
//! 4. Everything is deleted, and the same must hold for an empty cloud.
//!
//! `cargo run -p nova-model -- --seed 0x2a` runs one seed again, `-- --seeds 300 --from 0` many.

mod change;
mod check;
mod hypervisor;
pub mod matrix;
mod mutants;
mod plan;
mod promises;
mod rare;
mod run;
mod template;
mod users;

pub use self::change::Change;
pub use self::check::Verdict;
pub use self::hypervisor::{DriverFault, Trouble};
pub use self::mutants::MUTANTS;
pub use self::plan::{Act, LEAST_FAULTS, LEAST_OPERATIONS, Plan, Shape, Step};
pub use self::rare::RARE;
pub use self::run::{Violations, run};
