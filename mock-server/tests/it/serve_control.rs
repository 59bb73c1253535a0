//! The control API: what it does, what it refuses, and what follows at the callback URL.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};
use wxcheck_events::Kind;
use wxcheck_mock_server::{ApiServer, ServeError, ServeOptions};

use crate::served::{APPID, SECRET, Served, USER, options, text};

const TOKEN: &str = "Zq7Xw2Vn9Kt4Rb6";

fn app(path: &str) -> String {
    format!("/_wxcheck/apps/{APPID}{path}")
}

/// A callback URL that acknowledges everything, registered for the app.
async fn callback(served: &Served, format: &str) -> MockServer {
    let callback = MockServer::start().await;
    let success = ResponseTemplate::new(200).set_body_string("success");
    Mock::given(any())
        .respond_with(success)
        .mount(&callback)
        .await;
    let form = json!({
        "secret": SECRET,
        "callback": {
            "url": format!("{}/wechat?id=7", callback.uri()),
            "token": TOKEN,
            "format": format,
            "verify": false,
        },
    });
    let (status, view) = served.json(Method::PUT, &app(""), Some(form)).await;
    assert_eq!((status, &view["callback"]["mode"]), (200, &json!("plain")));
    callback
}

/// The pushes that arrived, once there are so many of them.
async fn pushed(served: &Served, callback: &MockServer, count: usize) -> Vec<Request> {
    let deadline = Instant::now() + Duration::from_secs(30);
    let journal = served.server.hub().journal();
    let answered = || {
        let records = journal.since(0);
        let is_answer =
            |kind: &Kind| matches!(kind, Kind::Exchange(exchange) if exchange.is_answered());
        records.iter().filter(|r| is_answer(&r.kind)).count()
    };
    loop {
        let mark = journal.mark();
        if answered() >= count {
            return callback.received_requests().await.unwrap();
        }
        let woken = journal.wait(mark, deadline, |_| true).await;
        assert!(woken.is_some(), "only {} of {count} pushes", answered());
    }
}

fn body(request: &Request) -> String {
    String::from_utf8(request.body.clone()).unwrap()
}

#[tokio::test]
async fn a_users_act_is_pushed_signed_to_the_callback_url() {
    let served = Served::new().await;
    let callback = callback(&served, "json").await;
    let yielded = served
        .act(json!({"act": "send-text", "content": "hi"}))
        .await;
    assert_eq!(yielded["pushed"], "text");
    let requests = pushed(&served, &callback, 1).await;
    let query = requests[0].url.query().unwrap();
    assert!(query.starts_with("id=7&signature="), "{query}");
    let message: Value = serde_json::from_str(&body(&requests[0])).unwrap();
    assert_eq!(message["FromUserName"], USER);
    assert_eq!(message["Content"], "hi");
    assert!(message["MsgId"].is_u64());
}

#[tokio::test]
async fn what_follows_from_calls_is_pushed_when_its_time_has_come() {
    let served = Served::new().await;
    let callback = callback(&served, "json").await;
    let template = json!({"keys": ["thing1"]});
    let path = app("/templates/TPL");
    served.json(Method::PUT, &path, Some(template)).await;
    let subscribe = json!({"act": "subscribe", "templates": {"TPL": "accept"}});
    served.act(subscribe).await;
    pushed(&served, &callback, 1).await;
    let send = served.send_path().await;
    let message = json!({"touser": USER, "template_id": "TPL", "data": {"thing1": {"value": "x"}}});
    let subscribe_send = send.replace("custom", "subscribe");
    let (_, reply) = served.post(&subscribe_send, message).await;
    assert_eq!(reply["errcode"], 0);
    let requests = pushed(&served, &callback, 2).await;
    assert!(body(&requests[1]).contains("subscribe_msg_sent_event"));
    let (_, journal) = served.get("/_wxcheck/journal").await;
    let due = journal["records"]
        .as_array()
        .unwrap()
        .iter()
        .find(|record| {
            record["kind"] == "push-due" && record["push"] == "subscribe_msg_sent_event"
        });
    assert_eq!(due.unwrap()["openid"], USER);

    let check = send.replace("/cgi-bin/message/custom/send", "/wxa/media_check_async");
    let media = json!({
        "media_url": "https://x.cn/wxcheck-risky.png",
        "media_type": 2, "version": 2, "scene": 1, "openid": USER,
    });
    let (_, reply) = served.post(&check, media).await;
    let (_, state) = served.get("/_wxcheck/state").await;
    assert_eq!(state["pushes_waiting"], 1, "the clock stands still");
    let (status, _) = served
        .post("/_wxcheck/clock/advance", json!({"by": "1s"}))
        .await;
    assert_eq!(status, 200);
    let requests = pushed(&served, &callback, 3).await;
    let result: Value = serde_json::from_str(&body(&requests[2])).unwrap();
    assert_eq!(result["Event"], "wxa_media_check");
    assert_eq!(result["trace_id"], reply["trace_id"]);
    assert_eq!(result["result"]["suggest"], "risky");

    let change = json!({"act": "change-subscription", "templates": ["TPL"]});
    served.act(change).await;
    let requests = pushed(&served, &callback, 4).await;
    assert!(body(&requests[3]).contains("subscribe_msg_change_event"));
}

