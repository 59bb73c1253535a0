//! Sentences and bodies as markup: names in back-ticks are set as code, and what would not be seen is shown.

use maud::{Markup, html};
use wxcheck_mock_server::active::acts;

use super::difference::Piece;
use crate::words::in_chinese;

/// A sentence, whose parts in back-ticks are code.
pub(super) fn sentence(text: &str) -> Markup {
    html! {
        @for (place, part) in text.split('`').enumerate() {
            @if place % 2 == 1 {
                code { (visible(part)) }
            } @else {
                (part)
            }
        }
    }
}

/// A sentence of the suite in both languages.
pub(super) fn render(text: &str) -> Markup {
    pair(text, &in_chinese(text))
}

/// A sentence of both languages.
pub(super) fn pair(english: &str, chinese: &str) -> Markup {
    if english == chinese {
        return sentence(english);
    }
    super::words::both_of(&sentence(english), &sentence(chinese))
}

/// A sentence some of which is marked.
pub(super) fn marked(pieces: &[Piece<'_>]) -> Markup {
    html! {
        @for piece in pieces {
            @match (piece.is_code, piece.is_marked) {
                (false, false) => (piece.text),
                (false, true) => mark { (piece.text) },
                (true, false) => code { (visible(piece.text)) },
                (true, true) => code { mark { (visible(piece.text)) } },
            }
        }
    }
}

/// A body with its line ends shown, and these parts of it marked.
pub(super) fn body(text: &str, marks: &[&str]) -> Markup {
    html! {
        @for (part, is_marked) in cut_at(text, marks) {
            @if is_marked {
                mark { (with_line_ends(part)) }
            } @else {
                (with_line_ends(part))
            }
        }
    }
}

fn with_line_ends(text: &str) -> Markup {
    html! {
        @for (place, line) in text.split('\n').enumerate() {
            @if place > 0 {
                i.nl aria-hidden="true" {}
                "\n"
            }
            (visible(line))
        }
    }
}

/// A text whose characters that act are set apart, each as its escape.
fn visible(text: &str) -> Markup {
    html! {
        @for run in text.chunk_by_kind() {
            @if run.starts_with(acts) {
                @for char in run.chars() {
                    b.esc { (char.escape_unicode()) }
                }
            } @else {
                (run)
            }
        }
    }
}

/// Runs of characters that act, and of those that do not.
trait Runs {
    fn chunk_by_kind(&self) -> Vec<&str>;
}

impl Runs for str {
    fn chunk_by_kind(&self) -> Vec<&str> {
        let mut runs = Vec::new();
        let mut rest = self;
        while let Some(first) = rest.chars().next() {
            let kind = acts(first);
            let end = rest.find(|char| acts(char) != kind).unwrap_or(rest.len());
            let (run, behind) = rest.split_at(end);
            runs.push(run);
            rest = behind;
        }
        runs
    }
}

/// The text in order, each part of it with whether it is one of the marks.
fn cut_at<'t>(text: &'t str, marks: &[&str]) -> Vec<(&'t str, bool)> {
    let mut parts = Vec::new();
    let mut rest = text;
    let first = |rest: &str| {
        let found = marks.iter().filter(|mark| !mark.is_empty());
        found
            .filter_map(|mark| Some((rest.find(mark)?, mark.len())))
            .min_by_key(|(at, length)| (*at, usize::MAX - length))
    };
    while let Some((at, length)) = first(rest) {
        let (before, from) = rest.split_at(at);
        let (mark, behind) = from.split_at(length);
        parts.extend([(before, false), (mark, true)]);
        rest = behind;
    }
    parts.push((rest, false));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_shown_as_its_escape_and_markup_is_text() {
        let shown = body("a\u{202e}<b>\u{0}\nc", &["<b>"]).into_string();
        let wanted = "a<b class=\"esc\">\\u{202e}</b><mark>&lt;b&gt;</mark><b class=\"esc\">\\u{0}</b>\
                      <i class=\"nl\" aria-hidden=\"true\"></i>\nc";
        assert_eq!(shown, wanted);
        assert_eq!(
            sentence("is `<i>`, not \"x\"").into_string(),
            "is <code>&lt;i&gt;</code>, not &quot;x&quot;"
        );
    }
}
