//! By which authority, and as which step of which operation, a machine is changed.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The fencing generation of one machine on one host.
///
/// Whoever gives a machine to a host, or takes it away, raises the number. A driver keeps the highest one it has
/// seen per machine and refuses an order with a lower one, so that a message that was delayed, or a control plane
/// that was paused, cannot undo what was decided since.
///
/// # Example
/// ```
/// use nova_virt::Generation;
///
/// assert!(Generation::FIRST < Generation::FIRST.next());
/// assert_eq!(Generation::new(7).to_string(), "7");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Generation(u64);

impl Generation {
    /// What a machine's first host is given.
    pub const FIRST: Self = Self(1);
    /// What a deletion is given: nothing comes after it.
    pub const LAST: Self = Self(u64::MAX);

    /// The generation with this number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number, as it is stored.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The next higher generation.
    ///
    /// # Panics
    /// After `u64::MAX`, which nobody reaches by counting.
    pub const fn next(self) -> Self {
        Self(self.0.checked_add(1).expect("generations are counted, not made up"))
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which step of which durable operation something is done for.
///
/// The same step driven again after a crash carries the same key; a second reboot that a user asked for is another
/// operation and carries another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StepKey {
    /// The operation.
    pub operation: Uuid,
    /// The step's name within the operation.
    pub step: String,
}

impl fmt::Display for StepKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.operation, self.step)
    }
}

/// What every call that changes a machine carries: the authority and the reason.
///
/// There is no request context beside it: a driver acts for an operation, which may be driven again long after the
/// user's request, its deadline and its token are gone. Give up on a slow call by dropping its future.
///
/// # Example
/// ```
/// use nova_virt::{Generation, Order};
/// # let operation = uuid::Uuid::nil();
///
/// let order = Order::new(operation, "spawn", Generation::FIRST);
/// assert_eq!(order.key.step, "spawn");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Which step this is done for.
    pub key: StepKey,
    /// Who may decide about the machine on this host.
    pub generation: Generation,
}

impl Order {
    /// An order for `step` of `operation` under `generation`.
    pub fn new(operation: Uuid, step: impl Into<String>, generation: Generation) -> Self {
        Self { key: StepKey { operation, step: step.into() }, generation }
    }
}
