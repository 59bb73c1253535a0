//! Texts in Markdown that do nothing but be read.
//!
//! What a target may have written stands in code, a span or a block whose fence is longer than any in the text: there
//! neither Markdown nor HTML nor a mention means anything. Only words of our own stand outside.

use std::fmt::Write as _;

/// Words of our own, whose backticks mark code.
pub(crate) fn prose(words: &str) -> String {
    let mut text = String::new();
    for (place, part) in words.split('`').enumerate() {
        if place % 2 == 1 {
            text += &span(part);
            continue;
        }
        for char in part.chars() {
            match char {
                '&' => text += "&amp;",
                '<' => text += "&lt;",
                '>' => text += "&gt;",
                '\\' | '*' | '_' | '[' | ']' | '~' | '|' | '#' | '!' => text.extend(['\\', char]),
                other => text.push(other),
            }
        }
    }
    text
}

/// The same within HTML, where Markdown is not read.
pub(crate) fn html(words: &str) -> String {
    let mut text = String::new();
    for (place, part) in words.split('`').enumerate() {
        let part = part
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        if place % 2 == 1 {
            let _ = write!(text, "<code>{part}</code>");
        } else {
            text += &part;
        }
    }
    text
}

/// Any text as code, on one line.
pub(crate) fn span(text: &str) -> String {
    let line = text.replace(['\n', '\r'], " ");
    let fence = "`".repeat(longest_run(&line) + 1);
    // A space on both sides is taken away again, and keeps a backtick of the text from its fence.
    let room = if line.is_empty() || line.starts_with(['`', ' ']) || line.ends_with(['`', ' ']) {
        " "
    } else {
        ""
    };
    format!("{fence}{room}{line}{room}{fence}")
}

/// The same in a table, where a bar ends a cell, in code too.
pub(crate) fn cell(text: &str) -> String {
    span(text).replace('|', "\\|")
}

/// Any text as a block of code, with a line's end behind it.
pub(crate) fn block(language: &str, text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!(
        "{fence}{language}\n{}\n{fence}\n",
        text.trim_end_matches('\n')
    )
}

/// The length of the longest row of backticks.
fn longest_run(text: &str) -> usize {
    let runs = text.split(|char| char != '`').map(str::len);
    runs.max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_code() {
        for (text, code) in [
            ("plain", "`plain`"),
            ("", "`  `"),
            ("a`b", "``a`b``"),
            ("`x`", "`` `x` ``"),
            ("a\n```\n# b", "````a ``` # b````"),
        ] {
            assert_eq!(span(text), code);
        }
        assert_eq!(cell("a | b"), "`a \\| b`");
        assert_eq!(block("text", "a\n"), "```text\na\n```\n");
        assert_eq!(
            block("text", "a\n```\n@you"),
            "````text\na\n```\n@you\n````\n"
        );
    }

    #[test]
    fn our_own_words_keep_their_code_and_mean_nothing_else() {
        let words = "answer `<xml>` in *time*, <b> [x]";
        assert_eq!(
            prose(words),
            "answer `<xml>` in \\*time\\*, &lt;b&gt; \\[x\\]"
        );
        assert_eq!(
            html(words),
            "answer <code>&lt;xml&gt;</code> in *time*, &lt;b&gt; [x]"
        );
    }
}
