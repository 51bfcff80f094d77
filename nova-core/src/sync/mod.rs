//! Locks by key, and semaphores whose queue can be seen.

mod keyed;
mod semaphore;

pub use self::keyed::{KeyGuard, KeyedLocks};
pub use self::semaphore::{Permit, Semaphore};
