//! Effects by user: a count for each user, in pages of memory that exist only where something was done.

use std::collections::{BTreeMap, HashMap};

use crate::identity::User;

/// Users of one page.
const PAGE: u64 = 4096;
/// Pages in all: some fifty million users, in a hundred megabytes.
const MOST_PAGES: usize = 12_000;
/// Users and openids that are remembered as samples.
const SAMPLES: usize = 3;

/// Errcodes that are counted apart.
const MOST_ERRCODES: usize = 100;

/// One act of the server towards a user, as the API saw it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Act {
    /// A message to the user of that openid was taken: an effect.
    Taken(String),
    /// A message was refused with that errcode; whom it was for is not known of every refusal.
    Refused(i64),
}

/// Effects by user.
#[derive(Clone, Debug)]
pub struct Acts {
    seed: u64,
    pages: HashMap<(bool, u64), Box<[u16]>>,
    totals: [u64; 2],
    strangers: u64,
    refused: BTreeMap<i64, u64>,
    strange: Vec<String>,
    samples: Vec<User>,
}

impl Acts {
    /// None yet, in the run of that seed.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            pages: HashMap::new(),
            totals: [0; 2],
            strangers: 0,
            refused: BTreeMap::new(),
            strange: Vec::new(),
            samples: Vec::new(),
        }
    }

    /// Counts an effect for the user of that openid.
    pub fn note(&mut self, openid: &str) {
        let Some(user) = User::of(openid, self.seed) else {
            self.strangers += 1;
            if self.strange.len() < SAMPLES {
                // An openid of WeChat has 28 letters.
                self.strange.push(openid.chars().take(64).collect());
            }
            return;
        };
        if user.forged && self.samples.len() < SAMPLES {
            self.samples.push(user);
        }
        let key = (user.forged, user.number / PAGE);
        if self.pages.len() >= MOST_PAGES && !self.pages.contains_key(&key) {
            // Somebody invents users of ours.
            self.strangers += 1;
            return;
        }
        self.totals[usize::from(user.forged)] += 1;
        let page = self.pages.entry(key);
        let page =
            page.or_insert_with(|| vec![0; usize::try_from(PAGE).unwrap_or_default()].into());
        let place = usize::try_from(user.number % PAGE).unwrap_or_default();
        page[place] = page[place].saturating_add(1);
    }

    /// Counts calls that were refused with that errcode.
    pub fn note_refused(&mut self, errcode: i64, calls: u64) {
        if self.refused.len() < MOST_ERRCODES || self.refused.contains_key(&errcode) {
            *self.refused.entry(errcode).or_default() += calls;
        }
    }

    /// The number of effects for a user.
    pub fn of(&self, user: User) -> u32 {
        let page = self.pages.get(&(user.forged, user.number / PAGE));
        let place = usize::try_from(user.number % PAGE).unwrap_or_default();
        page.map_or(0, |page| u32::from(page[place]))
    }

    /// Effects for users of true pushes.
    pub const fn true_ones(&self) -> u64 {
        self.totals[0]
    }

    /// Effects for users in whose name only a forgery came.
    pub const fn forged(&self) -> u64 {
        self.totals[1]
    }

    /// Effects for openids that are none of the run.
    pub const fn strangers(&self) -> u64 {
        self.strangers
    }

    /// Calls that were refused, by errcode.
    pub const fn refused(&self) -> &BTreeMap<i64, u64> {
        &self.refused
    }

    /// Users of forgeries for whom something was done, a few.
    pub(super) fn samples(&self) -> impl Iterator<Item = User> {
        self.samples.iter().copied()
    }

    /// Openids that are none of the run, a few.
    pub(super) fn strange_openids(&self) -> impl Iterator<Item = &str> {
        self.strange.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Identities;

    #[test]
    fn effects_for_ten_million_users_take_two_bytes_each() {
        let mut acts = Acts::new(3);
        let identities = Identities::new(3);
        let pages = (0..).map(|page| page * PAGE);
        for number in pages.take_while(|number| *number < 10_000_000) {
            let user = User {
                number,
                forged: false,
            };
            acts.note(identities.of(user, 0, 0, 0).openid());
            assert_eq!(acts.of(user), 1);
        }
        let bytes: usize = acts.pages.values().map(|page| size_of_val(&**page)).sum();
        assert!(bytes < 20_100_000, "{bytes}");
    }

    #[test]
    fn errcodes_without_end_are_bounded() {
        let mut acts = Acts::new(3);
        for errcode in 0..1000 {
            acts.note_refused(errcode, 2);
        }
        assert_eq!(acts.refused().len(), MOST_ERRCODES);
        assert_eq!(acts.refused()[&0], 2);
    }
}
