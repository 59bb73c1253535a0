//! URLs from which data are fetched: judged without a callback URL, and asked by hand.

use std::{
    io,
    net::{Shutdown, TcpListener, TcpStream},
    thread,
};

use wiremock::{Mock, ResponseTemplate, matchers::any};
use wxcheck_mock_server::target::parse_url;
use wxcheck_protocol::push::{Format, Mode};
use wxcheck_reference_server::{Account, Setting};

use crate::program::{
    APPID, CLOSED_PORT, FETCH_TOKEN, Folder, broken, correct, received, runtime, scripted,
};

const PLAIN_XML: Setting = Setting {
    mode: Mode::Plain,
    format: Format::Xml,
    account: Account::Mini,
    api: false,
};

fn answering(template: ResponseTemplate) -> wiremock::MockServer {
    let server = scripted();
    runtime().block_on(Mock::given(any()).respond_with(template).mount(&server));
    server
}

#[test]
fn data_are_judged_without_a_callback_url() {
    let server = correct(PLAIN_XML);
    let folder = Folder::new();
    let urls = [
        "--prefetch-url",
        server.prefetch_url(),
        "--periodic-url",
        server.periodic_url(),
    ];
    let rest = [
        "--appid",
        APPID,
        "--fetch-token",
        FETCH_TOKEN,
        "--report-json",
        "report.json",
    ];
    let ran = folder
        .run(&[&["check"], &urls[..], &rest].concat())
        .exits(0);
    assert!(!ran.out.contains(FETCH_TOKEN), "{}", ran.out);
    let report = folder.read_json("report.json");
    let fetches = report["target"]["fetches"].as_array().unwrap();
    assert_eq!(fetches.len(), 2);
    assert!(fetches[0]["millis"].as_f64().unwrap() > 0.0);
    assert_eq!(fetches[1]["kind"], "prefetch");
    let verdict = |id: &str| {
        let rules = report["rules"].as_array().unwrap();
        let row = rules.iter().find(|row| row["id"] == id).unwrap();
        row["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!(verdict("fetch/decodes-once"), "passed");
    assert_eq!(verdict("url-check/echoes-echostr"), "skipped");
    assert_eq!(verdict("network/fetch-https"), "noted");
}

#[test]
fn a_failure_is_replayed_and_its_line_holds_no_token() {
    let (server, _) = broken("fetch-decodes-twice");
    let folder = Folder::new();
    let given = [
        "--prefetch-url",
        server.prefetch_url(),
        "--appid",
        APPID,
        "--fetch-token",
        FETCH_TOKEN,
    ];
    let check = [
        "check",
        "--strict",
        "--curl",
        "--only",
        "fetch/decodes-once",
    ];
    let ran = folder
        .run(&[&check[..], &given].concat())
        .exits(1)
        .says("path came as `")
        .says("wxcheck replay .wxcheck/fetch-decodes-once.json --prefetch-url")
        .says("--data-urlencode \"token=$WXCHECK_FETCH_TOKEN\"");
    assert!(!ran.out.contains(FETCH_TOKEN), "{}", ran.out);
    let replay = ["replay", ".wxcheck/fetch-decodes-once.json"];
    folder
        .run(&[&replay[..], &given].concat())
        .exits(1)
        .says("still broken: decoded-twice");
}

#[test]
fn no_data_is_no_success() {
    let refusing = answering(ResponseTemplate::new(401));
    let folder = Folder::new();
    folder
        .run(&["check", "--prefetch-url", &refusing.uri()])
        .exits(3)
        .says("give --fetch-token");
    folder
        .run(&["check", "--periodic-url", CLOSED_PORT])
        .exits(3)
        .says("nothing listens on that port");
    folder
        .run(&[
            "check",
            "http://127.0.0.1:1/",
            "--account",
            "finclip",
            "--token",
            "x",
        ])
        .exits(2)
        .complains("FinClip pushes no messages");
    folder
        .run(&["check", "--prefetch-url", "nowhere"])
        .exits(2)
        .complains("--prefetch-url: `nowhere` is not a URL");
    folder
        .run(&["check", "--prefetch-url", CLOSED_PORT, "--resolve", "here"])
        .exits(2)
        .complains("HOST=ADDRESS");
    folder
        .run(&[
            "check",
            "--prefetch-url",
            CLOSED_PORT,
            "--ca-cert",
            "no.pem",
        ])
        .exits(2)
        .complains("no.pem");
}

#[test]
fn one_fetch_is_made_by_hand() {
    let server = answering(ResponseTemplate::new(200).set_body_string("{\"a\":1}"));
    let folder = Folder::new();
    let launch = [
        "--path",
        "pages/a",
        "--query",
        "a=1&b=+ 你",
        "--scene",
        "1001",
    ];
    let more = [
        "--custom-version",
        "1.2.3",
        "--fetch-token",
        FETCH_TOKEN,
        "--appid",
        APPID,
    ];
    let fetch = ["fetch", "prefetch", &server.uri()];
    let ran = folder
        .run(&[&fetch[..], &launch, &more].concat())
        .exits(0)
        .says("cached: the page reads it as fetchedData; it is JSON")
        .says("WeChat fetches from https:// URLs only");
    assert!(!ran.out.contains(FETCH_TOKEN), "{}", ran.out);
    let asked = received(&server);
    let pairs: Vec<(String, String)> = asked[0].url.query_pairs().into_owned().collect();
    let names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "appid",
            "token",
            "timestamp",
            "path",
            "query",
            "scene",
            "customMiniprogramVersion"
        ]
    );
    assert_eq!(
        (pairs[1].1.as_str(), pairs[4].1.as_str()),
        (FETCH_TOKEN, "a=1&b=+ 你")
    );
    assert!(parse_url(&server.uri()).is_ok());
    // As phones ask, unless told otherwise.
    folder
        .run(&[&fetch[..], &["--uncompressed"]].concat())
        .exits(0);
    let encodings: Vec<bool> = received(&server)
        .iter()
        .map(|request| request.headers.contains_key("accept-encoding"))
        .collect();
    assert_eq!(encodings, [true, false]);
}

