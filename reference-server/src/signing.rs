//! Signatures as beginners compute them: for each mistake, the text that is hashed and how the hash is written.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use crate::check::Sort;
use crate::query::Query;
use crate::settings::Settings;
use crate::time_and_random::now;

/// The way to compute the signature of the GET.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Signing {
    /// As documented, but for the sort.
    #[default]
    Documented,
    /// With this in front of the Token and that behind it.
    TokenWithin(&'static str, &'static str),
    /// With the Token in lower case.
    TokenLower,
    /// With another word in place of the Token.
    TokenWord(&'static str),
    /// With the appid in place of the Token.
    TokenIsAppid,
    /// With the Token decoded from the query's encoding.
    TokenDecoded,
    /// With the Token that the query names.
    TokenOfQuery,
    /// Over token, timestamp and nonce in this order.
    Fixed([usize; 3]),
    /// Sorted backwards.
    Reversed,
    /// Over the sorted characters of all three.
    Characters,
    /// With that between the sorted strings.
    Joined(&'static str),
    /// Over names and values.
    KeyValue,
    /// Over the list as Python writes it.
    PythonList,
    /// Over the list as JSON.
    JsonList,
    /// MD5.
    Md5,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
    /// HMAC-SHA1 with the Token as key.
    Hmac,
    /// SHA-1 of UTF-16.
    Utf16,
    /// In upper case.
    Upper,
    /// As Base64.
    Base64,
    /// The first 32 digits.
    Cut,
    /// As Python shows bytes.
    Bytes,
    /// With echostr as a fourth string.
    Echostr,
    /// Without the timestamp.
    NoTimestamp,
    /// Without the nonce.
    NoNonce,
    /// With echostr in place of the nonce.
    EchostrForNonce,
    /// With the word `undefined` in place of the nonce.
    UndefinedNonce,
    /// With the timestamp in milliseconds.
    Milliseconds,
    /// With the server's own time.
    OwnClock,
    /// Joined as they come, with MD5: two mistakes at once.
    UnsortedMd5,
}

impl Signing {
    /// The signature that the server expects.
    pub(crate) fn signature(
        self,
        sort: Sort,
        settings: &Settings,
        query: &Query,
        [timestamp, nonce, echostr]: [&str; 3],
    ) -> String {
        let token = settings.token.as_str();
        let sha1 = sha1_of;
        let sorted = |mut parts: Vec<String>| {
            parts.sort_unstable();
            parts
        };
        let owned =
            |parts: &[&str]| -> Vec<String> { parts.iter().map(ToString::to_string).collect() };
        let usual = sorted(owned(&[token, timestamp, nonce]));
        let with_token = |token: &str| sha1(&sorted(owned(&[token, timestamp, nonce])).concat());
        match self {
            Self::Documented => sort.signature(token, timestamp, nonce),
            Self::TokenWithin(before, behind) => with_token(&format!("{before}{token}{behind}")),
            Self::TokenLower => with_token(&token.to_lowercase()),
            Self::TokenWord(word) => with_token(word),
            Self::TokenIsAppid => with_token(&settings.appid),
            Self::TokenDecoded => with_token(&token.replace('+', " ")),
            Self::TokenOfQuery => with_token(query.or_empty("token")),
            Self::Fixed(places) => {
                let parts = [token, timestamp, nonce];
                sha1(&places.map(|place| parts[place]).concat())
            }
            Self::Reversed => sha1(&usual.into_iter().rev().collect::<String>()),
            Self::Characters => {
                let mut characters: Vec<char> = usual.concat().chars().collect();
                characters.sort_unstable();
                sha1(&characters.into_iter().collect::<String>())
            }
            Self::Joined(between) => sha1(&usual.join(between)),
            Self::KeyValue => sha1(&format!(
                "nonce={nonce}&timestamp={timestamp}&token={token}"
            )),
            Self::PythonList => sha1(&format!("['{}']", usual.join("', '"))),
            Self::JsonList => sha1(&format!("[\"{}\"]", usual.join("\",\""))),
            Self::Md5 => hex(&Md5::digest(usual.concat().as_bytes())),
            Self::UnsortedMd5 => hex(&Md5::digest([token, timestamp, nonce].concat().as_bytes())),
            Self::Sha256 => hex(&Sha256::digest(usual.concat().as_bytes())),
            Self::Sha512 => hex(&Sha512::digest(usual.concat().as_bytes())),
            Self::Hmac => {
                // A key of any length will do.
                let mac = Hmac::<Sha1>::new_from_slice(token.as_bytes());
                mac.map_or_else(
                    |_| String::new(),
                    |mut mac| {
                        mac.update(usual.concat().as_bytes());
                        hex(&mac.finalize().into_bytes())
                    },
                )
            }
            Self::Utf16 => {
                let units: Vec<u8> = usual
                    .concat()
                    .encode_utf16()
                    .flat_map(u16::to_le_bytes)
                    .collect();
                hex(&Sha1::digest(units))
            }
            Self::Upper => sha1(&usual.concat()).to_uppercase(),
            Self::Base64 => BASE64_STANDARD.encode(Sha1::digest(usual.concat().as_bytes())),
            Self::Cut => sha1(&usual.concat()).chars().take(32).collect(),
            Self::Bytes => format!("b'{}'", sha1(&usual.concat())),
            Self::Echostr => sha1(&sorted(owned(&[token, timestamp, nonce, echostr])).concat()),
            Self::NoTimestamp => sha1(&sorted(owned(&[token, nonce])).concat()),
            Self::NoNonce => sha1(&sorted(owned(&[token, timestamp])).concat()),
            Self::EchostrForNonce => sha1(&sorted(owned(&[token, timestamp, echostr])).concat()),
            Self::UndefinedNonce => sha1(&sorted(owned(&[token, timestamp, "undefined"])).concat()),
            Self::Milliseconds => {
                let millis = format!("{timestamp}000");
                sha1(&sorted(owned(&[token, &millis, nonce])).concat())
            }
            Self::OwnClock => {
                let own = now().as_secs().to_string();
                sha1(&sorted(owned(&[token, &own, nonce])).concat())
            }
        }
    }
}

/// The SHA-1 of a text in hex.
pub(crate) fn sha1_of(text: &str) -> String {
    hex(&Sha1::digest(text.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}
