//! Nonces that show a wrong sort: built from the configured token, the timestamp stays the present.

use crate::step::Trap;

/// Candidates, tried in order: short numbers, leading zeros, long numbers, letters of either case.
const DIGITS: [&str; 6] = ["9", "02147483647", "77", "21474836470", "0012345678", "5"];
const LETTERS: [&str; 8] = ["Zz9", "aA1", "Mm5", "mM5", "Bq7", "bQ7", "Yx3", "_t4"];

/// A nonce for which the wrong sort gives another order than the documented one; `None` where the
/// token allows none.
pub fn nonce(trap: Trap, token: &str, timestamp: &str) -> Option<String> {
    let candidates = match trap {
        Trap::NumericSort => DIGITS.as_slice(),
        Trap::CaseInsensitiveSort => LETTERS.as_slice(),
    };
    candidates
        .iter()
        .find(|nonce| {
            let parts = [token, timestamp, **nonce];
            sorted(parts, str::cmp) != wrongly_sorted(trap, parts)
        })
        .map(|nonce| (*nonce).to_owned())
}

fn wrongly_sorted(trap: Trap, parts: [&str; 3]) -> String {
    match trap {
        Trap::NumericSort => sorted(parts, |a, b| match (a.parse::<u64>(), b.parse::<u64>()) {
            (Ok(a), Ok(b)) => a.cmp(&b),
            _ => a.cmp(b),
        }),
        Trap::CaseInsensitiveSort => sorted(parts, |a, b| a.to_lowercase().cmp(&b.to_lowercase())),
    }
}

fn sorted(parts: [&str; 3], order: impl Fn(&str, &str) -> std::cmp::Ordering) -> String {
    let [a, b, c] = parts;
    let mut sorted = vec![a];
    // Insertion, because a numeric order of mixed strings is no total order and `sort_by` may panic on one.
    for part in [b, c] {
        let place = sorted
            .iter()
            .position(|other| order(part, other).is_lt())
            .unwrap_or(sorted.len());
        sorted.insert(place, part);
    }
    sorted.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_letters_allows_every_trap() {
        for trap in Trap::ALL {
            assert!(
                nonce(trap, "mySecretToken", "1795000000").is_some(),
                "{trap:?}"
            );
        }
    }

    #[test]
    fn a_token_of_digits_allows_no_case_trap() {
        assert_eq!(
            nonce(Trap::CaseInsensitiveSort, "12345", "1795000000"),
            None
        );
        assert!(nonce(Trap::NumericSort, "12345", "1795000000").is_some());
    }

    #[test]
    fn a_trap_changes_the_order() {
        let nonce = nonce(Trap::NumericSort, "AAAAA", "1795000000").unwrap();
        let parts = ["AAAAA", "1795000000", nonce.as_str()];
        assert_ne!(
            sorted(parts, str::cmp),
            wrongly_sorted(Trap::NumericSort, parts)
        );
    }
}
