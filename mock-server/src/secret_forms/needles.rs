//! Many secrets, looked for at once: a text takes the same time for one and for a thousand.

use std::{collections::BTreeSet, ops::Range};

const BUCKETS: usize = 2048;

/// Secrets in small letters, by their first two bytes.
#[derive(Default)]
pub(super) struct Needles {
    buckets: Vec<Vec<Box<[u8]>>>,
    /// The length of the shortest.
    pub(super) shortest: usize,
    /// True if all of them are ASCII.
    pub(super) ascii: bool,
}

impl Needles {
    pub(super) fn of(all: BTreeSet<Vec<u8>>) -> Self {
        if all.is_empty() {
            return Self::default();
        }
        let shortest = all.iter().map(Vec::len).min().unwrap_or_default();
        let ascii = all.iter().all(|needle| needle.is_ascii());
        let mut buckets = vec![Vec::new(); BUCKETS];
        for needle in all {
            let mut put = |second| {
                buckets[bucket(needle[0], second)].push(Box::from(needle.as_slice()));
            };
            match needle.get(1) {
                Some(second) => put(*second),
                // Whatever comes behind it.
                None => (0..=u8::MAX).for_each(put),
            }
        }
        Self {
            buckets,
            shortest,
            ascii,
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.buckets.iter().flatten().map(AsRef::as_ref)
    }

    /// Every place of each in a text of small letters; how many were compared.
    pub(super) fn find(&self, small: &[u8], mut note: impl FnMut(Range<usize>)) -> usize {
        if self.is_empty() {
            return 0;
        }
        let mut compared = 0;
        for (at, first) in small.iter().enumerate() {
            let rest = &small[at..];
            let near = &self.buckets[bucket(*first, rest.get(1).copied().unwrap_or_default())];
            compared += near.len();
            for needle in near.iter().filter(|needle| rest.starts_with(needle)) {
                note(at..at + needle.len());
            }
        }
        compared
    }
}

/// The bucket of the secrets that begin so. Two second bytes behind the same first one never share a bucket.
fn bucket(first: u8, second: u8) -> usize {
    (usize::from(first) << 3 ^ usize::from(second)) % BUCKETS
}
