//! `wxcheck serve`, started as a user starts it.

use std::{
    io::{BufRead as _, BufReader, Lines, Read as _, Write as _},
    net::TcpStream,
    process::{Child, ChildStdout, Stdio},
    time::Duration,
};

use serde_json::{Value, json};

use crate::program::{APPID, Folder, Ran, finish};

pub(crate) const SECRET: &str = "Ys8Lp3Qd6Hj1Vc5";
/// The time after which an answer no longer comes.
const LONGEST: Duration = Duration::from_secs(60);

/// A platform that listens on a free port; killed when dropped.
pub(crate) struct Served {
    child: Child,
    pub(crate) base: String,
    _folder: Folder,
}

impl Served {
    pub(crate) fn start(more: &[&str]) -> Self {
        Self::start_with(more, &[]).0
    }

    /// The same with further variables, and the lines that it prints from then on.
    fn start_with(
        more: &[&str],
        variables: &[(&str, &str)],
    ) -> (Self, Lines<BufReader<ChildStdout>>) {
        let folder = Folder::new();
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--appid", APPID];
        let mut command = folder.wxcheck(&[&arguments[..], more].concat());
        let mut child = command
            .env("WXCHECK_SECRET", SECRET)
            .envs(variables.iter().copied())
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
        let served = Self {
            child,
            base: base.unwrap(),
            _folder: folder,
        };
        (served, lines)
    }

    /// Tells it to stop, as the system does; the exit code, once it has.
    #[cfg(unix)]
    pub(crate) fn terminate(&mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        let told = std::process::Command::new("kill")
            .args(["-TERM", &pid])
            .status();
        assert!(told.unwrap().success());
        self.child.wait().unwrap().code()
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Its address and port.
    pub(crate) fn host(&self) -> &str {
        let (_, host) = self.base.split_once("://").unwrap();
        host
    }

    /// A request to it, written and not answered yet.
    fn call(&self, request: &str) -> TcpStream {
        let host = self.base.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        // A test that waits longer has found a hang.
        stream.set_read_timeout(Some(LONGEST)).unwrap();
        write!(stream, "{request}\r\nConnection: close\r\n\r\n").unwrap();
        stream
    }

    /// The status and the error of a control request that is refused, for somebody who reads Chinese.
    pub(crate) fn refusal_in_chinese(
        &self,
        method: &str,
        path: &str,
        body: &Value,
    ) -> (u16, String) {
        self.refusal_with(method, path, body, "Accept-Language: zh-CN")
    }

    /// The same to a request with those headers.
    pub(crate) fn refusal_with(
        &self,
        method: &str,
        path: &str,
        body: &Value,
        headers: &str,
    ) -> (u16, String) {
        let host = self.host();
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close"
        );
        let mut stream = TcpStream::connect(host).unwrap();
        write!(stream, "{head}\r\n\r\n{body}").unwrap();
        let answer = answer(stream);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let told: Value = serde_json::from_str(body).unwrap();
        (
            status,
            told["error"].as_str().unwrap_or_default().to_owned(),
        )
    }

