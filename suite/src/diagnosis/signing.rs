//! Signatures as wrong servers compute them: the documented way with single decisions replaced.

use std::fmt::Write as _;

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha512};

use super::known::Known;

/// A way to compute a signature. The default is the documented one.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Signing {
    pub(super) token: Token,
    pub(super) parts: Parts,
    pub(super) order: Order,
    pub(super) joint: Joint,
    pub(super) hash: Hash,
    pub(super) output: Output,
    pub(super) time: Time,
}

/// The Token that is signed with.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Token {
    #[default]
    Configured,
    /// With something in front and behind.
    Within(&'static str, &'static str),
    Lower,
    Upper,
    Appid,
    Secret,
    AesKey,
    Decoded,
    /// Another word.
    Word(&'static str),
}

/// The strings that go into the hash.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Parts {
    #[default]
    All,
    Echostr,
    /// The user whom the query of a push names.
    Openid,
    NoTimestamp,
    NoNonce,
    /// A string of that name stands where one of the other name belongs: `echostr`, `nonce`, `timestamp`.
    Mixed {
        wrong: &'static str,
        right: &'static str,
    },
    /// A word stands in the place of a value.
    Word {
        word: &'static str,
        right: &'static str,
    },
}

/// Their order.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Order {
    #[default]
    Sorted,
    /// Fixed: places in the list token, timestamp, nonce.
    Fixed([usize; 3]),
    Numeric,
    Reversed,
    Characters,
    /// As documented, but `B` behind `a`. Only a ciphertext shows it: digits stand in front of all letters either way.
    WithoutCase,
}

/// The text that stands between them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Joint {
    #[default]
    Nothing,
    Text(&'static str),
    KeyValue,
    PythonList,
    JsonArray,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Hash {
    #[default]
    Sha1,
    Md5,
    Sha256,
    Sha512,
    /// With the Token as key, over all three strings.
    HmacOfAll,
    /// With the Token as key, over the other two.
    HmacOfOthers,
    HmacSha256,
    Utf16,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Output {
    #[default]
    Hex,
    Upper,
    Base64,
    Cut(usize),
    Bytes,
}

/// The timestamp that is signed, beside the one that is sent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Time {
    #[default]
    Sent,
    Milliseconds,
}

/// The values of one request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Stamp {
    pub(super) timestamp: String,
    pub(super) nonce: String,
    pub(super) echostr: String,
    /// The ciphertext that a `msg_signature` covers.
    pub(super) encrypt: Option<String>,
}

impl Stamp {
    /// The user who writes.
    pub(super) fn openid(&self) -> String {
        let echostr = self.echostr.get(..13).unwrap_or(&self.echostr);
        format!("oWXCK{}{echostr}", self.nonce)
    }
}

