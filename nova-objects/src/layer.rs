//! A server's layer that tells a caller when its objects are too new.

use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use nova_core::fault::TypeError;
use nova_core::{BoxError, Fault};
use nova_rpc::{Encoded, Incoming};
use tower::{Layer, Service};

use crate::manifest::Manifest;
use crate::primitive::explain;

/// A tower layer for servers of contracts with objects among their arguments: a request that could not be read because
/// an object in it is newer than this process knows is answered with
/// [`IncompatibleObjectVersion`](crate::fault::IncompatibleObjectVersion), as Python peers expect.
///
/// Requests that can be read pass untouched and are not looked at.
///
/// # Example
/// ```
/// # fn example(server: nova_rpc::Server, registry: nova_objects::Registry) {
/// use nova_objects::TypedVersions;
///
/// let server = server.layer(TypedVersions::new(registry.manifest()));
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TypedVersions {
    known: Arc<Manifest>,
}

impl TypedVersions {
    /// Judges by the versions in `known`.
    pub fn new(known: Manifest) -> Self {
        Self { known: Arc::new(known) }
    }
}

impl<S> Layer<S> for TypedVersions {
    type Service = TypedVersionsService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        TypedVersionsService { inner, known: Arc::clone(&self.known) }
    }
}

/// What [`TypedVersions`] puts around a service.
#[derive(Clone, Debug)]
pub struct TypedVersionsService<S> {
    inner: S,
    known: Arc<Manifest>,
}

impl<S> Service<Incoming> for TypedVersionsService<S>
where
    S: Service<Incoming, Response = Encoded, Error = BoxError>,
    S::Future: Send + 'static,
{
    type Response = Encoded;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Encoded, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, incoming: Incoming) -> Self::Future {
        let (args, known) = (incoming.args.clone(), Arc::clone(&self.known));
        let answer = self.inner.call(incoming);
        Box::pin(async move { answer.await.map_err(|error| refine(error, &args, &known)) })
    }
}

/// The fault of a too new object in place of the `TypeError` it led to.
fn refine(error: BoxError, args: &Encoded, known: &Manifest) -> BoxError {
    let unreadable = error.downcast_ref::<Fault>().is_some_and(Fault::is::<TypeError>);
    let newer = if unreadable { explain(args, known) } else { None };
    newer.map_or(error, Into::into)
}
