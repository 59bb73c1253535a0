//! Addresses at which nobody listens, and which nobody else is given while the tests run.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Mutex,
};

use tokio::net::TcpSocket;

/// The sockets that hold the ports. On Linux a port that is bound is given to nobody who asks for any port, and whoever asks for that one
/// may still have it, as long as both allow it. Elsewhere a port that is bound is taken, so that it is let go.
static HELD: Mutex<Vec<TcpSocket>> = Mutex::new(Vec::new());

/// An address of this machine at which nobody listens yet; to the end of the tests no other test is given it.
pub(crate) fn free_address() -> SocketAddr {
    let socket = TcpSocket::new_v4().unwrap();
    #[cfg(unix)]
    socket.set_reuseaddr(true).unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let address = socket.local_addr().unwrap();
    if cfg!(target_os = "linux") {
        HELD.lock().unwrap().push(socket);
    }
    address
}
