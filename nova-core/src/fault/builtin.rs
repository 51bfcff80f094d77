//! Faults of Python's own classes, which peers raise and expect routinely, and of this SDK itself.

crate::faults! {
    module "builtins";
    /// An argument is missing, unknown or of the wrong type.
    TypeError(400, "{message}") { message: String }
    /// An argument has the right type and a wrong value.
    ValueError(400, "{message}") { message: String }
    /// A key that must be there is not.
    KeyError(500, "{message}") { message: String }
}

mod not_implemented {
    crate::faults! {
        module "builtins";
        /// The service does not do this.
        NotImplementedError(501, "{message}") { message: String }
    }
}
pub use not_implemented::NotImplementedError as NotImplemented;

mod internal {
    crate::faults! {
        module "nova_sdk.errors";
        /// The service failed in a way its caller can do nothing about. Python peers see a `RemoteError`.
        InternalError(500, "{message}") { message: String }
    }
}
pub use internal::InternalError;
