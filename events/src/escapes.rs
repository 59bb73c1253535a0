//! Texts of JSON as people read them.

use std::borrow::Cow;

/// The text with the letters in place of escapes like `\u4f60`, which some servers write for all that is no ASCII. Escapes
/// of control characters, quotes and backslashes stay.
pub fn readable(text: &str) -> Cow<'_, str> {
    unescaped(text, |letter| {
        !letter.is_control() && !matches!(letter, '"' | '\\')
    })
}

/// The text with the letters that are wanted in place of their escapes; all other escapes stay as they are.
pub fn unescaped(text: &str, is_wanted: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains("\\u") {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find('\\') {
        let (before, escape) = rest.split_at(place);
        plain.push_str(before);
        let (letter, length) = letter(escape);
        match letter {
            Some(letter) if is_wanted(letter) => plain.push(letter),
            _ => plain.push_str(&escape[..length]),
        }
        rest = &escape[length..];
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// The letter of an escape, if it is one, and the bytes that it takes.
fn letter(escape: &str) -> (Option<char>, usize) {
    let unit = |text: &str| {
        let digits = text.strip_prefix("\\u")?.get(..4)?;
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_hex.then(|| u16::from_str_radix(digits, 16).ok())?
    };
    let Some(first) = unit(escape) else {
        // The next character belongs to this escape, also where it is another `\`.
        let width = escape.chars().take(2).map(char::len_utf8).sum();
        return (None, width);
    };
    let second = escape.get(6..).and_then(unit);
    let units = [first, second.unwrap_or(0)];
    let mut letters = char::decode_utf16(units).map(Result::ok);
    let letter = letters.next().flatten();
    let length = if letter.is_some_and(|letter| letter.len_utf16() == 2) {
        12
    } else {
        6
    };
    (letter, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_stand_in_place_of_their_escapes_and_syntax_stays() {
        for (text, wanted) in [
            (r#"{"a":"\u4f60\u597d"}"#, r#"{"a":"你好"}"#),
            (r"\ud83d\ude00!", "😀!"),
            (
                r"\ud83d \u0022 \n \u000a \\u4f60",
                r"\ud83d \u0022 \n \u000a \\u4f60",
            ),
            (r"\u12", r"\u12"),
            (r"\", r"\"),
            ("你好", "你好"),
        ] {
            assert_eq!(readable(text), wanted);
        }
    }
}
