//! Errors with an identity beyond this process.
//!
//! A [`Fault`] says which error it is by module and class, as Python peers know it, so that a Nova service on the
//! other side raises the right exception and ours can be rebuilt from theirs. Classes are declared where they
//! belong with [`faults!`](crate::faults): Nova's own are in `nova-objects-catalog`.
//!
//! # Example: declare, raise, recognise
//! ```
//! use nova_core::fault::Fault;
//!
//! nova_core::faults! {
//!     module "nova.exception";
//!     /// The instance is not there, or not this caller's to see.
//!     InstanceNotFound(404, safe, "Instance {instance_id} could not be found.") { instance_id: String }
//! }
//!
//! let fault = Fault::from(InstanceNotFound { instance_id: "7f".into() });
//! assert_eq!(fault.to_string(), "Instance 7f could not be found.");
//! assert_eq!(fault.downcast::<InstanceNotFound>().unwrap().instance_id, "7f");
//! ```

mod builtin;
mod class;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::builtin::{InternalError, KeyError, NotImplemented, TypeError, ValueError};
pub use self::class::FaultClass;

/// An error that can travel: class, module, message, HTTP code, arguments.
///
/// Cheap to move (one pointer). A fault of a class this process does not know is carried whole and can be passed on
/// unchanged.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fault(Box<FaultData>);

/// Everything a [`Fault`] carries; the shape codecs write and read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FaultData {
    /// The exception class as peers know it, for example `InstanceNotFound`.
    pub class: String,
    /// The module the class is found in, for example `nova.exception`.
    pub module: String,
    /// The text for a reader. Shown to users only when [`safe`](Self::safe).
    pub message: String,
    /// The HTTP status a REST service answers with.
    #[serde(default = "internal_error")]
    pub code: u16,
    /// Whether the message may be shown to a user who is not an administrator.
    #[serde(default)]
    pub safe: bool,
    /// The positional arguments of the exception.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<Value>,
    /// The keyword arguments of the exception: the fields of the class.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub kwargs: Map<String, Value>,
    /// The peer's traceback, line by line; empty from Rust peers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traceback: Vec<String>,
}

fn internal_error() -> u16 {
    500
}

impl Fault {
    /// A fault of a class that is not declared here, with code 500 and no arguments.
    pub fn new(module: impl Into<String>, class: impl Into<String>, message: impl Into<String>) -> Self {
        Self::from_data(FaultData {
            class: class.into(),
            module: module.into(),
            message: message.into(),
            code: internal_error(),
            safe: false,
            args: Vec::new(),
            kwargs: Map::new(),
            traceback: Vec::new(),
        })
    }

    /// A fault with these parts.
    pub fn from_data(data: FaultData) -> Self {
        Self(Box::new(data))
    }

    /// The parts, for a codec.
    pub fn into_data(self) -> FaultData {
        *self.0
    }

    /// An unexpected failure of this service: `what` was being done when `error` happened.
    ///
    /// The text names every cause, and is not shown to users.
    pub fn internal(what: impl fmt::Display, error: &(dyn std::error::Error + 'static)) -> Self {
        let causes = std::iter::successors(Some(error), |error| error.source());
        let mut message = what.to_string();
        for cause in causes {
            message.push_str(": ");
            message.push_str(&cause.to_string());
        }
        InternalError { message }.into()
    }

    /// The exception class.
    pub fn class(&self) -> &str {
        &self.0.class
    }

    /// The module of the exception class.
    pub fn module(&self) -> &str {
        &self.0.module
    }

    /// The text.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The HTTP status a REST service answers with.
    pub fn code(&self) -> u16 {
        self.0.code
    }

    /// Whether the message may be shown to a user who is not an administrator.
    pub fn is_safe(&self) -> bool {
        self.0.safe
    }

    /// All parts.
    pub fn data(&self) -> &FaultData {
        &self.0
    }

    /// Whether this is a `C`, here or at the peer it came from.
    pub fn is<C: FaultClass>(&self) -> bool {
        self.0.class == C::CLASS && self.0.module == C::MODULE
    }

    /// The `C` this is, rebuilt from its arguments; `None` if it is another class or an argument is missing.
    pub fn downcast<C: FaultClass>(&self) -> Option<C> {
        if self.is::<C>() { C::from_kwargs(&self.0.kwargs) } else { None }
    }

    /// The same fault with `key` among its keyword arguments.
    pub fn with_kwarg(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.0.kwargs.insert(key.into(), value.into());
        self
    }

    /// The same fault, answered over REST with `code`.
    pub fn with_code(mut self, code: u16) -> Self {
        self.0.code = code;
        self
    }
}

impl<C: FaultClass> From<C> for Fault {
    fn from(class: C) -> Self {
        let message = class.message();
        Self::from_data(FaultData {
            class: C::CLASS.to_owned(),
            module: C::MODULE.to_owned(),
            code: C::CODE,
            safe: C::SAFE,
            args: vec![Value::String(message.clone())],
            kwargs: class.kwargs(),
            message,
            traceback: Vec::new(),
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}({:?}, code {})", self.0.module, self.0.class, self.0.message, self.0.code)
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    crate::faults! {
        module "nova.exception";
        /// A test class.
        QuotaExceeded(413, safe, "Quota exceeded: {resource} {count}") { resource: String, count: i64 }
        /// Another, without fields.
        NothingLeft(500, "Nothing left") {}
    }

    #[test]
    fn a_fault_survives_serialisation_and_is_recognised_by_module_and_class() {
        let fault = Fault::from(QuotaExceeded { resource: "cores".into(), count: 3 });
        let text = serde_json::to_string(&fault).unwrap();
        let back: Fault = serde_json::from_str(&text).unwrap();
        assert_eq!(back, fault);
        assert_eq!(back.code(), 413);
        assert!(back.is_safe());
        assert_eq!(back.downcast::<QuotaExceeded>().unwrap().count, 3);
        assert!(back.downcast::<NothingLeft>().is_none());
        assert!(!Fault::new("other.module", "QuotaExceeded", "x").is::<QuotaExceeded>());
    }

    #[test]
    fn a_fault_whose_arguments_are_missing_is_of_the_class_but_not_rebuilt() {
        let bare = Fault::new("nova.exception", "QuotaExceeded", "x");
        assert!(bare.is::<QuotaExceeded>());
        assert!(bare.downcast::<QuotaExceeded>().is_none());
    }

    #[test]
    fn an_internal_fault_names_every_cause_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("outer")]
        struct Outer(#[source] std::io::Error);
        let fault = Fault::internal("saving", &Outer(std::io::Error::other("inner")));
        assert_eq!(fault.to_string(), "saving: outer: inner");
        assert!(!fault.is_safe());
    }
}
