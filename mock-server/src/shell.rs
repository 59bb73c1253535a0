//! Pieces of a line for bash or zsh. Texts of others stand in it as what they are, and do nothing to whoever reads it.

use std::fmt::Write as _;

use crate::active::acts;

/// A word that stands for itself: plain single quotes where they suffice, `$'…'` where the text holds a quote or something
/// that a terminal or a log would act on. A zero byte has no place in a line.
pub fn word(text: &str) -> String {
    let plain = |char: char| char != '\'' && !char.is_control() && !acts(char);
    if text.chars().all(plain) && !text.contains("##") {
        return format!("'{text}'");
    }
    let mut word = String::from("$'");
    for char in text.chars() {
        match char {
            '\'' => word.push_str("\\'"),
            '\\' => word.push_str("\\\\"),
            '\n' => word.push_str("\\n"),
            '\r' => word.push_str("\\r"),
            '\t' => word.push_str("\\t"),
            // Two of them may begin a command.
            '#' if word.ends_with('#') => word.push_str("\\x23"),
            acting if acts(acting) => {
                for byte in acting.encode_utf8(&mut [0; 4]).bytes() {
                    let _ = write!(word, "\\x{byte:02x}");
                }
            }
            other => word.push(other),
        }
    }
    word.push('\'');
    word
}

/// A word for any POSIX shell, in quotes where it needs them.
pub fn portable(text: &str) -> String {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "-._:/@%+,=".contains(char);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        portable_quoted(text)
    }
}

/// The same, in quotes at any rate.
pub fn portable_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A URL or a piece of one, between double quotes, where the line fills in what it computes.
pub fn in_double_quotes(url: &str) -> String {
    url.chars().fold(String::new(), |mut safe, char| {
        match char {
            '"' | '\\' | '$' | '`' => safe.extend(['\\', char]),
            // A shell at which somebody types looks for it within double quotes too.
            '!' => safe.push_str("\"'!'\""),
            other => safe.push(other),
        }
        safe
    })
}

/// The command that puts a signature into a variable: over a token, the time in `$t`, a nonce, and an `Encrypt` value where
/// one is given. The token stands as the shell has it between double quotes.
pub fn signature(variable: &str, token: &str, nonce: &str, over: Option<&str>) -> String {
    let over = over.map_or_else(String::new, |text| format!(" {}", word(text)));
    let nonce = word(nonce);
    format!(
        "{variable}=$(printf '%s\\n' \"{token}\" \"$t\" {nonce}{over} | LC_ALL=C sort | tr -d '\\n' | {{ sha1sum 2>/dev/null || shasum; }} | cut -c1-40); "
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_written_as_bytes() {
        assert_eq!(
            word("a\u{202e}\u{85}'##[b]"),
            r"$'a\xe2\x80\xae\xc2\x85\'#\x23[b]'"
        );
        assert_eq!(word("a # 你"), "'a # 你'");
    }

    #[cfg(unix)]
    #[test]
    fn a_shell_reads_what_was_written() {
        let texts = [
            "it's `$(x)` \"y\" \\n",
            "<a>\n\t\r##[error]\u{202e}\u{1b}[2J",
        ];
        for text in texts {
            let line = format!("printf %s {}", word(text));
            assert_eq!(printed(&line), text, "{line}");
        }
        let url = "http://h/a!b?x=`$(x)`\\";
        let line = format!("printf %s \"{}\"", in_double_quotes(url));
        assert_eq!(printed(&line), url, "{line}");
    }

    #[cfg(unix)]
    fn printed(line: &str) -> String {
        let shell = std::process::Command::new("bash")
            .args(["-c", line])
            .output();
        String::from_utf8(shell.unwrap().stdout).unwrap()
    }
}
