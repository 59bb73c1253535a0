//! Plays a scenario: asks the platform to act and writes down what happened.

mod backlog;
mod latest;
mod presence;
mod rate;
mod request;
mod single;
mod stage;
mod state;
mod watch;

use std::{
    cell::{Cell, OnceCell, RefCell},
    sync::Arc,
    time::Duration,
};

use futures_util::future::join_all;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, sleep},
};
use url::Url;
use wxcheck_events::AnswerTimes;
use wxcheck_mock_server::{
    ApiServer, Journal, Line, Outcome, Platform, SenderError, clock, sender::Held,
};
use wxcheck_protocol::fetch::FetchKind;

use backlog::Backlog;
pub(crate) use backlog::pace_of;
use latest::Latest;
pub(crate) use latest::Reached;
use presence::Presence;
use rate::Rate;
use stage::Stage;
pub(crate) use stage::{Company, OnStage};
pub(crate) use watch::effects_in;

use crate::{
    bounds::WAITING_PLAYS,
    component::Component,
    compose::{self, Context, Outgoing, Stamped},
    effects_page::EffectsPage,
    fetching::Fetching,
    identity::{Cast, Casting},
    log::Log,
    place::Inspection,
    profile::Profile,
    redact::without_user,
    redact::{LiveSecrets, Secrets},
    rule_id::RuleId,
    step::{ApiAct, Scenario, Step},
    transcript::{ApiCall, Entry, Transcript},
};

/// Plays scenarios against one target.
pub struct Player<'a> {
    platform: &'a Platform,
    profile: Arc<Profile>,
    /// The same, with what first contact taught.
    learnt: OnceCell<Arc<Profile>>,
    page: Option<EffectsPage>,
    fetching: Fetching,
    component: Component,
    secrets: Secrets,
    live: LiveSecrets,
    casting: Casting,
    requests: Cell<u64>,
    waits: RefCell<Vec<(Instant, Instant)>>,
    /// The time that the slowest effect was seen to take.
    lag: Cell<Duration>,
    /// Deliveries of a push that the server leaves unanswered on purpose before it answers one.
    held_back: Cell<u8>,
    /// The time that the server takes to answer, of late.
    pace: Cell<Duration>,
    /// The messages that the server has still to work on.
    backlog: Backlog,
    /// The server, as far as it is known to be there.
    presence: Presence,
    /// The requests that reached it last.
    latest: Latest,
    /// Requests a second.
    rate: Rate,
    /// Requests in flight at once; waiting takes no place.
    places: OnceCell<Semaphore>,
    /// Plays that may be under way at the same time.
    stage: Stage,
    /// The number of plays that somebody listened to.
    plays: Cell<u64>,
    /// The answer times of all pushes.
    answer_times: RefCell<AnswerTimes>,
    /// Plays that wait at once: their answers are kept until they are judged.
    waiting: Semaphore,
}

impl<'a> Player<'a> {
    /// A player; the salt makes this run's identities its own.
    pub fn new(platform: &'a Platform, profile: Profile, secrets: Secrets, salt: u64) -> Self {
        let hub = platform.api().map(ApiServer::hub);
        let appid = &platform.target().credentials.appid;
        Self {
            live: LiveSecrets::of(secrets.clone(), hub, appid),
            platform,
            profile: Arc::new(profile),
            learnt: OnceCell::new(),
            page: None,
            fetching: Fetching::default(),
            component: Component::default(),
            secrets,
            casting: Casting::new(salt),
            requests: Cell::new(0),
            waits: RefCell::new(Vec::new()),
            lag: Cell::new(Duration::ZERO),
            held_back: Cell::new(0),
            pace: Cell::new(Duration::ZERO),
            backlog: Backlog::default(),
            presence: Presence::default(),
            latest: Latest::default(),
            rate: Rate::default(),
            places: OnceCell::new(),
            stage: Stage::default(),
            waiting: Semaphore::new(WAITING_PLAYS),
            plays: Cell::new(0),
            answer_times: RefCell::default(),
        }
    }

    /// The stream, for whoever holds it longer.
    pub(crate) fn journal(&self) -> Arc<Journal> {
        self.platform.shared_journal()
    }

