//! The report as one page: the same words as on a terminal, and plots over time. It needs nothing from elsewhere.

use maud::{DOCTYPE, Markup, html as markup};
use wxcheck_mock_server::language::Language;

use super::{
    Change, Report, Row,
    plot::{Curve, plot},
    text,
    text::millis,
};

const STYLE: &str = ":root{color-scheme:light dark}\
body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:900px;padding:0 1em;color:light-dark(#222,#ddd);background:light-dark(#fff,#161616)}\
pre{background:light-dark(#f5f5f5,#222);padding:1em;overflow:auto}figure{margin:2em 0}figcaption{font-weight:600}\
svg{width:100%;height:auto}polyline{fill:none;stroke-width:1.5}.grid{stroke:light-dark(#ddd,#333)}\
text{font-size:11px;fill:light-dark(#666,#aaa)}.left{text-anchor:end}.key{margin-right:1em}p{margin:0;font-size:13px}";

/// The page.
pub fn html(report: &Report, changes: &[Change], lang: Language) -> String {
    let rows = &report.seconds;
    let latencies = |value: fn(&Row) -> Option<u64>| {
        let values = rows.iter().map(move |row| value(row).map(millis));
        values.collect::<Vec<_>>()
    };
    let rate = plot(
        lang.of("Requests a second", "每秒请求数"),
        &[
            count(lang.of("due", "应发"), "#bbb", rows, |row| row.due),
            count(lang.of("sent", "已发"), "#1f6feb", rows, |row| row.sent),
            count(
                lang.of("answered correctly", "响应正常"),
                "#1a7f37",
                rows,
                |row| row.good,
            ),
        ],
        false,
    );
    let latency = plot(
        lang.of("Latency of pushes, ms", "推送延迟，毫秒"),
        &[
            curve("p50", "#1a7f37", latencies(|row| row.p50)),
            curve("p90", "#9a6700", latencies(|row| row.p90)),
            curve("p99", "#bc4c00", latencies(|row| row.p99)),
            curve("max", "#cf222e", latencies(|row| row.max)),
        ],
        true,
    );
    // A run without fetches has nothing to show of them.
    let fetches = (report.fetches.count > 0).then(|| {
        plot(
            lang.of("Latency of fetches, ms", "拉取延迟，毫秒"),
            &[
                curve("p50", "#1a7f37", latencies(|row| row.fetch_p50)),
                curve("p99", "#bc4c00", latencies(|row| row.fetch_p99)),
                curve("max", "#cf222e", latencies(|row| row.fetch_max)),
            ],
            true,
        )
    });
    let errors = plot(
        lang.of("Errors a second", "每秒异常数"),
        &[
            count(lang.of("failed", "失败"), "#cf222e", rows, |row| row.bad),
            count(lang.of("not sent", "未发送"), "#8250df", rows, |row| {
                row.unsent
            }),
        ],
        false,
    );
    let lines = changes.iter().map(|change| change.in_words(lang) + "\n");
    let compared: String = lines.collect();
    page(
        lang,
        &markup! {
            pre { (text(report, lang)) }
            @if !compared.is_empty() {
                h2 { (lang.of("Compared with the earlier run", "与之前的压测比较")) }
                pre { (compared) }
            }
            (rate) (latency) @if let Some(fetches) = fetches { (fetches) } (errors)
        },
    )
}

/// A page with that body.
fn page(lang: Language, body: &Markup) -> String {
    let page = markup! {
        (DOCTYPE)
        html lang=(lang.of("en", "zh-CN")) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { "wxcheck load" }
                style { (STYLE) }
            }
            body { h1 { "wxcheck load" } (body) }
        }
    };
    page.into_string()
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
                page.contains("&lt;script")
                    && !page.contains("<script")
                    && !page.contains("NaN")
                    && !page.contains("http://www")
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
        html(&report, &[], Language::English)
    }
}
