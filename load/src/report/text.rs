//! The report for a terminal.

mod account;

use std::fmt::{self, Write as _};

use wxcheck_mock_server::language::{Language, told};

use super::{Latency, Report, Row, Spread, Twice};
use crate::{counts::Counts, pace::Pace, shard::Lost};

/// The report in lines.
#[expect(
    clippy::too_many_lines,
    reason = "a list of lines in two languages, whose order is what counts"
)]
pub fn text(report: &Report, lang: Language) -> String {
    let mut lines = Lines::new(lang);
    let plan = &report.plan;
    let form = &plan.form;
    let counts = &report.counts;
    let (url, mode, format, seed) = (&form.url, form.mode, form.format, plan.seed);
    lines.head(told!(
        lang,
        "load {url} ({mode}, {format}), seed {seed}",
        "压测 {url}（{mode}，{format}），种子 {seed}"
    ));
    let (sent, rate, took) = (counts.sent(), report.rate, seconds(report.took_millis));
    let (first, again, forged) = (counts.first, counts.again, counts.forged);
    let fetched = counts.fetched;
    lines.row(
        ("sent", "发送"),
        told!(
            lang,
            "{sent} in {took:.1} s, {rate:.0} a second: {first} pushes, {again} again, {forged} forged, {fetched} fetches",
            "{took:.1} 秒内 {sent} 个，每秒 {rate:.0} 个：推送 {first}，重推 {again}，伪造 {forged}，拉取 {fetched}"
        ),
    );
    if counts.unsent > 0 {
        let (unsent, due) = (counts.unsent, counts.due);
        lines.row(
            ("not sent", "未发送"),
            told!(
                lang,
                "{unsent} of {due} that were due: all connections were busy",
                "应发的 {due} 个中有 {unsent} 个：所有连接都在忙"
            ),
        );
    }
    lines.row(("answered", "响应"), answered(counts, lang));
    if let Some(failed) = failed(counts, lang) {
        lines.row(("failed", "失败"), failed);
    }
    for (reason, count) in &counts.reasons {
        lines.more(format!("{count} × {reason}"));
    }
    if counts.forged > 0 {
        let (refused, taken) = (counts.forged_refused, counts.forged_acknowledged);
        lines.row(
            ("forgeries", "伪造推送"),
            told!(
                lang,
                "{refused} refused, {taken} answered like true pushes",
                "拒绝 {refused}，与真实推送同样响应 {taken}"
            ),
        );
    }
    if counts.wrong_user > 0 {
        let wrong = counts.wrong_user;
        lines.row(
            ("wrong user", "用户错误"),
            told!(
                lang,
                "{wrong} answers were for another user than the one who wrote",
                "{wrong} 个响应发给了别的用户，而不是发消息的用户"
            ),
        );
    }
    let since = match plan.pace {
        Pace::Open { .. } => lang.of("since each was due", "从应发的时刻算起"),
        Pace::Closed { .. } => lang.of(
            "since each was sent; --rate shows what waits behind a slow answer",
            "从发出的时刻算起；用 --rate 可以看到慢响应之后排队的时间",
        ),
    };
    for (label, latency) in [
        (("latency", "延迟"), &report.latency),
        (("fetches", "拉取"), &report.fetches),
    ] {
        if latency.count > 0 {
            let shown = percentiles(latency);
            lines.row(label, told!(lang, "{shown}, {since}", "{shown}，{since}"));
        }
    }
    if let Some(spread) = &report.spread {
        workers(&mut lines, spread);
    }
    if let Some(ledger) = &report.ledger {
        account::account(&mut lines, ledger);
    }
    for checked in &report.thresholds {
        let label = if report.judges_nothing() {
            ("not judged", "未判定")
        } else if checked.fails {
            ("FAILED", "未通过")
        } else {
            ("ok", "通过")
        };
        let nothing = || lang.of("nothing", "没有数据").to_owned();
        let threshold = &checked.threshold;
        let value = checked.value.map_or_else(nothing, render);
        lines.row(
            label,
            told!(
                lang,
                "{threshold} (measured: {value})",
                "{threshold}（实测：{value}）"
            ),
        );
    }
    if let Some(who) = &report.stopped {
        let (open, left) = (counts.abandoned, counts.stopped);
        lines.head(told!(
            lang,
            "  stopped by {who}; {open} were under way, {left} were due and not sent",
            "  被 {who} 终止；当时有 {open} 个正在进行，{left} 个应发而未发"
        ));
    }
    if report.judges_nothing() {
        lines.head(unjudged(counts, lang).to_owned());
    }
    lines.text
}

/// The verdict of a run that says nothing about its server.
fn unjudged(counts: &Counts, lang: Language) -> &'static str {
    if counts.sent() == 0 {
        lang.of(
            "  NO VERDICT: no request could be sent, so nothing was judged",
            "  没有结论：一个请求也没能发出，无法判定",
        )
    } else {
        lang.of(
            "  NO VERDICT: no request was answered, so nothing was judged",
            "  没有结论：没有一个请求得到响应，无法判定",
        )
    }
}

/// Lines with a label each.
pub(super) struct Lines {
    text: String,
    lang: Language,
}

impl Lines {
    const fn new(lang: Language) -> Self {
        let text = String::new();
        Self { text, lang }
    }

    fn head(&mut self, line: impl fmt::Display) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{line}");
    }

    fn row(&mut self, (en, zh): (&str, &str), said: impl fmt::Display) {
        let label = self.lang.of(en, zh);
        let columns = |letter: char| if letter.is_ascii() { 1 } else { 2 };
        let width: usize = label.chars().map(columns).sum();
        let pad = " ".repeat(12_usize.saturating_sub(width));
        self.head(format_args!("  {label}{pad} {said}"));
    }

    /// A line below the one before.
    fn more(&mut self, said: impl fmt::Display) {
        self.row(("", ""), said);
    }
}

