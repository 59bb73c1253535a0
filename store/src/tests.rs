use std::{path::PathBuf, sync::Arc, time::Duration};

use serde_json::json;
use tempfile::TempDir;
use wxcheck_events::{Event, Found, Records, Search, found};
use wxcheck_mock_server::{
    state::{
        State,
        app::AppSettings,
        kept::{Changes, Row, RowKind},
    },
    storing::{Batch, Journaled, KeptClock, Store},
};

use wxcheck_protocol::{account::Account, domain::Domains};

use super::*;

const DAY_MICROS: u64 = 24 * 60 * 60 * 1_000_000;
const KEEP: Keep = Keep {
    events: 100_000,
    age: Duration::from_secs(7 * 24 * 60 * 60),
};

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("wxcheck.db")
    }

    fn open(&self) -> Result<FileStore, StoreError> {
        FileStore::open(&self.file(), KEEP)
    }

    /// The words of the store when it is opened.
    fn refusal(&self) -> String {
        self.open().unwrap_err().to_string()
    }
}

fn fetched(number: u64, path: &str) -> Arc<Event> {
    event(&json!({"number": number, "at_micros": number, "event": "fetched", "path": path}))
}

fn event(value: &serde_json::Value) -> Arc<Event> {
    Arc::new(serde_json::from_value(value.clone()).unwrap())
}

/// A push that left, and its answer.
fn push(number: u64, what: &str, answer: &str) -> [Arc<Event>; 2] {
    let body = |text: &str| json!({"text": text, "bytes": text.len()});
    let sent = json!({"number": number, "at_micros": number, "event": "sent", "method": "POST", "path": "/wx", "what": {"of": "push", "name": what}});
    let answered = json!({
        "number": number + 1, "at_micros": number + 1, "event": "exchange", "sent": number,
        "outcome": "answered", "status": 200, "first_byte_micros": 1, "total_micros": 2,
        "evidence": {
            "url": "http://h/wx", "params": [], "headers": [], "body": body("<xml/>"),
            "answer": {"headers": [], "body": body(answer)}
        }
    });
    [event(&sent), event(&answered)]
}

fn batch(events: Vec<Arc<Event>>) -> Batch {
    Batch {
        changes: Changes::default(),
        clock: None,
        began_at: 1_700_000_000_000,
        events,
    }
}

fn search(text: &str, before: Option<u64>, count: usize) -> Search {
    Search {
        text: text.to_owned(),
        before,
        count,
    }
}

fn numbers(events: &[Arc<Event>]) -> Vec<u64> {
    events.iter().map(|event| event.number).collect()
}

fn rows(store: &FileStore, kind: RowKind) -> Vec<Row> {
    let mut rows = Vec::new();
    store.rows(kind, &mut |row| rows.push(row)).unwrap();
    rows
}

#[test]
fn events_are_there_after_a_restart_and_numbers_go_on() {
    let place = Place::new();
    let store = place.open().unwrap();
    assert_eq!(store.journal().unwrap(), None);
    let many: Vec<Arc<Event>> = (0..600).map(|number| fetched(2 * number, "/a")).collect();
    store.write(&batch(many.clone())).unwrap();
    store
        .write(&batch(push(1200, "text from o1", "success").to_vec()))
        .unwrap();
    drop(store);
    let store = place.open().unwrap();
    let journaled = Journaled {
        began_at: 1_700_000_000_000,
        until_micros: 1201,
        next: 1202,
    };
    assert_eq!(store.journal().unwrap(), Some(journaled));
    assert_eq!(store.page(0, usize::MAX)[..600], many[..]);
    assert_eq!(numbers(&store.page(511, 3)), [512, 514, 516]);
    assert_eq!(numbers(&store.page(1198, 9)), [1198, 1200, 1201]);
    assert!(store.page(1202, 9).is_empty());
    for number in [1200, 1201] {
        assert_eq!(numbers(&store.thread(number)), [1200, 1201]);
    }
    assert_eq!(numbers(&store.thread(4)), [4]);
    assert!(store.thread(5).is_empty());
}

