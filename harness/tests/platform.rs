//! The platform, with the reference server as the server under test.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use serde_json::json;
use wxcheck_harness as wxcheck;
use wxcheck_network::Network;
use wxcheck_protocol::{
    account::Account,
    aes_key::EncodingAesKey,
    limits::EXCHANGE_LIMIT,
    push::{Format, Mode},
};
use wxcheck_reference_server::{Api, Behaviour, Running, Settings, spawn};

async fn server(platform: &wxcheck::Platform, mode: Mode) -> Running {
    let wechat = platform.wechat().clone();
    let settings = Settings {
        token: wechat.token,
        appid: wechat.appid,
        key: Some(EncodingAesKey::parse(&wechat.aes_key).unwrap()),
        mode,
        format: Format::Xml,
        account: Account::Mini,
        limit: EXCHANGE_LIMIT,
        api: Some(Api {
            base: wechat.base_url,
            secret: wechat.secret,
        }),
        fetch_tokens: Vec::new(),
        network: Network::Machine,
    };
    let running = spawn(settings, Behaviour::default()).await.unwrap();
    platform.connect(running.url()).await.unwrap();
    running
}

#[tokio::test]
async fn a_text_is_answered_by_a_message() {
    for mode in [Mode::Plain, Mode::Safe] {
        let platform = wxcheck::platform().mode(mode).start().await.unwrap();
        let _server = server(&platform, mode).await;
        let outcome = platform.send_text("oBob", "hello").await.unwrap();
        assert!(outcome.is_acknowledged(), "{outcome:?}");
        assert_eq!(outcome.reply(), Some("success"));
        let messages = platform.messages_of("oBob", 1).await.unwrap();
        assert_eq!(messages[0]["openid"], "oBob");
        let chat = platform.chat("oBob").await.unwrap();
        assert_eq!(chat.len(), 2, "{chat:?}");
        platform.reset().await.unwrap();
        assert!(platform.messages("oBob").await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_server_gets_over_a_revoked_and_an_expired_token() {
    let platform = wxcheck::platform().start().await.unwrap();
    let _server = server(&platform, Mode::Plain).await;
    platform.send_text("oBob", "one").await.unwrap();
    platform.messages_of("oBob", 1).await.unwrap();
    platform.revoke_tokens().await.unwrap();
    platform.send_text("oBob", "two").await.unwrap();
    platform.messages_of("oBob", 2).await.unwrap();
    let fault = json!({"errcode": 42001});
    let endpoint = "/cgi-bin/message/custom/send";
    platform.fail(endpoint, &fault, 1).await.unwrap();
    platform.send_text("oBob", "three").await.unwrap();
    platform.messages_of("oBob", 3).await.unwrap();
}

#[tokio::test]
async fn a_push_has_the_fields_that_are_set() {
    let platform = wxcheck::platform().start().await.unwrap();
    let _server = server(&platform, Mode::Plain).await;
    let fields = [("Content", "by name")];
    let outcome = platform.push("oBob", "text", &fields).await.unwrap();
    let sent = outcome.record["request"]["body"]["text"].as_str().unwrap();
    assert!(sent.contains("by name"), "{sent}");
}

#[tokio::test]
async fn a_callback_url_is_verified() {
    let platform = wxcheck::platform().start().await.unwrap();
    let refused = platform.connect("http://127.0.0.1:1/wechat").await;
    let told = refused.unwrap_err().to_string();
    assert!(told.contains("callback.url"), "{told}");
}

#[tokio::test]
async fn the_clock_stands_until_it_is_moved() {
    let platform = wxcheck::platform().with_standing_clock();
    let platform = platform.start().await.unwrap();
    let now = async || platform.ask("GET", "/_wxcheck/clock", None).await.unwrap()["now"].as_u64();
    let before = now().await.unwrap();
    assert_eq!(now().await, Some(before));
    platform.advance("2h").await.unwrap();
    assert_eq!(now().await, Some(before + 7_200_000));
}