/// One line about a run that goes on.
pub fn line(second: u64, row: &Row, counts: &Counts, lang: Language) -> String {
    let (sent, rate, bad, unsent) = (counts.sent(), row.sent, counts.bad(), counts.unsent);
    let p99 = row.p99.map_or_else(
        || "-".to_owned(),
        |micros| format!("{:.1} ms", millis(micros)),
    );
    told!(
        lang,
        "{second} s: {sent} sent, {rate}/s, p99 {p99}, {bad} failed, {unsent} not sent",
        "{second} 秒：已发 {sent}，{rate}/s，p99 {p99}，失败 {bad}，未发送 {unsent}"
    )
}

/// The lines about workers.
fn workers(lines: &mut Lines, spread: &Spread) {
    let lang = lines.lang;
    lines.row(("workers", "worker"), spread.workers.join(", "));
    for lost in &spread.lost {
        let Lost {
            shard, from, to, ..
        } = lost;
        let why = lost.worker.as_ref().map_or_else(
            || {
                told!(
                    lang,
                    "no worker had it, nothing was sent",
                    "没有 worker 承担，什么也没有发送"
                )
            },
            |worker| {
                told!(
                    lang,
                    "{worker} was lost, and what it sent in them is not counted",
                    "{worker} 失联，它在此期间发送的没有计入"
                )
            },
        );
        let last = to.saturating_sub(1);
        lines.row(
            ("lost", "丢失"),
            told!(
                lang,
                "shard {shard}, seconds {from} to {last}: {why}",
                "分片 {shard}，第 {from} 到 {last} 秒：{why}"
            ),
        );
    }
    for Twice {
        shard,
        second,
        requests,
    } in &spread.twice
    {
        lines.row(
            ("twice", "重复"),
            told!(
                lang,
                "shard {shard}, second {second}: {requests} requests were sent by two workers",
                "分片 {shard}，第 {second} 秒：{requests} 个请求由两个 worker 各发了一次"
            ),
        );
    }
}

/// A number without needless digits.
pub(super) fn render(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}

fn answered(counts: &Counts, lang: Language) -> String {
    let (taken, data, odd) = (counts.acknowledged, counts.data, counts.odd);
    let mut parts = vec![told!(lang, "{taken} acknowledged", "正常响应 {taken}")];
    if counts.fetched > 0 {
        parts.push(told!(lang, "{data} with data", "有数据 {data}"));
    }
    if counts.odd > 0 {
        parts.push(told!(
            lang,
            "{odd} with 200 and no answer that WeChat takes",
            "状态码 200 但微信不接受 {odd}"
        ));
    }
    let statuses = counts.statuses.iter();
    parts
        .extend(statuses.map(|(status, count)| {
            told!(lang, "{count} with {status}", "状态码 {status} {count}")
        }));
    parts.join(lang.of(", ", "，"))
}

fn failed(counts: &Counts, lang: Language) -> Option<String> {
    let parts: Vec<String> = [
        (counts.cut, ("cut at the limit", "超过时限")),
        (counts.unconnected, ("without a connection", "没有建立连接")),
        (
            counts.dropped,
            ("dropped before the answer", "响应之前断开"),
        ),
        (
            counts.unreadable,
            ("with an answer that is no HTTP", "响应不是 HTTP"),
        ),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, (en, zh))| told!(lang, "{count} {en}", "{zh} {count}"))
    .collect();
    (!parts.is_empty()).then(|| parts.join(lang.of(", ", "，")))
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
    use crate::{
        counts::Interval,
        plan::tests::steady,
        report::{Checked, Timeline},
    };

    #[test]
    fn everything_that_failed_is_told() {
        let mut interval = Interval {
            counts: Counts {
                due: 20,
                unsent: 3,
                stopped: 4,
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
        let mut report = timeline.report("0", &steady(10.0, 2), Some("Ctrl-C".into()), 2000);
        report.thresholds = [
            ("cut > 9", Some(2.0), false),
            ("cut > 1", Some(2.0), true),
            ("lost > 0", None, true),
        ]
        .map(|(threshold, value, fails)| Checked {
            threshold: threshold.to_owned(),
            value,
            fails,
        })
        .to_vec();
        let text = text(&report, Language::English);
        for part in [
            "17 in 2.0 s, 8 a second: 15 pushes, 0 again, 2 forged, 0 fetches",
            "not sent     3 of 20 that were due",
            "9 acknowledged, 1 with 200 and no answer that WeChat takes, 3 with 500",
            "failed       2 cut at the limit",
            "forgeries    2 refused, 0 answered like true pushes",
            "p50 1.50, p90 1.50",
            "stopped by Ctrl-C; 0 were under way, 4 were due and not sent",
            "ok           cut > 9 (measured: 2)",
            "FAILED       cut > 1 (measured: 2)",
            "FAILED       lost > 0 (measured: nothing)",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(!text.contains("wrong user"), "{text}");
        let chinese = super::text(&report, Language::Chinese);
        assert_eq!(chinese.lines().count(), text.lines().count());
        assert!(chinese.contains("  失败         超过时限 2"), "{chinese}");
        assert!(
            chinese.contains("  通过         cut > 9（实测：2）"),
            "{chinese}"
        );
        report.counts.unsent = 0;
        let text = super::text(&report, Language::English);
        assert!(!text.contains("all connections were busy"), "{text}");
    }
}