#[tokio::test]
async fn a_push_of_the_catalogue_is_sent_and_reported() {
    let served = Served::new().await;
    let no_callback = served.post(&app("/push"), json!({"name": "text"})).await;
    assert_eq!(no_callback.0, 400);
    assert!(
        no_callback.1["error"]
            .as_str()
            .unwrap()
            .contains("no callback")
    );
    let callback = callback(&served, "xml").await;
    let push = json!({"name": "text", "from": USER, "set": {"Content": "again"}, "times": 3});
    let (status, told) = served.post(&app("/push"), push).await;
    assert_eq!(status, 200, "{told}");
    assert_eq!(told["deliveries"].as_array().unwrap().len(), 3);
    assert_eq!(told["deliveries"][0]["body"]["text"], "success");
    let requests = callback.received_requests().await.unwrap();
    assert!(body(&requests[0]).contains("<Content><![CDATA[again]]></Content>"));
    assert_eq!(requests[0].body, requests[2].body);
    let (_, pushes) = served.get("/_wxcheck/pushes").await;
    assert!(
        pushes
            .as_array()
            .unwrap()
            .iter()
            .any(|push| push["name"] == "text")
    );
    for (form, word) in [
        (json!({"name": "txt"}), "no push is called"),
        (json!({"name": "text", "times": 0}), "times 0"),
        (json!({"name": "text", "retry": "often"}), "retry"),
        (json!({"name": "text", "from": "o 1"}), "openid"),
    ] {
        let (status, told) = served.post(&app("/push"), form).await;
        assert_eq!(status, 400);
        assert!(told["error"].as_str().unwrap().contains(word), "{told}");
    }
}

#[tokio::test]
async fn the_journal_is_read_on_waited_for_and_tells_what_it_forgot() {
    let served = Served::with_journal(2, options()).await;
    let send = served.send_path().await;
    let waiting =
        served.get("/_wxcheck/journal?since=1&wait=30000&path=/cgi-bin/message/custom/send");
    let calling = served.post(&send, text());
    let ((status, journal), _) = tokio::join!(waiting, calling);
    assert_eq!(status, 200);
    assert_eq!(journal["records"][0]["errcode"], 40003);
    assert_eq!(journal["next"], 2);
    served.get("/cgi-bin/unheard").await;
    let (_, journal) = served.get("/_wxcheck/journal").await;
    assert_eq!(journal["forgotten"], 1);
    assert_eq!(journal["records"][1]["planned"], false);
    let (status, told) = served.get("/_wxcheck/journal?wait=60001").await;
    assert_eq!(status, 400);
    assert!(told["error"].as_str().unwrap().contains("wait 60001"));
}

