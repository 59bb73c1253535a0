//! The numbers of a run under way, as Prometheus reads them. Documented: Prometheus, text-based exposition format.

use std::fmt::Write as _;

use super::Timeline;
use crate::counts::Counts;

/// The page that is scraped.
pub fn metrics(timeline: &Timeline) -> String {
    let total = timeline.total();
    let counts = &total.counts;
    let mut page = String::new();
    family(
        &mut page,
        "wxcheck_load_due_total",
        "Requests whose time had come.",
    );
    line(&mut page, "wxcheck_load_due_total", "", counts.due);
    family(
        &mut page,
        "wxcheck_load_unsent_total",
        "Requests that were due and not sent.",
    );
    line(&mut page, "wxcheck_load_unsent_total", "", counts.unsent);
    family(
        &mut page,
        "wxcheck_load_sent_total",
        "Requests that were sent.",
    );
    for (kind, count) in [
        ("first", counts.first),
        ("again", counts.again),
        ("forged", counts.forged),
        ("fetch", counts.fetched),
    ] {
        line(
            &mut page,
            "wxcheck_load_sent_total",
            &format!("{{kind=\"{kind}\"}}"),
            count,
        );
    }
    family(
        &mut page,
        "wxcheck_load_ended_total",
        "Requests by how they ended.",
    );
    for (end, count) in endings(counts) {
        line(
            &mut page,
            "wxcheck_load_ended_total",
            &format!("{{end=\"{end}\"}}"),
            count,
        );
    }
    family(
        &mut page,
        "wxcheck_load_status_total",
        "Answers with another status than 200.",
    );
    for (status, count) in &counts.statuses {
        let label = format!("{{status=\"{status}\"}}");
        line(&mut page, "wxcheck_load_status_total", &label, *count);
    }
    for (name, what, histogram) in [
        ("latency", "pushes", &total.latency),
        ("fetch", "fetches", &total.fetches),
    ] {
        let name = format!("wxcheck_load_{name}_seconds");
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "# HELP {name} Latency of {what} from the moment at which each was due; without --rate, at which it was sent."
        );
        let _ = writeln!(page, "# TYPE {name} summary");
        for part in [0.5, 0.9, 0.99, 0.999] {
            // At most two minutes of microseconds.
            #[expect(clippy::cast_precision_loss, reason = "see above")]
            let seconds = histogram
                .quantile(part)
                .map_or(f64::NAN, |micros| micros as f64 / 1e6);
            let _ = writeln!(page, "{name}{{quantile=\"{part}\"}} {seconds}");
        }
        let _ = writeln!(page, "{name}_sum {}", histogram.sum());
        line(&mut page, &format!("{name}_count"), "", histogram.count());
    }
    page
}

fn endings(counts: &Counts) -> [(&'static str, u64); 12] {
    // Each request ends in one way.
    let right = counts.acknowledged.saturating_sub(counts.wrong_user);
    [
        ("acknowledged", right),
        ("odd", counts.odd),
        ("data", counts.data),
        ("forged_acknowledged", counts.forged_acknowledged),
        ("forged_refused", counts.forged_refused),
        ("cut", counts.cut),
        ("unconnected", counts.unconnected),
        ("dropped", counts.dropped),
        ("unreadable", counts.unreadable),
        ("wrong_user", counts.wrong_user),
        ("status", counts.other_statuses()),
        ("abandoned", counts.abandoned),
    ]
}

fn family(page: &mut String, name: &str, help: &str) {
    let _ = writeln!(page, "# HELP {name} {help}\n# TYPE {name} counter");
}

fn line(page: &mut String, name: &str, labels: &str, value: u64) {
    let _ = writeln!(page, "{name}{labels} {value}");
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::counts::Interval;

    #[test]
    fn every_line_is_a_comment_or_a_sample() {
        let mut interval = Interval::default();
        interval.counts.first = 7;
        interval.counts.statuses.insert(503, 2);
        interval.latency.record(Duration::from_millis(20));
        let mut timeline = Timeline::default();
        timeline.take(&interval);
        let page = metrics(&timeline);
        // There were no fetches.
        assert!(
            page.contains("wxcheck_load_fetch_seconds_sum 0\n"),
            "{page}"
        );
        for line in page.lines() {
            let is_sample = line.rsplit_once(' ').is_some_and(|(name, value)| {
                name.starts_with("wxcheck_load_") && value.parse::<f64>().is_ok()
            });
            assert!(is_sample || line.starts_with("# "), "{line}");
        }
        assert!(page.contains("wxcheck_load_sent_total{kind=\"first\"} 7\n"));
        assert!(page.contains("wxcheck_load_status_total{status=\"503\"} 2\n"));
    }
}
