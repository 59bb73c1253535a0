//! Line breaks of a text that has to fit a terminal. Chinese characters take two columns, and a line may break
//! between them but not in front of what closes or behind what opens.

use std::ops::Range;

use unicode_width::UnicodeWidthChar as _;

/// The narrowest terminal that a report is laid out for, in columns.
pub(crate) const NARROWEST: usize = 60;
/// The longest lines that are easily read, in columns.
pub(crate) const WIDEST: usize = 120;

/// Characters in front of which no line begins.
const CLOSING: &str = "，。、；：！？）」』】》〉”’·…—％,.;:!?)]}%";
/// Characters behind which no line ends.
const OPENING: &str = "（「『【《〈“‘([{";

/// The columns that a text takes.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

fn columns(char: char) -> usize {
    char.width().unwrap_or(0)
}

/// The parts of a line of text that stand in a line each: the first has so many columns, the others as many as `rest`
/// says. What is too long for a line is broken where it must be.
pub(crate) fn broken(text: &str, first: usize, rest: usize) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let (mut start, mut room, mut taken) = (0, first, 0);
    let mut last_break: Option<usize> = None;
    let mut before = ' ';
    for (place, char) in text.char_indices() {
        if place > start && may_break(before, char) {
            last_break = Some(place);
        }
        before = char;
        let needed = columns(char);
        // Spaces may stand beyond the end, for they are not shown there.
        while taken + needed > room && char != ' ' && needed > 0 {
            let end = match last_break.take() {
                Some(end) => end,
                // The next line has more room.
                None if lines.is_empty() && room < rest => start,
                None if place > start => place,
                None => break,
            };
            let kept = text[start..end].trim_end_matches(' ').len();
            lines.push(start..start + kept);
            start = end;
            room = rest;
            taken = width(&text[start..place]);
        }
        taken += needed;
    }
    let kept = text[start..].trim_end_matches(' ').len();
    if kept > 0 || lines.is_empty() {
        lines.push(start..start + kept);
    }
    lines
}

/// True if a line may end between these two.
fn may_break(before: char, after: char) -> bool {
    if after == ' ' {
        return false;
    }
    if before == ' ' {
        return true;
    }
    let is_wide = |char| columns(char) == 2;
    (is_wide(before) || is_wide(after)) && !CLOSING.contains(after) && !OPENING.contains(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, first: usize, rest: usize) -> Vec<&str> {
        let parts = broken(text, first, rest).into_iter();
        parts.map(|part| &text[part]).collect()
    }

    #[test]
    fn words_stay_whole_where_they_can() {
        assert_eq!(lines("one two three", 7, 5), ["one two", "three"]);
        assert_eq!(lines("one  two", 4, 4), ["one", "two"]);
        assert_eq!(lines("abcdefgh ij", 4, 3), ["abcd", "efg", "h", "ij"]);
        assert_eq!(lines("", 4, 4), [""]);
        assert_eq!(lines("one two", 2, 10), ["", "one two"]);
        assert_eq!(lines("one two", usize::MAX, usize::MAX), ["one two"]);
    }

    #[test]
    fn chinese_takes_two_columns_and_breaks_between_characters() {
        assert_eq!(width("推送 push"), 9);
        assert_eq!(
            lines("服务器没有响应推送", 6, 8),
            ["服务器", "没有响应", "推送"]
        );
        // A full stop does not begin a line, and a bracket does not end one.
        assert_eq!(lines("服务器。好", 6, 6), ["服务", "器。好"]);
        assert_eq!(lines("服务（好）", 6, 8), ["服务", "（好）"]);
        assert_eq!(lines("状态码 500，正文", 8, 20), ["状态码", "500，正文"]);
    }

    #[test]
    fn no_line_is_wider_than_there_is_room() {
        let text = "taken: status 200, body `<xml><ToUserName><![CDATA[oUser]]></ToUserName>…` 期望的是拒绝，或者没有任何效果 e\u{301}e\u{301}";
        for rest in 4..60 {
            let parts = lines(text, rest / 2, rest);
            for (place, part) in parts.iter().enumerate() {
                let room = if place == 0 { rest / 2 } else { rest };
                assert!(width(part) <= room, "{rest}: `{part}`");
            }
            let all: String = parts.concat().replace(' ', "");
            assert_eq!(all, text.replace(' ', ""), "{rest}");
        }
    }
}
