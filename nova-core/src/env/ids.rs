//! Random bytes to UUIDs.

use uuid::{Builder, Uuid};

/// The version 4 UUID made of `bytes`.
pub(super) fn version_4(bytes: [u8; 16]) -> Uuid {
    Builder::from_random_bytes(bytes).into_uuid()
}