#[test]
fn what_would_not_be_cached_is_said_and_exits_1() {
    let folder = Folder::new();
    for (template, reason) in [
        (ResponseTemplate::new(404), "not cached: status 404"),
        (
            ResponseTemplate::new(200).set_body_bytes(vec![b'x'; 262_145]),
            "not cached: 262145 bytes",
        ),
        (
            ResponseTemplate::new(200).set_body_bytes(vec![0xff]),
            "not cached: not UTF-8",
        ),
    ] {
        let server = answering(template);
        folder
            .run(&["fetch", "periodic", &server.uri()])
            .exits(1)
            .says(reason);
    }
    folder.run(&["fetch", "periodic", CLOSED_PORT]).exits(3);
    folder
        .run(&["fetch", "periodic", CLOSED_PORT, "--path", "p"])
        .exits(2)
        .complains("leave --code, --path");
    folder
        .run(&["fetch", "push", CLOSED_PORT])
        .exits(2)
        .complains("choose periodic, prefetch or request");
}

#[test]
fn finclip_is_asked_in_its_own_words() {
    let server = answering(ResponseTemplate::new(200));
    let folder = Folder::new();
    let fetch = ["fetch", "periodic", &server.uri(), "--account", "finclip"];
    let ran = folder
        .run(&[&fetch[..], &["--scene", "1"]].concat())
        .exits(0);
    assert!(!ran.out.contains("https"), "{}", ran.out);
    let asked = received(&server);
    let query = asked[0].url.query().unwrap();
    assert!(
        query.starts_with("appId=") && query.ends_with("&scene=1"),
        "{query}"
    );
    let pairs = asked[0].url.query_pairs();
    let stamp = pairs
        .into_iter()
        .find(|(name, _)| name == "timeStamp")
        .unwrap();
    assert_eq!(stamp.1.len(), 13);
}

