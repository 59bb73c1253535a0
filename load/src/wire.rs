//! A connection's bytes, in clear or through TLS, without ever waiting.

use std::{
    io::{self, Read as _, Write as _},
    net::SocketAddr,
    sync::Arc,
};

use mio::{Interest, Registry, Token, net::TcpStream};
use rustls::{ClientConfig, ClientConnection, pki_types::ServerName};

/// A connection.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    tls: Option<Box<ClientConnection>>,
}

/// The TLS of an endpoint: settings and the name in its certificate.
#[derive(Clone, Debug)]
pub(crate) struct Tls {
    pub(crate) config: Arc<ClientConfig>,
    pub(crate) name: ServerName<'static>,
}

impl Wire {
    /// Begins to connect. Both directions are reported from now on, whenever something changes.
    pub(crate) fn connect(
        address: SocketAddr,
        tls: Option<&Tls>,
        registry: &Registry,
        token: Token,
    ) -> io::Result<Self> {
        let tls = tls.map(|tls| {
            ClientConnection::new(Arc::clone(&tls.config), tls.name.clone())
                .map(Box::new)
                .map_err(io::Error::other)
        });
        let tls = tls.transpose()?;
        let mut stream = TcpStream::connect(address)?;
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Self { stream, tls })
    }

    /// True once it is connected; an error if it cannot be.
    pub(crate) fn is_connected(&self) -> io::Result<bool> {
        if let Some(error) = self.stream.take_error()? {
            return Err(error);
        }
        match self.stream.peer_addr() {
            Ok(_) => {
                // A request goes out in one piece; nothing is to wait for another.
                self.stream.set_nodelay(true)?;
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// True unless TLS is still being set up.
    pub(crate) fn is_ready(&self) -> bool {
        self.tls.as_ref().is_none_or(|tls| !tls.is_handshaking())
    }

    /// Writes as much as goes; the number of bytes that are on their way.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else {
            return self.stream.write(bytes);
        };
        let written = tls.writer().write(bytes)?;
        push(tls, &mut self.stream)?;
        Ok(written)
    }

    /// Writes what TLS still holds.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        match &mut self.tls {
            Some(tls) => push(tls, &mut self.stream),
            None => Ok(()),
        }
    }

    /// Reads what is there: no byte means that the other side has ended.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else {
            return self.stream.read(buffer);
        };
        loop {
            match tls.reader().read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // Many servers close without a word.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
                read => return read,
            }
            tls.read_tls(&mut self.stream)?;
            let fault = tls.process_new_packets().err();
            // An alert says why.
            push(tls, &mut self.stream)?;
            if let Some(fault) = fault {
                return Err(io::Error::new(io::ErrorKind::InvalidData, fault));
            }
        }
    }

    /// True if a read that fills no buffer has read everything, so that the next event need not be asked for.
    pub(crate) const fn drains(&self) -> bool {
        cfg!(unix) && self.tls.is_none()
    }
}

fn push(tls: &mut ClientConnection, stream: &mut TcpStream) -> io::Result<()> {
    while tls.wants_write() {
        match tls.write_tls(stream) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
