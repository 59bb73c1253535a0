//! A connection that is kept: after a push that is refused, or large, the next one is served.

use wxcheck_mock_server::Behind;
use wxcheck_protocol::push::Mode;

use crate::{
    expect::{acknowledged, describe},
    finding::{Finding, Judgement},
    profile::Profile,
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{BodyComes, Deliver, ForeignAppid, Forgery, Lack, Scenario, Signing, Step, Unsigned},
    transcript::Entry,
};

pub(super) static KEPT_CONNECTION: Rule = Rule {
    id: RuleId::new("push-signature/kept-connection"),
    since: "0.1.0",
    level: Level::Should,
    source: "HTTP: a connection may carry further requests after a refusal",
    summary: "After a push that is refused, or large, the server serves a true one on the same connection, or closes it.",
    why: "If the body, or the rest of it, is left unread, it is parsed as the next request, and a true push behind it is lost.",
    fix: "Read or discard the body before answering a refusal, or send `Connection: close` and close.",
    needs: &[Need::Served],
    turn: Turn::Shared,
    scenarios: |profile| {
        let refused = refusals(profile)
            .into_iter()
            .map(|signing| Deliver::text("refused on this connection").signed(signing));
        // More letters than a limit in kilobytes has, and more bytes than letters.
        let large = Deliver::text("长".repeat(30_000));
        let next = || Step::Deliver(Deliver::text("served on this connection").kept());
        let is_read_bytewise = profile.hostility.writes_bytes().is_ok();
        let first = refused.chain([large]);
        Cases::each(
            first
                .map(|first| {
                    // A server that takes the rest for a request at once ends the connection before the next is sent.
                    let alone = first.clone().bytewise(BodyComes::AtOnce);
                    let alone = is_read_bytewise.then_some(Step::Deliver(alone));
                    let kept = [Step::Deliver(first.kept()), next()];
                    kept.into_iter().chain(alone).collect::<Vec<Step>>()
                })
                .map(Scenario::of),
        )
    },
    claims: &["next-on-connection"],
    judge: |transcript| {
        acknowledged(transcript, 1, "next-on-connection")?;
        transcript.entries.get(2).map_or(Ok(()), nothing_behind)
    },
};

/// The answer is the only one to its request.
fn nothing_behind(entry: &Entry) -> Judgement {
    let connection = entry.answer().and_then(|answer| answer.connection);
    match connection.map(|connection| connection.behind) {
        Some(Behind::Response | Behind::Bytes) => {
            let actual = format!(
                "{}, and then an answer to the rest of its body, as if that were another request",
                describe(entry)
            );
            Finding::new("next-on-connection", 2, "one answer to one request", actual)
                .proven()
                .found()
        }
        Some(Behind::Nothing) | None => Ok(()),
    }
}

/// One push for each reason that a server may have to refuse it, most of which show in the query alone.
fn refusals(profile: &Profile) -> Vec<Signing> {
    let unsigned = |encrypt_type, sealed| {
        Signing::Unsigned(Unsigned {
            signature: Lack::Wrong,
            msg_signature: Lack::Wrong,
            encrypt_type,
            sealed,
        })
    };
    let mut refusals = vec![
        Signing::Forged(Forgery::OtherToken),
        Signing::Forged(Forgery::Missing),
        unsigned(false, false),
        Signing::NoQuery { sealed: false },
    ];
    if profile.mode.seals() {
        refusals.extend([
            unsigned(false, true),
            unsigned(true, false),
            Signing::SignatureAsMsgSignature,
            Signing::ForeignAppid(ForeignAppid::Other),
            Signing::Raw { signed: false },
        ]);
    }
    if profile.mode == Mode::Safe {
        refusals.extend([Signing::ClearInSafeMode, Signing::Raw { signed: true }]);
    }
    refusals
}
