//! WeChat's acts around pushes: it verifies a URL before it is saved, and tells users when a developer is silent. And what
//! third-party platforms call.

use reqwest::Method;
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::method};

use crate::served::{APPID, SECRET, Served, USER, options, text};

const TOKEN: &str = "Zq7Xw2Vn9Kt4Rb6";

fn app(path: &str) -> String {
    format!("/_wxcheck/apps/{APPID}{path}")
}

/// A developer that echoes and acknowledges.
async fn correct() -> MockServer {
    let developer = MockServer::start().await;
    let echo = |request: &Request| {
        let mut pairs = request.url.query_pairs();
        let echostr = pairs.find(|(name, _)| name == "echostr");
        let (_, echostr) = echostr.expect("a verification has one");
        ResponseTemplate::new(200).set_body_string(echostr.into_owned())
    };
    Mock::given(method("GET"))
        .respond_with(echo)
        .mount(&developer)
        .await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200).set_body_string("success"))
        .mount(&developer)
        .await;
    developer
}

async fn answering(answer: ResponseTemplate) -> MockServer {
    let developer = MockServer::start().await;
    Mock::given(wiremock::matchers::any())
        .respond_with(answer)
        .mount(&developer)
        .await;
    developer
}

async fn save(served: &Served, url: &str, verify: Option<bool>) -> (u16, Value) {
    let mut callback = json!({"url": url, "token": TOKEN});
    if let Some(verify) = verify {
        callback["verify"] = json!(verify);
    }
    let form = json!({"secret": SECRET, "callback": callback});
    served.json(Method::PUT, &app(""), Some(form)).await
}

#[tokio::test]
async fn a_callback_url_is_verified_before_it_is_saved() {
    let served = Served::new().await;
    let developer = correct().await;
    let (status, view) = save(&served, &format!("{}/wechat?id=7", developer.uri()), None).await;
    assert_eq!(status, 200, "{view}");
    let asked = developer.received_requests().await.unwrap();
    let query = asked[0].url.query().unwrap();
    assert!(query.starts_with("id=7&signature="), "{query}");
    assert!(
        query.contains("&echostr=") && query.contains("&timestamp="),
        "{query}"
    );

    for (answer, word) in [
        (ResponseTemplate::new(403), "status 403"),
        (ResponseTemplate::new(200).set_body_string("ok"), "is `ok`"),
    ] {
        let developer = answering(answer).await;
        let (status, told) = save(&served, &developer.uri(), None).await;
        assert_eq!(status, 400, "{told}");
        let error = told["error"].as_str().unwrap();
        assert!(error.contains("callback.url: verify token fail"), "{error}");
        assert!(error.contains(word), "{error}");
        let (_, view) = served.get(&app("")).await;
        let saved = view["callback"]["url"].as_str().unwrap();
        assert!(
            !saved.starts_with(&developer.uri()),
            "refused, and saved all the same"
        );
        let (status, told) = save(&served, &developer.uri(), Some(false)).await;
        assert_eq!(status, 200, "{told}");
        let (status, _) = save(&served, "http://127.0.0.1:1/wechat?id=7", Some(false)).await;
        assert_eq!(status, 200);
    }
}

#[tokio::test]
async fn under_the_documented_policy_a_push_keeps_the_pauses_of_its_own_page() {
    // The journal has room for every step of the clock.
    let served = Served::with_journal(100_000, options()).await;
    let broken = answering(ResponseTemplate::new(500)).await;
    save(&served, &broken.uri(), Some(false)).await;
    let push = json!({"name": "xpay_complaint_notify", "retry": "documented"});
    let path = app("/push");
    let pushing = served.post(&path, push);
    // The clock stands still: nothing but this brings the next delivery about.
    let moving = async {
        let day = json!({"by": "1d"});
        loop {
            served.post("/_wxcheck/clock/advance", day.clone()).await;
        }
    };
    let told = tokio::select! {
        (_, told) = pushing => told,
        () = moving => unreachable!("it never ends"),
    };
    assert_eq!(told["deliveries"].as_array().unwrap().len(), 15, "{told}");
    let asked = broken.received_requests().await.unwrap();
    let pushes: Vec<_> = asked
        .iter()
        .filter(|request| request.method.as_str() == "POST")
        .collect();
    assert_eq!(pushes.len(), 15);
    for (retries, push) in pushes.iter().enumerate() {
        let body = String::from_utf8_lossy(&push.body);
        let counted = format!("<RetryTimes>{retries}</RetryTimes>");
        assert!(body.contains(&counted), "{counted} {body}");
    }
    assert_ne!(pushes[0].url, pushes[1].url, "each is signed anew");
}

