//! Credentials that are made up for a test.

use std::hash::{BuildHasher, RandomState};

/// Characters of a Token and an EncodingAESKey.
const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// Characters of an appid behind `wx`, and of an AppSecret.
const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// WeChat as a server is configured for it.
#[derive(Clone)]
#[non_exhaustive]
pub struct Wechat {
    /// The base URL in place of `https://api.weixin.qq.com`.
    pub base_url: String,
    /// The appid.
    pub appid: String,
    /// The AppSecret.
    pub secret: String,
    /// The Token.
    pub token: String,
    /// The EncodingAESKey, 43 characters.
    pub aes_key: String,
}

impl Wechat {
    /// Credentials that no other test has.
    pub(crate) fn made_up() -> Self {
        Self {
            base_url: String::new(),
            appid: format!("wx{}", drawn(DIGITS, 16)),
            secret: drawn(DIGITS, 32),
            token: drawn(LETTERS, 24),
            // The last character holds two bits that Base64 does not use.
            aes_key: drawn(LETTERS, 42) + "A",
        }
    }
}

/// A fresh number. The standard library seeds its hashers from the system's randomness.
pub(crate) fn draw() -> u64 {
    RandomState::new().hash_one("wxcheck")
}

fn drawn(alphabet: &[u8], count: usize) -> String {
    let size = alphabet.len() as u64;
    let draws = (0..count).map(|_| usize::try_from(draw() % size).unwrap_or_default());
    draws.map(|at| char::from(alphabet[at])).collect()
}

#[cfg(test)]
mod tests {
    use wxcheck_protocol::aes_key::EncodingAesKey;

    use super::*;

    #[test]
    fn credentials_look_like_wechats_and_differ() {
        let (one, other) = (Wechat::made_up(), Wechat::made_up());
        assert_eq!(
            (one.appid.len(), one.secret.len(), one.token.len()),
            (18, 32, 24)
        );
        let key = EncodingAesKey::parse(&one.aes_key).unwrap();
        assert!(!key.has_stray_bits());
        assert_ne!(one.token, other.token);
        assert_ne!(one.appid, other.appid);
    }
}
