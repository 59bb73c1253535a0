//! Replies that are out of place: a message from a mini program's server, one to an event, and an envelope around nothing.

use wxcheck_protocol::reply::ReplyKind;

use super::passive::{one_text, reply};
use crate::{
    expect::{describe, entry, is_served, message, sealed},
    finding::{Finding, Miss},
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{Deliver, Step},
};

pub(super) static PASSIVE_FROM_MINI: Rule = Rule {
    id: RuleId::new("reply/passive-from-mini"),
    since: "0.1.0",
    level: Level::Info,
    source: "the cloud-hosting page says passive replies work for official accounts only; older mini program text speaks of them",
    summary: "A mini program's server replies through custom/send, or hands over to transfer_customer_service.",
    why: "Whether a mini program's user ever sees a passive reply is contradicted between documents.",
    fix: "Answer `success` and send the reply with custom/send.",
    needs: &[Need::Mini, Need::Served, Need::ReadableReply],
    turn: Turn::Shared,
    scenarios: one_text,
    claims: &["passive"],
    judge: |transcript| {
        let (entry, passive) = reply(transcript, 0)?;
        match passive.msg_type.as_deref() {
            Some("transfer_customer_service") => Ok(()),
            _ => Finding::new(
                "passive",
                0,
                "`success`, or transfer_customer_service",
                describe(entry),
            )
            .found(),
        }
    },
};

pub(super) static ENCRYPTED_NOTHING: Rule = Rule {
    id: RuleId::ENCRYPTED_NOTHING,
    since: "0.1.0",
    level: Level::Should,
    source: "the message push page says that `success` needs no encryption; observed: users read that the service is unavailable when it had one (royalrick/weapp issue 87)",
    summary: "The server does not encrypt an empty answer or `success`.",
    why: "Users were seen to read that the service is unavailable; of an empty envelope no document says what WeChat makes.",
    fix: "Answer `success` or zero bytes in clear.",
    needs: &[Need::Sealed, Need::Served],
    turn: Turn::Shared,
    scenarios: |profile| {
        Cases::each([
            [Step::Deliver(Deliver::text("hello"))],
            [Step::Deliver(Deliver::text(""))],
            [Step::Deliver(Deliver::of(profile.enter_session()))],
        ])
    },
    claims: &["success", "nothing"],
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        let Some(sealed) = sealed(entry).filter(|_| is_served(entry)) else {
            return Ok(());
        };
        match sealed.inner.as_deref().map(|inner| &inner.kind) {
            Some(ReplyKind::Success | ReplyKind::NearSuccess) => {
                let expected = "`success`, in clear";
                Finding::new("success", 0, expected, describe(entry)).found()
            }
            // Nobody saw what becomes of that.
            Some(ReplyKind::Empty | ReplyKind::Blank) => {
                let expected = "zero bytes, in clear";
                let finding = Finding::new("nothing", 0, expected, describe(entry));
                Err(Miss::Remark(finding))
            }
            _ => Ok(()),
        }
    },
};

pub(super) static NO_TRANSFER_ON_EVENT: Rule = Rule {
    id: RuleId::NO_TRANSFER_ON_EVENT,
    since: "0.1.0",
    level: Level::Should,
    source: "page on forwarding customer messages: an event is forwarded too, and the page advises against it",
    summary: "The server does not answer an event with transfer_customer_service.",
    why: "The event is forwarded, and customer service sees a message that says nothing.",
    fix: "Answer events with `success`; hand over on the user's next message.",
    needs: &[Need::Served],
    turn: Turn::Shared,
    scenarios: |profile| Cases::each([[Step::Deliver(Deliver::of(profile.enter_session()))]]),
    claims: &["transfer"],
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        let msg_type = message(entry).and_then(|message| message.msg_type.as_deref());
        if msg_type == Some("transfer_customer_service") {
            return Finding::new("transfer", 0, "`success` or zero bytes", describe(entry)).found();
        }
        Ok(())
    },
};
