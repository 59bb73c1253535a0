//! A server on 127.0.0.1 that does what a list says. No HTTP library stands between the test and
//! the wire, so it can break every rule.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, mpsc},
    time::{interval, timeout},
};

/// Only a test that fails waits this long.
const DEADLINE: Duration = Duration::from_secs(20);

/// An answer after which the connection stays open.
pub(crate) const SUCCESS: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsuccess";

/// One step on a connection. After the last one the server closes it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    /// Reads one request, to the end of the body that its Content-Length promises.
    Read,
    /// Sends these bytes.
    Write(&'static [u8]),
    /// Sends these bytes again and again, once per interval, until the other side is gone.
    Drip(&'static [u8], Duration),
    /// Sends these bytes again and again as fast as they go, until the other side is gone.
    Flood(&'static [u8]),
    /// Waits for [`Scripted::signal`].
    AwaitSignal,
    /// Ends what this side sends, without a word of HTTP about it.
    ShutDown,
    /// Waits until the other side closes.
    AwaitClose,
    /// Closes with a reset instead of an orderly end.
    Reset,
}

/// Something that came from the other side.
#[derive(Debug)]
enum Event {
    Request(Received),
    Closed,
}

/// One request as it came.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Received {
    /// The number of the connection, from 0.
    pub(crate) connection: usize,
    /// Request line and headers, without the empty line.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Received {
    /// The value of a header, its name spelled as on the wire.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find_map(|(key, value)| (key == name).then_some(value))
    }
}

/// The running server; it ends with the test's runtime.
pub(crate) struct Scripted {
    url: String,
    accepted: Arc<AtomicUsize>,
    signal: Arc<Notify>,
    events: mpsc::UnboundedReceiver<Event>,
}

impl Scripted {
    /// Every connection gets the same script.
    pub(crate) async fn start(script: impl Into<Vec<Act>>) -> Self {
        Self::start_each([script.into()]).await
    }

    /// The first connection gets the first script, and so on; further ones get the last.
    pub(crate) async fn start_each(scripts: impl Into<Vec<Vec<Act>>>) -> Self {
        let scripts = scripts.into();
        let socket = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", socket.local_addr().unwrap());
        let accepted = Arc::new(AtomicUsize::new(0));
        let signal = Arc::new(Notify::new());
        let (report, events) = mpsc::unbounded_channel();
        tokio::spawn({
            let (accepted, signal) = (Arc::clone(&accepted), Arc::clone(&signal));
            async move {
                while let Ok((stream, _)) = socket.accept().await {
                    let number = accepted.fetch_add(1, Ordering::SeqCst);
                    let script = scripts.get(number).or(scripts.last()).unwrap().clone();
                    let connection = Connection {
                        number,
                        stream,
                        unread: Vec::new(),
                        signal: Arc::clone(&signal),
                        report: report.clone(),
                    };
                    tokio::spawn(connection.play(script));
                }
            }
        });
        Self {
            url,
            accepted,
            signal,
            events,
        }
    }

    /// The URL of a path of this server.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// The number of connections that were accepted so far.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    /// Lets one [`Act::AwaitSignal`] go on, now or when it is reached.
    pub(crate) fn signal(&self) {
        self.signal.notify_one();
    }

    /// The next request; fails if the other side closes first.
    pub(crate) async fn request(&mut self) -> Received {
        match self.event().await {
            Event::Request(request) => request,
            Event::Closed => panic!("the connection was closed before a whole request came"),
        }
    }

    /// Waits until the other side closed a connection; fails if a request comes first.
    pub(crate) async fn closed(&mut self) {
        match self.event().await {
            Event::Closed => {}
            Event::Request(request) => panic!("a request came: {request:?}"),
        }
    }

    async fn event(&mut self) -> Event {
        timeout(DEADLINE, self.events.recv())
            .await
            .expect("nothing came from the other side")
            .unwrap()
    }
}

/// One accepted connection.
struct Connection {
    number: usize,
    stream: TcpStream,
    unread: Vec<u8>,
    signal: Arc<Notify>,
    report: mpsc::UnboundedSender<Event>,
}

impl Connection {
    async fn play(mut self, script: Vec<Act>) {
        for act in script {
            if self.act(act).await.is_err() {
                // Nobody listens any more once the test is over.
                let _ = self.report.send(Event::Closed);
                return;
            }
        }
    }

    /// Fails as soon as the other side is gone, which ends the script.
    async fn act(&mut self, act: Act) -> io::Result<()> {
        match act {
            Act::Read => {
                let request = self.read().await?;
                let _ = self.report.send(Event::Request(request));
            }
            Act::Write(bytes) => self.stream.write_all(bytes).await?,
            Act::Drip(bytes, pause) => {
                let mut ticks = interval(pause);
                loop {
                    ticks.tick().await;
                    self.stream.write_all(bytes).await?;
                }
            }
            Act::Flood(bytes) => loop {
                self.stream.write_all(bytes).await?;
            },
            Act::AwaitSignal => self.signal.notified().await,
            Act::ShutDown => self.stream.shutdown().await?,
            Act::AwaitClose => loop {
                self.more().await?;
            },
            Act::Reset => self.stream.set_zero_linger()?,
        }
        Ok(())
    }

    async fn read(&mut self) -> io::Result<Received> {
        let head_end = loop {
            let end = self.unread.windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(end) = end {
                break end;
            }
            self.more().await?;
        };
        let rest = self.unread.split_off(head_end + 4);
        self.unread.truncate(head_end);
        let head = String::from_utf8(std::mem::replace(&mut self.unread, rest)).unwrap();
        let mut request = Received {
            connection: self.number,
            head,
            body: Vec::new(),
        };
        let length = request
            .header("Content-Length")
            .map_or(0, |length| length.parse().unwrap());
        while self.unread.len() < length {
            self.more().await?;
        }
        let rest = self.unread.split_off(length);
        request.body = std::mem::replace(&mut self.unread, rest);
        Ok(request)
    }

    async fn more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.unread).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}
