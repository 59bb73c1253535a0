//! One end of a connection.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf},
    net::TcpStream,
};

/// One end of a connection. Dropping it closes the connection.
#[derive(Debug)]
pub enum Stream {
    /// A socket.
    Machine(TcpStream),
    /// A pair of buffers within the process.
    Process(DuplexStream),
}

impl Stream {
    /// Ends the connection with a reset, as far as the network knows one: within the process it just ends.
    pub fn reset(self) {
        if let Self::Machine(socket) = self {
            // Closing without lingering sends a reset. The other side may be gone, which is as good.
            let _ = socket.set_zero_linger();
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Machine(socket) => Pin::new(socket).poll_read(context, buffer),
            Self::Process(pipe) => Pin::new(pipe).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Machine(socket) => Pin::new(socket).poll_write(context, bytes),
            Self::Process(pipe) => Pin::new(pipe).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Machine(socket) => Pin::new(socket).poll_flush(context),
            Self::Process(pipe) => Pin::new(pipe).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Machine(socket) => Pin::new(socket).poll_shutdown(context),
            Self::Process(pipe) => Pin::new(pipe).poll_shutdown(context),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Machine(socket) => Pin::new(socket).poll_write_vectored(context, slices),
            Self::Process(pipe) => Pin::new(pipe).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Machine(socket) => socket.is_write_vectored(),
            Self::Process(pipe) => pipe.is_write_vectored(),
        }
    }
}
