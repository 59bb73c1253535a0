//! Judging by effects, as a user would: beside the mock API, and by a page of the server's own.

use std::{
    collections::HashMap,
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tokio::time::Instant;
use wiremock::{Mock, Request, Respond, ResponseTemplate, matchers::method};
use wxcheck_events::{Event, Interest, Kind};
use wxcheck_mock_server::{ApiServer, Hub, Journal, ServeOptions, clock::Clock, state::State};
use wxcheck_network::Network;
use wxcheck_protocol::limits::EXCHANGE_LIMIT;
use wxcheck_reference_server::{Api, Running, Setting, Settings, defect, spawn};

use crate::{
    place::free_address,
    program::{APPID, Folder, PATIENCE, TOKEN, runtime, scripted},
};

const SECRET: &str = "Ys8Lp3Qd6Hj1Vc5";

/// The server with that defect, which calls the API that will be served at that address.
fn caller(name: &str, api: SocketAddr) -> (Running, Setting) {
    let defect = defect(name).unwrap();
    let settings = Settings {
        token: TOKEN.into(),
        appid: APPID.into(),
        key: None,
        mode: defect.setting.mode,
        format: defect.setting.format,
        account: defect.setting.account,
        limit: EXCHANGE_LIMIT.mul_f64(PATIENCE),
        api: Some(Api {
            base: format!("http://{api}"),
            secret: SECRET.into(),
        }),
        fetch_tokens: Vec::new(),
        network: Network::Machine,
    };
    let running = runtime().block_on(spawn(settings, (defect.behaviour)()));
    (running.unwrap(), defect.setting)
}

fn rule<'a>(report: &'a Value, id: &str) -> &'a Value {
    let rules = report["rules"].as_array().unwrap();
    rules.iter().find(|rule| rule["id"] == id).unwrap()
}

#[test]
fn a_second_effect_is_reported_as_a_story_and_seen_again_by_replay() {
    let (folder, api) = (Folder::new(), free_address());
    let (server, _) = caller("no-dedup", api);
    let listen = api.to_string();
    let keys = [
        "--appid",
        APPID,
        "--secret",
        SECRET,
        "--api-listen",
        &listen,
    ];
    let more = ["--only", "redelivery/any-order", "--report-json", "r.json"];
    let ran = folder
        .check(server.url(), &[&keys[..], &more].concat())
        .exits(0)
        .complains(&format!("let your server call http://{listen}"))
        .says("call /cgi-bin/message/custom/send for user A, effect 2");
    assert!(
        !ran.out.contains(SECRET) && !ran.err.contains(SECRET),
        "{ran:?}"
    );
    let report = folder.read_json("r.json");
    let any_order = rule(&report, "redelivery/any-order");
    assert_eq!(any_order["verdict"], "warned");
    assert_eq!(any_order["claim"], "twice");
    // The shortest witness: one push, its repeat, and a call after each.
    let pushes = |story: &Value| {
        let lines = story.as_array().unwrap();
        let is_push = |line: &&Value| line.as_str().unwrap().contains("  push ");
        lines.iter().filter(is_push).count()
    };
    assert_eq!(pushes(&any_order["story"]), 2, "{any_order}");

    let file = any_order["reproduction"]["replay"].as_str().unwrap();
    folder
        .run(&[&["replay", file, server.url(), "--token", TOKEN][..], &keys].concat())
        .exits(1)
        .says("still broken: twice")
        .says("effect 2");
}

#[test]
fn a_forged_push_that_is_refused_but_acted_on_fails() {
    let (folder, api) = (Folder::new(), free_address());
    let (server, _) = caller("acts-then-refuses", api);
    let listen = api.to_string();
    folder
        .check(
            server.url(),
            &[
                "--appid",
                APPID,
                "--api-listen",
                &listen,
                "--only",
                "push-signature/rejects-forged-signature",
            ],
        )
        .exits(1)
        .says("acted on: status 403");
}