#[test]
fn a_search_finds_what_a_look_at_every_event_finds() {
    let place = Place::new();
    let store = place.open().unwrap();
    let words = [
        "GET",
        "/cgi-bin/token",
        "你好",
        "您好吗",
        "x你y",
        "Grüße",
        "ab",
        "\"quoted\"",
        "50%_*",
        "success",
    ];
    let mut all: Vec<Arc<Event>> = Vec::new();
    let mut draw: u64 = 1;
    let mut next = |below: usize| {
        draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(draw >> 33).unwrap() % below
    };
    while all.len() < 1200 {
        let number = all.len() as u64;
        let text = format!(
            "{} {number} {}",
            words[next(words.len())],
            words[next(words.len())]
        );
        if next(2) == 0 {
            all.push(fetched(number, &text));
        } else {
            all.extend(push(number, &text, words[next(words.len())]));
        }
    }
    let mut written = 0;
    for some in all.chunks(500) {
        store.write(&batch(some.to_vec())).unwrap();
        written += some.len();
        // The newest have no entry in the index yet.
        compare_searches(&store, &all[..written]);
        while store.tidy().unwrap() {}
        compare_searches(&store, &all[..written]);
    }
}

fn compare_searches(store: &FileStore, all: &[Arc<Event>]) {
    let texts = [
        "", "e", "ab", "b", "你", "你好", "好吗", "x你", "GRÜßE", "\"quot", "50%_", "/CGI-bin",
        "99 ", "1234", "nowhere", "zz", "success",
    ];
    for text in texts {
        for (before, count) in [(None, 50), (Some(600), 7), (Some(3), 50), (None, 5000)] {
            let search = search(text, before, count);
            let Found { events, more } = found(all, &search);
            let stored = store.search(&search);
            assert_eq!(
                (numbers(&stored.events), stored.more),
                (numbers(&events), more),
                "{search:?}"
            );
        }
    }
}

#[test]
fn the_oldest_events_go_by_number_and_by_age() {
    let place = Place::new();
    let keep = Keep {
        events: 1000,
        ..KEEP
    };
    let store = FileStore::open(&place.file(), keep).unwrap();
    for start in 0..50 {
        let events = (0..100).map(|number| fetched(100 * start + number, &format!("/{start}")));
        store.write(&batch(events.collect())).unwrap();
    }
    let kept = store.page(0, usize::MAX);
    assert_eq!((kept.len(), kept[0].number), (1000, 4000));
    assert!(store.search(&search("/39", None, 9)).events.is_empty());
    assert_eq!(store.search(&search("/40", None, 9)).events.len(), 9);
    while store.tidy().unwrap() {}
    assert!(store.search(&search("/39", None, 9)).events.is_empty());
    assert_eq!(store.search(&search("/40", None, 9)).events.len(), 9);
    let late = json!({"number": 5000, "at_micros": 5000 + 6 * DAY_MICROS, "event": "fetched", "path": "/"});
    store.write(&batch(vec![event(&late)])).unwrap();
    assert_eq!(store.page(0, usize::MAX).len(), 1001, "whole pieces go");
    let later = json!({"number": 5001, "at_micros": 5001 + 8 * DAY_MICROS, "event": "fetched", "path": "/"});
    store.write(&batch(vec![event(&later)])).unwrap();
    assert_eq!(numbers(&store.page(0, usize::MAX)), [5000, 5001]);
    assert!(store.search(&search("/40", None, 9)).events.is_empty());
}

