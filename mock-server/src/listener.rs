//! A small listener of our own: it sees whether a server fetches what a push names (an external
//! entity of a document type declaration). Every request is answered with an empty 200.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    task::JoinHandle,
    time::timeout,
};
use wxcheck_events::Kind;
use wxcheck_network::{ANY_LOOPBACK_PORT, Network, Stream};

use crate::{journal::Journal, mask::Mask};

/// The request line is all that is read; more than this is not waited for.
const REQUEST_LIMIT: usize = 8 * 1024;
/// A fetch that does not send its request line in this time is let go.
const READ_LIMIT: Duration = Duration::from_secs(2);

const EMPTY_ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// The running listener; stops when dropped.
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Listener {
    /// Listens on a free port of 127.0.0.1 and records every fetch in the journal.
    pub(crate) async fn start(
        network: &Network,
        journal: Arc<Journal>,
        mask: Arc<Mask>,
    ) -> io::Result<Self> {
        let mut listener = network.listen(ANY_LOOPBACK_PORT).await?;
        let address = listener.address()?;
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&journal), Arc::clone(&mask)));
            }
        });
        Ok(Self { address, task })
    }

    /// The URL of a path of this listener.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(mut stream: Stream, journal: Arc<Journal>, mask: Arc<Mask>) {
    let Ok(Some(path)) = timeout(READ_LIMIT, request_path(&mut stream)).await else {
        return;
    };
    let path = mask.path(&path);
    journal.append(Kind::Fetched { path });
    // The fetch is recorded; whether the fetcher reads our answer is its own affair.
    let _ = stream.write_all(EMPTY_ANSWER).await;
    let _ = stream.shutdown().await;
}

async fn request_path(stream: &mut Stream) -> Option<String> {
    let mut head = Vec::new();
    while !head.contains(&b'\n') && head.len() < REQUEST_LIMIT {
        if stream.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let line = head.split(|byte| *byte == b'\n').next()?;
    let path = String::from_utf8_lossy(line.split(|byte| *byte == b' ').nth(1)?).into_owned();
    Some(path)
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test]
    async fn records_what_is_fetched() {
        let journal = Arc::new(Journal::new(Instant::now(), 10));
        let network = Network::Machine;
        let listener = Listener::start(&network, Arc::clone(&journal), Arc::default()).await;
        let listener = listener.unwrap();
        let mut stream = network.connect(listener.address).await.unwrap();
        stream
            .write_all(b"GET /entity-1 HTTP/1.0\r\n\r\n")
            .await
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(5);
        let seen = journal
            .wait(
                0,
                deadline,
                |kind| matches!(kind, Kind::Fetched { path } if path == "/entity-1"),
            )
            .await;
        assert!(seen.is_some());
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    }
}
