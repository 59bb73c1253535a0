//! What `wxcheck load` is measured against: a server that does nothing but answer, and an emitter that does nothing but
//! send. Both are one thread over mio. `benches/load.sh` runs them beside `wxcheck load`, wrk and oha.
//!
//! `target` prints its address and answers `success`. `raw ADDR MODE SECONDS` sends requests that were signed and sealed
//! before, over 64 kept connections, and prints how many were answered in a second. `ours ADDR MODE SECONDS` is the emitter
//! of wxcheck without the program around it.

#![expect(
    clippy::print_stdout,
    clippy::panic,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark prints its figures, reads the clock, and ends where it cannot measure"
)]

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use mio::{
    Events, Interest, Poll, Token,
    net::{TcpListener, TcpStream},
};
use url::Url;
use wxcheck_load::{
    Told,
    aim::{Aim, Fetched},
    identity::{Identities, User},
    mix::{Share, ShareKind},
    pace::Pace,
    part::Part,
    plan::{Form, Plan},
    report::Timeline,
    run::{Options, run_shard},
    sequence::Sequence,
    shard::Shard,
    template::Scratch,
};
use wxcheck_mock_server::{Target, catalogue::Catalogue, clock, connecting::SharedConnecting};
use wxcheck_protocol::{
    account::Account,
    aes_key::EncodingAesKey,
    push::{Credentials, Format, JsonType, Mode},
};

const CONNECTIONS: usize = 64;
/// Requests that are made before the raw emitter begins.
const PREPARED: u64 = 8192;
const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\nsuccess";

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["target"] => target(),
        ["raw", address, mode, seconds] => raw(address.parse().unwrap(), mode, seconds),
        ["ours", address, mode, seconds] => ours(address, mode, seconds),
        // `cargo bench` and `cargo test` come by without any.
        _ => println!("run benches/load.sh"),
    }
}

/// Answers whatever has a Content-Length.
fn target() {
    let mut poll = Poll::new().unwrap();
    let mut listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    println!("{}", listener.local_addr().unwrap());
    let door = Token(usize::MAX);
    poll.registry()
        .register(&mut listener, door, Interest::READABLE)
        .unwrap();
    let mut streams: Vec<Option<(TcpStream, Vec<u8>)>> = Vec::new();
    let mut events = Events::with_capacity(1024);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        poll.poll(&mut events, None).unwrap();
        for event in &events {
            if event.token() == door {
                while let Ok((mut stream, _)) = listener.accept() {
                    stream.set_nodelay(true).unwrap();
                    let token = Token(streams.len());
                    poll.registry()
                        .register(&mut stream, token, Interest::READABLE)
                        .unwrap();
                    streams.push(Some((stream, Vec::new())));
                }
                continue;
            }
            let place = &mut streams[event.token().0];
            if let Some((stream, inbox)) = place
                && !answered(stream, inbox, &mut buffer)
            {
                *place = None;
            }
        }
    }
}