#[tokio::test]
async fn what_belongs_to_a_run_is_neither_waited_for_nor_counted_as_forgotten() {
    let served = Served::with_journal(1, options()).await;
    let journal = served.server.hub().journal();
    let milestone = || Kind::ContactMade {
        fetches: Vec::new(),
    };
    journal.append(milestone());
    journal.append(Kind::PlayBegun {
        play: 0,
        rule: None,
    });
    let waiting = served.get("/_wxcheck/journal?wait=30000");
    let calling = served.get("/cgi-bin/unheard");
    let ((_, page), _) = tokio::join!(waiting, calling);
    assert_eq!(page["records"][0]["path"], "/cgi-bin/unheard", "{page}");
    journal.append(milestone());
    served.get("/cgi-bin/unheard").await;
    let (_, page) = served.get("/_wxcheck/journal").await;
    assert_eq!(page["records"][0]["number"], 4);
    assert_eq!(page["forgotten"], 2, "a play and a call");
}

#[tokio::test]
async fn users_and_their_devices_are_registered_listed_and_forgotten() {
    let served = Served::new().await;
    let user = app(&format!("/users/{USER}"));
    let form = json!({"unionid": "u1", "risk_rank": 3});
    let (_, view) = served.json(Method::PUT, &user, Some(form)).await;
    assert_eq!(view["risk_rank"], 3);
    let device = format!("{user}/devices/tablet");
    assert_eq!(served.json(Method::PUT, &device, None).await.0, 200);
    served.act(json!({"act": "open", "device": "phone"})).await;
    let (_, view) = served.get(&user).await;
    let devices = view["devices"].as_array().unwrap();
    assert_eq!(devices.len(), 2);
    assert!(devices[0]["opened"].is_u64() && devices[1]["opened"].is_null());
    assert_eq!(served.json(Method::DELETE, &device, None).await.0, 200);
    assert_eq!(served.json(Method::DELETE, &device, None).await.0, 404);
    let (_, users) = served.get(&app("/users?count=1")).await;
    assert_eq!(
        (&users["total"], &users["users"][0]["openid"]),
        (&json!(1), &json!(USER))
    );
    assert_eq!(served.json(Method::DELETE, &user, None).await.0, 200);
    assert_eq!(served.get(&user).await.0, 404);
    let (status, told) = served
        .json(Method::PUT, &user, Some(json!({"risk_rank": 5})))
        .await;
    assert_eq!(status, 400);
    assert!(told["error"].as_str().unwrap().contains("risk_rank 5"));
}

#[tokio::test]
async fn sent_messages_are_listed_by_user_offset_and_count() {
    let served = Served::new().await;
    served
        .act(json!({"act": "send-text", "content": "hi"}))
        .await;
    let send = served.send_path().await;
    for _ in 0..3 {
        served.post(&send, text()).await;
    }
    let (_, page) = served
        .get(&app(&format!("/messages?openid={USER}&offset=1&count=1")))
        .await;
    assert_eq!(page["total"], 3);
    assert_eq!(page["messages"][0]["number"], 2);
    assert_eq!(page["messages"][0]["message"]["text"]["content"], "你好");
    let (status, told) = served.get(&app("/messages?offest=1")).await;
    assert_eq!(status, 400);
    assert!(told["error"].as_str().unwrap().contains("offest"), "{told}");
}

#[tokio::test]
async fn snapshots_go_back_and_reset_begins_anew() {
    let served = Served::new().await;
    let (_, taken) = served.post("/_wxcheck/snapshots", json!({})).await;
    let id = taken["id"].as_u64().unwrap();
    served
        .act(json!({"act": "send-text", "content": "hi"}))
        .await;
    let users = async || served.get("/_wxcheck/state").await.1["apps"][0]["users"].clone();
    assert_eq!(users().await, 1);
    let path = format!("/_wxcheck/snapshots/{id}");
    assert_eq!(served.post(&path, json!({})).await.0, 200);
    assert_eq!(users().await, 0);
    let (_, kept) = served.get("/_wxcheck/snapshots").await;
    assert_eq!(kept[0]["id"], id);
    assert_eq!(served.json(Method::DELETE, &path, None).await.0, 200);
    assert_eq!(served.post(&path, json!({})).await.0, 404);
    served.act(json!({"act": "log-in"})).await;
    served
        .post(
            "/_wxcheck/faults",
            json!({"endpoint": "*", "fault": "reset"}),
        )
        .await;
    assert_eq!(served.post("/_wxcheck/reset", json!({})).await.0, 200);
    let (_, state) = served.get("/_wxcheck/state").await;
    assert_eq!(state["apps"][0]["users"], 0, "the app itself stays");
    assert_eq!(state["faults"], json!([]));
}

