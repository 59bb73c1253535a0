//! The report as one page: the same words as on a terminal, and plots over time. It needs nothing from elsewhere.

use super::{
    Change, Report, Row,
    plot::{Curve, plot},
    text,
    text::millis,
};
use crate::language::Lang;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:900px;padding:0 1em;color:#222;background:#fff}\
pre{background:#f5f5f5;padding:1em;overflow:auto}figure{margin:2em 0}figcaption{font-weight:600}\
svg{width:100%;height:auto}polyline{fill:none;stroke-width:1.5}.grid{stroke:#ddd}text{font-size:11px;fill:#666}\
.left{text-anchor:end}p{margin:0;font-size:13px}";

/// The page.
pub fn html(report: &Report, changes: &[Change], lang: Lang) -> String {
    let rows = &report.seconds;
    let latencies = |value: fn(&Row) -> Option<u64>| {
        let values = rows.iter().map(move |row| value(row).map(millis));
        values.collect::<Vec<_>>()
    };
    let rate = plot(
        lang.of_two("Requests a second", "每秒请求数"),
        &[
            count(lang.of_two("due", "应发"), "#bbb", rows, |row| row.due),
            count(lang.of_two("sent", "已发"), "#1f6feb", rows, |row| {
                row.sent
            }),
            count(
                lang.of_two("answered as it should be", "响应正常"),
                "#1a7f37",
                rows,
                |row| row.good,
            ),
        ],
        false,
    );
    let latency = plot(
        lang.of_two("Latency of pushes, ms", "推送延迟，毫秒"),
        &[
            curve("p50", "#1a7f37", latencies(|row| row.p50)),
            curve("p90", "#9a6700", latencies(|row| row.p90)),
            curve("p99", "#bc4c00", latencies(|row| row.p99)),
            curve("max", "#cf222e", latencies(|row| row.max)),
        ],
        true,
    );
    // A run without fetches has nothing to show of them.
    let fetches = if report.fetches.count > 0 {
        plot(
            lang.of_two("Latency of fetches, ms", "拉取延迟，毫秒"),
            &[
                curve("p50", "#1a7f37", latencies(|row| row.fetch_p50)),
                curve("p99", "#bc4c00", latencies(|row| row.fetch_p99)),
                curve("max", "#cf222e", latencies(|row| row.fetch_max)),
            ],
            true,
        )
    } else {
        String::new()
    };
    let errors = plot(
        lang.of_two("Not as it should be, a second", "每秒异常数"),
        &[
            count(lang.of_two("failed", "失败"), "#cf222e", rows, |row| {
                row.bad
            }),
            count(
                lang.of_two("not sent", "未发送"),
                "#8250df",
                rows,
                |row| row.unsent,
            ),
        ],
        false,
    );
    let words = escaped(&text(report, lang));
    let changes: String = changes
        .iter()
        .map(|change| escaped(&format!("{}\n", change.told(lang))))
        .collect();
    let beside = if changes.is_empty() {
        String::new()
    } else {
        let title = lang.of_two("Beside the earlier run", "与之前的压测比较");
        format!("<h2>{title}</h2>\n<pre>{changes}</pre>\n")
    };
    let code = lang.of_two("en", "zh-CN");
    format!(
        "<!DOCTYPE html>\n<html lang=\"{code}\"><head><meta charset=\"utf-8\"><title>wxcheck load</title><style>{STYLE}</style></head>\n\
         <body><h1>wxcheck load</h1>\n<pre>{words}</pre>\n{beside}{rate}{latency}{fetches}{errors}</body></html>\n"
    )
}

fn count(name: &'static str, colour: &'static str, rows: &[Row], value: fn(&Row) -> u64) -> Curve {
    // Counts of a second.
    #[expect(clippy::cast_precision_loss, reason = "see above")]
    let values = rows.iter().map(|row| Some(value(row) as f64));
    curve(name, colour, values.collect())
}

const fn curve(name: &'static str, colour: &'static str, values: Vec<Option<f64>>) -> Curve {
    Curve {
        name,
        colour,
        values,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{counts::Interval, plan::tests::steady, report::Timeline};

    #[test]
    fn a_page_has_three_plots_and_one_of_fetches_and_no_markup_of_others() {
        for (fetches, plots, curves) in [(false, 3, 9), (true, 4, 12)] {
            let page = page(fetches);
            assert_eq!(page.matches("<svg").count(), plots);
            assert_eq!(page.matches("<polyline").count(), curves);
            assert!(
                !page.contains("<script") && !page.contains("NaN") && !page.contains("http://www")
            );
            let line = page.split("points=\"").nth(1).unwrap();
            assert_eq!(
                line.split('"').next().unwrap().split_whitespace().count(),
                30
            );
        }
    }

    fn page(fetches: bool) -> String {
        let mut timeline = Timeline::default();
        for second in 0..30 {
            let mut interval = Interval {
                second,
                ..Interval::default()
            };
            interval.counts.due = 100 + second;
            interval.counts.first = 100;
            interval.counts.acknowledged = 99;
            interval.counts.reasons.insert("<script>".into(), 1);
            interval
                .latency
                .record(Duration::from_millis(1 + second * 10));
            if fetches {
                interval
                    .fetches
                    .record(Duration::from_millis(40 + second % 7));
            }
            timeline.take(&interval);
        }
        let report = timeline.report("0", &steady(100.0, 30), None, 30_000);
        html(&report, &[], Lang::En)
    }
}
