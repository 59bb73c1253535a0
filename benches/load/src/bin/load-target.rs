//! The target of the benchmark: it answers every request with `success`, keeps connections, and counts. All emitters are
//! measured by its count.
//!
//! `load-target [--threads N] [--check]` prints its address. With `--check` it answers 403 to what is not signed right.
//! `GET /count` says how many requests came since the last such call, in how many seconds from the first of them to the
//! last, and how many were refused; it sets all three back.

#![expect(
    clippy::print_stdout,
    reason = "a program of the benchmark prints where it listens"
)]

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    thread,
    time::Instant,
};

use anyhow::{Context as _, bail};
use mio::{
    Events, Interest, Poll, Token, Waker,
    net::{TcpListener, TcpStream},
};
use url::form_urlencoded;
use wxcheck_load_benches::{
    credentials::TOKEN,
    message::{self, Request},
};
use wxcheck_protocol::signature::{msg_signature, signature};

const SUCCESS: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\nsuccess";
const REFUSED: &[u8] =
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nforged";
/// Bytes that are read at once.
const BUFFER: usize = 64 * 1024;
/// The token of the listener, and of the call that hands over connections.
const WAKE: Token = Token(usize::MAX);

fn main() -> anyhow::Result<()> {
    let mut threads = 1;
    let mut check = false;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--threads" => threads = arguments.next().context("--threads N")?.parse()?,
            "--check" => check = true,
            _ => bail!("load-target [--threads N] [--check]"),
        }
    }
    let tallies: Tallies = (0..threads).map(|_| Arc::default()).collect();
    let mut workers = Vec::new();
    for number in 0..threads {
        let (hand, handed) = mpsc::channel();
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKE)?;
        let worker = Worker {
            poll,
            handed,
            tally: Arc::clone(&tallies[number]),
            tallies: tallies.clone(),
            check,
            connections: Vec::new(),
        };
        thread::spawn(move || worker.run());
        workers.push((hand, waker));
    }
    accept(&workers)
}

