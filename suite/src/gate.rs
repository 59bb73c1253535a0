//! The verdicts that fail a run.

use crate::verdict::Verdict;

/// The verdicts that fail a run, beside a broken Must.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Gate {
    /// A warning, and a verdict that was flaky.
    pub should: bool,
    /// A note for information.
    pub info: bool,
    /// A rule that could not be judged.
    pub inconclusive: bool,
}

impl Gate {
    /// All but notes.
    pub const STRICT: Self = Self {
        should: true,
        info: false,
        inconclusive: true,
    };

    /// True if that verdict fails the run. An error of our own is no verdict on the server.
    pub const fn fails(self, verdict: Verdict) -> bool {
        match verdict {
            Verdict::Failed => true,
            Verdict::Warned | Verdict::Flaky => self.should,
            Verdict::Noted => self.info,
            Verdict::Inconclusive => self.inconclusive,
            Verdict::Passed | Verdict::Skipped | Verdict::Errored => false,
        }
    }

    /// The gate that fails on whatever either of them fails.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self {
            should: self.should || other.should,
            info: self.info || other.info,
            inconclusive: self.inconclusive || other.inconclusive,
        }
    }

    /// The words for it in the log of a run.
    pub fn words(self) -> Vec<String> {
        let words = [
            (self.should, "should"),
            (self.info, "info"),
            (self.inconclusive, "inconclusive"),
        ];
        let said = words.into_iter().filter(|(is_said, _)| *is_said);
        said.map(|(_, word)| word.to_owned()).collect()
    }

    /// The gate that these words tell; one that is not known tells nothing.
    pub fn of_words(words: &[String]) -> Self {
        let says = |word: &str| words.iter().any(|said| said == word);
        Self {
            should: says("should"),
            info: says("info"),
            inconclusive: says("inconclusive"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_is_read_as_it_was_written() {
        for should in [false, true] {
            for info in [false, true] {
                for inconclusive in [false, true] {
                    let gate = Gate {
                        should,
                        info,
                        inconclusive,
                    };
                    assert_eq!(Gate::of_words(&gate.words()), gate);
                }
            }
        }
    }

    #[test]
    fn a_broken_must_fails_behind_every_gate_and_our_own_error_behind_none() {
        for gate in [Gate::default(), Gate::STRICT] {
            assert!(gate.fails(Verdict::Failed));
            assert!(!gate.fails(Verdict::Errored) && !gate.fails(Verdict::Passed));
        }
        assert!(!Gate::default().fails(Verdict::Warned));
        assert!(Gate::STRICT.fails(Verdict::Flaky) && !Gate::STRICT.fails(Verdict::Noted));
    }
}
