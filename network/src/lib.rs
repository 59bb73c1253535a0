//! The place where connections go: this machine's sockets, or listeners within this process.
//!
//! Every server and every client of the workspace takes a [`Network`]. Programs use the machine's. Tests judge
//! hundreds of servers within the process, on a runtime whose time is paused: bytes, cuts and closed connections are
//! as on a socket, while a wait of five seconds takes none, and a busy machine delays nothing.

mod call;
mod listener;
mod own_address;
mod present;
mod stream;

use std::{
    collections::BTreeMap,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    io::duplex,
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

pub use call::{CallError, Line, call_over};
pub use listener::Listener;
pub use own_address::own_address;
pub use present::unix_now;
pub use stream::Stream;

/// The bytes that a connection within the process holds in each direction, as a socket's buffers would.
const BUFFER: usize = 64 * 1024;
/// The first port that a listener within the process is given where it asks for any.
const FIRST_PORT: u16 = 1024;

/// The way connections are made.
#[derive(Clone, Debug, Default)]
pub enum Network {
    /// The sockets of this machine.
    #[default]
    Machine,
    /// Listeners of this process, found by their address. Nothing outside can be reached, and nothing can get in.
    Process(Arc<Ports>),
}

/// The listeners of a network within the process.
#[derive(Debug, Default)]
pub struct Ports {
    open: Mutex<BTreeMap<SocketAddr, mpsc::UnboundedSender<Stream>>>,
}

impl Network {
    /// A network within the process, on which nobody listens yet.
    pub fn within_the_process() -> Self {
        Self::Process(Arc::default())
    }

    /// A listener on that address; port 0 asks for any free one.
    pub async fn listen(&self, address: SocketAddr) -> io::Result<Listener> {
        match self {
            Self::Machine => TcpListener::bind(address).await.map(Listener::Machine),
            Self::Process(ports) => ports.listen(address),
        }
    }

    /// A connection to whoever listens on that address.
    pub async fn connect(&self, address: SocketAddr) -> io::Result<Stream> {
        match self {
            Self::Machine => {
                let stream = TcpStream::connect(address).await?;
                // A request is one write; waiting to fill a packet would only slow it down.
                stream.set_nodelay(true)?;
                Ok(Stream::Machine(stream))
            }
            Self::Process(ports) => ports.connect(address),
        }
    }
}

impl Ports {
    fn listen(&self, mut address: SocketAddr) -> io::Result<Listener> {
        let mut open = self.lock();
        open.retain(|_, listener| !listener.is_closed());
        if address.port() == 0 {
            let free = (FIRST_PORT..=u16::MAX).find(|port| {
                address.set_port(*port);
                !open.contains_key(&address)
            });
            if free.is_none() {
                return Err(io::ErrorKind::AddrNotAvailable.into());
            }
        }
        if open.contains_key(&address) {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        let (connections, incoming) = mpsc::unbounded_channel();
        open.insert(address, connections);
        Ok(Listener::Process { address, incoming })
    }

    fn connect(&self, address: SocketAddr) -> io::Result<Stream> {
        let (near, far) = duplex(BUFFER);
        let open = self.lock();
        let listener = open.get(&address).ok_or(io::ErrorKind::ConnectionRefused)?;
        listener
            .send(Stream::Process(far))
            .map_err(|_| io::ErrorKind::ConnectionRefused)?;
        Ok(Stream::Process(near))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<SocketAddr, mpsc::UnboundedSender<Stream>>> {
        // A listener is entered whole or not at all, so a poisoned lock holds nothing torn.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Any free port of 127.0.0.1.
pub const ANY_LOOPBACK_PORT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn bytes_pass_both_ways_on_either_network() {
        for network in [Network::Machine, Network::within_the_process()] {
            let mut listener = network.listen(ANY_LOOPBACK_PORT).await.unwrap();
            let address = listener.address().unwrap();
            let mut near = network.connect(address).await.unwrap();
            let (mut far, peer) = listener.accept().await.unwrap();
            assert!(peer.ip().is_loopback());
            near.write_all(b"ping").await.unwrap();
            near.shutdown().await.unwrap();
            let mut asked = String::new();
            far.read_to_string(&mut asked).await.unwrap();
            far.write_all(b"pong").await.unwrap();
            drop(far);
            let mut answered = String::new();
            near.read_to_string(&mut answered).await.unwrap();
            assert_eq!((asked.as_str(), answered.as_str()), ("ping", "pong"));
        }
    }

    #[tokio::test]
    async fn nobody_answers_where_nobody_listens_any_more() {
        for network in [Network::Machine, Network::within_the_process()] {
            let listener = network.listen(ANY_LOOPBACK_PORT).await.unwrap();
            let address = listener.address().unwrap();
            drop(listener);
            let refused = network.connect(address).await.unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        }
    }

    #[tokio::test]
    async fn an_address_is_listened_on_once() {
        for network in [Network::Machine, Network::within_the_process()] {
            let listener = network.listen(ANY_LOOPBACK_PORT).await.unwrap();
            let address = listener.address().unwrap();
            let again = network.listen(address).await.unwrap_err();
            assert_eq!(again.kind(), io::ErrorKind::AddrInUse);
            let other = network.listen(ANY_LOOPBACK_PORT).await.unwrap();
            assert_ne!(other.address().unwrap(), address);
        }
    }
}
