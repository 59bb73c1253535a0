//! Reports: their keys are stable, their counts are right, and they never hold a secret.

use std::collections::BTreeMap;

use quick_xml::{Reader, events::Event};
use serde_json::Value;
use wiremock::{Mock, Request, Respond, ResponseTemplate, matchers::any};
use wxcheck_suite::rules;

use crate::program::{AES_KEY, APPID, Folder, Ran, TOKEN, broken, received, runtime, scripted};

const REPORTS: [&str; 6] = [
    "--report-json",
    "report.json",
    "--report-html",
    "report.html",
    "--report-junit",
    "report.xml",
];

#[test]
fn the_json_report_has_its_stable_keys() {
    let (server, _) = broken("push-unchecked-in-plain-mode");
    let folder = Folder::new();
    let args = [&REPORTS[..], &["--seed", "11"]].concat();
    folder.check(server.url(), &args).exits(1);
    let report = folder.read_json("report.json");

    assert_eq!(report["wxcheck"], env!("CARGO_PKG_VERSION"));
    assert_eq!(report["seed"], 11);
    assert_eq!(report["target"]["url"], server.url());
    assert_eq!(report["target"]["mode"], "plain");
    assert_eq!(report["target"]["format"], "xml");
    assert_eq!(report["target"]["account"], "mini");
    assert_eq!(report["ended"], "whole");
    assert!(report["millis"].is_u64() && report["requests"].is_u64());
    let rows = report["rules"].as_array().unwrap();
    let ids: Vec<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    let all: Vec<&str> = rules::all().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids, all);
    for row in rows {
        for key in ["level", "verdict"] {
            assert!(row[key].is_string(), "{key} of {row}");
        }
        for key in ["claim", "expected", "actual", "reason", "reproduction"] {
            assert!(row.get(key).is_some(), "{key} of {row}");
        }
        assert!(row["millis"].is_u64(), "{row}");
    }
    let forged = row(&report, "push-signature/rejects-forged-signature");
    assert_eq!(forged["verdict"], "failed");
    assert_eq!(forged["level"], "must");
    assert_eq!(forged["claim"], forged["claims"][0]);
    assert!(forged["reproduction"]["replay"].is_string());
    assert!(forged["reproduction"]["curl"][0].is_string());
}

fn row<'a>(report: &'a Value, id: &str) -> &'a Value {
    let rows = report["rules"].as_array().unwrap();
    rows.iter().find(|row| row["id"] == id).unwrap()
}

#[test]
fn the_summary_counts_the_rows() {
    let (server, _) = broken("reply-created");
    let folder = Folder::new();
    let args = [&REPORTS[..], &["--skip", "redelivery=not now"]].concat();
    let ran = folder.check(server.url(), &args);
    let report = folder.read_json("report.json");
    let mut counted: BTreeMap<&str, u64> = BTreeMap::new();
    for row in report["rules"].as_array().unwrap() {
        *counted.entry(row["verdict"].as_str().unwrap()).or_default() += 1;
    }
    assert!(counted.len() >= 3, "too little variety: {counted:?}");
    for (verdict, count) in report["summary"].as_object().unwrap() {
        let count = count.as_u64().unwrap();
        assert_eq!(count, counted.remove(verdict.as_str()).unwrap_or(0));
        if count > 0 {
            let said = format!("{count} {verdict}");
            assert!(ran.out.contains(&said), "no `{said}` in {}", ran.out);
        }
    }
    assert_eq!(counted, BTreeMap::new(), "verdicts missing in the summary");
}

/// The parts of one `testcase` that a reader of JUnit sees.
#[derive(Default)]
struct Case {
    suite: String,
    name: String,
    failure: Option<String>,
    skipped: Option<String>,
    error: bool,
    output: String,
}

