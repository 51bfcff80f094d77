//! Rows of placement's tables, one file each, for sea-orm.

pub mod allocation;
pub mod consumer;
pub mod consumer_group;
pub mod inventory;
pub mod resource_provider;
pub mod resource_provider_trait;
