//! Every push that WeChat's documents name for the account: acknowledged, handled or not, whatever its fields hold.

mod values;

pub(super) use values::texts_of_handled;

use wxcheck_mock_server::catalogue::{CatalogueEntry, Header};
use wxcheck_protocol::{message::Field, reply::ReplyKind};

use super::reply::{articles, body_claim, message_fault};
use crate::{
    expect::{blocked_by, describe, entry, innermost, message},
    finding::{Finding, Judgement, Miss},
    profile::Profile,
    reason::{Reason, Unjudged},
    rule::{Cases, Claim, Level, Need, Rule, RuleId, Turn, claim},
    step::{Deliver, Form, Step},
    transcript::{self, Sent, Transcript},
};

pub(super) const RULES: &[&Rule] = &[&HANDLED, &ACKNOWLEDGED, &REPLIES, &ANY_VALUES];

const EXPECTED: &str = "status 200 and an acknowledgement";
/// The claims that [`fault`] makes.
const FAULTS: &[Claim] = &[
    "error",
    "refused",
    "redirected",
    "status",
    "late",
    "broken-http",
    "body",
];

static HANDLED: Rule = Rule {
    id: RuleId::HANDLED,
    since: "0.1.0",
    level: Level::Must,
    source: "message push page, receiving messages: answering; the page of each push",
    summary: "The server acknowledges every push that its owner says it handles.",
    why: "What the server is there for is lost: WeChat pushes it again, and then gives up.",
    fix: "Run `wxcheck push NAME` for the push that is named, and look into the server's log.",
    needs: &[Need::Acknowledges],
    turn: Turn::Shared,
    scenarios: |profile| {
        let handled = |entry: &&CatalogueEntry| profile.handles(&entry.name);
        each_of(profile, handled, Unjudged::NotHandled)
    },
    claims: FAULTS,
    judge: judge_acknowledged,
};

static ACKNOWLEDGED: Rule = Rule {
    id: RuleId::CATALOGUE_ACKNOWLEDGED,
    since: "0.1.0",
    level: Level::Should,
    source: "message push page, receiving messages: answering; strong practice for what a server does not handle",
    summary: "The server acknowledges every push that is documented for its account, also those that it does not handle.",
    why: "WeChat pushes it again, alarms the administrators, and tells the user that the service is unavailable.",
    fix: "Let the default branch answer `success`, and read no field that the push in hand need not have.",
    needs: &[Need::Acknowledges],
    turn: Turn::Shared,
    scenarios: |profile| {
        let other = |entry: &&CatalogueEntry| !profile.handles(&entry.name);
        each_of(profile, other, Unjudged::AllHandled)
    },
    claims: FAULTS,
    judge: judge_acknowledged,
};

static REPLIES: Rule = Rule {
    id: RuleId::CATALOGUE_REPLIES,
    since: "0.1.0",
    level: Level::Must,
    source: "official account documents, passive replies (news: at most eight articles); page on forwarding customer messages; message push page for the encrypted form",
    summary: "Where the server answers a push with a message, whichever push it is, WeChat can use that message.",
    why: "The reply to a text works, and the one to a new follower reaches nobody.",
    fix: "Build every reply in one place: names swapped, CreateTime in seconds, a known MsgType with all its parts, sealed in safe mode; no transfer_customer_service to an event.",
    needs: &[Need::SoundReplies],
    turn: Turn::Shared,
    scenarios: |profile| {
        let may_reply = |entry: &&CatalogueEntry| {
            let replies = entry.replies.iter();
            let mut passive =
                replies.filter(|reply| !matches!(reply.as_str(), "success" | "empty"));
            passive.next().is_some() || (profile.handles(&entry.name) && entry.answer.is_none())
        };
        each_of(profile, may_reply, Unjudged::NoReplyAllowed)
    },
    claims: &[
        "transfer",
        "to-user",
        "from-user",
        "create-time",
        "required-part",
        "not-sealed",
        claim::ARTICLES,
    ],
    judge: judge_reply,
};

static ANY_VALUES: Rule = Rule {
    id: RuleId::new("catalogue/any-values"),
    since: "0.1.0",
    level: Level::Should,
    source: "the page of each push: optional fields, users' own texts, numbers; no order of fields and no last version is promised",
    summary: "The server acknowledges pushes whatever users write in them, however large their numbers, and without what is optional.",
    why: "It works in every test, and fails each time for the one user whose name, amount or missing field is another.",
    fix: "Look at the field that is named: parse with a real parser, keep ids and amounts in 64 bits, store text as four-byte UTF-8, ask before reading what is optional.",
    needs: &[Need::Acknowledges],
    turn: Turn::Shared,
    scenarios: values::cases,
    claims: &["acknowledged", claim::MALFORMED_REPLY],
    judge: judge_changed,
};