/// The cases of a JUnit file, and the counts in the attributes of its root and suites.
fn read_junit(text: &str) -> (Vec<Case>, BTreeMap<String, BTreeMap<String, u64>>) {
    let mut reader = Reader::from_str(text);
    let mut cases: Vec<Case> = Vec::new();
    let mut counts = BTreeMap::new();
    let mut suite = String::new();
    let mut in_output = false;
    loop {
        let event = reader.read_event().unwrap();
        let element = match &event {
            Event::Start(element) | Event::Empty(element) => element,
            Event::Eof => return (cases, counts),
            Event::Text(content) if in_output => {
                cases.last_mut().unwrap().output += content;
                continue;
            }
            Event::End(element) if element.name().as_ref() == "system-out" => {
                in_output = false;
                continue;
            }
            _ => continue,
        };
        let attributes: BTreeMap<String, String> = element
            .attributes()
            .map(|attribute| {
                let attribute = attribute.unwrap();
                let name = attribute.key.as_ref().to_owned();
                let value = attribute.value.into_owned();
                (name, value)
            })
            .collect();
        let attribute = |name: &str| attributes.get(name).cloned().unwrap_or_default();
        let tag = element.name().as_ref().to_owned();
        match tag.as_str() {
            "testsuites" | "testsuite" => {
                suite = if tag == "testsuites" {
                    String::new()
                } else {
                    attribute("name")
                };
                let numbers = ["tests", "failures", "errors", "skipped"]
                    .map(|name| (name.to_owned(), attribute(name).parse().unwrap()));
                counts.insert(suite.clone(), BTreeMap::from(numbers));
            }
            "testcase" => cases.push(Case {
                suite: suite.clone(),
                name: attribute("name"),
                ..Case::default()
            }),
            "failure" => cases.last_mut().unwrap().failure = Some(attribute("message")),
            "skipped" => cases.last_mut().unwrap().skipped = Some(attribute("message")),
            "error" => cases.last_mut().unwrap().error = true,
            "system-out" => in_output = true,
            "properties" | "property" => {}
            other => assert_eq!(other, "", "an element that is not expected"),
        }
    }
}

#[test]
fn the_junit_report_has_a_case_for_each_rule_and_right_counts() {
    let (server, _) = broken("reply-created");
    let folder = Folder::new();
    let args = [&REPORTS[..], &["--skip", "redelivery=not now"]].concat();
    folder.check(server.url(), &args);
    let report = folder.read_json("report.json");
    let (cases, counts) = read_junit(&folder.read("report.xml"));

    assert_eq!(cases.len(), rules::all().count());
    for (case, rule) in cases.iter().zip(rules::all()) {
        assert_eq!(
            (case.name.as_str(), case.suite.as_str()),
            (rule.id.as_str(), rule.area())
        );
        let row = row(&report, rule.id.as_str());
        assert!(!case.error, "{row}");
        let verdict = row["verdict"].as_str().unwrap();
        assert_eq!(case.failure.is_some(), verdict == "failed", "{row}");
        match verdict {
            "skipped" | "inconclusive" => {
                let message = case.skipped.as_ref().unwrap();
                assert!(message.starts_with(&format!("{verdict}: ")), "{message}");
            }
            "warned" | "noted" => assert!(case.output.starts_with(verdict), "{row}"),
            _ => assert!(case.skipped.is_none() && case.output.is_empty(), "{row}"),
        }
    }
    let redelivery = cases.iter().find(|case| case.suite == "redelivery");
    assert_eq!(
        redelivery.unwrap().skipped.as_deref(),
        Some("skipped: skipped by request: not now")
    );

    for (suite, numbers) in counts {
        let own: Vec<&Case> = cases
            .iter()
            .filter(|case| suite.is_empty() || case.suite == suite)
            .collect();
        let count = |pick: fn(&&&Case) -> bool| own.iter().filter(pick).count() as u64;
        assert_eq!(numbers["tests"], own.len() as u64, "tests of `{suite}`");
        assert_eq!(numbers["failures"], count(|case| case.failure.is_some()));
        assert_eq!(numbers["skipped"], count(|case| case.skipped.is_some()));
        assert_eq!(numbers["errors"], 0);
    }
}

#[test]
fn a_failure_is_a_failure_in_junit() {
    let (server, _) = broken("ack-html");
    let folder = Folder::new();
    folder
        .check(server.url(), &[&REPORTS[..], &["--only", "reply"]].concat())
        .exits(1);
    let (cases, counts) = read_junit(&folder.read("report.xml"));
    let case = cases
        .iter()
        .find(|case| case.name == "reply/acknowledges")
        .unwrap();
    assert!(case.failure.as_ref().unwrap().starts_with("html: "));
    assert_eq!(counts["reply"]["failures"], 1);
    // Its cause explains it, and counts nowhere.
    assert_eq!(counts["diagnosis"]["failures"], 0);
    assert_eq!(counts["diagnosis"]["skipped"], 1);
    assert_eq!(counts[""]["failures"], 1);
}

/// Everything that a run shows or writes.
fn everything(folder: &Folder, ran: &Ran) -> String {
    let mut texts = vec![ran.out.clone(), ran.err.clone()];
    texts.extend(["report.json", "report.html", "report.xml"].map(|name| folder.read(name)));
    for name in folder.list(".wxcheck") {
        texts.push(folder.read(&format!(".wxcheck/{name}")));
    }
    texts.join("\n")
}

