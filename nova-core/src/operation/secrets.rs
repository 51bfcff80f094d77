//! Secret arguments at rest.
//!
//! Passwords and injected files of a request must outlive the request, because the step that needs them may run after
//! a crash. They are encrypted (XChaCha20-Poly1305, a random nonce each, bound to the operation's id) under a key that
//! is configured, not stored beside them; and they are wiped when the operation ends.

use std::fmt;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::record::OperationId;
use crate::Env;

const NONCE: usize = 24;

/// The key under which a deployment's operation secrets are sealed. All services of it share one.
#[derive(Clone)]
pub struct OperationKey(XChaCha20Poly1305);

/// Encrypted secret arguments, as they are stored: the nonce, then the ciphertext.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed(pub Vec<u8>);

/// Why secrets cannot be sealed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// They cannot be written as JSON.
    #[error("the secret arguments cannot be written as JSON")]
    Encode(#[source] serde_json::Error),
    /// They are too long to encrypt.
    #[error("the secret arguments cannot be encrypted")]
    Encrypt,
}

/// Why sealed secrets cannot be opened.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The operation has no secrets, or has ended.
    #[error("the operation has no secret arguments")]
    None,
    /// The worker was given no key.
    #[error("no key for operation secrets is configured")]
    NoKey,
    /// The key is another one, or the text was tampered with or moved to another operation.
    #[error("the secret arguments do not open under the configured key")]
    WrongKey,
    /// What was sealed is of another type.
    #[error("the secret arguments have another shape than expected")]
    Shape,
}

impl OperationKey {
    /// The key made of these 32 bytes, which must come from a cryptographic source.
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(&Key::from(*bytes)))
    }

    pub(super) fn seal<T: Serialize>(
        &self,
        env: &Env,
        id: OperationId,
        secrets: &T,
    ) -> Result<Sealed, SealError> {
        let text = serde_json::to_vec(secrets).map_err(SealError::Encode)?;
        let mut nonce = [0; NONCE];
        env.fill_random(&mut nonce);
        let payload = Payload { msg: &text, aad: id.0.as_bytes() };
        let cipher = self.0.encrypt(&XNonce::from(nonce), payload).map_err(|_| SealError::Encrypt)?;
        Ok(Sealed([&nonce[..], &cipher].concat()))
    }

    pub(super) fn open<T: DeserializeOwned>(&self, id: OperationId, sealed: &Sealed) -> Result<T, OpenError> {
        let (nonce, cipher) = sealed.0.split_first_chunk::<NONCE>().ok_or(OpenError::WrongKey)?;
        let payload = Payload { msg: cipher, aad: id.0.as_bytes() };
        let text = self.0.decrypt(&XNonce::from(*nonce), payload).map_err(|_| OpenError::WrongKey)?;
        serde_json::from_slice(&text).map_err(|_| OpenError::Shape)
    }
}

impl fmt::Debug for OperationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OperationKey(***)")
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(key: u8) -> (Env, OperationId, Sealed) {
        let env = Env::builder().seed(1).build();
        let id = OperationId(env.new_id());
        let sealed = OperationKey::new(&[key; 32]).seal(&env, id, &"hunter2".to_owned()).unwrap();
        (env, id, sealed)
    }

    #[test]
    fn secrets_open_under_their_key_and_for_their_operation_only() {
        let (env, id, sealed) = sealed(1);
        assert_eq!(OperationKey::new(&[1; 32]).open::<String>(id, &sealed).unwrap(), "hunter2");
        assert_eq!(OperationKey::new(&[2; 32]).open::<String>(id, &sealed), Err(OpenError::WrongKey));
        let other = OperationId(env.new_id());
        assert_eq!(OperationKey::new(&[1; 32]).open::<String>(other, &sealed), Err(OpenError::WrongKey));
        assert_eq!(OperationKey::new(&[1; 32]).open::<u8>(id, &sealed), Err(OpenError::Shape));
    }

    #[test]
    fn neither_debug_nor_the_stored_bytes_show_a_secret() {
        let (_, _, sealed) = sealed(1);
        assert!(!format!("{sealed:?} {:?}", OperationKey::new(&[1; 32])).contains("hunter2"));
        assert!(!sealed.0.windows(7).any(|window| window == b"hunter2"));
    }
}
