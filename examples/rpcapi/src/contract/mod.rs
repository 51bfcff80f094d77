//! The RPC interfaces.

mod hints;
mod operations;
mod recovery;
mod scheduler;

pub use self::hints::{HINT_API, HintApi, HintApiClient, HintApiDispatcher};
pub use self::operations::{OPERATIONS_API, OperationsApi, OperationsApiClient, OperationsApiDispatcher};
pub use self::recovery::{RECOVERY_API, RecoveryApi, RecoveryApiClient, RecoveryApiDispatcher};
pub use self::scheduler::{SCHEDULER_API, SchedulerApi, SchedulerApiClient, SchedulerApiDispatcher};
