//! Lets the phones of a fleet fetch, at a chosen rate, and counts the outcomes.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{StreamExt, stream};
use reqwest::Url;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep_until};
use wxcheck_protocol::{
    fetch::{Fetch, FetchKind, Launch},
    push::encode_query,
};

use crate::{
    bounds::FLEET_FETCHES_IN_FLIGHT,
    exchange::Outcome,
    fetched::cacheable,
    histogram::Histogram,
    hub::Hub,
    latency::{Latency, tally},
    pace::Pace,
    sender::Request,
    state::{
        Moment,
        fetch_setting::FetchSettings,
        fleet::{DuePhone, url_of},
    },
    target::{append_query, parse_url},
};

use super::phones::Phones;

/// Phones looked at before others get their turn at the state.
const BATCH: usize = 20_000;
/// After this, what was not sent yet is not sent.
pub(crate) const LONGEST: Duration = Duration::from_secs(600);

/// The way an app's fleet fetches while the clock is advanced.
#[derive(Clone, Copy, Debug, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Emission {
    /// The number of due phones that really fetch; the others count as updated.
    #[cfg_attr(test, schema(example = 1000))]
    pub(crate) send: u64,
    /// The number of fetches a second, evenly. Without it all at once, as a thundering herd.
    #[serde(default)]
    #[cfg_attr(test, schema(example = 200))]
    pub(crate) per_second: Option<u32>,
}

/// The outcome of a fleet's fetches.
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct Emitted {
    /// Phones whose time came.
    due: u64,
    /// Fetches that were sent.
    sent: u64,
    /// Of these, those whose data can be cached.
    cached: u64,
    /// Answers that cannot be cached, by reason.
    not_cached: BTreeMap<String, u64>,
    /// Fetches that were not answered, or not sent at all, by reason.
    unanswered: BTreeMap<String, u64>,
    /// Latency of the answers, from the start of the request to the end of the answer's body, in milliseconds.
    latency: Option<Latency>,
    /// The time it took in all, in milliseconds.
    took_millis: u64,
}

/// The counts while it goes on.
struct Count {
    emitted: Emitted,
    latency: Histogram,
}

/// Phones that were taken. Those not back when it is dropped, because whoever asked went away, failed to fetch.
struct Away<'a> {
    hub: &'a Hub,
    appid: &'a str,
    phones: Vec<DuePhone>,
}

impl Drop for Away<'_> {
    fn drop(&mut self) {
        self.hub.with(|state, _| {
            let app = state.apps.get_mut(self.appid);
            if let Some(fleet) = app.and_then(|app| app.fleet.as_mut()) {
                self.phones
                    .iter()
                    .for_each(|phone| fleet.end(*phone, false));
            }
        });
    }
}

/// Lets whatever of an app's fleet is due by that time fetch, chosen and paced as asked.
pub(crate) async fn emit(
    hub: &Hub,
    phones: &Arc<Phones>,
    appid: &str,
    until: Moment,
    emission: Emission,
) -> Emitted {
    let begun = Instant::now();
    let count = Mutex::new(Count {
        emitted: Emitted::default(),
        latency: Histogram::default(),
    });
    let mut left_to_send = emission.send;
    let mut started: u32 = 0;
    // Those that fetched may be due again: each turn is one wave.
    loop {
        let away = take_wave(hub, appid, until, left_to_send, &count).await;
        let chosen = &away.phones;
        if chosen.is_empty() {
            break;
        }
        left_to_send = left_to_send.saturating_sub(chosen.len() as u64);
        let first = started;
        started = started.saturating_add(u32::try_from(chosen.len()).unwrap_or(u32::MAX));
        let jobs = chosen.iter().copied().enumerate().map(|(place, phone)| {
            let place = first.saturating_add(u32::try_from(place).unwrap_or(u32::MAX));
            let at = begun + Pace::of(emission.per_second).after(place);
            let count = &count;
            async move {
                sleep_until(at).await;
                let cached = fetch_for(hub, phones, appid, phone, begun, count).await;
                hub.with(|state, _| {
                    let app = state.apps.get_mut(appid);
                    if let Some(fleet) = app.and_then(|app| app.fleet.as_mut()) {
                        fleet.end(phone, cached);
                    }
                });
            }
        });
        stream::iter(jobs)
            .buffer_unordered(FLEET_FETCHES_IN_FLIGHT)
            .for_each(|()| async {})
            .await;
    }
    let Count {
        mut emitted,
        latency,
    } = count.into_inner().unwrap_or_else(PoisonError::into_inner);
    emitted.latency = Latency::of(&latency);
    emitted.took_millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    emitted
}

