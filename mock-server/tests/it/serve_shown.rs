//! A standing platform as a user and a browser see it, and queries of the control API.

use reqwest::Method;
use serde_json::json;

use crate::{
    serve_journal::{callback, success, write},
    served::{APPID, Served, USER, options},
};

#[tokio::test]
async fn what_a_user_does_without_a_callback_is_shown_and_says_why_nothing_is_pushed() {
    let served = Served::standing(options()).await;
    let yielded = write(&served, "hello?").await;
    assert_eq!(yielded.get("pushed"), None);
    let why = yielded["why"].as_str().unwrap();
    assert!(why.contains("no callback"), "{why}");
    let (_, record) = served
        .get(&format!("/_wxcheck/journal/{}", yielded["number"]))
        .await;
    assert_eq!(
        (&record["outcome"], &record["says"]),
        (&json!("no-callback"), &json!("hello?"))
    );
    let chat = format!("/_wxcheck/apps/{APPID}/users/{USER}/chat");
    let (_, chat) = served.get(&chat).await;
    assert_eq!(chat["items"][0]["text"], "hello?");
}

#[tokio::test]
async fn a_chat_shows_the_time_of_the_platform() {
    let served = Served::standing(options()).await;
    let advanced = json!({"by": "2h"});
    let (_, clock) = served.post("/_wxcheck/clock/advance", advanced).await;
    let yielded = write(&served, "hi").await;
    assert!(yielded["number"].is_u64(), "{yielded}");
    let chat = format!("/_wxcheck/apps/{APPID}/users/{USER}/chat");
    let (_, chat) = served.get(&chat).await;
    let now = clock["now"].as_u64().unwrap();
    assert_eq!(chat["items"][0]["time"], wxcheck_events::rfc3339(now));
}

#[tokio::test]
async fn what_a_request_asks_for_by_its_query_is_done_or_refused() {
    let served = Served::standing(options()).await;
    let _callback = callback(&served, success(), "plain").await;
    let number = write(&served, "hi").await["number"].as_u64().unwrap();
    let ask = async |query: &str| {
        let path = format!("/_wxcheck/journal/{number}/{query}");
        served.json(Method::POST, &path, Some(json!({}))).await
    };
    let (_, sent) = ask("duplicate?times=3&together=true").await;
    let pushes = sent["pushes"].as_array().unwrap();
    let numbers: Vec<u64> = pushes
        .iter()
        .map(|push| push["number"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers.len(), 3);
    assert!(numbers.is_sorted(), "{numbers:?}");
    for (query, word) in [
        ("duplicate?times=0", "times 0: give 1 to 100"),
        ("duplicate?tims=3", "query: tims: unknown field `tims`"),
        ("resend?times=2", "query: times: unknown field `times`"),
        (
            "resend-altered?mode=safe",
            "query: mode: unknown field `mode`",
        ),
    ] {
        let (status, refused) = ask(query).await;
        let error = refused["error"].as_str().unwrap();
        assert!(status == 400 && error.starts_with(word), "{query}: {error}");
    }
}

#[tokio::test]
async fn the_bare_address_leads_a_browser_to_the_page_and_an_sdk_to_the_api() {
    let served = Served::new().await;
    let browser = served.open("/", "text/html,*/*").await;
    assert_eq!(browser.status(), 302);
    assert_eq!(browser.headers()["location"], "/_wxcheck/ui/");
    let sdk = served.open("/", "*/*").await;
    assert_eq!(sdk.status(), 200, "{}", sdk.text().await.unwrap());
}

#[tokio::test]
async fn an_app_has_the_menu_that_it_was_given() {
    let served = Served::new().await;
    let path = format!("/_wxcheck/apps/{APPID}/menu");
    let (_, none) = served.get(&path).await;
    assert_eq!(none, json!({"button": []}));
    let menu = json!({"button": [{"name": "Songs", "type": "click", "key": "V1"}]});
    let (status, _) = served.json(Method::PUT, &path, Some(menu.clone())).await;
    assert_eq!(status, 200);
    assert_eq!(served.get(&path).await.1, menu);
    let wrong = json!({"button": [{"name": "Songs", "type": "click"}]});
    let (status, refused) = served.json(Method::PUT, &path, Some(wrong)).await;
    assert_eq!(
        (status, &refused["error"]),
        (400, &json!("button `Songs`: give its `key`"))
    );
}
