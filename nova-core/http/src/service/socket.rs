//! A client's socket: one that can be cut, and that closes politely.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Sleep;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::serve::Server;

/// How long what a client still sends is thrown away after the last answer.
const LINGER: Duration = Duration::from_secs(1);

/// And how much of it, in bytes.
const LINGER_BYTES: usize = 1 << 20;

/// A connection's place in the limit and in the count of open ones, held as long as the socket: also when it has
/// been upgraded and left the HTTP connection behind.
pub(super) struct Hold {
    service: Arc<str>,
    _slot: OwnedSemaphorePermit,
    _open: TaskTrackerToken,
}

impl Hold {
    pub(super) fn new(service: &Arc<str>, slot: OwnedSemaphorePermit, open: TaskTrackerToken) -> Self {
        gauge(service).increment(1);
        Self { service: Arc::clone(service), _slot: slot, _open: open }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        gauge(&self.service).decrement(1);
    }
}

fn gauge(service: &str) -> metrics::Gauge {
    metrics::gauge!("http_connections", "service" => service.to_owned())
}

/// The socket of one connection.
///
/// * When the grace of a stop is over, reads and writes fail, whoever has the socket by then.
/// * A shutdown reads on for a moment, until the client closes too. Closing a socket with unread input resets the
///   connection, and the client that was told "too large" while sending would see a reset instead.
pub(super) struct Socket {
    stream: TcpStream,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    draining: CancellationToken,
    linger: Option<Pin<Box<Sleep>>>,
    thrown_away: usize,
    _hold: Hold,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, server: &Server, hold: Hold) -> Self {
        Self {
            stream,
            cut: Box::pin(server.cut.clone().cancelled_owned()),
            draining: server.draining.clone(),
            linger: None,
            thrown_away: 0,
            _hold: hold,
        }
    }

    fn check_cut(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        match self.cut.as_mut().poll(cx) {
            Poll::Ready(()) => Err(io::ErrorKind::ConnectionAborted.into()),
            Poll::Pending => Ok(()),
        }
    }

    /// Reads and forgets, until the client has closed, or has had its time.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let linger = self.linger.get_or_insert_with(|| Box::pin(tokio::time::sleep(LINGER)));
        if linger.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let mut scratch = [0; 4096];
        while !self.draining.is_cancelled() && self.thrown_away < LINGER_BYTES {
            let mut buffer = ReadBuf::new(&mut scratch);
            match ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => self.thrown_away += buffer.filled().len(),
                _ => break,
            }
        }
        Poll::Ready(())
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check_cut(cx)?;
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        self.check_cut(cx)?;
        Pin::new(&mut self.stream).poll_write(cx, data)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check_cut(cx)?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, data)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.linger.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
        }
        self.poll_linger(cx).map(Ok)
    }
}
