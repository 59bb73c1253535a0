//! The rules' words in Chinese, keyed by id. The English ones stand with each rule.

mod entries;
mod fixes;
mod pushes;
mod sentences;
mod unjudged;
mod zh;

pub use entries::entry_in_chinese;
pub(crate) use fixes::WHY_STAY_UP;
pub use fixes::{Fix, SERVER_DIED, fix_of};
pub use pushes::{push_in_chinese, retries_in_chinese};
pub use sentences::{in_chinese, sentence};
pub(crate) use unjudged::unjudged;
pub use wxcheck_mock_server::language::Language;

/// A rule in another language.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Words {
    /// The behaviour of the server, in one sentence.
    pub summary: &'static str,
    /// The trouble for users without it.
    pub why: &'static str,
    /// The change to make.
    pub fix: &'static str,
}

/// The Chinese words of a rule.
pub fn chinese(id: &str) -> Option<Words> {
    zh::AREAS
        .into_iter()
        .flatten()
        .find(|(rule, _)| *rule == id)
        .map(|(_, words)| *words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules;

    #[test]
    fn no_words_are_left_over() {
        for (id, _) in zh::AREAS.into_iter().flatten() {
            assert!(
                rules::find(id).is_some(),
                "words for `{id}`, which is no rule"
            );
        }
    }
}
