//! What an operator can set.

use std::time::Duration;

nova_core::config_group! {
    /// Options of the compute service, under Nova's names.
    pub struct ComputeOptions in "DEFAULT" {
        /// How many machines are built at a time; 0 for no limit.
        #[option(min = 0)]
        pub max_concurrent_builds: usize = 10,
        /// Seconds between two reports of what the host has; 0 for the default of 60.
        pub update_resources_interval: Duration = Duration::ZERO,
        /// Times over a CPU is given away.
        #[option(min = 0)]
        pub cpu_allocation_ratio: f64 = 4.0,
        /// Times over the memory is given away.
        #[option(min = 0)]
        pub ram_allocation_ratio: f64 = 1.0,
        /// Times over the disk is given away.
        #[option(min = 0)]
        pub disk_allocation_ratio: f64 = 1.0,
        /// CPUs kept for the host itself.
        #[option(min = 0)]
        pub reserved_host_cpus: u64 = 0,
        /// MiB of memory kept for the host itself.
        #[option(min = 0)]
        pub reserved_host_memory_mb: u64 = 512,
        /// MiB of disk kept for the host itself.
        #[option(min = 0)]
        pub reserved_host_disk_mb: u64 = 0,
        /// Seconds a guest may take to shut down when it is stopped, unless its image says `os_shutdown_timeout`; 0 cuts
        /// it off at once.
        pub shutdown_timeout: Duration = Duration::from_secs(60),
        /// Seconds between two comparisons of the host's machines with the records of their instances; 0 for the default
        /// of 60. The first is at the start.
        pub sync_power_state_interval: Duration = Duration::from_secs(600),
        /// Seconds between two looks for machines whose instance is deleted; 0 for the default of 60. The first is at the
        /// start.
        pub running_deleted_instance_poll_interval: Duration = Duration::from_secs(1800),
        /// What becomes of them: they are left, named in the log, turned off, or removed with their disks. A machine that
        /// never had an instance is left, whatever this says.
        #[option(choices = ["noop", "log", "shutdown", "reap"])]
        pub running_deleted_instance_action: String = "reap".to_owned(),
        /// Seconds to wait for a conductor's answer about records and operations before asking again, which another
        /// conductor may answer. Every such call may be repeated.
        #[option(min = 0.1)]
        pub conductor_timeout: Duration = Duration::from_secs(10),
        /// Seconds between two looks for work when nobody says that there is some.
        #[option(min = 0.01)]
        pub operation_poll_interval: Duration = Duration::from_secs(10),
        /// Seconds a step is held by a service that does not renew it.
        #[option(min = 0.1)]
        pub operation_lease: Duration = Duration::from_secs(30),
    }
}