    /// The stream in which everything stands that happens.
    pub fn log(&self) -> Log<'a> {
        Log::of(self.platform.journal())
    }

    /// The same, counting effects on that page.
    #[must_use]
    pub fn reading(mut self, page: Option<EffectsPage>) -> Self {
        self.page = page;
        self
    }

    /// The same, fetching data there.
    #[must_use]
    pub fn fetching(mut self, fetching: Fetching) -> Self {
        self.fetching = fetching;
        self
    }

    /// The same, acting for that account.
    #[must_use]
    pub fn acting_for(mut self, component: Component) -> Self {
        self.component = component;
        self
    }

    /// The URLs from which data are fetched, as reports show them: without user and password.
    pub fn fetch_urls(&self) -> Vec<(FetchKind, String)> {
        let shown = |(kind, url): (FetchKind, &Url)| (kind, without_user(url.clone()).to_string());
        self.fetching.urls().map(shown).collect()
    }

    /// The appids that answers may repeat, and what stands in their place in what is kept.
    pub(crate) fn apps(&self) -> Vec<(String, &'static str)> {
        let own = self.platform.target().credentials.appid.clone();
        let authorizer = self.component.authorizer.clone();
        let mut apps = vec![(own.clone(), "{appid}")];
        if authorizer != own {
            apps.push((authorizer, "{authorizer}"));
        }
        apps
    }

    /// The URL for platform notifications, as reports show it.
    pub fn authorization_url(&self) -> Option<String> {
        let url = self.component.authorization_url.clone()?;
        Some(without_user(url).to_string())
    }

    /// The known facts about the target.
    pub fn profile(&self) -> &Profile {
        self.learnt.get().unwrap_or(&self.profile)
    }

    /// Takes what first contact taught; only the first lesson counts.
    pub(crate) fn learn(&self, profile: Profile) {
        // A second run with the same player has learnt already.
        let _ = self.learnt.set(Arc::new(profile));
    }

    /// From now on a push that gets no answer in time is delivered again that many times, as WeChat does.
    pub(crate) fn repeat(&self, times: u8) {
        self.held_back.set(times);
    }

    /// From now on at most that many sending steps may be in flight at once; without this call, there is no limit.
    pub(crate) fn limit(&self, concurrency: usize) {
        // A second run with the same player keeps to the first one's limit.
        let _ = self.places.set(Semaphore::new(concurrency.max(1)));
    }

    /// From now on at most so many requests a second go out.
    pub(crate) fn pace(&self, per_second: f64) {
        self.rate.limit(per_second);
    }

    /// Waits until the next request may go out, which is no fault of the server's.
    async fn turn(&self) {
        let begun = Instant::now();
        let paced = !self.rate.turn().await.is_zero();
        let doubted = self.presence.settled().await;
        if paced || doubted {
            self.waited_since(begun);
        }
    }

    /// A place for a step that sends.
    async fn place(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed.
        self.places.get()?.acquire().await.ok()
    }

    /// Secrets that must not be shown: the configured ones, and the tokens, session keys and codes handed out so far.
    pub fn secrets(&self) -> Secrets {
        self.live.now()
    }

    /// The same, for whoever watches the run.
    pub(crate) fn live_secrets(&self) -> LiveSecrets {
        self.live.clone()
    }

    /// The time that wxcheck itself lost since then, on a busy machine.
    pub(crate) fn lost_since(&self, begun: Instant) -> Duration {
        self.platform.lateness().since(begun)
    }

    /// The longest that one of our own timers was late.
    pub(crate) fn lateness(&self) -> Duration {
        self.platform.lateness().worst()
    }

    /// The requests of which one may be what the server did not survive.
    pub(crate) fn suspects(&self) -> Vec<Reached> {
        self.latest.suspects()
    }

    /// Requests sent to somebody so far.
    pub fn requests(&self) -> u64 {
        self.requests.get()
    }

    /// The answer times of all pushes so far.
    pub(crate) fn answer_times(&self) -> AnswerTimes {
        self.answer_times.borrow().clone()
    }

    /// The time in which something had to be waited for that no faster server would have saved:
    /// limits that passed and quiet periods. Overlapping waits count once.
    pub fn forced_waiting(&self) -> Duration {
        let mut waits = self.waits.borrow().clone();
        waits.sort_unstable();
        let mut total = Duration::ZERO;
        let mut until: Option<Instant> = None;
        for (from, to) in waits {
            let from = until.map_or(from, |until| until.max(from));
            total += to.saturating_duration_since(from);
            until = Some(until.map_or(to, |until| until.max(to)));
        }
        total
    }

    /// Plays a scenario from its first step to its last, with fresh identities.
    pub async fn play(&self, scenario: &Scenario) -> Result<Transcript, SenderError> {
        Box::pin(self.play_reporting(scenario, &|_| {})).await
    }

    /// The same for a rule, in that company; nothing where the server is found to be gone meanwhile.
    pub(crate) async fn play_for(
        &self,
        rule: RuleId,
        company: Company,
        scenario: &Scenario,
    ) -> Result<Option<Transcript>, SenderError> {
        let playing = Box::pin(self.played(Some(rule), company, scenario, &|_| {}));
        tokio::select! {
            biased;
            () = self.presence.gone() => Ok(None),
            played = playing => played.map(Some),
        }
    }

    /// The stage for a rule that is to be alone, until it is dropped.
    pub(crate) async fn alone(&self) -> OnStage<'_> {
        self.stage.alone().await
    }

    /// The same; each entry is reported as soon as it is there.
    pub async fn play_reporting(
        &self,
        scenario: &Scenario,
        report: &dyn Fn(&Entry),
    ) -> Result<Transcript, SenderError> {
        self.played(None, Company::Arranged, scenario, report).await
    }

    /// The number of a play that begins, if anybody listens.
    fn begin_play(&self, rule: Option<RuleId>) -> Option<u64> {
        if !self.log().takes_plays() {
            return None;
        }
        let number = self.plays.replace(self.plays.get() + 1);
        self.log().begin_play(number, rule);
        Some(number)
    }

    async fn played(
        &self,
        rule: Option<RuleId>,
        company: Company,
        scenario: &Scenario,
        report: &dyn Fn(&Entry),
    ) -> Result<Transcript, SenderError> {
        let mut on_stage = None;
        // A play that waits takes a place for each request, any other one for all of it: so no more plays hold
        // answers than are in flight.
        let waits = scenario.steps.iter().any(waits);
        let _waiting = if waits {
            self.waiting.acquire().await.ok()
        } else {
            None
        };
        if let Some(first) = scenario.steps.first() {
            self.stage.change(company, first, &mut on_stage).await;
        }
        self.room_for(scenario, company).await;
        let place = if waits { None } else { self.place().await };
        let begun = Instant::now();
        let cast = self.casting.next();
        let path = cast.listener_path();
        let entity_url = self.platform.listener_url(&path);
        let mut play = Play {
            player: self,
            context: Context {
                target: self.platform.target(),
                cast: &cast,
                now: 0,
                entity_url: &entity_url,
                profile: self.profile(),
                fetching: &self.fetching,
                component: &self.component,
                settles: scenario.waits_for_effects(),
            },
            mark: self.platform.journal().mark(),
            listener_path: &path,
            line: None,
            outgoings: Vec::new(),
            stamps: Vec::new(),
            inspections: Vec::new(),
            entries: Vec::new(),
            held: RefCell::default(),
            counted: Vec::new(),
            acts: Vec::new(),
            placed: place.is_some(),
            number: self.begin_play(rule),
            rule,
            // That rule is about the first delivery.
            repeats: match rule {
                Some(RuleId::ANSWERS_IN_TIME) => 0,
                _ => self.held_back.get(),
            },
        };
        for step in &scenario.steps {
            self.stage.change(company, step, &mut on_stage).await;
            let before = play.entries.len();
            play.act(step).await?;
            play.entries[before..].iter().for_each(report);
        }
        let number = play.number;
        let ended = self.platform.journal().mark();
        let (fetched, mut calls) = play.seen();
        calls.append(&mut play.counted);
        if self.learnt.get().is_some() {
            self.note_lags(&play.entries, &calls, self.lost_since(begun));
        }
        let transcript = Transcript {
            profile: Arc::clone(self.learnt.get().unwrap_or(&self.profile)),
            entries: play.entries,
            inspections: play.inspections,
            fetched,
            calls,
            acts: play.acts,
            ended,
            lost: self.lost_since(begun),
        };
        if let Some(number) = number {
            self.log().end_play(number, &transcript, &self.secrets());
        }
        Ok(transcript)
    }
}

