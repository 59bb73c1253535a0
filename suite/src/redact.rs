//! Keeps secrets out of everything that is shown or written, also where the target prints them, and makes harmless what
//! would act on whoever reads it.
//!
//! It is the one place for both, and for saying how a setting is given that a sentence mentions. [`Redacted`] is what terminal and files take, and only [`Secrets`] makes one of a text that
//! is not our own: what is not redacted cannot be shown.

mod live;
mod mention;
mod redacted;
mod values;
mod visible;

use std::fmt;

use serde::Serialize;
use url::Url;
use wxcheck_mock_server::secret_forms::{Looking, SecretForms};

pub(crate) use live::LiveSecrets;
pub use mention::Spelling;
pub use redacted::{Colour, Redacted};
pub use visible::visible;

use self::{
    mention::spelled,
    values::Part,
    visible::{escaped, visible_lines},
};

/// The mark in place of a secret.
const MASK: &str = "[redacted]";

/// The mark that `excerpt::excerpt` puts where it cuts a text off.
const CUT: char = '…';

/// A secret shorter than this is too likely to be an ordinary word for its mere presence in an
/// answer to prove a leak. It is masked all the same.
const PROVING_LENGTH: usize = 8;

/// The secrets of one run, by name.
#[derive(Clone, Default)]
pub struct Secrets {
    named: Vec<(&'static str, String)>,
    /// Values that are made from them, and values that no target can give away.
    nameless: Vec<String>,
    forms: SecretForms,
    spelling: Option<Spelling>,
}

impl Secrets {
    /// Secrets by name; empty ones are left out.
    pub fn new<V: Into<String>>(named: impl IntoIterator<Item = (&'static str, V)>) -> Self {
        let named = named.into_iter().map(|(name, value)| (name, value.into()));
        Self::default().with(named, [])
    }

    /// The same secrets, for texts whose readers give settings in that way.
    #[must_use]
    pub fn spelling(self, spelling: Spelling) -> Self {
        Self {
            spelling: Some(spelling),
            ..self
        }
    }

    /// The same and further ones of one name.
    #[must_use]
    pub fn and(&self, name: &'static str, values: impl IntoIterator<Item = String>) -> Self {
        let more = values.into_iter().map(|value| (name, value));
        self.with(more, [])
    }

    /// The same and further ones that are masked but prove no leak.
    #[must_use]
    pub fn besides(&self, values: impl IntoIterator<Item = String>) -> Self {
        self.with([], values)
    }

    fn with(
        &self,
        named: impl IntoIterator<Item = (&'static str, String)>,
        nameless: impl IntoIterator<Item = String>,
    ) -> Self {
        let named = self.named.iter().cloned().chain(named);
        let named: Vec<_> = named.filter(|(_, value)| !value.is_empty()).collect();
        let nameless: Vec<_> = self.nameless.iter().cloned().chain(nameless).collect();
        let all = named.iter().map(|(_, value)| value).chain(&nameless);
        let forms = SecretForms::of(all.map(String::as_str));
        Self {
            named,
            nameless,
            forms,
            spelling: self.spelling,
        }
    }

    /// A text of our own with every secret masked.
    pub fn redact(&self, text: &str) -> String {
        let text = spelled(text, self.spelling);
        self.forms.hide(&text, MASK, Looking::default())
    }

    /// The same for what the target printed. That may be cut off in the middle of a secret; and it may
    /// repeat the URL of our request, where a plain-mode signature is itself a credential.
    pub fn redact_answer(&self, text: &str) -> String {
        let parts: Vec<&str> = text.split(CUT).collect();
        let last = parts.len() - 1;
        let parts = parts.into_iter().enumerate().map(|(place, part)| {
            let looking = Looking {
                signatures: true,
                cut: place < last,
                own_words: false,
            };
            self.forms.hide(part, MASK, looking)
        });
        parts.collect::<Vec<_>>().join("…")
    }

    /// The target's output, on one line.
    pub fn render(&self, text: &str) -> Redacted {
        Redacted::made(visible(&self.redact_answer(text)))
    }

    /// A text of several lines, ours and others', as a whole: the last gate before a terminal or a file. Our own words
    /// stay where a short secret happens to read like one.
    pub fn page(&self, text: &str) -> Redacted {
        Redacted::made(self.kept_to_lines(text))
    }

    /// As indented JSON, whose strings are what people see.
    pub fn json(&self, value: &impl Serialize) -> Redacted {
        // Only strings, numbers and lists: this cannot fail.
        let json = serde_json::to_string_pretty(value).unwrap_or_default();
        self.strings(&json)
    }

    /// As JSON on a line of its own, for what holds no secret any more: it says the same when it is read again.
    pub(crate) fn line(value: &impl Serialize) -> Redacted {
        let json = serde_json::to_string(value).unwrap_or_default();
        Redacted::made(escaped(&json) + "\n")
    }

    /// JSON that was written before, likewise.
    pub fn strings(&self, json: &str) -> Redacted {
        let changed = values::of_json(json, |text, part| match part {
            Part::Name => visible(text),
            Part::Value => self.kept_to_lines(text),
        });
        Redacted::made(changed + "\n")
    }

    /// As indented JSON that says the same as before when it is read again, secrets apart.
    pub(crate) fn exact(&self, value: &impl Serialize) -> Redacted {
        let json = serde_json::to_string_pretty(value).unwrap_or_default();
        let changed = values::of_json(&json, |text, part| match part {
            Part::Name => text.to_owned(),
            Part::Value => self.kept(text),
        });
        Redacted::made(escaped(&changed) + "\n")
    }

    /// The same of a report, in whose strings settings are mentioned. Other reports are made of it, so nothing may be lost:
    /// each of them makes visible what it shows.
    pub(crate) fn report(&self, value: &impl Serialize) -> Redacted {
        let json = serde_json::to_string_pretty(value).unwrap_or_default();
        let changed = values::of_json(&json, |text, part| match part {
            Part::Name => text.to_owned(),
            Part::Value => self.kept(&spelled(text, self.spelling)),
        });
        Redacted::made(escaped(&changed) + "\n")
    }

    /// An XML document that was written by our own writer: its texts and attributes are what people see.
    pub(crate) fn xml(&self, xml: &str) -> Redacted {
        Redacted::made(values::of_xml(xml, |text| self.kept_to_lines(text)))
    }

    /// A page that was written by our own template: its texts are what people see.
    pub(crate) fn html(&self, html: &str) -> Redacted {
        Redacted::made(values::of_html(html, |text| self.kept_to_lines(text)))
    }

    fn kept_to_lines(&self, text: &str) -> String {
        visible_lines(&self.kept(&spelled(text, self.spelling)))
    }

    fn kept(&self, text: &str) -> String {
        let looking = Looking {
            own_words: true,
            ..Looking::default()
        };
        self.forms.hide(text, MASK, looking)
    }

    /// The secret of that name.
    pub(crate) fn value_of(&self, name: &str) -> Option<&str> {
        let mut named = self.named.iter();
        named
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The names of the secrets that a text surely holds.
    pub fn named_in(&self, text: &str) -> impl Iterator<Item = &'static str> {
        self.named
            .iter()
            .filter(move |(_, value)| {
                value.len() >= PROVING_LENGTH && text.contains(value.as_str())
            })
            .map(|(name, _)| *name)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.named.iter().map(|(name, _)| name))
            .finish()
    }
}

/// A URL as reports show it: without user and password.
pub fn without_user(mut url: Url) -> Url {
    if url.password().is_some() || !url.username().is_empty() {
        // Neither can fail for http and https, which always have a host.
        let _ = url.set_password(None);
        let _ = url.set_username("");
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_every_secret_and_shows_none_in_debug() {
        let secrets = Secrets::new([
            ("Token", "abcabc"),
            ("EncodingAESKey", "abcabcdef"),
            ("none", ""),
        ]);
        assert_eq!(
            secrets.redact("x abcabcdef y abcabc"),
            "x [redacted] y [redacted]"
        );
        assert!(!format!("{secrets:?}").contains("abc"));
    }

    #[test]
    fn masks_what_a_target_repeats_of_a_signature_or_is_cut_off_in() {
        let secrets = Secrets::new([("Token", "myTokenOfNow")]);
        let signature = "0fb53e84b7ac7af5c3fcab6d2b3d1e3b4d1b7b6a";
        let page = format!(
            "GET /?signature={signature}&timestamp=1795000000&half={}",
            &signature[..20]
        );
        assert_eq!(
            secrets.redact_answer(&page),
            "GET /?signature=[redacted]&timestamp=1795000000&half=[redacted]"
        );
        for (text, shown) in [
            (
                "\\n0fb53e84b7ac7af5c3fcab6d2b3d1e3b4d1b7b6a",
                "\\n[redacted]",
            ),
            ("the myTokenOf…`", "the [redacted]…`"),
            ("the myT%6fkenO%6…`", "the [redacted]…`"),
            ("the bXlUb2tlbk9m…`", "the [redacted]…`"),
            ("sig=0fb53e84b7a…`", "sig=[redacted]…`"),
            ("\\n0fb53e84b7a…`", "\\n[redacted]…`"),
            // An openid at a cut.
            ("to oWXCK0fb53e84b7a…`", "to oWXCK0fb53e84b7a…`"),
        ] {
            assert_eq!(secrets.redact_answer(text), shown, "{text}");
        }
        let harmless = "oWXCK0fb53e84b7ac7af5c3fcab6, 12345678901234567890123, my…";
        assert_eq!(secrets.redact_answer(harmless), harmless);
    }

    #[test]
    fn a_document_stays_one_whatever_the_secret_reads_like() {
        let secrets = Secrets::new([("Token", "testcase"), ("AppSecret", "verdict")]);
        let json =
            secrets.json(&serde_json::json!({ "verdict": "no verdict ::a", "n": [1, null] }));
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(json.as_str()).unwrap(),
            serde_json::json!({ "verdict": "no [redacted] ::a", "n": [1, null] })
        );
        let xml = secrets.xml("<testcase name=\"a testcase\">\n&lt;testcase\u{1b}&gt;</testcase>");
        let wanted = "<testcase name=\"a [redacted]\">\n&lt;[redacted]\\u{1b}&gt;</testcase>";
        assert_eq!(xml.as_str(), wanted);
    }

    #[test]
    fn a_short_secret_leaves_our_own_words() {
        let secrets = Secrets::new([("Token", "mini")]);
        let page = "mini account of mini.example\n  token=mini `mini` minimal";
        assert_eq!(
            secrets.page(page).as_str(),
            "mini account of mini.example\n  token=[redacted] `[redacted]` minimal"
        );
        assert_eq!(
            secrets.render("mini: minimal").as_str(),
            "[redacted]: minimal"
        );
    }
}
