//! The served API, called by the HTTP clients of real SDKs through their base-URL settings.
//!
//! Where a client is not installed (`interop/install`) its test passes and says so on stderr.

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use crate::program::{APPID, Folder, start, wait};

const SECRET: &str = "Ys8Lp3Qd6Hj1Vc5";
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
    let served = Served::start();
    let user = format!("/_wxcheck/apps/{APPID}/users/{OPENID}/acts");
    served.tell("POST", &user, &json!({"act": "send-text", "content": "hi"}));
    let template = format!("/_wxcheck/apps/{APPID}/templates/TPL");
    served.tell("PUT", &template, &json!({"keys": ["thing1"]}));
    let accept = json!({"act": "subscribe", "templates": {"TPL": "accept"}});
    served.tell("POST", &user, &accept);
    let login = served.tell("POST", &user, &json!({"act": "log-in"}));

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

    let journal = served.tell("GET", "/_wxcheck/journal", &Value::Null);
    let calls = journal["records"].as_array().unwrap();
    assert!(
        calls.iter().all(|call| call["planned"] == true),
        "{journal}"
    );
    let sent = calls.iter().filter(|call| call["sent"] == true).count();
    assert_eq!(sent, 3, "two messages and a subscribe message: {journal}");
    let refused = calls.iter().any(|call| call["errcode"] == 40001);
    assert!(refused, "the revoked token was tried: {journal}");
}

/// `wxcheck serve`, as a user starts it; killed when dropped.
struct Served {
    child: Child,
    base: String,
    _folder: Folder,
}

impl Served {
    fn start() -> Self {
        let folder = Folder::new();
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--appid", APPID];
        let mut command = folder.wxcheck(&arguments);
        let mut child = command
            .env("WXCHECK_SECRET", SECRET)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let base = lines.find_map(|line| {
            let line = line.unwrap();
            let value = line.trim().strip_prefix("base URL")?.trim().to_owned();
            value.split_whitespace().next().map(str::to_owned)
        });
        Self {
            child,
            base: base.unwrap(),
            _folder: folder,
        }
    }

    /// One control request; the JSON it is answered with.
    fn tell(&self, method: &str, path: &str, body: &Value) -> Value {
        let host = self.base.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        let body = body.to_string();
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(" 200 "), "{answer}");
        serde_json::from_str(body).unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have gone by itself: that is no error.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
