//! Cases apart from the documents: revoked tokens, open apps, no limits, faults, the journal, odd bodies.

use wxcheck_protocol::account::Account;

use super::*;

#[test]
fn a_revoked_token_is_40001_everywhere_at_once() {
    let mut bench = Bench::new();
    bench.ok("GET /cgi-bin/getcallbackip?access_token=$T", "");
    bench.state.apps.get_mut(MINI).unwrap().tokens.revoke_all();
    let text = bench.fails("GET /cgi-bin/getcallbackip?access_token=$T", "", 40001);
    assert!(text.contains("getStableAccessToken"), "{text}");
}

#[test]
fn an_app_without_a_secret_takes_any_and_an_open_one_any_user() {
    let mut bench = Bench::new();
    bench.state.register(AppSettings {
        appid: "wxopen".into(),
        secret: None,
        kind: Account::Mini,
        ip_whitelist: Vec::new(),
        callback: None,
        open: true,
        domains: wxcheck_protocol::domain::Domains::default(),
    });
    let request = "GET /cgi-bin/token?appid=wxopen&secret=any&grant_type=client_credential";
    bench.token = bench.ok(request, "")["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let body = r#"{"touser":"oAnybody","template_id":"T","data":{"thing1":{"value":"x"}}}"#;
    bench.ok("POST /cgi-bin/message/subscribe/send?access_token=$T", body);
    bench.fails(SEND, &text_to("oAnybody"), 45015);
    bench.fails(SEND, &text_to("gh_account"), 40003);
}

#[test]
fn a_message_that_is_cut_within_a_character_is_no_json_and_names_its_user() {
    let mut bench = Bench::new();
    let body = text_to(USER).into_bytes();
    let last = body.iter().rposition(|byte| !byte.is_ascii()).unwrap();
    let body: Vec<u8> = [&body[..last], &body[last + 1..]].concat();
    let (_, called) = bench.raw(SEND, "application/json", &body);
    assert_eq!(called.errcode, 47001);
    assert_eq!(called.openid.as_deref(), Some(USER));
}

#[test]
fn a_template_message_of_an_official_account_is_pushed_its_result() {
    const OFFICIAL_TEMPLATE: &str = "POST /cgi-bin/message/template/send?access_token=$T";
    let mut bench = Bench::new();
    let message = |template: &str, data: &str| {
        format!(r#"{{"touser":"{USER}","template_id":"{template}","data":{data}}}"#)
    };
    bench.fails(OFFICIAL_TEMPLATE, &message("T", "{}"), 48001);
    bench.token = bench.fetch_token(OFFICIAL);
    bench.state.apps.get_mut(OFFICIAL).unwrap().settings.open = true;
    bench.fails(OFFICIAL_TEMPLATE, &message("", "{}"), 40037);
    bench.fails(OFFICIAL_TEMPLATE, &message("T", "null"), 47001);
    bench.pushed();
    let reply = bench.ok(OFFICIAL_TEMPLATE, &message("T", "{}"));
    assert!(reply["msgid"].as_u64().is_some_and(|id| id > 0), "{reply}");
    assert_eq!(bench.pushed(), ["TEMPLATESENDJOBFINISH"]);
}

#[test]
fn without_limits_nothing_is_ever_used_up() {
    let mut bench = Bench::new();
    bench.state.limits = false;
    bench.act(r#"{"act":"send-text","content":"hi"}"#);
    for _ in 0..2100 {
        bench.ok(SEND, &text_to(USER));
        bench.token = bench.fetch_token(MINI);
    }
    bench.now += 49 * HOUR;
    bench.token = bench.fetch_token(MINI);
    bench.fails(SEND, &text_to(USER), 45015);
}

#[test]
fn faults_have_their_effect_or_none_as_they_say() {
    for (fault, sent, errcode) in [
        (r#"{"endpoint":"*","fault":{"errcode":-1}}"#, 0, -1),
        (r#"{"endpoint":"*","fault":"html-page"}"#, 0, 0),
        (r#"{"endpoint":"*","fault":"truncated-json"}"#, 1, 0),
        (r#"{"endpoint":"*","fault":{"slow-millis":60000}}"#, 1, 0),
        (r#"{"endpoint":"*","fault":"reset"}"#, 1, 0),
        (r#"{"endpoint":"*","fault":"wrong-content-type"}"#, 1, 0),
        (r#"{"endpoint":"*","fault":"revoked-token"}"#, 0, 40001),
    ] {
        let mut bench = Bench::new();
        bench.act(r#"{"act":"send-text","content":"hi"}"#);
        let fault: Fault = serde_json::from_str(fault).unwrap();
        let name = fault.kind.name();
        bench.state.faults.set(fault, |_| false).unwrap();
        let (answer, called) = bench.raw(SEND, "", text_to(USER).as_bytes());
        assert_eq!(bench.state.apps[MINI].sent.taken(), sent, "{name}");
        assert_eq!(
            (called.errcode, called.fault.as_deref()),
            (errcode, Some(name))
        );
        match name {
            "html-page" => assert_eq!((answer.status, answer.content_type), (502, "text/html")),
            "truncated-json" => {
                assert!(serde_json::from_slice::<Value>(&answer.body).is_err());
            }
            "slow" => assert_eq!(answer.delivery, ApiDelivery::After(60_000)),
            "reset" => assert_eq!(answer.delivery, ApiDelivery::Reset),
            "wrong-content-type" => assert_eq!(answer.content_type, "text/html"),
            _ => {}
        }
    }
}

#[test]
fn the_journal_keeps_no_credential() {
    let mut bench = Bench::new();
    let stable =
        format!(r#"{{"grant_type":"client_credential","appid":"{MINI}","secret":"s3cret"}}"#);
    let (_, called) = bench.raw("POST /cgi-bin/stable_token", "", stable.as_bytes());
    assert!(called.body.is_empty() && called.planned);
    let (_, called) = bench.raw(SEND, "", text_to("oStranger").as_bytes());
    assert_eq!(called.openid.as_deref(), Some("oStranger"));
    assert_eq!(called.token, Some(1));
    let told = format!("{called:?}");
    assert!(!told.contains(&bench.token), "{told}");
    let (_, called) = bench.raw("PATCH /cgi-bin/token", "", b"");
    assert!(!called.planned && called.method == "other");
}

#[test]
fn no_call_makes_the_platform_panic() {
    use proptest::prelude::*;
    let paths: Vec<&str> = ENDPOINTS.iter().map(|endpoint| endpoint.path).collect();
    let value = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(Value::from(USER)),
        Just(Value::from("TPL")),
        Just(serde_json::json!({"content": 1, "thing1": {"value": null}})),
        Just(serde_json::json!([1, "x"])),
    ];
    let keys = prop::sample::select(vec![
        "touser",
        "msgtype",
        "text",
        "template_id",
        "data",
        "page",
        "content",
        "version",
        "scene",
        "openid",
        "media_url",
        "media_type",
        "appid",
        "action",
        "cgi_path",
        "rid",
        "width",
        "command",
        "grant_type",
        "secret",
        "force_refresh",
        "is_pre_fetch_open",
        "pre_fetch_type",
    ]);
    let body = prop::collection::hash_map(keys, value, 0..6);
    let strategy = (prop::sample::select(paths), any::<bool>(), body, ".{0,20}");
    let bench = std::cell::RefCell::new(Bench::new());
    proptest!(ProptestConfig::with_cases(2000), |((path, post, body, query) in strategy)| {
        let method = if post { "POST" } else { "GET" };
        let body = serde_json::to_string(&body).unwrap();
        let request = format!("{method} {path}?access_token=$T&type=image&{query}");
        let (answer, _) = bench.borrow_mut().raw(&request, "application/json", body.as_bytes());
        prop_assert_eq!(answer.status, 200);
    });
}
