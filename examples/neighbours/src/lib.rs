//! What compute needs of its neighbours, as ports, each with the smallest real implementation.
//!
//! | port | Nova's neighbour | here | later |
//! |---|---|---|---|
//! | [`Images`](image::Images) | Glance | [a directory](image::DirectoryImages) | a Glance client |
//! | [`Network`](network::Network) | Neutron | [none](network::NoNetwork) | a Neutron client |
//! | [`Identity`](identity::Identity) | Keystone | [fixed development identities](identity::FixedIdentity) | a Keystone client |
//! | [`Placement`](placement::Placement) | Placement | `nova-placement`, embedded | a Placement client |
//!
//! Each port comes with a `conformance` function that its next implementor runs unchanged. There is no port for
//! volumes yet: nothing here attaches one.

pub mod identity;
pub mod image;
pub mod network;
pub mod placement;
