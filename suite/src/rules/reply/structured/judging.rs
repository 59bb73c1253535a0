//! The judging of an answer that is to be more than an acknowledgement.

use std::time::Duration;

use wxcheck_mock_server::catalogue::{CatalogueEntry, Confidence};
use wxcheck_protocol::{
    account::Account,
    limits::EXCHANGE_LIMIT,
    push::Mode,
    reply::{AnsweredPush, ReplyKind, SealFault, Structured, StructuredFault, StructuredOutcome},
};

use crate::{
    expect::{answer, blocked_by, describe, entry, innermost, sealed},
    finding::{Finding, Judgement, Miss},
    reason::Unjudged,
    rule::{RuleId, blocked},
    transcript::{self, Sent, Transcript},
};

pub(super) fn judge_structured(transcript: &Transcript) -> Judgement {
    let entry = entry(transcript, 0)?;
    let (pushed, structured) = pushed(transcript, entry)?;
    is_taken(entry)?;
    let Some(reply) = &entry.reply else {
        return Ok(());
    };
    let opened = innermost(reply);
    let found = |claim: &'static str, expected: String, actual: String| {
        Finding::new(claim, 0, expected, actual).about(&pushed.name)
    };
    if pushed.takes_bare(&opened.kind) {
        return Ok(());
    }
    let object = opened
        .object
        .as_ref()
        .filter(|object| structured.is_meant(object));
    let Some(object) = object else {
        let expected = format!("an answer like {}", structured.example());
        return found("absent", expected, describe(entry)).found();
    };
    seal_fault(transcript, entry, &pushed.name)?;
    let Sent::Push { fields, .. } = &entry.sent else {
        return Ok(());
    };
    let push = AnsweredPush {
        format: pushed.format(transcript.profile.format),
        fields,
        echoes: &pushed.echoes,
        needs: &pushed.answer_needs,
    };
    let read = structured.read(object, &push);
    // What is certain counts before what is not.
    let certain = |fault: &&StructuredFault| fault.certain && !is_open(fault, transcript, pushed);
    let fault = read.faults.iter().find(certain);
    if let Some(fault) = fault.or_else(|| read.faults.first()) {
        let actual = format!("{}: {}", fault.found, describe(entry));
        let finding = found(fault.kind, fault.expected.clone(), actual);
        return Err(if certain(&fault) {
            Miss::Found(finding)
        } else {
            Miss::Doubtful(finding)
        });
    }
    match read.outcome {
        StructuredOutcome::Refused(code) => {
            let expected = format!("{} 0 for what can be done", structured.code());
            let actual = format!(
                "code {code}, which WeChat takes for a failure: {}",
                describe(entry)
            );
            Err(Miss::Remark(found("refused", expected, actual)))
        }
        StructuredOutcome::Done | StructuredOutcome::Unclear => Ok(()),
    }
}

/// True if documents leave it open: the pages of mini games show answers in JSON, and pushes in either format; further
/// fields of an answer are sure only where its page is.
fn is_open(fault: &StructuredFault, transcript: &Transcript, pushed: &CatalogueEntry) -> bool {
    let minigame = transcript.profile.account == Account::Minigame;
    let unsure = pushed.confidence != Confidence::High;
    match fault.kind {
        "format" => minigame,
        "missing-field" => {
            unsure
                && pushed
                    .answer_needs
                    .iter()
                    .any(|need| fault.expected.contains(need.as_str()))
        }
        // Its own sample has the names the other way round.
        "names" => pushed.name == "waybill_notify_query",
        _ => false,
    }
}

/// In safe mode an answer is sealed, and opens. The payments of mini games are documented to be answered in clear.
fn seal_fault(transcript: &Transcript, entry: &transcript::Entry, name: &str) -> Judgement {
    let profile = &transcript.profile;
    let finding = |claim: &'static str, expected: &str, actual: String| {
        Finding::new(claim, 0, expected, actual).about(name).found()
    };
    match sealed(entry) {
        None if profile.mode == Mode::Safe && profile.account != Account::Minigame => finding(
            "not-sealed",
            "a sealed answer: safe mode takes nothing but `success` in clear",
            describe(entry),
        ),
        None => Ok(()),
        // Documented for the payments of mini games, though another page of theirs says otherwise.
        Some(_) if profile.account == Account::Minigame => {
            let expected = "an answer in clear, which mini games' payments are to have";
            Err(Miss::Doubtful(
                Finding::new("sealed", 0, expected, describe(entry)).about(name),
            ))
        }
        Some(sealed) => match sealed.faults.first() {
            Some(SealFault::NoKey) | None => Ok(()),
            Some(fault) => finding(
                "seal",
                "an envelope that opens",
                format!("{fault:?}: {}", describe(entry)),
            ),
        },
    }
}

