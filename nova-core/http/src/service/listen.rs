//! Where a service listens.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

/// How many connections the kernel keeps until they are accepted.
const BACKLOG: u32 = 1024;

/// Why a service does not listen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// The service has been started, or stopped, before.
    #[error("the service has been started or stopped before")]
    AlreadyStarted,
    /// Others than this machine could reach the address, and nobody said that they may.
    #[error("{address} can be reached from other machines; allow_non_loopback() says that this is meant")]
    NotLoopback {
        /// The address.
        address: SocketAddr,
    },
    /// The address cannot be had: in use, not of this machine, not permitted.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The socket that was handed over cannot be used.
    #[error("cannot use the given listener")]
    Listener(#[source] io::Error),
}

/// What the builder was told.
#[derive(Debug)]
pub(super) enum Source {
    Loopback(SocketAddr),
    Anywhere(SocketAddr),
    Given(std::net::TcpListener),
}

impl Source {
    /// The listening socket and its address.
    pub(super) fn open(self) -> Result<(TcpListener, SocketAddr), ListenError> {
        let listener = match self {
            Self::Loopback(address) if !address.ip().is_loopback() => {
                return Err(ListenError::NotLoopback { address });
            }
            Self::Loopback(address) | Self::Anywhere(address) => {
                bind(address).map_err(|source| ListenError::Bind { address, source })?
            }
            Self::Given(listener) => adopt(listener).map_err(ListenError::Listener)?,
        };
        let address = listener.local_addr().map_err(ListenError::Listener)?;
        Ok((listener, address))
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?; // a restart must not wait for the connections of its predecessor
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn adopt(listener: std::net::TcpListener) -> io::Result<TcpListener> {
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}