#[tokio::test]
async fn a_user_is_told_when_a_message_is_given_up_and_not_when_an_event_is() {
    const TEXT: &str = "该小程序客服暂时无法提供服务，请稍后再试";
    let served = Served::new().await;
    let broken = answering(ResponseTemplate::new(500)).await;
    save(&served, &broken.uri(), Some(false)).await;
    let acts = app(&format!("/users/{USER}/acts?wait=true"));
    let message = json!({"act": "send-text", "content": "hi"});
    let (_, yielded) = served.post(&acts, message.clone()).await;
    assert_eq!(yielded["user_sees"], TEXT, "{yielded}");
    let event = json!({"act": "enter-session"});
    let (_, yielded) = served.post(&acts, event).await;
    assert!(yielded["user_sees"].is_null(), "{yielded}");
    let (_, log) = served.get(&app("/messages?fate=shown")).await;
    assert_eq!(
        (&log["total"], &log["messages"][0]["message"]),
        (&json!(1), &json!(TEXT))
    );
    assert_eq!(log["messages"][0]["openid"], USER);
    let push = json!({"name": "text", "from": USER, "retry": "documented"});
    let (_, told) = served.post(&app("/push"), push).await;
    assert_eq!(told["user_sees"], TEXT, "{told}");

    let developer = correct().await;
    save(&served, &developer.uri(), None).await;
    let (_, yielded) = served.post(&acts, message).await;
    assert_eq!(yielded["pushed"], "text");
    assert!(yielded["user_sees"].is_null(), "{yielded}");
}

