//! `TrustedCerts` 1.0. Emitted by the catalogue's generator, not written by hand.

use nova_objects::{Field, Meta, VersionedObject};

/// The certificates an image's signature may be checked with.
#[doc(alias = "nova.objects.trusted_certs.TrustedCerts")]
#[derive(Clone, Debug, PartialEq, VersionedObject)]
#[object(namespace = "nova", version = "1.0")]
pub struct TrustedCerts {
    /// The version it is at.
    pub meta: Meta,
    /// The certificates.
    pub ids: Field<Vec<String>>,
}
