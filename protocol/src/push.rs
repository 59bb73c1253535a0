//! A whole push: the query and the body WeChat would send, in each mode and format. Documented: message push page.

use std::fmt::{self, Display, Write as _};
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::aes_key::EncodingAesKey;
use crate::message::Field;
use crate::xml::{CdataEnd, Layout};
use crate::{envelope, json, signature, xml};

/// The encryption mode, as the admin page calls it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The message in clear.
    Plain,
    /// The message in clear, and sealed beside it.
    Compat,
    /// The message sealed; only the receiver's name stays readable.
    Safe,
}

impl Mode {
    /// True if pushes of this mode carry an envelope and a `msg_signature`.
    pub fn seals(self) -> bool {
        self != Self::Plain
    }
}

impl Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Plain => "plain",
            Self::Compat => "compat",
            Self::Safe => "safe",
        })
    }
}

impl FromStr for Mode {
    type Err = UnknownChoice;

    fn from_str(text: &str) -> Result<Self, UnknownChoice> {
        match text {
            "plain" => Ok(Self::Plain),
            "compat" => Ok(Self::Compat),
            "safe" => Ok(Self::Safe),
            _ => Err(UnknownChoice {
                found: text.to_owned(),
                choices: "plain, compat, safe",
            }),
        }
    }
}

/// The data format, as the admin page calls it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// The only format of official accounts, and one of two for mini programs.
    Xml,
    /// Mini programs only.
    Json,
}

impl Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Xml => "xml",
            Self::Json => "json",
        })
    }
}

impl FromStr for Format {
    type Err = UnknownChoice;

    fn from_str(text: &str) -> Result<Self, UnknownChoice> {
        match text {
            "xml" => Ok(Self::Xml),
            "json" => Ok(Self::Json),
            _ => Err(UnknownChoice {
                found: text.to_owned(),
                choices: "xml, json",
            }),
        }
    }
}

/// The Content-Type that WeChat sends with JSON. Sightings disagree: SDKs expect the first (2022), the second was seen,
/// and Tencent's staff said that it stays (2018).
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
pub enum JsonType {
    /// `application/json`.
    #[default]
    #[serde(rename = "application/json")]
    Json,
    /// `text/xml`.
    #[serde(rename = "text/xml")]
    Xml,
}

impl Display for JsonType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Json => "application/json",
            Self::Xml => "text/xml",
        })
    }
}

impl FromStr for JsonType {
    type Err = UnknownChoice;

    fn from_str(text: &str) -> Result<Self, UnknownChoice> {
        match text {
            "application/json" => Ok(Self::Json),
            "text/xml" => Ok(Self::Xml),
            _ => Err(UnknownChoice {
                found: text.to_owned(),
                choices: "application/json, text/xml",
            }),
        }
    }
}

/// A word that names no mode, format or Content-Type.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{found:?} is none of {choices}")]
pub struct UnknownChoice {
    /// The word.
    pub found: String,
    /// The words there are.
    pub choices: &'static str,
}

/// The credentials on the admin page of an account. `Debug` shows the appid only.
#[derive(Clone)]
pub struct Credentials {
    /// The token both sides sign with.
    pub token: String,
    /// The account's appid, which stands in every envelope.
    pub appid: String,
    /// The key of compat and safe mode.
    pub key: Option<EncodingAesKey>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("appid", &self.appid)
            .finish_non_exhaustive()
    }
}

/// The parts that differ from one request to the next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stamp {
    /// Unix seconds. In captured requests: the message's CreateTime, or one second later.
    pub timestamp: u64,
    /// Decimal digits, at most ten, in every captured request; any string will do.
    pub nonce: String,
    /// The front of the envelope: 16 lower-case hex digits in captured requests.
    pub random: [u8; 16],
}

/// A request as WeChat would make it. It goes to the configured URL by POST.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Push {
    /// Query parameters in WeChat's order, not yet percent-encoded.
    pub query: Vec<(String, String)>,
    /// The body, in UTF-8.
    pub body: String,
    /// The envelope inside the body, where the mode has one.
    pub encrypt: Option<String>,
}

