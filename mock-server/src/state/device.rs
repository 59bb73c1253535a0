//! A user's phone: the fetch token that the mini program set on it, what it fetched, and what a page reads of that.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wxcheck_protocol::fetch::{FetchKind, Launch};

use super::{Moment, schedule};
use crate::text::Text;

/// The operating system, where it makes a difference.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum System {
    /// `getBackgroundFetchData` fails where nothing was fetched.
    #[default]
    Android,
    /// It succeeds, with an empty text.
    Ios,
}

/// The network that a phone has.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum NetworkCondition {
    /// None: nothing is fetched.
    None,
    /// A wireless network.
    #[default]
    Wifi,
    /// The carrier's. A prefetch takes it; a periodic update waits for a wireless one.
    Cellular,
}

impl NetworkCondition {
    /// True if there is any.
    pub const fn is_there(self) -> bool {
        !matches!(self, Self::None)
    }

    /// True if periodic updates are made. The page speaks of certain network conditions and does not name them; the
    /// careful reading is a wireless network.
    pub const fn allows_updates(self) -> bool {
        matches!(self, Self::Wifi)
    }
}

/// A phone of one user of one app.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Device {
    /// The operating system.
    pub system: System,
    /// True if it is a developer's or a trial user's, who see a grey release of 0 percent.
    pub trial: bool,
    /// The network that it has.
    pub network: NetworkCondition,
    /// The time at which the mini program was opened on it last.
    pub opened: Option<Moment>,
    /// The token that `wx.setBackgroundFetchToken` set.
    pub token: Option<String>,
    /// The time at which it fetches by itself next.
    pub due: Option<Moment>,
    /// True if it was due and waits for a network.
    pub(super) held: bool,
    /// The number of times that data came.
    arrivals: u64,
    periodic: Cache,
    pre: Cache,
}

/// The data of one kind that a phone holds.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Cache {
    /// The data that were fetched last with success.
    pub data: Option<Cached>,
    /// True if it is being fetched.
    pub running: bool,
    /// The reason that the last fetch brought nothing; `None` after a successful one.
    pub failure: Option<String>,
}

/// Data as a phone holds them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Cached {
    /// The whole body.
    pub text: Arc<str>,
    /// Remarks on how it became a text.
    pub notes: Vec<String>,
    /// The time at which the phone got it.
    pub at: Moment,
    /// The way the mini program was opened when it was fetched.
    pub launch: Launch,
    /// Its number among the phone's arrivals, from 1.
    arrival: u64,
}

/// The data that `wx.getBackgroundFetchData` hands to a page. Documented: page getBackgroundFetchData.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct FetchedData {
    /// The data.
    pub fetched_data: String,
    /// The time at which the phone got them, in milliseconds since the Unix epoch.
    pub time_stamp: Moment,
    /// The page that was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Its query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// The scene.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scene: Option<u32>,
}

/// The reason a page gets no data. The first two texts are the development tool's; the last is ours: no page has it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FetchDataError {
    /// No token, and nothing fetched.
    #[error("token not set, maybe you should setBackgroundFetchToken first")]
    NoToken,
    /// Not switched on for the app.
    #[error("-10007 no permission")]
    NoPermission,
    /// Nothing was fetched yet, on Android.
    #[error("no data was fetched yet")]
    NoData,
}

impl Device {
    /// The data of a kind that it holds.
    pub const fn cache(&self, kind: FetchKind) -> &Cache {
        match kind {
            FetchKind::Periodic => &self.periodic,
            FetchKind::Pre => &self.pre,
        }
    }

    const fn cache_mut(&mut self, kind: FetchKind) -> &mut Cache {
        match kind {
            FetchKind::Periodic => &mut self.periodic,
            FetchKind::Pre => &mut self.pre,
        }
    }

    /// The user opens the mini program. A phone that was not used for long is kept up to date again from now on;
    /// returns whether it has to be put on the schedule, where each phone stands once.
    pub fn open(&mut self, now: Moment) -> bool {
        self.opened = Some(now);
        if self.due.is_some() {
            return false;
        }
        let updated = self.periodic.data.as_ref().map_or(now, |data| data.at);
        self.due = Some(schedule::after_success(updated).max(now));
        true
    }

    /// The bytes of what it holds.
    pub(crate) fn bytes(&self) -> usize {
        let caches = [&self.periodic, &self.pre];
        let held = caches.iter().filter_map(|cache| cache.data.as_ref());
        held.map(|data| data.text.len()).sum()
    }

    /// A fetch begins.
    pub fn begin(&mut self, kind: FetchKind) {
        self.cache_mut(kind).running = true;
    }

    /// Nothing is being fetched any more; `true` where a periodic update was.
    pub(super) fn stop_running(&mut self) -> bool {
        self.pre.running = false;
        std::mem::take(&mut self.periodic.running)
    }

    /// A fetch ended. What cannot be cached leaves the data from before.
    pub fn end(
        &mut self,
        kind: FetchKind,
        at: Moment,
        launch: Launch,
        result: Result<Text, String>,
    ) {
        let arrival = self.arrivals + u64::from(result.is_ok());
        self.arrivals = arrival;
        let cache = self.cache_mut(kind);
        cache.running = false;
        match result {
            Ok(read) => {
                cache.data = Some(Cached {
                    notes: read.notes(),
                    text: Arc::from(read.text),
                    at,
                    launch,
                    arrival,
                });
                cache.failure = None;
            }
            Err(reason) => cache.failure = Some(reason),
        }
    }

