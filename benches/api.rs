//! The speed of `wxcheck serve`, with a store and without, beside a bare axum handler and wiremock-rs, in one run.
//!
//! Each server runs in a process of its own; one thread loads them over 32 kept connections, in turns. Run it
//! with `benches/api.sh`, or `cargo bench --bench api`. Nothing is asserted: figures are for people.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints its figures, and ends where it cannot measure"
)]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream as Blocking},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{Instant, timeout_at},
};

const CONNECTIONS: usize = 32;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(3);
/// Users of a full store.
const FULL: usize = 99_000;
/// A request that is refused at once.
const TOKENLESS: &str = "GET /cgi-bin/token HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
/// Requests after which the memory is looked at again.
const MANY: u64 = 1_000_000;
const APPID: &str = "wx0123456789abcdef";
const STUB: &str = r#"{"errcode":0,"errmsg":"ok"}"#;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("axum") => serve(bare_axum()),
        Some("wiremock") => serve(wiremock_stub()),
        _ => compare(),
    }
}

/// One handler, one JSON text, nothing else.
async fn bare_axum() {
    use axum::{Router, http::header::CONTENT_TYPE, routing::any};
    let stub = any(|| async { ([(CONTENT_TYPE, "application/json")], STUB) });
    let router = Router::new()
        .route("/cgi-bin/token", stub.clone())
        .route("/cgi-bin/message/custom/send", stub);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    axum::serve(listener, router).await.unwrap();
}

/// The same in wiremock-rs, which records every request.
async fn wiremock_stub() {
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};
    let server = MockServer::start().await;
    let stub = ResponseTemplate::new(200).set_body_raw(STUB, "application/json");
    Mock::given(any()).respond_with(stub).mount(&server).await;
    println!("{}", server.uri());
    std::future::pending::<()>().await;
}

fn serve(server: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().unwrap().block_on(server);
}

fn compare() {
    let axum = Server::start("bare axum", Command::new(own_path()).arg("axum"));
    let wiremock = Server::start("wiremock-rs", Command::new(own_path()).arg("wiremock"));
    let ours = Server::start("wxcheck serve", &mut wxcheck());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wxcheck.db");
    let stored = Server::start("wxcheck serve --store", &mut with_store(&file));
    let tokens = [ours.prepare(), stored.prepare()];
    let message = r#"{"touser":"oBench","msgtype":"text","text":{"content":"hello, 你好"}}"#;
    let ask = format!(
        "GET /cgi-bin/token?grant_type=client_credential&appid={APPID}&secret=s HTTP/1.1\r\nHost: h\r\n\r\n"
    );
    let send = |token: &String| {
        format!(
            "POST /cgi-bin/message/custom/send?access_token={token} HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{message}",
            message.len()
        )
    };
    let sends = tokens.each_ref().map(send);
    let cases = [
        ("token", [ask.clone(), ask]),
        ("custom/send", sends.clone()),
    ];
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for (name, [request, to_stored]) in &cases {
        let mut rates = [Vec::new(), Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            // In turns, so that what else the machine does hits all alike.
            let turns = [
                (&axum, request),
                (&wiremock, request),
                (&ours, request),
                (&stored, to_stored),
            ];
            for ((server, request), rates) in turns.into_iter().zip(&mut rates) {
                let round = runtime.block_on(load(server.address, request, ROUND, u64::MAX));
                rates.push(round.rate());
            }
        }
        let [axum, wiremock, ours, stored] = rates.map(median);
        println!(
            "{name:<12} bare axum {axum:>8.0}/s   wiremock-rs {wiremock:>8.0}/s   wxcheck serve {ours:>8.0}/s"
        );
        println!(
            "{:<12} {:.2} of bare axum, {:.1} times wiremock-rs",
            "",
            ours / axum,
            ours / wiremock
        );
        println!(
            "{:<12} with a store {stored:>8.0}/s, {:.2} of the same without",
            "",
            stored / ours
        );
    }
    let hour = Duration::from_secs(3600);
    for (name, server, send) in [
        ("memory", &ours, &sends[0]),
        ("with a store", &stored, &sends[1]),
    ] {
        let before = server.resident();
        let many = runtime.block_on(load(server.address, send, hour, MANY));
        println!(
            "{name:<12} {before} before and {} after {} more messages",
            server.resident(),
            many.answered
        );
    }
    drop(ours);
    println!(
        "first answer {:?} after the start (median of 9)",
        first_answer(&mut wxcheck(), TOKENLESS)
    );
    let empty = folder.path().join("empty.db");
    drop(Server::spawn(&mut with_store(&empty)));
    println!(
        "{:<12} {:?} with a store that is empty",
        "",
        first_answer(&mut with_store(&empty), TOKENLESS)
    );
    stored.enrol(FULL);
    drop(stored);
    let mut full = with_store(&file);
    println!(
        "{:<12} {:?} with one of {FULL} users and {} bytes; {:?} to the first answer about a user",
        "",
        first_answer(&mut full, TOKENLESS),
        file.metadata().unwrap().len(),
        first_answer(
            &mut full,
            &sends[1].replace("Host: h", "Host: h\r\nConnection: close")
        ),
    );
}

