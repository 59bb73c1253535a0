//! Excerpts of what a server wrote, short enough for a line of a report.

use crate::redact::visible;

/// The length of a body's excerpt in a report, in characters.
const EXCERPT: usize = 160;
/// The length that is read of a body where more than an excerpt is shown, in bytes.
const READ: usize = 64 * 1024;

/// The beginning of what a server wrote, marked where it is cut off: reading all of it for display would take time.
pub fn beginning(text: &[u8]) -> String {
    let seen = &text[..text.len().min(READ)];
    let mut beginning = String::from_utf8_lossy(seen).into_owned();
    if seen.len() < text.len() {
        beginning.push('…');
    }
    beginning
}

/// Excerpts of what was to come and of what came, both around the first byte in which they differ.
pub fn excerpts(expected: &str, actual: &str) -> [String; 2] {
    let pairs = expected.bytes().zip(actual.bytes());
    let at = pairs.take_while(|(one, other)| one == other).count();
    [expected, actual].map(|text| excerpt_around(text.as_bytes(), at))
}

/// The beginning of a body, on one line, with nothing in it that a terminal or a log reader would act on.
pub fn excerpt(body: &[u8]) -> String {
    excerpt_around(body, 0)
}

/// The same, with that byte in its middle where it stands far behind the beginning.
pub(crate) fn excerpt_around(body: &[u8], at: usize) -> String {
    let before = String::from_utf8_lossy(body.get(..at).unwrap_or_default());
    let place = before.chars().count();
    let skipped = if place < EXCERPT {
        0
    } else {
        place - EXCERPT / 2
    };
    let text = String::from_utf8_lossy(body);
    let mut rest = text.chars().skip(skipped);
    let cut: String = rest.by_ref().take(EXCERPT).collect();
    let mut shown = String::new();
    if skipped > 0 {
        shown.push('…');
    }
    // A sentence quotes it in back-ticks.
    shown.push_str(&visible(&cut).replace('`', "\\u{60}"));
    if rest.next().is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_shows_what_stands_around_a_byte() {
        let body = format!("{}<b>{}", "长".repeat(1000), "z".repeat(1000));
        assert!(excerpt(body.as_bytes()).starts_with("长长"));
        let around = excerpt_around(body.as_bytes(), 3001);
        assert!(around.contains("长<b>z"), "{around}");
        assert!(around.starts_with('…') && around.ends_with('…'));
        assert_eq!(around.chars().count(), EXCERPT + 2);
        assert_eq!(excerpt_around(b"short", 3), "short");
        assert_eq!(excerpt_around(b"short", 99), "short");
        let same = "same ".repeat(100);
        let [wanted, came] = excerpts(&format!("{same}one"), &format!("{same}other"));
        assert!(
            wanted.ends_with(" one") && came.ends_with(" other"),
            "{wanted} {came}"
        );
        assert!(wanted.starts_with('…') && wanted.len() < 200, "{wanted}");
    }
}
