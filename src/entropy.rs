//! The one place where the program draws at random: seeds, and the salt that keeps runs apart.

use std::hash::{BuildHasher, RandomState};

/// A fresh number. The standard library seeds its hashers from the system's randomness.
pub(crate) fn draw() -> u64 {
    RandomState::new().hash_one("wxcheck")
}
