//! Pushes that the server's owner says it handles, pushed again as WeChat does: signed afresh, with another CreateTime.

use wxcheck_mock_server::catalogue::CatalogueEntry;
use wxcheck_protocol::{
    message::{Value, find, scalar_of},
    reply::{ReplyKind, Structured, StructuredOutcome},
};

use crate::{
    effects::{count_of_user, countable, story},
    expect::{acknowledged, control, describe, entry, innermost},
    finding::{Finding, Miss},
    profile::Profile,
    reason::{Missing, Unjudged},
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{Change, Content, Created, Deliver, EntryContent, QUIET, Step},
    transcript::{self, Sent},
};

pub(super) static PAYMENT_AGAIN: Rule = Rule {
    id: RuleId::new("redelivery/payment-again"),
    since: "0.1.0",
    level: Level::Must,
    source: "virtual payment pages: pushed again up to fifteen times, with RetryTimes counting up",
    summary: "The server acknowledges a virtual payment that is pushed again.",
    why: "A retry that is refused as already done is retried for hours, and then WeChat gives up on the order.",
    fix: "Look the order up by OutTradeNo or the like; where it is done already, answer as the first time.",
    needs: &[Need::Acknowledges],
    turn: Turn::Shared,
    scenarios: |profile| {
        let pays = |entry: &CatalogueEntry| entry.answer == Some(Structured::ErrorCode);
        again(profile, pays)
    },
    claims: &["again"],
    judge: |transcript| {
        let first = control(transcript, 0)?;
        acknowledged(transcript, 1, "again")?;
        let again = entry(transcript, 1)?;
        // Its id is made up, but what was taken once is known.
        if let (true, Some(StructuredOutcome::Refused(code))) = (is_taken(first), outcome(again)) {
            let expected = "ErrCode 0, as the first time";
            let actual = format!(
                "code {code} for a payment that was taken before: {}",
                describe(again)
            );
            return Finding::new("again", 1, expected, actual)
                .about(again.push_name())
                .found();
        }
        Ok(())
    },
};

pub(super) static SAME_WAYBILL: Rule = Rule {
    id: RuleId::new("redelivery/same-waybill"),
    since: "0.1.0",
    level: Level::Must,
    source: "logistics pages for couriers: on bad networks an order may be pushed again; the same BizID and OrderID must give the same waybill",
    summary: "The server gives an order that is pushed again the waybill that it gave before.",
    why: "The parcel is fetched twice, or under a number that nobody knows.",
    fix: "Store the waybill under BizID and OrderID, and answer with what is stored.",
    needs: &[Need::Acknowledges],
    turn: Turn::Shared,
    scenarios: |profile| {
        again(profile, |entry| {
            entry.event.as_deref() == Some("add_waybill")
        })
    },
    claims: &["waybill"],
    judge: |transcript| {
        control(transcript, 0)?;
        let (first, second) = (
            waybill(entry(transcript, 0)?),
            waybill(entry(transcript, 1)?),
        );
        let (Some(first), Some(second)) = (first, second) else {
            return Err(Miss::not_applicable(Unjudged::NoWayBill));
        };
        if first == second {
            return Ok(());
        }
        let actual = format!("WayBillID `{second}`: {}", describe(entry(transcript, 1)?));
        Finding::new(
            "waybill",
            1,
            format!("WayBillID `{first}`, as before"),
            actual,
        )
        .found()
    },
};

const CHECK: &str = "wxa_media_check";

pub(super) static CHECKS_IN_ONE_SECOND: Rule = Rule {
    id: RuleId::new("redelivery/checks-in-one-second"),
    since: "0.1.0",
    level: Level::Info,
    source: "mediaCheckAsync page: each result names the trace_id of its call; the documented key (FromUserName, CreateTime) cannot tell two of one second apart (WxJava #2705, #2231); only a page of the server's own can count what they lead to",
    summary: "The server acts on each of two results of media checks that come in one second.",
    why: "WeChat sends all of them under one openid: of two pictures that are checked together, one is never shown.",
    fix: "Tell results of checks by their trace_id.",
    needs: &[Need::Served, Need::HandlesChecks],
    turn: Turn::Shared,
    scenarios: |profile| {
        let Some(entry) = profile.entry(CHECK) else {
            return Cases::None(Unjudged::ResultsNotInFormat.into());
        };
        let result = |user: u8, call: u8, created: Created| {
            let content = EntryContent::of(entry, profile.format);
            let content = content.set("trace_id", &format!("65a0f5d0-3845297a-1976a3a{call}"));
            Step::Deliver(Deliver::of(content).from_user(user).created(created))
        };
        Cases::each([[
            // Another sender's, one alone: what one result leads to.
            result(1, 0, Created::Ago(4)),
            result(0, 1, Created::Now),
            result(0, 2, Created::SameSecondAs(1)),
            Step::Settle { quiet: QUIET },
        ]])
    },
    claims: &["lost"],
    judge: |transcript| {
        countable(transcript)?;
        let count = |at: usize| match &entry(transcript, at)?.sent {
            Sent::Push { openid, .. } => Ok::<_, Miss>(count_of_user(transcript, openid)),
            _ => Ok(0),
        };
        let (one, two) = (count(0)?, count(1)?);
        if one == 0 && two == 0 {
            return Err(Miss::not_applicable(Unjudged::NoCheckEffect));
        }
        if two < 2 * one {
            let expected = format!("{} for two results, as {one} for one", 2 * one);
            return Finding::new("lost", 2, expected, format!("{two} for two results"))
                .with_story(story(transcript))
                .timing()
                .found();
        }
        Ok(())
    },
};

