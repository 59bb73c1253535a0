//! The callers that the platform obeys, the places it sends to, and the secrets it never shows.

use reqwest::Method;
use serde_json::json;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};
use wxcheck_mock_server::{ApiServer, ServeOptions};

use crate::{
    serve_faults::by_hand,
    served::{APPID, SECRET, Served, USER, options, text},
};

const TOKEN: &str = "Zq7Xw2Vn9Kt4Rb6";
const ELSEWHERE: &str = "http://192.0.2.7:9/wechat";

fn app(path: &str) -> String {
    format!("/_wxcheck/apps/{APPID}{path}")
}

/// A request with these header lines besides; status and all that came.
async fn lines(served: &Served, start: &str, lines: &str, body: &str) -> (u16, String) {
    let host = served.server.address().to_string();
    let length = body.len();
    let request = format!(
        "{start} HTTP/1.1\r\n{lines}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    let answer = by_hand(&host, &request).await;
    let status = answer.get(9..12).and_then(|status| status.parse().ok());
    (status.unwrap_or_default(), answer)
}

#[tokio::test]
async fn an_empty_control_token_is_none() {
    let hub = std::sync::Arc::clone(Served::new().await.server.hub());
    for (listen, token) in [("0.0.0.0:0", ""), ("0.0.0.0:0", " "), ("127.0.0.1:0", "")] {
        let empty = ServeOptions {
            control_token: Some(token.into()),
            ..options()
        };
        let hub = std::sync::Arc::clone(&hub);
        let started = ApiServer::start(listen.parse().unwrap(), hub, empty).await;
        let error = started.err().map(|error| error.to_string());
        let error = error.unwrap_or_default();
        assert!(error.contains("--control-token"), "{listen}: {error}");
    }
}

#[tokio::test]
async fn the_control_api_answers_under_no_foreign_name_and_the_api_under_every() {
    let served = Served::new().await;
    let state = "GET /_wxcheck/state";
    for host in ["evil.example", "evil.example:8900", "192.0.2.7"] {
        let (status, answer) = lines(&served, state, &format!("Host: {host}\r\n"), "").await;
        assert_eq!(status, 421, "{answer}");
        assert!(answer.contains("--allow-host"), "{answer}");
    }
    let (status, _) = lines(&served, state, "", "").await;
    assert_eq!(status, 400);
    for host in ["localhost:1", "127.0.0.1", "[::1]:8900"] {
        let (status, answer) = lines(&served, state, &format!("Host: {host}\r\n"), "").await;
        assert_eq!(status, 200, "{host}: {answer}");
    }
    for host in ["wxcheck:8900", "api.weixin.qq.com"] {
        let (_, answer) = lines(
            &served,
            "GET /cgi-bin/token",
            &format!("Host: {host}\r\n"),
            "",
        )
        .await;
        assert!(answer.contains("41002"), "{host}: {answer}");
    }
}

#[tokio::test]
async fn what_a_page_of_another_site_makes_a_browser_send_is_refused_before_anything_else() {
    let served = Served::new().await;
    let host = served.server.address();
    let mark = served.server.hub().journal().mark();
    for header in [
        "Origin: http://evil.example",
        "Origin: null",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",
    ] {
        let head = format!("Host: {host}\r\n{header}\r\n");
        for start in [
            "POST /_wxcheck/reset",
            "GET /_wxcheck/nothing",
            "GET /cgi-bin/token",
            "GET /flood",
        ] {
            let (status, answer) = lines(&served, start, &head, "").await;
            assert_eq!(status, 403, "{start} with {header}: {answer}");
        }
    }
    assert_eq!(
        served.server.hub().journal().mark(),
        mark,
        "nothing is noted"
    );
    let own = format!("Host: {host}\r\nOrigin: http://{host}\r\nSec-Fetch-Site: same-origin\r\n");
    let (status, answer) = lines(&served, "POST /_wxcheck/reset", &own, "").await;
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test]
async fn a_preflight_is_told_no() {
    let served = Served::new().await;
    let host = served.server.address();
    for origin in ["http://evil.example".to_owned(), format!("http://{host}")] {
        let head = format!(
            "Host: {host}\r\nOrigin: {origin}\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\n"
        );
        let (status, answer) = lines(&served, "OPTIONS /_wxcheck/reset", &head, "").await;
        assert_eq!(status, 403, "{answer}");
        assert!(
            !answer.to_lowercase().contains("access-control-allow"),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn control_bodies_are_json_and_say_so() {
    let served = Served::new().await;
    let host = served.server.address();
    let device = format!("PUT {}", app("/users/oAlice/devices/phone"));
    for (start, content_type, body) in [
        (
            "POST /_wxcheck/clock/advance",
            "Content-Type: text/plain\r\n",
            r#"{"by":"1s"}"#,
        ),
        ("POST /_wxcheck/clock/advance", "", r#"{"by":"1s"}"#),
        ("POST /_wxcheck/reset", "Content-Type: text/plain\r\n", "x"),
        (&device, "", r#"{"system":"ios"}"#),
    ] {
        let head = format!("Host: {host}\r\n{content_type}");
        let (status, answer) = lines(&served, start, &head, body).await;
        assert_eq!(status, 415, "{start}: {answer}");
        assert!(answer.contains("application/json"), "{answer}");
    }
    let head = format!("Host: {host}\r\nContent-Type: application/json; charset=utf-8\r\n");
    let advance = "POST /_wxcheck/clock/advance";
    let (status, answer) = lines(&served, advance, &head, r#"{"by":"1s"}"#).await;
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test]
async fn a_path_parameter_that_is_none_is_reported_as_json() {
    let served = Served::new().await;
    for (method, path) in [
        (Method::DELETE, "/_wxcheck/faults/many"),
        (Method::POST, "/_wxcheck/snapshots/-1"),
        (Method::GET, "/_wxcheck/apps/%FF"),
    ] {
        let (status, told) = served.json(method, path, None).await;
        assert_eq!(status, 400, "{path}: {told}");
        let error = told["error"].as_str().unwrap_or_default();
        assert!(error.starts_with("path"), "{path}: {told}");
    }
}

#[tokio::test]
async fn pushes_go_to_this_machine_and_where_it_was_allowed_at_the_start() {
    let served = Served::new().await;
    let form = json!({"callback": {"url": ELSEWHERE, "token": TOKEN, "verify": false}});
    let (status, told) = served.json(Method::PUT, &app(""), Some(form.clone())).await;
    assert_eq!(status, 400, "{told}");
    let error = told["error"].as_str().unwrap();
    assert!(
        error.contains("callback.url") && error.contains("--allow-target 192.0.2.7"),
        "{error}"
    );
    let allowing = ServeOptions {
        allowed_targets: vec!["192.0.2.7".into()],
        ..options()
    };
    let served = Served::with_journal(100, allowing).await;
    let (status, told) = served.json(Method::PUT, &app(""), Some(form)).await;
    assert_eq!(status, 200, "{told}");
}

#[tokio::test]
async fn phones_fetch_from_this_machine_whoever_says_otherwise() {
    let served = Served::new().await;
    let elsewhere = json!({"prefetch": {"url": "https://data.example/x"}});
    let setting = app("/fetch-setting");
    let (status, told) = served.json(Method::PUT, &setting, Some(elsewhere)).await;
    assert_eq!(status, 400, "{told}");
    assert!(
        told["error"]
            .as_str()
            .unwrap()
            .contains("--allow-target data.example")
    );
    let grey = json!({"prefetch": {"url": "http://127.0.0.1:1/", "grey": {"url": "https://data.example/x", "percent": 100}}});
    let (status, told) = served.json(Method::PUT, &setting, Some(grey)).await;
    assert_eq!(status, 400, "{told}");
    // The server may set any URL, as at WeChat; nothing goes there all the same.
    let send = served.send_path().await;
    let path = send.replace("/cgi-bin/message/custom/send", "/wxa/fetchdatasetting");
    let set = json!({
        "action": "set_pre_fetch", "is_pre_fetch_open": true,
        "pre_fetch_type": 0, "pre_fetch_url": "https://data.example/x",
    });
    let (_, reply) = served.post(&path, set).await;
    assert_eq!(reply["errcode"], 0, "{reply}");
    let open = app(&format!("/users/{USER}/devices/phone/open"));
    let (_, opened) = served.post(&open, json!({})).await;
    let failure = opened["fetches"][0]["failure"].as_str().unwrap_or_default();
    assert!(failure.contains("--allow-target data.example"), "{opened}");
}

#[tokio::test]
async fn neither_journal_nor_log_shows_a_credential_of_a_body_or_an_unknown_path() {
    let served = Served::new().await;
    let form = json!({
        "secret": SECRET,
        "callback": {"url": "http://me:Pw7-kq-Hb2@127.0.0.1:1/", "token": TOKEN, "verify": false},
    });
    let (status, told) = served.json(Method::PUT, &app(""), Some(form)).await;
    assert_eq!(status, 200, "{told}");
    served
        .act(json!({"act": "send-text", "content": "hi"}))
        .await;
    let send = served.send_path().await;
    let token = send.split_once('=').unwrap().1.to_owned();
    let mut message = text();
    message["text"]["content"] = json!(format!("{SECRET} {TOKEN} {token} Pw7-kq-Hb2"));
    message["access_token"] = json!("anotherTokenOfSomebody");
    message["nested"] = json!({"appSecret": "anotherSecretOfSomebody"});
    message["see"] = json!("http://Pw9-reversed:user@h.example/");
    let (_, reply) = served.post(&send, message).await;
    assert_eq!(reply["errcode"], 0, "{reply}");
    for path in [
        format!("/unknown/{token}"),
        format!("/unknown/access_token=anotherTokenOfSomebody/{SECRET}"),
        format!("/unknown/%61ccess_token%3DanotherTokenOfSomebody?x={token}&{SECRET}"),
    ] {
        served
            .post(&path, json!({"secret": "anotherSecretOfSomebody"}))
            .await;
    }
    let views = [
        "/_wxcheck/journal",
        "/_wxcheck/state",
        &app("/messages"),
        &app("/fetch-setting"),
    ];
    for path in views {
        let (_, shown) = served.ask(Method::GET, path, None).await.unwrap();
        assert!(!shown.is_empty());
        for secret in [
            SECRET,
            TOKEN,
            &token,
            "Pw7-kq-Hb2",
            "Pw9-reversed",
            "anotherTokenOfSomebody",
            "anotherSecretOfSomebody",
        ] {
            assert!(!shown.contains(secret), "{secret} in {path}: {shown}");
        }
    }
    let (_, journal) = served.get("/_wxcheck/journal").await;
    assert!(journal.to_string().contains("touser"), "{journal}");
}

#[tokio::test]
async fn what_a_server_repeats_of_its_settings_is_not_shown() {
    let served = Served::standing(options()).await;
    let callback = MockServer::start().await;
    let echo = ResponseTemplate::new(200).set_body_string(format!(
        "secret {SECRET}, token {TOKEN}, Basic bWU6UHc3LWtxLUhiMg=="
    ));
    Mock::given(any()).respond_with(echo).mount(&callback).await;
    let url = callback.uri().replace("http://", "http://me:Pw7-kq-Hb2@");
    let form = json!({"secret": SECRET, "callback": {"url": url, "token": TOKEN, "verify": false}});
    served.json(Method::PUT, &app(""), Some(form)).await;
    let (status, told) = served.post(&app("/push"), json!({"name": "text"})).await;
    assert_eq!(status, 200, "{told}");
    let body = told["deliveries"][0]["body"]["text"].as_str().unwrap();
    assert!(body.starts_with("secret"), "{body}");
    for secret in [SECRET, TOKEN, "bWU6UHc3LWtxLUhiMg"] {
        assert!(!body.contains(secret), "{body}");
    }
    let setting = json!({"prefetch": {"url": url}});
    let (_, view) = served
        .json(Method::PUT, &app("/fetch-setting"), Some(setting))
        .await;
    let shown = view["prefetch"]["url"].as_str().unwrap();
    assert!(shown.starts_with("http://127.0.0.1"), "{view}");
}

#[tokio::test]
async fn draining_answers_what_is_in_flight_and_takes_nothing_new() {
    let served = Served::new().await;
    let send = served.send_path().await;
    let fault = json!({"endpoint": "*", "fault": {"slow-millis": 300}, "times": 1});
    served.post("/_wxcheck/faults", fault).await;
    let mark = served.server.hub().journal().mark();
    let calling = served.post(&send, text());
    let draining = async {
        let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(30);
        let journal = served.server.hub().journal();
        assert!(journal.wait(mark, deadline, |_| true).await.is_some());
        served
            .server
            .drain(std::time::Duration::from_secs(30))
            .await
    };
    let ((status, reply), drained) = tokio::join!(calling, draining);
    assert_eq!((status, &reply["errcode"]), (200, &json!(40003)));
    assert!(drained);
    let refused = served.ask(Method::GET, "/cgi-bin/token", None).await;
    assert!(refused.is_err(), "{refused:?}");
}

#[tokio::test]
async fn whoever_is_turned_away_while_sending_hears_why() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let served = Served::new().await;
    let host = served.server.address().to_string();
    let mut stream = tokio::net::TcpStream::connect(&host).await.unwrap();
    let head = format!(
        "POST /_wxcheck/reset HTTP/1.1\r\nHost: {host}\r\nOrigin: http://evil.example\r\nContent-Length: 4096\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // It is refused before its body is on the way.
    stream.readable().await.unwrap();
    stream.write_all(&[b'x'; 4096]).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert!(answer.contains("evil.example"), "{answer}");
}