fn timed_out(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Silent(silence) if silence.is_time_out())
}

fn percent_of(limit: Duration, percent: u32) -> Duration {
    limit.mul_f64(f64::from(percent) / 100.0)
}

/// A play under way.
struct Play<'a> {
    player: &'a Player<'a>,
    context: Context<'a>,
    mark: u64,
    listener_path: &'a str,
    line: Option<Line>,
    outgoings: Vec<Outgoing>,
    stamps: Vec<Stamped>,
    inspections: Vec<Inspection>,
    entries: Vec<Entry>,
    /// Connections that stay open to the end of the play.
    held: RefCell<Vec<Held>>,
    /// Effects that a page of the server's own counted.
    counted: Vec<ApiCall>,
    /// Changes of the API, each with its time.
    acts: Vec<(Duration, ApiAct)>,
    /// True if it has a place for all of its requests.
    placed: bool,
    /// Its number, if anybody listens.
    number: Option<u64>,
    /// The rule for which it is played, if it is for one.
    rule: Option<RuleId>,
    /// Further deliveries of a push that gets no answer in time.
    repeats: u8,
}

/// True if a step waits for something that no request of ours brings at once.
fn waits(step: &Step) -> bool {
    matches!(
        step,
        Step::Settle { .. } | Step::AwaitFetch { .. } | Step::Pause { .. }
    )
}

