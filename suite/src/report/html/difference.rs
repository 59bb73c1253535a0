//! The bytes in which a finding's `actual` differs from its `expected`, for the eye.
//!
//! Both are sentences. What stands in back-ticks in them was sent, or was to be sent; numbers are statuses, times, counts.

/// A piece of a sentence.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Piece<'t> {
    pub(super) text: &'t str,
    /// It stands in back-ticks.
    pub(super) is_code: bool,
    /// It is not so in the other sentence.
    pub(super) is_marked: bool,
}

/// A sentence with what it says otherwise than the other one marked. A quoted part that is like none of the other sentence is
/// marked only in what came: what was expected may be one thing of several.
pub(super) fn pieces<'t>(text: &'t str, other: &str, is_actual: bool) -> Vec<Piece<'t>> {
    let quoted: Vec<&str> = quoted(other).collect();
    let numbers: Vec<(&str, &str)> = numbers(other).collect();
    let parts = text.split('`').enumerate();
    let pieces = parts.flat_map(|(place, part)| {
        if place % 2 == 1 {
            of_code(part, &quoted, is_actual)
        } else {
            of_words(part, &numbers)
        }
    });
    pieces.filter(|piece| !piece.text.is_empty()).collect()
}

/// The parts of a sentence in back-ticks.
pub(super) fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// A quoted part beside the one that is most like it.
fn of_code<'t>(part: &'t str, others: &[&str], is_actual: bool) -> Vec<Piece<'t>> {
    let piece = |text, is_marked| Piece {
        text,
        is_code: true,
        is_marked,
    };
    let alike = others
        .iter()
        .map(|other| common(part, other))
        .max_by_key(|(before, behind)| before + behind);
    match alike {
        None => vec![piece(part, false)],
        Some((0, 0)) => vec![piece(part, is_actual)],
        Some((before, behind)) => {
            let end = part.len() - behind;
            let (head, rest) = part.split_at(before);
            let (middle, tail) = rest.split_at(end - before);
            vec![piece(head, false), piece(middle, true), piece(tail, false)]
        }
    }
}

/// The bytes that two texts have in common at their beginning, and behind that at their end.
fn common(one: &str, other: &str) -> (usize, usize) {
    let same = |(left, right): &(char, char)| left == right;
    let length = |(char, _): (char, char)| char.len_utf8();
    let before: usize = one
        .chars()
        .zip(other.chars())
        .take_while(same)
        .map(length)
        .sum();
    let (one, other) = (&one[before..], &other[before..]);
    let ends = one.chars().rev().zip(other.chars().rev());
    (before, ends.take_while(same).map(length).sum())
}

/// Numbers that follow the same word as another number in the other sentence.
fn of_words<'t>(part: &'t str, others: &[(&str, &str)]) -> Vec<Piece<'t>> {
    let piece = |text, is_marked| Piece {
        text,
        is_code: false,
        is_marked,
    };
    let mut pieces = Vec::new();
    let mut rest = part;
    for (word, number) in numbers(part) {
        let differs =
            others.iter().any(|(other, _)| *other == word) && !others.contains(&(word, number));
        let Some((before, behind)) = rest.split_once(number).filter(|_| differs) else {
            continue;
        };
        let at = before.len();
        pieces.extend([
            piece(before, false),
            piece(&rest[at..at + number.len()], true),
        ]);
        rest = behind;
    }
    pieces.push(piece(rest, false));
    pieces
}

/// The numbers of a sentence outside of back-ticks, each with the word before it.
fn numbers(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let parts = text.split('`').step_by(2);
    parts.flat_map(|part| {
        let words: Vec<&str> = part.split_whitespace().collect();
        let pairs: Vec<(&str, &str)> = words.windows(2).map(|pair| (pair[0], pair[1])).collect();
        pairs.into_iter().filter_map(|(word, number)| {
            let number = number.trim_matches(|char: char| !char.is_ascii_alphanumeric());
            let is_number = number.starts_with(|char: char| char.is_ascii_digit());
            is_number.then_some((word, number))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str, other: &str) -> Vec<String> {
        let pieces = pieces(text, other, true);
        let marked = pieces.iter().filter(|piece| piece.is_marked);
        marked.map(|piece| piece.text.to_owned()).collect()
    }

    #[test]
    fn the_bytes_that_differ_are_marked_on_both_sides() {
        for (text, other, marks) in [
            ("`success\\n`", "`success` or nothing", vec!["\\n"]),
            ("`success` or nothing", "`success\\n`", vec![]),
            ("`12 34 5`", "`12345`", vec![" 34 "]),
            ("status 201, `ok`", "status 200", vec!["201"]),
            ("status 200", "status 201, `ok`", vec!["200"]),
            ("3 effects", "one effect", vec![]),
            ("你`好`吗", "`好的`", vec![]),
            ("`好的`", "`好`", vec!["的"]),
            ("`<p>`", "`success`", vec!["<p>"]),
        ] {
            assert_eq!(marked(text, other), marks, "{text}");
        }
        assert!(
            !pieces("`success`", "`<p>`", false)
                .iter()
                .any(|piece| piece.is_marked)
        );
        let whole: String = pieces("a `b` status 3 c", "status 4", false)
            .iter()
            .map(|piece| piece.text)
            .collect();
        assert_eq!(whole, "a b status 3 c");
    }
}
