//! The report for a terminal.

use std::fmt::Write as _;

use super::{Latency, Lost, Report, Row, Spread, Twice};
use crate::{
    counts::Counts,
    ledger::{Ledger, Line},
    pace::Pace,
};

/// The report in lines.
pub fn text(report: &Report) -> String {
    let plan = &report.plan;
    let form = &plan.form;
    let counts = &report.counts;
    let mut text = format!(
        "load {} ({}, {}), seed {}\n",
        form.url, form.mode, form.format, plan.seed
    );
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "  sent         {} in {:.1} s, {:.0} a second: {} pushes, {} again, {} forged, {} fetches",
        counts.sent(),
        seconds(report.took_millis),
        report.rate,
        counts.first,
        counts.again,
        counts.forged,
        counts.fetched
    );
    if matches!(plan.pace, Pace::Open { .. }) || counts.unsent > 0 {
        let _ = writeln!(
            text,
            "  not sent     {} of {} that were due: no connection was free in time",
            counts.unsent, counts.due
        );
    }
    let _ = writeln!(text, "  answered     {}", answered(counts));
    if let Some(failed) = failed(counts) {
        let _ = writeln!(text, "  failed       {failed}");
    }
    for (reason, count) in &counts.reasons {
        let _ = writeln!(text, "               {count} × {reason}");
    }
    if counts.forged > 0 {
        let _ = writeln!(
            text,
            "  forgeries    {} refused, {} answered like true pushes",
            counts.forged_refused, counts.forged_acknowledged
        );
    }
    if counts.wrong_user > 0 {
        let _ = writeln!(
            text,
            "  wrong user   {} answers were for another user than the one who wrote",
            counts.wrong_user
        );
    }
    let since = match plan.pace {
        Pace::Open { .. } => "since each was due",
        Pace::Closed { .. } => "since each was sent; --rate shows what waits behind a slow answer",
    };
    for (name, latency) in [("latency", &report.latency), ("fetches", &report.fetches)] {
        if latency.count > 0 {
            let _ = writeln!(text, "  {name:<12} {}, {since}", percentiles(latency));
        }
    }
    if let Some(spread) = &report.spread {
        workers(&mut text, spread);
    }
    if let Some(ledger) = &report.ledger {
        account(&mut text, ledger);
    }
    for held in &report.thresholds {
        let word = if held.fails { "FAILED" } else { "held" };
        let value = held.value.map_or_else(|| "nothing".to_owned(), shown);
        let _ = writeln!(
            text,
            "  {word:<12} {} ({value} was measured)",
            held.threshold
        );
    }
    if let Some(who) = &report.stopped {
        let _ = writeln!(
            text,
            "  stopped by {who}; {} were under way",
            counts.abandoned
        );
    }
    text
}

/// One line about a run that goes on.
pub fn line(second: u64, row: &Row, counts: &Counts) -> String {
    let p99 = row.p99.map_or_else(
        || "-".to_owned(),
        |micros| format!("{:.1} ms", millis(micros)),
    );
    format!(
        "{second} s: {} sent, {}/s, p99 {p99}, {} failed, {} not sent",
        counts.sent(),
        row.sent,
        counts.bad(),
        counts.unsent
    )
}

/// The lines about workers.
fn workers(text: &mut String, spread: &Spread) {
    let _ = writeln!(text, "  workers      {}", spread.workers.join(", "));
    for lost in &spread.lost {
        let Lost {
            shard, from, to, ..
        } = lost;
        let why = lost.worker.as_ref().map_or_else(
            || "no worker had it, nothing was sent".to_owned(),
            |worker| format!("{worker} was lost, and what it sent in them is not counted"),
        );
        let last = to.saturating_sub(1);
        let _ = writeln!(
            text,
            "  lost         shard {shard}, seconds {from} to {last}: {why}"
        );
    }
    for Twice {
        shard,
        second,
        requests,
    } in &spread.twice
    {
        let _ = writeln!(
            text,
            "  twice        shard {shard}, second {second}: {requests} requests were sent by two workers"
        );
    }
}

