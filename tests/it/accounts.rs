//! Pushes and effects of a load: seen by calls of the API, by those of workers, and on a page of the server's own.

use std::{
    collections::HashMap,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::{Arc, Mutex},
};

use serde_json::Value;
use wiremock::{Mock, Request, Respond, ResponseTemplate, matchers::method};
use wxcheck_load::{
    ledger::{Ledger, Line},
    report::Spread,
};
use wxcheck_network::Network;
use wxcheck_protocol::{
    account::Account,
    aes_key::EncodingAesKey,
    limits::EXCHANGE_LIMIT,
    push::{Format, Mode},
};
use wxcheck_reference_server::{Api, Behaviour, Running, Settings, spawn};

use crate::{
    nats::{Nats, Worker, coordinator},
    place::free_address,
    program::{AES_KEY, APPID, Folder, Ran, TOKEN, runtime, scripted, wait},
};

/// The secret of `nats::settings`.
const SECRET: &str = "sEcretOfTheApp";

/// The correct server, which calls the API that will be served at that address.
fn caller(api: SocketAddr) -> Running {
    let settings = Settings {
        token: TOKEN.into(),
        appid: APPID.into(),
        key: Some(EncodingAesKey::parse(AES_KEY).unwrap()),
        mode: Mode::Compat,
        format: Format::Xml,
        account: Account::Mini,
        limit: EXCHANGE_LIMIT,
        api: Some(Api {
            base: format!("http://{api}"),
            secret: SECRET.into(),
        }),
        fetch_tokens: Vec::new(),
        network: Network::Machine,
    };
    let behaviour = Behaviour::default();
    runtime().block_on(spawn(settings, behaviour)).unwrap()
}

/// Waits until the API at that address has seen so many events.
fn until_events(api: SocketAddr, count: u64) {
    let mut next = 0;
    while next < count {
        let path = format!("/_wxcheck/journal?since={next}&wait=60000");
        let mut stream = TcpStream::connect(api).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {api}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let view: Value = serde_json::from_str(body).unwrap();
        let told = view["next"].as_u64().unwrap();
        assert!(told > next, "nothing within a minute: {view}");
        next = told;
    }
}

fn account(folder: &Folder) -> (Ledger, Line, Spread) {
    let report = folder.read_json("load.json");
    let ledger: Ledger = serde_json::from_value(report["ledger"].clone()).unwrap();
    let line = ledger.total();
    let spread = serde_json::from_value(report["spread"].clone()).unwrap_or_default();
    (ledger, line, spread)
}

#[test]
fn the_account_stays_exact_when_a_worker_dies() {
    let Some(nats) = Nats::start() else { return };
    let api = free_address();
    let server = caller(api);
    let folder = Folder::new();
    let mut workers: Vec<Worker> = (0..4)
        .map(|number| {
            Worker::start(
                &folder,
                &nats,
                server.url(),
                &format!("worker-{number}"),
                &[],
            )
        })
        .collect();
    let listen = api.to_string();
    let plan = [
        "--rate",
        "100",
        // The shard of the dead is delivered again while the run lasts, on a busy machine too.
        "--duration",
        "16s",
        "--workers",
        "4",
        "--redeliver",
        "5%",
        "--api-listen",
        &listen,
        "--fail-if",
        "lost > 0",
        "--fail-if",
        "twice > 0",
    ];
    let running = coordinator(&folder, &nats, server.url(), &plan);
    workers[0].says("is sent from second");
    until_events(api, 200);
    workers[2].child.kill().unwrap();
    let ran = wait(running).exits(0).says("worker-2 was lost");
    let (ledger, line, spread) = account(&folder);
    assert_eq!(spread.lost.len(), 1, "{spread:?}");
    // What was in the hands of the dead worker may not have arrived; it was not acknowledged then.
    assert!(
        line.pushed - line.once <= line.pushed - line.acknowledged,
        "{ledger:?} {ran:?}"
    );
    assert!(
        line.pushed > 500 && line.more == 0 && line.lost == 0,
        "{ledger:?}"
    );
    assert_eq!(ledger.strangers, 0, "{ledger:?}");
    assert!(ledger.exact);
}

#[test]
fn effects_at_workers_are_counted_and_a_worker_without_an_api_is_no_help() {
    let Some(nats) = Nats::start() else { return };
    let api = free_address();
    let server = caller(api);
    let folder = Folder::new();
    let listen = api.to_string();
    let sees = ["--api-listen", listen.as_str()];
    let other = ["--api-listen", "127.0.0.1:0"];
    let seeing = Worker::start(&folder, &nats, server.url(), "seeing", &sees);
    // Another one of the same name: what one of them tells is not taken for what the other told.
    let namesake = Worker::start(&folder, &nats, server.url(), "seeing", &other);
    let mut blind = Worker::start(&folder, &nats, server.url(), "blind", &[]);
    let plan = [
        "--rate",
        "50",
        "--duration",
        "3s",
        "--worker-effects",
        "--fail-if",
        "lost > 0",
    ];
    let running = coordinator(&folder, &nats, server.url(), &plan);
    wait(running).exits(0);
    let (ledger, line, _) = account(&folder);
    assert_eq!(
        (line.pushed, line.once, line.lost),
        (150, 150, 0),
        "{ledger:?}"
    );
    assert_eq!(ledger.strangers, 0);
    // It may not have been asked; alone it is, and says why it cannot.
    drop((seeing, namesake));
    let alone = [&plan[..], &["--wait", "2s"]].concat();
    wait(coordinator(&folder, &nats, server.url(), &alone))
        .exits(3)
        .complains("this one sees none: give it --api-listen");
    blind.says("is skipped");
}