/// Writes a message and the request around it. With an `openid`, the query names the sender, as captured requests
/// do; the official plain-mode sample does not.
pub fn compose(
    mode: Mode,
    format: Format,
    credentials: &Credentials,
    stamp: &Stamp,
    openid: Option<&str>,
    message: &[Field],
) -> Result<Push, ComposeError> {
    let text = write_message(format, message, CdataEnd::Split);
    compose_text(mode, format, credentials, stamp, openid, message, text)
}

/// As [`compose`], around a message that is written already, rightly or wrongly. `clear` are the fields that stay
/// readable beside the envelope.
pub fn compose_text(
    mode: Mode,
    format: Format,
    credentials: &Credentials,
    stamp: &Stamp,
    openid: Option<&str>,
    clear: &[Field],
    text: String,
) -> Result<Push, ComposeError> {
    let timestamp = stamp.timestamp.to_string();
    let signature = signature::signature(&credentials.token, &timestamp, &stamp.nonce);
    let mut query = pairs([
        ("signature", signature.as_str()),
        ("timestamp", timestamp.as_str()),
        ("nonce", stamp.nonce.as_str()),
    ]);
    query.extend(openid.map(|openid| ("openid".to_owned(), openid.to_owned())));
    if !mode.seals() {
        return Ok(Push {
            query,
            body: text,
            encrypt: None,
        });
    }

    let key = credentials.key.as_ref().ok_or(ComposeError::NoKey)?;
    let encrypt = envelope::seal(key, &credentials.appid, &stamp.random, text.as_bytes());
    let msg_signature =
        signature::msg_signature(&credentials.token, &timestamp, &stamp.nonce, &encrypt);
    query.extend(pairs([
        ("encrypt_type", "aes"),
        ("msg_signature", msg_signature.as_str()),
    ]));
    Ok(Push {
        query,
        body: outer_body(mode, format, clear, &encrypt),
        encrypt: Some(encrypt),
    })
}

/// The reason why a push cannot be composed.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum ComposeError {
    /// The mode seals its messages, and the credentials hold no key.
    #[error("compat and safe mode need an EncodingAESKey")]
    NoKey,
}

/// The outer body around an `Encrypt` value. Of the `clear` fields, compat mode writes all and safe mode only
/// ToUserName, or AppId where there is none, as in notices to a third-party platform. Plain mode has no outer body and
/// is written as compat.
pub fn outer_body(mode: Mode, format: Format, clear: &[Field], encrypt: &str) -> String {
    let is_addressed = clear.iter().any(|field| field.name == "ToUserName");
    let addressee = if is_addressed { "ToUserName" } else { "AppId" };
    let stays = |field: &&Field| mode != Mode::Safe || field.name == addressee;
    let mut fields: Vec<Field> = clear.iter().filter(stays).cloned().collect();
    fields.push(Field::text("Encrypt", encrypt));
    match format {
        Format::Xml => xml::write(&fields, Layout::Indented, CdataEnd::Split),
        Format::Json => json::write(&fields),
    }
}

/// A message by itself: the body of plain mode, or what goes into an envelope.
pub fn write_message(format: Format, message: &[Field], cdata_end: CdataEnd) -> String {
    match format {
        Format::Xml => xml::write(message, Layout::Compact, cdata_end),
        Format::Json => json::write(message),
    }
}

/// The Content-Type WeChat sends with a body.
pub fn content_type(format: Format, of_json: JsonType) -> String {
    match format {
        Format::Xml => "text/xml".to_owned(),
        Format::Json => of_json.to_string(),
    }
}

/// The headers of cloud hosting, in place of a signature. WeChat's page has both spellings of the source, the first in
/// the text, the second in the sample; the page lists the others for all requests through cloud hosting.
pub fn cloud_hosting_headers(openid: &str, appid: &str) -> Vec<(&'static str, String)> {
    let hosted = [
        ("X-WX-SOURCE", "other".to_owned()),
        ("X-WX-SOURCES", "other".to_owned()),
        ("X-WX-APPID", appid.to_owned()),
        ("X-WX-ENV", "prod-0a1b2c3d4e5f".to_owned()),
        // An address for documentation, since those of WeChat change.
        ("X-Original-Forwarded-For", "203.0.113.7".to_owned()),
    ];
    // Nobody's pushes have no user. A UnionID looks like an openid.
    let unionid = || format!("oU{}", openid.chars().skip(2).collect::<String>());
    let user = (!openid.is_empty()).then(|| {
        [
            ("X-WX-OPENID", openid.to_owned()),
            ("X-WX-UNIONID", unionid()),
        ]
    });
    hosted
        .into_iter()
        .chain(user.into_iter().flatten())
        .collect()
}

