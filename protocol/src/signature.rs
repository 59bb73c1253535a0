//! The two signatures of a push: lower-case hex SHA-1 over strings sorted in byte order and joined without a
//! separator. Documented: message push page.

use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;

/// The `signature` of a request: over the token, the timestamp and the nonce, exactly as they stand in the query.
///
/// It covers neither the body nor any other parameter.
///
/// ```
/// // The official example of the message push page.
/// let signature = wxcheck_protocol::signature::signature("AAAAA", "1714036504", "1514711492");
/// assert_eq!(signature, "f464b24fc39322e44b38aa78f5edd27bd1441696");
/// ```
pub fn signature(token: &str, timestamp: &str, nonce: &str) -> String {
    sorted_sha1([token, timestamp, nonce])
}

/// The `msg_signature` of a sealed body: as [`signature`], with the `Encrypt` text (base64, before decoding) as a
/// fourth string.
pub fn msg_signature(token: &str, timestamp: &str, nonce: &str, encrypt: &str) -> String {
    sorted_sha1([token, timestamp, nonce, encrypt])
}

/// True if `given` is exactly the `expected` signature, letter case included.
///
/// The comparison takes the same time wherever the two differ, so that it may stand in a server as well.
pub fn matches(given: &str, expected: &str) -> bool {
    given.as_bytes().ct_eq(expected.as_bytes()).into()
}

/// Lower-case hex SHA-1 of the parts, in the order given.
pub(crate) fn sha1_hex<'t>(parts: impl IntoIterator<Item = &'t str>) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut hasher = Sha1::new();
    for part in parts {
        hasher.update(part.as_bytes());
    }
    let mut hex = String::with_capacity(40);
    for byte in hasher.finalize() {
        hex.push(char::from(DIGITS[usize::from(byte >> 4)]));
        hex.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    hex
}

fn sorted_sha1<const N: usize>(parts: [&str; N]) -> String {
    Signing::of(parts.map(|part| ("", part)).to_vec()).sha1()
}

/// The making of a signature, for whoever wants to see each step: named strings, sorted. `Debug` is left out on purpose: the
/// Token is one of them.
#[derive(Clone)]
pub struct Signing<'t>(Vec<(&'t str, &'t str)>);

impl<'t> Signing<'t> {
    /// Sorts strings, each behind its name.
    pub fn of(mut parts: Vec<(&'t str, &'t str)>) -> Self {
        // `str` orders by its UTF-8 bytes, which is the order WeChat sorts in.
        parts.sort_unstable_by_key(|(_, value)| *value);
        Self(parts)
    }

    /// The strings with their names, in the order in which they are joined.
    pub fn sorted(&self) -> &[(&'t str, &'t str)] {
        &self.0
    }

    /// The signature: lower-case hex SHA-1 of the joined strings.
    pub fn sha1(&self) -> String {
        sha1_hex(self.0.iter().map(|(_, value)| *value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_sorted_as_strings() {
        assert_eq!(
            signature("5", "1409735669", "99"),
            sha1_hex(["1409735669599"])
        );
        assert_eq!(
            signature("apple", "1409735669", "Zebra"),
            sha1_hex(["1409735669Zebraapple"])
        );
    }

    #[test]
    fn only_the_exact_signature_matches() {
        let expected = signature("token", "1", "2");
        assert!(matches(&expected, &expected));
        assert!(!matches(&expected.to_uppercase(), &expected));
        assert!(!matches(&expected[..39], &expected));
        assert!(!matches("", &expected));
        assert!(!matches(&format!("{expected} "), &expected));
    }
}
