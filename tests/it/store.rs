//! `wxcheck serve --store`: what a restart finds, however the process before it ended.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::mpsc,
    thread,
};

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::{
    program::{APPID, Folder},
    served::{SECRET, Served},
};

const OPENID: &str = "oStored";
const SENT: &str = "/cgi-bin/message/custom/send";

fn start(folder: &Folder, more: &[&str]) -> Served {
    let file = folder.path("wxcheck.db");
    let store = ["--store", file.to_str().unwrap()];
    Served::start(&[&store, more].concat())
}

fn app() -> String {
    format!("/_wxcheck/apps/{APPID}")
}

/// Registers a user who wrote; a stable token.
fn prepare(served: &Served) -> String {
    served.control("PUT", &format!("{}/users/{OPENID}", app()), &json!({}));
    let act = json!({"act": "send-text", "content": "你好"});
    served.control("POST", &format!("{}/users/{OPENID}/acts", app()), &act);
    stable_token(served)
}

fn stable_token(served: &Served) -> String {
    let asked = json!({"grant_type": "client_credential", "appid": APPID, "secret": SECRET});
    let answer = served.control("POST", "/cgi-bin/stable_token", &asked);
    answer["access_token"].as_str().unwrap().to_owned()
}

fn say(served: &Served, token: &str, text: &str) -> Value {
    let path = format!("{SENT}?access_token={token}");
    let message = json!({"touser": OPENID, "msgtype": "text", "text": {"content": text}});
    served.control("POST", &path, &message)
}

/// The records from that number on, and the number of the next.
fn journal(served: &Served, since: u64) -> (Vec<Value>, u64) {
    let (mut records, mut next) = (Vec::new(), since);
    loop {
        let page = served.control(
            "GET",
            &format!("/_wxcheck/journal?since={next}"),
            &Value::Null,
        );
        let some = page["records"].as_array().unwrap();
        if some.is_empty() {
            return (records, next);
        }
        records.extend(some.iter().cloned());
        next = page["next"].as_u64().unwrap();
    }
}

#[test]
fn a_restart_goes_on_where_it_was() {
    let folder = Folder::new();
    let mut served = start(&folder, &["--clock", "virtual"]);
    let token = prepare(&served);
    assert_eq!(say(&served, &token, "one")["errcode"], 0);
    let other = json!({
        "secret": "0therSecret", "kind": "official",
        "callback": {"url": "http://127.0.0.1:9/", "token": "t0ken", "verify": false}
    });
    served.control("PUT", "/_wxcheck/apps/wxOther", &other);
    served.control(
        "PUT",
        &format!("{}/templates/t1", app()),
        &json!({"keys": ["thing1"]}),
    );
    let fault = json!({"endpoint": "/cgi-bin/getcallbackip", "fault": {"errcode": -1}});
    served.control("POST", "/_wxcheck/faults", &fault);
    served.control("POST", "/_wxcheck/clock/advance", &json!({"by": "1h"}));
    let before = served.control("GET", "/_wxcheck/state", &Value::Null);
    let (records, next) = journal(&served, 0);
    assert_eq!(served.terminate(), Some(0));

    let mut served = start(&folder, &["--clock", "virtual"]);
    let after = served.control("GET", "/_wxcheck/state", &Value::Null);
    assert_eq!(after, before);
    assert_eq!(
        journal(&served, 0),
        (records.clone(), next),
        "the journal is whole, and times stay"
    );
    assert_eq!(stable_token(&served), token);
    assert_eq!(say(&served, &token, "two")["errcode"], 0);
    let messages = served.control("GET", &format!("{}/messages", app()), &Value::Null);
    let said = |place: usize| &messages["messages"][place]["message"]["text"]["content"];
    assert_eq!(
        (said(0), said(1)),
        (&json!("one"), &json!("two")),
        "{messages}"
    );
    let (later, _) = journal(&served, next);
    assert!(later[0]["number"] == next && later[0]["at"].as_u64() >= records[0]["at"].as_u64());

    served.control("POST", "/_wxcheck/reset", &Value::Null);
    assert_eq!(served.terminate(), Some(0));
    let served = start(&folder, &["--clock", "virtual"]);
    let apps = served.control("GET", "/_wxcheck/apps", &Value::Null);
    let counts: Vec<&Value> = apps
        .as_array()
        .unwrap()
        .iter()
        .map(|app| &app["messages_sent"])
        .collect();
    assert_eq!(counts, [&json!(0), &json!(0)]);
}

#[test]
fn settings_of_the_command_line_win_over_those_of_the_store_and_others_stay() {
    let folder = Folder::new();
    let mut served = start(&folder, &[]);
    let settings = json!({"secret": SECRET, "kind": "official", "open": true});
    served.control("PUT", &app(), &settings);
    assert_eq!(served.terminate(), Some(0));
    let mut served = start(&folder, &[]);
    let shown = served.control("GET", &app(), &Value::Null);
    assert_eq!(
        (&shown["kind"], &shown["open"]),
        (&json!("official"), &json!(true))
    );
    assert_eq!(served.terminate(), Some(0));
    let served = start(&folder, &["--account", "mini"]);
    assert_eq!(served.control("GET", &app(), &Value::Null)["kind"], "mini");
}

