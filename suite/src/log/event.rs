//! Makes events of what the suite knows.

use wxcheck_events::{
    Call, Contract, ContractState, Diagnosed, Diagnosis, Exchange, FetchTime, FetchUrl, Kind, Outcome as Came, Param,
    Reason as Why, Reproduction, RunBegun, RunEnded, VERSION, Verdict,
};
use wxcheck_mock_server::Outcome;
use wxcheck_protocol::fetch::FetchKind;

use super::{Log, hiding::Hiding, micros};
use crate::{
    acquaintance::Observed,
    diagnosis::Examined,
    player::Player,
    reason::Reason,
    recipe::{ParamValue, Recipe},
    redact::Secrets,
    rule::RuleId,
    run::{Ended, Plan, Run},
    step::Scenario,
    transcript::{Entry, Transcript},
    verdict::RuleResult,
};

impl Log {
    /// A run begins.
    pub(crate) fn begin(&self, player: &Player<'_>, url: &str, plan: &Plan) {
        let profile = player.profile();
        let secrets = player.secrets();
        let hiding = Hiding(&secrets);
        let fetch_url = |(kind, url): (FetchKind, String)| FetchUrl {
            kind: kind.name().to_owned(),
            url: hiding.own(&url),
        };
        let begun = RunBegun {
            log: VERSION,
            wxcheck: env!("CARGO_PKG_VERSION").to_owned(),
            seed: plan.seed,
            url: hiding.own(url),
            mode: profile.mode.to_string(),
            format: profile.format.to_string(),
            account: profile.account.to_string(),
            limit_micros: micros(profile.limit),
            callback: profile.callback,
            strict: plan.strict,
            fetch_urls: player.fetch_urls().into_iter().map(fetch_url).collect(),
            authorization_url: player.authorization_url().map(|url| hiding.own(&url)),
            rules: plan.rules.iter().map(|rule| rule.id.to_string()).collect(),
        };
        self.note(Kind::RunBegun(Box::new(begun)));
    }

    /// First contact is made.
    pub(crate) fn contact(&self, observed: &Observed) {
        let times = observed.fetches.iter().map(|(kind, took)| FetchTime {
            kind: kind.name().to_owned(),
            micros: micros(*took),
        });
        let fetches = times.collect();
        self.note(Kind::ContactMade { fetches });
    }

    /// A play begins; its number, if anybody hears of it.
    pub(crate) fn begin_play(&self, rule: Option<RuleId>) -> Option<u64> {
        if !self.takes_plays() {
            return None;
        }
        let play = self.next_play();
        let rule = rule.map(|rule| rule.to_string());
        self.note(Kind::PlayBegun { play, rule });
        Some(play)
    }

    /// A request of a play has ended.
    pub(crate) fn exchange(&self, play: u64, request: usize, entry: &Entry, secrets: &Secrets) {
        let exchange = exchange(play, request, entry, Hiding(secrets));
        self.note(Kind::Exchange(Box::new(exchange)));
    }

    /// A play has ended: what came meanwhile, and the time that was lost.
    pub(crate) fn end_play(&self, play: u64, transcript: &Transcript, secrets: &Secrets) {
        let hiding = Hiding(secrets);
        for call in &transcript.calls {
            let call = Call {
                play,
                came_micros: micros(call.at),
                path: hiding.answer(&call.path),
                openid: call.openid.as_deref().map(|openid| hiding.answer(openid)),
                own: call.own,
                effects: if call.sent { call.times } else { 0 },
                errcode: call.errcode,
                body: hiding.answer(&call.body),
            };
            self.note(Kind::Call(Box::new(call)));
        }
        for path in &transcript.fetched {
            let path = hiding.answer(path);
            self.note(Kind::Fetched { play, path });
        }
        let lost_micros = micros(transcript.lost);
        self.note(Kind::PlayEnded { play, lost_micros });
    }