#[test]
fn a_request_of_a_page_has_the_referer_and_is_held_to_the_domains() {
    let server = scripted();
    let guard = |request: &wiremock::Request| {
        let referer = request.headers.get("referer");
        let referer = referer.and_then(|value| value.to_str().ok());
        ResponseTemplate::new(404).set_body_string(referer.unwrap_or("none"))
    };
    runtime().block_on(Mock::given(any()).respond_with(guard).mount(&server));
    let folder = Folder::new();
    let url = format!("{}/user", server.uri());
    let request = ["fetch", "request", &url, "--appid", APPID];
    let ran = folder
        .run(&[&request[..], &["--release", "devtools"]].concat())
        .exits(0);
    let referer = format!("https://servicewechat.com/{APPID}/devtools/page-frame.html");
    for part in [
        "statusCode 404",
        referer.as_str(),
        "no request domains are configured",
    ] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
    folder
        .run(&[&request[..], &["--query", "a=1"]].concat())
        .exits(2)
        .complains("--query");
    folder
        .run(&["fetch", "prefetch", &url, "--method", "POST"])
        .exits(2)
        .complains("fetch request");
    folder
        .run(&[&request[..], &["--release", "1.0"]].concat())
        .exits(2)
        .complains("devtools");
    folder
        .run(&["fetch", "request", CLOSED_PORT, "--appid", APPID])
        .exits(3);
    folder.write(
        "wxcheck.toml",
        "[domains]\nrequest = ['https://api.example.com']\n",
    );
    let ran = folder
        .run(&[
            "fetch",
            "request",
            "https://api.example.com:443/",
            "--appid",
            APPID,
        ])
        .exits(1);
    assert!(
        ran.out.contains("request:fail url not in domain list"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("not even 443"), "{}", ran.out);
}

#[test]
fn a_byte_order_mark_and_another_encoding_are_noted() {
    let server = answering(ResponseTemplate::new(200).set_body_bytes(b"\xc4\xe3\xba\xc3".to_vec()));
    let ran = Folder::new()
        .run(&["fetch", "periodic", &server.uri(), "--appid", APPID])
        .exits(0);
    assert!(ran.out.contains("converted from GBK"), "{}", ran.out);
}

/// Passes so many connections on, and is gone then.
fn gone_after(connections: usize, to: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for near in listener.incoming().take(connections) {
            let (mut near, mut far) = (near.unwrap(), TcpStream::connect(&to).unwrap());
            let (mut reading, mut writing) = (near.try_clone().unwrap(), far.try_clone().unwrap());
            // Either end may go first.
            thread::spawn(move || {
                let _ended = io::copy(&mut reading, &mut writing);
                // Otherwise a server that keeps the connection waits for ever, and nobody behind it is let through.
                let _shut = writing.shutdown(Shutdown::Write);
            });
            let _ended = io::copy(&mut far, &mut near);
            let _shut = near.shutdown(Shutdown::Both);
        }
    });
    format!("http://{address}/wechat")
}

#[test]
fn what_does_not_apply_says_so_after_the_death_of_the_server_too() {
    let server = correct(PLAIN_XML);
    let to = parse_url(server.url()).unwrap();
    let url = gone_after(
        20,
        format!("127.0.0.1:{}", to.port_or_known_default().unwrap()),
    );
    let folder = Folder::new();
    let args = [
        "--connection-close",
        "--only",
        "push-signature",
        "--only",
        "fetch",
    ];
    let ran = folder.check(
        &url,
        &[&args[..], &["--report-json", "report.json"]].concat(),
    );
    let report = folder.read_json("report.json");
    let rules = report["rules"].as_array().unwrap();
    let reasons = |area: &str| {
        let rows = rules.iter();
        let rows = rows.filter(|row| row["id"].as_str().unwrap().starts_with(area));
        rows.map(|row| row["reason"].to_string())
            .collect::<Vec<_>>()
    };
    let gone = |reason: &String| reason.contains("stopped answering");
    assert!(reasons("push-signature/").iter().any(gone), "{}", ran.out);
    let fetches = reasons("fetch/");
    assert!(!fetches.is_empty());
    assert!(!fetches.iter().any(gone), "{fetches:?}");
}