#[test]
fn values_are_sealed_replaced_and_taken_out() {
    let place = Place::new();
    let store = place.open().unwrap();
    let mut state = State::new(1, true);
    state.note_changes();
    let settings = |appid: &str| AppSettings {
        appid: appid.into(),
        secret: Some("t0ps3cret".into()),
        kind: Account::Mini,
        ip_whitelist: Vec::new(),
        callback: None,
        open: true,
        domains: Domains::default(),
    };
    state.register(settings("wx1"));
    state.register(settings("wx2"));
    state.apps.get_mut("wx1").unwrap().enrol("oSomebody");
    let write = |state: &mut State, clock| {
        let batch = Batch {
            changes: state.take_changes(),
            clock,
            ..batch(Vec::new())
        };
        store.write(&batch).unwrap();
    };
    let clock = KeptClock {
        stands_at: None,
        advanced: 5,
    };
    write(&mut state, Some(clock));
    let names = |kind| {
        rows(&store, kind)
            .into_iter()
            .map(|row| format!("{}/{}", row.app, row.key))
            .collect::<Vec<String>>()
    };
    assert_eq!(names(RowKind::Settings), ["wx1/", "wx2/"]);
    assert_eq!(names(RowKind::User), ["wx1/oSomebody"]);
    state.apps.get_mut("wx1").unwrap().users.remove("oSomebody");
    state.forget("wx2");
    write(&mut state, None);
    assert_eq!(names(RowKind::Settings), ["wx1/"]);
    assert!(names(RowKind::User).is_empty());
    state.reset(1);
    write(&mut state, None);
    assert_eq!(names(RowKind::Settings), ["wx1/"]);
    let kept = rows(&store, RowKind::Clock).remove(0).value.unwrap();
    assert_eq!(serde_json::from_slice::<KeptClock>(&kept).unwrap(), clock);
    drop(store);
    for name in ["wxcheck.db", "wxcheck.db-wal"] {
        let bytes = std::fs::read(place.0.path().join(name)).unwrap_or_default();
        let is_there = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
        assert!(!is_there(b"t0ps3cret"), "{name}");
    }
}

#[test]
fn a_store_that_is_in_use_is_refused() {
    let place = Place::new();
    let store = place.open().unwrap();
    assert!(place.refusal().contains("another wxcheck serves from it"));
    drop(store);
    place.open().unwrap();
}

#[test]
fn a_file_of_a_newer_version_or_of_another_program_is_refused_and_left_alone() {
    let place = Place::new();
    drop(place.open().unwrap());
    let raw = Connection::open(place.file()).unwrap();
    raw.pragma_update(None, "user_version", 99).unwrap();
    assert!(
        place
            .refusal()
            .contains("written by a newer wxcheck (format 99, and this one knows 2)")
    );
    let other = Place::new();
    let raw = Connection::open(other.file()).unwrap();
    raw.execute_batch("CREATE TABLE theirs (a)").unwrap();
    assert!(
        other.refusal().contains("is no store of wxcheck"),
        "{}",
        other.refusal()
    );
    std::fs::copy(
        place.0.path().join("wxcheck.db.key"),
        other.0.path().join("wxcheck.db.key"),
    )
    .unwrap();
    assert!(
        other.refusal().contains("is no store of wxcheck"),
        "{}",
        other.refusal()
    );
    raw.query_row("SELECT count(*) FROM theirs", [], |_| Ok(()))
        .unwrap();
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test spoils a key")]
fn a_store_without_its_key_is_refused() {
    let place = Place::new();
    drop(place.open().unwrap());
    let key = place.0.path().join("wxcheck.db.key");
    let right = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    assert!(place.refusal().contains("wxcheck.db.key is missing"));
    assert!(!key.exists(), "none is made for a store that has one");
    for wrong in [&b"nonsense"[..], &[b'0'; 64]] {
        std::fs::write(&key, wrong).unwrap();
        assert!(
            place.refusal().contains("is not its key"),
            "{}",
            place.refusal()
        );
    }
    std::fs::write(&key, right).unwrap();
    place.open().unwrap();
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_the_store_or_its_key() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let store = place.open().unwrap();
    store.write(&batch(vec![fetched(0, "/")])).unwrap();
    let files = std::fs::read_dir(place.0.path()).unwrap();
    let modes: Vec<u32> = files
        .map(|file| file.unwrap().metadata().unwrap().permissions().mode() & 0o777)
        .collect();
    assert!(
        modes.len() >= 3 && modes.iter().all(|mode| *mode == 0o600),
        "{modes:?}"
    );
}

#[test]
fn a_file_of_the_first_format_is_brought_up_to_date_with_its_index() {
    let place = Place::new();
    let store = place.open().unwrap();
    let events = (0..300).map(|number| fetched(number, &format!("/page/{number}")));
    store.write(&batch(events.collect())).unwrap();
    while store.tidy().unwrap() {}
    drop(store);
    let raw = Connection::open(place.file()).unwrap();
    let back = "ALTER TABLE journal DROP COLUMN indexed; PRAGMA user_version = 1;";
    raw.execute_batch(back).unwrap();
    drop(raw);
    let store = place.open().unwrap();
    assert!(!store.tidy().unwrap(), "nothing waits");
    assert_eq!(store.search(&search("/page/7", None, 50)).events.len(), 11);
}
