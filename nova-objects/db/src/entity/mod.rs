//! Rows of Nova's tables and of ours, one file each, for sea-orm.
//!
//! Columns have the names and meaning of Nova's; what they mean is said where the catalogue declares the objects.
//! In soft-deleted tables `deleted` is 0 while the row lives and its `id` afterwards.

pub mod block_device_mapping;
pub mod build_request;
pub mod cell_mapping;
pub mod compute_node;
pub mod flavor;
pub mod flavor_extra_spec;
pub mod flavor_project;
pub mod host_mapping;
pub mod instance;
pub mod instance_action;
pub mod instance_action_event;
pub mod instance_extra;
pub mod instance_fault;
pub mod instance_generation;
pub mod instance_group;
pub mod instance_group_member;
pub mod instance_group_policy;
pub mod instance_info_cache;
pub mod instance_mapping;
pub mod instance_metadata;
pub mod instance_system_metadata;
pub mod operation;
pub mod quota_lock;
pub mod quota_share;
pub mod request_spec;
pub mod service;
