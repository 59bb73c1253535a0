//! The texts that people paste: the URL or the query of a push, and its body. And the steps of working it out, as numbered lines.

use std::{
    fmt::{Display, Write as _},
    io::Read as _,
    path::Path,
};

use anyhow::Result;
use url::form_urlencoded;
use wxcheck_protocol::{
    json,
    message::{Field, Value, scalar_of},
    xml,
};
use wxcheck_suite::{doctor::Bilingual, redact::Redacted};

use crate::{
    exit::usage,
    language::{Language, both},
    settings, terminal,
};

/// The longest body that is read, in bytes.
const BODY_BYTES: usize = 1024 * 1024;
/// The sign in place of a Token.
pub(crate) const MASKED: &str = "***";

/// The query of a push.
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a URL, a query, or the first line of a request as it stands in a log.
    pub(crate) fn of(text: &str) -> Self {
        let mut words = text.split_whitespace();
        let word = words.find(|word| word.contains('='));
        let word = word.unwrap_or_default().trim_matches(['"', '\'']);
        let query = word.split_once('?').map_or(word, |(_, query)| query);
        let query = query.split('#').next().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes());
        Self(pairs.into_owned().collect())
    }

    /// The value of a parameter, unless it is empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }
}

/// The text of a file; `-` is standard input.
pub(crate) fn read(path: &Path) -> Result<String> {
    if path.as_os_str() != "-" {
        return settings::read_text(path, BODY_BYTES);
    }
    let mut text = String::new();
    let limit = u64::try_from(BODY_BYTES).unwrap_or(u64::MAX);
    let read = std::io::stdin().take(limit).read_to_string(&mut text);
    read.map_err(|error| {
        usage(both!(
            "standard input: {error}",
            "标准输入：{error}",
            error = error
        ))
    })?;
    Ok(text)
}

/// The reason that a body shows no Encrypt.
#[derive(Debug)]
pub(crate) enum NoEncrypt {
    /// It begins as XML or JSON does, and is none.
    Unreadable {
        format: &'static str,
        error: Bilingual,
    },
    /// There is none in it, or no body at all.
    Absent(Bilingual),
}

impl NoEncrypt {
    fn unreadable(format: &'static str, error: &impl ToString) -> Self {
        let error = error.to_string().into();
        Self::Unreadable { format, error }
    }

    /// The error of a command that has no use for such a body.
    pub(crate) fn of_usage(self) -> anyhow::Error {
        usage(match self {
            Self::Absent(told) => told,
            Self::Unreadable {
                format,
                error: Bilingual { en, zh },
            } => Bilingual {
                en: format!("the body is no {format}: {en}"),
                zh: format!("请求体不是 {format}：{zh}"),
            },
        })
    }
}

/// The Encrypt of a body in XML or JSON; a text that is neither is taken for it.
pub(crate) fn encrypt_of(body: &str) -> Result<String, NoEncrypt> {
    let body = body.trim_start_matches('\u{feff}').trim();
    let absent = |en: &str, zh: &str| NoEncrypt::Absent((en, zh).into());
    let fields: Vec<Field> = match body.chars().next() {
        Some('<') => {
            let document = xml::read(body).map_err(|error| NoEncrypt::unreadable("XML", &error))?;
            document.root.fields()
        }
        Some('{') => match json::read(body) {
            Ok(Value::Group(fields)) => fields,
            Ok(_) => Vec::new(),
            Err(error) => return Err(NoEncrypt::unreadable("JSON", &error)),
        },
        Some(_) => return Ok(body.to_owned()),
        None => {
            return Err(absent(
                "there is no body; give the file of one, or paste it and end it with Ctrl-D",
                "没有请求体；请给出文件，或粘贴内容后按 Ctrl-D 结束",
            ));
        }
    };
    let encrypt = scalar_of(&fields, "Encrypt");
    encrypt.map(std::borrow::Cow::into_owned).ok_or_else(|| {
        absent(
            "the body has no Encrypt: what is pushed in plain mode is not sealed, and there is nothing to open",
            "请求体中没有 Encrypt：明文模式的推送没有加密，不需要解密",
        )
    })
}

/// Numbered lines.
pub(crate) struct Steps {
    pub(crate) text: String,
    pub(crate) lang: Language,
    number: usize,
}

impl Steps {
    /// No lines yet, below a title.
    pub(crate) fn below(title: &str, lang: Language) -> Self {
        Self {
            text: format!("{title}\n"),
            lang,
            number: 0,
        }
    }

    /// The next step.
    pub(crate) fn step(&mut self, (en, zh): (&str, &str), said: impl Display) {
        self.number += 1;
        let number = format!("{}.", self.number);
        self.line(&number, self.lang.of(en, zh), &said);
    }

    /// More about the step before.
    pub(crate) fn more(&mut self, (en, zh): (&str, &str), said: impl Display) {
        self.line("", self.lang.of(en, zh), &said);
    }

    /// The end: what came out.
    pub(crate) fn end(&mut self, said: impl Display) {
        let _ = writeln!(self.text, "{said}");
    }

    fn line(&mut self, number: &str, label: &str, said: &dyn Display) {
        let pad = " ".repeat(16_usize.saturating_sub(terminal::width(label)));
        let said = said.to_string();
        let mut lines = said.lines();
        let first = lines.next().unwrap_or_default();
        let _ = writeln!(self.text, "  {number:<3} {label}{pad} {first}");
        for line in lines {
            let _ = writeln!(self.text, "  {:<3} {:16} {line}", "", "");
        }
    }
}

/// Bytes as people read them: text where they are plain letters, else hex.
pub(crate) fn visible(bytes: &[u8]) -> String {
    if bytes.iter().all(u8::is_ascii_graphic) {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The text for a terminal. Whoever works a signature out is to see it: only what signs it is masked.
pub(crate) fn page(settings: &wxcheck_settings::Settings, text: &str) -> Redacted {
    settings.secrets().page(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_from_a_url_from_a_log_or_by_itself() {
        for text in [
            "https://api.example.com/wechat?timestamp=1&nonce=a%2Bb#top",
            "timestamp=1&nonce=a%2Bb",
            "POST /wechat?timestamp=1&nonce=a%2Bb HTTP/1.1",
            "\"POST /wechat?timestamp=1&nonce=a%2Bb HTTP/1.1\" 200",
        ] {
            let query = Query::of(text);
            assert_eq!(query.get("timestamp"), Some("1"), "{text}");
            assert_eq!(query.get("nonce"), Some("a+b"), "{text}");
            assert_eq!(query.get("signature"), None, "{text}");
        }
    }

    #[test]
    fn an_envelope_is_found_in_both_formats_and_by_itself() {
        for body in [
            "<xml><ToUserName>a</ToUserName><Encrypt><![CDATA[abc=]]></Encrypt></xml>",
            "\u{feff}{\"ToUserName\":\"a\",\"Encrypt\":\"abc=\"}\n",
            " abc= \n",
        ] {
            assert_eq!(encrypt_of(body).unwrap(), "abc=");
        }
        for body in [
            "",
            "<xml><Content>a</Content></xml>",
            "{\"a\":1}",
            "<xml>",
            "{",
        ] {
            assert!(encrypt_of(body).is_err(), "{body}");
        }
    }
}
