//! Phones of the served platform: what they fetch, when, and what a page reads of it.

use std::{path::Path, process::Command, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream, time::Instant};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::path};
use wxcheck_events::Kind;
use wxcheck_mock_server::{ServeOptions, cloud_function::CloudFunctions};

use crate::{
    requests::held_port,
    served::{APPID, Served, USER, options},
};

fn app(path: &str) -> String {
    format!("/_wxcheck/apps/{APPID}{path}")
}

fn phone(path: &str) -> String {
    app(&format!("/users/{USER}/devices/phone{path}"))
}

async fn data_server(answer: ResponseTemplate) -> MockServer {
    let data = MockServer::start().await;
    Mock::given(wiremock::matchers::method("GET"))
        .respond_with(answer)
        .mount(&data)
        .await;
    data
}

async fn fetching_from(served: &Served, data: &MockServer) {
    let form = json!({
        "prefetch": {"url": format!("{}/prefetch?v=1", data.uri())},
        "periodic": {"url": format!("{}/periodic", data.uri())},
    });
    let (status, view) = served
        .json(Method::PUT, &app("/fetch-setting"), Some(form))
        .await;
    assert_eq!(
        (status, &view["prefetch"]["open"]),
        (200, &json!(true)),
        "{view}"
    );
}

async fn advance(served: &Served, by: &str) -> Value {
    let form = json!({"by": by, "wait": true});
    let (status, told) = served.post("/_wxcheck/clock/advance", form).await;
    assert_eq!((status, &told["settled"]), (200, &json!(true)), "{told}");
    told
}

async fn read(served: &Served, fetch_type: &str) -> Value {
    let place = phone(&format!("/background-fetch-data?fetchType={fetch_type}"));
    let (status, read) = served.get(&place).await;
    assert_eq!(status, 200, "{read}");
    read
}

async fn asked(data: &MockServer) -> Vec<Vec<(String, String)>> {
    let requests = data.received_requests().await.unwrap();
    let pairs = |request: &Request| request.url.query_pairs().into_owned().collect();
    requests.iter().map(pairs).collect()
}

fn names(pairs: &[(String, String)]) -> Vec<&str> {
    pairs.iter().map(|(name, _)| name.as_str()).collect()
}

#[tokio::test]
async fn a_cold_start_prefetches_and_the_page_reads_it() {
    let served = Served::new().await;
    let data = data_server(ResponseTemplate::new(200).set_body_string("hello 你好")).await;
    fetching_from(&served, &data).await;
    let launch = json!({"path": "pages/index/index", "query": "a=1&b=+ 你", "scene": 1001});
    let (status, opened) = served.post(&phone("/open"), launch).await;
    assert_eq!(
        (status, &opened["fetches"][0]["bytes"]),
        (200, &json!(12)),
        "{opened}"
    );
    let read = read(&served, "pre").await;
    assert_eq!(read["errMsg"], "getBackgroundFetchData:ok");
    assert_eq!(read["fetchedData"], "hello 你好");
    assert_eq!(
        (&read["path"], &read["query"], &read["scene"]),
        (
            &json!("pages/index/index"),
            &json!("a=1&b=+ 你"),
            &json!(1001)
        )
    );
    assert!(read["timeStamp"].is_u64());
    let asked = asked(&data).await;
    assert_eq!(
        names(&asked[0]),
        ["v", "appid", "code", "timestamp", "path", "query", "scene"]
    );
    assert_eq!(asked[0][5].1, "a=1&b=+ 你");
}

#[tokio::test]
async fn a_fetch_ends_though_whoever_asked_for_it_went_away() {
    let served = Served::new().await;
    let slow = ResponseTemplate::new(200)
        .set_body_string("data")
        .set_delay(Duration::from_millis(500));
    let data = data_server(slow).await;
    fetching_from(&served, &data).await;
    let address = served.server.address();
    let request = format!(
        "POST {} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}",
        phone("/open")
    );
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(request.as_bytes()).await.unwrap();
    let journal = served.server.hub().journal();
    let deadline = Instant::now() + Duration::from_secs(10);
    let is_sent = |kind: &Kind| matches!(kind, Kind::Sent { .. });
    assert!(journal.wait(0, deadline, is_sent).await.is_some());
    drop(client);
    while read(&served, "pre").await["fetchedData"] != "data" {
        assert!(Instant::now() < deadline, "it never ends");
    }
}