    /// Nothing was fetched, and why.
    pub(super) fn fail(&mut self, kind: FetchKind, reason: &str) {
        self.cache_mut(kind).failure = Some(reason.to_owned());
    }

    /// The number of times that data came so far.
    pub const fn arrivals(&self) -> u64 {
        self.arrivals
    }

    /// The kind of data that came last since then, of that kind or of any.
    pub fn arrived_since(&self, arrivals: u64, wanted: Option<FetchKind>) -> Option<FetchKind> {
        let arrival = |kind: &FetchKind| {
            self.cache(*kind)
                .data
                .as_ref()
                .map_or(0, |data| data.arrival)
        };
        let kinds = FetchKind::ALL.into_iter();
        kinds
            .filter(|kind| wanted.is_none_or(|wanted| wanted == *kind))
            .filter(|kind| arrival(kind) > arrivals)
            .max_by_key(arrival)
    }

    /// The data that a page gets; `open` says whether the kind is switched on for the app. During a fetch these are
    /// those that were fetched before.
    pub fn data(&self, kind: FetchKind, open: bool) -> Result<FetchedData, FetchDataError> {
        if !open {
            return Err(FetchDataError::NoPermission);
        }
        if let Some(cached) = &self.cache(kind).data {
            return Ok(FetchedData {
                fetched_data: cached.text.as_ref().to_owned(),
                time_stamp: cached.at,
                path: cached.launch.path.clone(),
                query: cached.launch.query.clone(),
                scene: cached.launch.scene,
            });
        }
        match (kind, self.system) {
            (FetchKind::Periodic, _) if self.token.is_none() => Err(FetchDataError::NoToken),
            (_, System::Android) => Err(FetchDataError::NoData),
            (_, System::Ios) => Ok(FetchedData {
                fetched_data: String::new(),
                time_stamp: 0,
                path: None,
                query: None,
                scene: None,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{DAY, HOUR};

    fn launch() -> Launch {
        Launch {
            path: Some("pages/index/index".into()),
            ..Launch::default()
        }
    }

    #[test]
    fn a_page_reads_what_was_fetched_and_keeps_it_over_a_failure() {
        let mut phone = Device::default();
        phone.begin(FetchKind::Pre);
        assert_eq!(
            phone.data(FetchKind::Pre, true),
            Err(FetchDataError::NoData)
        );
        phone.end(FetchKind::Pre, 7, launch(), Ok("one".into()));
        phone.begin(FetchKind::Pre);
        let read = phone.data(FetchKind::Pre, true).unwrap();
        assert_eq!((read.fetched_data.as_str(), read.time_stamp), ("one", 7));
        assert_eq!(read.path.as_deref(), Some("pages/index/index"));
        phone.end(FetchKind::Pre, 9, launch(), Err("status 500".into()));
        assert_eq!(phone.data(FetchKind::Pre, true).unwrap().time_stamp, 7);
        assert_eq!(
            phone.cache(FetchKind::Pre).failure.as_deref(),
            Some("status 500")
        );
    }

    #[test]
    fn who_listens_hears_of_what_comes_from_then_on() {
        let mut phone = Device::default();
        phone.end(FetchKind::Pre, 1, launch(), Ok("one".into()));
        let before = phone.arrivals();
        assert_eq!(phone.arrived_since(before, None), None);
        phone.end(FetchKind::Pre, 2, launch(), Err("status 500".into()));
        assert_eq!(phone.arrived_since(before, None), None);
        phone.end(FetchKind::Periodic, 3, launch(), Ok("two".into()));
        assert_eq!(phone.arrived_since(before, None), Some(FetchKind::Periodic));
        assert_eq!(phone.arrived_since(before, Some(FetchKind::Pre)), None);
    }

    #[test]
    fn the_texts_of_the_development_tool() {
        let mut phone = Device::default();
        let error = |phone: &Device, kind, open| phone.data(kind, open).unwrap_err().to_string();
        assert_eq!(error(&phone, FetchKind::Pre, false), "-10007 no permission");
        assert_eq!(
            error(&phone, FetchKind::Periodic, true),
            "token not set, maybe you should setBackgroundFetchToken first"
        );
        phone.token = Some("t".into());
        phone.system = System::Ios;
        assert_eq!(
            phone.data(FetchKind::Periodic, true).unwrap().fetched_data,
            ""
        );
    }

    #[test]
    fn opening_puts_a_phone_on_the_schedule_once() {
        let mut phone = Device::default();
        assert!(phone.open(0) && !phone.open(HOUR));
        assert_eq!(phone.due, Some(12 * HOUR));
        phone.end(FetchKind::Periodic, 12 * HOUR, launch(), Ok("x".into()));
        phone.due = None;
        assert!(phone.open(30 * DAY));
        assert_eq!(phone.due, Some(30 * DAY), "overdue since long");
    }
}
