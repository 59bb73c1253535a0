//! Requests and their ends, with their bytes.

use serde::{Deserialize, Serialize};

/// The end of a request: an answer, or the reason why there is none.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Exchange {
    /// The number of the event with which it left.
    pub sent: u64,
    /// The number of the event with which the first delivery of the same push of the standing platform left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<u64>,
    /// The play in which it was made, and its number there, from 0.
    #[serde(flatten)]
    pub place: Option<PlaceInPlay>,
    /// The answer, or why there is none.
    #[serde(flatten)]
    pub outcome: RecordedOutcome,
    /// The bytes of both sides, where somebody wants them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Box<Evidence>>,
}

impl Exchange {
    /// There is an answer.
    pub const fn is_answered(&self) -> bool {
        matches!(self.outcome, RecordedOutcome::Answered { .. })
    }

    /// The bytes that it takes in memory, about.
    pub(crate) fn bytes(&self) -> usize {
        let reason = match &self.outcome {
            RecordedOutcome::Answered { .. } => 0,
            RecordedOutcome::Silent { reason } => reason.len(),
        };
        size_of::<Self>() + reason + self.evidence.as_deref().map_or(0, Evidence::bytes)
    }
}

/// A request's place in a run.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PlaceInPlay {
    /// The play.
    pub play: u64,
    /// The number of the request there, from 0; deliveries of the same bytes share it.
    pub request: usize,
}

/// The answer, or why there is none.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum RecordedOutcome {
    /// An HTTP answer.
    Answered {
        /// The status code.
        status: u16,
        /// To the end of the headers, in microseconds.
        first_byte_micros: u64,
        /// To the end of the body, in microseconds.
        total_micros: u64,
    },
    /// No answer that WeChat could use.
    Silent {
        /// The reason.
        reason: String,
    },
}

/// The bytes of a request and of its answer, without secrets, and what can be said of them.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Evidence {
    /// The URL, without WeChat's parameters and without a password.
    pub url: String,
    /// WeChat's parameters, in order.
    pub params: Vec<Param>,
    /// The Content-Type, and other headers that are not every request's.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
    /// The message in clear, where the body seals it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<Body>,
    /// The way in which it was signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
    /// The answer, if there is one.
    pub answer: Option<AnswerBytes>,
    /// The findings of the rules' judges about the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<Remark>,
}

/// The way in which a request was signed, worked out step by step. The Token stands as `***`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Signature {
    /// The parameter that holds it.
    pub name: String,
    /// The names of what is signed.
    pub parts: Vec<String>,
    /// The steps, in order.
    pub steps: Vec<SignatureStep>,
}

/// A step on the way to a signature.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SignatureStep {
    /// `sort`, `join` or `sha1`.
    pub name: String,
    /// The result.
    pub text: String,
}

/// The finding of a rule's judge about one answer.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Remark {
    /// The id of the rule.
    pub rule: String,
    /// `must`, `should`, `may` or `info`.
    pub level: String,
    /// The finding, as a sentence.
    pub finding: String,
}

impl Evidence {
    fn bytes(&self) -> usize {
        let params = self.params.iter();
        let params =
            params.map(|param| param.name.len() + param.value.as_ref().map_or(0, String::len));
        let answer = self.answer.as_ref();
        let answer = answer.map_or(0, |answer| {
            of_headers(&answer.headers) + answer.body.text.len() + of_opened(answer.opened.as_ref())
        });
        let steps = self.signature.iter().flat_map(|signature| &signature.steps);
        let remarks = self.verdicts.iter();
        let said = steps.map(|step| size_of::<SignatureStep>() + step.text.len());
        let said = said.chain(remarks.map(|one| size_of::<Remark>() + one.finding.len()));
        let own = self.url.len()
            + of_headers(&self.headers)
            + self.body.text.len()
            + of_opened(self.opened.as_ref());
        size_of::<Self>() + own + params.sum::<usize>() + answer + said.sum::<usize>()
    }
}

fn of_opened(opened: Option<&Body>) -> usize {
    opened.map_or(0, |body| body.text.len())
}

fn of_headers(headers: &[(String, String)]) -> usize {
    headers
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum()
}

/// The value of such a header is a credential, whatever it says.
pub fn is_credential_header(name: &str) -> bool {
    const CREDENTIALS: [&str; 6] = [
        "authorization",
        "cookie",
        "proxy-authenticate",
        "proxy-authorization",
        "set-cookie",
        "www-authenticate",
    ];
    CREDENTIALS.contains(&name.to_ascii_lowercase().as_str())
}

/// The bytes of an answer.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct AnswerBytes {
    /// Names in lower case and values, in wire order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
    /// The message in clear, where the body seals it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<Body>,
}

/// A parameter of a query.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Its value; nothing where that is a signature or a token.
    pub value: Option<String>,
}

/// The body of a request or an answer.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Body {
    /// The beginning of it as text; what is no UTF-8 stands as U+FFFD.
    pub text: String,
    /// Its length in bytes; of an answer as far as it is held, 64 KiB.
    pub bytes: usize,
    /// The text is only the beginning.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

/// The most that is kept of a body, in bytes.
const KEPT: usize = 16 * 1024;

impl Body {
    /// The beginning of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let kept = &bytes[..bytes.len().min(KEPT)];
        let text = match std::str::from_utf8(kept) {
            Ok(text) => text.to_owned(),
            // A letter that was cut in two is no letter that the other side sent.
            Err(error) if error.error_len().is_none() && kept.len() < bytes.len() => {
                String::from_utf8_lossy(&kept[..error.valid_up_to()]).into_owned()
            }
            Err(_) => String::from_utf8_lossy(kept).into_owned(),
        };
        Self {
            text,
            bytes: bytes.len(),
            truncated: kept.len() < bytes.len(),
        }
    }
}

/// An effect of a push: a message to its user that the API took, or that a page of the server's own counts.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Effect {
    /// The play to which it belongs.
    pub play: u64,
    /// The number of the call that brought it; nothing where a page counted it.
    pub call: Option<u64>,
    /// The user.
    pub openid: String,
    /// The number of messages that it stands for.
    pub times: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_body_is_cut_between_letters_and_counted_whole() {
        let long = "你".repeat(KEPT);
        let body = Body::of(long.as_bytes());
        assert_eq!(body.bytes, long.len());
        assert_eq!(body.text.len(), KEPT - KEPT % 3);
        assert!(!body.text.contains('\u{fffd}'));
    }
}
