//! The progress bar of a run: a reader of its events.

use std::collections::HashSet;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::task::JoinHandle;
use wxcheck_events::{Event, Interest, Kind};
use wxcheck_suite::session::Session;

/// The bar of a run under way.
pub(crate) struct Bar {
    drawn: ProgressBar,
    task: JoinHandle<()>,
}

/// Draws a bar on standard error as long as the run goes on.
pub(crate) fn watch(session: &Session) -> Bar {
    let drawn = ProgressBar::hidden();
    let mut events = session.subscribe(Interest::Milestones);
    let task = tokio::spawn({
        let drawn = drawn.clone();
        async move {
            let mut judged = HashSet::new();
            while let Some(event) = events.next().await {
                show(&drawn, &event, &mut judged);
            }
        }
    });
    Bar { drawn, task }
}

fn show(drawn: &ProgressBar, event: &Event, judged: &mut HashSet<String>) {
    match &event.kind {
        Kind::RunBegun(begun) => {
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}");
            drawn.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            drawn.set_length(begun.rules.len() as u64);
            drawn.set_draw_target(ProgressDrawTarget::stderr());
        }
        Kind::Verdict(verdict) => {
            drawn.set_message(format!("{} {}", verdict.verdict, verdict.rule));
            // A second look is no further step.
            if judged.insert(verdict.rule.clone()) {
                drawn.inc(1);
            }
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
        | Kind::PlayBegun { .. }
        | Kind::Effect(_)
        | Kind::PlayEnded { .. }
        | Kind::ReplayWritten { .. }
        | Kind::ContractCompared(_)
        | Kind::Diagnosed(_)
        | Kind::RunEnded(_) => {}
    }
}

impl Bar {
    /// Takes the bar away.
    pub(crate) fn clear(self) {
        self.task.abort();
        self.drawn.finish_and_clear();
    }
}
