//! Instructions for sending a request again by hand: a `curl` line that signs when pasted.
//!
//! A plain-mode signature is itself a credential, so none is ever written down: the line computes it
//! from `$WXCHECK_TOKEN`, over the time at which it is run.

use std::fmt::Write as _;

use wxcheck_mock_server::{Method, shell};
use wxcheck_protocol::{fetch::TimestampUnit, push::encode_query};

use crate::{shared_text::SharedText, step::Forgery};

/// Bodies longer than this make no pasteable line; `wxcheck replay` sends them.
const BODY_LIMIT: usize = 4 * 1024;

/// A request with its credentials left open.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Recipe {
    /// GET or POST.
    pub method: Method,
    /// The callback URL, without WeChat's parameters and without a password.
    pub url: String,
    /// WeChat's parameters, in order.
    pub params: Vec<Param>,
    /// The nonce; signatures cover it.
    pub nonce: String,
    /// The Content-Type of a push.
    pub content_type: Option<String>,
    /// Other headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body of a push.
    pub body: SharedText,
    /// True if curl sends the same bytes.
    pub pasteable: bool,
}

/// One parameter of the query.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: ParamValue,
}

impl Param {
    /// The same, where what it covers is a piece of the body, if it stands there.
    pub(crate) fn sharing(mut self, body: &SharedText) -> Self {
        if let ParamValue::Signature {
            over: Some(covered),
            ..
        } = &mut self.value
            && let Some(piece) = body.piece(covered)
        {
            *covered = piece;
        }
        self
    }
}

/// A literal, or a value that is computed when the line is run.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ParamValue {
    /// As it stands.
    Literal(String),
    /// The present time.
    Timestamp,
    /// The present time in that unit.
    TimestampIn(TimestampUnit),
    /// The fetch token of the user of that number.
    FetchToken(u8),
    /// A signature over token, timestamp and nonce, and over this `Encrypt` value if there is one.
    Signature {
        /// The `Encrypt` value that a `msg_signature` covers.
        over: Option<SharedText>,
        /// The forger's change to it.
        twist: Twist,
    },
}

/// The change that a forger makes to a signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Twist {
    /// Nothing.
    None,
    /// Another token.
    OtherToken,
    /// The last hex digit changed.
    LastDigit,
    /// Only the first twenty digits.
    FirstHalf,
    /// Computed over [`CAPTURED_NONCE`] in place of the request's own.
    OtherNonce,
}

/// The nonce of the query from which a replayed ciphertext is said to come.
pub const CAPTURED_NONCE: &str = "1320562132";

/// Put in front of the token to make another one.
pub const OTHER_TOKEN_PREFIX: &str = "not-";

/// The last digit of a signature changed: each hex digit's highest bit is flipped.
pub fn change_last_digit(signature: &str) -> String {
    let mut digits: Vec<char> = signature.chars().collect();
    if let Some(last) = digits.last_mut() {
        let value = last.to_digit(16).unwrap_or(0) ^ 8;
        *last = char::from_digit(value, 16).unwrap_or('0');
    }
    digits.into_iter().collect()
}

impl Recipe {
    /// The change that a forger made to the signature parameter of that name.
    pub fn forgery_of(&self, name: &str) -> Forgery {
        let named = |name| self.params.iter().find(|param| param.name == name);
        for forgery in [Forgery::NoTimestamp, Forgery::NoNonce] {
            if forgery.left_out().is_some_and(|name| named(name).is_none()) {
                return forgery;
            }
        }
        let signature = named(name);
        match signature.map(|param| &param.value) {
            None => Forgery::Missing,
            Some(
                ParamValue::Literal(_)
                | ParamValue::Timestamp
                | ParamValue::TimestampIn(_)
                | ParamValue::FetchToken(_),
            ) => Forgery::Empty,
            Some(ParamValue::Signature { twist, .. }) => match twist {
                Twist::OtherToken => Forgery::OtherToken,
                Twist::FirstHalf => Forgery::Truncated,
                Twist::None | Twist::LastDigit | Twist::OtherNonce => Forgery::Altered,
            },
        }
    }

    /// True if the query has a parameter of that name.
    pub fn names(&self, name: &str) -> bool {
        self.params.iter().any(|param| param.name == name)
    }

