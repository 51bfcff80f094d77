//! A simulation kit for services built on this SDK: a whole fleet on one thread, in virtual time, from one seed.
//!
//! placeholder

mod campaign;
mod draw;
pub mod fault;
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
