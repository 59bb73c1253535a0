//! The fastest emitter that can be: it sends requests which were sealed before, one after the other over each kept
//! connection, with one write, one read and a part of a poll for each. `wxcheck load`, which seals while it sends, is
//! measured against it.
//!
//! `load-emitter URL [--connections N] [--threads N] [--seconds N]` sends. `load-emitter URL --body` prints one body, for
//! emitters that cannot seal.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints its figure, and reads the clock once a poll"
)]

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use mio::{Events, Interest, Poll, Token, net::TcpStream};
use url::Url;
use wxcheck_load_benches::{message, requests};

/// Different requests of each thread, which it sends in turn.
const SUPPLY: u64 = 8192;
/// Bytes of an answer that are read at once.
const BUFFER: usize = 64 * 1024;
/// The longest time without a look at the clock.
const GLANCE: Duration = Duration::from_millis(100);

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let usage = "load-emitter URL [--connections N] [--threads N] [--seconds N] [--body]";
    let url: Url = arguments.next().context(usage)?.parse()?;
    let (mut connections, mut threads, mut seconds) = (64, 1, 5);
    while let Some(argument) = arguments.next() {
        if argument == "--body" {
            return print_body(&url);
        }
        let number = arguments.next().context(usage)?.parse()?;
        match argument.as_str() {
            "--connections" => connections = number,
            "--threads" => threads = number,
            "--seconds" => seconds = number,
            _ => bail!(usage),
        }
    }
    let address = url.socket_addrs(|| None)?[0];
    let supply = requests::sealed(&url, SUPPLY * threads)?;
    let mut supply = supply.into_iter();
    let mut emitters = Vec::new();
    for thread in 0..threads {
        let own = connections / threads + u64::from(thread < connections % threads);
        let requests = supply.by_ref().take(usize::try_from(SUPPLY)?).collect();
        let emitter = Emitter::new(address, own, requests)?;
        let end = Instant::now() + Duration::from_secs(seconds);
        emitters.push(thread::spawn(move || emitter.run(end)));
    }
    let mut answered = 0;
    for emitter in emitters {
        answered += emitter
            .join()
            .ok()
            .context("an emitter ended by a panic")??;
    }
    println!("{answered} answered");
    Ok(())
}

fn print_body(url: &Url) -> anyhow::Result<()> {
    let requests = requests::sealed(url, 1)?;
    let request = message::request(&requests[0])?.context("a request of our own is not whole")?;
    print!("{}", str::from_utf8(request.body)?);
    Ok(())
}

/// One thread with its connections.
struct Emitter {
    poll: Poll,
    requests: Vec<Vec<u8>>,
    next: usize,
    connections: Vec<Connection>,
    answered: u64,
}

struct Connection {
    stream: TcpStream,
    connected: bool,
    /// Bytes of an answer that is not whole yet.
    rest: Vec<u8>,
}

impl Emitter {
    fn new(address: SocketAddr, connections: u64, requests: Vec<Vec<u8>>) -> anyhow::Result<Self> {
        let poll = Poll::new()?;
        let mut made = Vec::new();
        for place in 0..usize::try_from(connections)? {
            let mut stream = TcpStream::connect(address)?;
            let interest = Interest::READABLE | Interest::WRITABLE;
            poll.registry()
                .register(&mut stream, Token(place), interest)?;
            made.push(Connection {
                stream,
                connected: false,
                rest: Vec::new(),
            });
        }
        Ok(Self {
            poll,
            requests,
            next: 0,
            connections: made,
            answered: 0,
        })
    }

    fn run(mut self, end: Instant) -> anyhow::Result<u64> {
        let mut events = Events::with_capacity(1024);
        let mut buffer = vec![0; BUFFER];
        while Instant::now() < end {
            match self.poll.poll(&mut events, Some(GLANCE)) {
                Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error.into()),
                _ => {}
            }
            for event in &events {
                let place = event.token().0;
                if !self.connections[place].connected {
                    if event.is_writable() {
                        let connection = &mut self.connections[place];
                        connection.connected = true;
                        connection.stream.set_nodelay(true)?;
                        self.send(place)?;
                    }
                } else if event.is_readable() {
                    self.hear(place, &mut buffer)?;
                }
            }
        }
        Ok(self.answered)
    }

    fn send(&mut self, place: usize) -> anyhow::Result<()> {
        let request = &self.requests[self.next];
        self.next = (self.next + 1) % self.requests.len();
        // One request is under way on a connection, and always fits.
        self.connections[place].stream.write_all(request)?;
        Ok(())
    }

    fn hear(&mut self, place: usize, buffer: &mut [u8]) -> anyhow::Result<()> {
        let connection = &mut self.connections[place];
        let read = match connection.stream.read(buffer) {
            Ok(0) => bail!("the target closed a connection"),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let kept = !connection.rest.is_empty();
        if kept {
            connection.rest.extend_from_slice(&buffer[..read]);
        }
        let bytes = if kept {
            &connection.rest
        } else {
            &buffer[..read]
        };
        let Some((status, _)) = message::answer(bytes)? else {
            connection.rest = bytes.to_vec();
            return Ok(());
        };
        if status != 200 {
            bail!("the target answered {status}");
        }
        connection.rest.clear();
        self.answered += 1;
        self.send(place)
    }
}