#[tokio::test]
async fn faults_that_a_reset_or_a_snapshot_takes_or_brings_stand_in_the_journal() {
    let served = Served::new().await;
    let fault = json!({"endpoint": "*", "fault": "reset"});
    served.post("/_wxcheck/faults", fault).await;
    let (_, taken) = served.post("/_wxcheck/snapshots", json!({})).await;
    served.post("/_wxcheck/reset", json!({})).await;
    let restore = format!("/_wxcheck/snapshots/{}", taken["id"]);
    served.post(&restore, json!({})).await;
    served.post(&restore, json!({})).await;
    let (_, journal) = served.get("/_wxcheck/journal").await;
    let records = journal["records"].as_array().unwrap();
    let changes = records.iter().filter(|record| record["kind"] == "fault");
    let changes: Vec<&str> = changes
        .map(|record| record["change"].as_str().unwrap())
        .collect();
    assert_eq!(changes, ["set", "cleared", "set", "cleared", "set"]);
}

#[tokio::test]
async fn apps_and_faults_come_and_go() {
    let served = Served::new().await;
    let official = json!({"kind": "official"});
    let path = "/_wxcheck/apps/wxfedcba9876543210";
    served.json(Method::PUT, path, Some(official)).await;
    let (_, apps) = served.get("/_wxcheck/apps").await;
    assert_eq!(apps.as_array().unwrap().len(), 2);
    assert_eq!(served.get(path).await.1["kind"], "official");
    assert_eq!(served.json(Method::DELETE, path, None).await.0, 200);
    assert_eq!(served.json(Method::DELETE, path, None).await.0, 404);

    let send = served.send_path().await;
    let revoke = app("/tokens/revoke");
    assert_eq!(served.post(&revoke, json!({})).await.0, 200);
    assert_eq!(served.post(&send, text()).await.1["errcode"], 40001);

    let fault = json!({"endpoint": "*", "fault": {"slow-millis": 1}, "chance": 0.5});
    served.post("/_wxcheck/faults", fault.clone()).await;
    served.post("/_wxcheck/faults", fault).await;
    assert_eq!(
        served
            .json(Method::DELETE, "/_wxcheck/faults/1", None)
            .await
            .0,
        200
    );
    assert_eq!(
        served
            .json(Method::DELETE, "/_wxcheck/faults/1", None)
            .await
            .0,
        404
    );
    let (_, faults) = served.get("/_wxcheck/faults").await;
    assert_eq!(faults[0]["id"], 2);
    assert_eq!(
        served
            .json(Method::DELETE, "/_wxcheck/faults", None)
            .await
            .0,
        200
    );
    assert_eq!(served.get("/_wxcheck/faults").await.1, json!([]));
    let (_, clock) = served.get("/_wxcheck/clock").await;
    assert_eq!(clock["runs"], false);
}

#[tokio::test]
async fn mistakes_are_reported_with_the_field_and_the_fix() {
    let served = Served::new().await;
    for (method, path, form, status, word) in [
        (
            Method::POST,
            "/_wxcheck/clock/advance",
            json!({"by": "soon"}),
            400,
            "by `soon`",
        ),
        (
            Method::POST,
            "/_wxcheck/clock/advance",
            json!({"by": "1h", "too": 1}),
            422,
            "too",
        ),
        (
            Method::POST,
            "/_wxcheck/clock/advance",
            json!({"by": "99999d"}),
            400,
            "hundred years",
        ),
        (
            Method::POST,
            "/_wxcheck/faults",
            json!({"endpoint": "/x", "fault": "reset"}),
            400,
            "/x",
        ),
        (
            Method::POST,
            "/_wxcheck/faults",
            json!({"endpoint": "*", "fault": "rset"}),
            422,
            "rset",
        ),
        (
            Method::PUT,
            "/_wxcheck/apps/wx-1",
            json!({}),
            400,
            "appid `wx-1`",
        ),
        (
            Method::PUT,
            "/_wxcheck/apps/wx1",
            json!({"secrt": "x"}),
            422,
            "secrt",
        ),
        (
            Method::PUT,
            "/_wxcheck/apps/wx1",
            json!({"callback": {"url": "ftp://x", "token": "t"}}),
            400,
            "callback.url",
        ),
        (
            Method::PUT,
            "/_wxcheck/apps/wx1",
            json!({"callback": {"url": "http://x", "token": "t", "mode": "safe"}}),
            400,
            "callback.aes_key",
        ),
        (
            Method::POST,
            "/_wxcheck/apps/wx9/users/o/acts",
            json!({"act": "log-in"}),
            404,
            "wx9",
        ),
        (Method::POST, "/_wxcheck/apps", json!({}), 405, "method"),
        (
            Method::GET,
            "/_wxcheck/nothing",
            json!({}),
            404,
            "openapi.json",
        ),
    ] {
        let (found, told) = served.json(method, path, Some(form)).await;
        assert_eq!(found, status, "{path}: {told}");
        let error = told["error"].as_str().unwrap_or_default();
        assert!(error.contains(word), "{path}: {told}");
    }
}