impl<'a> Play<'a> {
    /// A place for what is sent next, unless the play has one.
    async fn place(&self) -> Option<SemaphorePermit<'a>> {
        let player = self.player;
        if self.placed {
            None
        } else {
            player.place().await
        }
    }

    async fn act(&mut self, step: &Step) -> Result<(), SenderError> {
        match step {
            Step::AwaitFetch { quiet } => self.await_fetch(Duration::from_millis(*quiet)).await,
            Step::Settle { quiet } => self.settle(Duration::from_millis(*quiet)).await?,
            Step::Pause { percent } => {
                let begun = Instant::now();
                sleep(percent_of(self.player.profile().limit, *percent)).await;
                self.player.waited_since(begun);
            }
            Step::Api(act) => {
                self.player.happen(*act);
                let now = self.player.platform.journal().elapsed();
                self.acts.push((now, *act));
            }
            Step::Inspect(place) => self.inspect(*place).await,
            Step::Together(steps) => {
                let _place = self.place().await;
                let together: Vec<(&Step, Outgoing)> = steps
                    .iter()
                    .filter_map(|step| Some((step, self.compose(step)?)))
                    .collect();
                let sending = together
                    .iter()
                    .map(|(step, outgoing)| self.send_step(step, outgoing, None));
                let entries = join_all(sending).await;
                self.entries.extend(entries);
            }
            single => {
                let kept = matches!(single, Step::Deliver(deliver) if deliver.kept);
                if kept && self.line.is_none() {
                    self.line = Some(self.player.platform.kept_line()?);
                }
                let _place = self.place().await;
                if let Some(outgoing) = self.compose(single) {
                    let line = self.line.as_ref().filter(|_| kept);
                    let entry = self.send_step(single, &outgoing, line).await;
                    self.entries.push(entry);
                }
            }
        }
        Ok(())
    }

    /// The request of a step; `None` for a step that sends nothing, or refers to none.
    fn compose(&mut self, step: &Step) -> Option<Outgoing> {
        self.context.now = clock::unix_seconds();
        let number = self.outgoings.len();
        let (outgoing, stamped) = match step {
            Step::Verify(verify) => (
                compose::verify(verify, self.context, number),
                Stamped::default(),
            ),
            Step::Visit => (compose::visit(self.context, number), Stamped::default()),
            Step::Deliver(deliver) => compose::deliver(deliver, self.context, number, &self.stamps),
            Step::Fetch(step) => {
                let code = compose::fetch::by_code(step.grant, self.context)
                    .then(|| self.player.log_in(&self.cast().openid(0)))
                    .flatten();
                let outgoing = compose::fetch::fetch(step, code, self.context, number)?;
                (outgoing, Stamped::default())
            }
            Step::Redeliver { of } => (self.outgoings.get(*of)?.again(), *self.stamps.get(*of)?),
            Step::Together(_)
            | Step::AwaitFetch { .. }
            | Step::Settle { .. }
            | Step::Pause { .. }
            | Step::Inspect(_)
            | Step::Api(_) => return None,
        };
        self.outgoings.push(outgoing.clone());
        self.stamps.push(stamped);
        Some(outgoing)
    }

    /// Sends the request of a step, and remembers it as long as it may be what the server did not survive.
    async fn send_step(&self, step: &Step, outgoing: &Outgoing, line: Option<&Line>) -> Entry {
        let entry = self.send(outgoing, line).await;
        if let Some(rule) = self.rule {
            let now = self.player.platform.journal().elapsed();
            self.player.latest.note(rule, step, &entry, now);
        }
        entry
    }

    const fn cast(&self) -> &Cast {
        self.context.cast
    }
}
