//! A value that must not be printed.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// What stands where a secret would be printed.
pub(crate) const MASK: &str = "***";

/// The text of a password, token or URL with a password in it.
///
/// It has no `Display`, its `Debug` is `***`, and its memory is wiped when it is dropped. An option of this type is
/// masked wherever the configuration is shown: errors, [`Config::dump`](super::Config::dump), the sample file.
///
/// # Example
/// ```
/// use nova_core::config::Secret;
///
/// let password = Secret::from("s3same");
/// assert_eq!(format!("{password:?}"), "***");
/// assert_eq!(password.expose(), "s3same");
/// ```
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// The text. Do not log it, and do not put it into an error.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(SecretString::from(text))
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(SecretString::from(text))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}
