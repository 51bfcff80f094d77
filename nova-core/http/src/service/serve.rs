//! Accepting connections, until it is time to drain.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use nova_core::Env;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::serve;
use super::in_flight::InFlight;
use super::socket::{Hold, Socket};
use super::{Counts, RequestInfo};
use crate::App;

/// How long to leave the kernel alone after it had no descriptor for a connection.
const OUT_OF_DESCRIPTORS: Duration = Duration::from_millis(100);

/// What connections may take and hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) head_timeout: Duration,
    pub(super) body_timeout: Duration,
    pub(super) connections: usize,
    pub(super) keep_alive: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(60),
            connections: 1024,
            keep_alive: true,
        }
    }
}

/// Everything the connections of one service share. Clones share.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) name: Arc<str>,
    pub(super) app: App,
    pub(super) limits: Limits,
    pub(super) in_flight: InFlight,
    /// No new work; fires with the environment too.
    pub(super) draining: CancellationToken,
    /// The grace is over.
    pub(super) cut: CancellationToken,
    env: Env,
    slots: Arc<Semaphore>,
    /// One token per open socket.
    open: TaskTracker,
    /// Everything is closed.
    ended: CancellationToken,
}

impl Server {
    pub(super) fn new(env: &Env, name: Arc<str>, app: App, limits: Limits) -> Self {
        Self {
            name,
            app,
            limits,
            in_flight: InFlight::default(),
            draining: env.stopping().child_token(),
            cut: CancellationToken::new(),
            env: env.clone(),
            slots: Arc::new(Semaphore::new(limits.connections.min(Semaphore::MAX_PERMITS))),
            open: TaskTracker::new(),
            ended: CancellationToken::new(),
        }
    }

    /// Serves every connection that arrives until it is time to drain, then waits until the last is closed.
    pub(super) async fn accept(self, listener: TcpListener) {
        let _ended = self.ended.clone().drop_guard(); // even if this panics, nobody waits forever
        while let Some((slot, stream, peer)) = self.next(&listener).await {
            self.begin(slot, stream, peer);
        }
        drop(listener);
        self.open.close();
        self.open.wait().await;
    }

    /// Takes no new connection, lets the open ones finish within `grace`, then closes them.
    pub(super) async fn drain(&self, grace: Duration) {
        self.draining.cancel();
        let in_time = tokio::time::timeout(grace, self.ended.cancelled()).await.is_ok();
        self.cut.cancel();
        if !in_time {
            tracing::warn!(service = &*self.name, counts = ?self.counts(), "requests were cut off");
        }
        self.ended.cancelled().await;
    }

    /// There is nothing to wait for: it never began.
    pub(super) fn end(&self) {
        self.ended.cancel();
    }

    pub(super) async fn ended(&self) {
        self.ended.cancelled().await;
    }

    pub(super) fn counts(&self) -> Counts {
        let (in_flight, finished) = self.in_flight.counts();
        Counts { connections: self.open.len(), in_flight, finished }
    }

    pub(super) fn requests(&self) -> Vec<RequestInfo> {
        self.in_flight.list()
    }

    /// The next connection, once there is room for it; `None` when draining.
    async fn next(&self, listener: &TcpListener) -> Option<(OwnedSemaphorePermit, TcpStream, SocketAddr)> {
        let next = async {
            let slot = Arc::clone(&self.slots).acquire_owned().await.expect("the semaphore is never closed");
            let (stream, peer) = accept_one(listener).await;
            (slot, stream, peer)
        };
        tokio::select! {
            biased;
            () = self.draining.cancelled() => None,
            next = next => Some(next),
        }
    }

    fn begin(&self, slot: OwnedSemaphorePermit, stream: TcpStream, peer: SocketAddr) {
        // Answers are written whole: waiting to fill a packet only delays them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY");
        }
        let hold = Hold::new(&self.name, slot, self.open.token());
        let socket = Socket::new(stream, self, hold);
        self.env.spawn(format!("{} for {peer}", self.name), serve(self.clone(), socket, peer));
    }
}

/// The next connection. Failures are those of one connection, or pass with time: neither ends the service.
async fn accept_one(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "cannot accept connections for the moment");
                tokio::time::sleep(OUT_OF_DESCRIPTORS).await;
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
