//! The VersionedObject derive and the remotable macro of nova-objects