/// The chosen pushes of the catalogue, a case each.
fn each_of(
    profile: &Profile,
    chosen: impl Fn(&&CatalogueEntry) -> bool,
    none: impl Into<Reason>,
) -> Cases {
    let chosen = messages(profile).filter(chosen);
    let scenarios = chosen.map(|entry| [Step::Deliver(Deliver::entry(entry, profile.format))]);
    Cases::each_or(scenarios, none)
}

/// The pushes for which there is a URL.
pub(crate) fn reachable(profile: &Profile) -> impl Iterator<Item = &CatalogueEntry> {
    let known = profile.authorization;
    let entries = profile.catalogue.iter();
    entries.filter(move |entry| known || entry.header != Header::Info)
}

/// The pushes with the usual header. The others have rules of their own.
fn messages(profile: &Profile) -> impl Iterator<Item = &CatalogueEntry> {
    reachable(profile).filter(|entry| matches!(entry.header, Header::Message | Header::Nameless))
}

fn judge_acknowledged(transcript: &Transcript) -> Judgement {
    let entry = entry(transcript, 0)?;
    let Some(claim) = fault(transcript, entry) else {
        return Ok(());
    };
    let finding = Finding::new(claim, 0, EXPECTED, describe(entry)).about(entry.push_name());
    // What 201 does was seen, and stands in no document.
    if claim == "status" && transcript.profile.handles(entry.push_name()) {
        return Err(Miss::Doubtful(finding));
    }
    finding.found()
}

fn judge_reply(transcript: &Transcript) -> Judgement {
    let entry = entry(transcript, 0)?;
    if fault(transcript, entry).is_some() {
        return Err(Miss::not_applicable(Unjudged::NotAcknowledged));
    }
    let finding = |claim, expected: String| {
        let finding = Finding::new(claim, 0, expected, describe(entry));
        Err(Miss::Found(finding.about(entry.push_name())))
    };
    if let Some(wrong) = message_fault(&transcript.profile, entry) {
        return finding(wrong.claim, wrong.expected);
    }
    if message(entry).is_some() && articles(entry) > ARTICLES {
        return finding(claim::ARTICLES, format!("at most {ARTICLES} articles"));
    }
    Ok(())
}

/// The number of articles that news may have, at most. Documented: cloud hosting, passive replies.
const ARTICLES: usize = 8;

/// A push as it is stands in front of the same with other values: where the first one fails, another rule reports it.
fn judge_changed(transcript: &Transcript) -> Judgement {
    if fault(transcript, entry(transcript, 0)?).is_some() {
        return Err(Miss::not_applicable(Unjudged::FailUnchanged));
    }
    let mut owned = Ok(());
    for (at, changed) in transcript.entries.iter().enumerate().skip(1) {
        let Sent::Push { changes, .. } = &changed.sent else {
            continue;
        };
        if fault(transcript, changed).is_none() {
            continue;
        }
        // What a reply makes of a user's text is judged there, in each mode alike.
        let is_owned = is_broken_message(changed)
            && changed.push_name() == "text"
            && changed.answer().is_some_and(|answer| answer.status == 200);
        let name = changed.push_name();
        let actual = format!(
            "{} to `{name}`, changed: {}; as it is, it is acknowledged",
            describe(changed),
            changes.join(", ")
        );
        let claim = if is_owned {
            claim::MALFORMED_REPLY
        } else {
            "acknowledged"
        };
        let finding = Finding::new(claim, at, EXPECTED, actual).about(name);
        if !is_owned {
            return finding.found();
        }
        // Another change may show more.
        owned = owned.and(finding.found());
    }
    owned
}

/// An answer that is a message in XML or JSON and cannot be parsed.
fn is_broken_message(entry: &transcript::Entry) -> bool {
    let kind = entry.reply.as_ref().map(|reply| &innermost(reply).kind);
    matches!(kind, Some(ReplyKind::Malformed { .. }))
}

/// The claim that an answer breaks, if it breaks one.
fn fault(transcript: &Transcript, entry: &transcript::Entry) -> Option<&'static str> {
    if let Some(answer) = entry.answer() {
        match answer.status {
            500.. => return Some("error"),
            400..500 => return Some("refused"),
            300..400 => return Some("redirected"),
            201..300 => return Some("status"),
            _ => {}
        }
    } else if blocked_by(&entry.outcome) == Some(RuleId::ANSWERS_IN_TIME) {
        return Some("late");
    } else {
        return Some("broken-http");
    }
    let known = transcript.profile.entry(entry.push_name());
    let structured = known.and_then(|known| known.answer);
    body_claim(entry, structured).map(|_| "body")
}

