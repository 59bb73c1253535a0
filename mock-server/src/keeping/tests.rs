use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::time::Instant;
use wxcheck_events::{Event, Found, Kind, Records, Search, found};
use wxcheck_protocol::account::Account;

use super::*;
use crate::{clock::Clock, journal::Journal, state::app::AppSettings, storing::Journaled};

/// A store that lasts as long as a test.
#[derive(Debug, Default)]
struct Shelf {
    kept: Mutex<Things>,
    is_broken: AtomicBool,
}

#[derive(Debug, Default)]
struct Things {
    rows: BTreeMap<(&'static str, Arc<str>), Row>,
    events: Vec<Arc<Event>>,
    began_at: u64,
}

impl Shelf {
    fn kept(&self) -> MutexGuard<'_, Things> {
        self.kept.lock().unwrap()
    }
}

impl Store for Shelf {
    fn journal(&self) -> Result<Option<Journaled>, StoreFailure> {
        let kept = self.kept();
        Ok(kept.events.last().map(|last| Journaled {
            began_at: kept.began_at,
            until_micros: last.at_micros,
            next: last.number + 1,
        }))
    }

    fn rows(&self, kind: RowKind, each: &mut dyn FnMut(Row)) -> Result<(), StoreFailure> {
        let rows = self
            .kept()
            .rows
            .values()
            .filter(|row| row.kind == kind)
            .cloned()
            .collect::<Vec<Row>>();
        rows.into_iter().for_each(each);
        Ok(())
    }

    fn write(&self, batch: &Batch) -> Result<(), StoreFailure> {
        if self.is_broken.load(Ordering::SeqCst) {
            return Err("no space is left".into());
        }
        let mut kept = self.kept();
        let rows = batch
            .rows()
            .map(|row| ((row.kind.name(), Arc::clone(&row.key)), row));
        kept.rows.extend(rows);
        kept.events.extend(batch.events.iter().cloned());
        kept.began_at = batch.began_at;
        Ok(())
    }

    fn tidy(&self) -> Result<bool, StoreFailure> {
        Ok(false)
    }

    fn next(&self) -> u64 {
        self.kept().events.last().map_or(0, |last| last.number + 1)
    }
}

impl Records for Shelf {
    fn page(&self, since: u64, count: usize) -> Vec<Arc<Event>> {
        let kept = self.kept();
        kept.events
            .iter()
            .filter(|event| event.number >= since)
            .take(count)
            .cloned()
            .collect()
    }

    fn thread(&self, number: u64) -> Vec<Arc<Event>> {
        let kept = self.kept();
        let thread = kept
            .events
            .iter()
            .find(|event| event.number == number)
            .map(|event| event.thread());
        kept.events
            .iter()
            .filter(|event| Some(event.thread()) == thread)
            .cloned()
            .collect()
    }

    fn search(&self, search: &Search) -> Found {
        found(&self.kept().events, search)
    }
}

fn fetched(path: &str) -> Kind {
    Kind::Fetched { path: path.into() }
}

fn numbers(events: &[Arc<Event>]) -> Vec<u64> {
    events.iter().map(|event| event.number).collect()
}

/// A platform that starts with what the store has, and remembers two events in memory.
fn start(shelf: &Arc<Shelf>) -> (Arc<Hub>, Keeper) {
    let store: Arc<dyn Store> = Arc::<Shelf>::clone(shelf);
    let mut state = State::new(1, true);
    recall(&*store, &mut state).unwrap();
    let journal =
        Journal::new(Instant::now(), 2).going_on(Arc::clone(&store), store.journal().unwrap());
    let hub = Arc::new(Hub::new(state, 1, Clock::real(), Arc::new(journal)).with_store());
    let keeper = Keeper::start(Arc::clone(&hub), store);
    (hub, keeper)
}

fn register(hub: &Hub) {
    let settings = AppSettings {
        appid: "wx0".into(),
        secret: None,
        kind: Account::Mini,
        ip_whitelist: Vec::new(),
        callback: None,
        open: true,
        domains: wxcheck_protocol::domain::Domains::default(),
    };
    hub.with(|state, _| state.register(settings));
}