/// The query of the GET by which WeChat checks a URL, in the order of the official sample. The same in every mode.
pub fn verify_query(token: &str, stamp: &Stamp, echostr: &str) -> Vec<(String, String)> {
    let timestamp = stamp.timestamp.to_string();
    let signature = signature::signature(token, &timestamp, &stamp.nonce);
    pairs([
        ("signature", signature.as_str()),
        ("echostr", echostr),
        ("timestamp", timestamp.as_str()),
        ("nonce", stamp.nonce.as_str()),
    ])
}

/// The bytes that are percent-encoded: all but letters, digits and `-._~`.
const ENCODED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A text as a piece of a path, a query or a fragment: a space as `%20`, a plus as `%2B`.
pub fn percent_encoded(text: &str) -> impl Display {
    utf8_percent_encode(text, &ENCODED)
}

/// A URL query, percent-encoded.
pub fn encode_query(pairs: &[(String, String)]) -> String {
    let mut query = String::new();
    for (name, value) in pairs {
        if !query.is_empty() {
            query.push('&');
        }
        let (name, value) = (percent_encoded(name), percent_encoded(value));
        // Writing to a String cannot fail.
        let _ = write!(query, "{name}={value}");
    }
    query
}

fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(key: Option<EncodingAesKey>) -> Credentials {
        Credentials {
            token: "t0ken".into(),
            appid: "wx0123456789abcdef".into(),
            key,
        }
    }

    fn stamp() -> Stamp {
        Stamp {
            timestamp: 1_700_000_001,
            nonce: "1234567890".into(),
            random: *b"fedcba9876543210",
        }
    }

    #[test]
    fn words_go_there_and_back() {
        for mode in [Mode::Plain, Mode::Compat, Mode::Safe] {
            assert_eq!(mode.to_string().parse(), Ok(mode));
            assert_eq!(serde_json::to_string(&mode).unwrap(), format!("\"{mode}\""));
        }
        for format in [Format::Xml, Format::Json] {
            assert_eq!(format.to_string().parse(), Ok(format));
            assert_eq!(
                serde_json::to_string(&format).unwrap(),
                format!("\"{format}\"")
            );
        }
        for of_json in [JsonType::Json, JsonType::Xml] {
            assert_eq!(of_json.to_string().parse(), Ok(of_json));
            let quoted = format!("\"{of_json}\"");
            assert_eq!(serde_json::to_string(&of_json).unwrap(), quoted);
        }
        let error = "Safe".parse::<Mode>().unwrap_err();
        assert_eq!(error.to_string(), "\"Safe\" is none of plain, compat, safe");
    }

    #[test]
    fn sealing_needs_a_key() {
        let compose = |mode| compose(mode, Format::Xml, &credentials(None), &stamp(), None, &[]);
        assert!(compose(Mode::Plain).is_ok());
        assert_eq!(compose(Mode::Compat), Err(ComposeError::NoKey));
        assert_eq!(compose(Mode::Safe), Err(ComposeError::NoKey));
    }

    #[test]
    fn openid_stands_before_the_encryption_parameters() {
        let key = EncodingAesKey::parse(&"A".repeat(43)).unwrap();
        let push = compose(
            Mode::Safe,
            Format::Json,
            &credentials(Some(key)),
            &stamp(),
            Some("oAAA"),
            &[],
        )
        .unwrap();
        let names: Vec<_> = push.query.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "signature",
                "timestamp",
                "nonce",
                "openid",
                "encrypt_type",
                "msg_signature"
            ]
        );
    }

    #[test]
    fn secrets_do_not_show() {
        let key = EncodingAesKey::parse(&"A".repeat(43)).unwrap();
        let shown = format!("{:?}", credentials(Some(key)));
        assert_eq!(shown, "Credentials { appid: \"wx0123456789abcdef\", .. }");
    }

    #[test]
    fn queries_are_percent_encoded() {
        let query = encode_query(&pairs([("echostr", "a b+c/=&你"), ("x-._~", "")]));
        assert_eq!(query, "echostr=a%20b%2Bc%2F%3D%26%E4%BD%A0&x-._~=");
    }
}
