//! Makes what would act on a terminal, a log reader or a parser visible and harmless: control characters, what turns or
//! hides text, and the commands that continuous integration reads out of a log.

use std::fmt::Write as _;

use wxcheck_mock_server::active::acts;

/// A text on one line, with nothing in it that a terminal or a log reader would act on.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\n' | '\r' | '\t' => shown.extend(char.escape_default()),
            other => push(&mut shown, other),
        }
    }
    disarmed(&shown)
}

/// The same of a text whose lines stay lines.
pub(super) fn visible_lines(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\n' | '\t' => shown.push(char),
            '\r' => shown.push_str("\\r"),
            other => push(&mut shown, other),
        }
    }
    let lines = shown.split('\n').map(disarmed);
    lines.collect::<Vec<_>>().join("\n")
}

/// The text of JSON with escapes of its own for active characters: whoever reads it reads the same as before.
pub(super) fn escaped(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for (at, char) in json.char_indices() {
        // A literal begins with its quote.
        let opens = json[..at].ends_with('"') && json[at..].starts_with("::");
        if acts(char) || opens || is_of_command(json, at) {
            let mut units = [0; 2];
            for unit in char.encode_utf16(&mut units) {
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(char);
        }
    }
    shown
}

fn push(shown: &mut String, char: char) {
    match char {
        '\u{feff}' => shown.push_str("<BOM>"),
        acting if acts(acting) => shown.extend(acting.escape_unicode()),
        other => shown.push(other),
    }
}

/// One line without the commands of GitHub (`::error::` at its beginning, `##[error]`), Azure (`##vso[…]`) and others.
pub(super) fn disarmed(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let begins = line.len() - line.trim_start().len();
    let opens = line[begins..].starts_with("::");
    for (at, char) in line.char_indices() {
        if at == begins && opens || is_of_command(line, at) {
            shown.extend(char.escape_unicode());
        } else {
            shown.push(char);
        }
    }
    shown
}

/// True if the second `#` of `##word[` stands there.
fn is_of_command(text: &str, at: usize) -> bool {
    let (before, from) = text.split_at(at);
    before.ends_with('#')
        && from.strip_prefix('#').is_some_and(|rest| {
            rest.trim_start_matches(|char: char| char.is_ascii_alphanumeric())
                .starts_with('[')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_seen_and_what_does_not_stays() {
        for (text, shown) in [
            ("a\u{1b}[31mb\r\n\u{0}\t", r"a\u{1b}[31mb\r\n\u{0}\t"),
            ("\u{feff}x\u{202e}y\u{2028}", r"<BOM>x\u{202e}y\u{2028}"),
            ("\u{fffe}\u{ffff}\u{1fffe}", r"\u{fffe}\u{ffff}\u{1fffe}"),
            ("::error::x", r"\u{3a}:error::x"),
            (" ::error::x", r" \u{3a}:error::x"),
            (
                "x ##[error] ##vso[a] ###[b]",
                r"x #\u{23}[error] #\u{23}vso[a] ##\u{23}[b]",
            ),
            (
                "std::fmt ## [x] #[a] 你好 ❤\u{fe0f} a\u{301}",
                "std::fmt ## [x] #[a] 你好 ❤\u{fe0f} a\u{301}",
            ),
        ] {
            assert_eq!(visible(text), shown);
            assert_eq!(visible(shown), shown, "once is enough");
        }
    }

    #[test]
    fn lines_stay_lines_and_none_is_a_command() {
        assert_eq!(visible_lines("a\n\t::b::\r\nc"), "a\n\t\\u{3a}:b::\\r\nc");
    }

    #[test]
    fn escaped_json_says_the_same() {
        let text = "::a \u{202e}\u{7f}\u{1b}##[x] \u{e0041}\n::b".to_owned();
        let json = escaped(&serde_json::json!({ "k": text }).to_string());
        assert!(
            json.is_ascii() && !json.contains("##[") && !json.contains("\"::"),
            "{json}"
        );
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["k"], text);
    }
}
