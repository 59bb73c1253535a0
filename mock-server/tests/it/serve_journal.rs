//! The journal of a standing platform: records with both bodies, its search, its stream, and pushes that are sent again.

use std::{net::TcpListener, sync::Arc, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};
use wxcheck_events::Remark;
use wxcheck_mock_server::{Judge, Judged, Outcome, ServeOptions};

use crate::{
    requests::held_port,
    served::{APPID, SECRET, Served, USER, options, text},
};

const TOKEN: &str = "Zq7Xw2Vn9Kt4Rb6";
const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

pub(crate) fn app(path: &str) -> String {
    format!("/_wxcheck/apps/{APPID}{path}")
}

fn acts() -> String {
    app(&format!("/users/{USER}/acts?wait=true"))
}

/// A server that answers everything so, registered for the app in that mode.
pub(crate) async fn callback(served: &Served, answer: ResponseTemplate, mode: &str) -> MockServer {
    let callback = MockServer::start().await;
    Mock::given(any())
        .respond_with(answer)
        .mount(&callback)
        .await;
    register(served, &callback.uri(), mode).await;
    callback
}

async fn register(served: &Served, url: &str, mode: &str) {
    let form = json!({
        "secret": SECRET,
        "callback": {
            "url": format!("{url}/wechat?id=7"),
            "token": TOKEN,
            "aes_key": KEY,
            "mode": mode,
            "verify": false,
        },
    });
    let (status, view) = served.json(Method::PUT, &app(""), Some(form)).await;
    assert_eq!(status, 200, "{view}");
}

pub(crate) fn success() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_string("success")
}

pub(crate) async fn write(served: &Served, content: &str) -> Value {
    let act = json!({"act": "send-text", "content": content});
    let (status, yielded) = served.post(&acts(), act).await;
    assert_eq!(status, 200, "{yielded}");
    yielded
}

#[tokio::test]
async fn a_sealed_push_is_opened_and_its_signature_worked_out_without_a_secret() {
    let served = Served::standing(options()).await;
    let _callback = callback(&served, success(), "safe").await;
    let yielded = write(&served, "你好").await;
    assert_eq!(yielded["outcome"], "acknowledged", "{yielded}");
    let number = yielded["number"].as_u64().unwrap();
    let path = format!("/_wxcheck/journal/{number}");
    let (status, record) = served.get(&path).await;
    assert_eq!((status, &record), (200, &yielded["record"]));
    assert_eq!(record["what"]["name"], "text");
    assert_eq!(record["what"]["from"], USER);
    assert_eq!(
        (&record["mode"], &record["says"]),
        (&json!("safe"), &json!("你好"))
    );
    let request = &record["request"];
    assert!(
        request["body"]["text"]
            .as_str()
            .unwrap()
            .contains("<Encrypt>")
    );
    let opened = request["opened"]["text"].as_str().unwrap();
    assert!(
        opened.contains("<Content><![CDATA[你好]]></Content>"),
        "{opened}"
    );
    let signature = &record["signature"];
    assert_eq!(signature["name"], "msg_signature");
    let names: Vec<&str> = signature["steps"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|step| step["name"].as_str())
        .collect();
    assert_eq!(names, ["sort", "join", "sha1"]);
    assert!(
        signature["steps"][0]["text"]
            .as_str()
            .unwrap()
            .contains("***")
    );
    let delivery = &record["deliveries"][0];
    assert_eq!(
        (&delivery["status"], &delivery["body"]["text"]),
        (&json!(200), &json!("success"))
    );
    // Any record of it leads to the whole.
    let answer = delivery["number"].as_u64().unwrap();
    let (_, same) = served.get(&format!("/_wxcheck/journal/{answer}")).await;
    assert_eq!(same, record);
    assert!(
        record["curl"].as_str().unwrap().contains("$WXCHECK_TOKEN"),
        "{record}"
    );
    let text = record.to_string();
    for secret in [TOKEN, KEY, SECRET] {
        assert!(!text.contains(secret), "{text}");
    }
    let (status, error) = served.get("/_wxcheck/journal/999999").await;
    assert_eq!(status, 404);
    assert!(
        error["error"]
            .as_str()
            .unwrap()
            .contains("GET /_wxcheck/journal"),
        "{error}"
    );
}

