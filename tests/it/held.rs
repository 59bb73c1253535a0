//! `wxcheck serve --store`: pushes that wait, and pushes that were sent, after a restart.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    place::free_address,
    program::{APPID, Folder},
    served::Served,
};

const OPENID: &str = "oHeld";
/// A push that does not come within this time does not come at all.
const LONGEST: Duration = Duration::from_secs(60);

fn start(folder: &Folder, more: &[&str]) -> Served {
    let file = folder.path("wxcheck.db");
    let store = ["--store", file.to_str().unwrap()];
    Served::start(&[&store, more].concat())
}

/// Waits for it, and never for ever.
#[track_caller]
fn until(mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + LONGEST;
    while !is_so() {
        assert!(Instant::now() < deadline, "it is never so");
    }
}

/// A server that acknowledges every push; the bodies as they come.
fn bot(address: SocketAddr) -> Receiver<String> {
    let listener = TcpListener::bind(address).unwrap();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut length = 0;
            let mut line = String::new();
            // A look whether it listens sends nothing.
            while stream.read_line(&mut line).unwrap_or(0) > 2 {
                let lower = line.to_ascii_lowercase();
                if let Some(value) = lower.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            if length == 0 {
                continue;
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\nsuccess";
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
            if tell.send(String::from_utf8(body).unwrap()).is_err() {
                return;
            }
        }
    });
    told
}

fn write(served: &Served, content: &str) -> Value {
    let path = format!("/_wxcheck/apps/{APPID}/users/{OPENID}/acts?wait=true");
    let act = json!({"act": "send-text", "content": content});
    served.control("POST", &path, &act)
}

fn element<'a>(body: &'a str, name: &str) -> &'a str {
    let (_, behind) = body.split_once(&format!("<{name}>")).unwrap();
    let value = behind.split_once(&format!("</{name}>")).unwrap().0;
    value
        .trim_start_matches("<![CDATA[")
        .trim_end_matches("]]>")
}

fn held(served: &Served) -> Vec<Value> {
    let held = served.control("GET", "/_wxcheck/held", &Value::Null);
    held["held"].as_array().unwrap().clone()
}

/// The number of a push that is held, as its record has it.
fn number_of(served: &Served, number: &Value) -> i64 {
    let path = format!("/_wxcheck/journal/{number}");
    let record = served.control("GET", &path, &Value::Null);
    assert_eq!(record["repeatable"], true, "{record}");
    assert_eq!(record["outcome"], "held", "{record}");
    record["number"].as_i64().unwrap()
}

