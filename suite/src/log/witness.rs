//! Makes the event's part about the play that shows a finding.

use std::time::Duration;

use wxcheck_events::{
    Body, Evidence, RecordedOutcome, Witness as RecordedWitness, WitnessedAct, WitnessedCall,
    WitnessedRequest,
};

use super::{event::evidence, hiding::Hiding, micros};
use crate::{
    bounds::EXCERPT_BYTES,
    redact::Secrets,
    witness::{Ended, Exchanged, Request, Witness},
};

/// The play as an event holds it, without secrets; times from its first request.
pub(super) fn recorded(witness: &Witness, secrets: &Secrets) -> RecordedWitness {
    let hiding = Hiding(secrets);
    let begun = witness.begun();
    let since = |at: Duration| micros(at.saturating_sub(begun));
    let calls = witness.calls.iter().map(|call| WitnessedCall {
        at_micros: since(call.at),
        path: call.number.map(|_| hiding.answer(&call.path)),
        effects: if call.sent { call.times } else { 0 },
        errcode: call.errcode,
        struck: call.struck,
    });
    let acts = witness.acts.iter().map(|(at, act)| WitnessedAct {
        at_micros: since(*at),
        what: act.to_string(),
    });
    let requests = witness.requests.iter();
    RecordedWitness {
        requests: requests
            .map(|request| of_request(request, since(request.started), hiding))
            .collect(),
        more_requests: witness.more_requests,
        calls: calls.collect(),
        more_calls: witness.more_calls,
        acts: acts.collect(),
        at: witness.at,
        exchange: witness
            .exchange
            .as_deref()
            .map(|exchange| Box::new(of_exchange(exchange, secrets))),
    }
}

fn of_request(request: &Request, at_micros: u64, hiding: Hiding<'_>) -> WitnessedRequest {
    let (outcome, limit) = match &request.ended {
        Ended::Answered {
            status,
            first_byte,
            total,
        } => {
            let answered = RecordedOutcome::Answered {
                status: *status,
                first_byte_micros: micros(*first_byte),
                total_micros: micros(*total),
            };
            (answered, None)
        }
        Ended::Silent { reason, limit } => {
            let reason = hiding.answer(reason);
            (RecordedOutcome::Silent { reason }, *limit)
        }
    };
    WitnessedRequest {
        at_micros,
        kind: request.kind.to_owned(),
        name: request.name.clone(),
        repeats: request.repeats,
        forged: request.forged,
        outcome,
        cut_micros: limit.map(micros),
    }
}

fn of_exchange(exchange: &Exchanged, secrets: &Secrets) -> Evidence {
    let hiding = Hiding(secrets);
    let mut evidence = evidence(&exchange.recipe, &exchange.outcome, secrets);
    note_cut(&mut evidence.body, None, hiding);
    evidence.opened = exchange.opened.as_deref().map(|text| opened(text, hiding));
    if let Some(answer) = &mut evidence.answer {
        let length = answer
            .headers
            .iter()
            .find(|(name, _)| name == "content-length");
        note_cut(
            &mut answer.body,
            length.and_then(|(_, length)| length.parse().ok()),
            hiding,
        );
        let text = exchange.opened_answer.as_deref();
        answer.opened = text.map(|text| opened(text, hiding));
    }
    evidence
}

fn opened(text: &str, hiding: Hiding<'_>) -> Body {
    let mut body = hiding.body(text.as_bytes());
    note_cut(&mut body, None, hiding);
    body
}

/// Only an excerpt was kept of a long body, and of its length no more than a header says. A secret that the cut goes through is
/// taken out.
fn note_cut(body: &mut Body, length: Option<usize>, hiding: Hiding<'_>) {
    if body.bytes >= EXCERPT_BYTES {
        body.text = hiding.beginning(&body.text);
        body.truncated = true;
    }
    if let Some(length) = length.filter(|length| *length > body.bytes) {
        body.bytes = length;
        body.truncated = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hand_made::{answered, push, transcript};

    #[test]
    fn an_excerpt_that_is_cut_through_a_secret_shows_nothing_of_it() {
        let long = format!("{}myTokenOfTheDay", "x".repeat(EXCERPT_BYTES - 9));
        let play = transcript(vec![push("hello", answered(500, &long))]);
        let secrets = Secrets::new([("Token", "myTokenOfTheDay")]);
        let told = recorded(&Witness::of(&play, 0), &secrets);
        let answer = told.exchange.unwrap().answer.unwrap();
        assert!(answer.body.truncated);
        assert!(!answer.body.text.contains("myToken"));
        assert_eq!((told.at, told.requests.len()), (Some(0), 1));
        let ended = told.requests[0].end_micros();
        assert_eq!((told.requests[0].at_micros, ended), (0, Some(2000)));
    }
}
