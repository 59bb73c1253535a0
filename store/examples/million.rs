//! A journal of a million records: how long it takes to write, how large the file is, and how long a search takes.
//!
//! Run it with `cargo run --release -p wxcheck-store --example million`. Nothing is asserted: figures are for people.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement reads the clock, prints its figures, and ends where it cannot measure"
)]

use std::{
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::json;
use wxcheck_events::{Event, Records as _, Search};
use wxcheck_mock_server::storing::{Batch, Store as _};
use wxcheck_store::{FileStore, Keep};

const RECORDS: u64 = 1_000_000;
/// Records of a write, as under load.
const TOGETHER: u64 = 2000;
const WORDS: [&str; 10] = [
    "订单",
    "退款",
    "您好",
    "请问",
    "什么时候",
    "发货",
    "hello",
    "order",
    "thanks",
    "price",
];

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("million.db");
    let keep = Keep {
        events: RECORDS,
        age: Duration::from_secs(3600 * 24 * 3650),
    };
    let store = FileStore::open(&file, keep).unwrap();
    let before = resident();
    let begun = Instant::now();
    let mut longest = Duration::ZERO;
    for start in (0..RECORDS).step_by(usize::try_from(TOGETHER).unwrap()) {
        let batch = Batch {
            changes: wxcheck_mock_server::state::kept::Changes::default(),
            clock: None,
            began_at: 0,
            events: (start..start + TOGETHER).map(record).collect(),
        };
        let writing = Instant::now();
        store.write(&batch).unwrap();
        longest = longest.max(writing.elapsed());
    }
    println!(
        "{RECORDS} records in {:?}, {TOGETHER} of them in {longest:?} at most",
        begun.elapsed()
    );
    let begun = Instant::now();
    while store.tidy().unwrap() {}
    println!("the rest of the index in {:?}", begun.elapsed());
    drop(store);
    println!("file     {} bytes", fs::metadata(&file).unwrap().len());
    let begun = Instant::now();
    let store = FileStore::open(&file, keep).unwrap();
    println!("opened   in {:?}", begun.elapsed());
    for text in [
        "custom/send",
        "o0000000000000000000777",
        "No. 123456.",
        "退款 发货",
        "您好",
        "e1",
        "no such text",
        "zz",
        "\u{1f600}",
    ] {
        let search = Search {
            text: text.to_owned(),
            before: None,
            count: 50,
        };
        let times: Vec<Duration> = (0..5)
            .map(|_| {
                let begun = Instant::now();
                store.search(&search);
                begun.elapsed()
            })
            .collect();
        let found = store.search(&search);
        println!(
            "{text:<26} {:>3} found{} first {:?}, then {:?}",
            found.events.len(),
            if found.more { ", more," } else { "," },
            times[0],
            times[4]
        );
    }
    let begun = Instant::now();
    let page = store.page(RECORDS / 2, 1000);
    println!(
        "a page of {} from the middle in {:?}",
        page.len(),
        begun.elapsed()
    );
    println!("memory   {before} before and {} after", resident());
}

/// A call, or a push with its answer, of one of a thousand users who each say something of their own.
fn record(number: u64) -> Arc<Event> {
    let mixed = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let word = |shift: u64| WORDS[usize::try_from((mixed >> shift) % 10).unwrap()];
    let openid = format!("o{:022}", mixed % 1000);
    let says = format!("{} {} No. {number}. {}", word(3), word(9), word(15));
    let body = |text: &str| json!({"text": text, "bytes": text.len()});
    let mut event = match number % 3 {
        0 => json!({
            "event": "called", "method": "POST", "path": "/cgi-bin/message/custom/send", "planned": true,
            "appid": "wx0123456789abcdef", "token": 1, "openid": openid, "sent": true, "errcode": 0, "status": 200,
            "fault": null, "query": "access_token=***",
            "body": format!(r#"{{"touser":"{openid}","msgtype":"text","text":{{"content":"{says}"}}}}"#),
            "answer": body(r#"{"errcode":0,"errmsg":"ok"}"#)
        }),
        1 => {
            json!({"event": "sent", "method": "POST", "path": "/wechat", "what": {"of": "push", "name": "text", "from": openid}})
        }
        _ => json!({
            "event": "exchange", "sent": number - 1, "outcome": "answered", "status": 200,
            "first_byte_micros": 900, "total_micros": 1000,
            "evidence": {
                "url": "http://127.0.0.1:8080/wechat",
                "params": [{"name": "signature", "value": null}, {"name": "timestamp", "value": "1700000000"}, {"name": "nonce", "value": format!("{mixed}")}],
                "headers": [["content-type", "text/xml"]],
                "body": body(&format!("<xml><ToUserName><![CDATA[gh_0]]></ToUserName><FromUserName><![CDATA[{openid}]]></FromUserName><CreateTime>1700000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{says}]]></Content><MsgId>{mixed}</MsgId></xml>")),
                "answer": {"headers": [["content-type", "text/plain"]], "body": body("success")}
            }
        }),
    };
    event["number"] = json!(number);
    event["at_micros"] = json!(number * 1000);
    Arc::new(serde_json::from_value(event).unwrap())
}

/// The resident memory, where the system tells it.
fn resident() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.map_or_else(|| "unknown".to_owned(), |kib| kib.trim().to_owned())
}
