//! Makes events of what the suite knows.

use wxcheck_events::{
    AnswerBytes, Baseline, Contract, ContractState, Effect, Event, Evidence, FetchTime, Kind,
    Param, Reason as Why, RecordedOutcome, Reproduction, RunEnded, ServerEnded, Verdict,
    WrongEntry,
};
use wxcheck_mock_server::{
    Outcome,
    said::{SAID_BYTES, said},
};
use wxcheck_protocol::message::Field;

use super::{Log, hiding::Hiding, micros, witness};
use crate::{
    observed::Observed,
    reason::Reason,
    recipe::{ParamValue, Recipe},
    redact::Secrets,
    rule_id::RuleId,
    step::Scenario,
    transcript::Transcript,
    verdict::RuleResult,
};

impl Log<'_> {
    /// First contact is made.
    pub(crate) fn contact(self, observed: &Observed) {
        let times = observed.fetches.iter().map(|(kind, took)| FetchTime {
            kind: kind.name().to_owned(),
            micros: micros(*took),
        });
        let fetches = times.collect();
        self.note(Kind::ContactMade { fetches });
    }

    /// A play begins.
    pub(crate) fn begin_play(self, play: u64, rule: Option<RuleId>) {
        let rule = rule.map(|rule| rule.to_string());
        self.note(Kind::PlayBegun { play, rule });
    }

    /// A play has ended: the effects that it had, and the time that was lost.
    pub(crate) fn end_play(self, play: u64, transcript: &Transcript, secrets: &Secrets) {
        let hiding = Hiding(secrets);
        for call in transcript.calls.iter().filter(|call| call.own && call.sent) {
            self.note(Kind::Effect(Effect {
                play,
                call: call.number,
                openid: hiding.answer(call.openid.as_deref().unwrap_or_default()),
                times: call.times,
            }));
        }
        let lost_micros = micros(transcript.lost);
        self.note(Kind::PlayEnded { play, lost_micros });
    }

    /// A rule has a verdict.
    pub(crate) fn verdict(self, result: &RuleResult, secrets: &Secrets) {
        let finding = result.finding.as_ref();
        let hiding = Hiding(secrets);
        let verdict = Verdict {
            rule: result.rule.id.to_string(),
            verdict: result.verdict.to_string(),
            claim: finding.map(|finding| finding.claim.to_owned()),
            claims: result.claims.iter().map(ToString::to_string).collect(),
            pushes: hiding.each(&result.subjects),
            expected: finding.map(|finding| hiding.own(&finding.expected)),
            actual: finding.map(|finding| hiding.own(&finding.actual)),
            status: finding.and_then(|finding| finding.status),
            story: finding.map_or_else(Vec::new, |finding| hiding.each(&finding.story)),
            reason: result.reason.as_ref().map(|reason| why(reason, hiding)),
            reproduction: result.reproduction.as_ref().map(|shown| Reproduction {
                // The same text as in a replay file.
                scenario: serde_json::from_str(secrets.exact(&shown.scenario).as_str())
                    .unwrap_or_default(),
                curl: hiding.each(&shown.curl),
                to_authorization_url: Scenario::notifies_platform(&shown.scenario),
            }),
            witness: result
                .reproduction
                .as_ref()
                .map(|shown| Box::new(witness::recorded(&shown.witness, secrets))),
            took_micros: micros(result.took),
        };
        self.note(Kind::Verdict(Box::new(verdict)));
    }

    /// A failing scenario was written to a file.
    pub fn replay(self, rule: RuleId, path: &str, secrets: &Secrets) {
        self.note(Kind::ReplayWritten {
            rule: rule.to_string(),
            path: Hiding(secrets).own(path),
        });
    }

    /// The replies of the server were compared with those of an earlier run.
    pub fn contract(self, mut compared: Contract, secrets: &Secrets) {
        let hiding = Hiding(secrets);
        compared.file = hiding.own(&compared.file);
        if let ContractState::Changed { replies } = &mut compared.state {
            for reply in replies {
                for text in [&mut reply.then, &mut reply.now].into_iter().flatten() {
                    *text = hiding.answer(text);
                }
            }
        }
        self.note(Kind::ContractCompared(Box::new(compared)));
    }

    /// The findings were compared with the known ones. The words are those of whoever runs wxcheck.
    pub fn baseline(self, mut compared: Baseline, secrets: &Secrets) {
        let hiding = Hiding(secrets);
        compared.file = hiding.own(&compared.file);
        for known in &mut compared.known {
            known.reason = hiding.own(&known.reason);
        }
        for fault in &mut compared.faults {
            fault.rule = hiding.own(&fault.rule);
            fault.claim = fault.claim.as_ref().map(|claim| hiding.own(claim));
            if let WrongEntry::UnknownRule { hint } = &mut fault.wrong {
                *hint = hiding.own(hint);
            }
        }
        self.note(Kind::BaselineCompared(Box::new(compared)));
    }

    /// The process of the server has ended by itself; `output` is the end of what it wrote.
    pub fn server_ended(self, how: &str, output: &[String], secrets: &Secrets) {
        let hiding = Hiding(secrets);
        let output = output.iter().map(|line| hiding.answer(line));
        self.note(Kind::ServerEnded(Box::new(ServerEnded {
            how: how.to_owned(),
            output: output.collect(),
        })));
    }

    /// The run is over.
    pub(crate) fn end(self, ended: RunEnded) {
        self.note(Kind::RunEnded(Box::new(ended)));
    }
}