fn own_path() -> std::path::PathBuf {
    std::env::current_exe().unwrap()
}

fn wxcheck() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wxcheck"));
    command.args([
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--no-limits",
        "--appid",
        APPID,
    ]);
    command
}

fn with_store(file: &Path) -> Command {
    let mut command = wxcheck();
    command.arg("--store").arg(file);
    command
}

/// A server at work in a process of its own; killed when dropped.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(name: &str, command: &mut Command) -> Self {
        let server = Self::spawn(command);
        println!("{name} listens on {}", server.address);
        server
    }

    /// Starts it and waits until it says where it listens.
    fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines.find_map(|line| {
            let line = line.unwrap();
            let (_, behind) = line.split_once("http://")?;
            behind.split_whitespace().next()?.parse().ok()
        });
        Self {
            child,
            address: address.unwrap(),
        }
    }

    /// Lets the user write, and fetches a token.
    fn prepare(&self) -> String {
        let act = r#"{"act":"send-text","content":"hi"}"#;
        // The control API answers under its own names alone.
        let reply = self.ask(&format!(
            "POST /_wxcheck/apps/{APPID}/users/oBench/acts HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{act}",
            self.address,
            act.len()
        ));
        assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
        let stable =
            format!(r#"{{"grant_type":"client_credential","appid":"{APPID}","secret":"s"}}"#);
        // Of the other line: the token requests of the benchmark do not supersede it.
        let reply = self.ask(&format!(
            "POST /cgi-bin/stable_token HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{stable}",
            stable.len()
        ));
        let (_, behind) = reply.split_once(r#""access_token":""#).unwrap();
        behind.split('"').next().unwrap().to_owned()
    }

    /// Registers so many users, over one connection.
    fn enrol(&self, users: usize) {
        let mut stream = Blocking::connect(self.address).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut buffer = [0; 4096];
        for number in 0..users {
            let request = format!(
                "PUT /_wxcheck/apps/{APPID}/users/oMany{number} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}",
                self.address
            );
            stream.write_all(request.as_bytes()).unwrap();
            let read = stream.read(&mut buffer).unwrap();
            assert!(
                buffer[..read].starts_with(b"HTTP/1.1 200"),
                "{}",
                String::from_utf8_lossy(&buffer[..read])
            );
        }
    }

    fn ask(&self, request: &str) -> String {
        let mut stream = Blocking::connect(self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply
    }

    /// The resident memory, where the system tells it.
    #[expect(
        clippy::disallowed_methods,
        reason = "the system tells memory in a file"
    )]
    fn resident(&self) -> String {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let line = status.unwrap_or_default();
        let resident = line.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        resident.map_or_else(|| "unknown".to_owned(), |kib| kib.trim().to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have gone by itself: that is no error.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The outcome of a load.
struct Load {
    answered: u64,
    took: Duration,
}

impl Load {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    fn rate(&self) -> f64 {
        self.answered as f64 / self.took.as_secs_f64()
    }
}

/// Loads a server over all connections until the time is over or so many requests are answered. An answer
/// with an errcode other than 0, or another status than 200, ends the benchmark.
async fn load(address: SocketAddr, request: &str, time: Duration, most: u64) -> Load {
    let begun = Instant::now();
    let until = begun + time;
    let share = most.div_ceil(CONNECTIONS as u64);
    let lines = (0..CONNECTIONS).map(|_| line(address, request, until, share));
    let answered = futures_util::future::join_all(lines)
        .await
        .into_iter()
        .sum();
    Load {
        answered,
        took: begun.elapsed(),
    }
}

async fn line(address: SocketAddr, request: &str, until: Instant, most: u64) -> u64 {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut buffer = vec![0; 4096];
    let mut answered = 0;
    while answered < most {
        stream.write_all(request.as_bytes()).await.unwrap();
        let Ok(()) = timeout_at(until, answer(&mut stream, &mut buffer)).await else {
            break;
        };
        answered += 1;
    }
    answered
}

/// Reads one answer to its end.
async fn answer(stream: &mut TcpStream, buffer: &mut [u8]) {
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..]).await.unwrap();
        assert!(read > 0, "the server closed the connection");
        filled += read;
        let text = &buffer[..filled];
        let Some(head) = text.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let length = content_length(&text[..head]);
        if filled >= head + 4 + length {
            let good = text.starts_with(b"HTTP/1.1 200") && !contains(text, b"\"errcode\":4");
            assert!(good, "{}", String::from_utf8_lossy(text));
            return;
        }
    }
}

fn content_length(head: &[u8]) -> usize {
    let head = std::str::from_utf8(head).unwrap();
    let value = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim())
    });
    value.unwrap().parse().unwrap()
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// From the start of the process to its first answer.
fn first_answer(command: &mut Command, request: &str) -> Duration {
    let mut times: Vec<Duration> = (0..9)
        .map(|_| {
            let begun = Instant::now();
            let server = Server::spawn(command);
            server.ask(request);
            begun.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}
