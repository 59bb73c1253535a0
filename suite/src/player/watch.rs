//! Watching for effects: calls at the mock API, or counts on a page of the server's own.

use std::{collections::BTreeMap, time::Duration};

use tokio::time::{Instant, sleep, sleep_until};
use wxcheck_events::{Called, Event, Kind, Subject};
use wxcheck_mock_server::{Outcome, SenderError};

use super::{Play, Player};
use crate::{
    bounds::{CALLS, CALLS_BYTES},
    effects::{addressee, is_about_quota, is_over_quota, named_in},
    effects_page,
    identity::{Cast, is_invented},
    leak::Handed,
    profile::Channel,
    transcript::{ApiCall, Entry, Sent, Transcript},
};

/// The interval at which a page is asked: it cannot tell us by itself.
const PAGE_ASKED_EVERY: Duration = Duration::from_millis(100);
/// The multiple of its usual lag that an effect may take before it counts as one that does not come.
const LAGS: u32 = 2;
/// The time that effects are waited for in first contact, once one was seen: in multiples of its lag.
const FIRST_LAGS: u32 = 10;
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The limits that a server may take for what stands in its queue, as long as messages come.
const QUEUE_LIMITS: u32 = 3;

impl Player<'_> {
    pub(super) fn waited_since(&self, begun: Instant) {
        self.waits.borrow_mut().push((begun, Instant::now()));
    }

    /// Waits until so much time has passed since the start of the platform.
    pub(crate) async fn wait_until(&self, since_start: Duration) {
        let left = since_start.saturating_sub(self.platform.journal().elapsed());
        let begun = Instant::now();
        sleep(left).await;
        self.waited_since(begun);
    }

    /// Credentials that the API handed out of late: access tokens, and the session key of a play's first user. They are
    /// secrets, like the configured ones.
    pub(super) fn handed_out(&self, cast: &Cast) -> Handed {
        let appid = &self.platform.target().credentials.appid;
        let Some(api) = self.platform.api() else {
            return Handed::default();
        };
        api.hub().with(|state, _| {
            let Some(app) = state.apps.get(appid.as_str()) else {
                return Handed::default();
            };
            let first_user = app.users.get(cast.openid(0).as_str());
            let key = first_user.and_then(|user| user.session_key());
            Handed {
                tokens: app.tokens.texts().collect(),
                session_key: key.map(str::to_owned),
            }
        })
    }

    /// The serial numbers of the tokens that `/cgi-bin/token` handed out of late.
    fn plain_tokens(&self) -> Vec<u64> {
        let appid = &self.platform.target().credentials.appid;
        let Some(api) = self.platform.api() else {
            return Vec::new();
        };
        api.hub().with(|state, _| {
            let app = state.apps.get(appid.as_str());
            app.map_or_else(Vec::new, |app| app.tokens.plain_serials().collect())
        })
    }

    /// The time that effects are waited for. In first contact it is not known whether there are any.
    fn patience(&self) -> Duration {
        let limit = self.profile.limit;
        let lag = self.lag.get();
        if self.learnt.get().is_none() && lag > Duration::ZERO {
            (lag * FIRST_LAGS + FIRST_WAIT).min(limit)
        } else {
            limit
        }
    }

    /// Notes how long an effect took. Slow ones are forgotten little by little.
    pub(crate) fn note_lag(&self, lag: Duration) {
        let lag = lag.min(self.profile.limit / 2);
        self.lag.set(lag.max(self.lag.get() * 15 / 16));
    }

    /// Notes how long the first effect of each push took; not the time that we lost ourselves.
    pub(super) fn note_lags(&self, entries: &[Entry], calls: &[ApiCall], lost: Duration) {
        let true_pushes = entries.iter().filter_map(|entry| match &entry.sent {
            Sent::Push {
                openid,
                is_true: true,
                ..
            } => Some((entry.started, openid)),
            _ => None,
        });
        for (started, openid) in true_pushes {
            let own = |call: &&ApiCall| call.reached(openid);
            if let Some(first) = calls.iter().find(own) {
                let lag = first.at.saturating_sub(started);
                self.note_lag(lag.saturating_sub(lost));
            }
        }
    }

    /// The time that effects took recently.
    pub(crate) const fn effect_lag(&self) -> Duration {
        self.lag.get()
    }

    /// Notes how long an answer took. Slow ones are forgotten little by little.
    pub(super) fn note_pace(&self, took: Duration) {
        self.pace.set(took.max(self.pace.get() * 7 / 8));
    }

    /// The quiet time after which nothing more is expected: longer for a server that takes its time.
    pub(super) fn quiet(&self, quiet: Duration) -> Duration {
        quiet + self.pace.get().min(self.profile.limit / 2)
    }

    /// The page's counts for each of these pushes, as one call for each effect. An answer that is no count stands
    /// there as a call with errcode -1.
    async fn count_on_page<'p>(
        &self,
        pushes: impl Iterator<Item = &'p Sent>,
    ) -> Result<Vec<ApiCall>, SenderError> {
        let Some(page) = &self.page else {
            return Ok(Vec::new());
        };
        let mut calls = Vec::new();
        for (url, openid) in effects_page::questions(page, pushes) {
            let outcome = self.platform.fetch(url.clone()).await?;
            let counted = match &outcome {
                Outcome::Answered(answer) if answer.status == 200 => {
                    effects_page::count(&answer.body)
                }
                _ => None,
            };
            let call = ApiCall {
                number: None,
                at: self.platform.journal().elapsed(),
                path: url.path().to_owned(),
                openid: Some(openid.to_owned()),
                own: true,
                sent: counted.is_some_and(|times| times > 0),
                times: counted.unwrap_or(0),
                errcode: if counted.is_some() { 0 } else { -1 },
                struck: false,
                token: None,
                body: String::new(),
            };
            if counted != Some(0) {
                calls.push(call);
            }
        }
        Ok(calls)
    }

    /// All calls from that mark on, each with the number of its record; our own are those about users of some play.
    pub(crate) fn calls_since(&self, mark: u64) -> Vec<(u64, ApiCall)> {
        let records = self.platform.journal().since(mark).into_iter();
        records
            .filter_map(|event| {
                let called = event.kind.called()?;
                let own = called.openid.as_deref().is_some_and(is_invented);
                Some((event.number, api_call(&event, called, own, &[])))
            })
            .collect()
    }

    /// The page's present counts for the pushes of a play that has ended; nothing where there is no page.
    pub(crate) async fn count_again(
        &self,
        transcript: &Transcript,
    ) -> Result<Vec<ApiCall>, SenderError> {
        self.count_on_page(transcript.entries.iter().map(|entry| &entry.sent))
            .await
    }
}

