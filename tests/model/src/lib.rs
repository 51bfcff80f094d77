//! The model.

mod hypervisor;
mod plan;
mod run;
mod template;
mod users;

pub use self::hypervisor::{DriverFault, Trouble};
pub use self::plan::{Act, LEAST_OPERATIONS, Plan, Shape, Step};
pub use self::run::{Violations, run};
