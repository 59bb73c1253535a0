//! Takes secrets out of what becomes an event.

use wxcheck_events::{Body, Evidence, is_credential_header};

use crate::redact::Secrets;

/// The mark in place of a credential.
const MASK: &str = "[redacted]";

/// The secrets of a run, and how they are taken out of its texts.
#[derive(Clone, Copy)]
pub(crate) struct Hiding<'a>(pub(crate) &'a Secrets);

impl Hiding<'_> {
    /// Words of our own.
    pub(crate) fn own(self, text: &str) -> String {
        self.0.redact(text)
    }

    /// The same of each.
    pub(crate) fn each<'t>(self, texts: impl IntoIterator<Item = &'t String>) -> Vec<String> {
        texts.into_iter().map(|text| self.own(text)).collect()
    }

    /// Words of the target, which may repeat a signature that is itself a credential.
    pub(crate) fn answer(self, text: &str) -> String {
        self.0.redact_answer(text)
    }

    /// A body of the target. A secret that the cut goes through is taken out as well.
    pub(crate) fn body(self, bytes: &[u8]) -> Body {
        let body = Body::of(bytes);
        let is_cut = body.text.len() < bytes.len();
        let text = if is_cut {
            self.beginning(&body.text)
        } else {
            self.answer(&body.text)
        };
        Body { text, ..body }
    }

    /// The beginning of a text of the target, which may end within a secret.
    pub(crate) fn beginning(self, text: &str) -> String {
        let mut text = self.answer(&format!("{text}…"));
        text.truncate(text.trim_end_matches('…').len());
        text
    }

    /// The bytes of an exchange, in which the platform left out what it knows itself.
    pub(crate) fn evidence(self, evidence: &mut Evidence) {
        evidence.url = self.own(&evidence.url);
        for param in &mut evidence.params {
            param.value = param.value.as_ref().map(|value| self.own(value));
        }
        let texts = evidence.headers.iter_mut().map(|(_, value)| value);
        for text in texts.chain([&mut evidence.body.text]) {
            *text = self.own(text);
        }
        if let Some(answer) = &mut evidence.answer {
            answer.headers = self.headers(&answer.headers);
            answer.body.text = self.answer(&answer.body.text);
            if let Some(opened) = &mut answer.opened {
                opened.text = self.answer(&opened.text);
            }
        }
        if let Some(opened) = &mut evidence.opened {
            opened.text = self.own(&opened.text);
        }
    }

    /// The headers of an answer.
    pub(crate) fn headers(self, headers: &[(String, String)]) -> Vec<(String, String)> {
        let hidden = |(name, value): &(String, String)| {
            let value = if is_credential_header(name) {
                MASK.to_owned()
            } else {
                self.answer(value)
            };
            (self.answer(name), value)
        };
        headers.iter().map(hidden).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_is_cut_through_a_secret_shows_nothing_of_it() {
        let secrets = Secrets::new([("Token", "myTokenOfTheDay")]);
        let whole = format!("{}myTokenOfTheDay and more", "x".repeat(16 * 1024 - 12));
        let body = Hiding(&secrets).body(whole.as_bytes());
        assert_eq!(body.bytes, whole.len());
        assert!(!body.text.contains("myToken"), "…{}", &body.text[16_360..]);
        assert!(body.text.ends_with("x[redacted]"));
    }

    #[test]
    fn what_the_target_repeats_of_a_request_holds_no_signature_and_a_cookie_is_none() {
        let signature = "0fb53e84b7ac7af5c3fcab6d2b3d1e3b4d1b7b6a";
        let headers = [
            (
                "x-url".to_owned(),
                format!("/?signature={signature}&nonce=1"),
            ),
            ("Set-Cookie".to_owned(), "session=1".to_owned()),
        ];
        let hidden = Hiding(&Secrets::default()).headers(&headers);
        assert_eq!(hidden[0].1, "/?signature=[redacted]&nonce=1");
        assert_eq!(hidden[1].1, "[redacted]");
    }
}
