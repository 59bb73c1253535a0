//! Path and query: decoded exactly once, as far as the answer, or a call, shows them.
//!
//! Servers show what they were sent in many ways: as it is, taken apart, escaped for a page, shortened, woven into a
//! link. So a plain text is sent too, and only where that comes back as it was, or as the wire had it, the special one
//! is looked at; and only forms that a wrong decoding makes are held against a server.

use std::collections::BTreeMap;

use proptest::prelude::*;
use url::form_urlencoded;
use wxcheck_protocol::{
    fetch::{FetchKind, Launch},
    push::encode_query,
};

use super::{beside_usual, fetched, served, text};
use crate::{
    expect::{describe, entry, fetch_blocked_by},
    finding::{Finding, Judgement, Miss},
    likeness::leaves_of,
    reason::Unjudged,
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{Fetch, Scenario, Step},
    transcript::{Entry, Fetched, Transcript},
};

/// Between the two marks: what an encoder has to write otherwise, and what a second decoding would change.
const SPECIALS: [&str; 10] = [
    "%2B", "+", " ", "&", "=", "中文", "😀", "%E4", "#?/", "'\"<\\>",
];

pub(super) static DECODES_ONCE: Rule = Rule {
    id: RuleId::new("fetch/decodes-once"),
    since: "0.1.0",
    level: Level::Should,
    source: "both pages name path and query as parameters; that they are decoded once is how URLs work, and no page says more",
    summary: "The server decodes path and query of a fetch exactly once.",
    why: "A page opened with a name, a sign or an emoji in its query gets the data of another, or none.",
    fix: "Let the framework decode the query, and decode nothing by hand; parse `query` as a query string only where you want its parts.",
    needs: &[Need::FetchesAnswered, Need::Launch],
    turn: Turn::Shared,
    scenarios: |profile| {
        let kinds = super::launched_kinds(profile);
        let fixed = kinds.iter().flat_map(|kind| {
            SPECIALS.iter().flat_map(|special| {
                [true, false].map(|in_path| beside_plain(*kind, in_path, special))
            })
        });
        let fixed = fixed.collect();
        let pieces = prop::collection::vec(prop::sample::select(SPECIALS.as_slice()), 1..5);
        let drawn = (prop::sample::select(kinds), any::<bool>(), pieces)
            .prop_map(|(kind, in_path, pieces)| beside_plain(kind, in_path, &pieces.concat()));
        Cases::Drawn(fixed, 4, drawn.boxed())
    },
    claims: &["refused", "not-decoded", "decoded-twice", "cut", "changed"],
    judge,
};

/// A usual fetch, one with that text between marks, and one with a plain text there.
fn beside_plain(kind: FetchKind, in_path: bool, special: &str) -> Scenario {
    let mut scenario = beside_usual(kind, special_fetch(kind, in_path, special));
    let plain = special_fetch(kind, in_path, "x");
    scenario.steps.push(Step::Fetch(plain));
    scenario
}

/// In the path the special text stands for itself; in the query it is a value, as a page would be opened with.
fn special_fetch(kind: FetchKind, in_path: bool, special: &str) -> Fetch {
    let usual = Fetch::usual(kind).launch;
    let launch = if in_path {
        Launch {
            path: Some(format!("pages/{{one}}{special}{{two}}")),
            ..usual
        }
    } else {
        // What is a value by itself stays one, also where the query is taken apart.
        let special = special.replace('&', "&wxl=").replace("%E4", "%41");
        Launch {
            query: Some(format!("{KEY}={{one}}{special}{{two}}")),
            ..usual
        }
    };
    Fetch::usual(kind).launched(launch)
}

/// The name of the query's first value.
const KEY: &str = "wxk";

/// The content of one fetch, and the parameter that held it.
struct Said<'a> {
    parameter: &'static str,
    whole: &'a str,
}

impl<'a> Said<'a> {
    fn of(sent: &'a Fetched) -> Self {
        let marked = |text: &&String| text.contains(sent.marks[0].as_str());
        let Launch { path, query, .. } = &sent.launch;
        match path.as_ref().filter(marked) {
            Some(path) => Self {
                parameter: "path",
                whole: path,
            },
            None => Self {
                parameter: "query",
                whole: query.as_deref().unwrap_or_default(),
            },
        }
    }

    /// The query's first value, not decoded.
    fn first_value(&self) -> Option<&'a str> {
        let value = self.whole.strip_prefix(KEY)?.strip_prefix('=')?;
        value.split('&').next()
    }
}

/// The way in which a server shows the plain text in some place.
#[derive(Clone, Copy)]
enum Way {
    /// As it is.
    Whole,
    /// The query's first value by itself.
    Part,
    /// As it was on the wire, under the parameter's own name.
    Raw,
}