#[tokio::test]
async fn a_token_goes_out_with_the_next_fetch_in_place_of_a_code() {
    let served = Served::new().await;
    let data = data_server(ResponseTemplate::new(200)).await;
    fetching_from(&served, &data).await;
    let place = phone("/background-fetch-token");
    let set = served
        .json(Method::PUT, &place, Some(json!({"token": "t+1="})))
        .await;
    assert_eq!(set.0, 200);
    let (_, told) = served.get(&place).await;
    assert_eq!(
        told,
        json!({"errMsg": "getBackgroundFetchToken:ok", "token": "t+1="})
    );
    served
        .act(json!({"act": "open", "device": "phone", "path": "p"}))
        .await;
    advance(&served, "1s").await;
    let asked = asked(&data).await;
    assert_eq!(
        names(&asked[0]),
        ["v", "appid", "token", "timestamp", "path"]
    );
    assert_eq!(asked[0][2].1, "t+1=");
    let other = app(&format!("/users/{USER}/devices/tablet"));
    assert_eq!(served.json(Method::PUT, &other, None).await.0, 200);
    let (_, told) = served.get(&format!("{other}/background-fetch-token")).await;
    assert!(
        told["errMsg"]
            .as_str()
            .unwrap()
            .starts_with("getBackgroundFetchToken:fail")
    );
}

#[tokio::test]
async fn twelve_hours_later_the_phone_fetches_and_what_is_too_long_leaves_the_old_data() {
    let served = Served::new().await;
    let data = MockServer::start().await;
    let answers = |template: ResponseTemplate| {
        Mock::given(path("/periodic"))
            .respond_with(template)
            .up_to_n_times(1)
    };
    answers(ResponseTemplate::new(200).set_body_string("first"))
        .mount(&data)
        .await;
    answers(ResponseTemplate::new(200).set_body_string("x".repeat(262_145)))
        .mount(&data)
        .await;
    answers(ResponseTemplate::new(200).set_body_string("third"))
        .mount(&data)
        .await;
    fetching_from(&served, &data).await;
    served.post(&phone("/open"), json!({})).await;
    assert_eq!(
        read(&served, "periodic").await["errMsg"],
        "getBackgroundFetchData:fail token not set, maybe you should setBackgroundFetchToken first"
    );
    advance(&served, "11h59m").await;
    assert!(read(&served, "periodic").await["fetchedData"].is_null());
    advance(&served, "1m").await;
    let first = read(&served, "periodic").await;
    assert_eq!(first["fetchedData"], "first");
    advance(&served, "12h").await;
    assert_eq!(read(&served, "periodic").await, first, "the old data stay");
    let (_, view) = served.get(&phone("")).await;
    let failure = view["periodic"]["failure"].as_str().unwrap();
    assert!(failure.contains("262145 bytes"), "{failure}");
    // Twelve hours count from the last success: a failed update is tried again before.
    advance(&served, "1h").await;
    assert_eq!(read(&served, "periodic").await["fetchedData"], "third");
}

#[tokio::test]
async fn what_is_not_switched_on_is_not_fetched_and_not_read() {
    let served = Served::new().await;
    let (_, opened) = served.post(&phone("/open"), json!({})).await;
    assert_eq!(opened, json!({"fetches": []}));
    assert_eq!(
        read(&served, "pre").await,
        json!({"errMsg": "getBackgroundFetchData:fail -10007 no permission"})
    );
    let place = app("/fetch-setting");
    for (form, complaint) in [
        (json!({"prefetch": {}}), "prefetch: url: it is switched on"),
        (
            json!({"prefetch": {"url": "nowhere"}}),
            "`nowhere` is not a URL",
        ),
        (
            json!({"periodic": {"url": "http://127.0.0.1/", "function": "f"}}),
            "give one of them",
        ),
        (
            json!({"periodic": {"url": "http://127.0.0.1/", "grey": {"url": "http://[::1]/", "percent": 101}}}),
            "percent 101",
        ),
    ] {
        let (status, told) = served.json(Method::PUT, &place, Some(form)).await;
        let error = told["error"].as_str().unwrap();
        assert!(status == 400 && error.contains(complaint), "{error}");
    }
}

#[tokio::test]
async fn what_the_server_sets_through_the_api_is_what_phones_obey() {
    let served = Served::new().await;
    let data = data_server(ResponseTemplate::new(200).set_body_string("set by the server")).await;
    let token = served.send_path().await;
    let (_, token) = token.split_once("access_token=").unwrap();
    let place = format!("/wxa/fetchdatasetting?access_token={token}");
    // The API takes http for this machine alone.
    let url = format!("http://127.0.0.1:{}/p", data.address().port());
    let set = |open: bool| {
        json!({
            "action": "set_pre_fetch",
            "is_pre_fetch_open": open,
            "pre_fetch_type": 0,
            "pre_fetch_url": url,
        })
    };
    assert_eq!(served.post(&place, set(true)).await.1["errcode"], 0);
    served.post(&phone("/open"), json!({})).await;
    assert_eq!(
        read(&served, "pre").await["fetchedData"],
        "set by the server"
    );
    assert_eq!(served.post(&place, set(false)).await.1["errcode"], 0);
    let (_, opened) = served.post(&phone("/open"), json!({})).await;
    assert_eq!(opened, json!({"fetches": []}));
    assert_eq!(asked(&data).await.len(), 1);
}