#[test]
fn without_a_channel_the_rules_say_what_to_configure() {
    let (folder, api) = (Folder::new(), free_address());
    let (server, _) = caller("no-dedup", api);
    let only = ["--only", "redelivery/one-effect*", "--only", "url-check"];
    folder
        .check(server.url(), &only)
        .exits(0)
        .says("--api-listen 127.0.0.1:8900")
        .says("--effects-url");
    folder
        .check(server.url(), &[&only[..], &["--strict"]].concat())
        .exits(1);
}

/// A platform that goes while a run uses it ends the run: the server is not blamed for calls that nobody handed on.
#[test]
fn a_run_ends_with_the_platform_that_it_uses() {
    let (folder, address) = (Folder::new(), free_address());
    let journal = Arc::new(Journal::new(Instant::now(), 10_000).with_evidence());
    let mut heard = journal.subscribe(Interest::Everything);
    let hub = Arc::new(Hub::new(State::new(1, true), 1, Clock::real(), journal));
    let started = ApiServer::start(address, hub, ServeOptions::default());
    let platform = runtime().block_on(started).unwrap();
    let base = platform.base_url();
    let (server, _) = caller("no-dedup", address);
    runtime().spawn(async move {
        while let Some(event) = heard.next().await {
            if matches!(event.kind, Kind::Called(_)) {
                break;
            }
        }
        drop(platform);
    });
    let keys = ["--appid", APPID, "--secret", SECRET, "--platform", &base];
    let output = folder.check(server.url(), &keys);
    output.exits(3).says("stopped by --platform, which is gone");
}

/// The server calls a standing platform, which hands the calls on to the run and shows it.
#[test]
fn a_run_uses_a_served_platform_and_is_seen_there_with_its_rules() {
    let (folder, address) = (Folder::new(), free_address());
    let journal = Arc::new(Journal::new(Instant::now(), 10_000).with_evidence());
    let hub = Arc::new(Hub::new(State::new(1, true), 1, Clock::real(), journal));
    let options = ServeOptions::default();
    let platform = runtime().block_on(ApiServer::start(address, hub, options));
    let platform = platform.unwrap();
    let (server, _) = caller("no-dedup", address);
    let base = platform.base_url();
    let keys = ["--appid", APPID, "--secret", SECRET, "--platform", &base];
    let only = ["--only", "redelivery/any-order"];
    folder
        .check(server.url(), &[&keys[..], &only].concat())
        .exits(0)
        .complains(&format!("let your server call {base}"))
        .says("call /cgi-bin/message/custom/send for user A, effect 2");
    let events = platform.hub().journal().since(0);
    let rule = |event: &Event| event.kind.push()?.rule.clone();
    let rules: Vec<String> = events.iter().filter_map(|event| rule(event)).collect();
    assert!(
        rules.iter().any(|rule| rule == "redelivery/any-order"),
        "{rules:?}"
    );
    let is_call = |event: &&Arc<Event>| event.kind.called().is_some_and(|called| called.sent);
    assert!(
        events.iter().any(|event| is_call(&event)),
        "calls stand there too"
    );
    let pushes = events.iter().filter(|event| event.kind.push().is_some());
    let mut calls = 0;
    for event in pushes {
        let path = format!("/_wxcheck/journal/{}", event.number);
        let record = runtime()
            .block_on(platform.ask("GET", &path, None))
            .unwrap();
        // Forged ones are among them, which are refused.
        let is_taken = record["deliveries"][0]["status"] == 200;
        let outcome = if is_taken { "acknowledged" } else { "given-up" };
        assert_eq!(record["outcome"], outcome, "{record}");
        assert_eq!(
            record["repeatable"], false,
            "a run sends its own pushes again"
        );
        for name in ["push", "openid", "mode", "format"] {
            assert_ne!(record[name], "", "{record}");
        }
        assert_eq!(record["appid"], APPID);
        if rule(event).is_some() {
            let bonds = record["calls"].as_array().unwrap().iter();
            let bonds: Vec<&Value> = bonds.map(|call| &call["bond"]).collect();
            calls += bonds.len();
            assert!(bonds.iter().all(|bond| *bond != "user"), "{record}");
        }
        let delivery = &record["deliveries"][0];
        let time = |name: &str| delivery[name].as_u64();
        let took = time("at").unwrap() - time("begun").unwrap();
        // One that was not answered has no time of its own.
        assert!(
            time("millis").is_none_or(|millis| took + 1 >= millis),
            "times are those of the run: {delivery}"
        );
    }
    assert!(calls > 0, "calls are listed with the pushes of their play");
    let order = events.windows(2);
    assert!(
        order
            .into_iter()
            .all(|pair| pair[0].at_micros <= pair[1].at_micros)
    );
    let figures = platform.hub().journal().figures();
    assert!(
        !format!("{figures:?}").contains("acknowledged: 0"),
        "{figures:?}"
    );
    // It has left: the platform answers for itself again.
    let ended = runtime().block_on(platform.ask("DELETE", "/_wxcheck/runs/1", None));
    assert!(ended.unwrap_err().contains("no run of that number"));
    folder
        .check(server.url(), &["--platform", "http://127.0.0.1:1"])
        .exits(3)
        .complains("the platform does not take the run");
}