#[test]
fn pushes_that_wait_outlive_the_process_and_come_in_order() {
    for is_killed in [false, true] {
        let folder = Folder::new();
        let address = free_address();
        let url = format!("http://{address}/wechat");
        let target = [&*url, "--token", "t0ken", "--hold-while-down"];
        let mut served = start(&folder, &target);
        for content in ["one", "two"] {
            assert_eq!(write(&served, content)["outcome"], "held");
        }
        let form = json!({"name": "text", "from": OPENID, "set": {"Content": "three"}});
        let path = format!("/_wxcheck/apps/{APPID}/push");
        let sent = served.control("POST", &path, &form);
        assert_eq!(sent["outcome"], "held");
        let before = held(&served);
        let says = |held: &[Value]| -> Vec<String> {
            let says = held.iter().map(|push| push["says"].as_str().unwrap_or("?"));
            says.map(str::to_owned).collect()
        };
        assert_eq!(says(&before), ["one", "two", "three"]);
        let numbers: Vec<i64> = before
            .iter()
            .map(|push| number_of(&served, &push["number"]))
            .collect();
        let chat = format!("/_wxcheck/apps/{APPID}/users/{OPENID}/chat");
        let chat = served.control("GET", &chat, &Value::Null);
        let shown: Vec<&Value> = chat["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| &item["text"])
            .collect();
        assert_eq!(shown, ["one", "two", "three"]);
        if is_killed {
            // The store is asked by name until it has them: what is not written yet may be lost.
            let file = folder.path("wxcheck.db");
            let connection = rusqlite::Connection::open(file).unwrap();
            let count = "SELECT count(*) FROM value WHERE kind = 'push'";
            until(|| {
                let count = connection.query_row(count, [], |row| row.get::<_, u64>(0));
                count.unwrap() == 3
            });
            served.kill();
        } else {
            assert_eq!(served.terminate(), Some(0));
        }

        let mut served = start(&folder, &["--hold-while-down"]);
        let mut after = Vec::new();
        // They wait again as soon as all that was kept is back.
        until(|| {
            after = held(&served);
            after.len() == 3
        });
        let again: Vec<i64> = after
            .iter()
            .map(|push| push["number"].as_i64().unwrap())
            .collect();
        assert_eq!(again, numbers);
        // What was killed may have lost the newest of its journal.
        if !is_killed {
            assert_eq!(says(&after), ["one", "two", "three"]);
        }
        let pushes = bot(address);
        let bodies: Vec<String> = (0..3)
            .map(|_| pushes.recv_timeout(LONGEST).unwrap())
            .collect();
        let contents: Vec<&str> = bodies.iter().map(|body| element(body, "Content")).collect();
        assert_eq!(contents, ["one", "two", "three"]);
        let mut ids: Vec<&str> = bodies.iter().map(|body| element(body, "MsgId")).collect();
        ids.dedup();
        assert_eq!(ids.len(), 3);
        until(|| held(&served).is_empty());
        assert_eq!(served.terminate(), Some(0));

        let served = start(&folder, &["--hold-while-down"]);
        assert!(held(&served).is_empty(), "what was delivered waits no more");
    }
}

#[test]
fn what_was_sent_before_a_restart_is_sent_again_as_the_same_message() {
    let folder = Folder::new();
    let address = free_address();
    let pushes = bot(address);
    let url = format!("http://{address}/wechat");
    let mut served = start(&folder, &[&url, "--token", "t0ken"]);
    let number = write(&served, "{openid} 你好")["number"].as_u64().unwrap();
    let first = pushes.recv_timeout(LONGEST).unwrap();
    let secret = write(&served, "my token is t0ken")["number"]
        .as_u64()
        .unwrap();
    pushes.recv_timeout(LONGEST).unwrap();
    assert_eq!(served.terminate(), Some(0));

    let served = start(&folder, &[]);
    let ask = |how: &str, form: &Value| {
        let path = format!("/_wxcheck/journal/{number}/{how}");
        served.control("POST", &path, form)
    };
    let again = ask("resend", &json!({}));
    assert_eq!(again["outcome"], "acknowledged");
    assert_eq!(pushes.recv_timeout(LONGEST).unwrap(), first);
    let path = format!("/_wxcheck/journal/{}", again["number"]);
    let record = served.control("GET", &path, &Value::Null);
    assert_eq!(
        (&record["again"], &record["repeatable"]),
        (&json!(number), &json!(true))
    );

    let twice = ask("duplicate?times=3&together=true", &json!({}));
    assert_eq!(twice["pushes"].as_array().unwrap().len(), 3);
    for _ in 0..3 {
        assert_eq!(pushes.recv_timeout(LONGEST).unwrap(), first);
    }
    ask(
        "resend-altered",
        &json!({"format": "json", "set": {"Content": "later"}, "new_id": true}),
    );
    let json: Value = serde_json::from_str(&pushes.recv_timeout(LONGEST).unwrap()).unwrap();
    assert_eq!(json["Content"], "later");
    assert_ne!(json["MsgId"].to_string(), element(&first, "MsgId"));

    let record = served.control("GET", &format!("/_wxcheck/journal/{secret}"), &Value::Null);
    assert_eq!(record["repeatable"], false, "the journal keeps no secret");
    let chat = format!("/_wxcheck/apps/{APPID}/users/{OPENID}/chat");
    let chat = served.control("GET", &chat, &Value::Null);
    let shown = chat["items"].as_array().unwrap().iter();
    let shown: Vec<&Value> = shown.map(|item| &item["text"]).collect();
    assert_eq!(shown[0], "{openid} 你好");
    assert_eq!(shown.len(), 3, "a phone shows a message once: {chat}");
}
