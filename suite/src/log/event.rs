//! Makes events of what the suite knows.

use wxcheck_events::{
    Body, Call, Exchange, FetchTime, FetchUrl, Kind, Outcome as Came, Param, Reason as Why,
    Reproduction, RunBegun, RunEnded, VERSION, Verdict,
};
use wxcheck_mock_server::Outcome;
use wxcheck_protocol::fetch::FetchKind;

use super::{Log, micros};
use crate::{
    acquaintance::Observed,
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
        let fetch_url = |(kind, url): (FetchKind, String)| FetchUrl {
            kind: kind.name().to_owned(),
            url,
        };
        let begun = RunBegun {
            log: VERSION,
            wxcheck: env!("CARGO_PKG_VERSION").to_owned(),
            seed: plan.seed,
            url: url.to_owned(),
            mode: profile.mode.to_string(),
            format: profile.format.to_string(),
            account: profile.account.to_string(),
            limit_micros: micros(profile.limit),
            callback: profile.callback,
            fetch_urls: player.fetch_urls().into_iter().map(fetch_url).collect(),
            authorization_url: player.authorization_url(),
            rules: plan.rules.iter().map(|rule| rule.id.to_string()).collect(),
        };
        self.note(Kind::RunBegun(Box::new(begun)), &player.secrets());
    }

    /// First contact is made.
    pub(crate) fn contact(&self, observed: &Observed, secrets: &Secrets) {
        let times = observed.fetches.iter().map(|(kind, took)| FetchTime {
            kind: kind.name().to_owned(),
            micros: micros(*took),
        });
        let fetches = times.collect();
        self.note(Kind::ContactMade { fetches }, secrets);
    }

    /// A play, from its begin to its end. It is noted when it is over: plays are in flight together, and what belongs to
    /// one stands together.
    pub(crate) fn play(&self, rule: Option<RuleId>, transcript: &Transcript, secrets: &Secrets) {
        if !self.takes_plays() {
            return;
        }
        let play = self.next_play();
        let rule = rule.map(|rule| rule.to_string());
        self.note(Kind::PlayBegun { play, rule }, secrets);
        for (request, entry) in transcript.entries.iter().enumerate() {
            let exchange = Kind::Exchange(Box::new(exchange(play, request, entry)));
            self.note(exchange, secrets);
        }
        for call in &transcript.calls {
            let call = Call {
                play,
                came_micros: micros(call.at),
                path: call.path.clone(),
                openid: call.openid.clone(),
                own: call.own,
                effects: if call.sent { call.times } else { 0 },
                errcode: call.errcode,
                body: call.body.clone(),
            };
            self.note(Kind::Call(Box::new(call)), secrets);
        }
        for path in &transcript.fetched {
            let path = path.clone();
            self.note(Kind::Fetched { play, path }, secrets);
        }
        let lost_micros = micros(transcript.lost);
        self.note(Kind::PlayEnded { play, lost_micros }, secrets);
    }

    /// A rule has a verdict.
    pub(crate) fn verdict(&self, result: &RuleResult, secrets: &Secrets) {
        let finding = result.finding.as_ref();
        let verdict = Verdict {
            rule: result.rule.id.to_string(),
            verdict: result.verdict.to_string(),
            claim: finding.map(|finding| finding.claim.to_owned()),
            claims: result.claims.iter().map(ToString::to_string).collect(),
            pushes: result.subjects.clone(),
            expected: finding.map(|finding| finding.expected.clone()),
            actual: finding.map(|finding| finding.actual.clone()),
            story: finding.map_or_else(Vec::new, |finding| finding.story.clone()),
            reason: result.reason.as_ref().map(why),
            reproduction: result.reproduction.as_ref().map(|shown| Reproduction {
                // A scenario is data that serde writes.
                scenario: serde_json::to_value(&shown.scenario).unwrap_or_default(),
                curl: shown.curl.clone(),
                to_authorization_url: Scenario::tells_a_platform(&shown.scenario),
            }),
            took_micros: micros(result.took),
        };
        self.note(Kind::Verdict(Box::new(verdict)), secrets);
    }

    /// The run is over.
    pub(crate) fn end(&self, run: &Run) {
        let ended = RunEnded {
            ended: match &run.ended {
                Ended::Whole => wxcheck_events::Ended::Whole,
                Ended::Stopped(by) => wxcheck_events::Ended::Stopped { by: by.clone() },
                Ended::OutOfTime => wxcheck_events::Ended::OutOfTime,
                Ended::NoContact(reason) => wxcheck_events::Ended::NoContact {
                    reason: reason.to_string(),
                },
            },
            requests: run.requests,
            took_micros: micros(run.took),
            waiting_micros: micros(run.waiting),
            lateness_micros: micros(run.lateness),
            starved: run.was_starved(),
        };
        self.note(Kind::RunEnded(Box::new(ended)), &run.secrets);
    }
}

fn exchange(play: u64, request: usize, entry: &Entry) -> Exchange {
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
            ParamValue::Literal(value) => Some(value.clone()),
            ParamValue::Timestamp
            | ParamValue::TimestampIn(_)
            | ParamValue::FetchToken(_)
            | ParamValue::Signature { .. } => None,
        },
    });
    let content_type = content_type.iter().map(|kind| ("content-type", kind));
    let others = headers.iter().map(|(name, value)| (*name, value));
    let owned = |(name, value): (&str, &String)| (name.to_owned(), value.clone());
    Exchange {
        play,
        request,
        started_micros: micros(entry.started),
        method: method.as_str().to_owned(),
        url: url.clone(),
        params: params.collect(),
        headers: content_type.chain(others).map(owned).collect(),
        body: Body::of(body.as_bytes()),
        outcome: match &entry.outcome {
            Outcome::Answered(answer) => Came::Answered {
                status: answer.status,
                headers: answer.headers.clone(),
                body: Body::of(&answer.body),
                first_byte_micros: micros(answer.first_byte),
                total_micros: micros(answer.total),
            },
            Outcome::Silent(silence) => Came::Silent {
                reason: silence.to_string(),
            },
        },
    }
}

fn why(reason: &Reason) -> Why {
    match reason {
        Reason::Blocked { by } => Why::Blocked { by: by.to_string() },
        Reason::Gone { during } => Why::Gone {
            during: during.map(|rule| rule.to_string()),
        },
        Reason::Missing(what) => Why::Missing { what: *what },
        Reason::Said(sentence) => Why::Said {
            sentence: sentence.clone(),
        },
    }
}
