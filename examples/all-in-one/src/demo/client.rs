//! The smallest REST client: JSON over one connection a request.

use std::net::SocketAddr;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use nova_core::BoxError;
use serde_json::Value;
use tokio::net::TcpStream;

/// The longest answer that is read.
const LIMIT: usize = 1 << 20;

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The service cannot be reached, or hung up.
    #[error("{method} {path} did not get through")]
    Transport {
        /// The method.
        method: Method,
        /// The path.
        path: String,
        /// Why.
        source: BoxError,
    },
    /// The service refused.
    #[error("{method} {path} was answered with {status}: {body}")]
    Refused {
        /// The method.
        method: Method,
        /// The path.
        path: String,
        /// The status.
        status: StatusCode,
        /// The answer.
        body: String,
    },
}

/// A client of one service, with one token.
#[derive(Clone)]
pub struct Client {
    address: SocketAddr,
    token: String,
}

impl Client {
    /// Asks the service at `address`.
    pub fn new(address: SocketAddr, token: impl Into<String>) -> Self {
        Self { address, token: token.into() }
    }

    /// The JSON at `path`.
    ///
    /// # Errors
    /// No answer, or one that is not a success.
    pub async fn get(&self, path: &str) -> Result<Value, ClientError> {
        self.successful(Method::GET, path, None).await
    }

    /// The answer to `body`.
    ///
    /// # Errors
    /// No answer, or one that is not a success.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, ClientError> {
        self.successful(Method::POST, path, Some(body)).await
    }

    /// Deletes what is at `path`.
    ///
    /// # Errors
    /// No answer, or one that is not a success.
    pub async fn delete(&self, path: &str) -> Result<(), ClientError> {
        self.successful(Method::DELETE, path, None).await.map(drop)
    }

    /// Whether there is something at `path`.
    ///
    /// # Errors
    /// No answer, or one that is neither a success nor 404.
    pub async fn exists(&self, path: &str) -> Result<bool, ClientError> {
        match self.get(path).await {
            Ok(_) => Ok(true),
            Err(ClientError::Refused { status: StatusCode::NOT_FOUND, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Status and JSON of any answer.
    ///
    /// # Errors
    /// No answer.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Value), ClientError> {
        let sent = self.exchange(method.clone(), path, body).await;
        sent.map_err(|source| ClientError::Transport { method, path: path.to_owned(), source })
    }

    async fn successful(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, ClientError> {
        let (status, answer) = self.send(method.clone(), path, body).await?;
        if status.is_success() {
            return Ok(answer);
        }
        Err(ClientError::Refused { method, path: path.to_owned(), status, body: answer.to_string() })
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Value), BoxError> {
        let stream = TcpStream::connect(self.address).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", self.address.to_string())
            .header("x-auth-token", &self.token)
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body.map(Value::to_string).unwrap_or_default())))?;
        let exchange = async {
            let response = sender.send_request(request).await?;
            let status = response.status();
            let body = Limited::new(response.into_body(), LIMIT).collect().await;
            let body = body.map_err(|error| match error.downcast::<LengthLimitError>() {
                Ok(_) => BoxError::from("the answer is too long"),
                Err(error) => error,
            })?;
            Ok::<_, BoxError>((status, body.to_bytes()))
        };
        // The connection must be driven while the exchange goes on; whichever ends first decides.
        let (status, text) = tokio::select! {
            biased;
            answer = exchange => answer?,
            ended = connection => return Err(ended.err().map_or_else(|| "the service hung up".into(), Into::into)),
        };
        let answer = if text.is_empty() { Value::Null } else { serde_json::from_slice(&text)? };
        Ok((status, answer))
    }
}

/// The address only: no token.
impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("address", &self.address).finish_non_exhaustive()
    }
}
