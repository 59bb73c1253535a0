//! The amounts that a target, or whoever drives the control API, can make the platform keep.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    time::{Instant, timeout},
};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};
use wxcheck_events::{Kind, RecordedOutcome};

use crate::{
    serve_faults::by_hand,
    served::{APPID, SECRET, Served, USER, open_app, text},
};

fn app(path: &str) -> String {
    format!("/_wxcheck/apps/{APPID}{path}")
}

#[tokio::test]
async fn an_openid_of_kilobytes_is_refused_as_at_wechat_and_noted_cut() {
    let served = Served::new().await;
    open_app(&served);
    let send = served.send_path().await;
    for openid in [
        format!("o{}", "x".repeat(64)),
        "o".repeat(100_000),
        "o\u{0}x".into(),
    ] {
        let mut message = text();
        message["touser"] = json!(openid);
        let (_, reply) = served.post(&send, message).await;
        assert_eq!(reply["errcode"], 40003, "{reply}");
    }
    let (_, users) = served.get(&app("/users")).await;
    assert_eq!(users["total"], 0);
    let (_, journal) = served.get("/_wxcheck/journal").await;
    for record in journal["records"].as_array().unwrap() {
        assert!(record.to_string().len() < 4096, "{record}");
    }
    let mut message = text();
    message["touser"] = json!(format!("o{}", "x".repeat(63)));
    let (_, reply) = served.post(&send, message).await;
    assert_eq!(reply["errcode"], 45015, "that is one: {reply}");
}

#[tokio::test]
async fn json_that_is_longer_than_any_page_describes_is_45002() {
    let served = Served::new().await;
    open_app(&served);
    let send = served.send_path().await;
    let mut message = text();
    message["touser"] = json!(USER);
    message["customservice"] = json!({"kf_account": "x".repeat(300 * 1024)});
    let (_, reply) = served.post(&send, message).await;
    assert_eq!(reply["errcode"], 45002, "{reply}");
}

#[tokio::test]
async fn names_that_would_be_kept_are_short() {
    let served = Served::new().await;
    open_app(&served);
    let send = served.send_path().await;
    let long = "x".repeat(5000);
    for (path, body, errcode) in [
        (
            "/cgi-bin/message/subscribe/send",
            json!({"touser": USER, "template_id": long, "data": {}}),
            40037,
        ),
        (
            "/wxa/media_check_async",
            json!({"media_url": format!("http://x/{long}"), "media_type": 2, "version": 2, "scene": 1, "openid": USER}),
            47001,
        ),
        (
            "/wxa/fetchdatasetting",
            json!({"action": "set_pre_fetch", "is_pre_fetch_open": true, "pre_fetch_type": 0, "pre_fetch_url": format!("https://x/{long}")}),
            9_410_016,
        ),
        (
            "/wxa/fetchdatasetting",
            json!({"action": "set_pre_fetch", "is_pre_fetch_open": true, "pre_fetch_type": 1, "pre_env": long, "pre_function_name": "f"}),
            9_410_017,
        ),
    ] {
        let path = send.replace("/cgi-bin/message/custom/send", path);
        let (_, reply) = served.post(&path, body).await;
        assert_eq!(reply["errcode"], errcode, "{path}: {reply}");
    }
    // The name of a value is repeated in the error, and the error is remembered.
    let path = send.replace("custom", "subscribe");
    let data = json!({"touser": USER, "template_id": "T", "data": {long: {"value": ""}}});
    let (_, reply) = served.post(&path, data).await;
    assert_eq!(reply["errcode"], 47003);
    assert!(reply.to_string().len() < 400, "{reply}");
}

#[tokio::test]
async fn what_the_control_api_is_given_is_bounded_and_the_error_says_how() {
    let served = Served::new().await;
    let long = "x".repeat(30_000);
    let keys: Vec<String> = (0..60).map(|n| format!("thing{n}")).collect();
    let many: Value = (0..60)
        .map(|n| (format!("T{n}"), json!("accept")))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let acts = app(&format!("/users/{USER}/acts"));
    for (method, path, form, word) in [
        (
            Method::PUT,
            app(&format!("/users/{USER}")),
            json!({"unionid": long}),
            "unionid",
        ),
        (
            Method::PUT,
            app("/templates/T"),
            json!({"keys": keys}),
            "keys",
        ),
        (
            Method::PUT,
            app("/templates/T"),
            json!({"keys": [long]}),
            "keys",
        ),
        (
            Method::POST,
            acts.clone(),
            json!({"act": "send-text", "content": long}),
            "content",
        ),
        (
            Method::POST,
            acts.clone(),
            json!({"act": "subscribe", "templates": many}),
            "templates",
        ),
        (
            Method::POST,
            acts.clone(),
            json!({"act": "change-subscription", "templates": [long]}),
            "templates",
        ),
        (
            Method::POST,
            acts,
            json!({"act": "open", "path": long}),
            "path",
        ),
        (
            Method::POST,
            app("/push"),
            json!({"name": "text", "set": {"Content": long}}),
            "Content",
        ),
        (
            Method::POST,
            app("/fleet"),
            json!({"phones": 1, "token": format!("{{n}}{long}")}),
            "token",
        ),
        (Method::PUT, app(""), json!({"secret": long}), "secret"),
        (
            Method::PUT,
            app(""),
            json!({"callback": {"url": format!("http://127.0.0.1/{long}"), "token": "t"}}),
            "callback.url",
        ),
    ] {
        let (status, told) = served.json(method, &path, Some(form)).await;
        assert_eq!(status, 400, "{path}: {told}");
        let error = told["error"].as_str().unwrap_or_default();
        assert!(error.contains(word) && error.len() < 400, "{path}: {told}");
    }
}