#[track_caller]
fn assert_no_secret(text: &str) {
    // A beginning is as good as the rest is short.
    for secret in [&TOKEN[..6], &AES_KEY[..12]] {
        let place = text.find(secret);
        let around = place.map(|at| text[..at].lines().last().unwrap_or_default());
        assert_eq!(around, None, "`{secret}` stands behind that");
    }
}

#[test]
fn secrets_that_the_target_prints_are_masked() {
    let (server, _) = broken("push-garbage-prints-settings");
    let folder = Folder::new();
    let keys = ["--aes-key", AES_KEY, "--appid", APPID];
    let ran = folder
        .check(server.url(), &[&REPORTS[..], &keys].concat())
        .says("the Token");
    let all = everything(&folder, &ran);
    assert!(all.contains("[redacted]"), "{all}");
    assert_no_secret(&all);

    let file = ".wxcheck/push-signature-no-leak-on-garbage.json";
    let replay = ["replay", file, server.url(), "--token", TOKEN];
    let ran = folder.run(&[&replay[..], &keys].concat()).exits(1);
    assert_no_secret(&ran.out);
}

#[test]
fn a_password_in_the_url_is_never_shown() {
    let (server, _) = broken("ack-html");
    let url = server.url().replace("://", "://mario:Pa55-w0rd@");
    let folder = Folder::new();
    let only = ["--only", "reply/acknowledges"];
    let ran = folder.check(&url, &[&REPORTS[..], &only].concat()).exits(1);
    let mut all = everything(&folder, &ran);
    // What cannot be called is named without it, too.
    for url in [
        url.replace("http:", "ftp:"),
        url.replace("/wechat", "x/wechat"),
    ] {
        all += &folder.check(&url, &[]).exits(2).err;
    }
    let file = ".wxcheck/reply-acknowledges.json";
    all += &folder
        .run(&["replay", file, &url, "--token", TOKEN])
        .exits(1)
        .out;
    all += &folder
        .run(&["push", "text", &url, "--token", TOKEN])
        .exits(0)
        .out;
    assert!(!all.contains("Pa55-w0rd"), "{all}");
}

/// A debug page that repeats the request and the settings. Ever more stands before them, so that every
/// place is some time where a report cuts it off.
struct DebugPage(std::sync::atomic::AtomicUsize);

impl Respond for DebugPage {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let number = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let before = "x".repeat(number * 7 % 150);
        let page = format!(
            "{before} {TOKEN} {} {AES_KEY} {TOKEN}",
            request
                .url
                .as_str()
                .split_once('?')
                .map_or("", |(_, query)| query)
        );
        // A verification is echoed, so that more than first contact is tried.
        let echostr = request
            .url
            .query_pairs()
            .find(|(name, _)| name == "echostr");
        match echostr {
            Some((_, echostr)) if number.is_multiple_of(2) => {
                ResponseTemplate::new(200).set_body_string(echostr)
            }
            _ => ResponseTemplate::new(500).set_body_string(page),
        }
    }
}

#[test]
fn a_debug_page_gives_nothing_away() {
    let server = scripted();
    let page = DebugPage(std::sync::atomic::AtomicUsize::new(0));
    runtime().block_on(Mock::given(any()).respond_with(page).mount(&server));
    let folder = Folder::new();
    let mut all = String::new();
    // Pushes and verifications alike, and one more push at each place of the cut.
    let push = [
        "push",
        "text",
        &server.uri(),
        "--token",
        TOKEN,
        "--aes-key",
        AES_KEY,
    ];
    let times = ["--mode", "plain", "--times", "150"];
    all += &folder.run(&[&push[..], &times].concat()).exits(1).out;
    for mode in ["plain", "safe"] {
        let keys = ["--aes-key", AES_KEY, "--appid", APPID, "--mode", mode];
        let ran = folder
            .check(&server.uri(), &[&REPORTS[..], &keys].concat())
            .exits(1);
        all += &everything(&folder, &ran);
        let file = ".wxcheck/push-signature-accepts-true-push.json";
        let replay = ["replay", file, &server.uri(), "--token", TOKEN];
        all += &folder.run(&[&replay[..], &keys].concat()).exits(1).out;
    }
    assert!(all.contains("[redacted]"));
    assert_no_secret(&all);
    let requests = received(&server);
    let mut signatures = 0;
    for request in &requests {
        for (name, value) in request.url.query_pairs() {
            if ["signature", "msg_signature"].contains(&name.as_ref()) && value.len() >= 20 {
                signatures += 1;
                assert!(
                    !all.contains(&value[..12]) || value.starts_with("000000"),
                    "{name}={value} of {}",
                    request.url
                );
            }
        }
    }
    assert!(signatures > 150, "only {signatures} signatures were tried");
}
