//! Every endpoint: what it answers when all is well, and every error of the table.

use std::{collections::BTreeSet, fmt::Write as _, net::Ipv4Addr};

use serde_json::Value;

use wxcheck_protocol::account::Account;

use super::*;
use crate::{
    acts::{self, Act},
    fault::Fault,
    state::{DAY, HOUR, SECOND, app::AppSettings, subscription::Template},
    target::tests::target,
};

mod apart;
mod fetch_settings;
mod platforms;

const NOW: Moment = 1_763_690_400_000;
const MINI: &str = "wx0123456789abcdef";
const OFFICIAL: &str = "wxfedcba9876543210";
const USER: &str = "oUserOfTheMiniProgram0000001";

/// A platform with two apps and a user, a token of the mini program, and the codes seen so far.
struct Bench {
    state: State,
    now: Moment,
    token: String,
    seen: BTreeSet<i64>,
}

impl Bench {
    fn new() -> Self {
        let mut state = State::new(7, true);
        for (appid, kind) in [(MINI, Account::Mini), (OFFICIAL, Account::Official)] {
            state.register(AppSettings {
                appid: appid.into(),
                secret: Some("s3cret".into()),
                kind,
                ip_whitelist: Vec::new(),
                callback: (kind == Account::Mini).then(|| target("http://127.0.0.1:1/")),
                open: false,
                domains: wxcheck_protocol::domain::Domains::default(),
            });
        }
        let app = state.apps.get_mut(MINI).unwrap();
        app.enrol(USER);
        let keys = vec!["thing1".into(), "date2".into()];
        app.templates.insert("TPL".into(), Template { keys });
        let mut bench = Self {
            state,
            now: NOW,
            token: String::new(),
            seen: BTreeSet::new(),
        };
        bench.token = bench.fetch_token(MINI);
        bench
    }

    fn fetch_token(&mut self, appid: &str) -> String {
        let request =
            format!("GET /cgi-bin/token?appid={appid}&secret=s3cret&grant_type=client_credential");
        let reply = self.ok(&request, "");
        reply["access_token"].as_str().unwrap().to_owned()
    }

    /// `METHOD path?query`; `$T` stands for the token.
    fn raw(&mut self, request: &str, content_type: &str, body: &[u8]) -> (ApiAnswer, Called) {
        let request = request.replace("$T", &self.token);
        let (method, target) = request.split_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let call = Call {
            method,
            path,
            query,
            content_type,
            body,
            client: Ipv4Addr::LOCALHOST.into(),
            now: self.now,
            parsed: std::cell::OnceCell::new(),
        };
        let mask = Arc::clone(self.state.mask());
        let mut called = called(&call, &mask, false);
        let (answer, refused) = answer(&mut self.state, &call, &mut called);
        if let Some(mut request) = refused {
            request.url = mask.url(&called.path, call.query);
            self.state.requests.remember(request);
        }
        (answer, called)
    }

    fn call(&mut self, request: &str, body: &str) -> Value {
        let (answer, called) = self.raw(request, "application/json", body.as_bytes());
        assert_eq!(answer.status, 200, "errors are HTTP 200 too");
        let reply: Value = serde_json::from_slice(&answer.body).unwrap();
        let code = reply["errcode"].as_i64().unwrap_or(0);
        assert_eq!(called.errcode, code, "the journal knows what was answered");
        self.seen.insert(code);
        reply
    }

    fn ok(&mut self, request: &str, body: &str) -> Value {
        let reply = self.call(request, body);
        assert_eq!(
            reply["errcode"].as_i64().unwrap_or(0),
            0,
            "{request} {body}: {reply}"
        );
        reply
    }

    fn fails(&mut self, request: &str, body: &str, code: i64) -> String {
        let reply = self.call(request, body);
        assert_eq!(reply["errcode"], code, "{request} {body}: {reply}");
        reply["errmsg"].as_str().unwrap().to_owned()
    }

    fn act(&mut self, act: &str) -> acts::Yield {
        let act: Act = serde_json::from_str(act).unwrap();
        acts::act(&mut self.state, MINI, USER, act, self.now).unwrap()
    }

    fn pushed(&mut self) -> Vec<String> {
        let due = self.state.outbox.take_due(self.now, |_| usize::MAX);
        due.iter().map(|(_, push)| push.push.to_string()).collect()
    }
}

