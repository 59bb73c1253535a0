//! `wxcheck load` as a user runs it: on the correct server and on broken ones, with its account of effects.

use std::{fs, net::SocketAddr, path::Path};

use serde_json::Value;
use wiremock::{Mock, ResponseTemplate, matchers::any};
use wxcheck_network::Network;
use wxcheck_protocol::{
    account::Account,
    limits::EXCHANGE_LIMIT,
    push::{Format, Mode},
};
use wxcheck_reference_server::{Api, Behaviour, Running, Settings, defect, spawn};

use crate::{
    place::free_address,
    program::{APPID, CLOSED_PORT, Folder, PATIENCE, TOKEN, runtime, scripted},
};

const SECRET: &str = "Ys8Lp3Qd6Hj1Vc5";

/// A server of that behaviour, which calls the API that will be served at that address.
fn caller(behaviour: Behaviour, api: SocketAddr) -> Running {
    let settings = Settings {
        token: TOKEN.into(),
        appid: APPID.into(),
        key: None,
        mode: Mode::Plain,
        format: Format::Xml,
        account: Account::Mini,
        limit: EXCHANGE_LIMIT.mul_f64(PATIENCE),
        api: Some(Api {
            base: format!("http://{api}"),
            secret: SECRET.into(),
        }),
        fetch_tokens: Vec::new(),
        network: Network::Machine,
    };
    runtime().block_on(spawn(settings, behaviour)).unwrap()
}

/// A run of 200 texts, some of them repeated and some forged, with the account of their effects.
fn account(behaviour: Behaviour, code: i32) -> (Value, String) {
    let api = free_address();
    let server = caller(behaviour, api);
    let folder = Folder::new();
    let listen = api.to_string();
    let command = [
        "load",
        server.url(),
        "--token",
        TOKEN,
        "--appid",
        APPID,
        "--secret",
        SECRET,
        "--api-listen",
        &listen,
        "--count",
        "200",
        "--connections",
        "4",
        // Calls that this machine is late with are waited for.
        "--patience",
        "0.6",
        "--redeliver",
        "10%",
        "--forged",
        "10%",
        "--seed",
        "7",
        "--fail-if",
        "lost > 0",
        "--fail-if",
        "twice > 0",
        "--fail-if",
        "forged > 0",
        "--report-json",
        "r.json",
        "--report-html",
        "r.html",
        "--samples",
        "s.ndjson",
    ];
    let ran = folder.run(&command).exits(code);
    let report = folder.read_json("r.json");
    for text in [
        &ran.out,
        &ran.err,
        &folder.read("r.html"),
        &report.to_string(),
    ] {
        assert!(!text.contains(SECRET) && !text.contains(TOKEN), "{text}");
    }
    assert!(
        folder
            .read("s.ndjson")
            .lines()
            .all(|line| serde_json::from_str::<Value>(line).is_ok())
    );
    (report, ran.out)
}

#[test]
fn a_right_server_has_an_even_account() {
    let (report, told) = account(Behaviour::default(), 0);
    let line = &report["ledger"]["lines"]["text"];
    assert_eq!(line["pushed"], line["once"], "{report}");
    assert_eq!((&line["more"], &line["lost"]), (&0.into(), &0.into()));
    assert_eq!(report["ledger"]["forged-acted"], 0);
    assert_eq!(report["ledger"]["strangers"], 0);
    assert!(report["counts"]["again"].as_u64() > Some(5), "{report}");
    assert!(
        told.contains("ok           lost > 0 (measured: 0)"),
        "{told}"
    );
}

#[test]
fn a_server_that_does_not_deduplicate_is_found_out_under_load() {
    let (report, told) = account((defect("no-dedup").unwrap().behaviour)(), 1);
    let line = &report["ledger"]["lines"]["text"];
    let more = line["more"].as_u64().unwrap();
    assert!(more > 3 && line["lost"] == 0, "{report}");
    assert!(told.contains("FAILED       twice > 0"), "{told}");
    assert!(told.contains("acted on 2 times: text, MsgId "), "{told}");
}

#[test]
fn a_token_of_an_earlier_run_is_named_and_is_no_loss() {
    let api = free_address();
    let server = caller((defect("no-renewal").unwrap().behaviour)(), api);
    let listen = api.to_string();
    let folder = Folder::new();
    let run = |seed: &str| {
        let load = ["load", server.url(), "--token", TOKEN, "--appid", APPID];
        let api = ["--secret", SECRET, "--api-listen", &listen];
        let plan = ["--count", "20", "--seed", seed, "--fail-if", "lost > 0"];
        folder.run(&[&load[..], &api, &plan].concat())
    };
    run("7").exits(0).says("20 acted on once");
    let ran = run("8")
        .exits(1)
        .says("20 calls were refused: 40001 (invalid credential")
        .says("none acted on: the calls were refused")
        .says("FAILED       lost > 0 (measured: nothing)");
    assert!(!ran.out.contains("not acted on"), "{ran:?}");
}

