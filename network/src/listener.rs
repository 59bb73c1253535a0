//! A place that accepts connections.

use std::{io, net::SocketAddr};

use tokio::{net::TcpListener, sync::mpsc};

use crate::Stream;

/// A listener; no connection is accepted once it is dropped.
#[derive(Debug)]
pub enum Listener {
    /// A socket.
    Machine(TcpListener),
    /// A listener within the process.
    Process {
        /// The address it was given.
        address: SocketAddr,
        /// Connections that were not accepted yet.
        incoming: mpsc::UnboundedReceiver<Stream>,
    },
}

impl Listener {
    /// The address it listens on.
    pub fn address(&self) -> io::Result<SocketAddr> {
        match self {
            Self::Machine(socket) => socket.local_addr(),
            Self::Process { address, .. } => Ok(*address),
        }
    }

    /// The next connection, and who made it. The wait may be given up without losing a connection.
    pub async fn accept(&mut self) -> io::Result<(Stream, SocketAddr)> {
        match self {
            Self::Machine(socket) => {
                let (stream, peer) = socket.accept().await?;
                // An answer is one write; waiting to fill a packet would only slow it down.
                let _ = stream.set_nodelay(true);
                Ok((Stream::Machine(stream), peer))
            }
            Self::Process { address, incoming } => {
                let stream = incoming.recv().await.ok_or(io::ErrorKind::NotConnected)?;
                // Whoever connects within the process has no port of its own.
                Ok((stream, SocketAddr::new(address.ip(), 0)))
            }
        }
    }
}