/// A check that the push was taken at all: otherwise other rules say so.
pub(super) fn is_taken(entry: &transcript::Entry) -> Judgement {
    let answer = answer(entry)?;
    match blocked_by(&entry.outcome) {
        Some(RuleId::ACCEPTS_TRUE_PUSH) => {
            return Err(Miss::inconclusive(blocked(RuleId::HANDLED)));
        }
        Some(by) => return Err(Miss::inconclusive(blocked(by))),
        None => {}
    }
    if answer.status != 200 {
        return Err(Miss::inconclusive(blocked(RuleId::HANDLED)));
    }
    Ok(())
}

/// A check for status 200: any other is refused, documents say.
pub(super) fn is_200(transcript: &Transcript) -> Judgement {
    let entry = entry(transcript, 0)?;
    if answer(entry)?.status == 200 {
        return Ok(());
    }
    let finding = Finding::new("status", 0, "status 200 with `success`", describe(entry));
    finding.about(entry.push_name()).found()
}

/// `success`, and nothing else but an empty answer where that is documented too.
pub(super) fn judge_bare(transcript: &Transcript, or_empty: bool) -> Judgement {
    let entry = entry(transcript, 0)?;
    let expected = if or_empty {
        "status 200 with `success` or nothing"
    } else {
        "status 200 with `success`"
    };
    let finding =
        |claim| Finding::new(claim, 0, expected, describe(entry)).about(entry.push_name());
    match entry.reply.as_ref().map(|reply| &reply.kind) {
        // White space and letter case are covered by another rule.
        None | Some(ReplyKind::Success | ReplyKind::NearSuccess) => Ok(()),
        Some(ReplyKind::Empty | ReplyKind::Blank) if or_empty => Ok(()),
        // No page says that it is refused.
        Some(ReplyKind::Empty | ReplyKind::Blank) => Err(Miss::Doubtful(finding("empty"))),
        // That it needs no encryption is documented, and for platforms that it is to have none.
        Some(ReplyKind::Sealed(_)) if or_empty => Err(Miss::Doubtful(finding("sealed"))),
        Some(ReplyKind::Sealed(_)) => finding("sealed").found(),
        Some(_) => finding("body").found(),
    }
}

pub(super) fn judge_time(transcript: &Transcript) -> Judgement {
    let entry = entry(transcript, 0)?;
    let (pushed, _) = pushed(transcript, entry)?;
    let usual = EXCHANGE_LIMIT.as_secs_f64();
    let seconds = pushed.deadline_seconds.map_or(usual, f64::from);
    let deadline: Duration = transcript.profile.limit.mul_f64(seconds / usual);
    let late = match (entry.answer(), entry.silence()) {
        (Some(answer), _) => answer.total > deadline,
        (None, silence) => silence.is_some_and(wxcheck_mock_server::Silence::is_time_out),
    };
    if !late {
        return answer(entry).map(|_| ());
    }
    let actual = match entry.answer() {
        Some(answer) => format!("status {} after {:.1?}", answer.status, answer.total),
        None => describe(entry),
    };
    let expected = format!("the whole answer within {deadline:?}");
    Finding::new("late", 0, expected, actual)
        .about(&pushed.name)
        .timing()
        .found()
}

/// The push, and the answer that it wants. A replay may be of a catalogue that is not there.
fn pushed<'a>(
    transcript: &'a Transcript,
    entry: &transcript::Entry,
) -> Result<(&'a CatalogueEntry, Structured), Miss> {
    let name = entry.push_name();
    let pushed = transcript.profile.entry(name);
    let wanted = pushed.and_then(|pushed| Some((pushed, pushed.answer?)));
    wanted.ok_or_else(|| {
        Miss::inconclusive(Unjudged::NotInCatalogue {
            push: name.to_owned(),
        })
    })
}

#[cfg(test)]
mod tests {
    use wxcheck_mock_server::{Outcome, catalogue::Catalogue};
    use wxcheck_protocol::push::Format;

    use super::*;
    use crate::hand_made::{answered, in_envelope, no_answer, push, transcript};

    fn played(name: &str, mode: Mode, outcome: Outcome) -> Transcript {
        let mut entry = push("x", outcome);
        if let Sent::Push { name: sent, .. } = &mut entry.sent {
            name.clone_into(sent);
        }
        let mut transcript = transcript(vec![entry]);
        transcript.profile_mut().mode = mode;
        transcript.profile_mut().format = Format::Json;
        transcript.profile_mut().catalogue =
            Catalogue::built_in().unwrap().of(Account::Mini).into();
        transcript
    }

    fn verdict(judgement: Judgement) -> String {
        match judgement {
            Ok(()) => "passed".to_owned(),
            Err(Miss::Found(finding)) => format!("found {}", finding.claim),
            Err(Miss::Doubtful(finding)) => format!("doubtful {}", finding.claim),
            Err(Miss::Remark(finding)) => format!("remark {}", finding.claim),
            Err(Miss::Inconclusive(reason) | Miss::NotApplicable(reason)) => reason.to_string(),
        }
    }