#[test]
fn nothing_listening_is_no_verdict_and_a_stranger_is_not_loaded() {
    let folder = Folder::new();
    let run = |url: &str, more: &[&str]| {
        let command = ["load", url, "--token", TOKEN, "--count", "5"];
        folder.run(&[&command[..], more].concat())
    };
    let ran = run(CLOSED_PORT, &[])
        .exits(3)
        .says("5 without a connection");
    assert!(!ran.out.contains("not sent"), "{ran:?}");
    run("http://203.0.113.5/", &[])
        .exits(2)
        .complains("give --i-own 203.0.113.5");
    run(CLOSED_PORT, &["--mix", "tekst=1"])
        .exits(2)
        .complains("no push is called `tekst`");
    run(CLOSED_PORT, &["--fail-if", "lost > 0"])
        .exits(2)
        .complains("give --api-listen or --effects-url too");
    run(CLOSED_PORT, &["--redeliver", "90%"])
        .exits(2)
        .complains("--redeliver 90%: give at most 50%");
    let few = ["--users", "5", "--mix", "subscribe_msg_popup_event=1"];
    run(CLOSED_PORT, &few).exits(2).complains("give --rate too");
    // Both stand in no help of load, and are refused where they are given all the same.
    for option in ["--env-proxy", "--fetch-issuers"] {
        run(CLOSED_PORT, &[option]).exits(2).complains("leave");
        let help = folder.run(&["load", "--help"]).exits(0);
        assert!(!help.out.contains(option), "{help:?}");
    }
    let tokens = ["--fetch-token", "one", "--fetch-token", "two"];
    run(CLOSED_PORT, &tokens)
        .exits(2)
        .complains("multiple times");
    run(CLOSED_PORT, &["--samples", "-"])
        .exits(2)
        .complains("--samples -: give a file");
    run(CLOSED_PORT, &["--fail-if", "p98 > 1s"])
        .exits(2)
        .complains("nothing is measured as `p98`");
}

#[test]
fn a_herd_needs_a_prefetch_url_and_no_mix() {
    let server = scripted();
    let success = ResponseTemplate::new(200).set_body_string("success");
    runtime().block_on(Mock::given(any()).respond_with(success).mount(&server));
    let folder = Folder::new();
    let url = format!("{}/wechat?key=kEyOfAnUrl", server.uri());
    let prefetch = format!("{}/data", server.uri());
    let load = ["load", &url, "--token", TOKEN, "--rate", "20"];
    let herd = [
        "--duration",
        "2s",
        "--herd",
        "30@1s",
        "--report-json",
        "r.json",
    ];
    let ran = folder.run(&[&load[..], &herd, &["--prefetch-url", &prefetch]].concat());
    let ran = ran
        .exits(0)
        .says("40 pushes, 0 again, 0 forged, 30 fetches");
    let report = folder.read_json("r.json").to_string();
    assert!(!report.contains("kEyOfAnUrl") && !ran.out.contains("kEyOfAnUrl"));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test reads the books")]
fn the_books_name_every_field_of_the_report_and_of_samples() {
    let folder = Folder::new();
    let load = ["load", CLOSED_PORT, "--token", TOKEN, "--count", "5"];
    let files = ["--report-json", "r.json", "--samples", "s.ndjson"];
    let rate = ["--rate", "50", "--api-listen", "127.0.0.1:0"];
    folder.run(&[&load[..], &files, &rate].concat()).exits(3);
    let report = folder.read_json("r.json");
    let samples = folder.read("s.ndjson");
    let sample: Value = serde_json::from_str(samples.lines().next().unwrap()).unwrap();
    let parts = [&report, &report["counts"], &report["ledger"], &sample];
    let fields = parts.map(|part| part.as_object().unwrap().keys());
    for book in ["docs/en/src/load.md", "docs/zh/src/load.md"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(book);
        let text = fs::read_to_string(path).unwrap();
        for field in fields.clone().into_iter().flatten() {
            assert!(text.contains(&format!("`{field}`")), "{book}: {field}");
        }
    }
}

#[test]
fn where_nothing_was_sent_nothing_is_said_to_hold_in_either_language() {
    for (lang, reason, label, told) in [
        (
            "en",
            "5 × Connection refused",
            "  not judged   cut > 0 ",
            "  NO VERDICT: no request could be sent, so nothing was judged\n",
        ),
        (
            "zh",
            "5 × 连接被拒绝\n",
            "  未判定       cut > 0",
            "  没有结论：一个请求也没能发出，无法判定\n",
        ),
    ] {
        let folder = Folder::new();
        let args = ["load", CLOSED_PORT, "--token", TOKEN, "--count", "5"];
        let more = [
            "--lang",
            lang,
            "--fail-if",
            "cut > 0",
            "--report-html",
            "page.html",
        ];
        let ran = folder.run(&[&args[..], &more].concat()).exits(3);
        let ran = ran.says(reason).says(label).says(told);
        assert!(
            !ran.out.contains("  ok ") && !ran.out.contains("  通过"),
            "{ran:#?}"
        );
        let page = folder.read("page.html");
        assert!(page.contains(reason.trim_end()), "{page}");
    }
}