/// The bytes of a request and of its answer.
pub(crate) fn evidence(recipe: &Recipe, outcome: &Outcome, secrets: &Secrets) -> Evidence {
    let hiding = Hiding(secrets);
    let params = recipe.params.iter().map(|param| Param {
        name: param.name.to_owned(),
        value: match &param.value {
            ParamValue::Literal(value) => Some(hiding.own(value)),
            ParamValue::Timestamp
            | ParamValue::TimestampIn(_)
            | ParamValue::FetchToken(_)
            | ParamValue::Signature { .. } => None,
        },
    });
    let content_type = recipe
        .content_type
        .iter()
        .map(|kind| ("content-type", kind));
    let others = recipe.headers.iter().map(|(name, value)| (*name, value));
    let owned = |(name, value): (&str, &String)| (name.to_owned(), hiding.own(value));
    Evidence {
        url: hiding.own(&recipe.url),
        params: params.collect(),
        headers: content_type.chain(others).map(owned).collect(),
        body: hiding.body(recipe.body.as_bytes()),
        answer: match outcome {
            Outcome::Answered(answer) => Some(AnswerBytes {
                headers: hiding.headers(&answer.headers),
                body: hiding.body(&answer.body),
                opened: None,
            }),
            Outcome::Silent(_) => None,
        },
        ..Evidence::default()
    }
}

/// The words of a push, without secrets.
pub(crate) fn words(fields: &[Field], secrets: &Secrets) -> Option<String> {
    let said = Hiding(secrets).answer(&said(fields)?);
    let mut end = said.len().min(SAID_BYTES);
    while !said.is_char_boundary(end) {
        end -= 1;
    }
    Some(said[..end].to_owned())
}

/// An event of the platform, which knows its own secrets, without those of the run. Judges need it as it came.
pub(super) fn without_secrets(event: &Event, secrets: &Secrets) -> Event {
    let hiding = Hiding(secrets);
    let mut event = event.clone();
    match &mut event.kind {
        // What its push says was made here.
        Kind::Sent(sent) => sent.path = hiding.own(&sent.path),
        Kind::Called(called) => {
            called.path = hiding.answer(&called.path).into();
            called.query = hiding.answer(&called.query).into();
            called.body = hiding.answer(&called.body).into();
            if let Some(answer) = &mut called.answer {
                answer.text = hiding.own(&answer.text);
            }
            if let Some(openid) = &mut called.openid {
                *openid = hiding.answer(openid).into();
            }
        }
        Kind::Fetched { path } => *path = hiding.answer(path),
        Kind::Exchange(exchange) => {
            if let RecordedOutcome::Silent { reason } = &mut exchange.outcome {
                *reason = hiding.answer(reason);
            }
            // The bytes of a play were made here, those of other requests by the platform.
            if let (None, Some(evidence)) = (exchange.place, &mut exchange.evidence) {
                hiding.evidence(evidence);
            }
        }
        // The platform's own acts hold no word of the target, and the others were made here.
        Kind::PushOutcome(_)
        | Kind::Unsent(_)
        | Kind::PushDue(_)
        | Kind::Fault(_)
        | Kind::ClockMoved(_)
        | Kind::RunBegun(_)
        | Kind::ContactMade { .. }
        | Kind::PlayBegun { .. }
        | Kind::Effect(_)
        | Kind::PlayEnded { .. }
        | Kind::Verdict(_)
        | Kind::ReplayWritten { .. }
        | Kind::ContractCompared(_)
        | Kind::BaselineCompared(_)
        | Kind::Diagnosed(_)
        | Kind::ServerEnded(_)
        | Kind::RunEnded(_) => {}
    }
    event
}

pub(super) fn why(reason: &Reason, hiding: Hiding<'_>) -> Why {
    match reason {
        Reason::Blocked { by } => Why::Blocked { by: by.to_string() },
        Reason::Gone { during } => Why::Gone {
            during: during.map(|rule| rule.to_string()),
        },
        Reason::OutOfTime => Why::OutOfTime,
        Reason::Missing(what) => Why::Missing { what: *what },
        Reason::Unjudged(why) => Why::Unjudged(why.clone().with_texts(|text| hiding.own(text))),
    }
}
