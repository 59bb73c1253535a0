//! The events of a run: everything that happened, without secrets, and enough to make its reports again.

use std::collections::BTreeMap;

use serde_json::Value;
use wiremock::{Mock, Request, Respond, ResponseTemplate, matchers::any};
use wxcheck_events::{Event, Kind};

use crate::program::{Folder, Ran, TOKEN, broken, received, runtime, scripted};

/// Options of a run that is told as fully as can be.
const ALL: [&str; 7] = [
    "--events",
    "log.ndjson",
    "--report-json",
    "report.json",
    "--report-junit",
    "report.xml",
    "-v",
];

/// The reports of a run, made again from its events.
fn made_again(folder: &Folder) -> Ran {
    folder.run(&[
        "report",
        "log.ndjson",
        "--report-json",
        "again.json",
        "--report-junit",
        "again.xml",
        "-v",
    ])
}

#[test]
fn the_reports_of_a_run_are_made_again_to_the_byte() {
    let (server, _) = broken("push-unchecked-in-plain-mode");
    let folder = Folder::new();
    let told = folder.check(server.url(), &ALL).exits(1);
    let again = made_again(&folder).exits(1);
    assert_eq!(again.out, told.out);
    for (first, second) in [("report.json", "again.json"), ("report.xml", "again.xml")] {
        assert_eq!(folder.read(first), folder.read(second), "{first}");
    }
}

#[test]
fn a_contract_that_changed_is_reported_again() {
    let (server, _) = broken("push-unchecked-in-plain-mode");
    let folder = Folder::new();
    let only = ["--only", "reply/status-200", "--contract", "contract"];
    folder.check(server.url(), &only).exits(0);
    let [snapshot] = &folder.list("contract")[..] else {
        panic!("one file")
    };
    let path = format!("contract/{snapshot}");
    let changed = folder.read(&path).replacen("success", "another", 1);
    folder.write(&path, changed);
    let told = folder.check(server.url(), &[&ALL[..], &only].concat());
    let told = told.exits(1).says("- 200, another");
    let again = made_again(&folder).exits(1);
    assert_eq!(again.out, told.out);
    assert_eq!(folder.read("report.json"), folder.read("again.json"));
}

#[test]
fn every_request_stands_in_the_events_with_its_bytes() {
    let (server, _) = broken("push-unchecked-in-plain-mode");
    let folder = Folder::new();
    folder.check(server.url(), &ALL).exits(1);
    let text = folder.read("log.ndjson");
    let events: Result<Vec<Event>, _> = wxcheck_events::read(text.as_bytes()).collect();
    let events = events.unwrap();
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut plays, mut successes) = (0, 0);
    let first = events[0].number;
    for (place, event) in events.iter().enumerate() {
        assert_eq!(event.number, first + place as u64);
        let kind = match &event.kind {
            Kind::RunBegun(_) => "begun",
            Kind::ContactMade { .. } => "contact",
            Kind::PlayBegun { .. } => "play",
            Kind::Exchange(exchange) => {
                let is_of_a_play = exchange.place.is_some_and(|place| place.play < plays);
                assert!(is_of_a_play, "{event:?}");
                let evidence = exchange.evidence.as_deref().unwrap();
                let answer = evidence.answer.as_ref();
                successes += u64::from(answer.is_some_and(|answer| answer.body.text == "success"));
                "exchange"
            }
            Kind::Sent(_) => "sent",
            Kind::Called(_) | Kind::Effect(_) | Kind::PushDue(_) => "call",
            Kind::Unsent(_) | Kind::PushOutcome(_) | Kind::Fault(_) | Kind::ClockMoved(_) => {
                "platform"
            }
            Kind::Fetched { .. } => "fetched",
            Kind::PlayEnded { .. } => "play ended",
            Kind::Verdict(_) => "verdict",
            Kind::ReplayWritten { .. } => "replay",
            Kind::ContractCompared(_) => "contract",
            Kind::BaselineCompared(_) => "baseline",
            Kind::Diagnosed(_) => "diagnosed",
            Kind::ServerEnded(_) => "server",
            Kind::RunEnded(_) => "ended",
        };
        plays += u64::from(kind == "play");
        *kinds.entry(kind).or_default() += 1;
    }
    let report = folder.read_json("report.json");
    assert_eq!(kinds["begun"] + kinds["contact"] + kinds["ended"], 3);
    assert_eq!(kinds["play"], kinds["play ended"]);
    let requests = report["requests"].as_u64().unwrap();
    assert_eq!(kinds["exchange"], requests, "{kinds:?}");
    assert_eq!(kinds["sent"], requests, "{kinds:?}");
    assert!(successes > 10, "{successes} answers say success");
    let rules = report["rules"].as_array().unwrap().len() as u64;
    assert!(kinds["verdict"] >= rules, "{kinds:?}");
}