impl Way {
    fn of(place: &str, leaf: &str, plain: &Said<'_>) -> Option<Self> {
        let name = place.rsplit('/').next().unwrap_or_default();
        if leaf == plain.whole {
            Some(Self::Whole)
        } else if Some(leaf) == plain.first_value() {
            Some(Self::Part)
        } else if leaf == encoded(plain.whole) && name.eq_ignore_ascii_case(plain.parameter) {
            Some(Self::Raw)
        } else {
            None
        }
    }

    /// Right, wrong in a way that has a name, or changed in some other way, which proves nothing.
    fn judge(self, came: &str, said: &Said<'_>, mark: &str) -> Shown {
        let meant: Vec<String> = match self {
            Self::Raw => return Shown::Wrong("not-decoded"),
            Self::Whole => vec![said.whole.to_owned()],
            Self::Part => {
                let value = said.first_value().unwrap_or_default();
                // Taken apart, a value is decoded once more, and rightly so.
                [vec![value.to_owned()], decoded(value)].concat()
            }
        };
        if meant.iter().any(|meant| meant == came) {
            return Shown::Right;
        }
        let is = |wrong: &dyn Fn(&str) -> bool| meant.iter().any(|meant| wrong(meant));
        if is(&|meant| came == encoded(meant)) {
            Shown::Wrong("not-decoded")
        } else if is(&|meant| decoded(meant).iter().any(|again| again == came)) {
            Shown::Wrong("decoded-twice")
        } else if is(&|meant| is_cut(came, meant, mark)) {
            Shown::Wrong("cut")
        } else if is(&|meant| as_latin1(meant) == came || is_questioned(came, meant)) {
            Shown::Wrong("changed")
        } else {
            Shown::Otherwise
        }
    }
}