#[tokio::test]
async fn faults_and_apps_have_a_number() {
    let served = Served::new().await;
    let fault = json!({"endpoint": "*", "fault": {"slow-millis": 0}, "chance": 0.0});
    for _ in 0..100 {
        let (status, told) = served.post("/_wxcheck/faults", fault.clone()).await;
        assert_eq!(status, 200, "{told}");
    }
    let (status, told) = served.post("/_wxcheck/faults", fault).await;
    assert_eq!(status, 400, "{told}");
    for n in 1..100 {
        let path = format!("/_wxcheck/apps/wx{n}");
        let (status, told) = served.json(Method::PUT, &path, Some(json!({}))).await;
        assert_eq!(status, 200, "{told}");
    }
    let one_more = served.json(Method::PUT, "/_wxcheck/apps/wxOneMore", Some(json!({})));
    let (status, told) = one_more.await;
    assert_eq!(status, 400, "{told}");
    let again = json!({"secret": SECRET});
    let (status, _) = served.json(Method::PUT, &app(""), Some(again)).await;
    assert_eq!(status, 200, "one that is there may change");
}

#[tokio::test]
async fn fleets_and_snapshots_of_them_have_room_for_so_many_phones() {
    let served = Served::new().await;
    for appid in ["wx1", "wx2", "wx3"] {
        let path = format!("/_wxcheck/apps/{appid}");
        served.json(Method::PUT, &path, Some(json!({}))).await;
    }
    let fleet = |appid: &str, phones: u32| {
        let path = format!("/_wxcheck/apps/{appid}/fleet");
        let served = &served;
        async move {
            served
                .post(&path, json!({"phones": phones, "arrival": "herd"}))
                .await
        }
    };
    assert_eq!(fleet("wx1", 9_000_000).await.0, 200);
    let (status, _) = served.json(Method::POST, "/_wxcheck/snapshots", None).await;
    assert_eq!(status, 200);
    assert_eq!(fleet("wx2", 10_000_000).await.0, 200);
    let (status, told) = fleet("wx3", 1_000_001).await;
    assert_eq!(status, 400, "{told}");
    assert!(
        told["error"].as_str().unwrap().contains("all fleets"),
        "{told}"
    );
    let (status, told) = served.json(Method::POST, "/_wxcheck/snapshots", None).await;
    assert_eq!(status, 400, "{told}");
    assert!(
        told["error"].as_str().unwrap().contains("snapshots"),
        "{told}"
    );
    let forgotten = served
        .json(Method::DELETE, "/_wxcheck/apps/wx2", None)
        .await;
    assert_eq!(forgotten.0, 200);
    for _ in 0..3 {
        let (status, _) = served.json(Method::POST, "/_wxcheck/snapshots", None).await;
        assert_eq!(status, 200);
    }
    let (_, kept) = served.get("/_wxcheck/snapshots").await;
    assert_eq!(kept.as_array().unwrap().len(), 1, "the older made room");
}

#[tokio::test]
async fn so_many_requests_wait_for_the_journal_and_no_more() {
    let served = Served::new().await;
    let host = served.server.address().to_string();
    let waiting = format!(
        "GET /_wxcheck/journal?since=999&wait=60000 HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    );
    let mut waiters = tokio::task::JoinSet::new();
    for _ in 0..65 {
        let (host, waiting) = (host.clone(), waiting.clone());
        waiters.spawn(async move { by_hand(&host, &waiting).await });
    }
    // All but one wait; the one is told at once.
    let told = timeout(Duration::from_secs(30), waiters.join_next()).await;
    let told = told.expect("one of them is refused").unwrap().unwrap();
    assert!(told.starts_with("HTTP/1.1 503"), "{told}");
    let (status, _) = served.get("/_wxcheck/journal").await;
    assert_eq!(status, 200, "reading needs no place");
}

#[tokio::test]
async fn a_server_that_is_silent_holds_up_no_other_app() {
    let served = Served::new().await;
    // Takes connections, and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let well = MockServer::start().await;
    let success = ResponseTemplate::new(200).set_body_string("success");
    Mock::given(any()).respond_with(success).mount(&well).await;
    let silent_url = format!("http://{}/", silent.local_addr().unwrap());
    for (appid, url) in [("wxsilent", silent_url), ("wxwell", well.uri())] {
        let form = json!({"callback": {"url": url, "token": "tok", "verify": false}});
        let path = format!("/_wxcheck/apps/{appid}");
        assert_eq!(served.json(Method::PUT, &path, Some(form)).await.0, 200);
    }
    let act = json!({"act": "send-text", "content": "hi"});
    let acts = |appid: &str| format!("/_wxcheck/apps/{appid}/users/{USER}/acts");
    for _ in 0..80 {
        served.post(&acts("wxsilent"), act.clone()).await;
    }
    let mark = served.server.hub().journal().mark();
    let begun = Instant::now();
    served.post(&acts("wxwell"), act).await;
    let answered = |kind: &Kind| matches!(kind, Kind::Exchange(exchange) if matches!(exchange.outcome, RecordedOutcome::Answered { status: 200, .. }));
    let deadline = begun + Duration::from_secs(4);
    let journal = served.server.hub().journal();
    assert!(
        journal.wait(mark, deadline, answered).await.is_some(),
        "the push of the other app waits behind them"
    );
    let (_, state) = served.get("/_wxcheck/state").await;
    assert_eq!(
        state["pushes_waiting"],
        80 - 16,
        "the rest stays in the outbox"
    );
}
