//! Broken variants of the code, for tests of the tests.
//!
//! A test that has never failed says little. At the places where the code guards a promise, [`mutant!`](crate::mutant!)
//! names a variant that lacks the guard. Variants exist only in a build with `--cfg nova_mutants`, and there at most one is
//! active at a time; in every other build the macro is `false` and leaves nothing behind.
//!
//! # Example
//! ```
//! fn admits(room: u64, asked: u64) -> bool {
//!     nova_core::mutant!("example: everything is admitted") || asked <= room
//! }
//! assert!(!admits(1, 2));
//! ```

use std::sync::{Mutex, PoisonError};

static ACTIVE: Mutex<Option<&'static str>> = Mutex::new(None);

/// There are no broken variants in this build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this build has no broken variants: build it with RUSTFLAGS=\"--cfg nova_mutants\"")]
pub struct NotBuilt;

/// Makes `name` the variant that runs from now on in the whole process; none, if there is no name.
///
/// # Errors
/// [`NotBuilt`].
pub fn activate(name: Option<&'static str>) -> Result<(), NotBuilt> {
    if !cfg!(nova_mutants) {
        return Err(NotBuilt);
    }
    *ACTIVE.lock().unwrap_or_else(PoisonError::into_inner) = name;
    Ok(())
}

/// Whether `name` is the variant that runs. What [`mutant!`](crate::mutant!) asks.
pub fn is_active(name: &str) -> bool {
    *ACTIVE.lock().unwrap_or_else(PoisonError::into_inner) == Some(name)
}

/// Whether the broken variant of this name is to run here: see [the module](mod@crate::mutant).
#[macro_export]
macro_rules! mutant {
    ($name:literal) => {
        cfg!(nova_mutants) && $crate::mutant::is_active($name)
    };
}
