//! The progress bar of a run: a reader of its events. It names what the run waits for, and how long it may still take.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::{
    task::JoinHandle,
    time::{Instant, interval},
};
use wxcheck_events::{Event, Interest, Kind};
use wxcheck_suite::session::Session;

use crate::{language::Language, waiting::length};

/// The time between two looks at the clock.
const TICK: Duration = Duration::from_secs(1);

/// The bar of a run under way.
pub(crate) struct Bar {
    drawn: ProgressBar,
    task: JoinHandle<()>,
}

/// All that the bar shows.
struct Shown {
    lang: Language,
    /// The moment at which the run is ended at the latest.
    end: Instant,
    judged: HashSet<String>,
    /// Rules whose scenarios are being played, by the number of the play; none is that of first contact.
    playing: BTreeMap<u64, Option<String>>,
}

/// Draws a bar on standard error as long as the run goes on, which is so long at most.
pub(crate) fn watch(session: &Session, most: Duration, lang: Language) -> Bar {
    let drawn = ProgressBar::hidden();
    let mut events = session.subscribe(Interest::Plays);
    let task = tokio::spawn({
        let drawn = drawn.clone();
        async move {
            let mut shown = Shown {
                lang,
                end: Instant::now() + most,
                judged: HashSet::new(),
                playing: BTreeMap::new(),
            };
            let mut tick = interval(TICK);
            loop {
                tokio::select! {
                    event = events.next() => match event {
                        Some(event) => shown.hear(&drawn, &event),
                        None => break,
                    },
                    _ = tick.tick() => {}
                }
                drawn.set_message(shown.message(Instant::now()));
            }
        }
    });
    Bar { drawn, task }
}

impl Shown {
    fn hear(&mut self, drawn: &ProgressBar, event: &Event) {
        match &event.kind {
            Kind::RunBegun(begun) => {
                let style = ProgressStyle::with_template("{bar:20} {pos}/{len} {wide_msg}");
                drawn.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
                drawn.set_length(begun.rules.len() as u64);
                drawn.set_draw_target(ProgressDrawTarget::stderr());
            }
            Kind::Verdict(verdict) => {
                // A second look is no further step.
                if self.judged.insert(verdict.rule.clone()) {
                    drawn.inc(1);
                }
            }
            Kind::PlayBegun { play, rule } => {
                self.playing.insert(*play, rule.clone());
            }
            Kind::PlayEnded { play, .. } => {
                self.playing.remove(play);
            }
            Kind::Sent(_)
            | Kind::Exchange(_)
            | Kind::Called(_)
            | Kind::Fetched { .. }
            | Kind::Unsent(_)
            | Kind::PushOutcome(_)
            | Kind::PushDue(_)
            | Kind::Fault(_)
            | Kind::ClockMoved(_)
            | Kind::ContactMade { .. }
            | Kind::Effect(_)
            | Kind::ReplayWritten { .. }
            | Kind::ContractCompared(_)
            | Kind::BaselineCompared(_)
            | Kind::Diagnosed(_)
            | Kind::ServerEnded(_)
            | Kind::RunEnded(_) => {}
        }
    }

    /// The rule that is being played for the longest time, how many others are, and the time that is left.
    fn message(&self, now: Instant) -> String {
        let left = length(Duration::from_secs(
            self.end.saturating_duration_since(now).as_secs(),
        ));
        let rules: HashSet<&Option<String>> = self.playing.values().collect();
        let others = rules.len().saturating_sub(1);
        let contact = match self.lang {
            Language::English => "first contact",
            Language::Chinese => "首次接触",
        };
        let first = self.playing.values().next();
        let first = first.map(|rule| rule.as_deref().unwrap_or(contact));
        match (self.lang, first, others) {
            (Language::English, None, _) => format!("at most {left} more"),
            (Language::English, Some(rule), 0) => {
                format!("waiting for {rule}, at most {left} more")
            }
            (Language::English, Some(rule), _) => {
                format!("waiting for {rule} and {others} more, at most {left} more")
            }
            (Language::Chinese, None, _) => format!("最多还需 {left}"),
            (Language::Chinese, Some(rule), 0) => format!("正在等待 {rule}，最多还需 {left}"),
            (Language::Chinese, Some(rule), _) => {
                format!("正在等待 {rule} 等 {} 条规则，最多还需 {left}", rules.len())
            }
        }
    }
}

impl Bar {
    /// Takes the bar away.
    pub(crate) fn clear(self) {
        self.task.abort();
        self.drawn.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_bar_names_what_is_waited_for_and_how_long_still() {
        let drawn = ProgressBar::hidden();
        let mut shown = Shown {
            lang: Language::English,
            end: Instant::now() + Duration::from_secs(100),
            judged: HashSet::new(),
            playing: BTreeMap::new(),
        };
        let begun = |play, rule: Option<&str>| Event {
            number: 0,
            at_micros: 0,
            kind: Kind::PlayBegun {
                play,
                rule: rule.map(str::to_owned),
            },
        };
        let now = Instant::now() + Duration::from_secs(10);
        assert_eq!(shown.message(now), "at most 90s more");
        shown.hear(&drawn, &begun(0, None));
        assert_eq!(
            shown.message(now),
            "waiting for first contact, at most 90s more"
        );
        shown.playing.clear();
        shown.hear(&drawn, &begun(1, Some("reply/utf-8")));
        assert_eq!(
            shown.message(now),
            "waiting for reply/utf-8, at most 90s more"
        );
        shown.hear(&drawn, &begun(2, Some("reply/status-200")));
        shown.hear(&drawn, &begun(3, Some("reply/utf-8")));
        let two = "waiting for reply/utf-8 and 1 more, at most 90s more";
        assert_eq!(shown.message(now), two);
        for play in [1, 2, 3] {
            let kind = Kind::PlayEnded {
                play,
                lost_micros: 0,
            };
            let ended = Event {
                kind,
                ..begun(play, None)
            };
            shown.hear(&drawn, &ended);
        }
        assert_eq!(shown.message(now), "at most 90s more");
    }
}
