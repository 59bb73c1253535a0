//! The times at which phones fetch, and what a fetch is worth when it ends.

use super::*;
use crate::state::{DAY, HOUR, app::AppSettings};

const USER: &str = "oWXCK0000000000000000000000a";

fn state() -> State {
    let mut state = State::new(1, true);
    state.register(AppSettings {
        appid: "wx0".into(),
        secret: None,
        kind: wxcheck_protocol::account::Account::Mini,
        ip_whitelist: Vec::new(),
        callback: None,
        open: true,
        domains: wxcheck_protocol::domain::Domains::default(),
    });
    let fetch = &mut *app(&mut state).fetch;
    for setting in [&mut fetch.pre, &mut fetch.period] {
        setting.open = true;
        setting.source = FetchSource::Server {
            url: "http://127.0.0.1:1/".into(),
        };
    }
    state
}

fn app(state: &mut State) -> &mut App {
    state.apps.get_mut("wx0").unwrap()
}

fn open(state: &mut State, now: Moment) -> Vec<FetchJob> {
    let State { apps, draw, .. } = state;
    let app = apps.get_mut("wx0").unwrap();
    app.open_on(USER, "phone", &Launch::default(), now, draw)
        .unwrap()
}

fn phone(state: &mut State) -> &mut crate::state::device::Device {
    let user = app(state).users.get_mut(USER).unwrap();
    user.devices.get_mut("phone").unwrap()
}

fn succeed(state: &mut State, jobs: &[FetchJob]) {
    for job in jobs {
        state.end_fetch(job, Ok("data".into()));
    }
}

#[test]
fn a_cold_start_prefetches_with_a_code_until_a_token_is_set() {
    let mut state = state();
    let jobs = open(&mut state, 0);
    assert_eq!(jobs.len(), 1);
    assert!(jobs[0].fetch.code.is_some() && jobs[0].fetch.token.is_none());
    let phone = app(&mut state)
        .users
        .get_mut(USER)
        .unwrap()
        .devices
        .get_mut("phone");
    phone.unwrap().token = Some("t".into());
    let jobs = open(&mut state, 1);
    assert!(jobs[0].fetch.code.is_none() && jobs[0].fetch.token.as_deref() == Some("t"));
}

#[test]
fn a_cloud_function_gets_no_code() {
    let mut state = state();
    app(&mut state).fetch.pre.source = FetchSource::CloudFunction {
        env: "e".into(),
        function: "f".into(),
    };
    let jobs = open(&mut state, 0);
    assert_eq!(jobs.len(), 1);
    assert!(jobs[0].fetch.code.is_none() && jobs[0].fetch.token.is_none());
}

#[test]
fn twelve_hours_count_from_the_last_success() {
    let mut state = state();
    open(&mut state, 0);
    assert_eq!(state.take_due_fetches(12 * HOUR - 1), []);
    let jobs = state.take_due_fetches(12 * HOUR);
    assert_eq!((jobs.len(), jobs[0].fetch.kind), (1, FetchKind::Periodic));
    state.end_fetch(&jobs[0], Err("status 500".into()));
    // A failure does not move the clock: it is tried again before twelve hours are over.
    let jobs = state.take_due_fetches(13 * HOUR);
    assert_eq!(jobs.len(), 1);
    succeed(&mut state, &jobs);
    assert_eq!(state.next_fetch(), Some(25 * HOUR));
}

#[test]
fn a_day_at_once_is_two_updates_one_after_the_other() {
    let mut state = state();
    open(&mut state, 0);
    let mut moments = Vec::new();
    loop {
        let jobs = state.take_due_fetches(DAY);
        if jobs.is_empty() {
            break;
        }
        moments.extend(jobs.iter().map(|job| job.fetch.sent_at));
        succeed(&mut state, &jobs);
    }
    assert_eq!(moments, [12 * HOUR, DAY]);
}

#[test]
fn seven_days_without_use_end_it_and_opening_begins_it_again() {
    let mut state = state();
    open(&mut state, 0);
    let mut updates = 0;
    for half_day in 1..=20 {
        let jobs = state.take_due_fetches(half_day * 12 * HOUR);
        updates += jobs.len();
        succeed(&mut state, &jobs);
    }
    assert_eq!(updates, 14, "two a day for seven days");
    assert_eq!(state.next_fetch(), None);
    open(&mut state, 10 * DAY);
    let jobs = state.take_due_fetches(10 * DAY);
    assert_eq!(jobs.len(), 1, "overdue");
}