    /// One control request; the JSON it is answered with.
    pub(crate) fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        let host = self.base.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        stream.set_read_timeout(Some(LONGEST)).unwrap();
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

/// The answer to a call, whole.
fn answer(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[cfg(unix)]
#[test]
fn the_terminal_shows_times_in_the_zone_of_the_machine() {
    let hour = |text: &str| text[..2].parse::<u32>().unwrap();
    for (zone, hours, sign) in [("CST-8", 8, ""), ("Asia/Shanghai", 8, ""), ("UTC0", 0, "Z")] {
        let is_known = !zone.contains('/')
            || std::path::Path::new("/usr/share/zoneinfo")
                .join(zone)
                .exists();
        if !is_known {
            continue;
        }
        let (served, mut lines) = Served::start_with(&[], &[("TZ", zone)]);
        let act = json!({"act": "send-text", "content": "hello"});
        let path = format!("/_wxcheck/apps/{APPID}/users/oA/acts");
        served.control("PUT", &path.replace("/acts", ""), &json!({}));
        served.control("POST", &path, &act);
        let shown = lines.find_map(|line| Some(line.unwrap()).filter(|line| line.contains("→ ")));
        let (shown, _) = shown.as_deref().unwrap().split_once(' ').unwrap();
        let told = served.control("GET", "/_wxcheck/journal", &Value::Null);
        let times = told["records"].as_array().unwrap().iter();
        let mut times = times.filter_map(|record| record["time"].as_str()?.split_once('T'));
        let (_, of_journal) = times.next().unwrap();
        let wanted = format!(
            "{:02}{}{sign}",
            (hour(of_journal) + hours) % 24,
            &of_journal[2..12]
        );
        assert_eq!(shown, wanted, "{zone}");
    }
}

#[test]
fn an_empty_control_token_is_a_mistake_wherever_it_stands() {
    let folder = Folder::new();
    let open = ["serve", "--listen", "0.0.0.0:0"];
    let mistaken = |ran: Ran| {
        ran.exits(2)
            .complains("--control-token: the token is empty")
    };
    mistaken(folder.run(&[&open[..], &["--control-token", ""]].concat()));
    let mut command = folder.wxcheck(&open);
    command.env("WXCHECK_CONTROL_TOKEN", "");
    mistaken(finish(&mut command));
    folder.write("wxcheck.toml", "control-token = ''\n");
    mistaken(folder.run(&open));
    mistaken(folder.run(&["serve", "--listen", "127.0.0.1:0"]));
    folder
        .run(&["check", "--api-listen", "127.0.0.1:0"])
        .exits(2);
}

#[test]
fn hosts_are_allowed_by_options_and_by_the_file_and_are_hosts() {
    let folder = Folder::new();
    for option in ["--allow-host", "--allow-target"] {
        for value in ["", "http://h/", "h:80", "a b"] {
            folder
                .run(&["serve", "--listen", "127.0.0.1:0", option, value])
                .exits(2)
                .complains(option);
        }
    }
    let served = Served::start(&["--allow-host", "wxcheck", "--allow-target", "192.0.2.7"]);
    for (host, status) in [("wxcheck:8900", "200"), ("evil.example", "421")] {
        let asked = format!("GET /_wxcheck/state HTTP/1.1\r\nHost: {host}");
        let answer = answer(served.call(&asked));
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{answer}"
        );
    }
    let callback = serde_json::json!({"callback": {"url": "http://192.0.2.7/", "token": "tok", "verify": false}});
    served.control("PUT", &format!("/_wxcheck/apps/{APPID}"), &callback);
}

#[test]
#[cfg(unix)]
fn a_service_that_is_told_to_stop_answers_what_it_took() {
    let mut served = Served::start(&[]);
    let slow = serde_json::json!({"endpoint": "*", "fault": {"slow-millis": 700}});
    served.control("POST", "/_wxcheck/faults", &slow);
    let called = served.call("GET /cgi-bin/token HTTP/1.1\r\nHost: h");
    let wait = "/_wxcheck/journal?wait=30000&path=/cgi-bin/token";
    let journal = served.control("GET", wait, &Value::Null);
    assert_eq!(journal["records"][0]["change"], "set");
    assert_eq!(journal["records"][1]["path"], "/cgi-bin/token");
    assert_eq!(served.terminate(), Some(0));
    let answer = answer(called);
    assert!(answer.contains("41002"), "{answer}");
}

#[test]
fn a_seed_file_is_applied_at_the_start_and_its_mistakes_are_named() {
    let folder = Folder::new();
    let seed = "[apps.wxseed]\nopen = true\n\n[apps.wxseed.users.oSeeded]\nrisk_rank = 3\n";
    folder.write("seed.toml", seed);
    let file = folder.path("seed.toml");
    let served = Served::start(&["--seed-file", file.to_str().unwrap()]);
    let user = served.control("GET", "/_wxcheck/apps/wxseed/users/oSeeded", &Value::Null);
    assert_eq!(user["risk_rank"], 3);
    folder.write("seed.toml", "[apps.wxseed]\nsecrets = 'x'\n");
    folder
        .run(&[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--seed-file",
            "seed.toml",
        ])
        .exits(2)
        .complains("apps.wxseed: body: ")
        .complains("unknown field `secrets`");
    folder
        .run(&["serve", "--interactive"])
        .exits(2)
        .complains("--interactive: standard input and output are no terminal");
}

#[test]
fn each_sdk_is_pointed_at_the_platform() {
    let folder = Folder::new();
    folder.run(&["sdk"]).exits(0).says("silenceper/wechat");
    folder
        .run(&["sdk", "wxjava", "--base", "http://10.0.0.1:1/"])
        .exits(0)
        .says("setApiHostUrl(\"http://10.0.0.1:1\")");
    folder
        .run(&["sdk", "nothing"])
        .exits(2)
        .complains("choose one of wechatpy");
}