/// Each of these that are handled, and then again.
fn again(profile: &Profile, chosen: impl Fn(&CatalogueEntry) -> bool) -> Cases {
    let entries = profile.catalogue.iter();
    let chosen = entries.filter(|entry| chosen(entry) && profile.handles(&entry.name));
    let scenarios = chosen.map(|entry| {
        let first = EntryContent::of(entry, profile.format);
        let retried = Change {
            path: vec!["RetryTimes".to_owned()],
            to: Some(Value::Number(1)),
        };
        let counts = find(&first.fields, "RetryTimes").is_some();
        let second = EntryContent {
            changes: counts.then_some(retried).into_iter().collect(),
            ..first.clone()
        };
        let before = Deliver::of(Content::Entry(first)).created(Created::Ago(2));
        let after = Deliver::of(Content::Entry(second));
        [Step::Deliver(before), Step::Deliver(after)]
    });
    let none = Missing::HandledPush;
    Cases::each_or(scenarios, none)
}

/// The outcome that the answer to a payment tells, where it tells one.
fn outcome(entry: &transcript::Entry) -> Option<StructuredOutcome> {
    let object = innermost(entry.reply.as_ref()?).object.as_ref()?;
    let asked = Structured::ErrorCode;
    asked.is_meant(object).then(|| asked.outcome(object))
}

/// The answer to a payment says that it is done: by its code, by `success` or by nothing.
fn is_taken(entry: &transcript::Entry) -> bool {
    let kind = entry.reply.as_ref().map(|reply| &innermost(reply).kind);
    matches!(kind, Some(ReplyKind::Success | ReplyKind::Empty))
        || outcome(entry) == Some(StructuredOutcome::Done)
}

fn waybill(entry: &transcript::Entry) -> Option<String> {
    let object = innermost(entry.reply.as_ref()?).object.as_ref()?;
    let id = scalar_of(&object.fields, "WayBillID")?;
    Some(id.into_owned()).filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::Judgement,
        hand_made::{answered, call, delivered, push, transcript},
    };

    fn judge(rule: &Rule, first: &str, second: &str, status: u16) -> Judgement {
        let entries = vec![
            push("x", answered(200, first)),
            push("x", answered(status, second)),
        ];
        (rule.judge)(&transcript(entries))
    }

    #[test]
    fn a_second_waybill_is_found_and_the_same_is_not() {
        let with = |id: &str| format!("{{\"WayBillID\":\"{id}\",\"ResultCode\":0}}");
        assert_eq!(judge(&SAME_WAYBILL, &with("1"), &with("1"), 200), Ok(()));
        let other = judge(&SAME_WAYBILL, &with("1"), &with("2"), 200);
        assert!(matches!(other, Err(Miss::Found(_))));
        let none = judge(&SAME_WAYBILL, "success", "success", 200);
        assert!(matches!(none, Err(Miss::NotApplicable(_))));
    }

    #[test]
    fn two_results_of_checks_have_the_effects_of_two() {
        let mut seen = transcript(vec![
            delivered("oB", 0, answered(200, "success")),
            delivered("oA", 1, answered(200, "success")),
            delivered("oA", 2, answered(200, "success")),
        ]);
        seen.calls = vec![call("oB", 1), call("oA", 2)];
        let one = (CHECKS_IN_ONE_SECOND.judge)(&seen);
        assert!(matches!(one, Err(Miss::Found(_))), "{one:?}");
        seen.calls.push(call("oA", 3));
        assert_eq!((CHECKS_IN_ONE_SECOND.judge)(&seen), Ok(()));
    }

    #[test]
    fn a_retry_must_be_taken() {
        assert_eq!(judge(&PAYMENT_AGAIN, "success", "success", 200), Ok(()));
        let done = r#"{"ErrCode":0,"ErrMsg":"success"}"#;
        let known = r#"{"ErrCode":-1,"ErrMsg":"already delivered"}"#;
        let refused = judge(&PAYMENT_AGAIN, done, known, 200);
        assert!(matches!(refused, Err(Miss::Found(_))));
        assert_eq!(judge(&PAYMENT_AGAIN, done, done, 200), Ok(()));
        // An order that was never found may be refused again.
        assert_eq!(judge(&PAYMENT_AGAIN, known, known, 200), Ok(()));
        let refused = judge(&PAYMENT_AGAIN, "success", "known", 409);
        assert!(matches!(refused, Err(Miss::Found(_))));
    }
}
