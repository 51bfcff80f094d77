//! The primitive form: an object as a map that every peer reads.
//!
//! ```text
//! {"nova_object.name": "Service", "nova_object.namespace": "nova", "nova_object.version": "1.22",
//!  "nova_object.data": {"host": "c1", "binary": "nova-compute"}, "nova_object.changes": ["host"]}
//! ```
//! Fields that are unset are absent from the data; the last key is there only when something changed. The same code
//! writes JSON and MessagePack. Reading takes the keys in any order and ignores names it does not know.

mod decode;
mod encode;
mod explain;

pub use self::decode::deserialize;
pub(crate) use self::decode::{Changes, read_field};
pub use self::encode::serialize;
pub(crate) use self::explain::{Header, HeaderOnly};
pub use self::explain::{decode, explain};

/// The keys of a primitive.
pub(crate) mod keys {
    pub(crate) const NAME: &str = "nova_object.name";
    pub(crate) const NAMESPACE: &str = "nova_object.namespace";
    pub(crate) const VERSION: &str = "nova_object.version";
    pub(crate) const DATA: &str = "nova_object.data";
    pub(crate) const CHANGES: &str = "nova_object.changes";
}