    fn structured(name: &str, status: u16, body: &str) -> String {
        verdict(judge_structured(&played(
            name,
            Mode::Plain,
            answered(status, body),
        )))
    }

    const GOODS: &str = "xpay_goods_deliver_notify";

    #[test]
    fn what_the_pages_show_passes_and_each_mistake_is_named() {
        for body in [r#"{"ErrCode":0,"ErrMsg":"success"}"#, "success", ""] {
            assert_eq!(structured(GOODS, 200, body), "passed", "{body}");
        }
        for (body, wanted) in [
            (r#"{"errcode":0,"ErrMsg":"success"}"#, "found letter-case"),
            (
                "<xml><ErrCode>0</ErrCode><ErrMsg>k</ErrMsg></xml>",
                "found format",
            ),
            (
                r#"{"ErrCode":"0","ErrMsg":"success"}"#,
                "doubtful code-type",
            ),
            (
                r#"{"ErrCode":5,"ErrMsg":"no such order"}"#,
                "remark refused",
            ),
            (r#"{"code":0}"#, "found absent"),
            ("ok", "found absent"),
        ] {
            assert_eq!(structured(GOODS, 200, body), wanted, "{body}");
        }
        assert!(structured(GOODS, 500, "").contains("catalogue/handled"));
        let query = "xpay_subscribe_ios_refund_query_notify";
        assert_eq!(structured(query, 200, "success"), "found absent");
        let unproven = r#"{"result_code":1,"result_info":"used","evidence":""}"#;
        assert_eq!(structured(query, 200, unproven), "doubtful evidence");
    }

    #[test]
    fn safe_mode_takes_a_structured_answer_sealed_only() {
        let body = r#"{"ErrCode":0,"ErrMsg":"success"}"#;
        let mut safe = played(GOODS, Mode::Safe, answered(200, body));
        assert_eq!(verdict(judge_structured(&safe)), "found not-sealed");
        safe.profile_mut().account = Account::Minigame;
        assert_eq!(verdict(judge_structured(&safe)), "passed");
        let entry = safe.entries.remove(0);
        let open = in_envelope(entry.clone(), Vec::new());
        safe.entries = vec![open];
        assert_eq!(verdict(judge_structured(&safe)), "doubtful sealed");
        safe.profile_mut().account = Account::Mini;
        assert_eq!(verdict(judge_structured(&safe)), "passed");
        safe.entries = vec![in_envelope(entry, vec![SealFault::MsgSignature])];
        assert_eq!(verdict(judge_structured(&safe)), "found seal");
        let bare = played(GOODS, Mode::Safe, answered(200, "success"));
        assert_eq!(verdict(judge_structured(&bare)), "passed");
    }

    #[test]
    fn a_bare_success_is_asked_for_exactly_where_the_pages_do() {
        let judge = |status, body, or_empty| {
            let played = played("retail_pay_notify", Mode::Plain, answered(status, body));
            verdict(judge_bare(&played, or_empty))
        };
        assert_eq!(judge(200, "success", false), "passed");
        assert_eq!(judge(200, "", true), "passed");
        assert_eq!(judge(200, "", false), "doubtful empty");
        assert_eq!(
            judge(200, "SUCCESS", true),
            "passed",
            "covered by another rule"
        );
        assert_eq!(judge(200, r#"{"ErrCode":0}"#, true), "found body");
        let mut sealed = played("retail_pay_notify", Mode::Safe, answered(200, "success"));
        sealed.entries = vec![in_envelope(sealed.entries.remove(0), Vec::new())];
        assert_eq!(verdict(judge_bare(&sealed, true)), "doubtful sealed");
        assert_eq!(verdict(judge_bare(&sealed, false)), "found sealed");
        let refused = played(
            "component_verify_ticket",
            Mode::Safe,
            answered(201, "success"),
        );
        assert_eq!(verdict(is_200(&refused)), "found status");
    }

    #[test]
    fn the_time_is_that_of_the_page() {
        let after = |name: &str, seconds| {
            let mut came = answered(200, "");
            if let Outcome::Answered(answer) = &mut came {
                answer.total = Duration::from_secs_f64(seconds);
            }
            verdict(judge_time(&played(name, Mode::Plain, came)))
        };
        assert_eq!(after(GOODS, 4.5), "passed");
        assert_eq!(after(GOODS, 5.5), "found late");
        assert_eq!(after("wxa_novel_chapter_permission", 3.9), "passed");
        assert_eq!(after("wxa_novel_chapter_permission", 4.5), "found late");
        let silent = played(GOODS, Mode::Plain, no_answer());
        assert_eq!(verdict(judge_time(&silent)), "found late");
    }
}