fn text_to(openid: &str) -> String {
    format!(r#"{{"touser":"{openid}","msgtype":"text","text":{{"content":"你好"}}}}"#)
}

const SEND: &str = "POST /cgi-bin/message/custom/send?access_token=$T";
const TOKEN: &str = "GET /cgi-bin/token";
const STABLE: &str = "POST /cgi-bin/stable_token";
const RESET: &str = "/wxa/resetusersessionkey";
const TYPING: &str = "POST /cgi-bin/message/custom/business/typing?access_token=$T";
const SUBSCRIBE: &str = "POST /cgi-bin/message/subscribe/send?access_token=$T";
const TEMPLATE: &str = "POST /cgi-bin/message/wxopen/template/send?access_token=$T";
const UNIFORM: &str = "POST /cgi-bin/message/wxopen/template/uniform_send?access_token=$T";
const TEXT: &str = "POST /wxa/msg_sec_check?access_token=$T";
const MEDIA: &str = "POST /wxa/media_check_async?access_token=$T";
const RANK: &str = "POST /wxa/getuserriskrank?access_token=$T";
const FETCH: &str = "POST /wxa/fetchdatasetting?access_token=$T";
const CHECK: &str = "POST /cgi-bin/callback/check?access_token=$T";
const GET: &str = "POST /cgi-bin/openapi/quota/get?access_token=$T";
const CLEAR: &str = "POST /cgi-bin/clear_quota?access_token=$T";
const RID: &str = "POST /cgi-bin/openapi/rid/get?access_token=$T";
const CODE: &str = "POST /wxa/getwxacodeunlimit?access_token=$T";

/// One after the other, so that at the end every code of the table was seen.
#[test]
fn every_endpoint_answers_as_documented_and_every_error_can_be_had() {
    let mut bench = Bench::new();
    credentials(&mut bench);
    login(&mut bench);
    customer_messages(&mut bench);
    subscribe_messages(&mut bench);
    template_messages(&mut bench);
    content_security(&mut bench);
    fetch_settings::all(&mut bench);
    platforms::all(&mut bench);
    network_and_management(&mut bench);
    media_and_codes(&mut bench);
    bench.fails(&format!("{SEND}x"), "{}", 40001);
    let unseen: Vec<i64> = Errcode::ALL
        .iter()
        .map(|errcode| errcode.code)
        .filter(|code| !bench.seen.contains(code))
        .collect();
    // -1 is for faults alone: the platform itself does not fail.
    assert_eq!(unseen, [-1], "codes that no call can be answered with");
}

fn credentials(bench: &mut Bench) {
    let reply = bench.ok(
        &format!("{TOKEN}?appid={MINI}&secret=s3cret&grant_type=client_credential"),
        "",
    );
    assert_eq!(reply["expires_in"], 7200);
    assert!(reply["access_token"].as_str().unwrap().len() > 130);
    bench.token = reply["access_token"].as_str().unwrap().to_owned();
    bench.fails(TOKEN, "", 41002);
    // The appid is looked at before anything else.
    let text = bench.fails(&format!("{TOKEN}?appid=wx1&grant_type=x"), "", 40013);
    assert!(text.starts_with("invalid appid rid: "), "{text}");
    bench.fails(&format!("{TOKEN}?appid={MINI}"), "", 41004);
    bench.fails(&format!("{TOKEN}?appid={MINI}&secret=x"), "", 40125);
    bench.fails(&format!("{TOKEN}?appid={MINI}&secret=s3cret"), "", 40002);
    bench.fails(&format!("POST /cgi-bin/token?appid={MINI}"), "", 43001);

    let stable = |force: bool| {
        format!(
            r#"{{"grant_type":"client_credential","appid":"{MINI}","secret":"s3cret","force_refresh":{force}}}"#
        )
    };
    let first = bench.ok(STABLE, &stable(false));
    bench.now += HOUR;
    let again = bench.ok(STABLE, &stable(false));
    assert_eq!(first["access_token"], again["access_token"]);
    assert_eq!(again["expires_in"], 3600);
    let forced = bench.ok(STABLE, &stable(true));
    assert_ne!(first["access_token"], forced["access_token"]);
    bench.fails(STABLE, &stable(true), 45011);
    bench.fails("GET /cgi-bin/stable_token", "", 43002);
    bench.fails(STABLE, "", 44002);
    bench.fails(STABLE, "no json", 47001);
    bench.fails(
        STABLE,
        r#"{"appid":"wx0123456789abcdef","secret":"s3cret"}"#,
        40002,
    );

    bench.fails("POST /cgi-bin/message/custom/send", "{}", 41001);
    bench.now += HOUR;
    let expired = bench.fails(SEND, &text_to(USER), 42001);
    assert!(
        expired.starts_with("access_token expired rid: "),
        "{expired}"
    );
    bench.token = bench.fetch_token(MINI);
    let elsewhere = bench.fails("POST /wxa/msg_sec_check?access_token=x", "{}", 40001);
    assert!(!elsewhere.contains("getStableAccessToken"), "{elsewhere}");
    bench.fails("GET /cgi-bin/unheard/of", "", 40066);
    let app = bench.state.apps.get_mut(OFFICIAL).unwrap();
    app.settings.ip_whitelist = vec!["10.0.0.1".parse().unwrap()];
    let request = format!("{TOKEN}?appid={OFFICIAL}&secret=s3cret&grant_type=client_credential");
    let text = bench.fails(&request, "", 40164);
    let whole = "invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist rid: ";
    assert!(text.starts_with(whole), "{text}");
    let app = bench.state.apps.get_mut(OFFICIAL).unwrap();
    app.settings.ip_whitelist.push(Ipv4Addr::LOCALHOST.into());
    bench.ok(&request, "");
    // Two thousand tokens a day, of which a few are gone.
    for _ in 0..1998 {
        bench.call(
            &format!("{TOKEN}?appid={MINI}&secret=s3cret&grant_type=client_credential"),
            "",
        );
    }
    bench.fails(
        &format!("{TOKEN}?appid={MINI}&secret=s3cret&grant_type=client_credential"),
        "",
        45009,
    );
    bench.now += DAY;
    bench.token = bench.fetch_token(MINI);
}

fn login(bench: &mut Bench) {
    let code = bench.act(r#"{"act":"log-in"}"#).js_code.unwrap();
    let session = |code: &str, grant: &str| {
        format!(
            "GET /sns/jscode2session?appid={MINI}&secret=s3cret&js_code={code}&grant_type={grant}"
        )
    };
    bench.fails(&session(&code, "x"), "", 40002);
    let reply = bench.ok(&session(&code, "authorization_code"), "");
    assert_eq!(reply["openid"], USER);
    assert!(reply.get("errcode").is_none(), "{reply}");
    bench.fails(&session(&code, "authorization_code"), "", 40163);
    let text = bench.fails(&session("x", "authorization_code"), "", 40029);
    assert!(text.starts_with("invalid code, rid: "), "{text}");
    let sns = bench.fails("GET /sns/jscode2session?appid=wx1", "", 40013);
    assert!(sns.starts_with("invalid appid, rid: "), "{sns}");

    let risky = bench.act(r#"{"act":"log-in"}"#).js_code.unwrap();
    let user = |bench: &mut Bench, rank| {
        let app = bench.state.apps.get_mut(MINI).unwrap();
        app.enrol(USER).risk_rank = rank;
    };
    user(bench, 4);
    bench.fails(&session(&risky, "authorization_code"), "", 40226);
    user(bench, 0);
    let code = bench.act(r#"{"act":"log-in"}"#).js_code.unwrap();
    let reply = bench.ok(&session(&code, "authorization_code"), "");
    let key = reply["session_key"].as_str().unwrap().to_owned();
    let signed = |path: &str, key: &str, method: &str| {
        use hmac::{Hmac, KeyInit, Mac};
        let mac = Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).unwrap();
        let mut signature = String::new();
        for byte in mac.finalize().into_bytes() {
            write!(signature, "{byte:02x}").unwrap();
        }
        format!(
            "GET {path}?access_token=$T&openid={USER}&signature={signature}&sig_method={method}"
        )
    };
    bench.ok(&signed("/wxa/checksession", &key, "hmac_sha256"), "");
    bench.fails(&signed("/wxa/checksession", "x", "hmac_sha256"), "", 87009);
    bench.fails(&signed(RESET, &key, "md5"), "", 87008);
    bench.fails(
        &format!("GET {RESET}?access_token=$T&openid={USER}"),
        "",
        40097,
    );
    let reset = bench.ok(&signed(RESET, &key, "hmac_sha256"), "");
    assert_ne!(reset["session_key"].as_str(), Some(key.as_str()));
    bench.fails(&signed("/wxa/checksession", &key, "hmac_sha256"), "", 87009);
    let app = bench.state.apps.get_mut(MINI).unwrap();
    app.enrol("oNeverLoggedIn");
    bench.fails(
        &format!(
            "GET {RESET}?access_token=$T&openid=oNeverLoggedIn&signature=00&sig_method=hmac_sha256"
        ),
        "",
        87007,
    );
}

fn customer_messages(bench: &mut Bench) {
    bench.fails(SEND, &text_to(USER), 45015);
    bench.act(r#"{"act":"send-text","content":"hi"}"#);
    for _ in 0..5 {
        bench.ok(SEND, &text_to(USER));
    }
    bench.fails(SEND, &text_to(USER), 45047);
    bench.act(r#"{"act":"enter-session"}"#);
    bench.ok(SEND, &text_to(USER));
    assert_eq!(bench.state.apps[MINI].sent.taken(), 6);
    bench.fails(SEND, &text_to("oStranger"), 40003);
    for (body, code) in [
        (
            r#"{"touser":"U","msgtype":"voice","voice":{"media_id":"m"}}"#,
            40008,
        ),
        (r#"{"touser":"U","msgtype":"text"}"#, 47001),
        (
            r#"{"touser":"U","msgtype":"text","text":{"content":""}}"#,
            44004,
        ),
        (r#"{"touser":"U","msgtype":"image","image":{}}"#, 40007),
    ] {
        bench.fails(SEND, &body.replace("\"U\"", &format!("\"{USER}\"")), code);
    }
    let long = text_to(USER).replace("你好", &"长".repeat(700));
    bench.fails(SEND, &long, 45002);
    bench.now += 48 * HOUR;
    bench.token = bench.fetch_token(MINI);
    bench.fails(SEND, &text_to(USER), 45015);

    let official = bench.fetch_token(OFFICIAL);
    let app = bench.state.apps.get_mut(OFFICIAL).unwrap();
    app.enrol("oFan");
    let articles = r#"{"touser":"oFan","msgtype":"news","news":{"articles":[{},{}]}}"#;
    bench.fails(&SEND.replace("$T", &official), articles, 45008);

    let typing = |command: &str| format!(r#"{{"touser":"{USER}","command":"{command}"}}"#);
    bench.fails(TYPING, &typing("Typing"), 45080);
    bench.act(r#"{"act":"send-text","content":"hi"}"#);
    bench.ok(TYPING, &typing("Typing"));
    bench.fails(TYPING, &typing("Typing"), 45081);
    bench.ok(TYPING, &typing("CancelTyping"));
    bench.ok(
        "POST /cgi-bin/message/custom/typing?access_token=$T",
        &typing("Typing"),
    );
    bench.fails(TYPING, &typing("Shouting"), 45072);
    bench.fails(
        &TYPING.replace("$T", &official),
        r#"{"touser":"oFan","command":"Typing"}"#,
        40200,
    );
}

fn subscribe_messages(bench: &mut Bench) {
    let message = |template: &str, thing: &str, page: &str| {
        format!(
            r#"{{"touser":"{USER}","template_id":"{template}","page":"{page}","data":{{"thing1":{{"value":"{thing}"}},"date2":{{"value":"2026-11-21"}}}}}}"#
        )
    };
    bench.fails(SUBSCRIBE, &message("TPL", "order", "index"), 43101);
    bench.act(r#"{"act":"subscribe","templates":{"TPL":"accept"}}"#);
    bench.fails(SUBSCRIBE, &message("NONE", "order", "index"), 40037);
    bench.fails(SUBSCRIBE, &message("TPL", "order", "https://x.cn"), 41030);
    let text = bench.fails(SUBSCRIBE, &message("TPL", "", "index"), 47003);
    assert!(
        text.starts_with("argument invalid! data.thing1.value is empty rid: "),
        "{text}"
    );
    bench.fails(SUBSCRIBE, &message("TPL", &"x".repeat(21), "index"), 47003);
    bench.pushed();
    bench.ok(SUBSCRIBE, &message("TPL", "order", "index?a=1"));
    assert_eq!(bench.pushed(), ["subscribe_msg_sent_event"]);
    bench.fails(SUBSCRIBE, &message("TPL", "order", "index"), 43101);
    bench.act(r#"{"act":"subscribe","templates":{"TPL":"always"}}"#);
    bench.ok(SUBSCRIBE, &message("TPL", "order", "index"));
    bench.act(r#"{"act":"change-subscription","templates":["TPL"]}"#);
    bench.fails(SUBSCRIBE, &message("TPL", "order", "index"), 43101);
}

fn template_messages(bench: &mut Bench) {
    let form_id = bench.act(r#"{"act":"submit-form"}"#).form_id.unwrap();
    let message = |form_id: &str| {
        format!(r#"{{"touser":"{USER}","template_id":"TPL","form_id":"{form_id}","data":{{}}}}"#)
    };
    let text = bench.fails(TEMPLATE, &message("x"), 41028);
    assert!(text.starts_with("invalid form id hint: ["), "{text}");
    bench.ok(TEMPLATE, &message(&form_id));
    bench.fails(TEMPLATE, &message(&form_id), 41029);
    let form_id = bench.act(r#"{"act":"submit-form"}"#).form_id.unwrap();
    bench.now += 7 * DAY;
    bench.token = bench.fetch_token(MINI);
    bench.fails(TEMPLATE, &message(&form_id), 41028);

    let form_id = bench.act(r#"{"act":"submit-form"}"#).form_id.unwrap();
    let weapp = format!(
        r#"{{"touser":"{USER}","weapp_template_msg":{}}}"#,
        message(&form_id)
    );
    bench.ok(UNIFORM, &weapp);
    let mp = format!(
        r#"{{"touser":"{USER}","mp_template_msg":{{"appid":"wx1","template_id":"T","data":{{}}}}}}"#
    );
    bench.ok(UNIFORM, &mp);
    bench.fails(UNIFORM, &mp.replace("\"T\"", "\"\""), 40037);
    bench.fails(UNIFORM, &format!(r#"{{"touser":"{USER}"}}"#), 47001);
}

fn content_security(bench: &mut Bench) {
    let text = |content: &str, scene: i64, openid: &str| {
        format!(r#"{{"content":"{content}","version":2,"scene":{scene},"openid":"{openid}"}}"#)
    };
    bench.act(r#"{"act":"open"}"#);
    let reply = bench.ok(TEXT, &text("fine", 1, USER));
    assert_eq!(reply["result"]["suggest"], "pass");
    let reply = bench.ok(TEXT, &text("wxcheck-risky", 1, USER));
    assert_eq!(reply["result"]["label"], 20001);
    bench.fails(TEXT, &text("fine", 9, USER), 40129);
    bench.fails(TEXT, &text("fine", 1, "oStranger"), 43104);
    bench.fails(TEXT, &text("fine", 1, ""), 40003);
    bench.fails(TEXT, r#"{"content":"wxcheck-risky"}"#, 87014);
    bench.now += 2 * HOUR;
    bench.token = bench.fetch_token(MINI);
    bench.fails(TEXT, &text("fine", 1, USER), 61010);
    bench.act(r#"{"act":"open"}"#);
    for _ in 0..4000 {
        bench.call(TEXT, &text("fine", 1, USER));
    }
    bench.fails(TEXT, &text("fine", 1, USER), 44991);

    let media = |url: &str, kind: i64| {
        format!(
            r#"{{"media_url":"{url}","media_type":{kind},"version":2,"scene":1,"openid":"{USER}"}}"#
        )
    };
    bench.pushed();
    let reply = bench.ok(MEDIA, &media("https://x.cn/a.png", 2));
    let rid = reply["trace_id"].as_str().unwrap();
    assert!(
        rid.starts_with(&format!("{:08x}-", bench.now / 1000)),
        "{rid}"
    );
    bench.fails(MEDIA, &media("https://x.cn/a.png", 2), 87020);
    bench.fails(MEDIA, &media("https://x.cn/b.png", 3), 40004);
    assert!(bench.pushed().is_empty(), "the result takes its time");
    bench.now += SECOND;
    assert_eq!(bench.pushed(), ["wxa_media_check"]);

    let rank = |appid: &str| format!(r#"{{"appid":"{appid}","openid":"{USER}","scene":0}}"#);
    let reply = bench.ok(RANK, &rank(MINI));
    assert_eq!(reply["risk_rank"], 0);
    assert!(reply["unoin_id"].is_u64());
    let text = bench.fails(RANK, &rank("wx1"), 48001);
    assert!(text.starts_with("api unauthorized, rid: "), "{text}");
}

fn network_and_management(bench: &mut Bench) {
    for path in ["getcallbackip", "get_api_domain_ip"] {
        let reply = bench.ok(&format!("GET /cgi-bin/{path}?access_token=$T"), "");
        assert_eq!(reply["ip_list"][0], "127.0.0.1");
    }
    let reply = bench.ok(CHECK, r#"{"action":"all","check_operator":"DEFAULT"}"#);
    assert_eq!(reply["ping"][0]["package_loss"], "0%");
    bench.fails(CHECK, r#"{"action":"x"}"#, 40202);
    bench.fails(CHECK, r#"{"action":"dns","check_operator":"x"}"#, 40203);
    let official = bench.fetch_token(OFFICIAL);
    bench.fails(
        &CHECK.replace("$T", &official),
        r#"{"action":"dns"}"#,
        40201,
    );

    let path = r#"{"cgi_path":"/cgi-bin/token"}"#;
    let used = bench.ok(GET, path)["quota"]["used"].as_u64().unwrap();
    bench.fetch_token(MINI);
    let quota = bench.ok(GET, path);
    assert_eq!(quota["quota"]["used"], used + 1);
    assert_eq!(quota["quota"]["daily_limit"], 2000);
    bench.fails(GET, r#"{"cgi_path":"/x"}"#, 76021);
    bench.ok("POST /cgi-bin/openapi/quota/clear?access_token=$T", path);
    assert_eq!(bench.ok(GET, path)["quota"]["used"], 0);
    bench.fails(CLEAR, r#"{"appid":"wx1"}"#, 40013);
    for _ in 0..9 {
        bench.ok(CLEAR, &format!(r#"{{"appid":"{MINI}"}}"#));
    }
    let v2 = format!("POST /cgi-bin/clear_quota/v2?appid={MINI}&appsecret=s3cret");
    bench.ok(&v2, "");
    bench.fails(&v2, "", 48006);

    let text = bench.fails(SEND, &text_to("oStranger"), 40003);
    let rid = text.split("rid: ").nth(1).unwrap().to_owned();
    let asked = format!(r#"{{"rid":"{rid}"}}"#);
    let told = bench.ok(RID, &asked);
    assert_eq!(told["request"]["invoke_time"], bench.now / 1000);
    let shown = told["request"]["request_url"].as_str().unwrap();
    assert!(shown.ends_with("?access_token=***"), "{shown}");
    bench.fails(RID, r#"{"rid":"00000000-00000000-00000000"}"#, 76001);
    bench.fails(RID, r#"{"rid":"x"}"#, 76002);
    bench.fails(&RID.replace("$T", &official), &asked, 76003);
    bench.now += 7 * DAY;
    bench.token = bench.fetch_token(MINI);
    bench.fails(RID, &asked, 76004);
}

fn media_and_codes(bench: &mut Bench) {
    let form = "--B\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\nPNG\r\n--B--\r\n";
    let upload = "POST /cgi-bin/media/upload?access_token=$T&type=image";
    let (answer, _) = bench.raw(upload, "multipart/form-data; boundary=B", form.as_bytes());
    let reply: Value = serde_json::from_slice(&answer.body).unwrap();
    let id = reply["media_id"].as_str().unwrap().to_owned();
    assert!(reply["created_at"].is_u64(), "{reply}");
    let get = format!("GET /cgi-bin/media/get?access_token=$T&media_id={id}");
    let (answer, _) = bench.raw(&get, "", b"");
    assert_eq!(&answer.body[..], b"PNG");
    assert_eq!(
        answer.file,
        Some(("image/png".to_owned(), Some("a.png".to_owned())))
    );
    bench.fails(
        "GET /cgi-bin/media/get?access_token=$T&media_id=x",
        "",
        40007,
    );
    bench.fails(&upload.replace("image", "novel"), "x", 40004);
    bench.fails(upload, "no multipart", 41005);

    let (answer, _) = bench.raw(CODE, "", br#"{"scene":"a=1","page":"pages/x","width":300}"#);
    assert!(answer.body.starts_with(b"\x89PNG"));
    bench.fails(CODE, r#"{"scene":""}"#, 40129);
    bench.fails(CODE, r#"{"scene":"a=1","page":"https://x.cn"}"#, 41030);
}
