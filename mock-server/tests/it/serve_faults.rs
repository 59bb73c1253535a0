//! Each fault really reaches a client over the network.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use wxcheck_events::Kind;

use crate::served::{Served, text};

const SEND: &str = "/cgi-bin/message/custom/send";

async fn served_with(fault: Value) -> (Served, String) {
    let served = Served::new().await;
    served
        .act(json!({"act": "send-text", "content": "hi"}))
        .await;
    let send = served.send_path().await;
    let fault = json!({"endpoint": SEND, "fault": fault, "times": 1});
    let (status, set) = served.post("/_wxcheck/faults", fault).await;
    assert_eq!((status, &set["id"]), (200, &json!(1)));
    (served, send)
}

#[tokio::test]
async fn an_errcode_is_answered_once_and_then_all_is_well() {
    for errcode in [-1, 40001, 42001, 45009, 45011] {
        let (served, send) = served_with(json!({"errcode": errcode})).await;
        let (status, reply) = served.post(&send, text()).await;
        assert_eq!((status, &reply["errcode"]), (200, &json!(errcode)));
        assert!(reply["errmsg"].as_str().unwrap().contains("rid: "));
        let (_, reply) = served.post(&send, text()).await;
        assert_eq!(reply["errcode"], 0);
    }
}

#[tokio::test]
async fn faults_the_clock_and_pushes_that_are_due_stand_in_the_journal() {
    let (served, send) = served_with(json!({"errcode": -1})).await;
    served.post(&send, text()).await;
    served
        .post("/_wxcheck/clock/advance", json!({"by": "1s"}))
        .await;
    served
        .post(
            "/_wxcheck/faults",
            json!({"endpoint": "*", "fault": "reset"}),
        )
        .await;
    served
        .ask(Method::DELETE, "/_wxcheck/faults", None)
        .await
        .unwrap();
    let (_, journal) = served.get("/_wxcheck/journal").await;
    let records = journal["records"].as_array().unwrap();
    let kinds: Vec<&str> = records
        .iter()
        .map(|record| {
            record["change"]
                .as_str()
                .or(record["kind"].as_str())
                .unwrap()
        })
        .collect();
    // The fault was for one call only, and is over with that.
    for (place, kind) in [
        ("set", "called"),
        ("called", "removed"),
        ("removed", "clock-moved"),
        ("clock-moved", "set"),
        ("set", "cleared"),
    ] {
        let follows = kinds.windows(2).any(|pair| pair == [place, kind]);
        assert!(follows, "{kind} after {place}: {kinds:?}");
    }
}

#[tokio::test]
async fn an_html_page_comes_with_status_502() {
    let (served, send) = served_with(json!("html-page")).await;
    let (status, body) = served.ask(Method::POST, &send, Some(text())).await.unwrap();
    assert_eq!(status, 502);
    assert!(body.contains("<h1>502 Bad Gateway</h1>"), "{body}");
}

#[tokio::test]
async fn truncated_json_does_not_parse() {
    let (served, send) = served_with(json!("truncated-json")).await;
    let (status, body) = served.ask(Method::POST, &send, Some(text())).await.unwrap();
    assert_eq!(status, 200);
    assert!(serde_json::from_str::<Value>(&body).is_err(), "{body}");
}

#[tokio::test]
async fn a_slow_answer_is_overtaken_and_its_call_recorded_on_arrival() {
    let (served, send) = served_with(json!({"slow-millis": 600_000})).await;
    let slow = served.post(&send, text());
    let quick = async {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
        let arrived = served
            .server
            .hub()
            .journal()
            .wait(
                0,
                deadline,
                |kind| matches!(kind, Kind::Called(called) if called.sent),
            )
            .await;
        assert!(arrived.is_some(), "recorded before the answer is out");
        served.post(&send, text()).await.1
    };
    tokio::select! {
        _ = slow => panic!("the slow answer came first"),
        reply = quick => assert_eq!(reply["errcode"], 0),
    }
}

#[tokio::test]
async fn a_reset_is_an_error_of_the_connection() {
    let (served, send) = served_with(json!("reset")).await;
    let error = served.ask(Method::POST, &send, Some(text())).await;
    assert!(error.unwrap_err().is_request());
    let (_, reply) = served.post(&send, text()).await;
    assert_eq!(reply["errcode"], 0, "the next connection is as any other");
}

#[tokio::test]
async fn a_wrong_content_type_stands_in_the_header() {
    let (served, send) = served_with(json!("wrong-content-type")).await;
    let url = format!("{}{send}", served.server.base_url());
    let host = url.trim_start_matches("http://").split('/').next().unwrap();
    // By hand, for the header.
    let request = format!(
        "POST {send} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
        text().to_string().len(),
        text()
    );
    let answer = by_hand(host, &request).await;
    let lower = answer.to_lowercase();
    assert!(lower.contains("content-type: text/html"), "{answer}");
    assert!(answer.contains(r#""errcode":0"#), "{answer}");
}

#[tokio::test]
async fn a_token_revoked_early_is_40001_until_another_is_fetched() {
    let (served, send) = served_with(json!("revoked-token")).await;
    for _ in 0..2 {
        let (_, reply) = served.post(&send, text()).await;
        assert_eq!(reply["errcode"], 40001);
    }
    let send = served.send_path().await;
    let (_, reply) = served.post(&send, text()).await;
    assert_eq!(reply["errcode"], 0);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_not_taken() {
    let (served, send) = served_with(json!("reset")).await;
    let host = served.server.address().to_string();
    let request = format!(
        "POST {send} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 99999999999\r\nConnection: close\r\n\r\n"
    );
    // The body is never sent: its length alone is too much, or reading it times out.
    let mut oversized = request.into_bytes();
    oversized.resize(oversized.len() + 12 * 1024 * 1024, b'x');
    let answer = by_hand(&host, &String::from_utf8(oversized).unwrap()).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[tokio::test]
async fn requests_that_follow_each_other_on_one_connection_are_answered_in_order() {
    let served = Served::new().await;
    let host = served.server.address().to_string();
    let one = |path: &str, end: &str| format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{end}\r\n");
    let both = one("/cgi-bin/token", "") + &one("/cgi-bin/unheard", "Connection: close\r\n");
    let answer = by_hand(&host, &both).await;
    let first = answer.find("41002").unwrap();
    assert!(first < answer.find("40066").unwrap(), "{answer}");
}

/// Writes a request as it is; whatever comes back.
pub(crate) async fn by_hand(host: &str, request: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let stream = tokio::net::TcpStream::connect(host).await.unwrap();
    let (mut read, mut write) = stream.into_split();
    let request = request.to_owned();
    // A server that has seen enough may close before all is written.
    let writing = tokio::spawn(async move {
        let _ = write.write_all(request.as_bytes()).await;
        write
    });
    let mut answer = Vec::new();
    // A reset after the answer is as good as an end.
    let _ = read.read_to_end(&mut answer).await;
    writing.abort();
    String::from_utf8_lossy(&answer).into_owned()
}
