//! The page that Prometheus reads while a load goes on.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Result;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
    time::timeout,
};
use wxcheck_load::report::{self, Timeline};

use crate::{exit::usage, language::both};

/// The time that a reader has.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of a request that are read.
const REQUEST: usize = 8 * 1024;

/// The page, as long as this lives.
pub(super) struct Metrics {
    page: watch::Sender<Arc<str>>,
    serving: JoinHandle<()>,
}

impl Metrics {
    /// Serves it where that is asked for.
    pub(super) async fn serve(listen: Option<SocketAddr>) -> Result<Option<Self>> {
        let Some(listen) = listen else {
            return Ok(None);
        };
        let listener = TcpListener::bind(listen).await.map_err(|error| {
            usage(both!(
                "--metrics-listen {listen}: cannot listen there ({error}); choose another port",
                "--metrics-listen {listen}：无法监听（{error}）；请换一个端口",
                error = error
            ))
        })?;
        let empty = report::metrics(&Timeline::default());
        let (page, shown) = watch::channel(Arc::from(empty));
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let page = Arc::clone(&shown.borrow());
                tokio::spawn(timeout(PATIENCE, answer(stream, page)));
            }
        });
        Ok(Some(Self { page, serving }))
    }

    /// Shows the numbers so far.
    pub(super) fn show(&self, timeline: &Timeline) {
        self.page.send_replace(Arc::from(report::metrics(timeline)));
    }
}

impl Drop for Metrics {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Answers one request, and closes.
async fn answer(mut stream: TcpStream, page: Arc<str>) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.windows(4).any(|window| window == b"\r\n\r\n") && request.len() < REQUEST {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    let (status, body) = if asks_for_metrics(&request) {
        ("200 OK", page.as_ref())
    } else {
        ("404 Not Found", "the numbers are at /metrics\n")
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

/// True for a GET of the page, whatever its query.
fn asks_for_metrics(request: &[u8]) -> bool {
    let rest = request.strip_prefix(b"GET /metrics");
    rest.is_some_and(|rest| rest.starts_with(b" ") || rest.starts_with(b"?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_one_path_and_any_query() {
        for asked in ["GET /metrics HTTP/1.1", "GET /metrics?job=load HTTP/1.1"] {
            assert!(asks_for_metrics(asked.as_bytes()), "{asked}");
        }
        for other in [
            "GET / HTTP/1.1",
            "GET /metricsx HTTP/1.1",
            "POST /metrics HTTP/1.1",
        ] {
            assert!(!asks_for_metrics(other.as_bytes()), "{other}");
        }
    }
}
