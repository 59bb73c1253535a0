//! The entries of a list beside what a run has found.

use wxcheck_events::{Baseline, BaselineFault, Known, WrongEntry};
use wxcheck_suite::{
    reason::{Reason, Unjudged},
    report::{known::is_unwritten, view::Row},
    rule::Rule,
    rules,
    verdict::Verdict,
};

use super::Entry;
use crate::no_rule;

/// The rules whose findings are all listed, and the entries that are no longer right. A claim that a rule draws by lot may be
/// missing in one run and there in the next, so such an entry lasts as long as the rule finds anything that is listed.
pub(super) fn compare(
    entries: &[Entry],
    rows: &[Row],
    today: &str,
    is_drawn: impl Fn(&Rule) -> bool,
) -> Baseline {
    let faults = entries.iter().filter_map(|entry| {
        let wrong = fault_of(entry, rows, today, &is_drawn, entries)?;
        Some(BaselineFault {
            rule: entry.rule.clone(),
            claim: entry.claim.clone(),
            line: entry.line,
            wrong,
        })
    });
    Baseline {
        file: String::new(),
        known: rows
            .iter()
            .filter_map(|row| known_of(row, entries, today))
            .collect(),
        faults: faults.collect(),
    }
}

/// True if the entry is about that claim.
fn covers(entry: &Entry, row: &Row, claim: &str) -> bool {
    let named = entry.claim.as_deref();
    row.rule.id.as_str() == entry.rule && named.is_none_or(|named| named == claim)
}

fn is_expired(entry: &Entry, today: &str) -> bool {
    entry.expires.as_deref().is_some_and(|day| day < today)
}

/// The entries that accept what was found, if each claim is accepted by one.
fn known_of(row: &Row, entries: &[Entry], today: &str) -> Option<Known> {
    let accepting = |claim: &String| {
        let mut entries = entries.iter().filter(|entry| !is_expired(entry, today));
        entries.find(|entry| covers(entry, row, claim))
    };
    let accepted: Vec<&Entry> = row.claims.iter().map(accepting).collect::<Option<_>>()?;
    let first = accepted.first()?;
    let mut reasons: Vec<&str> = accepted.iter().map(|entry| entry.reason.trim()).collect();
    if !reasons.iter().all(|reason| is_unwritten(reason)) {
        reasons.retain(|reason| !is_unwritten(reason));
    }
    reasons.dedup();
    Some(Known {
        rule: row.rule.id.to_string(),
        reason: reasons.join("; "),
        expires: accepted
            .iter()
            .filter_map(|entry| entry.expires.clone())
            .min(),
        line: first.line,
    })
}

/// The fault of an entry, if it has one. An entry that nobody needs any longer is to be removed, expired or not.
fn fault_of(
    entry: &Entry,
    rows: &[Row],
    today: &str,
    is_drawn: &impl Fn(&Rule) -> bool,
    entries: &[Entry],
) -> Option<WrongEntry> {
    let Some(rule) = rules::find(&entry.rule) else {
        return Some(WrongEntry::UnknownRule {
            hint: no_rule(&entry.rule).en,
        });
    };
    if let Some(claim) = &entry.claim
        && !rule.claims.contains(&claim.as_str())
    {
        return Some(WrongEntry::UnknownClaim {
            claims: rule.claims.iter().map(ToString::to_string).collect(),
        });
    }
    let row = rows.iter().find(|row| row.rule.id == rule.id);
    let is_seen_whole = !rules::is_found_anywhere(rule) || is_heard_whole(rows);
    if is_seen_whole
        && row.is_some_and(|row| is_judged(row) && !occurs(entry, row, is_drawn(rule), entries))
    {
        return Some(WrongEntry::Gone);
    }
    let on = entry.expires.clone().filter(|_| is_expired(entry, today));
    on.map(|on| WrongEntry::Expired { on })
}

/// True if the finding was there, or may come back with another draw.
fn occurs(entry: &Entry, row: &Row, is_drawn: bool, entries: &[Entry]) -> bool {
    let has = |entry: &Entry| row.claims.iter().any(|claim| covers(entry, row, claim));
    has(entry) || (is_drawn && entries.iter().any(has))
}

/// True if the run played every rule whose pushes may show a fault that another rule reports.
fn is_heard_whole(rows: &[Row]) -> bool {
    let was_played = |rule: &Rule| {
        let row = rows.iter().find(|row| row.rule.id == rule.id);
        row.is_some_and(|row| !is_left_out(row))
    };
    let mut heard = rules::all().filter(|rule| rule.is_overheard());
    heard.all(was_played)
}

/// True if the rule was to be judged, and nothing was sent for it.
const fn is_left_out(row: &Row) -> bool {
    match &row.reason {
        Some(Reason::Blocked { .. } | Reason::Gone { .. } | Reason::OutOfTime) => true,
        Some(Reason::Unjudged(why)) => matches!(
            why,
            Unjudged::ByRequest { .. }
                | Unjudged::Gentle
                | Unjudged::TooRough
                | Unjudged::Stopped { .. }
                | Unjudged::Unreachable
                | Unjudged::LogEnds
        ),
        Some(Reason::Missing(_)) | None => false,
    }
}