#[tokio::test]
async fn a_grey_release_is_for_its_part_of_the_users_and_for_trial_phones() {
    let served = Served::new().await;
    let (main, second) = (
        data_server(ResponseTemplate::new(200).set_body_string("main")).await,
        data_server(ResponseTemplate::new(200).set_body_string("second")).await,
    );
    let grey = |percent: u8| {
        json!({"prefetch": {
            "url": main.uri(),
            "grey": {"url": second.uri(), "percent": percent},
        }})
    };
    let place = app("/fetch-setting");
    assert_eq!(served.json(Method::PUT, &place, Some(grey(0))).await.0, 200);
    served.post(&phone("/open"), json!({})).await;
    assert_eq!(read(&served, "pre").await["fetchedData"], "main");
    served
        .json(Method::PUT, &phone(""), Some(json!({"trial": true})))
        .await;
    served.post(&phone("/open"), json!({})).await;
    assert_eq!(read(&served, "pre").await["fetchedData"], "second");
    assert_eq!(
        served.json(Method::PUT, &place, Some(grey(50))).await.0,
        200
    );
    let (status, told) = served.json(Method::PUT, &place, Some(grey(20))).await;
    assert!(
        status == 400 && told["error"].as_str().unwrap().contains("cannot go back"),
        "{told}"
    );
}

#[tokio::test]
async fn finclip_fetches_both_on_opening_in_its_own_words() {
    let served = Served::new().await;
    let data = data_server(ResponseTemplate::new(200).set_body_string("{}")).await;
    fetching_from(&served, &data).await;
    let dialect = json!({"dialect": "finclip"});
    let place = app("/fetch-setting");
    let (_, view) = served.json(Method::PUT, &place, Some(dialect)).await;
    assert_eq!(view["timestamp"], "milliseconds");
    let (_, opened) = served.post(&phone("/open"), json!({"scene": 1})).await;
    assert_eq!(opened["fetches"].as_array().unwrap().len(), 2);
    let asked = asked(&data).await;
    assert_eq!(
        names(&asked[0]),
        ["v", "appId", "code", "timeStamp", "scene"]
    );
    assert_eq!(names(&asked[1]), ["appId", "timeStamp", "scene"]);
    assert_eq!(asked[1][1].1.len(), 13);
}