impl Signing {
    /// The signature of a request; `None` where this way makes no difference or cannot be gone.
    pub(super) fn sign(&self, known: &Known, stamp: &Stamp) -> Option<String> {
        let token = self.token(known)?;
        let timestamp = match self.time {
            Time::Sent => stamp.timestamp.clone(),
            Time::Milliseconds => format!("{}000", stamp.timestamp),
        };
        let mut parts = self.parts(token.clone(), timestamp, stamp);
        if let (Hash::HmacOfOthers | Hash::HmacSha256, false) = (self.hash, parts.is_empty()) {
            parts.remove(0);
        }
        let text = self.joined(&self.ordered(parts), stamp);
        let digest = match self.hash {
            Hash::Sha1 => Sha1::digest(text.as_bytes()).to_vec(),
            Hash::Md5 => Md5::digest(text.as_bytes()).to_vec(),
            Hash::Sha256 => Sha256::digest(text.as_bytes()).to_vec(),
            Hash::Sha512 => Sha512::digest(text.as_bytes()).to_vec(),
            Hash::Utf16 => {
                let units = text.encode_utf16().flat_map(u16::to_le_bytes);
                Sha1::digest(units.collect::<Vec<u8>>()).to_vec()
            }
            Hash::HmacOfAll | Hash::HmacOfOthers => {
                let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).ok()?;
                mac.update(text.as_bytes());
                mac.finalize().into_bytes().to_vec()
            }
            Hash::HmacSha256 => {
                let mut mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).ok()?;
                mac.update(text.as_bytes());
                mac.finalize().into_bytes().to_vec()
            }
        };
        Some(self.written(&digest))
    }

    fn token(&self, known: &Known) -> Option<String> {
        let token = known.token.as_str();
        Some(match self.token {
            Token::Configured => token.to_owned(),
            Token::Within(before, behind) => format!("{before}{token}{behind}"),
            Token::Lower => Some(token.to_lowercase()).filter(|other| other != token)?,
            Token::Upper => Some(token.to_uppercase()).filter(|other| other != token)?,
            Token::Appid => known.appid.clone()?,
            Token::Secret => known.secret.clone()?,
            Token::AesKey => known.aes_key.clone()?,
            Token::Decoded => Some(percent_decoded(token)).filter(|other| other != token)?,
            Token::Word(word) => Some(word.to_owned()).filter(|other| other != token)?,
        })
    }

    fn parts(&self, token: String, timestamp: String, stamp: &Stamp) -> Vec<String> {
        let nonce = stamp.nonce.clone();
        let value = |name: &str| match name {
            "echostr" => stamp.echostr.clone(),
            "nonce" => nonce.clone(),
            _ => timestamp.clone(),
        };
        let mut parts = match self.parts {
            Parts::All => vec![token, timestamp, nonce],
            Parts::Echostr => vec![token, timestamp, nonce, stamp.echostr.clone()],
            Parts::Openid => vec![token, timestamp, nonce, stamp.openid()],
            Parts::NoTimestamp => vec![token, nonce],
            Parts::NoNonce => vec![token, timestamp],
            Parts::Mixed { wrong, right } => {
                let of = |name: &str| value(if name == right { wrong } else { name });
                vec![token, of("timestamp"), of("nonce")]
            }
            Parts::Word { word, right } => {
                let of = |name: &str| {
                    if name == right {
                        word.to_owned()
                    } else {
                        value(name)
                    }
                };
                vec![token, of("timestamp"), of("nonce")]
            }
        };
        parts.extend(stamp.encrypt.clone());
        parts
    }

    fn ordered(&self, mut parts: Vec<String>) -> Vec<String> {
        match self.order {
            Order::Sorted | Order::Characters => parts.sort_unstable(),
            Order::WithoutCase => parts.sort_by_key(|part| part.to_lowercase()),
            Order::Reversed => {
                parts.sort_unstable();
                parts.reverse();
            }
            // What is no number stands behind the numbers.
            Order::Numeric => {
                parts.sort_by_key(|part| (part.parse().unwrap_or(u64::MAX), part.clone()));
            }
            Order::Fixed(places) => {
                let rest = parts.split_off(parts.len().min(3));
                let fixed = places.iter().filter_map(|place| parts.get(*place).cloned());
                parts = fixed.chain(rest).collect();
            }
        }
        parts
    }

    fn joined(&self, parts: &[String], stamp: &Stamp) -> String {
        let text = match self.joint {
            Joint::Nothing => parts.concat(),
            Joint::Text(between) => parts.join(between),
            Joint::KeyValue => {
                let named = |part: &String| match part {
                    part if *part == stamp.timestamp => format!("timestamp={part}"),
                    part if *part == stamp.nonce => format!("nonce={part}"),
                    part => format!("token={part}"),
                };
                let mut named: Vec<String> = parts.iter().map(named).collect();
                named.sort_unstable();
                named.join("&")
            }
            Joint::PythonList => format!("['{}']", parts.join("', '")),
            Joint::JsonArray => format!("[\"{}\"]", parts.join("\",\"")),
        };
        if self.order == Order::Characters {
            let mut characters: Vec<char> = text.chars().collect();
            characters.sort_unstable();
            return characters.into_iter().collect();
        }
        text
    }

    fn written(&self, digest: &[u8]) -> String {
        let hex = digest.iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        match self.output {
            Output::Hex => hex,
            Output::Upper => hex.to_uppercase(),
            Output::Base64 => BASE64_STANDARD.encode(digest),
            Output::Cut(length) => hex.chars().take(length).collect(),
            Output::Bytes => format!("b'{hex}'"),
        }
    }
}

/// The text after a second decoding.
fn percent_decoded(text: &str) -> String {
    let pair = format!("t={text}");
    let mut pairs = url::form_urlencoded::parse(pair.as_bytes());
    pairs
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use wxcheck_protocol::signature::{msg_signature, signature};

    use super::*;

    fn known() -> Known {
        Known::of_token("AAAAA")
    }

    fn stamp() -> Stamp {
        Stamp {
            timestamp: "1714036504".into(),
            nonce: "1514711492".into(),
            echostr: "1".into(),
            encrypt: None,
        }
    }

    #[test]
    fn the_default_is_the_documented_signature() {
        let signing = Signing::default();
        let expected = signature("AAAAA", "1714036504", "1514711492");
        assert_eq!(signing.sign(&known(), &stamp()), Some(expected));
        let sealed = Stamp {
            encrypt: Some("x==".into()),
            ..stamp()
        };
        let expected = msg_signature("AAAAA", "1714036504", "1514711492", "x==");
        assert_eq!(signing.sign(&known(), &sealed), Some(expected));
    }

    #[test]
    fn hashes_are_those_of_the_libraries() {
        let of = |hash| {
            let signing = Signing {
                hash,
                ..Signing::default()
            };
            signing.sign(&known(), &stamp()).unwrap()
        };
        // As md5sum, sha256sum and openssl make them of 15147114921714036504AAAAA.
        let lengths =
            [Hash::Md5, Hash::Sha256, Hash::Sha512, Hash::HmacOfAll].map(|hash| of(hash).len());
        assert_eq!(lengths, [32, 64, 128, 40]);
        assert_ne!(of(Hash::HmacOfAll), of(Hash::HmacOfOthers));
    }
}