/// A server that counts what it did by MsgId, and tells it on a page.
#[derive(Clone, Default)]
struct Counting {
    counts: Arc<Mutex<HashMap<String, usize>>>,
    remembers: bool,
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
        let id = body
            .split_once("<MsgId>")
            .and_then(|(_, rest)| rest.split_once("</MsgId>"))
            .map(|(id, _)| id.to_owned());
        if let Some(id) = id {
            let count = counts.entry(id).or_default();
            *count = if self.remembers { 1 } else { *count + 1 };
        }
        ResponseTemplate::new(200).set_body_string("success")
    }
}

#[test]
fn a_page_of_the_servers_own_counts_effects() {
    for (remembers, verdict) in [(true, "passed"), (false, "warned")] {
        let folder = Folder::new();
        let server = scripted();
        let counting = Counting {
            remembers,
            ..Counting::default()
        };
        for verb in ["GET", "POST"] {
            let mock = Mock::given(method(verb)).respond_with(counting.clone());
            runtime().block_on(mock.mount(&server));
        }
        let url = format!("{}/wechat", server.uri());
        let page = format!("{}/effects?id={{MsgId}}", server.uri());
        folder
            .check(
                &url,
                &[
                    "--effects-url",
                    &page,
                    "--only",
                    "redelivery/one-effect-in-sequence",
                    "--only",
                    "redelivery/equal-texts-count",
                    "--only",
                    "api-use/right-user",
                    "--report-json",
                    "r.json",
                ],
            )
            .exits(0);
        let report = folder.read_json("r.json");
        let of = |id: &str| rule(&report, id)["verdict"].clone();
        assert_eq!(of("redelivery/one-effect-in-sequence"), verdict);
        assert_eq!(of("redelivery/equal-texts-count"), "passed");
        assert_eq!(of("api-use/right-user"), "inconclusive");
    }
}

#[test]
fn a_page_that_answers_no_count_is_named() {
    let folder = Folder::new();
    let server = scripted();
    let hello = Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200).set_body_string("success"));
    runtime().block_on(hello.mount(&server));
    let url = format!("{}/wechat", server.uri());
    let page = format!("{}/nothing?id={{MsgId}}", server.uri());
    let only = ["--only", "redelivery/equal-texts-count"];
    folder
        .check(
            &url,
            &[&["--effects-url", page.as_str()][..], &only].concat(),
        )
        .exits(3)
        .says("/nothing")
        .says("did not answer a count");
}

#[test]
fn channels_that_cannot_be_used_are_explained() {
    let folder = Folder::new();
    let check = |more: &[&str]| folder.check("http://127.0.0.1:1/", more).exits(2);
    check(&["--effects-url", "http://h/x"]).complains("{MsgId}");
    check(&["--effects-url", "http://h/{Msgid}"]).complains("{Msgid} is unknown");
    check(&[
        "--effects-url",
        "http://h/{MsgId}",
        "--api-listen",
        "127.0.0.1:0",
    ])
    .complains("leave one out");
    check(&["--api-listen", "0.0.0.0:0"]).complains("--control-token");
    check(&["--api-listen", "localhost"]).complains("--api-listen");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    folder
        .check("http://127.0.0.1:1/", &["--api-listen", &address])
        .exits(3)
        .complains(&format!("cannot listen on {address}"));
}