/// A judge to whom only `success` is an answer.
#[derive(Debug)]
struct Strict;

impl Judge for Strict {
    fn judge(&self, judged: &Judged<'_>) -> Vec<Remark> {
        match judged.outcome {
            Outcome::Answered(answer) if answer.body == b"success" => Vec::new(),
            _ => vec![Remark {
                rule: "reply/acknowledges".to_owned(),
                level: "must".to_owned(),
                finding: "it is no acknowledgement".to_owned(),
            }],
        }
    }
}

#[tokio::test]
async fn an_answer_that_wechat_does_not_take_is_refused_and_the_user_sees_it() {
    let served = Served::standing(ServeOptions {
        judge: Some(Arc::new(Strict)),
        ..options()
    })
    .await;
    let fail = ResponseTemplate::new(200).set_body_string("fail");
    let _callback = callback(&served, fail, "plain").await;
    let yielded = write(&served, "hi").await;
    assert_eq!(yielded["outcome"], "refused", "{yielded}");
    assert!(yielded["user_sees"].is_string(), "{yielded}");
    let deliveries = yielded["record"]["deliveries"].as_array().unwrap();
    assert_eq!(deliveries.len(), 1, "a body leads to no redelivery");
    let (_, told) = served.post(&app("/push"), json!({"name": "text"})).await;
    assert_eq!(told["outcome"], "refused", "{told}");
    assert_eq!(told["verdicts"][0]["level"], "must", "{told}");
}