/// Everything that is due, bit by bit, so that the API goes on answering meanwhile; those that are to fetch.
async fn take_wave<'a>(
    hub: &'a Hub,
    appid: &'a str,
    until: Moment,
    send: u64,
    count: &Mutex<Count>,
) -> Away<'a> {
    let due = hub.with(|state, _| {
        let app = state.apps.get(appid);
        app.and_then(|app| app.fleet.as_ref())
            .map_or(0, |fleet| fleet.due(until))
    });
    let share = (send.min(due), due.max(1));
    let phones = Vec::new();
    let mut away = Away { hub, appid, phones };
    let mut left = 0;
    loop {
        // Over a long advance the same phones come again: those of the first turn are enough.
        let wave = hub.with(|state, _| {
            let app = state.apps.get_mut(appid);
            let fleet = app.and_then(|app| app.fleet.as_mut());
            let rest = send.saturating_sub(away.phones.len() as u64);
            fleet.map(|fleet| fleet.take_due(until, BATCH, (share, rest), &mut left))
        });
        let Some(wave) = wave.filter(|wave| wave.due > 0) else {
            break;
        };
        count
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .emitted
            .due += wave.due;
        away.phones.extend(wave.chosen);
        // With nothing left to send, the rest of a long advance is only counted.
        tokio::task::yield_now().await;
    }
    away
}

async fn fetch_for(
    hub: &Hub,
    phones: &Arc<Phones>,
    appid: &str,
    phone: DuePhone,
    begun: Instant,
    count: &Mutex<Count>,
) -> bool {
    let asked = hub.with(|state, _| {
        let app = state.apps.get(appid)?;
        let token = app.fleet.as_ref()?.token_of(phone.number);
        let url = url_of(&app.fetch.period, phone.number)?;
        Some(request(&app.fetch, appid, token, phone.at, &url))
    });
    let outcome = match asked {
        _ if begun.elapsed() > LONGEST => Err(format!("not sent within {LONGEST:?}")),
        None => Err("periodic update is not switched on, or has no URL".to_owned()),
        Some(Err(reason)) => Err(reason),
        Some(Ok(request)) => phones.fetch_for_fleet(&request).await,
    };
    let mut count = count.lock().unwrap_or_else(PoisonError::into_inner);
    let Count { emitted, latency } = &mut *count;
    match outcome {
        Err(reason) => {
            tally(&mut emitted.unanswered, &reason);
            false
        }
        Ok(Outcome::Silent(silence)) => {
            emitted.sent += 1;
            tally(&mut emitted.unanswered, &silence.to_string());
            false
        }
        Ok(Outcome::Answered(answer)) => {
            emitted.sent += 1;
            latency.record(answer.total);
            match cacheable(&answer) {
                Ok(_) => {
                    emitted.cached += 1;
                    true
                }
                Err(reason) => {
                    tally(&mut emitted.not_cached, &reason.to_string());
                    false
                }
            }
        }
    }
}

fn request(
    settings: &FetchSettings,
    appid: &str,
    token: String,
    at: Moment,
    url: &str,
) -> Result<Request, String> {
    let url: Url = parse_url(url).map_err(|error| error.to_string())?;
    let fetch = Fetch {
        kind: FetchKind::Periodic,
        appid: appid.to_owned(),
        token: Some(token),
        code: None,
        sent_at: at,
        launch: Launch::default(),
    };
    let query = encode_query(&fetch.pairs(settings.dialect, settings.unit()));
    Ok(Request {
        accepts_gzip: true,
        ..Request::get(append_query(url, &query))
    })
}
