//! Requests that pages make, and data that they listen for.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{any, path},
};

use crate::served::{APPID, SECRET, Served, USER};

fn app(path: &str) -> String {
    format!("/_wxcheck/apps/{APPID}{path}")
}

fn phone(path: &str) -> String {
    app(&format!("/users/{USER}/devices/phone{path}"))
}

/// A developer that lets in whoever comes from the mini program's released versions, as many do.
async fn guarded() -> MockServer {
    let developer = MockServer::start().await;
    let guard = |request: &Request| {
        let referer = request.headers.get("referer");
        let referer = referer
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let own = format!("https://servicewechat.com/{APPID}/");
        let version = referer.strip_prefix(&own);
        match version.and_then(|rest| rest.strip_suffix("/page-frame.html")) {
            Some("0" | "devtools") | None => ResponseTemplate::new(403).set_body_string(referer),
            Some(_) => ResponseTemplate::new(200).set_body_string("\u{feff}{\"name\": \"你好\"}"),
        }
    };
    Mock::given(any())
        .respond_with(guard)
        .mount(&developer)
        .await;
    developer
}

/// Ends when a control request waits.
async fn listening(served: &Served) {
    loop {
        let (_, state) = served.get("/_wxcheck/state").await;
        if state["waiting"] == 1 {
            return;
        }
    }
}

async fn request(served: &Served, form: Value) -> Value {
    let (status, told) = served.post(&phone("/request"), form).await;
    assert_eq!(status, 200, "{told}");
    told
}

#[tokio::test]
async fn a_server_that_guards_by_referer_can_be_tried() {
    let served = Served::new().await;
    let developer = guarded().await;
    let url = format!("{}/user", developer.uri());
    let told = request(&served, json!({"url": url})).await;
    assert_eq!(told["errMsg"], "request:ok");
    assert_eq!(
        (&told["statusCode"], &told["data"]),
        (&json!(200), &json!({"name": "你好"}))
    );
    assert_eq!(told["notes"], json!(["a byte order mark was removed"]));
    for version in ["0", "devtools"] {
        let forged = json!({"Referer": "https://servicewechat.com/other/9/page-frame.html"});
        let form = json!({"url": url, "version": version, "header": forged});
        let told = request(&served, form).await;
        assert_eq!(
            (&told["errMsg"], &told["statusCode"]),
            (&json!("request:ok"), &json!(403))
        );
        let referer = told["data"].as_str().unwrap();
        assert_eq!(
            referer,
            format!("https://servicewechat.com/{APPID}/{version}/page-frame.html")
        );
    }
    let trial = json!({"trial": true});
    served.json(Method::PUT, &phone(""), Some(trial)).await;
    let told = request(&served, json!({"url": url})).await;
    assert_eq!(told["statusCode"], 403, "a trial user has version 0");
}

#[tokio::test]
async fn what_does_not_leave_the_phone_is_told_as_the_page_is_told() {
    let served = Served::new().await;
    let developer = guarded().await;
    let domains = json!({"request": ["https://api.example.com"]});
    let form = json!({"secret": SECRET, "domains": domains});
    let (status, told) = served.json(Method::PUT, &app(""), Some(form)).await;
    assert_eq!(status, 200, "{told}");
    for (url, reason) in [
        ("https://api.example.com:443/x".to_owned(), "not even 443"),
        ("https://www.example.com/x".to_owned(), "no request domain"),
        (developer.uri(), "the phone it runs on"),
    ] {
        let told = request(&served, json!({"url": url})).await;
        assert_eq!(
            told["errMsg"], "request:fail url not in domain list",
            "{url}"
        );
        assert!(told["reason"].as_str().unwrap().contains(reason), "{told}");
    }
    assert!(developer.received_requests().await.unwrap().is_empty());
    let (status, told) = served
        .post(
            &phone("/request"),
            json!({"url": "https://api.example.com/x"}),
        )
        .await;
    assert_eq!(status, 400, "{told}");
    assert!(
        told["error"].as_str().unwrap().contains("--allow-target"),
        "{told}"
    );

    let served = Served::new().await;
    let offline = json!({"network": "none"});
    served.json(Method::PUT, &phone(""), Some(offline)).await;
    let told = request(&served, json!({"url": developer.uri()})).await;
    assert_eq!(told["errMsg"], "request:fail the phone has no network");
    for (form, word) in [
        (
            json!({"url": developer.uri(), "timeout": 60_001}),
            "timeout 60001",
        ),
        (json!({"url": developer.uri(), "timeout": 0}), "timeout 0"),
    ] {
        let (status, told) = served.post(&phone("/request"), form).await;
        assert_eq!(status, 400);
        assert!(told["error"].as_str().unwrap().contains(word), "{told}");
    }
}

