//! The reasons of rules that were not judged: each is true of the report in which it stands.

use wxcheck_reference_server::{
    Behaviour, Setting,
    behaviour::{Opening, Unreadable},
    defect,
};
use wxcheck_suite::{
    reason::{Reason, Unjudged},
    report::{View, view::Row},
    verdict::Verdict,
};

use crate::judged::{At, judge};

/// The complaint about rules that are said to stand in the way of others, and passed.
pub(crate) fn complaint(run: &View) -> Option<String> {
    let untrue = run.rows.iter().filter_map(|row| {
        let Some(Reason::Blocked { by }) = row.reason else {
            return None;
        };
        let by = run.rows.iter().find(|row| row.rule.id == by)?;
        let stands =
            by.finding.is_some() || matches!(by.verdict, Verdict::Inconclusive | Verdict::Errored);
        (!stands).then(|| format!("  {} by {}: {}", row.rule.id, by.rule.id, by.verdict))
    });
    let untrue: Vec<String> = untrue.collect();
    (!untrue.is_empty()).then(|| format!("blocked by what passed:\n{}", untrue.join("\n")))
}

/// A server with another EncodingAESKey that catches what it cannot open, and answers nothing: no rule about true pushes may
/// pass.
pub(crate) fn swallowed_key() -> Option<String> {
    let setting = Setting {
        api: true,
        ..defect("push-similar-appid-passes")?.setting
    };
    let behaviour = Behaviour {
        opening: Opening::OtherKey,
        unreadable: Unreadable::Swallowed,
        ..Behaviour::default()
    };
    let run = judge(setting, behaviour, At::Callback);
    let of = |id: &str| run.rows.iter().find(|row| row.rule.id.as_str() == id);
    let is_open = |row: &Row| row.reason == Some(Reason::Unjudged(Unjudged::NothingSeenOpened));
    let rules = [
        "push-signature/accepts-true-push",
        "envelope/all-paddings",
        "reply/xpay-answer",
    ];
    let judged: Vec<String> = rules
        .into_iter()
        .filter_map(of)
        .filter(|row| row.verdict != Verdict::Skipped && !is_open(row))
        .map(|row| format!("  {}: {} {:?}", row.rule.id, row.verdict, row.reason))
        .collect();
    if !judged.is_empty() {
        return Some(format!("judged:\n{}", judged.join("\n")));
    }
    (!run.shows_no_push_taken()).then(|| "the run says that pushes are taken".to_owned())
}
