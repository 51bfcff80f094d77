//! Where the launcher's orders come from.

use std::io;

use futures_util::future::BoxFuture;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

/// An order to a launcher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Drain and end (SIGTERM, SIGINT).
    Stop,
    /// Re-read what can change (SIGHUP).
    Reload,
    /// Write a diagnostic report (SIGUSR2).
    Report,
}

/// A stream of orders.
pub trait SignalSource: Send {
    /// The next order. Pending for ever when there will be none.
    ///
    /// # Cancel safety
    /// Must be cancel safe: an order is lost to nobody who was dropped.
    fn next(&mut self) -> BoxFuture<'_, Signal>;
}

/// The signals of a Unix process.
#[derive(Debug)]
pub struct UnixSignals {
    term: tokio::signal::unix::Signal,
    int: tokio::signal::unix::Signal,
    hup: tokio::signal::unix::Signal,
    usr2: tokio::signal::unix::Signal,
}

impl UnixSignals {
    /// Takes SIGTERM, SIGINT, SIGHUP and SIGUSR2 over from their defaults.
    ///
    /// # Errors
    /// The operating system refuses a handler.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            int: signal(SignalKind::interrupt())?,
            hup: signal(SignalKind::hangup())?,
            usr2: signal(SignalKind::user_defined2())?,
        })
    }
}

impl SignalSource for UnixSignals {
    fn next(&mut self) -> BoxFuture<'_, Signal> {
        Box::pin(async {
            tokio::select! {
                biased;
                Some(()) = self.term.recv() => Signal::Stop,
                Some(()) = self.int.recv() => Signal::Stop,
                Some(()) = self.hup.recv() => Signal::Reload,
                Some(()) = self.usr2.recv() => Signal::Report,
                else => std::future::pending().await,
            }
        })
    }
}

/// Orders from a program: for tests, and for services embedded in another process.
#[derive(Debug)]
pub struct ChannelSignals(mpsc::Receiver<Signal>);

impl ChannelSignals {
    /// The source, and what gives it orders. When the sender is dropped, no more come.
    pub fn new() -> (Self, mpsc::Sender<Signal>) {
        let (sender, receiver) = mpsc::channel(16);
        (Self(receiver), sender)
    }
}

impl SignalSource for ChannelSignals {
    fn next(&mut self) -> BoxFuture<'_, Signal> {
        Box::pin(async {
            match self.0.recv().await {
                Some(signal) => signal,
                None => std::future::pending().await,
            }
        })
    }
}