enum Shown {
    Right,
    Wrong(&'static str),
    Otherwise,
}

fn judge(transcript: &Transcript) -> Judgement {
    served(transcript, 0)?;
    let (special, plain) = (entry(transcript, 1)?, entry(transcript, 2)?);
    let (Some(sent), Some(sent_plain)) = (fetched(special), fetched(plain)) else {
        return Err(Miss::inconclusive(Unjudged::NothingFetched));
    };
    if fetch_blocked_by(&plain.outcome).is_some() {
        return Err(Miss::inconclusive(Unjudged::UnknownPagesRefused));
    }
    if fetch_blocked_by(&special.outcome).is_some() {
        let expected = "the data, as for the same without special letters";
        return Finding::new("refused", 1, expected, describe(special)).found();
    }
    let (said, said_plain) = (Said::of(sent), Said::of(sent_plain));
    let (shown, shown_plain) = (
        places(transcript, special, sent),
        places(transcript, plain, sent_plain),
    );
    let mut wrong = None;
    let mut otherwise = false;
    for (place, leaf) in &shown_plain {
        let (Some(way), Some(came)) = (Way::of(place, leaf, &said_plain), shown.get(place)) else {
            continue;
        };
        match way.judge(came, &said, &sent.marks[0]) {
            Shown::Right => return Ok(()),
            Shown::Wrong(claim) => wrong = wrong.or(Some((claim, came))),
            Shown::Otherwise => otherwise = true,
        }
    }
    if let Some((claim, came)) = wrong {
        let expected = format!("`{}`, as it was before it was encoded", said.whole);
        let actual = format!("{} came as `{came}`", said.parameter);
        return Finding::new(claim, 1, expected, actual).found();
    }
    // Text that is no JSON, or has it inside something longer.
    if text(special).contains(said.whole) {
        return Ok(());
    }
    Err(if otherwise {
        Miss::not_applicable(Unjudged::ShownOtherwise {
            parameter: said.parameter.to_owned(),
        })
    } else {
        Miss::inconclusive(Unjudged::NotShown {
            parameter: said.parameter.to_owned(),
        })
    })
}

/// Every text of the answer, and of the calls that were made because of it, by its place.
fn places(transcript: &Transcript, entry: &Entry, sent: &Fetched) -> BTreeMap<String, String> {
    let mut places = leaves_of(text(entry));
    for call in &transcript.calls {
        if call.body.contains(sent.marks[0].as_str()) {
            for (place, leaf) in leaves_of(&call.body) {
                places.insert(format!("{}{place}", call.path), leaf);
            }
        }
    }
    places
}

fn encoded(text: &str) -> String {
    let pair = [(String::new(), text.to_owned())];
    encode_query(&pair)[1..].to_owned()
}

/// The text decoded once more, as a form and as a component.
fn decoded(text: &str) -> Vec<String> {
    let decode = |text: String| {
        let text = format!("x={}", text.replace('&', "%26"));
        let first = form_urlencoded::parse(text.as_bytes()).next();
        first.map_or_else(String::new, |(_, value)| value.into_owned())
    };
    vec![decode(text.to_owned()), decode(text.replace('+', "%2B"))]
}

/// Cut off right behind the first mark, where something special begins.
fn is_cut(came: &str, meant: &str, mark: &str) -> bool {
    let behind = meant.strip_prefix(came);
    came.ends_with(mark) && behind.is_some_and(|behind| !behind.starts_with('x'))
}

fn as_latin1(text: &str) -> String {
    text.bytes().map(char::from).collect()
}

/// The same, but for question marks where letters beyond ASCII were.
fn is_questioned(came: &str, meant: &str) -> bool {
    if meant.is_ascii() || meant.contains('?') {
        return false;
    }
    let folded = |text: &str, is_odd: &dyn Fn(char) -> bool| {
        let mut folded = String::new();
        for char in text.chars() {
            if !is_odd(char) {
                folded.push(char);
            } else if !folded.ends_with('?') {
                folded.push('?');
            }
        }
        folded
    };
    folded(meant, &|char| !char.is_ascii())
        == folded(came, &|char| matches!(char, '?' | '\u{fffd}'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        hand_made::{self, transcript},
        transcript::Sent,
    };

    const ONE: &str = "wxckaaaa1";
    const TWO: &str = "wxckbbbb2";

    fn answered(launch: Launch, answer: &str) -> Entry {
        let mut entry = hand_made::fetched(FetchKind::Pre, 200, answer);
        if let Sent::Fetch(fetched) = &mut entry.sent {
            fetched.launch = launch;
        }
        entry
    }

    /// The verdict on a server that shows the parameter in a frame, `{}` being the place.
    fn said(
        in_path: bool,
        special: &str,
        frame: &str,
        came: &str,
        plain_came: &str,
    ) -> &'static str {
        let launch = |middle: &str| {
            if in_path {
                Launch {
                    path: Some(format!("pages/{ONE}{middle}{TWO}")),
                    ..Launch::default()
                }
            } else {
                Launch {
                    query: Some(format!("wxk={ONE}{middle}{TWO}")),
                    ..Launch::default()
                }
            }
        };
        let mut play = transcript(vec![
            hand_made::fetched(FetchKind::Pre, 200, "{}"),
            answered(launch(special), &frame.replace("{}", came)),
            answered(launch("x"), &frame.replace("{}", plain_came)),
        ]);
        play.profile_mut().fetch.tokens = 1;
        match judge(&play) {
            Ok(()) => "passed",
            Err(Miss::Found(finding)) => finding.claim,
            Err(Miss::Inconclusive(_)) => "inconclusive",
            Err(_) => "not applicable",
        }
    }

    #[test]
    fn a_path_is_decoded_once() {
        for (special, came, expected) in [
            ("%2B", "%2B", "passed"),
            ("%2B", "+", "decoded-twice"),
            ("+", "+", "passed"),
            ("+", " ", "decoded-twice"),
            ("😀", "\\ud83d\\ude00", "passed"),
            ("中文", "ä¸\u{ad}æ\u{96}\u{87}", "changed"),
            ("中文", "??????", "changed"),
            ("&", "&amp;", "not applicable"),
            ("<", "", "not applicable"),
        ] {
            let came = format!("pages/{ONE}{came}{TWO}");
            let plain = format!("pages/{ONE}x{TWO}");
            let said = said(true, special, r#"{"path":"{}"}"#, &came, &plain);
            assert_eq!(said, expected, "{special} {came}");
        }
        let plain = format!("pages/{ONE}x{TWO}");
        let cut = format!("pages/{ONE}");
        assert_eq!(said(true, "&", r#"{"path":"{}"}"#, &cut, &plain), "cut");
        assert_eq!(said(true, "&", "{}", "", ""), "inconclusive");
    }

    #[test]
    fn what_stands_as_on_the_wire_was_not_decoded_and_a_link_may_be_encoded_again() {
        let wire = |middle: &str| format!("pages%2F{ONE}{middle}{TWO}");
        let raw = said(true, "+", r#"{"path":"{}"}"#, &wire("%2B"), &wire("x"));
        assert_eq!(raw, "not-decoded");
        let link = r#"{"share":"https://h/?p={}"}"#;
        assert_eq!(
            said(true, "+", link, &wire("%2B"), &wire("x")),
            "inconclusive"
        );
    }

    #[test]
    fn a_query_may_be_taken_apart() {
        let apart = r#"{"query":{"wxk":"{}"}}"#;
        let value = |middle: &str| format!("{ONE}{middle}{TWO}");
        let judged =
            |special: &str, came: &str| said(false, special, apart, &value(came), &value("x"));
        assert_eq!(judged("%2B", "+"), "passed");
        assert_eq!(judged("%2B", "%2B"), "passed");
        assert_eq!(judged("%2B", " "), "decoded-twice");
        let cut = said(false, "=", apart, ONE, &value("x"));
        assert_eq!(cut, "cut");
        let whole = |middle: &str| format!("wxk={ONE}{middle}{TWO}");
        let frame = r#"{"query":"{}"}"#;
        assert_eq!(
            said(false, "%2B", frame, &whole("+"), &whole("x")),
            "decoded-twice"
        );
        let nested = r#"{"data":"{\"query\":\"{}\"}"}"#;
        assert_eq!(said(false, "+", nested, &whole("+"), &whole("x")), "passed");
    }
}
