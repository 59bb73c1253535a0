//! The play that shows a finding, cut to what a report shows of it: one exchange with its bytes, and of the rest no more
//! than when it was and how it ended.

use std::time::Duration;

use wxcheck_mock_server::Outcome;
use wxcheck_protocol::{
    push::write_message,
    reply::{Reply, ReplyKind},
    xml::CdataEnd,
};

use crate::{
    bounds::{EXCERPT_BYTES, WITNESSED_CALLS, WITNESSED_REQUESTS},
    recipe::{ParamValue, Recipe},
    shared_text::SharedText,
    step::ApiAct,
    transcript::{ApiCall, Entry, Sent, Transcript},
};

/// The play that shows a finding. Times are from the start of the platform.
#[derive(Clone, Debug)]
pub struct Witness {
    /// The requests, those around the one at which it shows where there are many.
    pub(crate) requests: Vec<Request>,
    pub(crate) more_requests: usize,
    pub(crate) calls: Vec<ApiCall>,
    pub(crate) more_calls: usize,
    pub(crate) acts: Vec<(Duration, ApiAct)>,
    /// The place of the request at which it shows.
    pub(crate) at: Option<usize>,
    pub(crate) exchange: Option<Box<Exchanged>>,
}

/// A request without its bytes.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) started: Duration,
    pub(crate) kind: &'static str,
    pub(crate) name: Option<String>,
    pub(crate) repeats: Option<usize>,
    pub(crate) forged: bool,
    pub(crate) ended: Ended,
}

/// The end of a request.
#[derive(Clone, Debug)]
pub(crate) enum Ended {
    Answered {
        status: u16,
        first_byte: Duration,
        total: Duration,
    },
    Silent {
        reason: String,
        /// The limit that passed, where one did.
        limit: Option<Duration>,
    },
}

/// A request and its outcome, with bytes.
#[derive(Clone, Debug)]
pub(crate) struct Exchanged {
    pub(crate) recipe: Recipe,
    pub(crate) outcome: Outcome,
    /// The message in clear, where the request seals it.
    pub(crate) opened: Option<String>,
    /// The message in clear, where the answer seals it.
    pub(crate) opened_answer: Option<String>,
}

impl Witness {
    /// The play, of which a finding shows at the request of that place.
    pub(crate) fn of(transcript: &Transcript, at: usize) -> Self {
        let all = &transcript.entries;
        let end = (at + WITNESSED_REQUESTS / 2).clamp(WITNESSED_REQUESTS.min(all.len()), all.len());
        let from = end.saturating_sub(WITNESSED_REQUESTS);
        let kept = all[from..end].iter().enumerate();
        let shown = all.get(at);
        let told = || transcript.calls.iter().filter(|call| is_told(call));
        Self {
            requests: kept
                .map(|(place, entry)| request(entry, place, from))
                .collect(),
            more_requests: all.len() - (end - from),
            calls: told().take(WITNESSED_CALLS).map(in_short).collect(),
            more_calls: told().count().saturating_sub(WITNESSED_CALLS),
            acts: transcript.acts.clone(),
            at: shown.map(|_| at - from),
            exchange: shown.map(|entry| Box::new(exchanged(entry, transcript))),
        }
    }

    /// The time of the first request.
    pub(crate) fn begun(&self) -> Duration {
        let started = self.requests.iter().map(|request| request.started);
        started.min().unwrap_or_default()
    }
}

/// Calls about users of other plays stand with them.
fn is_told(call: &ApiCall) -> bool {
    call.own || call.struck || call.openid.is_none()
}

fn in_short(call: &ApiCall) -> ApiCall {
    ApiCall {
        number: call.number,
        path: call.path.clone(),
        openid: None,
        body: String::new(),
        ..*call
    }
}

fn request(entry: &Entry, place: usize, from: usize) -> Request {
    let (kind, name, forged) = match &entry.sent {
        Sent::Visit => ("visit", None, false),
        Sent::Verification {
            differs, is_true, ..
        } => ("verification", differs.map(str::to_owned), !is_true),
        Sent::Fetch(fetched) => ("fetch", Some(fetched.kind.name().to_owned()), false),
        Sent::Push { name, is_true, .. } => ("push", Some(name.clone()), !is_true),
    };
    let ended = match &entry.outcome {
        Outcome::Answered(answer) => Ended::Answered {
            status: answer.status,
            first_byte: answer.first_byte,
            total: answer.total,
        },
        Outcome::Silent(silence) => Ended::Silent {
            reason: silence.to_string(),
            limit: silence.limit(),
        },
    };
    Request {
        started: entry.started,
        kind,
        name,
        repeats: entry
            .origin
            .checked_sub(from)
            .filter(|origin| *origin < place),
        forged,
        ended,
    }
}

fn exchanged(entry: &Entry, transcript: &Transcript) -> Exchanged {
    let mut outcome = entry.outcome.clone();
    if let Outcome::Answered(answer) = &mut outcome {
        answer.body.truncate(EXCERPT_BYTES);
    }
    let mut recipe = entry.recipe.clone();
    // Copies: what is shared would keep the whole body, however long.
    let mut excerpt = recipe.body.to_string();
    cut(&mut excerpt);
    recipe.body = excerpt.into();
    for param in &mut recipe.params {
        if let ParamValue::Signature {
            over: Some(covered),
            ..
        } = &mut param.value
        {
            *covered = SharedText::from(&**covered);
        }
    }
    Exchanged {
        opened: clear(entry, transcript),
        opened_answer: entry.reply.as_ref().and_then(opened),
        recipe,
        outcome,
    }
}

/// The message of a push that was sealed.
fn clear(entry: &Entry, transcript: &Transcript) -> Option<String> {
    let Sent::Push { fields, .. } = &entry.sent else {
        return None;
    };
    entry.recipe.names("msg_signature").then(|| {
        let mut text = write_message(transcript.profile.format, fields, CdataEnd::Split);
        cut(&mut text);
        text
    })
}

fn opened(reply: &Reply) -> Option<String> {
    let ReplyKind::Sealed(sealed) = &reply.kind else {
        return None;
    };
    let mut text = sealed.text.clone()?;
    cut(&mut text);
    Some(text)
}

fn cut(text: &mut String) {
    let most = EXCERPT_BYTES.min(text.len());
    let end = (0..=most).rev().find(|end| text.is_char_boundary(*end));
    text.truncate(end.unwrap_or_default());
    text.shrink_to_fit();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hand_made::{answered, push, transcript};

    #[test]
    fn a_long_play_is_cut_around_the_request_at_which_it_shows() {
        let entries = (0..200).map(|_| push("hello", answered(200, "success")));
        let play = transcript(entries.collect());
        for (at, place, more) in [
            (0, 0, 200 - WITNESSED_REQUESTS),
            (100, 32, 200 - WITNESSED_REQUESTS),
        ] {
            let witness = Witness::of(&play, at);
            assert_eq!(witness.requests.len(), WITNESSED_REQUESTS);
            assert_eq!((witness.at, witness.more_requests), (Some(place), more));
        }
        let nothing = Witness::of(&play, 200);
        assert!(nothing.at.is_none() && nothing.exchange.is_none());
        assert_eq!(nothing.requests.len(), WITNESSED_REQUESTS);
    }
}
