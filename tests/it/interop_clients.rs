//! The served API, called by the HTTP clients of real SDKs through their base-URL settings.
//!
//! The test of a client that is not installed (`interop/install`) passes and says so on stderr.

use std::{
    io::{self, Write as _},
    path::Path,
    process::Command,
};

use serde_json::{Value, json};

use crate::{
    program::{APPID, start, wait},
    served::{SECRET, Served},
};

const OPENID: &str = "oUserOfTheMiniProgram0000001";
/// The exit code of `interop/start` for what is not installed.
const NOT_INSTALLED: i32 = 3;

#[test]
fn wechatpys_client_works_as_at_wechat() {
    works_as_at_wechat("wechatpy-client");
}

#[test]
fn co_wechat_apis_client_works_as_at_wechat() {
    works_as_at_wechat("co-wechat-api");
}

fn works_as_at_wechat(name: &str) {
    let served = Served::start(&[]);
    let user = format!("/_wxcheck/apps/{APPID}/users/{OPENID}/acts");
    served.control("POST", &user, &json!({"act": "send-text", "content": "hi"}));
    let template = format!("/_wxcheck/apps/{APPID}/templates/TPL");
    served.control("PUT", &template, &json!({"keys": ["thing1"]}));
    let accept = json!({"act": "subscribe", "templates": {"TPL": "accept"}});
    served.control("POST", &user, &accept);
    let login = served.control("POST", &user, &json!({"act": "log-in"}));

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/start");
    let ran = wait(start(
        Command::new(script)
            .arg(name)
            .env("BASE_URL", &served.base)
            .env("APPID", APPID)
            .env("APP_SECRET", SECRET)
            .env("OPENID", OPENID)
            .env("TEMPLATE", "TPL")
            .env("CODE", login["js_code"].as_str().unwrap()),
    ));
    if ran.code == NOT_INSTALLED {
        // Not `eprintln!`, which the harness captures.
        let line = format!("skipped: {name} ({})\n", ran.err.trim());
        io::stderr().write_all(line.as_bytes()).unwrap();
        return;
    }
    let ran = ran.exits(0);
    let steps: Vec<Value> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let step = |name: &str| steps.iter().find(|step| step["step"] == name).unwrap();
    assert!(step("token")["length"].as_u64() > Some(100), "{ran:?}");
    assert_eq!(step("token")["again"], true);
    assert_eq!(step("send")["errcode"], 0);
    assert_eq!(step("stranger")["errcode"], 40003);
    let errmsg = step("stranger")["errmsg"].as_str().unwrap();
    assert!(errmsg.contains("invalid openid"), "{errmsg}");
    assert_eq!(step("revoked")["errcode"], 0);
    assert_eq!(step("revoked")["renewed"], true);
    assert_eq!(step("subscribe")["errcode"], 0);
    assert_eq!(step("session")["openid"], OPENID);
    assert_eq!(step("session")["key"], 24);

    let journal = served.control("GET", "/_wxcheck/journal", &Value::Null);
    let records = journal["records"].as_array().unwrap();
    let calls: Vec<&Value> = records
        .iter()
        .filter(|record| record["kind"] == "called")
        .collect();
    assert!(
        calls.iter().all(|call| call["planned"] == true),
        "{journal}"
    );
    let sent = calls.iter().filter(|call| call["sent"] == true).count();
    assert_eq!(sent, 3, "two messages and a subscribe message: {journal}");
    let refused = calls.iter().any(|call| call["errcode"] == 40001);
    assert!(refused, "the revoked token was tried: {journal}");
}
