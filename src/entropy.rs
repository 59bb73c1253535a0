//! The one place where the program draws at random: seeds, and the salt that keeps runs apart.

use std::hash::{BuildHasher, RandomState};

/// A fresh number. The standard library seeds its hashers from the system's randomness.
pub(crate) fn draw() -> u64 {
    RandomState::new().hash_one("wxcheck")
}

/// A Token for tests: letters and digits, as WeChat takes them.
pub(crate) fn token() -> String {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const LENGTH: usize = 24;
    let letter = |_| {
        let place = usize::try_from(draw() % 62).unwrap_or_default();
        LETTERS.get(place).map_or('x', |letter| char::from(*letter))
    };
    (0..LENGTH).map(letter).collect()
}