/// Time passes until it is so.
async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        sleep(BETWEEN_WRITES).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_changes_is_written_behind_and_is_there_at_the_next_start() {
    let shelf = Arc::new(Shelf::default());
    let (hub, keeper) = start(&shelf);
    hub.whole().await;
    register(&hub);
    hub.journal().append(fetched("/a"));
    until(|| shelf.next() == 1).await;
    hub.with(|state, _| {
        state.apps.get_mut("wx0").unwrap().enrol("o1");
    });
    hub.journal().append(fetched("/b"));
    keeper.close().await;
    assert_eq!(shelf.next(), 2, "what is left is written at the end");
    let (hub, _keeper) = start(&shelf);
    assert!(!hub.is_whole());
    hub.whole().await;
    assert!(hub.with(|state, _| state.apps["wx0"].users.contains_key("o1")));
    assert_eq!(hub.journal().append(fetched("/c")), 2);
    let records = hub.journal().records().page(0, 9);
    assert_eq!(numbers(&records), [0, 1, 2]);
    assert!(records[2].at_micros >= records[1].at_micros);
}

#[tokio::test(start_paused = true)]
async fn a_write_that_fails_is_told_and_tried_again() {
    let shelf = Arc::new(Shelf::default());
    let (hub, _keeper) = start(&shelf);
    shelf.is_broken.store(true, Ordering::SeqCst);
    hub.journal().append(fetched("/a"));
    until(|| hub.store().unwrap().failure.is_some()).await;
    sleep(Duration::from_secs(5)).await;
    let told = hub.store().unwrap();
    assert_eq!(told.failure.as_deref(), Some("no space is left"));
    assert!(told.lag >= Duration::from_secs(5));
    // Two are remembered; what comes meanwhile pushes others out.
    for _ in 0..5 {
        hub.journal().append(fetched("/b"));
    }
    shelf.is_broken.store(false, Ordering::SeqCst);
    until(|| shelf.next() == 6).await;
    assert_eq!(numbers(&shelf.kept().events), [0, 4, 5]);
    until(|| hub.store().unwrap().failure.is_none()).await;
    let told = hub.store().unwrap();
    assert_eq!(
        (told.next, told.lag, told.lost),
        (6, Duration::ZERO, 3),
        "all of it is written"
    );
}

#[tokio::test(start_paused = true)]
async fn records_are_read_from_the_store_and_from_memory_alike() {
    let shelf = Arc::new(Shelf::default());
    let (hub, keeper) = start(&shelf);
    let journal = hub.journal();
    let sent = r#"{"number":0,"at_micros":0,"event":"sent","method":"POST","path":"/wx","what":{"of":"push","name":"text","from":"o1"}}"#;
    let sent: Event = serde_json::from_str(sent).unwrap();
    journal.append(sent.kind);
    until(|| shelf.next() == 1).await;
    journal.append(fetched("/one"));
    journal.append(fetched("/two"));
    keeper.close().await;
    drop(keeper);
    // From here on nothing is written.
    let answer = r#"{"number":0,"at_micros":0,"event":"exchange","sent":0,"outcome":"silent","reason":"cut"}"#;
    let answer: Event = serde_json::from_str(answer).unwrap();
    journal.append(answer.kind);
    journal.append(fetched("/three"));
    let records = journal.records();
    assert_eq!(numbers(&records.page(0, 9)), [0, 1, 2, 3, 4]);
    assert_eq!(numbers(&records.page(1, 3)), [1, 2, 3]);
    for number in [0, 3] {
        assert_eq!(numbers(&records.thread(number)), [0, 3]);
    }
    let search = |text: &str, count| {
        let text = text.to_owned();
        let before = None;
        let found = records.search(&Search {
            text,
            before,
            count,
        });
        (numbers(&found.events), found.more)
    };
    assert_eq!(search("t", 9), (vec![4, 2, 0], false));
    assert_eq!(search("t", 2), (vec![4, 2], true));
    assert_eq!(search("O1", 9), (vec![0], false));
    let at_once = journal
        .wait(1, Instant::now(), |kind| *kind == fetched("/one"))
        .await;
    assert_eq!(at_once.unwrap().number, 1);
}