#[tokio::test]
async fn a_refused_send_stands_in_the_log_with_its_code() {
    let served = Served::new().await;
    let user = app(&format!("/users/{USER}"));
    served.json(Method::PUT, &user, Some(json!({}))).await;
    let send = served.send_path().await;
    let (_, reply) = served.post(&send, text()).await;
    assert_eq!(reply["errcode"], 45015);
    served
        .act(json!({"act": "send-text", "content": "hi"}))
        .await;
    served.post(&send, text()).await;
    let fault = json!({"endpoint": "*", "fault": "html-page"});
    served.post("/_wxcheck/faults", fault).await;
    served.post(&send, text()).await;
    let (_, log) = served.get(&app("/messages")).await;
    let lines = log["messages"].as_array().unwrap();
    let told: Vec<_> = lines
        .iter()
        .map(|line| {
            (
                &line["fate"],
                &line["errcode"],
                &line["status"],
                &line["openid"],
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (&json!("refused"), &json!(45015), &json!(200), &json!(USER)),
            (&json!("taken"), &json!(0), &json!(200), &json!(USER)),
            (&json!("refused"), &json!(0), &json!(502), &json!(USER)),
        ]
    );
    let (_, view) = served.get(&app("")).await;
    assert_eq!(view["messages_sent"], 1);
    let (_, refused) = served.get(&app("/messages?fate=refused")).await;
    assert_eq!(refused["total"], 2);
}

#[tokio::test]
async fn a_third_party_platform_calls_for_an_app_that_authorised_it() {
    const PLATFORM: &str = "wxplatform0000001";
    let served = Served::new().await;
    let platform = format!("/_wxcheck/apps/{PLATFORM}");
    let form = json!({
        "kind": "platform", "secret": "plat",
        "domains": {"business": ["https://data.example.com"]},
    });
    let (status, told) = served.json(Method::PUT, &platform, Some(form)).await;
    assert_eq!(status, 200, "{told}");
    let component = json!({
        "component_appid": PLATFORM, "component_appsecret": "plat", "component_verify_ticket": "t",
    });
    let token_path = "/cgi-bin/component/api_component_token";
    let (_, reply) = served.post(token_path, component).await;
    let component_token = reply["component_access_token"].as_str().unwrap();

    let authorization = format!("{platform}/authorizations/{APPID}");
    let (status, _) = served
        .json(Method::PUT, &app("/authorizations/wx1"), Some(json!({})))
        .await;
    assert_eq!(status, 404);
    let own = app(&format!("/authorizations/{APPID}"));
    assert_eq!(served.json(Method::PUT, &own, Some(json!({}))).await.0, 400);
    let (_, granted) = served.json(Method::PUT, &authorization, None).await;
    let query =
        format!("/cgi-bin/component/api_query_auth?component_access_token={component_token}");
    let code =
        json!({"component_appid": PLATFORM, "authorization_code": granted["authorization_code"]});
    let (_, reply) = served.post(&query, code).await;
    let info = &reply["authorization_info"];
    assert_eq!(info["authorizer_appid"], APPID, "{reply}");
    assert_eq!(info["func_info"][0]["funcscope_category"]["id"], 18);
    let renew = query.replace("api_query_auth", "api_authorizer_token");
    let refresh = json!({
        "component_appid": PLATFORM, "authorizer_appid": APPID,
        "authorizer_refresh_token": info["authorizer_refresh_token"],
    });
    let (_, reply) = served.post(&renew, refresh).await;
    let token = reply["authorizer_access_token"].as_str().unwrap();

    let fetch = format!("/wxa/fetchdatasetting?access_token={token}");
    let set = |url: &str| json!({"action": "set_pre_fetch", "is_pre_fetch_open": true, "pre_fetch_type": 0, "pre_fetch_url": url});
    let (_, reply) = served
        .post(&fetch, set("https://data.example.com/pre"))
        .await;
    assert_eq!(reply["errcode"], 0, "{reply}");
    let (_, reply) = served
        .post(&fetch, set("https://other.example.com/pre"))
        .await;
    assert_eq!(reply["errcode"], 9_410_016);
    assert!(
        reply["errmsg"]
            .as_str()
            .unwrap()
            .contains("third-party platform"),
        "{reply}"
    );
    let (_, setting) = served.get(&app("/fetch-setting")).await;
    assert_eq!(setting["prefetch"]["url"], "https://data.example.com/pre");

    // Neither token is the other.
    let (_, reply) = served
        .post(
            &fetch.replace(token, component_token),
            json!({"action": "get"}),
        )
        .await;
    assert_eq!(reply["errcode"], 40001);
    let sets = json!({"permission_sets": [1]});
    let (_, granted) = served.json(Method::PUT, &authorization, Some(sets)).await;
    let (_, reply) = served.post(&fetch, json!({"action": "get"})).await;
    assert_eq!(reply["errcode"], 40001, "what was given before has ended");
    let code = json!({"authorization_code": granted["authorization_code"]});
    let (_, reply) = served.post(&query, code).await;
    let token = reply["authorization_info"]["authorizer_access_token"]
        .as_str()
        .unwrap();
    let fetch = format!("/wxa/fetchdatasetting?access_token={token}");
    let (_, reply) = served.post(&fetch, json!({"action": "get"})).await;
    assert_eq!(reply["errcode"], 61007, "set 18 was not given");
    assert_eq!(
        served.json(Method::DELETE, &authorization, None).await.0,
        200
    );
    assert_eq!(
        served.json(Method::DELETE, &authorization, None).await.0,
        404
    );
}

#[tokio::test]
async fn domains_that_the_admin_page_refuses_are_refused_all_at_once() {
    let served = Served::new().await;
    let form = json!({"domains": {
        "request": ["https://a.example.com/v1", "http://b.example.com"],
        "tcp": ["tcp://localhost:7000"],
    }});
    let (status, told) = served.json(Method::PUT, &app(""), Some(form)).await;
    assert_eq!(status, 400);
    for part in [
        "request: `https://a.example.com/v1`",
        "`http://b.example.com`",
        "tcp: ",
    ] {
        assert!(
            told["error"].as_str().unwrap().contains(part),
            "{part}: {told}"
        );
    }
}
