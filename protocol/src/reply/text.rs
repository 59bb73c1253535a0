//! Answers that are no object: pages, words, anything.

use super::ReplyKind;

/// True for a web page, and for a text that has pieces of one where no message has them.
pub(super) fn is_html(text: &str) -> bool {
    match text.as_bytes().first() {
        // Inside a message, markup may be the user's own text: only the first tag counts.
        Some(b'<') => starts_as_html(text),
        Some(b'{' | b'[' | b'"') => false,
        _ => {
            let lower = text.to_ascii_lowercase();
            PAGE_TAGS.iter().any(|tag| lower.contains(tag))
        }
    }
}

/// The first 200 characters.
pub(super) fn excerpt(text: &str) -> String {
    text.chars().take(EXCERPT).collect()
}

pub(super) fn word_or_other(text: &str) -> ReplyKind {
    let short = text.chars().count() <= WORD && !text.contains(char::is_control);
    if short {
        ReplyKind::StatusWord(text.to_owned())
    } else {
        ReplyKind::Other(excerpt(text))
    }
}

/// Skips declarations and comments, which pages and messages share, and looks at what follows.
fn starts_as_html(text: &str) -> bool {
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let end = if rest.starts_with("<?xml") {
            "?>"
        } else if rest.starts_with("<!--") {
            "-->"
        } else {
            break;
        };
        match rest.split_once(end) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    let Some(tag) = rest.strip_prefix('<') else {
        return false;
    };
    let name_end = tag
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '!')
        .unwrap_or(tag.len());
    let (name, after) = tag.split_at(name_end);
    let doctype = name.eq_ignore_ascii_case("!doctype")
        && after
            .trim_start()
            .get(..4)
            .is_some_and(|root| root.eq_ignore_ascii_case("html"));
    doctype
        || HTML_ELEMENTS
            .iter()
            .any(|element| element.eq_ignore_ascii_case(name))
}

/// Elements that an answer of HTML begins with: pages, error pages, PHP warnings, debug toolbars.
const HTML_ELEMENTS: &[&str] = &[
    "a", "b", "body", "br", "center", "div", "font", "form", "h1", "h2", "h3", "head", "hr",
    "html", "img", "link", "meta", "p", "pre", "script", "section", "span", "style", "table",
    "title",
];

/// Tags that give a page away in the middle of other text.
const PAGE_TAGS: &[&str] = &[
    "<!doctype html",
    "<html",
    "<body",
    "<script",
    "<div",
    "<br",
    "<pre",
];

const EXCERPT: usize = 200;
const WORD: usize = 16;