#[test]
fn an_update_waits_for_wifi_and_a_phone_without_network_fetches_nothing() {
    let key: DeviceKey = (Arc::from(USER), Arc::from("phone"));
    for network in [NetworkCondition::None, NetworkCondition::Cellular] {
        let mut state = state();
        let opening = open(&mut state, 0);
        succeed(&mut state, &opening);
        app(&mut state).change_network(&key, network, HOUR);
        assert_eq!(state.take_due_fetches(12 * HOUR), [], "{network:?}");
        assert_eq!(phone(&mut state).due, Some(12 * HOUR), "it is overdue");
        let opened = open(&mut state, 13 * HOUR);
        let offline = network == NetworkCondition::None;
        assert_eq!(opened.is_empty(), offline, "a prefetch takes any network");
        let failure = phone(&mut state).cache(FetchKind::Pre).failure.clone();
        assert_eq!(failure.is_some(), offline);
        app(&mut state).change_network(&key, NetworkCondition::Wifi, 14 * HOUR);
        let jobs = state.take_due_fetches(14 * HOUR);
        assert_eq!((jobs.len(), jobs[0].fetch.kind), (1, FetchKind::Periodic));
        assert_eq!(jobs[0].fetch.sent_at, 14 * HOUR);
        succeed(&mut state, &jobs);
        assert_eq!(state.next_fetch(), Some(26 * HOUR));
    }
}

#[test]
fn settings_are_obeyed() {
    let mut state = state();
    app(&mut state).fetch.period.open = false;
    app(&mut state).fetch.pre.open = false;
    assert_eq!(open(&mut state, 0), []);
    assert_eq!(state.take_due_fetches(12 * HOUR), []);
    app(&mut state).fetch.period.open = true;
    assert_eq!(state.take_due_fetches(DAY).len(), 1);
}

#[test]
fn finclip_fetches_both_when_opened_and_nothing_by_itself() {
    let mut state = state();
    app(&mut state).fetch.dialect = Dialect::Finclip;
    let jobs = open(&mut state, 0);
    assert_eq!(jobs.len(), 2);
    succeed(&mut state, &jobs);
    assert_eq!(state.next_fetch(), None);
}

#[test]
fn what_was_under_way_in_a_snapshot_is_not_after_it() {
    let mut state = state();
    let opening = open(&mut state, 0);
    state.end_fetch(&opening[0], Err("status 500".into()));
    let updates = state.take_due_fetches(12 * HOUR);
    let prefetches = open(&mut state, 12 * HOUR);
    assert_eq!((updates.len(), prefetches.len()), (1, 1));
    let snapshot = state.clone();
    succeed(&mut state, &updates);
    state.restore(snapshot, DAY);
    assert_eq!(app(&mut state).fetching.under_way, 0);
    for kind in [FetchKind::Pre, FetchKind::Periodic] {
        assert!(!phone(&mut state).cache(kind).running, "{kind}");
    }
    // One of before ends late: for nobody.
    let again = state.take_due_fetches(DAY);
    assert_eq!((again.len(), again[0].fetch.kind), (1, FetchKind::Periodic));
    succeed(&mut state, &prefetches);
    assert_eq!(app(&mut state).fetching.under_way, 1);
    assert!(phone(&mut state).cache(FetchKind::Pre).data.is_none());
    succeed(&mut state, &again);
    assert_eq!(app(&mut state).fetching.under_way, 0);
}

#[test]
fn what_was_begun_before_a_snapshot_is_made_after_it() {
    let mut state = state();
    let jobs = open(&mut state, 0);
    app(&mut state).fetching.begun.extend(jobs);
    let snapshot = state.clone();
    state.restore(snapshot, 0);
    assert!(phone(&mut state).cache(FetchKind::Pre).running);
    let jobs = state.take_due_fetches(0);
    assert_eq!((jobs.len(), app(&mut state).fetching.under_way), (1, 1));
    succeed(&mut state, &jobs);
    assert_eq!(app(&mut state).fetching.under_way, 0);
    assert!(phone(&mut state).cache(FetchKind::Pre).data.is_some());
}

#[test]
fn a_fetch_ends_for_nobody_after_a_reset_or_when_its_app_was_registered_again() {
    let mut state = state();
    for again in [
        |state: &mut State| state.reset(1),
        |state: &mut State| {
            let settings = AppSettings::clone(&app(state).settings);
            state.forget("wx0");
            state.register(settings);
        },
    ] {
        let late = open(&mut state, 0);
        again(&mut state);
        app(&mut state).fetch.pre.open = true;
        let jobs = open(&mut state, 0);
        succeed(&mut state, &late);
        assert_eq!(app(&mut state).fetching.under_way, 1);
        succeed(&mut state, &jobs);
    }
}

#[test]
fn lots_are_spread_and_stay() {
    let mut seen = [0_u32; 4];
    for user in 0..1000 {
        let openid = format!("oUser{user:023}");
        assert_eq!(lot(&openid), lot(&openid));
        seen[usize::from(lot(&openid) / 25)] += 1;
    }
    assert!(
        seen.iter().all(|quarter| (150..350).contains(quarter)),
        "{seen:?}"
    );
}
