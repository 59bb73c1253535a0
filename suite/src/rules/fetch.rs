//! The two URLs from which data are fetched for the phone: data prefetch and periodic update.

mod answer;
mod decoding;
mod owner;
mod parameters;

pub use answer::cold_start_budget;
use wxcheck_protocol::fetch::FetchKind;

use crate::{
    expect::{describe, entry, fetch_blocked_by as blocked_by},
    fetching::names_launch,
    finding::{Finding, Judgement, Miss},
    likeness::is_foreign,
    profile::Profile,
    reason::{Missing, Unjudged},
    rule::{Cases, Rule, RuleId, blocked},
    step::{Fetch, Scenario, Step},
    transcript::{Entry, Fetched, Sent, Transcript},
};

/// The pages that these rules rest on.
const BOTH_PAGES: &str = "pages on data prefetch and periodic update";
/// The consequence for a page without its data.
const LATE_PAGE: &str =
    "Nothing is cached, and the page waits for a request of its own, as if there were no prefetch.";

pub(super) const RULES: &[&Rule] = &[
    &answer::ANSWERS_200,
    &answer::COMPLETE_HTTP,
    &answer::ANSWERS_IN_TIME,
    &answer::COLD_START,
    &answer::NO_REDIRECT,
    &answer::NOT_MODIFIED,
    &answer::AT_MOST_256_KB,
    &answer::BELOW_256000_BYTES,
    &answer::UTF_8,
    &answer::NO_BOM,
    &answer::WHOLE_JSON,
    &answer::CONTENT_ENCODING,
    &answer::NO_COOKIES,
    &owner::CHECKS_TOKEN,
    &owner::EMPTY_TOKEN,
    &owner::OWN_DATA,
    &owner::SERVES_CODE,
    &owner::NO_SECRETS,
    &decoding::DECODES_ONCE,
    &parameters::RAW_PLUS,
    &parameters::OPTIONAL_PARAMETERS,
    &parameters::EMPTY_PARAMETERS,
    &parameters::UNKNOWN_PARAMETERS,
    &parameters::PARAMETER_ORDER,
    &parameters::TIMESTAMP_UNITS,
    &parameters::NO_SERVER_ERROR,
];

/// One scenario for each kind that is configured.
fn each_kind(profile: &Profile, scenario: impl Fn(FetchKind) -> Scenario) -> Cases {
    Cases::each(profile.fetch.kinds.iter().map(|kind| scenario(*kind)))
}

fn launches(profile: &Profile, kind: FetchKind) -> bool {
    names_launch(kind, profile.fetch.dialect)
}

/// The kinds whose fetches name how the mini program was opened.
fn launched_kinds(profile: &Profile) -> Vec<FetchKind> {
    let kinds = profile.fetch.kinds.iter().copied();
    kinds.filter(|kind| launches(profile, *kind)).collect()
}

/// A usual fetch, and one that differs from it.
fn beside_usual(kind: FetchKind, other: Fetch) -> Scenario {
    Scenario::of([Step::Fetch(Fetch::usual(kind)), Step::Fetch(other)])
}

/// A server that refuses a token which it never gave out does nothing wrong.
fn refuses_nobody(transcript: &Transcript, entry: &Entry) -> bool {
    let known = transcript.profile.fetch.tokens > 0 || by_code(entry);
    !known && matches!(entry.answer(), Some(answer) if (400..500).contains(&answer.status))
}

fn by_code(entry: &Entry) -> bool {
    matches!(&entry.sent, Sent::Fetch(fetched) if fetched.openid.is_some())
}

/// A usual fetch beside another one: unless it is served, nothing can be said.
fn served(transcript: &Transcript, at: usize) -> Result<&Entry, Miss> {
    let entry = entry(transcript, at)?;
    if refuses_nobody(transcript, entry) {
        return Err(Miss::inconclusive(Missing::FetchToken));
    }
    match blocked_by(&entry.outcome) {
        None => Ok(entry),
        // No data, and no refusal either: what there is to judge, other fetches show.
        Some(RuleId::FETCH_NOT_MODIFIED) => Err(not_modified()),
        // It may have been served a moment ago: say what came, not only which rule speaks of it.
        Some(by) => Err(Miss::inconclusive(match entry.answer() {
            Some(answer) => Unjudged::FetchAnswered {
                status: answer.status,
                by: by.to_string(),
            }
            .into(),
            None => blocked(by),
        })),
    }
}

/// The reason where a fetch brought nothing since nothing is new.
fn not_modified() -> Miss {
    Miss::not_applicable(Unjudged::NotModified)
}

/// The text that the page would be handed.
fn text(entry: &Entry) -> &str {
    entry.text.as_deref().unwrap_or_default()
}

fn fetched(entry: &Entry) -> Option<&Fetched> {
    match &entry.sent {
        Sent::Fetch(fetched) => Some(fetched),
        _ => None,
    }
}

/// The second fetch is served like the usual one before it.
fn judge_served_too(transcript: &Transcript, claim: &'static str) -> Judgement {
    let usual = served(transcript, 0)?;
    let other = entry(transcript, 1)?;
    if blocked_by(&other.outcome).is_none() {
        if !is_foreign(text(usual), text(other)) {
            return Ok(());
        }
        let expected = "the data, as for the usual fetch before it";
        let actual = format!("nothing that the usual one has: {}", describe(other));
        return Err(Miss::Doubtful(Finding::new(claim, 1, expected, actual)));
    }
    let finding = Finding::new(
        claim,
        1,
        "the data, as for the usual fetch before it",
        describe(other),
    );
    finding.found()
}