impl Play<'_> {
    /// Waits until our listener was fetched from.
    pub(super) async fn await_fetch(&self, quiet: Duration) {
        let begun = Instant::now();
        let path = self.listener_path;
        let journal = self.player.platform.journal();
        let own = |kind: &Kind| matches!(kind, Kind::Fetched { path: fetched } if fetched == path);
        let mut until = begun + self.player.quiet(quiet);
        while journal.wait(self.mark, until, own).await.is_none() {
            // While this machine did nothing, the server may have done nothing either.
            let fair = begun + self.player.quiet(quiet) + self.player.lost_since(begun);
            if fair <= until {
                break;
            }
            until = fair;
        }
        self.player.waited_since(begun);
    }

    /// Waits until the effects of the true pushes so far are there, and then for quiet.
    pub(super) async fn settle(&mut self, quiet: Duration) -> Result<(), SenderError> {
        let begun = Instant::now();
        let quiet = self.player.quiet(quiet);
        match self.player.profile().channel {
            Channel::None => return Ok(()),
            Channel::Api => self.settle_calls(quiet, begun).await,
            Channel::Page => self.settle_page(quiet, begun).await?,
        }
        self.player.waited_since(begun);
        Ok(())
    }

    /// The number of effects that each user's pushes should have. Before first contact is over, one is hoped for.
    fn wanted(&self) -> BTreeMap<&str, usize> {
        let mut wanted = BTreeMap::new();
        let hoped = usize::from(self.player.learnt.get().is_none());
        for (number, outgoing) in self.outgoings.iter().enumerate() {
            if let Sent::Push {
                openid,
                is_true: true,
                effects,
                ..
            } = &outgoing.sent
                && outgoing.origin == number
            {
                *wanted.entry(openid.as_str()).or_default() += effects.unwrap_or(hoped);
            }
        }
        wanted
    }

    async fn settle_calls(&self, quiet: Duration, begun: Instant) {
        let patience = self.player.patience();
        let mut latest = self.player.backlog.worked_off(begun) + patience;
        let journal = self.player.platform.journal();
        let is_own = |called: &Called| self.is_own(called) || self.is_turned_down(called);
        let own = |kind: &Kind| matches!(kind, Kind::Called(called) if is_own(called));
        let works =
            |kind: &Kind| matches!(kind, Kind::Called(called) if called.sent || is_own(called));
        let wanted = self.wanted();
        let complete = loop {
            let mark = journal.mark();
            let mut came: BTreeMap<String, usize> = BTreeMap::new();
            let calls = self.seen().1;
            let acts = |call: &&ApiCall| call.sent || is_over_quota(call);
            for call in calls.iter().filter(acts) {
                // A call that was refused at once was not looked at, and names its user all the same.
                if let Some(openid) = addressee(call) {
                    *came.entry(openid.into_owned()).or_default() += 1;
                }
            }
            let complete = wanted.iter().all(|(openid, count)| {
                came.get(*openid).is_some_and(|came| came >= count) || *count == 0
            });
            if complete {
                break true;
            }
            if journal.wait(mark, latest, works).await.is_some() {
                // A server that works through a queue is waited for as long as it gets on with it.
                let longest = self.player.backlog.worked_off(begun) + patience * QUEUE_LIMITS;
                latest = latest.max((Instant::now() + patience).min(longest));
                continue;
            }
            let fair =
                self.player.backlog.worked_off(begun) + patience + self.player.lost_since(begun);
            if fair <= latest {
                break false;
            }
            latest = fair;
        };
        let mut from = Instant::now();
        let earliest = self.earliest_end(begun, complete, quiet);
        let mut until = earliest.max(from + quiet);
        // A server that never stops calling must not keep us for ever.
        let last = until + self.player.profile().limit;
        while until < last {
            let mark = journal.mark();
            if journal.wait(mark, until, own).await.is_some() {
                from = Instant::now();
                until = until.max(from + quiet);
                continue;
            }
            // While this machine did nothing, the server may have done nothing either: that was no quiet.
            let fair = earliest.max(from + quiet) + self.player.lost_since(from);
            if fair <= until {
                break;
            }
            until = fair;
        }
    }

    /// The moment before which it cannot be known that no further effect comes. That of a repeat takes as long as that of
    /// the first, and perhaps has to wait for it; and where pushes of the play are not known to have any, theirs may take
    /// as long as those that came by now.
    fn earliest_end(&self, begun: Instant, complete: bool, quiet: Duration) -> Instant {
        let usual = begun + self.player.lag.get() * LAGS + quiet;
        if complete {
            let took = begun.elapsed().min(self.player.profile().limit);
            usual.max(Instant::now() + took)
        } else {
            usual
        }
    }

    async fn settle_page(&mut self, quiet: Duration, begun: Instant) -> Result<(), SenderError> {
        let patience = self.player.patience();
        let mut latest = self.player.backlog.worked_off(begun) + patience;
        let complete = loop {
            let before = effects_in(&self.counted);
            self.count_anew().await?;
            let complete = self.wanted().iter().all(|(openid, count)| {
                let own = |call: &&ApiCall| call.reached(openid);
                self.counted
                    .iter()
                    .filter(own)
                    .map(|call| call.times)
                    .sum::<usize>()
                    >= *count
            });
            let worked_off = self.player.backlog.worked_off(begun);
            if effects_in(&self.counted) > before {
                // As with calls: it gets on with it.
                let longest = worked_off + patience * QUEUE_LIMITS;
                latest = latest.max((Instant::now() + patience).min(longest));
            }
            latest = latest.max(worked_off + patience + self.player.lost_since(begun));
            if complete || Instant::now() >= latest {
                break complete;
            }
            sleep(PAGE_ASKED_EVERY).await;
        };
        let earliest = self.earliest_end(begun, complete, quiet);
        let mut until = earliest.max(Instant::now() + quiet);
        let last = until + self.player.profile().limit;
        while until < last {
            sleep_until(until).await;
            let before = effects_in(&self.counted);
            self.count_anew().await?;
            if effects_in(&self.counted) == before {
                break;
            }
            until = Instant::now() + quiet;
        }
        Ok(())
    }

    /// Takes the page's counts; one that has not changed was there when it was first seen.
    async fn count_anew(&mut self) -> Result<(), SenderError> {
        let pushes = self.outgoings.iter().map(|outgoing| &outgoing.sent);
        let mut now = self.player.count_on_page(pushes).await?;
        for call in &mut now {
            let same = |known: &&ApiCall| {
                ApiCall {
                    at: call.at,
                    ..(*known).clone()
                } == *call
            };
            if let Some(known) = self.counted.iter().find(same) {
                call.at = known.at;
            }
        }
        self.counted = now;
        Ok(())
    }

    /// The paths fetched from our listener, and the calls that were made, since this play began.
    pub(super) fn seen(&self) -> (Vec<String>, Vec<ApiCall>) {
        let (mut fetched, mut calls) = (Vec::new(), Vec::new());
        let mut left = CALLS_BYTES;
        let plain = self.player.plain_tokens();
        for event in self.player.platform.journal().since(self.mark) {
            match event.kind.subject() {
                Subject::Fetched(path) if path == self.listener_path => {
                    fetched.push(path.to_owned());
                }
                Subject::Called(called) if calls.len() < CALLS => {
                    let own = self.is_own(called);
                    let mut call = api_call(&event, called, own, &plain);
                    if call.body.len() > left {
                        "…".clone_into(&mut call.body);
                    }
                    left = left.saturating_sub(call.body.len());
                    calls.push(call);
                }
                Subject::Fetched(_)
                | Subject::Called(_)
                | Subject::Sent(_)
                | Subject::Exchange(_)
                | Subject::Unsent(_)
                | Subject::Outcome(_)
                | Subject::Platform
                | Subject::Run => {}
            }
        }
        (fetched, calls)
    }

    /// True if a message for a user of the play was turned down before the platform looked for whom it is.
    fn is_turned_down(&self, called: &Called) -> bool {
        called.fault.is_some()
            && is_about_quota(called.errcode)
            && named_in(&called.body).is_some_and(|user| self.cast().owns(&user))
    }

    fn is_own(&self, called: &Called) -> bool {
        let openid = called.openid.as_deref();
        openid.is_some_and(|openid| self.cast().owns(openid))
    }
}

/// The number of effects that calls stand for in all.
pub(crate) fn effects_in(calls: &[ApiCall]) -> usize {
    calls.iter().map(|call| call.times).sum()
}

fn api_call(event: &Event, called: &Called, own: bool, plain: &[u64]) -> ApiCall {
    ApiCall {
        number: Some(event.number),
        at: event.at(),
        own,
        path: called.path.clone().into_owned(),
        openid: called.openid.as_deref().map(str::to_owned),
        sent: called.sent,
        times: usize::from(called.sent),
        errcode: called.errcode,
        struck: called.fault.is_some(),
        token: called.token.filter(|serial| plain.contains(serial)),
        body: called.body.clone().into(),
    }
}
