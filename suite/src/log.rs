//! The events of a run: made of what the suite knows, free of secrets, in the stream of its platform.

pub(crate) mod event;
pub(crate) mod hiding;
mod witness;

use std::time::Duration;

use wxcheck_events::{Event, Kind, Reason as Why};
use wxcheck_mock_server::Journal;

use self::hiding::Hiding;
use crate::{
    reason::Reason,
    redact::{Redacted, Secrets},
};

/// Appends the events of a run to the stream.
#[derive(Clone, Copy)]
pub struct Log<'a>(&'a Journal);

impl<'a> Log<'a> {
    pub(crate) const fn of(journal: &'a Journal) -> Self {
        Self(journal)
    }

    /// True if somebody wants to hear of plays.
    pub(crate) fn takes_plays(self) -> bool {
        self.0.wants_plays()
    }

    /// Appends what happened. Whoever makes the event has taken the secrets out of it.
    pub(crate) fn note(self, kind: Kind) {
        self.0.append(kind);
    }
}

/// The line that an event of a run becomes in a file.
pub(crate) fn line(event: &Event, secrets: &Secrets) -> Redacted {
    Secrets::line(&event::without_secrets(event, secrets))
}

/// The reason as data.
pub(crate) fn why(reason: &Reason, secrets: &Secrets) -> Why {
    event::why(reason, Hiding(secrets))
}

/// A duration in microseconds.
pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;
    use wxcheck_events::read;

    use super::*;
    use crate::{reason::Unjudged, rule::Level, rules, verdict::RuleResult, verdict::Verdict};

    fn journal() -> Journal {
        Journal::new(Instant::now(), 10)
    }

    #[tokio::test]
    async fn a_secret_that_reads_like_a_word_of_the_stream_spoils_no_event() {
        for secret in ["passed", "network", "verdict", "event", "wxcheck-secret"] {
            let journal = journal();
            let secrets = Secrets::new([("Token", secret)]);
            let rule = rules::all().find(|rule| rule.level == Level::Must).unwrap();
            let what = format!("said {secret} aloud");
            let reason = Unjudged::Observed { what };
            let result = RuleResult::plain(rule, Verdict::Passed, Some(reason.into()));
            Log::of(&journal).verdict(&result, &secrets);
            let kept = journal.milestones();
            let line = line(&kept[0], &secrets);
            let line = line.as_str();
            assert_eq!(
                &serde_json::from_str::<Event>(line).unwrap(),
                &*kept[0],
                "{secret}"
            );
            assert!(line.contains("said [redacted] aloud"), "{line}");
            assert!(line.contains(r#""verdict":"passed""#), "{line}");
            assert!(read(line.as_bytes()).next().unwrap().is_err());
        }
    }

    #[tokio::test]
    async fn a_call_that_repeats_a_secret_of_the_run_is_written_without() {
        let journal = journal();
        journal.append(Kind::Fetched {
            path: "/wxcheck-secret/1".into(),
        });
        let secrets = Secrets::new([("Token", "wxcheck-secret")]);
        let line = line(&journal.since(0)[0], &secrets);
        assert!(line.as_str().contains("/[redacted]/1"), "{line:?}");
    }

    #[tokio::test]
    async fn what_acts_is_escaped_and_says_the_same_when_it_is_read() {
        let journal = journal();
        let rule = rules::all().next().unwrap();
        Log::of(&journal).replay(rule.id, "a\u{1b}[31m\u{202e}b", &Secrets::default());
        let kept = journal.milestones();
        let line = line(&kept[0], &Secrets::default());
        let line = line.as_str();
        assert!(!line.contains(['\u{1b}', '\u{202e}']), "{line}");
        assert_eq!(serde_json::from_str::<Event>(line).unwrap(), *kept[0]);
    }
}
