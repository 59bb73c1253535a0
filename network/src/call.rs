//! One HTTP request on a connection, through hyper.

use std::{error::Error, io, net::SocketAddr};

use bytes::Bytes;
use http_body::Body;
use hyper::{
    Request, Response,
    body::Incoming,
    client::conn::http1::{Builder, SendRequest},
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::Mutex,
};

use crate::Network;

/// The reason why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// There is no connection.
    #[error("no connection: {0}")]
    Connect(io::Error),
    /// The connection ended, or what came on it is not HTTP.
    #[error(transparent)]
    Http(#[from] hyper::Error),
}

/// A connection on which requests follow each other for as long as the server keeps it open.
#[derive(Debug)]
pub struct Line<B>(Mutex<Option<SendRequest<B>>>);

impl<B> Default for Line<B> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl Network {
    /// Sends a request on a connection of its own. Its target is a path and a query, its Host header is set. Giving up
    /// on the answer, or on its body, closes the connection.
    pub async fn call<B>(
        &self,
        address: SocketAddr,
        request: Request<B>,
    ) -> Result<Response<Incoming>, CallError>
    where
        B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        let mut sender = self.open(address).await?;
        Ok(sender.send_request(request).await?)
    }

    /// The same on a kept line: on its connection while the server keeps that open, on a new one otherwise.
    pub async fn call_on<B>(
        &self,
        line: &Line<B>,
        address: SocketAddr,
        request: Request<B>,
    ) -> Result<Response<Incoming>, CallError>
    where
        B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        let mut kept = line.0.lock().await;
        let usable = match kept.take() {
            Some(mut sender) => sender.ready().await.is_ok().then_some(sender),
            None => None,
        };
        let mut sender = match usable {
            Some(sender) => sender,
            None => self.open(address).await?,
        };
        let response = sender.send_request(request).await?;
        *kept = Some(sender);
        Ok(response)
    }

    async fn open<B>(&self, address: SocketAddr) -> Result<SendRequest<B>, CallError>
    where
        B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        let stream = self.connect(address).await.map_err(CallError::Connect)?;
        begun(stream).await
    }
}

/// Sends a request on a connection that was made already; as [`Network::call`] does otherwise.
pub async fn call_over<S, B>(
    stream: S,
    request: Request<B>,
) -> Result<Response<Incoming>, CallError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let mut sender = begun(stream).await?;
    Ok(sender.send_request(request).await?)
}

async fn begun<S, B>(stream: S) -> Result<SendRequest<B>, CallError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let (sender, connection) = Builder::new()
        .title_case_headers(true)
        .handshake(TokioIo::new(stream))
        .await?;
    // It ends with the answer, or when nobody waits for that any more; its error is the request's.
    tokio::spawn(connection);
    Ok(sender)
}