/// Hands each connection to the next thread.
fn accept(workers: &[(Sender<TcpStream>, Waker)]) -> anyhow::Result<()> {
    let mut poll = Poll::new()?;
    let mut listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let registry = poll.registry();
    registry.register(&mut listener, WAKE, Interest::READABLE)?;
    println!("http://{}", listener.local_addr()?);
    let mut events = Events::with_capacity(16);
    let mut turns = workers.iter().cycle();
    loop {
        poll.poll(&mut events, None)?;
        loop {
            match listener.accept() {
                Ok((stream, _)) => {
                    let (hand, waker) = turns.next().context("no thread")?;
                    stream.set_nodelay(true)?;
                    hand.send(stream)?;
                    waker.wake()?;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// The counts of each thread. Nobody waits for a lock but while `/count` is answered.
type Tallies = Vec<Arc<Mutex<Tally>>>;

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    requests: u64,
    refused: u64,
    first: Option<Instant>,
    last: Option<Instant>,
}

/// One thread with its connections.
struct Worker {
    poll: Poll,
    handed: Receiver<TcpStream>,
    tally: Arc<Mutex<Tally>>,
    tallies: Tallies,
    check: bool,
    connections: Vec<Option<Connection>>,
}

struct Connection {
    stream: TcpStream,
    /// Bytes of a request that is not whole yet.
    rest: Vec<u8>,
}

impl Worker {
    fn run(mut self) -> anyhow::Result<()> {
        let mut events = Events::with_capacity(1024);
        let mut buffer = vec![0; BUFFER];
        loop {
            match self.poll.poll(&mut events, None) {
                Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error.into()),
                _ => {}
            }
            let mut round = Tally::default();
            for event in &events {
                if event.token() == WAKE {
                    self.take()?;
                } else {
                    self.serve(event.token().0, &mut buffer, &mut round);
                }
            }
            if round.requests > 0 {
                note(&self.tally, round);
            }
        }
    }

    fn take(&mut self) -> anyhow::Result<()> {
        while let Ok(mut stream) = self.handed.try_recv() {
            let place = self.connections.iter().position(Option::is_none);
            let place = place.unwrap_or(self.connections.len());
            let registry = self.poll.registry();
            registry.register(&mut stream, Token(place), Interest::READABLE)?;
            let rest = Vec::new();
            let connection = Some(Connection { stream, rest });
            if place == self.connections.len() {
                self.connections.push(connection);
            } else {
                self.connections[place] = connection;
            }
        }
        Ok(())
    }

    fn serve(&mut self, place: usize, buffer: &mut [u8], round: &mut Tally) {
        let Some(Some(connection)) = self.connections.get_mut(place) else {
            return;
        };
        let ended = connection.serve(buffer, &mut |request| {
            if request.target == "/count" {
                return count(&self.tallies);
            }
            round.requests += 1;
            if self.check && !is_signed(request).unwrap_or(false) {
                round.refused += 1;
                return REFUSED.to_vec();
            }
            Vec::new()
        });
        if ended.is_err() {
            self.connections[place] = None;
        }
    }
}

impl Connection {
    /// Answers what came. An empty answer of `judge` stands for `success`, so that nothing is allocated for it.
    fn serve(
        &mut self,
        buffer: &mut [u8],
        judge: &mut dyn FnMut(Request<'_>) -> Vec<u8>,
    ) -> anyhow::Result<()> {
        loop {
            let read = match self.stream.read(buffer) {
                Ok(0) => bail!("it was closed"),
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            let came = &buffer[..read];
            let kept = !self.rest.is_empty();
            if kept {
                self.rest.extend_from_slice(came);
            }
            let mut bytes = if kept { self.rest.as_slice() } else { came };
            while let Some(request) = message::request(bytes)? {
                let answer = judge(request);
                let answer = if answer.is_empty() { SUCCESS } else { &answer };
                // An answer of a few bytes always fits.
                self.stream.write_all(answer)?;
                bytes = &bytes[request.length..];
            }
            self.rest = bytes.to_vec();
            // A read that does not fill the buffer has read all there is; the next event says when more comes.
            if read < buffer.len() {
                return Ok(());
            }
        }
    }
}

/// Both signatures are right.
fn is_signed(request: Request<'_>) -> Option<bool> {
    let (_, query) = request.target.split_once('?')?;
    let pairs = form_urlencoded::parse(query.as_bytes());
    let value = |wanted: &str| {
        let mut found = pairs.filter(|(name, _)| name == wanted);
        found.next().map(|(_, value)| value.into_owned())
    };
    let (timestamp, nonce) = (value("timestamp")?, value("nonce")?);
    let body = str::from_utf8(request.body).ok()?;
    let (_, encrypt) = body.split_once("<Encrypt><![CDATA[")?;
    let (encrypt, _) = encrypt.split_once("]]>")?;
    let plain = signature(TOKEN, &timestamp, &nonce);
    let sealed = msg_signature(TOKEN, &timestamp, &nonce, encrypt);
    Some(value("signature")? == plain && value("msg_signature")? == sealed)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock, once for all requests of a poll"
)]
fn note(tally: &Mutex<Tally>, round: Tally) {
    let now = Instant::now();
    let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
    tally.requests += round.requests;
    tally.refused += round.refused;
    tally.first.get_or_insert(now);
    tally.last = Some(now);
}

fn count(tallies: &Tallies) -> Vec<u8> {
    let mut sum = Tally::default();
    for tally in tallies {
        let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = std::mem::take(&mut *tally);
        sum.requests += taken.requests;
        sum.refused += taken.refused;
        sum.first = [sum.first, taken.first].into_iter().flatten().min();
        sum.last = sum.last.max(taken.last);
    }
    let between = sum.first.zip(sum.last);
    let seconds = between.map_or(0.0, |(first, last)| (last - first).as_secs_f64());
    let body = format!("{} {seconds:.6} {}\n", sum.requests, sum.refused);
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}
