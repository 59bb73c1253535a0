//! The figures of a standing platform: how many pushes, deliveries and calls there were, and how soon answers came.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use wxcheck_events::{Kind, PushState, RecordedOutcome, Subject};

use crate::storing::StoreStatus;

/// The upper ends of the buckets of answer times, in milliseconds. WeChat cuts at five seconds.
const BUCKETS: [u64; 11] = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];
/// Pairs of a path and an errcode that are told apart; all others are counted together.
const CALLS: usize = 2000;

/// Counts that only grow.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    acknowledged: u64,
    refused: u64,
    given_up: u64,
    held: u64,
    /// By status; 0 stands for no answer.
    deliveries: BTreeMap<u16, u64>,
    /// The answers in each bucket and those beyond, not summed up.
    answers: [u64; BUCKETS.len() + 1],
    answer_micros: u64,
    /// By path and errcode. An unknown path is no label: anybody can make up thousands.
    calls: BTreeMap<(String, i64), u64>,
}

impl Figures {
    /// Counts an event.
    pub(crate) fn count(&mut self, kind: &Kind) {
        match kind.subject() {
            Subject::Outcome(outcome) => match outcome.state {
                PushState::Acknowledged => self.acknowledged += 1,
                PushState::Refused => self.refused += 1,
                PushState::GivenUp => self.given_up += 1,
                PushState::Held => self.held += 1,
            },
            Subject::Exchange(exchange) => {
                if exchange.first.is_some() {
                    self.count_delivery(&exchange.outcome);
                }
            }
            Subject::Called(called) => {
                let path = if called.planned {
                    &*called.path
                } else {
                    "other"
                };
                self.count_call(path, called.errcode);
            }
            Subject::Sent(_)
            | Subject::Unsent(_)
            | Subject::Fetched(_)
            | Subject::Platform
            | Subject::Run => {}
        }
    }

    fn count_delivery(&mut self, outcome: &RecordedOutcome) {
        match *outcome {
            RecordedOutcome::Answered {
                status,
                total_micros,
                ..
            } => {
                *self.deliveries.entry(status).or_default() += 1;
                let bucket = BUCKETS.iter().position(|end| total_micros <= end * 1000);
                self.answers[bucket.unwrap_or(BUCKETS.len())] += 1;
                self.answer_micros += total_micros;
            }
            RecordedOutcome::Silent { .. } => *self.deliveries.entry(0).or_default() += 1,
        }
    }

    fn count_call(&mut self, path: &str, errcode: i64) {
        let is_full = self.calls.len() >= CALLS;
        let key = (path.to_owned(), errcode);
        match self.calls.get_mut(&key) {
            Some(count) => *count += 1,
            None if is_full => *self.calls.entry(("other".to_owned(), 0)).or_default() += 1,
            None => {
                self.calls.insert(key, 1);
            }
        }
    }

    /// The figures in Prometheus' text format, with the pushes that are held now, and how a store is doing.
    pub(crate) fn prometheus(&self, held: usize, store: Option<&StoreStatus>) -> String {
        let mut text = Text(String::new());
        text.metric("wxcheck_pushes_total", "counter", "Pushes by outcome.");
        for (outcome, count) in [
            (PushState::Acknowledged, self.acknowledged),
            (PushState::Refused, self.refused),
            (PushState::GivenUp, self.given_up),
            (PushState::Held, self.held),
        ] {
            let labels = format!("{{outcome=\"{}\"}}", outcome.name());
            text.value("wxcheck_pushes_total", &labels, count);
        }
        text.metric(
            "wxcheck_deliveries_total",
            "counter",
            "Deliveries by the status of the answer.",
        );
        for (status, count) in &self.deliveries {
            let status = match status {
                0 => "none".to_owned(),
                status => status.to_string(),
            };
            text.value(
                "wxcheck_deliveries_total",
                &format!("{{status=\"{status}\"}}"),
                count,
            );
        }
        text.metric(
            "wxcheck_answer_seconds",
            "histogram",
            "Time until a push was answered.",
        );
        let mut sum = 0;
        for (end, count) in BUCKETS.iter().zip(self.answers) {
            sum += count;
            let labels = format!("{{le=\"{}\"}}", seconds(end * 1000));
            text.value("wxcheck_answer_seconds_bucket", &labels, sum);
        }
        sum += self.answers[BUCKETS.len()];
        text.value("wxcheck_answer_seconds_bucket", "{le=\"+Inf\"}", sum);
        text.value(
            "wxcheck_answer_seconds_sum",
            "",
            seconds(self.answer_micros),
        );
        text.value("wxcheck_answer_seconds_count", "", sum);
        text.metric(
            "wxcheck_calls_total",
            "counter",
            "Calls of the API by endpoint and errcode.",
        );
        for ((path, errcode), count) in &self.calls {
            let labels = format!("{{endpoint=\"{path}\",errcode=\"{errcode}\"}}");
            text.value("wxcheck_calls_total", &labels, count);
        }
        text.metric(
            "wxcheck_held",
            "gauge",
            "Pushes that wait until their server takes connections.",
        );
        text.value("wxcheck_held", "", held);
        if let Some(store) = store {
            text.metric(
                "wxcheck_store_lag_seconds",
                "gauge",
                "Time for which something has waited to be written to the store; 0 when all is written.",
            );
            text.value("wxcheck_store_lag_seconds", "", seconds(micros(store.lag)));
            text.metric(
                "wxcheck_store_lost_total",
                "counter",
                "Records that found no room while the store fell behind.",
            );
            text.value("wxcheck_store_lost_total", "", store.lost);
        }
        text.0
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Microseconds as seconds.
fn seconds(micros: u64) -> String {
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

struct Text(String);

impl Text {
    fn metric(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn value(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }
}

#[cfg(test)]
mod tests {
    use wxcheck_events::{Exchange, PushOutcome};

    use super::*;

    #[test]
    fn answers_are_counted_by_status_and_in_cumulative_buckets() {
        let mut figures = Figures::default();
        for (status, total_micros) in [(200, 7000), (200, 5000), (500, 20_000_000)] {
            figures.count(&Kind::Exchange(Box::new(Exchange {
                sent: 1,
                first: Some(1),
                place: None,
                outcome: RecordedOutcome::Answered {
                    status,
                    first_byte_micros: 1,
                    total_micros,
                },
                evidence: None,
            })));
        }
        figures.count(&Kind::PushOutcome(PushOutcome {
            push: 1,
            state: PushState::GivenUp,
            user_sees: None,
        }));
        let store = StoreStatus {
            failure: None,
            next: 9,
            lag: Duration::from_millis(7250),
            lost: 3,
        };
        let text = figures.prometheus(2, Some(&store));
        for line in [
            "wxcheck_pushes_total{outcome=\"given-up\"} 1",
            "wxcheck_deliveries_total{status=\"200\"} 2",
            "wxcheck_deliveries_total{status=\"500\"} 1",
            "wxcheck_answer_seconds_bucket{le=\"0.005\"} 1",
            "wxcheck_answer_seconds_bucket{le=\"0.01\"} 2",
            "wxcheck_answer_seconds_bucket{le=\"10\"} 2",
            "wxcheck_answer_seconds_bucket{le=\"+Inf\"} 3",
            "wxcheck_answer_seconds_sum 20.012",
            "wxcheck_held 2",
            "wxcheck_store_lag_seconds 7.25",
            "wxcheck_store_lost_total 3",
        ] {
            assert!(text.lines().any(|one| one == line), "{line}\n{text}");
        }
    }
}