#[tokio::test]
async fn a_control_token_is_asked_for_where_one_is_set_and_nowhere_else() {
    let guarded = ServeOptions {
        control_token: Some("Nk5Gd8Ws2Fx9".into()),
        ..options()
    };
    let served = Served::with_journal(100, guarded).await;
    let (status, told) = served.get("/_wxcheck/state").await;
    assert_eq!(status, 401);
    assert!(told["error"].as_str().unwrap().contains("Bearer"));
    let host = served.server.address().to_string();
    let shown = |token: &str| {
        format!(
            "GET /_wxcheck/state HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        )
    };
    for (token, status) in [
        ("Nk5Gd8Ws2Fx9", "200"),
        ("Nk5Gd8Ws2Fx8", "401"),
        ("", "401"),
    ] {
        let answer = crate::serve_faults::by_hand(&host, &shown(token)).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{answer}"
        );
    }
    assert_eq!(served.get("/cgi-bin/token").await.1["errcode"], 41002);
}

#[tokio::test]
async fn an_address_that_others_reach_needs_a_control_token() {
    let hub = std::sync::Arc::clone(Served::new().await.server.hub());
    let open = ApiServer::start("0.0.0.0:0".parse().unwrap(), hub, options()).await;
    assert!(matches!(open, Err(ServeError::Open(_))));
}

#[tokio::test]
async fn no_view_shows_a_secret() {
    let served = Served::new().await;
    let _callback = callback(&served, "xml").await;
    let send = served.send_path().await;
    served.post(&send, text()).await;
    let access_token = send.split_once('=').unwrap().1.to_owned();
    for path in ["/_wxcheck/state", "/_wxcheck/apps", "/_wxcheck/journal"] {
        let (_, text) = served.ask(Method::GET, path, None).await.unwrap();
        for secret in [SECRET, TOKEN, &access_token] {
            assert!(!text.contains(secret), "{path}: {text}");
        }
    }
}

#[tokio::test]
async fn every_operation_of_the_document_is_there() {
    let served = Served::new().await;
    let (_, document) = served.get("/_wxcheck/openapi.json").await;
    for (path, operations) in document["paths"].as_object().unwrap() {
        // A stream has no end; another test hears it.
        if path == "/_wxcheck/events" {
            continue;
        }
        // No name or number of anything that is there, so that nothing is changed.
        let path: String = path
            .split('/')
            .map(|part| if part.starts_with('{') { "0" } else { part })
            .collect::<Vec<_>>()
            .join("/");
        for method in operations.as_object().unwrap().keys() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let (status, told) = served.ask(method.clone(), &path, None).await.unwrap();
            assert!(
                status != 405 && !told.contains("no such path"),
                "{method} {path}: {status} {told}"
            );
        }
    }
}

#[tokio::test]
async fn the_openapi_document_is_as_reviewed() {
    let served = Served::new().await;
    let (_, document) = served.get("/_wxcheck/openapi.json").await;
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../snapshots/api");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    // Refreshed with `cargo insta review`, or INSTA_UPDATE=always.
    settings.bind(|| insta::assert_json_snapshot!("control-openapi", document));
}
