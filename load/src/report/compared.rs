//! A run compared with an earlier one.

use wxcheck_mock_server::language::{Language, told};

use super::{Report, text::render};

/// One number, then and now.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Its name with its unit, in English and in Chinese.
    pub what: (&'static str, &'static str),
    /// Its earlier value; none where nothing was measured.
    pub before: Option<f64>,
    /// Its value now.
    pub now: Option<f64>,
}

/// The numbers that people compare.
pub fn compared(earlier: &Report, now: &Report) -> Vec<Change> {
    let [before, now] = [earlier, now].map(numbers);
    let pairs = before.into_iter().zip(now);
    pairs
        .map(|((what, before), (_, now))| Change { what, before, now })
        .filter(|change| change.before.is_some() || change.now.is_some())
        .collect()
}

/// Counts and microseconds are below 2^53.
#[expect(clippy::cast_precision_loss, reason = "see above")]
fn numbers(report: &Report) -> [((&'static str, &'static str), Option<f64>); 13] {
    let millis = |micros: Option<u64>| micros.map(|micros| micros as f64 / 1000.0);
    let counts = &report.counts;
    // Where nothing at all was acted on, nothing may have been seen.
    let judged = report
        .ledger
        .as_ref()
        .filter(|ledger| ledger.shows_effects());
    let total = judged.map(crate::ledger::Ledger::total);
    let forged = report.ledger.as_ref().map(|ledger| ledger.forged_acted);
    [
        (("sent a second", "每秒发送"), Some(report.rate)),
        (("p50, ms", "p50，毫秒"), millis(report.latency.p50)),
        (("p99, ms", "p99，毫秒"), millis(report.latency.p99)),
        (("p99.9, ms", "p99.9，毫秒"), millis(report.latency.p999)),
        (("max, ms", "最大，毫秒"), millis(report.latency.max)),
        (
            ("p50 of fetches, ms", "拉取 p50，毫秒"),
            millis(report.fetches.p50),
        ),
        (
            ("p99 of fetches, ms", "拉取 p99，毫秒"),
            millis(report.fetches.p99),
        ),
        (
            ("not answered correctly, %", "响应不正常，%"),
            counts.part(counts.bad()),
        ),
        (("not sent, %", "未发送，%"), counts.part(counts.unsent)),
        (
            ("cut at the limit, %", "超过时限，%"),
            counts.part(counts.cut),
        ),
        (
            ("forgeries acted on", "被处理的伪造推送"),
            forged.map(|count| count as f64),
        ),
        (("lost", "丢失"), total.map(|line| line.lost as f64)),
        (
            ("acted on more than once", "处理多次"),
            total.map(|line| line.more as f64),
        ),
    ]
}

impl Change {
    /// The change in a line, like `p99, ms: 3.1, before 2.9 (+7%)`.
    pub fn in_words(&self, lang: Language) -> String {
        let known = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), render);
        let (en, zh) = self.what;
        let (now, before) = (known(self.now), known(self.before));
        let by = match (self.before, self.now) {
            (Some(before), Some(now)) if before > 0.0 => {
                format!(" ({:+.0}%)", (now - before) * 100.0 / before)
            }
            _ => String::new(),
        };
        told!(
            lang,
            "{en}: {now}, before {before}{by}",
            "{zh}：{now}，之前 {before}{by}"
        )
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{counts::Interval, plan::tests::steady, report::Timeline};

    fn report(millis: u64) -> Report {
        let mut interval = Interval::default();
        interval.counts.first = 100;
        interval.latency.record(Duration::from_millis(millis));
        let mut timeline = Timeline::default();
        timeline.take(&interval);
        timeline.report("0", &steady(100.0, 1), None, 1000)
    }

    #[test]
    fn changes_are_told_in_per_cent() {
        let changes = compared(&report(100), &report(150));
        let told: Vec<String> = changes
            .iter()
            .map(|change| change.in_words(Language::English))
            .collect();
        assert!(
            told.contains(&"sent a second: 100, before 100 (+0%)".to_owned()),
            "{told:?}"
        );
        let p99 = told
            .iter()
            .find(|line| line.starts_with("p99, ms: 150"))
            .unwrap();
        assert!(p99.ends_with("(+50%)"), "{p99}");
        assert!(
            !told.iter().any(|line| line.starts_with("lost")),
            "{told:?}"
        );
    }
}
