//! Instances: servers and all that belongs to them.
//!
//! An instance is a row of `instances` and the rows that go by its uuid: its network (`instance_info_caches`), its
//! large parts (`instance_extra`), its metadata and its disks. They live and die together.
//!
//! No tables of ours hold tags, security groups, PCI devices and EC2 ids: the first three are read as empty, and what
//! an object says of them is not written.

mod attrs;
mod create;
mod destroy;
mod extra;
mod filters;
mod list;
mod list_store;
mod metadata;
mod orphans;
mod pci;
mod read;
mod row;
mod save;
mod store;

pub use self::create::create_in;
pub use self::destroy::{destroy_in, mark_deleting_in};
pub use self::list::{list_by_host_in, uuids_by_host_in};
pub use self::orphans::{gone_in, orphans_in, resting_in};
pub use self::read::get_in;
pub use self::save::save_in;
