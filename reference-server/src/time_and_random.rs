//! The clock and the dice: the only place where this server looks at either.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The time since the Unix epoch.
#[expect(
    clippy::disallowed_methods,
    reason = "a standing server has no caller to hand it the time of each request"
)]
pub(crate) fn now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// Sixteen random lower-case hex digits, as WeChat puts in front of what it seals.
///
/// The standard library's hash keys are random enough: these bytes must differ from time to time, and the key of the
/// envelope keeps the secret.
pub(crate) fn random_hex() -> [u8; 16] {
    let number = RandomState::new().build_hasher().finish();
    std::array::from_fn(|place| {
        let digit = (number >> (4 * place)) & 0xf;
        b"0123456789abcdef"[usize::try_from(digit).unwrap_or_default()]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_bytes_are_hex_and_differ() {
        let (one, two) = (random_hex(), random_hex());
        assert_ne!(one, two);
        assert!(
            one.iter()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        );
    }
}