#[tokio::test]
async fn pushes_arrive_in_another_order_as_new_messages() {
    let served = Served::standing(options()).await;
    let callback = callback(&served, success(), "plain").await;
    let first = write(&served, "one").await["number"].clone();
    let second = write(&served, "two").await["number"].clone();
    let place = "/_wxcheck/journal/reorder";
    let (status, told) = served
        .post(place, json!({"numbers": [second, first]}))
        .await;
    assert_eq!(status, 200, "{told}");
    assert_eq!(told["pushes"].as_array().unwrap().len(), 2, "{told}");
    let bodies: Vec<String> = callback
        .received_requests()
        .await
        .unwrap()
        .iter()
        .map(|request| String::from_utf8_lossy(&request.body).into_owned())
        .collect();
    let id = |body: &str| {
        let (_, behind) = body.split_once("<MsgId>").unwrap();
        behind.split_once('<').unwrap().0.parse::<u64>().unwrap()
    };
    assert!(
        bodies[2].contains("two") && bodies[3].contains("one"),
        "{bodies:?}"
    );
    // What arrives first was written last.
    assert!(id(&bodies[2]) > id(&bodies[3]), "{bodies:?}");
    assert!(id(&bodies[3]) > id(&bodies[1]), "{bodies:?}");
    let (status, _) = served.post(place, json!({"numbers": [first, first]})).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn a_push_that_was_not_sent_can_be_read() {
    let served = Served::standing(options()).await;
    let yielded = write(&served, "to nobody").await;
    let path = format!("/_wxcheck/journal/{}", yielded["number"]);
    let (_, record) = served.get(&path).await;
    assert_eq!(record["outcome"], "no-callback", "{record}");
    let opened = record["request"]["opened"]["text"].as_str().unwrap();
    assert!(opened.contains("to nobody"), "{record}");
}

#[tokio::test]
async fn a_push_that_is_given_up_has_its_deliveries_together_and_the_user_sees_it() {
    let served = Served::standing(options()).await;
    let _callback = callback(&served, ResponseTemplate::new(500), "plain").await;
    let yielded = write(&served, "hi").await;
    assert_eq!(yielded["outcome"], "given-up");
    let deliveries = yielded["record"]["deliveries"].as_array().unwrap();
    let retries: Vec<u64> = deliveries
        .iter()
        .filter_map(|one| one["retry"].as_u64())
        .collect();
    assert_eq!(retries, [0, 1, 2, 3]);
    let (_, chat) = served.get(&app(&format!("/users/{USER}/chat"))).await;
    let items = chat["items"].as_array().unwrap();
    assert_eq!(
        (&items[0]["from"], &items[0]["text"]),
        (&json!("user"), &json!("hi"))
    );
    assert_eq!(
        (&items[1]["from"], &items[1]["type"]),
        (&json!("system"), &json!("notice"))
    );
    assert_eq!(items.len(), 2, "{chat}");
}

#[tokio::test]
async fn a_call_has_its_answer_and_the_chat_what_it_sent() {
    let served = Served::standing(options()).await;
    let reply = format!(
        "<xml><ToUserName>{USER}</ToUserName><FromUserName>gh</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><Content>passive</Content></xml>"
    );
    let answer = ResponseTemplate::new(200).set_body_string(reply);
    let _callback = callback(&served, answer, "plain").await;
    write(&served, "hi").await;
    let send = served.send_path().await;
    served.post(&send, text()).await;
    let stranger = json!({"touser": "oNobody", "msgtype": "text", "text": {"content": "x"}});
    served.post(&send, stranger).await;
    let (_, found) = served.get("/_wxcheck/journal/search?q=CUSTOM/SEND").await;
    let records = found["records"].as_array().unwrap();
    assert_eq!((records.len(), &found["more"]), (2, &json!(false)));
    let number = records[0]["number"].as_u64().unwrap();
    let (_, refused) = served.get(&format!("/_wxcheck/journal/{number}")).await;
    assert_eq!(refused["errcode"], 40003);
    assert!(
        refused["errmsg"]
            .as_str()
            .unwrap()
            .starts_with("invalid openid"),
        "{refused}"
    );
    assert_eq!(refused["query"], "access_token=***");
    let (_, found) = served
        .get("/_wxcheck/journal/search?q=/cgi-bin/token")
        .await;
    let number = found["records"][0]["number"].as_u64().unwrap();
    let (_, token) = served.get(&format!("/_wxcheck/journal/{number}")).await;
    assert_eq!(
        token["answer"]["text"],
        r#"{"access_token":"***","expires_in":7200}"#
    );
    let (_, chat) = served.get(&app(&format!("/users/{USER}/chat"))).await;
    let told: Vec<(&str, &str)> = chat["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            (
                item["from"].as_str().unwrap(),
                item["text"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [("user", "hi"), ("server", "passive"), ("server", "你好")]
    );
}

#[tokio::test]
async fn a_push_is_sent_again_as_it_was_duplicated_and_altered() {
    let served = Served::standing(options()).await;
    let callback = callback(&served, success(), "plain").await;
    let number = write(&served, "first").await["number"].as_u64().unwrap();
    let again = |act: &str| format!("/_wxcheck/journal/{number}/{act}");
    let (status, resent) = served.post(&again("resend"), json!({})).await;
    assert_eq!(
        (status, &resent["outcome"]),
        (200, &json!("acknowledged")),
        "{resent}"
    );
    assert!(resent["number"].as_u64().unwrap() > number);
    let together = json!({"times": 3, "together": true});
    let (_, duplicated) = served.post(&again("duplicate"), together).await;
    assert_eq!(
        duplicated["pushes"].as_array().unwrap().len(),
        3,
        "{duplicated}"
    );
    let altered = json!({"set": {"Content": "second"}, "unset": ["MsgId"], "format": "json"});
    let (status, sent) = served.post(&again("resend-altered"), altered).await;
    assert_eq!(status, 200, "{sent}");
    let requests = callback.received_requests().await.unwrap();
    let bodies: Vec<String> = requests
        .iter()
        .map(|request| String::from_utf8(request.body.clone()).unwrap())
        .collect();
    assert_eq!(bodies.len(), 6);
    assert!(
        bodies[..5].iter().all(|body| *body == bodies[0]),
        "the same message"
    );
    let nonces: std::collections::BTreeSet<&str> = requests
        .iter()
        .filter_map(|request| request.url.query())
        .collect();
    assert_eq!(nonces.len(), 6, "each is signed anew");
    let message: Value = serde_json::from_str(&bodies[5]).unwrap();
    assert_eq!(message["Content"], "second");
    assert_eq!(message.get("MsgId"), None);
    let (status, error) = served
        .post("/_wxcheck/journal/999999/resend", json!({}))
        .await;
    assert_eq!(status, 404, "{error}");
    let (status, _) = served
        .post(&again("duplicate"), json!({"times": 101}))
        .await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn a_push_that_is_found_has_its_outcome_and_what_followed() {
    let served = Served::standing(options()).await;
    let _callback = callback(&served, success(), "plain").await;
    write(&served, "lost").await;
    let (_, found) = served.get("/_wxcheck/journal/search?q=lost").await;
    let record = &found["records"][0];
    assert_eq!(record["outcome"], "acknowledged", "{record}");
    let followed: Vec<&Value> = record["followed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|each| &each["kind"])
        .collect();
    assert_eq!(followed, ["answered", "push-outcome"]);
    served.send_path().await;
    let (_, found) = served
        .get("/_wxcheck/journal/search?q=/cgi-bin/token")
        .await;
    assert_eq!(found["records"][0].get("outcome"), None);
}

#[tokio::test]
async fn the_stream_tells_that_the_platform_changed() {
    let served = Served::standing(options()).await;
    let mut events = served.events("/_wxcheck/events").await;
    served.post("/_wxcheck/reset", json!({})).await;
    let mut heard = String::new();
    while !heard.contains("\n\n") {
        heard.push_str(std::str::from_utf8(&events.chunk().await.unwrap().unwrap()).unwrap());
    }
    assert_eq!(heard, "event: state\ndata: {}\n\n");
    // A push stands in the journal, and what is refused changes nothing.
    served.post("/_wxcheck/snapshots/9", json!({})).await;
    let _callback = callback(&served, success(), "plain").await;
    heard.clear();
    while !heard.contains("\n\n") {
        heard.push_str(std::str::from_utf8(&events.chunk().await.unwrap().unwrap()).unwrap());
    }
    assert_eq!(
        heard, "event: state\ndata: {}\n\n",
        "the app was registered"
    );
    served.post(&app("/push"), json!({"name": "text"})).await;
    heard.clear();
    while !heard.contains("push-outcome") {
        heard.push_str(std::str::from_utf8(&events.chunk().await.unwrap().unwrap()).unwrap());
    }
    assert!(!heard.contains("event: state"), "{heard}");
}

#[tokio::test]
async fn the_stream_goes_on_where_a_reader_was_cut_off_and_ends_with_the_platform() {
    let served = Served::standing(options()).await;
    let _callback = callback(&served, success(), "plain").await;
    let number = write(&served, "past").await["number"].as_u64().unwrap();
    let mut events = served
        .events(&format!("/_wxcheck/events?since={number}"))
        .await;
    let kind = events.headers()["content-type"].to_str().unwrap();
    assert!(kind.starts_with("text/event-stream"), "{kind}");
    let mut heard = String::new();
    while !heard.contains("push-outcome") {
        heard.push_str(std::str::from_utf8(&events.chunk().await.unwrap().unwrap()).unwrap());
    }
    assert!(heard.contains(&format!("id: {number}\n")), "{heard}");
    assert!(heard.contains("event: record\n"), "{heard}");
    write(&served, "present").await;
    while !heard.contains("present") {
        heard.push_str(std::str::from_utf8(&events.chunk().await.unwrap().unwrap()).unwrap());
    }
    let drained = served.server.drain(Duration::from_secs(30));
    let (drained, ()) = tokio::join!(drained, async {
        while events.chunk().await.unwrap_or_default().is_some() {}
    });
    assert!(drained, "the stream holds nothing up");
}

#[tokio::test]
async fn health_is_told_to_anybody_and_figures_to_those_with_the_token() {
    let guarded = ServeOptions {
        control_token: Some("s3cret-control".into()),
        ..options()
    };
    let served = Served::standing(guarded).await;
    let (status, health) = served.get("/_wxcheck/health").await;
    assert_eq!((status, &health["status"]), (200, &json!("ok")));
    assert_eq!(health["store"]["kind"], "memory");
    let (_, later) = served.get("/_wxcheck/health").await;
    assert_eq!(health["started"], later["started"], "it is one process");
    let (status, _) = served.get("/_wxcheck/metrics").await;
    assert_eq!(status, 401);
    let open = Served::standing(options()).await;
    let _callback = callback(&open, success(), "plain").await;
    write(&open, "hi").await;
    open.send_path().await;
    let (status, figures) = open
        .ask(Method::GET, "/_wxcheck/metrics", None)
        .await
        .unwrap();
    assert_eq!(status, 200);
    for line in [
        "wxcheck_pushes_total{outcome=\"acknowledged\"} 1",
        "wxcheck_deliveries_total{status=\"200\"} 1",
        "wxcheck_answer_seconds_count 1",
        "wxcheck_calls_total{endpoint=\"/cgi-bin/token\",errcode=\"0\"} 1",
        "wxcheck_held 0",
    ] {
        assert!(figures.lines().any(|one| one == line), "{line}\n{figures}");
    }
}

#[tokio::test]
async fn pushes_to_a_server_that_is_down_are_held_and_delivered_in_order() {
    let holding = ServeOptions {
        holds_while_down: true,
        ..options()
    };
    let served = Served::standing(holding).await;
    let (held, address) = held_port();
    if cfg!(not(target_os = "linux")) {
        drop(held);
    }
    register(&served, &format!("http://{address}"), "plain").await;
    for content in ["one", "two", "three"] {
        let yielded = write(&served, content).await;
        assert_eq!(yielded["outcome"], "held", "{yielded}");
        assert_eq!(yielded.get("user_sees"), None);
    }
    let form = json!({"name": "text", "set": {"Content": "four"}});
    let (_, sent) = served.post(&app("/push"), form).await;
    assert_eq!(sent["outcome"], "held", "{sent}");
    let (_, held) = served.get("/_wxcheck/held").await;
    assert_eq!(held["held"].as_array().unwrap().len(), 4, "{held}");
    assert_eq!(held["held"][0]["push"], "text");

    let listener = TcpListener::bind(address).unwrap();
    let callback = MockServer::builder().listener(listener).start().await;
    Mock::given(any())
        .respond_with(success())
        .mount(&callback)
        .await;
    let mut since = 0;
    let mut acknowledged = 0;
    while acknowledged < 4 {
        let path = format!("/_wxcheck/journal?since={since}&wait=30000");
        let (_, page) = served.get(&path).await;
        since = page["next"].as_u64().unwrap();
        let records = page["records"].as_array().unwrap();
        assert!(!records.is_empty(), "nothing came any more");
        let is_over = |record: &&Value| record["outcome"] == "acknowledged";
        acknowledged += records.iter().filter(is_over).count();
    }
    let requests = callback.received_requests().await.unwrap();
    let told: Vec<&str> = requests
        .iter()
        .filter_map(|request| {
            let body = std::str::from_utf8(&request.body).ok()?;
            let content = body.split_once("<Content><![CDATA[")?.1;
            Some(content.split_once("]]>")?.0)
        })
        .collect();
    assert_eq!(told, ["one", "two", "three", "four"]);
    let (_, held) = served.get("/_wxcheck/held").await;
    assert_eq!(held["held"], json!([]));
}

#[tokio::test]
async fn the_catalogue_tells_the_fields_that_can_be_set() {
    let served = Served::standing(options()).await;
    let (_, entries) = served.get("/_wxcheck/pushes").await;
    let entries = entries.as_array().unwrap();
    let of = |name: &str| entries.iter().find(|entry| entry["name"] == name).unwrap();
    let names = |entry: &Value| -> Vec<String> {
        let fields = entry["fields"].as_array().unwrap().iter();
        fields
            .map(|field| field["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(names(of("text")).contains(&"Content".to_owned()));
    let popup = of("subscribe_msg_popup_event");
    let template = popup["fields"].as_array().unwrap().iter();
    let mut template = template.filter(|field| field["name"] == "TemplateId");
    assert_eq!(template.next().unwrap()["group"], "List");
}

#[tokio::test]
async fn a_seed_file_registers_what_a_test_would() {
    let guarded = ServeOptions {
        control_token: Some("s3cret-control".into()),
        ..options()
    };
    let served = Served::standing(guarded).await;
    let file = "[apps.wxseed]\nsecret = \"s\"\n\n[apps.wxseed.templates.TPL]\nkeys = [\"thing1\"]\n\n[apps.wxseed.users.oSeeded]\nrisk_rank = 2\n";
    let sown = served.server.sow(file, &[], None).await.unwrap();
    assert_eq!((sown.registered, sown.notes().len()), (3, 0));
    served.server.hub().with(|state, _| {
        let app = &state.apps["wxseed"];
        assert_eq!(app.users["oSeeded"].risk_rank, 2);
        assert!(app.templates.contains_key("TPL"));
    });
    for (file, said) in [
        ("[apps.wx1]\nsecrets = 1", "apps.wx1: body: "),
        (
            "[apps.wxseed.users.oSeeded]\nrisk_rank = 9",
            "apps.wxseed.users.oSeeded: risk_rank 9: give 0 to 4",
        ),
    ] {
        let sown = served.server.sow(file, &[], None);
        let error = sown.await.unwrap_err().to_string();
        assert!(error.starts_with(said), "{error}");
    }
}

#[tokio::test]
async fn a_seed_file_changes_nothing_that_the_store_knows_and_no_callback_that_is_given() {
    let served = Served::standing(options()).await;
    let file = "[apps.wxseed]\nsecret = \"s\"\n\n[apps.wxseed.users.oSeeded]\nrisk_rank = 2\n";
    served.server.sow(file, &[], None).await.unwrap();
    let risen = json!({"risk_rank": 4});
    let path = "/_wxcheck/apps/wxseed/users/oSeeded";
    served.json(Method::PUT, path, Some(risen)).await;
    let more = format!(
        "{file}\n[apps.wxseed.users.oNew]\nrisk_rank = 1\n\n[apps.wxnew.callback]\nurl = \"http://127.0.0.1:9/\"\ntoken = \"t\"\n"
    );
    let stored = ["wxseed".into()];
    let sown = served
        .server
        .sow(&more, &stored, Some("wxnew"))
        .await
        .unwrap();
    // The app stands there as the file has it.
    assert_eq!(sown.known, ["apps.wxseed.users.oSeeded"]);
    assert_eq!(sown.overruled.as_deref(), Some("apps.wxnew.callback"));
    assert_eq!((sown.registered, sown.notes().len()), (2, 2));
    served.server.hub().with(|state, _| {
        let users = &state.apps["wxseed"].users;
        assert_eq!(
            (users["oSeeded"].risk_rank, users["oNew"].risk_rank),
            (4, 1)
        );
        assert!(state.apps["wxnew"].settings.callback.is_none());
    });
}
