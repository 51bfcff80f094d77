//! What an operator can set.

use std::time::Duration;

nova_core::config_group! {
    /// Options of builds, under Nova's names.
    pub struct ConductorOptions in "scheduler" {
        /// How many hosts are tried for one machine, the first included.
        #[option(min = 1)]
        pub max_attempts: u32 = 3,
    }
}

nova_core::config_group! {
    /// Options of the operation workers of conductors.
    pub struct WorkerOptions in "conductor" {
        /// Seconds to wait for a scheduler's choice before asking again, which another scheduler may answer. What the
        /// first may have claimed is given back then.
        #[option(min = 0.1)]
        pub scheduler_timeout: Duration = Duration::from_secs(20),
        /// Seconds between two looks for work when nobody says that there is some.
        #[option(min = 0.01)]
        pub operation_poll_interval: Duration = Duration::from_secs(10),
        /// Seconds a step is held by a conductor that does not renew it.
        #[option(min = 0.1)]
        pub operation_lease: Duration = Duration::from_secs(30),
    }
}
