//! Faults that servers raise before or around a method.

use nova_core::Fault;
use nova_core::fault::FaultClass;
use serde_json::{Map, Value};

use crate::Version;

nova_core::faults! {
    module "nova_sdk.errors";
    /// The server, or a queue on the way to it, has too much to do.
    ServerOverloaded(503, "{message}") { message: String }
    /// The caller's deadline passed before the method began.
    DeadlinePassed(504, "the deadline of {method} passed before it began") { method: String }
    /// The server was stopped while the method ran.
    ServerStopping(503, "the server was stopped while it ran {method}") { method: String }
}

/// A class of oslo.messaging's dispatcher: recognised by name, with a text and nothing else to rebuild.
macro_rules! dispatcher_fault {
    ($(#[$meta:meta])* $name:ident($($field:ident: $type:ty),*), $text:literal) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub struct $name { message: String }

        impl $name {
            pub(crate) fn fault($($field: $type),*) -> Fault {
                Self { message: format!($text) }.into()
            }
        }

        impl FaultClass for $name {
            const MODULE: &'static str = "oslo_messaging.rpc.dispatcher";
            const CLASS: &'static str = stringify!($name);
            const CODE: u16 = 500;
            const SAFE: bool = false;

            fn message(&self) -> String {
                self.message.clone()
            }

            fn kwargs(&self) -> Map<String, Value> {
                Map::new()
            }

            fn from_kwargs(_: &Map<String, Value>) -> Option<Self> {
                None
            }
        }
    };
}

dispatcher_fault! {
    /// The server has the contract and not the method. Recognised with [`Fault::is`]; only its text travels.
    NoSuchMethod(method: &str), "Endpoint does not support RPC method {method}"
}

dispatcher_fault! {
    /// The server has no contract of this namespace and version. Recognised with [`Fault::is`]; only its text travels.
    UnsupportedVersion(version: Version, method: &str),
    "Endpoint does not support RPC version {version}. Attempted method: {method}"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dispatcher_faults_have_the_names_texts_and_bare_arguments_that_oslo_peers_know() {
        let fault = UnsupportedVersion::fault(Version::new(1, 6), "v1_5");
        assert!(fault.is::<UnsupportedVersion>());
        assert_eq!(fault.message(), "Endpoint does not support RPC version 1.6. Attempted method: v1_5");
        assert!(fault.data().kwargs.is_empty());
        let fault = NoSuchMethod::fault("nope");
        assert_eq!((fault.module(), fault.class()), ("oslo_messaging.rpc.dispatcher", "NoSuchMethod"));
        assert_eq!(fault.message(), "Endpoint does not support RPC method nope");
    }
}