/// The number of the first record that the store does not have yet.
fn unwritten(served: &Served) -> u64 {
    let health = served.control("GET", "/_wxcheck/health", &Value::Null);
    health["store"]["next"].as_u64().unwrap()
}

#[test]
fn a_process_that_is_killed_loses_no_more_than_the_end_and_breaks_nothing() {
    let folder = Folder::new();
    let mut served = start(&folder, &["--no-limits"]);
    let token = prepare(&served);
    assert_eq!(served.terminate(), Some(0));
    let (mut next, mut sent, mut kept) = (0, 0, 0);
    for round in 0..50 {
        let mut served = start(&folder, &["--no-limits"]);
        let (records, now) = journal(&served, next);
        let numbers: Vec<u64> = records
            .iter()
            .map(|record| record["number"].as_u64().unwrap())
            .collect();
        assert_eq!(
            numbers,
            (next..now).collect::<Vec<u64>>(),
            "no gap, round {round}"
        );
        next = now;
        assert!(next >= kept, "{next} of {kept} are left, round {round}");
        sent += records
            .iter()
            .filter(|record| record["sent"] == true)
            .count() as u64;
        let told = served.control("GET", &app(), &Value::Null)["messages_sent"]
            .as_u64()
            .unwrap();
        assert!(
            told >= sent,
            "no event without its effect: {told} and {sent}, round {round}"
        );
        sent = told;
        let hammer = Hammer::start(&served, &token);
        // Every third one may be killed before anything is written.
        if round % 3 > 0 {
            kept = hammer.until_written(&served, next);
        }
        hammer.wait(20 + 37 * (round % 11));
        served.kill();
        hammer.end();
    }
    drop(start(&folder, &[]));
    let file = Connection::open(folder.path("wxcheck.db")).unwrap();
    let checked: String = file
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(checked, "ok");
    file.execute("INSERT INTO words(words) VALUES ('integrity-check')", [])
        .unwrap();
}

/// Two connections over which messages are sent, until the process is gone.
struct Hammer {
    answered: mpsc::Receiver<()>,
    lines: [thread::JoinHandle<()>; 2],
}

impl Hammer {
    fn start(served: &Served, token: &str) -> Self {
        let body =
            json!({"touser": OPENID, "msgtype": "text", "text": {"content": "again"}}).to_string();
        let request = format!(
            "POST {SENT}?access_token={token} HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let (tell, answered) = mpsc::channel();
        let lines = [(); 2].map(|()| {
            let mut stream = TcpStream::connect(served.host()).unwrap();
            let (request, tell) = (request.clone(), tell.clone());
            thread::spawn(move || {
                let mut buffer = [0; 4096];
                while stream.write_all(request.as_bytes()).is_ok()
                    && let Ok(read @ 1..) = stream.read(&mut buffer)
                {
                    let answer = String::from_utf8_lossy(&buffer[..read]);
                    // The last one may be cut.
                    assert!(!answer.contains("\"errcode\":4"), "{answer}");
                    let _ = tell.send(());
                }
            })
        });
        Self { answered, lines }
    }

    /// Waits until the store says that it has records from that number on; the number of the first that it does not have.
    fn until_written(&self, served: &Served, next: u64) -> u64 {
        let written = (0..100_000).find_map(|_| {
            self.wait(1);
            Some(unwritten(served)).filter(|unwritten| *unwritten > next)
        });
        // Answers that came meanwhile are not waited for.
        self.answered.try_iter().for_each(drop);
        assert!(written.is_some(), "nothing is written, whatever is sent");
        written.unwrap()
    }

    /// Waits for so many answers more.
    fn wait(&self, answers: usize) {
        let came = self.answered.iter().take(answers).count();
        assert_eq!(came, answers, "the process is gone");
    }

    fn end(self) {
        let ended = self.lines.map(thread::JoinHandle::join);
        assert!(ended.iter().all(Result::is_ok), "{ended:?}");
    }
}

#[test]
fn a_store_that_cannot_be_used_is_told_with_its_place() {
    let folder = Folder::new();
    let served = start(&folder, &[]);
    let file = folder.path("wxcheck.db");
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let again = [&serve[..], &["--store", file.to_str().unwrap()]].concat();
    folder
        .run(&again)
        .exits(2)
        .complains("--store")
        .complains("another wxcheck serves from it");
    drop(served);
    folder.write(
        "notes.txt",
        "no store at all, but a text that is long enough to be read as one",
    );
    folder.write("wxcheck.toml", "store = 'notes.txt'\n");
    folder
        .run(&serve)
        .exits(2)
        .complains("wxcheck.toml line 1, store")
        .complains("is no store of wxcheck");
    for (option, value) in [("--keep", "1"), ("--keep-days", "0")] {
        folder
            .run(&[&serve[..], &[option, value]].concat())
            .exits(2)
            .complains(option);
    }
}
