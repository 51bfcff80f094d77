//! What operators can say.

use std::time::Duration;

nova_core::config_group! {
    /// How the scheduler looks for hosts.
    pub struct SchedulerOptions in "scheduler" {
        /// How many hosts a build is tried on, the first one included. The scheduler gives one alternate less than
        /// this with each host it chooses.
        #[option(min = 1)]
        pub max_attempts: u32 = 3,
        /// How many hosts placement may offer for one request. Those beyond are never looked at.
        #[option(min = 1)]
        pub max_placement_results: usize = 1000,
        /// How old what is known of hosts and their services may be. What is free is asked for each request and is
        /// never old; the rest changes rarely. 0 reads everything for each request.
        #[option(max = 60)]
        pub host_cache_time: Duration = Duration::from_secs(1),
    }
}

nova_core::config_group! {
    /// How hosts are filtered and weighed.
    pub struct FilterSchedulerOptions in "filter_scheduler" {
        /// The filters a host must pass, in order.
        pub enabled_filters: Vec<String> = [
            "ComputeFilter",
            "ComputeCapabilitiesFilter",
            "ImagePropertiesFilter",
            "ServerGroupAntiAffinityFilter",
            "ServerGroupAffinityFilter",
        ],
        /// The weighers that count; nova.scheduler.weights.all_weighers stands for all there are.
        pub weight_classes: Vec<String> = ["nova.scheduler.weights.all_weighers"],
        /// One of so many best hosts is chosen at random, so that several schedulers get less into each other's way.
        #[option(min = 1)]
        pub host_subset_size: usize = 1,
        /// Chooses at random among the best hosts if they weigh the same.
        pub shuffle_best_same_weighed_hosts: bool = false,
        /// The architecture of images that do not say theirs.
        pub image_properties_default_architecture: Option<String>,
        /// How much free memory counts. Negative: fill hosts up one by one.
        pub ram_weight_multiplier: f64 = 1.0,
        /// How much free virtual CPUs count. Negative: fill hosts up one by one.
        pub cpu_weight_multiplier: f64 = 1.0,
        /// How much free disk counts. Negative: fill hosts up one by one.
        pub disk_weight_multiplier: f64 = 1.0,
        /// How much it counts that a host is busy building, resizing and the like.
        pub io_ops_weight_multiplier: f64 = -1.0,
        /// How much the number of instances counts. Negative: spread them.
        pub num_instances_weight_multiplier: f64 = 0.0,
        /// How much a newer hypervisor counts.
        pub hypervisor_version_weight_multiplier: f64 = 1.0,
        /// How much it counts that a host has members of the request's soft-affinity group.
        #[option(min = 0.0)]
        pub soft_affinity_weight_multiplier: f64 = 1.0,
        /// How much it counts that a host has no members of the request's soft-anti-affinity group.
        #[option(min = 0.0)]
        pub soft_anti_affinity_weight_multiplier: f64 = 1.0,
        /// How much builds that failed lately count against a host.
        pub build_failure_weight_multiplier: f64 = 1_000_000.0,
    }
}

nova_core::config_group! {
    /// Where a host is that nobody put anywhere.
    pub struct ZoneOptions in "DEFAULT" {
        /// The availability zone of hosts that are in no other.
        pub default_availability_zone: String = "nova",
    }
}