#[test]
fn a_log_that_was_cut_gives_the_report_of_what_is_there() {
    let (server, _) = broken("push-unchecked-in-plain-mode");
    let folder = Folder::new();
    folder.check(server.url(), &ALL).exits(1);
    let text = folder.read("log.ndjson");
    let lines: Vec<&str> = text.lines().collect();
    // A rule may be judged a second time later on: the verdict that is cut off is the only one of its rule.
    let rule_of = |line: &str| match serde_json::from_str::<Event>(line).unwrap().kind {
        Kind::Verdict(verdict) => Some(verdict.rule),
        _ => None,
    };
    let judged: Vec<Option<String>> = lines.iter().map(|line| rule_of(line)).collect();
    let is_alone = |rule: &Option<String>| {
        rule.is_some() && judged.iter().filter(|other| *other == rule).count() == 1
    };
    let place = judged.iter().rposition(is_alone).unwrap();
    // In the middle of a line, as it is where somebody kills the run.
    let half = &lines[place][..lines[place].len() / 2];
    folder.write("log.ndjson", lines[..place].join("\n") + "\n" + half);
    made_again(&folder)
        .exits(3)
        .says("the log ends before the run did")
        .says("not judged: the log ends before");
    let again: Value = folder.read_json("again.json");
    let rules = again["rules"].as_array().unwrap();
    let cut = rules
        .iter()
        .find(|rule| rule["id"].as_str() == judged[place].as_deref());
    assert_eq!(cut.unwrap()["verdict"], "inconclusive");
}

/// A server that repeats whatever it was asked, in a header, a cookie and the body, and cuts nothing short.
struct Echo;

impl Respond for Echo {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let asked = request.url.to_string();
        let long = "x".repeat(16_380);
        ResponseTemplate::new(200)
            .insert_header("x-asked", asked.as_str())
            .insert_header("set-cookie", "session=abcdef")
            .set_body_string(format!("{asked} {TOKEN}\n{long}{TOKEN}"))
    }
}

#[test]
fn what_a_server_repeats_comes_into_no_event() {
    let server = scripted();
    runtime().block_on(Mock::given(any()).respond_with(Echo).mount(&server));
    let folder = Folder::new();
    folder.check(&server.uri(), &ALL);
    let text = folder.read("log.ndjson");
    for secret in [TOKEN, &TOKEN[..10], "session=abcdef"] {
        assert!(!text.contains(secret), "{secret}");
    }
    assert!(text.contains("[redacted]"));
    let mut seen = 0;
    for request in received(&server) {
        for (name, value) in request.url.query_pairs() {
            let is_digest = value.len() == 40 && !value.starts_with("000000");
            if ["signature", "msg_signature"].contains(&name.as_ref()) && is_digest {
                seen += 1;
                assert!(!text.contains(&*value), "{name}={value}");
            }
        }
    }
    assert!(seen > 20, "{seen} signatures");
}

#[test]
fn a_finding_in_a_log_is_played_again() {
    let (server, _) = broken("push-unchecked-in-plain-mode");
    let folder = Folder::new();
    folder.check(server.url(), &ALL).exits(1);
    let url = server.url();
    let played = ["replay", "log.ndjson", url, "--token", TOKEN];
    let replay = |more: &[&str]| folder.run(&[&played, more].concat());
    let rule = "push-signature/rejects-forged-signature";
    replay(&[]).exits(2).complains("--rule").complains(rule);
    replay(&["--rule", "reply/status-200"])
        .exits(2)
        .complains("holds no finding of it; give one of");
    replay(&["--rule", rule]).exits(1).says("still broken: ");
    let file = ".wxcheck/push-signature-rejects-forged-signature.json";
    folder
        .run(&["replay", file, url, "--rule", "reply/status-200"])
        .exits(2)
        .complains("leave the option out");
}

#[test]
fn a_secret_that_reads_like_a_word_of_the_log_costs_no_report() {
    let folder = Folder::new();
    for token in ["passed", "network", "verdict"] {
        let only = ["check", "--only", "reply/status-200", "--token", token];
        folder.run(&[&only[..], &ALL].concat()).exits(0);
        made_again(&folder).exits(0).says("1 passed");
    }
}

#[test]
fn the_events_and_a_report_do_not_go_to_one_file() {
    let folder = Folder::new();
    let url = "http://127.0.0.1:1/";
    folder
        .check(url, &["--events", "x", "--report-json", "x"])
        .exits(2)
        .complains("they are one file");
    folder.write("log.ndjson", "evidence");
    let over = ["report", "log.ndjson", "--report-junit", "log.ndjson"];
    folder.run(&over).exits(2);
    assert_eq!(folder.read("log.ndjson"), "evidence");
    folder
        .check(url, &["--events", "-"])
        .exits(2)
        .complains("--events -: the stream goes to a file");
}

#[test]
fn what_is_no_log_and_what_is_no_file_are_named() {
    let folder = Folder::new();
    folder.write("log.ndjson", "{\"seed\": 1}\n");
    let told = "log.ndjson: this is neither the events nor the JSON report of a run";
    made_again(&folder).exits(2).complains(told);
    folder.write("log.ndjson", "");
    made_again(&folder).exits(2).complains(told);
    let missing = folder.run(&["report", "none.ndjson"]).exits(2);
    missing.complains("none.ndjson");
    let null = folder.check("http://127.0.0.1:1/", &["--events", "/dev/null"]);
    null.exits(2)
        .complains("--events /dev/null: that is no file");
}
