//! A cloud to be tested, and the audit of what it leaves.
//!
//! Nothing is faked but the hypervisors, which keep their machines outside the services. Times are real, because
//! databases answer in real time; leases and polls are short instead.

mod crash;
mod points;
mod world;

pub use nova_audit::{Audit, Finding};

pub use self::crash::{Boundary, CrashGate};
pub use self::points::Points;
pub use self::world::{SLOW_CONDUCTOR, World, WorldBuilder, sources};