    /// A line for bash or zsh that signs with `$WXCHECK_TOKEN` and sends. `None` for a body that is
    /// too long to paste or holds a zero byte, and for what curl does not send.
    pub fn curl(&self) -> Option<String> {
        if self.body.len() > BODY_LIMIT || self.body.contains('\0') || !self.pasteable {
            return None;
        }
        let mut line = String::new();
        let mut query: Vec<String> = Vec::new();
        // curl encodes these by itself and puts them behind the others.
        let mut encoded = String::new();
        let mut signatures = 0;
        if self
            .params
            .iter()
            .any(|param| !matches!(param.value, ParamValue::Literal(_)))
        {
            line.push_str("t=$(date +%s); ");
        }
        for param in &self.params {
            let value = match &param.value {
                ParamValue::Literal(text) => {
                    query.push(shell::in_double_quotes(&encode_query(&[(
                        param.name.to_owned(),
                        text.clone(),
                    )])));
                    continue;
                }
                ParamValue::Timestamp | ParamValue::TimestampIn(TimestampUnit::Seconds) => {
                    "$t".to_owned()
                }
                ParamValue::TimestampIn(TimestampUnit::Milliseconds) => "${t}000".to_owned(),
                ParamValue::FetchToken(user) => {
                    let number = match user {
                        0 => String::new(),
                        user => format!("_{}", user + 1),
                    };
                    let _ = write!(
                        encoded,
                        " -G --data-urlencode \"{}=$WXCHECK_FETCH_TOKEN{number}\"",
                        param.name
                    );
                    continue;
                }
                ParamValue::Signature { over, twist } => {
                    signatures += 1;
                    let name = format!("s{signatures}");
                    self.sign(&mut line, &name, over.as_deref(), *twist);
                    match twist {
                        Twist::FirstHalf => format!("${{{name}:0:20}}"),
                        Twist::None | Twist::OtherToken | Twist::LastDigit | Twist::OtherNonce => {
                            format!("${name}")
                        }
                    }
                }
            };
            query.push(format!("{}={value}", param.name));
        }
        let joint = match (self.params.is_empty(), self.url.contains('?')) {
            (true, _) => "",
            (false, true) => "&",
            (false, false) => "?",
        };
        let method = match self.method {
            Method::Get => "",
            Method::Post => "-X POST ",
        };
        let _ = write!(
            line,
            "curl -sS -g -i --max-time 5 {method}-A Mozilla/4.0 \"{}{joint}{}\"",
            shell::in_double_quotes(&self.url),
            query.join("&")
        );
        line.push_str(&encoded);
        if self.method == Method::Post {
            let content_type = self.content_type.as_deref().unwrap_or_default();
            let _ = write!(
                line,
                " -H {} --data-binary {}",
                shell::word(&format!("Content-Type: {content_type}")),
                shell::word(&self.body)
            );
        }
        for (name, value) in &self.headers {
            let _ = write!(line, " -H {}", shell::word(&format!("{name}: {value}")));
        }
        Some(line)
    }

    fn sign(&self, line: &mut String, name: &str, over: Option<&str>, twist: Twist) {
        let prefix = match twist {
            Twist::OtherToken => OTHER_TOKEN_PREFIX,
            Twist::None | Twist::LastDigit | Twist::FirstHalf | Twist::OtherNonce => "",
        };
        let nonce = if twist == Twist::OtherNonce {
            CAPTURED_NONCE
        } else {
            &self.nonce
        };
        let token = format!("{prefix}$WXCHECK_TOKEN");
        line.push_str(&shell::signature(name, &token, nonce, over));
        if twist == Twist::LastDigit {
            let _ = write!(
                line,
                "{name}=${{{name}:0:39}}$(printf %s \"${{{name}:39}}\" | tr 0123456789abcdef 89abcdef01234567); "
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_signs_when_run_and_holds_no_signature() {
        let recipe = Recipe {
            method: Method::Post,
            url: "http://127.0.0.1:1/wechat".into(),
            params: vec![
                Param {
                    name: "signature",
                    value: ParamValue::Signature {
                        over: None,
                        twist: Twist::None,
                    },
                },
                Param {
                    name: "timestamp",
                    value: ParamValue::Timestamp,
                },
                Param {
                    name: "nonce",
                    value: ParamValue::Literal("1234567890".into()),
                },
            ],
            nonce: "1234567890".into(),
            content_type: Some("text/xml".into()),
            headers: Vec::new(),
            body: "<xml>it's\n</xml>".into(),
            pasteable: true,
        };
        let line = recipe.curl().unwrap();
        assert!(line.contains("$WXCHECK_TOKEN"), "{line}");
        assert!(
            line.contains("signature=$s1&timestamp=$t&nonce=1234567890"),
            "{line}"
        );
        assert!(line.contains(r"$'<xml>it\'s\n</xml>'"), "{line}");
        let long = Recipe {
            body: "x".repeat(BODY_LIMIT + 1).into(),
            ..recipe
        };
        assert_eq!(long.curl(), None);
    }

    #[test]
    fn a_changed_digit_is_another_digit() {
        assert_eq!(change_last_digit("ab0"), "ab8");
        assert_eq!(change_last_digit("abf"), "ab7");
    }
}