#[tokio::test]
async fn a_cloud_function_is_called_with_what_the_get_would_say() {
    if Command::new("node").arg("--version").output().is_err() {
        eprintln!("skipped: node is not installed");
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/functions/prefetch");
    let function = format!("prefetch={}", folder.display());
    let served = Served::with_journal(
        100,
        ServeOptions {
            functions: CloudFunctions::new([function.parse().unwrap()]),
            ..options()
        },
    )
    .await;
    let place = app("/fetch-setting");
    let form = json!({"prefetch": {"function": "prefetch"}});
    assert_eq!(served.json(Method::PUT, &place, Some(form)).await.0, 200);
    let (_, opened) = served
        .post(&phone("/open"), json!({"path": "pages/a"}))
        .await;
    assert_eq!(opened["fetches"][0]["failure"], Value::Null, "{opened}");
    let event = read(&served, "pre").await;
    let event: Value = serde_json::from_str(event["fetchedData"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&event["appid"], &event["path"]),
        (&json!(APPID), &json!("pages/a"))
    );
    assert_eq!(event["userinfo"], json!({"openid": USER}));
    assert_eq!(event["code"], Value::Null);
    served.post(&phone("/open"), json!({"path": "throw"})).await;
    let (_, view) = served.get(&phone("")).await;
    let failure = view["prefetch"]["failure"].as_str().unwrap();
    assert!(failure.contains("failed: thrown on purpose"), "{failure}");
}

#[tokio::test]
async fn part_of_a_fleet_fetches_and_the_answer_counts_it() {
    let served = Served::new().await;
    let data = data_server(ResponseTemplate::new(200).set_body_string("{}")).await;
    fetching_from(&served, &data).await;
    let place = app("/fleet");
    let form = json!({"phones": 2000, "token": "t-{n}", "arrival": "herd"});
    let (status, view) = served.post(&place, form).await;
    assert_eq!((status, &view["due"]), (200, &json!(0)), "{view}");
    let by = |by: &str, send: u64| json!({"by": by, "fleet": {"appid": APPID, "send": send, "per_second": 5000}});
    let (status, told) = served.post("/_wxcheck/clock/advance", by("12h", 50)).await;
    let fleet = &told["fleet"];
    assert_eq!(status, 200, "{told}");
    assert_eq!(
        (&fleet["due"], &fleet["sent"], &fleet["cached"]),
        (&json!(2000), &json!(50), &json!(50)),
        "{told}"
    );
    assert!(fleet["latency"]["p99"].as_f64().unwrap() > 0.0, "{told}");
    let tokens: std::collections::BTreeSet<String> = asked(&data)
        .await
        .iter()
        .map(|pairs| pairs[1].1.clone())
        .collect();
    assert_eq!(tokens.len(), 50, "each of a user of its own");
    // Over five turns the same phones come again; no more than asked for are sent.
    let (_, told) = served.post("/_wxcheck/clock/advance", by("60h", 7)).await;
    assert_eq!(
        (&told["fleet"]["sent"], &told["fleet"]["due"]),
        (&json!(7), &json!(10_000)),
        "{told}"
    );
    // Where nobody listens: what could not be had is told, by reason.
    let (_held, closed) = held_port();
    let nowhere = json!({"periodic": {"url": format!("http://{closed}/")}});
    let set = served
        .json(Method::PUT, &app("/fetch-setting"), Some(nowhere))
        .await;
    assert_eq!(set.0, 200);
    let (_, told) = served.post("/_wxcheck/clock/advance", by("12h", 3)).await;
    let refused = "the connection was refused; nothing listens on that port";
    assert_eq!(told["fleet"]["unanswered"][refused], 3, "{told}");
    let (status, told) = served
        .post(
            "/_wxcheck/clock/advance",
            json!({"by": "1s", "fleet": {"appid": APPID, "send": 1_000_000, "per_second": 1}}),
        )
        .await;
    assert!(
        status == 400 && told["error"].as_str().unwrap().contains("send fewer"),
        "{told}"
    );
    assert_eq!(served.json(Method::DELETE, &place, None).await.0, 200);
    assert_eq!(served.get(&place).await.0, 404);
}

/// The number of phones of the fleet that are kept up to date, and of those that are due.
async fn awake_and_due(served: &Served) -> (Value, Value) {
    let (_, view) = served.get(&app("/fleet")).await;
    (view["awake"].clone(), view["due"].clone())
}

/// Gives the app a fleet of three; the advance by which all of them fetch.
async fn fleet_of_three(served: &Served) -> Value {
    let slow = ResponseTemplate::new(200)
        .set_body_string("{}")
        // Within this time a snapshot has to be taken.
        .set_delay(Duration::from_secs(2));
    // It stays: a server of wiremock ends when it is dropped.
    let data = Box::leak(Box::new(data_server(slow).await));
    fetching_from(served, data).await;
    let form = json!({"phones": 3, "token": "t-{n}", "arrival": "herd"});
    assert_eq!(served.post(&app("/fleet"), form).await.0, 200);
    json!({"by": "12h", "fleet": {"appid": APPID, "send": 3}})
}

async fn until_awake(served: &Served, awake: u64) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while awake_and_due(served).await.0 != awake {
        assert!(Instant::now() < deadline, "{awake} are never awake");
    }
}

#[tokio::test]
async fn phones_of_a_fleet_that_were_under_way_in_a_snapshot_fetch_again_after_it() {
    let served = Served::new().await;
    let advance = fleet_of_three(&served).await;
    let advanced = served.post("/_wxcheck/clock/advance", advance);
    let snapshot = async {
        until_awake(&served, 0).await;
        served.post("/_wxcheck/snapshots", json!({})).await.1["id"].clone()
    };
    let ((_, told), id) = tokio::join!(advanced, snapshot);
    assert_eq!(told["fleet"]["cached"], 3, "{told}");
    assert_eq!(awake_and_due(&served).await, (json!(3), json!(0)));
    let path = format!("/_wxcheck/snapshots/{id}");
    assert_eq!(served.post(&path, json!({})).await.0, 200);
    assert_eq!(awake_and_due(&served).await, (json!(3), json!(3)));
}

#[tokio::test]
async fn phones_of_a_fleet_come_back_though_whoever_let_them_fetch_went_away() {
    let served = Served::new().await;
    let advance = fleet_of_three(&served).await.to_string();
    let address = served.server.address();
    let length = advance.len();
    let request = format!(
        "POST /_wxcheck/clock/advance HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{advance}"
    );
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(request.as_bytes()).await.unwrap();
    until_awake(&served, 0).await;
    drop(client);
    until_awake(&served, 3).await;
}
