//! The signing and sealing of requests, true or with exactly one thing changed, as data.

use serde::{Deserialize, Serialize};

use crate::claim::Claim;

/// The signature of a request that has one to check.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Forgery {
    /// Computed with another token.
    OtherToken,
    /// One hex digit changed.
    Altered,
    /// Present, with an empty value.
    Empty,
    /// Only the first half.
    Truncated,
    /// The parameter is left out.
    Missing,
    /// Computed with another token, and the timestamp is left out.
    NoTimestamp,
    /// Computed with another token, and the nonce is left out.
    NoNonce,
}

impl Forgery {
    /// Every forgery.
    pub const ALL: [Self; 7] = [
        Self::OtherToken,
        Self::Altered,
        Self::Empty,
        Self::Truncated,
        Self::Missing,
        Self::NoTimestamp,
        Self::NoNonce,
    ];

    /// The claim of each.
    pub const CLAIMS: &[Claim] = &[
        Self::OtherToken.claim(),
        Self::Altered.claim(),
        Self::Empty.claim(),
        Self::Truncated.claim(),
        Self::Missing.claim(),
        Self::NoTimestamp.claim(),
        Self::NoNonce.claim(),
    ];

    /// The claim that a server taken in by it breaks.
    pub const fn claim(self) -> Claim {
        match self {
            Self::OtherToken => "other-token",
            Self::Altered => "altered",
            Self::Empty => "empty",
            Self::Truncated => "truncated",
            Self::Missing => "missing",
            Self::NoTimestamp => "no-timestamp",
            Self::NoNonce => "no-nonce",
        }
    }

    /// The parameter that is left out as well.
    pub const fn left_out(self) -> Option<&'static str> {
        match self {
            Self::NoTimestamp => Some("timestamp"),
            Self::NoNonce => Some("nonce"),
            _ => None,
        }
    }
}

/// The signing and sealing of a push: true, or with exactly one thing changed.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signing {
    /// As WeChat does.
    #[default]
    True,
    /// The signature that counts in the mode is forged: `signature` in plain mode, else `msg_signature`.
    Forged(Forgery),
    /// `msg_signature` holds the value of `signature`.
    SignatureAsMsgSignature,
    /// A sealed body with the `msg_signature` it had under another nonce, beside a valid `signature`:
    /// a captured ciphertext under another query. The server has never seen it, so that no
    /// deduplication can hide whether it is taken.
    Replayed,
    /// Sealed for another appid, otherwise true.
    ForeignAppid(ForeignAppid),
    /// Neither signature is valid.
    Unsigned(Unsigned),
    /// In safe mode: a clear body with a valid `signature` and nothing sealed.
    ClearInSafeMode,
    /// A clear body beside `encrypt_type=raw`, which says that nothing is encrypted.
    Raw {
        /// True if `signature` is valid.
        signed: bool,
    },
    /// The URL as it is configured, without any of WeChat's parameters.
    NoQuery {
        /// True if the body is sealed.
        sealed: bool,
    },
    /// In compat mode: the clear copy has another Content than the sealed one, and another sender.
    ClearCopyChanged(String),
    /// The body is damaged.
    Damaged {
        /// The part that is broken.
        damage: Damage,
        /// True if the signatures are made valid over what is sent.
        signed: bool,
    },
}

/// An appid that is not the account's, in ways a loose comparison takes for it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForeignAppid {
    /// Another one.
    Other,
    /// The account's own appid and more behind it.
    Longer,
    /// The account's own appid and something in front of it.
    Prefixed,
    /// The beginning of the account's own appid.
    Shorter,
    /// None.
    Empty,
}

impl ForeignAppid {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Other,
        Self::Longer,
        Self::Prefixed,
        Self::Shorter,
        Self::Empty,
    ];

    /// The appid in place of this one.
    pub fn of(self, own: &str) -> String {
        match self {
            Self::Other => "wxffffffffffffffff".to_owned(),
            Self::Longer => format!("{own}0"),
            Self::Prefixed => format!("0{own}"),
            Self::Shorter => own.chars().take(6).collect(),
            Self::Empty => String::new(),
        }
    }
}

/// A push in which neither signature is valid.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Unsigned {
    /// In place of `signature`.
    pub signature: Lack,
    /// In place of `msg_signature`.
    pub msg_signature: Lack,
    /// True if `encrypt_type=aes` is sent.
    pub encrypt_type: bool,
    /// True if the body is sealed.
    pub sealed: bool,
}

/// The value that stands where a signature should.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lack {
    /// No such parameter.
    Absent,
    /// An empty value.
    Empty,
    /// Forty zeros.
    Wrong,
}

/// The part that is broken in a damaged push.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Damage {
    /// A byte in the middle of the ciphertext is changed.
    CiphertextTampered,
    /// The ciphertext ends in the middle of a block.
    CiphertextTruncated,
    /// `Encrypt` is empty.
    CiphertextEmpty,
    /// `Encrypt` is not base64.
    CiphertextNotBase64,
    /// The padding bytes are 0.
    PaddingZero,
    /// The frame's length field is larger than the frame.
    LengthTooLarge,
    /// The outer body ends in its middle.
    BodyCutShort,
    /// No body.
    BodyEmpty,
    /// Neither XML nor JSON.
    BodyNeitherFormat,
    /// Well-formed, and no message: another root element, or an array.
    BodyOtherRoot,
}

impl Damage {
    /// Damage of the sealed part.
    pub const SEALED: [Self; 6] = [
        Self::CiphertextTampered,
        Self::CiphertextTruncated,
        Self::CiphertextEmpty,
        Self::CiphertextNotBase64,
        Self::PaddingZero,
        Self::LengthTooLarge,
    ];
    /// Damage of the outer body, in every mode.
    pub const BODY: [Self; 4] = [
        Self::BodyCutShort,
        Self::BodyEmpty,
        Self::BodyNeitherFormat,
        Self::BodyOtherRoot,
    ];
}
