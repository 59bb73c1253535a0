//! Signatures: how the strings are ordered before they are hashed, and how a given signature is compared.

use wxcheck_protocol::signature;

/// The order of token, timestamp and nonce in the hash. Documented: message push page (as strings, by byte).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Sort {
    /// By byte.
    #[default]
    Bytes,
    /// By byte after lower-casing, as a locale or a case-folding collation would.
    CaseInsensitive,
    /// Numbers by value, as languages that convert numeric strings would.
    Numeric,
    /// As they come: token, timestamp, nonce.
    Unsorted,
}

impl Sort {
    /// The signature over the three strings, in this order.
    pub(crate) fn signature(self, token: &str, timestamp: &str, nonce: &str) -> String {
        let mut parts = [token, timestamp, nonce];
        match self {
            Self::Bytes => return signature::signature(token, timestamp, nonce),
            Self::CaseInsensitive => parts.sort_by_key(|part| part.to_ascii_lowercase()),
            // What is no number stands behind the numbers, as letters stand behind digits.
            Self::Numeric => parts.sort_by_key(|part| (part.parse().unwrap_or(u64::MAX), *part)),
            Self::Unsorted => {}
        }
        // Empty strings sort in front and add nothing, so this is the bare SHA-1 of the joined parts.
        signature::signature(&parts.concat(), "", "")
    }
}

/// The condition on which a given signature counts as the expected one.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Compare {
    /// When it is exactly the expected one, found out in constant time.
    #[default]
    Whole,
    /// When the expected one starts with it: compared over the length of what was given.
    AsLongAsGiven,
    /// Also when it is there but empty.
    EmptyPasses,
    /// When it is as long as the expected one and starts with the same eight characters.
    FirstEight,
    /// Also when it is not there.
    MissingPasses,
}

impl Compare {
    /// True if `given` passes for `expected`.
    pub(crate) fn passes(self, given: Option<&str>, expected: &str) -> bool {
        let whole = given.is_some_and(|given| signature::matches(given, expected));
        match self {
            Self::Whole => whole,
            Self::AsLongAsGiven => {
                given.is_some_and(|given| !given.is_empty() && expected.starts_with(given))
            }
            Self::EmptyPasses => whole || given == Some(""),
            Self::FirstEight => given.is_some_and(|given| {
                given.len() == expected.len() && given.get(..8) == expected.get(..8)
            }),
            Self::MissingPasses => whole || given.is_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of the message push page.
    const EXPECTED: &str = "f464b24fc39322e44b38aa78f5edd27bd1441696";

    #[test]
    fn every_sort_agrees_where_the_order_is_not_in_doubt() {
        for sort in [Sort::Bytes, Sort::CaseInsensitive] {
            assert_eq!(
                sort.signature("AAAAA", "1714036504", "1514711492"),
                EXPECTED
            );
        }
        assert_eq!(
            Sort::Numeric.signature("AAAAA", "1714036504", "1514711492"),
            EXPECTED
        );
        assert_eq!(
            Sort::Unsorted.signature("1514711492", "1714036504", "AAAAA"),
            EXPECTED
        );
    }

    #[test]
    fn each_wrong_sort_differs_on_its_trap() {
        let differs = |sort: Sort, [token, timestamp, nonce]: [&str; 3]| {
            sort.signature(token, timestamp, nonce)
                != Sort::Bytes.signature(token, timestamp, nonce)
        };
        assert!(differs(Sort::Numeric, ["AAAAA", "1714036504", "99"]));
        assert!(differs(
            Sort::CaseInsensitive,
            ["Token", "1714036504", "abc"]
        ));
        assert!(differs(
            Sort::Unsorted,
            ["AAAAA", "1714036504", "1514711492"]
        ));
    }

    #[test]
    fn each_comparison_passes_what_it_is_named_for() {
        let altered = "f464b24fc39322e44b38aa78f5edd27bd1441697";
        for (compare, forged) in [
            (Compare::AsLongAsGiven, Some("f464b24fc3")),
            (Compare::EmptyPasses, Some("")),
            (Compare::FirstEight, Some(altered)),
            (Compare::MissingPasses, None),
        ] {
            assert!(compare.passes(forged, EXPECTED), "{compare:?} {forged:?}");
            assert!(compare.passes(Some(EXPECTED), EXPECTED), "{compare:?}");
            assert!(!compare.passes(Some("0000000000"), EXPECTED), "{compare:?}");
            assert!(!Compare::Whole.passes(forged, EXPECTED), "{forged:?}");
        }
    }
}
