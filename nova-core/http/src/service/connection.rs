//! One connection: its requests, one after the other.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use futures_util::future::BoxFuture;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{HttpService as HyperService, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::time::Instant;
use tower::ServiceExt;

use super::serve::Server;
use super::socket::Socket;
use crate::body::{Held, Timed};

/// The most that the head of a request may have, in bytes (Nova: 16 KiB for one line).
const MAX_HEAD: usize = 64 << 10;

/// How long a draining service waits for the first request of a connection it has just accepted.
const FIRST_REQUEST: Duration = Duration::from_millis(250);

/// Answers the requests of one connection, until it ends, or the service has drained or is cut off.
pub(super) async fn serve(server: Server, socket: Socket, peer: SocketAddr) {
    let cut = server.cut.clone();
    tokio::select! {
        biased;
        () = cut.cancelled() => {}
        result = converse(server, socket, peer) => {
            if let Err(error) = result {
                tracing::debug!(%peer, error = &error as &dyn std::error::Error, "connection ended");
            }
        }
    }
}

async fn converse(server: Server, socket: Socket, peer: SocketAddr) -> hyper::Result<()> {
    let talking = Arc::new(AtomicBool::new(false));
    let draining = server.draining.clone();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(server.limits.head_timeout)
        .max_header_size(MAX_HEAD)
        .keep_alive(server.limits.keep_alive);
    let service = service(server, peer, Arc::clone(&talking));
    let mut connection = pin!(http.serve_connection(TokioIo::new(socket), service).with_upgrades());
    tokio::select! {
        biased;
        () = draining.cancelled() => {}
        result = connection.as_mut() => return result,
    }
    connection.as_mut().graceful_shutdown();
    // hyper takes a connection that has not said anything for one that is about to.
    tokio::select! {
        biased;
        result = connection.as_mut() => return result,
        () = tokio::time::sleep(FIRST_REQUEST) => {}
    }
    match talking.load(Ordering::Relaxed) {
        true => connection.await,
        false => Ok(()),
    }
}

/// The application as hyper wants it.
fn service(
    server: Server,
    peer: SocketAddr,
    talking: Arc<AtomicBool>,
) -> impl HyperService<
    Incoming,
    ResBody = Body,
    Error = Infallible,
    Future = BoxFuture<'static, Result<Response, Infallible>>,
> {
    service_fn(move |request: hyper::Request<Incoming>| -> BoxFuture<'static, _> {
        talking.store(true, Ordering::Relaxed);
        Box::pin(answer(server.clone(), request, peer))
    })
}

async fn answer(
    server: Server,
    request: hyper::Request<Incoming>,
    peer: SocketAddr,
) -> Result<Response, Infallible> {
    let began = Instant::now();
    let method = request.method().clone();
    let within = server.limits.body_timeout;
    let mut request: Request = request.map(|body| Body::new(Timed::new(Body::new(body), within)));
    request.extensions_mut().insert(ConnectInfo(peer));
    let ticket = server.in_flight.begin(&mut request);
    let response = server.app.clone().oneshot(request).await?;
    count(&server.name, &method, response.status(), began.elapsed());
    Ok(response.map(|body| Body::new(Held::new(body, ticket))))
}

fn count(service: &str, method: &Method, status: StatusCode, took: Duration) {
    let labels = [
        ("service", service.to_owned()),
        ("method", known(method).to_owned()),
        ("status", status.as_u16().to_string()),
    ];
    metrics::counter!("http_requests_total", &labels).increment(1);
    metrics::histogram!("http_request_duration_seconds", &labels[..1]).record(took);
}

/// The method as a label: clients can invent methods, and every label is kept forever.
fn known(method: &Method) -> &str {
    const KNOWN: [Method; 7] = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
        Method::HEAD,
        Method::OPTIONS,
    ];
    if KNOWN.contains(method) { method.as_str() } else { "other" }
}