#[tokio::test]
async fn redirects_are_followed_and_a_silent_server_is_a_timeout() {
    let served = Served::new().await;
    let developer = MockServer::start().await;
    let moved = ResponseTemplate::new(302).insert_header("location", "/there");
    Mock::given(path("/here"))
        .respond_with(moved)
        .mount(&developer)
        .await;
    let there =
        |request: &Request| ResponseTemplate::new(200).set_body_string(request.method.to_string());
    Mock::given(path("/there"))
        .respond_with(there)
        .mount(&developer)
        .await;
    let late = ResponseTemplate::new(200).set_delay(Duration::from_secs(120));
    Mock::given(path("/late"))
        .respond_with(late)
        .mount(&developer)
        .await;
    let form =
        json!({"url": format!("{}/here", developer.uri()), "method": "POST", "data": {"a": 1}});
    let told = request(&served, form).await;
    assert_eq!(
        (&told["statusCode"], &told["data"]),
        (&json!(200), &json!("GET"))
    );
    let form = json!({"url": format!("{}/late", developer.uri()), "timeout": 50});
    let told = request(&served, form).await;
    assert_eq!(told["errMsg"], "request:fail timeout");
    let (_, journal) = served.get("/_wxcheck/journal").await;
    let records = journal["records"].as_array().unwrap();
    let said = |kind: &str, name: &str| -> Vec<String> {
        let of_kind = records.iter().filter(|record| record["kind"] == kind);
        of_kind.map(|record| record[name].to_string()).collect()
    };
    assert_eq!(
        said("requested", "method"),
        [r#""POST""#, r#""GET""#, r#""GET""#]
    );
    assert_eq!(said("answered", "status"), ["302", "200"]);
    assert_eq!(said("unanswered", "reason"), [r#""no answer within 50ms""#]);
}

#[tokio::test]
async fn a_page_hears_what_comes_while_it_listens() {
    let served = Served::new().await;
    let developer = MockServer::start().await;
    let data = ResponseTemplate::new(200).set_body_bytes(b"\xc4\xe3\xba\xc3".to_vec());
    Mock::given(any())
        .respond_with(data)
        .mount(&developer)
        .await;
    let url = format!("{}/data", developer.uri());
    let open = async || served.post(&phone("/open"), json!({})).await.1;
    let finclip = json!({"dialect": "finclip", "prefetch": {"url": url}});
    served
        .json(Method::PUT, &app("/fetch-setting"), Some(finclip))
        .await;
    let opened = open().await;
    let warning = opened["warnings"][0].as_str().unwrap();
    assert!(
        warning.contains("periodic: no URL is configured"),
        "{opened}"
    );
    let periodic = json!({"periodic": {"url": url}});
    served
        .json(Method::PUT, &app("/fetch-setting"), Some(periodic))
        .await;
    let listen = phone("/on-background-fetch-data?fetchType=periodic&wait=30000");
    let (heard, opened) = tokio::join!(served.get(&listen), async {
        // Whoever listens has to be there first: it shows by holding one of the places for waiting.
        listening(&served).await;
        open().await
    });
    assert!(opened["warnings"].is_null(), "{opened}");
    assert!(
        opened["fetches"][0]["notes"][0]
            .as_str()
            .unwrap()
            .contains("GBK"),
        "{opened}"
    );
    let heard = heard.1;
    assert_eq!(
        (&heard["heard"], &heard["fetchType"]),
        (&json!(true), &json!("periodic"))
    );
    assert_eq!(heard["fetchedData"], "你好");
    let (_, heard) = served.get(&listen.replace("30000", "1")).await;
    assert_eq!(heard["heard"], false, "what came before is not heard");
}