/// A server that counts what it did by MsgId, and tells it on a page.
#[derive(Clone, Default)]
struct Counting {
    counts: Arc<Mutex<HashMap<String, usize>>>,
    remembers: bool,
    forgets_every: Option<usize>,
}

impl Respond for Counting {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut counts = self.counts.lock().unwrap();
        if request.url.path() == "/effects" {
            let (_, id) = request.url.query_pairs().next().unwrap();
            let count = counts.get(&*id).copied().unwrap_or(0);
            return ResponseTemplate::new(200).set_body_string(format!("{{\"count\": {count}}}"));
        }
        let body = String::from_utf8_lossy(&request.body);
        let (_, rest) = body.split_once("<MsgId>").unwrap();
        let (id, _) = rest.split_once('<').unwrap();
        let known = counts.len();
        let is_new = counts.entry(id.to_owned()).or_default() == &0;
        let forgets = |every: usize| is_new && known.is_multiple_of(every);
        if !self.forgets_every.is_some_and(forgets) {
            let count = counts.entry(id.to_owned()).or_default();
            *count = if self.remembers { 1 } else { *count + 1 };
        }
        ResponseTemplate::new(200).set_body_string("success")
    }
}

#[test]
fn a_page_of_the_servers_own_is_asked_about_every_push() {
    let right = Counting {
        remembers: true,
        ..Counting::default()
    };
    let doubling = Counting::default();
    let losing = Counting {
        remembers: true,
        forgets_every: Some(10),
        ..Counting::default()
    };
    for (counting, code, failed) in [
        (right, 0, None),
        (doubling, 1, Some("twice > 0")),
        (losing, 1, Some("lost > 0")),
    ] {
        let folder = Folder::new();
        let server = scripted();
        for verb in ["GET", "POST"] {
            let mock = Mock::given(method(verb)).respond_with(counting.clone());
            runtime().block_on(mock.mount(&server));
        }
        let url = format!("{}/wechat", server.uri());
        let page = format!("{}/effects?id={{MsgId}}", server.uri());
        let ran = folder.run(&[
            "load",
            &url,
            "--token",
            TOKEN,
            "--count",
            "200",
            "--redeliver",
            "10%",
            "--connections",
            "4",
            "--effects-url",
            &page,
            "--fail-if",
            "lost > 0",
            "--fail-if",
            "twice > 0",
            "--report-json",
            "load.json",
        ]);
        let ran = ran.exits(code);
        let (ledger, line, _) = account(&folder);
        assert!(line.pushed > 150 && ledger.exact, "{ledger:?}");
        assert_eq!((ledger.unread, ledger.of), (0, None));
        match failed {
            None => assert_eq!(line.once, line.pushed, "{ledger:?}"),
            Some(threshold) => {
                ran.says(&format!("FAILED       {threshold}"));
            }
        }
    }
}

#[test]
fn a_page_that_answers_no_count_gives_no_account() {
    let folder = Folder::new();
    let server = scripted();
    let success = ResponseTemplate::new(200).set_body_string("success");
    let mock = Mock::given(method("POST")).respond_with(success);
    runtime().block_on(mock.mount(&server));
    let url = format!("{}/wechat", server.uri());
    let page = format!("{}/nothing?id={{MsgId}}", server.uri());
    let load = ["load", &url, "--token", TOKEN, "--count", "20"];
    let more = ["--effects-url", &page, "--fail-if", "lost > 0"];
    folder
        .run(&[&load[..], &more].concat())
        .exits(1)
        .says("no number from the page for 20 pushes")
        .says("FAILED       lost > 0 (measured: nothing)");
    let both = ["--api-listen", "127.0.0.1:0"];
    folder
        .run(&[&load[..], &more, &both].concat())
        .exits(2)
        .complains("leave one out");
}

/// A load on a scripted server that answers every push alike, and what its page says.
fn scripted_load(page: &str, more: &[&str]) -> (Ran, Folder) {
    let folder = Folder::new();
    let server = scripted();
    for (verb, body) in [("GET", page), ("POST", "success")] {
        let answer = ResponseTemplate::new(200).set_body_string(body);
        let mock = Mock::given(method(verb)).respond_with(answer);
        runtime().block_on(mock.mount(&server));
    }
    let url = format!("{}/wechat", server.uri());
    let template = format!("{}/effects?id={{MsgId}}", server.uri());
    let load = ["load", &url, "--token", TOKEN, "--count", "60"];
    let effects = ["--effects-url", &template, "--report-json", "load.json"];
    let ran = folder.run(&[&load[..], &effects, more].concat());
    (ran, folder)
}

#[test]
fn where_nothing_is_acted_on_nothing_is_measured() {
    let (ran, _) = scripted_load("0", &["--fail-if", "lost > 0"]);
    ran.exits(1)
        .says("no effects were observed")
        .says("FAILED       lost > 0 (measured: nothing)");
    let mix = ["--mix", "xpay_goods_deliver_notify=1"];
    let (ran, _) = scripted_load("1", &[&mix[..], &["--fail-if", "lost > 0"]].concat());
    ran.exits(1)
        .says("not counted: 60 pushes without a user")
        .says("FAILED       lost > 0 (measured: nothing)");
}

#[test]
fn a_page_is_asked_about_forgeries_too() {
    let (ran, folder) = scripted_load("1", &["--forged", "20%", "--fail-if", "forged > 0"]);
    ran.exits(1).says("FAILED       forged > 0");
    let (ledger, line, _) = account(&folder);
    assert_eq!(ledger.forged_acted + line.pushed, 60, "{ledger:?}");
    assert_eq!(line.once, line.pushed);
}