    /// A rule has a verdict.
    pub(crate) fn verdict(&self, result: &RuleResult, secrets: &Secrets) {
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
            story: finding.map_or_else(Vec::new, |finding| hiding.each(&finding.story)),
            reason: result.reason.as_ref().map(|reason| why(reason, hiding)),
            reproduction: result.reproduction.as_ref().map(|shown| Reproduction {
                // The same text as in a replay file.
                scenario: serde_json::from_str(secrets.exact(&shown.scenario).as_str())
                    .unwrap_or_default(),
                curl: hiding.each(&shown.curl),
                to_authorization_url: Scenario::tells_a_platform(&shown.scenario),
            }),
            took_micros: micros(result.took),
        };
        self.note(Kind::Verdict(Box::new(verdict)));
    }

    /// A failing scenario was written to a file.
    pub fn replay(&self, rule: RuleId, path: &str, secrets: &Secrets) {
        self.note(Kind::ReplayWritten {
            rule: rule.to_string(),
            path: Hiding(secrets).own(path),
        });
    }

    /// The replies of the server were compared with those of an earlier run.
    pub fn contract(&self, mut compared: Contract, secrets: &Secrets) {
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

    /// The cause behind what failed was looked for.
    pub fn diagnosed(&self, examined: &Examined, secrets: &Secrets) {
        let hiding = Hiding(secrets);
        let causes = examined.findings.iter().map(|finding| Diagnosis {
            cause: finding.cause.id.to_owned(),
            values: finding
                .values
                .iter()
                .map(|(name, value)| (name.clone(), hiding.answer(value)))
                .collect(),
            certainty: finding.certainty.name().to_owned(),
            curl: finding.curl.as_deref().map(|curl| hiding.own(curl)),
        });
        self.note(Kind::Diagnosed(Box::new(Diagnosed {
            causes: causes.collect(),
            takes_everything: examined.takes_everything,
            stack: examined.stack.map(|stack| stack.name().to_owned()),
            requests: examined.requests,
        })));
    }

    /// The run is over.
    pub(crate) fn end(&self, run: &Run) {
        let ended = RunEnded {
            ended: match &run.ended {
                Ended::Whole => wxcheck_events::Ended::Whole,
                Ended::Stopped(by) => wxcheck_events::Ended::Stopped { by: by.clone() },
                Ended::OutOfTime => wxcheck_events::Ended::OutOfTime,
                Ended::NoContact(reason) => wxcheck_events::Ended::NoContact {
                    reason: Hiding(&run.secrets).answer(&reason.to_string()),
                },
            },
            requests: run.requests,
            took_micros: micros(run.took),
            waiting_micros: micros(run.waiting),
            lateness_micros: micros(run.lateness),
            starved: run.was_starved(),
        };
        self.note(Kind::RunEnded(Box::new(ended)));
    }
}

fn exchange(play: u64, request: usize, entry: &Entry, hiding: Hiding<'_>) -> Exchange {
    let Recipe {
        method,
        url,
        params,
        content_type,
        headers,
        body,
        ..
    } = &entry.recipe;
    let params = params.iter().map(|param| Param {
        name: param.name.to_owned(),
        value: match &param.value {
            ParamValue::Literal(value) => Some(hiding.own(value)),
            ParamValue::Timestamp
            | ParamValue::TimestampIn(_)
            | ParamValue::FetchToken(_)
            | ParamValue::Signature { .. } => None,
        },
    });
    let content_type = content_type.iter().map(|kind| ("content-type", kind));
    let others = headers.iter().map(|(name, value)| (*name, value));
    let owned = |(name, value): (&str, &String)| (name.to_owned(), hiding.own(value));
    Exchange {
        play,
        request,
        started_micros: micros(entry.started),
        method: method.as_str().to_owned(),
        url: hiding.own(url),
        params: params.collect(),
        headers: content_type.chain(others).map(owned).collect(),
        body: hiding.body(body.as_bytes()),
        outcome: match &entry.outcome {
            Outcome::Answered(answer) => Came::Answered {
                status: answer.status,
                headers: hiding.headers(&answer.headers),
                body: hiding.body(&answer.body),
                first_byte_micros: micros(answer.first_byte),
                total_micros: micros(answer.total),
            },
            Outcome::Silent(silence) => Came::Silent {
                reason: hiding.answer(&silence.to_string()),
            },
        },
    }
}

fn why(reason: &Reason, hiding: Hiding<'_>) -> Why {
    match reason {
        Reason::Blocked { by } => Why::Blocked { by: by.to_string() },
        Reason::Gone { during } => Why::Gone {
            during: during.map(|rule| rule.to_string()),
        },
        Reason::Missing(what) => Why::Missing { what: *what },
        Reason::Said(sentence) => Why::Said {
            sentence: hiding.own(sentence),
        },
    }
}
