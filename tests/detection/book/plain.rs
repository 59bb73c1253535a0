//! Text without what changes from one play to the next: times, users, ids, ports and what is sealed.

use std::time::Duration;

use wxcheck_mock_server::clock;

/// The most that is shown of a text, in characters.
const SHOWN: usize = 1500;
/// The moment of every example, in Unix seconds.
const MOMENT: u64 = 1_735_689_600;
/// The nonce of every example.
const NONCE: &str = "1275138004";
/// The letters before a mark that no other request holds, and the digits of one.
const MARK: (&str, usize) = ("wxck", 9);
/// Seconds within which a number is taken for the present.
const NEAR: Duration = Duration::from_secs(40 * 24 * 3600);

/// The names that users and ids get, in the order in which they are met.
#[derive(Default)]
pub(super) struct Plain {
    names: Vec<String>,
}

impl Plain {
    /// The text, cut where it is long.
    pub(super) fn text(&mut self, text: &str) -> String {
        let folder = std::env::temp_dir().display().to_string();
        let text = text.replace(&folder, "/tmp");
        let mut plain = String::new();
        let mut word = String::new();
        for char in text.chars() {
            if char.is_ascii_alphanumeric() || matches!(char, '+' | '/' | '=' | '-' | '_') {
                word.push(char);
                continue;
            }
            let whole = std::mem::take(&mut word);
            plain.push_str(&if is_cut(&whole, &plain, char) {
                "0".to_owned()
            } else {
                self.word(&whole, &plain)
            });
            push_visible(&mut plain, char);
        }
        let last = self.word(&word, &plain);
        plain.push_str(&last);
        if plain.chars().count() > SHOWN {
            let cut: String = plain.chars().take(SHOWN).collect();
            return format!("{cut}…");
        }
        plain
    }

    /// A run of letters and digits; what stands before it says what it is.
    fn word(&mut self, word: &str, before: &str) -> String {
        let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && before.ends_with("127.0.0.1:") {
            return "8080".to_owned();
        }
        // Ten digits, as the player draws them; a rule may choose another.
        let nonces = ["nonce=", "Nonce><![CDATA[", "\"Nonce\":\""];
        if is_number && word.len() == 10 && nonces.iter().any(|name| before.ends_with(name)) {
            return NONCE.to_owned();
        }
        if is_number {
            return self.number(word);
        }
        let sealed = word.len() >= 64;
        let hash = word.len() == 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        if sealed || hash {
            return "…".to_owned();
        }
        for mark in ["wxcheck-entity-", "wxcheck-word-"] {
            if let Some(at) = word.find(mark) {
                // The word for an entity that was expanded stays the same.
                let rest = &word[at + mark.len()..];
                if rest.starts_with(|char: char| char.is_ascii_digit()) || mark == "wxcheck-word-" {
                    return format!("{}{mark}1", &word[..at]);
                }
            }
        }
        if word.starts_with("oWXCK") && word.len() == 28 {
            return format!("oWXCK{:023}", self.number_of(word));
        }
        if word.starts_with("WXCK") && word.len() == 22 {
            return format!("WXCK{:018}", self.number_of(word));
        }
        if let Some(marked) = self.marked(word) {
            return marked;
        }
        // A name or a number in a path, or beside a dash.
        let parts = word.split_inclusive(['/', '=', '-', '_', '+']);
        if parts.clone().count() > 1 {
            let mut said = String::new();
            for part in parts {
                let end = part.len() - usize::from(!part.ends_with(char::is_alphanumeric));
                let inner = self.word(&part[..end], &said);
                said.push_str(&inner);
                said.push_str(&part[end..]);
            }
            return said;
        }
        word.to_owned()
    }

    /// The word with its mark under another name, if there is one in it.
    fn marked(&mut self, word: &str) -> Option<String> {
        let (letters, digits) = MARK;
        let at = word.find(letters)?;
        let (before, rest) = word.split_at(at);
        let mark = rest.get(..letters.len() + digits)?;
        let is_mark = mark[letters.len()..]
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit());
        is_mark.then(|| {
            let number = self.number_of(mark);
            let before = self.word(before, "");
            let after = self.word(&rest[mark.len()..], "");
            format!("{before}{letters}{number:0digits$}{after}")
        })
    }

    fn number(&mut self, digits: &str) -> String {
        let Ok(value) = digits.parse::<u64>() else {
            return digits.to_owned();
        };
        let now = clock::unix_seconds();
        if digits.len() == 10 && value.abs_diff(now) < NEAR.as_secs() {
            return MOMENT.to_string();
        }
        if digits.len() == 13 && (value / 1000).abs_diff(now) < NEAR.as_secs() {
            return (MOMENT * 1000).to_string();
        }
        // A MsgId; its first digits tell the second.
        if (16..=19).contains(&digits.len()) && !is_round(digits) {
            let number = self.number_of(digits);
            return format!("1{number:0width$}", width = digits.len() - 1);
        }
        digits.to_owned()
    }

    /// The number of a name, from 1.
    fn number_of(&mut self, name: &str) -> usize {
        let known = self.names.iter().position(|known| known == name);
        known.map_or_else(
            || {
                self.names.push(name.to_owned());
                self.names.len()
            },
            |place| place + 1,
        )
    }
}

/// A number of which an excerpt shows only a part.
fn is_cut(word: &str, before: &str, after: char) -> bool {
    let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    is_number && (before.ends_with('…') || after == '…')
}

/// Numbers that are written down, such as 2^53 and the largest, are no ids.
fn is_round(digits: &str) -> bool {
    ["9007199254740", "9223372036854775807", "1234567890"]
        .iter()
        .any(|round| digits.starts_with(round))
}

/// A character that can be seen, or its escape.
fn push_visible(text: &mut String, char: char) {
    let is_turned = matches!(char, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    if char == '\n' || !(char.is_control() || is_turned) {
        text.push(char);
    } else {
        text.extend(char.escape_unicode());
    }
}
