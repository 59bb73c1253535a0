//! Plays a scenario: asks the platform to act and writes down what happened.

use std::{cell::Cell, cell::RefCell, time::Duration};

use futures_util::future::join_all;
use tokio::time::Instant;
use wxcheck_mock_server::{Line, Outcome, Platform, RecordKind, SenderError, clock};
use wxcheck_protocol::reply::{self, ReplyContext};

use crate::{
    compose::{self, Context, Outgoing},
    identity::Casting,
    leak,
    profile::Profile,
    redact::Secrets,
    step::{Scenario, Step},
    transcript::{Entry, Transcript},
};

/// Plays scenarios against one target.
pub struct Player<'a> {
    platform: &'a Platform,
    profile: Profile,
    secrets: Secrets,
    casting: Casting,
    requests: Cell<u64>,
    waits: RefCell<Vec<(Instant, Instant)>>,
}

impl<'a> Player<'a> {
    /// A player; the salt makes this run's identities its own.
    pub fn new(platform: &'a Platform, profile: Profile, secrets: Secrets, salt: u64) -> Self {
        Self {
            platform,
            profile,
            secrets,
            casting: Casting::new(salt),
            requests: Cell::new(0),
            waits: RefCell::new(Vec::new()),
        }
    }

    /// What is known of the target.
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// What must not be shown.
    pub const fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Requests sent so far.
    pub fn requests(&self) -> u64 {
        self.requests.get()
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
            },
            mark: self.platform.journal().mark(),
            listener_path: &path,
            line: None,
            outgoings: Vec::new(),
            entries: Vec::new(),
        };
        for step in &scenario.steps {
            play.act(step).await?;
        }
        let journal = self.platform.journal();
        let fetched = journal
            .since(play.mark)
            .into_iter()
            .filter_map(|record| match record.kind {
                RecordKind::Fetched { path: fetched } if fetched == path => Some(fetched),
                _ => None,
            })
            .collect();
        Ok(Transcript {
            profile: self.profile.clone(),
            entries: play.entries,
            fetched,
        })
    }
}

/// A play under way.
struct Play<'a> {
    player: &'a Player<'a>,
    context: Context<'a>,
    mark: u64,
    listener_path: &'a str,
    line: Option<Line>,
    outgoings: Vec<Outgoing>,
    entries: Vec<Entry>,
}

impl Play<'_> {
    async fn act(&mut self, step: &Step) -> Result<(), SenderError> {
        match step {
            Step::AwaitFetch { quiet } => self.await_fetch(Duration::from_millis(*quiet)).await,
            Step::Together(steps) => {
                let together: Vec<Outgoing> =
                    steps.iter().filter_map(|step| self.compose(step)).collect();
                let sending = together.iter().map(|outgoing| self.send(outgoing, None));
                let entries = join_all(sending).await;
                self.entries.extend(entries);
            }
            single => {
                let kept = matches!(single, Step::Deliver(deliver) if deliver.kept);
                if kept && self.line.is_none() {
                    self.line = Some(self.player.platform.kept_line()?);
                }
                if let Some(outgoing) = self.compose(single) {
                    let line = self.line.as_ref().filter(|_| kept);
                    let entry = self.send(&outgoing, line).await;
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
        let outgoing = match step {
            Step::Verify(verify) => compose::verify(verify, self.context, number),
            Step::Visit => compose::visit(self.context),
            Step::Deliver(deliver) => compose::deliver(deliver, self.context, number),
            Step::Redeliver { of } => self.outgoings.get(*of)?.again(),
            Step::Together(_) | Step::AwaitFetch { .. } => return None,
        };
        self.outgoings.push(outgoing.clone());
        Some(outgoing)
    }

    async fn send(&self, outgoing: &Outgoing, line: Option<&Line>) -> Entry {
        let player = self.player;
        player.requests.set(player.requests.get() + 1);
        let begun = Instant::now();
        let exchange = player.platform.send(&outgoing.request, line).await;
        if let Outcome::Silent(silence) = &exchange.outcome
            && silence.is_time_out()
        {
            player.waits.borrow_mut().push((begun, Instant::now()));
        }
        let credentials = &self.context.target.credentials;
        let reading = ReplyContext {
            key: credentials.key.as_ref(),
            token: &credentials.token,
            appid: &credentials.appid,
        };
        let (reply, leaks) = match &exchange.outcome {
            Outcome::Answered(answer) => (
                Some(reply::read(&answer.body, &reading)),
                leak::find(&String::from_utf8_lossy(&answer.body), &player.secrets),
            ),
            Outcome::Silent(_) => (None, Vec::new()),
        };
        Entry {
            sent: outgoing.sent.clone(),
            recipe: outgoing.recipe.clone(),
            started: exchange.started,
            outcome: exchange.outcome,
            reply,
            leaks,
        }
    }

    async fn await_fetch(&self, quiet: Duration) {
        let begun = Instant::now();
        let path = self.listener_path;
        self.player
            .platform
            .journal()
            .wait(
                self.mark,
                begun + quiet,
                |kind| matches!(kind, RecordKind::Fetched { path: fetched } if fetched == path),
            )
            .await;
        self.player.waits.borrow_mut().push((begun, Instant::now()));
    }
}
