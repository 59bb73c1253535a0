//! The clock and the dice: the only place where this server looks at either.

use std::hash::{BuildHasher, Hasher, RandomState};

pub(crate) use wxcheck_network::unix_now as now;

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
