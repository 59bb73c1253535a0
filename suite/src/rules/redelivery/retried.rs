//! Notices of payments that are pushed again with another CreateTime and RetryTimes: one effect for each.

use wxcheck_mock_server::catalogue::CatalogueEntry;
use wxcheck_protocol::message::Field;

use crate::{
    effects::{count_of_user, countable, story},
    finding::{Finding, Judgement, Miss},
    profile::Profile,
    reason::Unjudged,
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{Created, Deliver, EntryContent, QUIET, Scenario, Step},
    transcript::{Entry, Sent, Transcript},
};

pub(super) static TRADE_ONCE: Rule = Rule {
    id: RuleId::TRADE_ONCE,
    since: "0.1.0",
    level: Level::Should,
    source: "virtual payment page: retries carry another RetryTimes; an order is told by its OutTradeNo, a refund by its WxRefundId",
    summary: "The server delivers an order, or books a refund, once, however often it is told of it.",
    why: "A user who paid once gets the goods twice.",
    fix: "Tell xpay_* events by OutTradeNo, WxRefundId and the like, never by the whole body: FromUserName is WeChat's own openid, and CreateTime and RetryTimes differ in a retry.",
    needs: &[Need::Served, Need::HandlesRetried],
    turn: Turn::Apart,
    scenarios: |profile| {
        let mut steps = Vec::new();
        let mut again = Vec::new();
        for (user, entry) in (0..).step_by(2).zip(profile.retried()) {
            let told = |user: u8, retries: i64, created| {
                let push = Deliver::of(notice(entry, profile, retries));
                Step::Deliver(push.from_user(user).created(created))
            };
            // In seconds before the run, so that a server that tells notices by their second takes none for one of another play.
            // The first is another user's, told once: what one notice leads to.
            steps.push(told(user + 1, 0, Created::Ago(90)));
            steps.push(told(user, 0, Created::Ago(60)));
            again.push(told(user, 1, Created::Ago(30)));
        }
        let settle = Step::Settle { quiet: QUIET };
        steps.push(settle.clone());
        steps.append(&mut again);
        steps.push(settle);
        Cases::each([Scenario::of(steps)])
    },
    claims: &["twice"],
    judge: |transcript| {
        countable(transcript)?;
        let mut seen_any = false;
        for (at, again) in transcript.entries.iter().enumerate() {
            let Some((once, first)) = pair(transcript, again) else {
                continue;
            };
            let (once, twice) = (count(transcript, once), count(transcript, first));
            seen_any |= once > 0 || twice > 0;
            more_than(transcript, at, once, twice)?;
        }
        if seen_any {
            Ok(())
        } else {
            Err(Miss::inconclusive(Unjudged::NoPaymentEffect))
        }
    },
};

fn more_than(transcript: &Transcript, at: usize, once: usize, twice: usize) -> Judgement {
    if twice <= once {
        return Ok(());
    }
    let name = transcript.entries.get(at).map_or("", Entry::push_name);
    let expected = format!("{once} for it, as for another that was told once");
    let actual = format!("{twice} effects for two pushes of one `{name}`");
    // The other one's effect may only be late.
    Finding::new("twice", at, expected, actual)
        .about(name)
        .with_story(story(transcript))
        .timing()
        .found()
}

/// The notice, about something of its user's own.
fn notice(entry: &CatalogueEntry, profile: &Profile, retries: i64) -> EntryContent {
    EntryContent::of(entry, profile.format)
        .set(&entry.dedup, "{trade}")
        .with(Field::number("RetryTimes", retries))
}

/// The first push of a notice that is told again, and the one of another user that is told once.
fn pair<'a>(transcript: &'a Transcript, again: &Entry) -> Option<(&'a Entry, &'a Entry)> {
    let Sent::Push {
        openid,
        create_time,
        ..
    } = &again.sent
    else {
        return None;
    };
    let entries = &transcript.entries;
    let first = entries.iter().position(|entry| {
        matches!(&entry.sent, Sent::Push { openid: of, create_time: at, .. } if of == openid && at < create_time)
    })?;
    Some((entries.get(first.checked_sub(1)?)?, entries.get(first)?))
}

fn count(transcript: &Transcript, entry: &Entry) -> usize {
    match &entry.sent {
        Sent::Push { openid, .. } => count_of_user(transcript, openid),
        _ => 0,
    }
}