/// Answers the requests that are whole; false at the end of the connection.
fn answered(stream: &mut TcpStream, inbox: &mut Vec<u8>, buffer: &mut [u8]) -> bool {
    loop {
        match stream.read(buffer) {
            Ok(0) => return false,
            Ok(came) => {
                inbox.extend_from_slice(&buffer[..came]);
                while let Some(length) = request(inbox) {
                    inbox.drain(..length);
                    if stream.write(ANSWER).is_err() {
                        return false;
                    }
                }
                if came < buffer.len() {
                    return true;
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
            Err(_) => return false,
        }
    }
}

/// The length of the request in front, if it is whole.
fn request(bytes: &[u8]) -> Option<usize> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut request = httparse::Request::new(&mut headers);
    let head = match request.parse(bytes).ok()? {
        httparse::Status::Complete(head) => head,
        httparse::Status::Partial => return None,
    };
    let length = request
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length: usize = length.map_or(0, |header| {
        str::from_utf8(header.value).unwrap().parse().unwrap()
    });
    (bytes.len() >= head + length).then_some(head + length)
}

/// Sends what was made before, on each connection as soon as the last answer is there.
fn raw(address: SocketAddr, mode: &str, seconds: &str) {
    let requests = prepared(&format!("http://{address}/wechat"), mode);
    let mut poll = Poll::new().unwrap();
    let mut streams: Vec<TcpStream> = (0..CONNECTIONS)
        .map(|number| {
            let stream = std::net::TcpStream::connect(address).unwrap();
            stream.set_nonblocking(true).unwrap();
            stream.set_nodelay(true).unwrap();
            let mut stream = TcpStream::from_std(stream);
            poll.registry()
                .register(&mut stream, Token(number), Interest::READABLE)
                .unwrap();
            stream
        })
        .collect();
    let mut next = requests.iter().cycle();
    for stream in &mut streams {
        stream.write_all(next.next().unwrap()).unwrap();
    }
    let mut events = Events::with_capacity(1024);
    let mut buffer = vec![0; 64 * 1024];
    let begun = Instant::now();
    let lasts = Duration::from_secs(seconds.parse().unwrap());
    let mut count = 0_u32;
    while begun.elapsed() < lasts {
        poll.poll(&mut events, Some(Duration::from_millis(100)))
            .unwrap();
        for event in &events {
            let stream = &mut streams[event.token().0];
            match stream.read(&mut buffer) {
                Ok(came) if came == ANSWER.len() => {}
                other => panic!("{other:?}"),
            }
            count += 1;
            stream.write_all(next.next().unwrap()).unwrap();
        }
    }
    println!("{:.0}", f64::from(count) / begun.elapsed().as_secs_f64());
}

/// wxcheck's own emitter, on one thread.
fn ours(address: &str, mode: &str, seconds: &str) {
    let millis = seconds.parse::<u64>().unwrap() * 1000;
    let plan = plan(mode, millis);
    let shard = Shard::all(&plan).next().unwrap();
    let options = Options {
        threads: Some(1),
        ..Options::default()
    };
    let mut timeline = Timeline::default();
    let told = |told| {
        if let Told::Interval(interval) = told {
            timeline.take(&interval);
        }
    };
    let aim = aim(&format!("http://{address}/wechat"), mode);
    run_shard(&shard, &aim, &options, &Arc::default(), told).unwrap();
    let counts = &timeline.total().counts;
    assert_eq!(counts.good(), counts.sent());
    println!("{}", counts.good() * 1000 / millis);
}

fn prepared(url: &str, mode: &str) -> Vec<Vec<u8>> {
    let sequence = Sequence::new(plan(mode, 1000)).unwrap();
    let magazine = aim(url, mode).prepare(&sequence, &[]).unwrap();
    let identities = Identities::new(1);
    let mut scratch = Scratch::default();
    let requests = (0..PREPARED).map(|number| {
        let user = User {
            number,
            forged: false,
        };
        let identity = identities.of(user, number, number, clock::unix_seconds());
        let mut request = Vec::new();
        magazine.loads[0]
            .template
            .write(&identity, 0, false, &mut scratch, &mut request);
        request
    });
    requests.collect()
}

fn plan(mode: &str, millis: u64) -> Plan {
    Plan {
        seed: 1,
        begins: clock::unix_seconds() + 1,
        pace: Pace::Closed { millis },
        count: None,
        mix: vec![Share {
            name: "text".into(),
            weight: 1,
            kind: ShareKind::Message,
        }],
        users: None,
        redelivered: Part::NONE,
        forged: Part::NONE,
        shards: 1,
        connections: u32::try_from(CONNECTIONS).unwrap(),
        keeps: true,
        limit_millis: 5000,
        form: Form {
            url: String::new(),
            account: Account::Mini,
            mode: mode.parse().unwrap(),
            format: Format::Xml,
        },
    }
}

fn aim(url: &str, mode: &str) -> Aim {
    let mode: Mode = mode.parse().unwrap();
    Aim {
        account: Account::Mini,
        target: Target {
            url: Url::parse(url).unwrap(),
            credentials: Credentials {
                token: "aTokenOfYourOwn".into(),
                appid: "wx0123456789abcdef".into(),
                key: EncodingAesKey::parse("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY").ok(),
            },
            mode,
            format: Format::Xml,
            json_type: JsonType::Json,
            original_id: "gh_0123456789ab".into(),
            payments: None,
        },
        authorizer: "wx0123456789abcdef".into(),
        authorization_url: None,
        catalogue: Catalogue::built_in().unwrap().of(Account::Mini),
        fetched: Fetched::default(),
        connecting: SharedConnecting::default(),
    }
}
