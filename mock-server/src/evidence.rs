//! The bytes of an exchange as the standing platform keeps them: credentials masked, bodies cut.

use url::{Url, form_urlencoded};
use wxcheck_events::{AnswerBytes, Body, Evidence, Param};

use crate::{
    bounds::BODY_BYTES,
    exchange::Outcome,
    mask::{Mask, is_credential},
    sender::Request,
};

impl Mask {
    /// The bytes of a request and of its answer.
    pub(crate) fn evidence(&self, request: &Request, outcome: &Outcome) -> Evidence {
        let content_type = request.content_type.iter();
        let content_type = content_type.map(|kind| ("content-type".to_owned(), kind.clone()));
        let headers = request.headers.iter();
        let headers = headers.map(|(name, value)| ((*name).to_owned(), value.clone()));
        let headers = content_type.chain(headers);
        self.bytes_of(&request.url, headers, &request.body, outcome)
    }

    /// The same of a request that was put together elsewhere.
    pub(crate) fn bytes_of(
        &self,
        url: &Url,
        headers: impl Iterator<Item = (String, String)>,
        body: &[u8],
        outcome: &Outcome,
    ) -> Evidence {
        let query = url.query().unwrap_or_default();
        let params = form_urlencoded::parse(query.as_bytes()).map(|(name, value)| Param {
            value: (!is_credential(&name)).then(|| self.text(&value)),
            name: self.text(&name),
        });
        let mut url = url.clone();
        url.set_query(None);
        Evidence {
            url: self.text(url.as_str()),
            params: params.collect(),
            headers: headers.map(|header| self.header(&header)).collect(),
            body: self.masked_body(body),
            answer: match outcome {
                Outcome::Answered(answer) => Some(AnswerBytes {
                    headers: answer
                        .headers
                        .iter()
                        .map(|header| self.header(header))
                        .collect(),
                    body: self.masked_body(&answer.body),
                    opened: None,
                }),
                Outcome::Silent(_) => None,
            },
            ..Evidence::default()
        }
    }

    /// A body without credentials, as long as it is kept.
    pub(crate) fn masked_body(&self, bytes: &[u8]) -> Body {
        Body {
            text: self.body(bytes, BODY_BYTES).into(),
            bytes: bytes.len(),
            truncated: bytes.len() > BODY_BYTES,
        }
    }

    fn header(&self, (name, value): &(String, String)) -> (String, String) {
        let value = if wxcheck_events::is_credential_header(name) {
            Self::withheld()
        } else {
            self.text(value)
        };
        (self.text(name), value)
    }
}

#[cfg(test)]
mod tests {
    use reqwest::Url;

    use super::*;
    use crate::{exchange::Silence, sender::Request};

    #[test]
    fn signatures_and_tokens_are_no_evidence() {
        let url = "http://127.0.0.1/wx?signature=abc&timestamp=1&access_token=def";
        let request = Request::get(Url::parse(url).unwrap());
        let evidence = Mask::default().evidence(&request, &Outcome::Silent(Silence::Refused));
        assert_eq!(evidence.url, "http://127.0.0.1/wx");
        let values: Vec<Option<&str>> = evidence
            .params
            .iter()
            .map(|param| param.value.as_deref())
            .collect();
        assert_eq!(values, [None, Some("1"), None]);
        assert!(evidence.answer.is_none());
    }
}