/// A rule that was not judged in this run is not gone.
const fn is_judged(row: &Row) -> bool {
    matches!(
        row.verdict,
        Verdict::Passed | Verdict::Failed | Verdict::Warned | Verdict::Noted | Verdict::Flaky
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "push-signature/rejects-forged-signature";

    fn entry(rule: &str, claim: Option<&str>, expires: Option<&str>) -> Entry {
        Entry {
            rule: rule.into(),
            claim: claim.map(str::to_owned),
            reason: "later".into(),
            expires: expires.map(str::to_owned),
            line: 1,
        }
    }

    fn row(verdict: Verdict, claims: &[&str]) -> Row {
        Row {
            claims: claims.iter().map(ToString::to_string).collect(),
            ..Row::plain(rules::find(RULE).unwrap(), verdict)
        }
    }

    /// The number of known rules, and the faults.
    fn compared(entries: &[Entry], row: Row, is_drawn: bool) -> (usize, Vec<WrongEntry>) {
        let compared = compare(entries, &[row], "2026-11-28", |_| is_drawn);
        let faults = compared.faults.into_iter().map(|fault| fault.wrong);
        (compared.known.len(), faults.collect())
    }

    #[test]
    fn a_rule_is_known_where_each_of_its_claims_is_listed() {
        let failed = || row(Verdict::Failed, &["altered", "empty"]);
        assert_eq!(
            compared(&[entry(RULE, None, None)], failed(), false),
            (1, vec![])
        );
        let one = entry(RULE, Some("altered"), None);
        assert_eq!(
            compared(std::slice::from_ref(&one), failed(), false),
            (0, vec![])
        );
        let both = [one, entry(RULE, Some("empty"), Some("2026-11-28"))];
        assert_eq!(compared(&both, failed(), false), (1, vec![]));
    }

    #[test]
    fn an_entry_whose_day_is_over_accepts_nothing() {
        let on = "2026-11-27".to_owned();
        let old = entry(RULE, None, Some(&on));
        assert_eq!(
            compared(&[old], row(Verdict::Failed, &["altered"]), false),
            (0, vec![WrongEntry::Expired { on }])
        );
    }

    #[test]
    fn what_was_judged_and_not_found_is_gone_and_what_was_not_judged_is_not() {
        let listed = [entry(RULE, None, None)];
        let gone = (0, vec![WrongEntry::Gone]);
        assert_eq!(compared(&listed, row(Verdict::Passed, &[]), false), gone);
        for verdict in [Verdict::Inconclusive, Verdict::Skipped, Verdict::Errored] {
            assert_eq!(compared(&listed, row(verdict, &[]), false), (0, vec![]));
        }
        let another = [entry("reply/acknowledges", None, None)];
        assert_eq!(
            compared(&another, row(Verdict::Passed, &[]), false),
            (0, vec![])
        );
    }

    #[test]
    fn a_fault_that_any_push_may_show_is_gone_only_where_all_were_sent() {
        let owner = rules::find("reply/no-empty-content").unwrap();
        let listed = [entry(owner.id.as_str(), None, None)];
        let compared = |rows: Vec<Row>| {
            let compared = compare(&listed, &rows, "2026-11-28", |_| false);
            compared.faults.into_iter().map(|fault| fault.wrong)
        };
        let passed = || Row::plain(owner, Verdict::Passed);
        assert_eq!(compared(vec![passed()]).next(), None);
        let all = || rules::all().map(|rule| Row::plain(rule, Verdict::Passed));
        assert_eq!(compared(all().collect()).next(), Some(WrongEntry::Gone));
        let but_one = all().map(|row| match row.rule.id.as_str() {
            "catalogue/any-values" => Row {
                verdict: Verdict::Skipped,
                reason: Some(
                    Unjudged::ByRequest {
                        because: "later".into(),
                    }
                    .into(),
                ),
                ..row
            },
            _ => row,
        });
        assert_eq!(compared(but_one.collect()).next(), None);
    }

    #[test]
    fn a_claim_that_is_drawn_by_lot_is_not_gone_while_another_is_listed() {
        let both = [
            entry(RULE, Some("altered"), None),
            entry(RULE, Some("empty"), None),
        ];
        let one = || row(Verdict::Failed, &["altered"]);
        assert_eq!(compared(&both, one(), true), (1, vec![]));
        assert_eq!(compared(&both, one(), false), (1, vec![WrongEntry::Gone]));
    }

    #[test]
    fn unknown_names_are_told_with_what_was_meant() {
        let typo = [entry("reply/acknowledge", None, None)];
        let (_, faults) = compared(&typo, row(Verdict::Passed, &[]), false);
        assert!(
            matches!(&faults[..], [WrongEntry::UnknownRule { hint }] if hint.contains("did you mean `reply/acknowledges`")),
            "{faults:?}"
        );
        let claim = [entry(RULE, Some("alterd"), None)];
        let (_, faults) = compared(&claim, row(Verdict::Failed, &["altered"]), false);
        assert!(
            matches!(&faults[..], [WrongEntry::UnknownClaim { .. }]),
            "{faults:?}"
        );
    }
}