/// The account at the end.
fn account(text: &mut String, ledger: &Ledger) {
    if ledger.nameless > 0 {
        let _ = writeln!(
            text,
            "               in no account: {} pushes, which name no user",
            ledger.nameless
        );
    }
    if let Some(of) = ledger.of {
        let asked = ledger.total().pushed + ledger.unread;
        let _ = writeln!(
            text,
            "               the page was asked about {asked} of {of} pushes"
        );
    }
    if ledger.unread > 0 {
        let _ = writeln!(
            text,
            "               no number from the page for {} pushes",
            ledger.unread
        );
    }
    for (name, line) in &ledger.lines {
        let Line {
            pushed,
            acknowledged,
            once,
            more,
            lost,
            ..
        } = line;
        let acted = if once + more == 0 && ledger.shows_effects() {
            "none acted on, so that nothing is expected".to_owned()
        } else if once + more == 0 {
            "none acted on: either nothing is seen, or nothing is done".to_owned()
        } else {
            format!("{once} acted on once, {more} more than once, {lost} lost")
        };
        let _ = writeln!(
            text,
            "  acted on     {name}: of {pushed} pushed and {acknowledged} acknowledged {acted}"
        );
    }
    if !ledger.exact {
        text.push_str(
            "               counted by user: leave --users out to have it for each push\n",
        );
    }
    if ledger.forged_acted > 0 {
        let _ = writeln!(
            text,
            "               {} forgeries acted on",
            ledger.forged_acted
        );
    }
    if ledger.strangers > 0 {
        let _ = writeln!(
            text,
            "               {} acts for users to whom nothing was pushed",
            ledger.strangers
        );
    }
    if ledger.untold > 0 {
        let _ = writeln!(
            text,
            "               {} acts for pushes of lost seconds",
            ledger.untold
        );
    }
    for story in &ledger.stories {
        let _ = writeln!(text, "    e.g.       {story}");
    }
}

/// A number without needless digits.
pub(super) fn shown(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}

fn answered(counts: &Counts) -> String {
    let mut parts = vec![format!("{} acknowledged", counts.acknowledged)];
    if counts.fetched > 0 {
        parts.push(format!("{} with data", counts.data));
    }
    if counts.odd > 0 {
        parts.push(format!(
            "{} with 200 and no answer that WeChat takes",
            counts.odd
        ));
    }
    let statuses = counts.statuses.iter();
    parts.extend(statuses.map(|(status, count)| format!("{count} with {status}")));
    parts.join(", ")
}

fn failed(counts: &Counts) -> Option<String> {
    let parts: Vec<String> = [
        (counts.cut, "cut at the limit"),
        (counts.unconnected, "without a connection"),
        (counts.dropped, "dropped before the answer"),
        (counts.unreadable, "with an answer that is no HTTP"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn percentiles(latency: &Latency) -> String {
    let shown = [
        ("p50", latency.p50),
        ("p90", latency.p90),
        ("p99", latency.p99),
        ("p99.9", latency.p999),
        ("max", latency.max),
    ];
    let shown =
        shown.map(|(name, micros)| format!("{name} {:.2}", millis(micros.unwrap_or_default())));
    format!("{} ms", shown.join(", "))
}

/// At most two minutes of microseconds, which a double holds exactly.
#[expect(clippy::cast_precision_loss, reason = "see above")]
pub(super) const fn millis(micros: u64) -> f64 {
    micros as f64 / 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "at most some days")]
const fn seconds(millis: u64) -> f64 {
    millis as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{counts::Interval, plan::tests::steady, report::Timeline};

    #[test]
    fn everything_that_failed_is_told() {
        let mut interval = Interval {
            counts: Counts {
                due: 20,
                unsent: 3,
                first: 15,
                forged: 2,
                acknowledged: 9,
                odd: 1,
                cut: 2,
                forged_refused: 2,
                ..Counts::default()
            },
            ..Interval::default()
        };
        interval.counts.statuses.insert(500, 3);
        interval.latency.record(Duration::from_micros(1500));
        let mut timeline = Timeline::default();
        timeline.take(&interval);
        let report = timeline.report("0", &steady(10.0, 2), Some("Ctrl-C".into()), 2000);
        let text = text(&report);
        for part in [
            "17 in 2.0 s, 8 a second: 15 pushes, 0 again, 2 forged, 0 fetches",
            "not sent     3 of 20 that were due",
            "9 acknowledged, 1 with 200 and no answer that WeChat takes, 3 with 500",
            "failed       2 cut at the limit",
            "forgeries    2 refused, 0 answered like true pushes",
            "p50 1.50, p90 1.50",
            "stopped by Ctrl-C",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(!text.contains("wrong user"), "{text}");
    }
}