/// The form in which a push comes with a field that no document names, or in another order.
fn form(unknown: Vec<Field>, shuffle: u8) -> Form {
    Form {
        unknown_fields: unknown,
        shuffle,
        ..Form::default()
    }
}

#[cfg(test)]
mod tests {
    use wxcheck_mock_server::{Outcome, Silence};
    use wxcheck_protocol::push::Mode;

    use super::*;
    use crate::hand_made::{
        OPENID, ORIGINAL_ID, answered, no_answer, push, text_reply, transcript,
    };

    fn claim(outcome: Outcome) -> Option<&'static str> {
        match judge_acknowledged(&transcript(vec![push("x", outcome)])) {
            Ok(()) => None,
            Err(Miss::Found(finding)) => {
                assert_eq!(finding.subject.as_deref(), Some("text"));
                Some(finding.claim)
            }
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn errors_refusals_and_wrong_bodies_are_distinguished() {
        assert_eq!(claim(answered(200, "success")), None);
        assert_eq!(claim(answered(200, "")), None);
        assert_eq!(claim(answered(201, "success")), Some("status"));
        assert_eq!(claim(answered(500, "")), Some("error"));
        assert_eq!(claim(answered(404, "")), Some("refused"));
        assert_eq!(claim(answered(302, "")), Some("redirected"));
        assert_eq!(claim(no_answer()), Some("late"));
        let closed = Outcome::Silent(Silence::Closed);
        assert_eq!(claim(closed), Some("broken-http"));
        assert_eq!(claim(answered(200, r#"{"code":0}"#)), Some("body"));
    }

    #[test]
    fn each_mistake_of_a_message_has_a_claim() {
        let claim = |body: &str, event: bool, mode: Mode| {
            let mut entry = push("x", answered(200, body));
            if let Sent::Push {
                fields, event: is, ..
            } = &mut entry.sent
            {
                *is = event;
                *fields = vec![
                    Field::text("ToUserName", ORIGINAL_ID),
                    Field::text("FromUserName", OPENID),
                ];
            }
            let mut seen = transcript(vec![entry]);
            seen.profile_mut().mode = mode;
            match judge_reply(&seen) {
                Err(Miss::Found(finding)) => Some(finding.claim),
                _ => None,
            }
        };
        let good = text_reply(OPENID, ORIGINAL_ID, "hi");
        let untyped = good.replace("[text]", "[unknown]");
        let handed_over = good.replace("[text]", "[transfer_customer_service]");
        let untimed = good.replace("<CreateTime>1795000000</CreateTime>", "");
        let items = "<item><Title>t</Title><Description>d</Description><PicUrl>p</PicUrl><Url>u</Url></item>";
        let news = format!(
            "<ArticleCount>9</ArticleCount><Articles>{}</Articles></xml>",
            items.repeat(9)
        );
        let news = good.replace("[text]", "[news]").replace("</xml>", &news);
        let stranger = text_reply(OPENID, "gh_else", "hi");
        for (body, event, mode, wanted) in [
            (&good, false, Mode::Plain, None),
            (&handed_over, true, Mode::Plain, Some("transfer")),
            (&stranger, false, Mode::Plain, Some("from-user")),
            (&untimed, false, Mode::Plain, Some("create-time")),
            (&untyped, false, Mode::Plain, Some("required-part")),
            (&good, false, Mode::Safe, Some("not-sealed")),
            (&news, false, Mode::Plain, Some("articles")),
        ] {
            assert_eq!(claim(body, event, mode), wanted, "{body}");
        }
    }

    #[test]
    fn a_change_counts_only_where_the_push_is_taken_as_it_is() {
        let judge = |intact, changed| {
            let entries = vec![
                push("x", answered(intact, "")),
                push("y", answered(changed, "")),
            ];
            judge_changed(&transcript(entries))
        };
        assert_eq!(judge(200, 200), Ok(()));
        assert!(matches!(judge(200, 500), Err(Miss::Found(_))));
        assert!(matches!(judge(500, 500), Err(Miss::NotApplicable(_))));
        let broken = vec![
            push("x", answered(200, "")),
            push("y", answered(200, "<xml><a></xml>")),
        ];
        assert!(matches!(
            judge_changed(&transcript(broken)),
            Err(Miss::Found(finding)) if finding.claim == claim::MALFORMED_REPLY
        ));
    }
}
