//! Complaints of the readers of JSON, queries and paths, as the control API says them: the place first, then what is wrong, with
//! values that are cut, and what to do.

use url::form_urlencoded;

use crate::cut::cut;

/// Bytes of a value that a complaint repeats.
const VALUE_BYTES: usize = 200;

/// Beginnings that say only who complains.
const PREFIXES: [&str; 4] = [
    "Failed to deserialize query string: ",
    "Failed to deserialize the JSON body into the target type: ",
    "Failed to parse the request body as JSON: ",
    "Invalid URL: ",
];

/// The ends of complaints that do not say what to do, or say it in words of Rust; and what is said in their place.
const MENDS: [(&str, &str); 8] = [
    (
        "invalid digit found in string",
        "give a whole number, 0 or more",
    ),
    (
        "cannot parse integer from empty string",
        "give a whole number, 0 or more",
    ),
    (
        "number too large to fit in target type",
        "too large; give a smaller number",
    ),
    (
        "provided string was not `true` or `false`",
        "give true or false",
    ),
    (
        "invalid IP address syntax",
        "give IP addresses, like 127.0.0.1",
    ),
    ("expected variant identifier", "expected a string"),
    ("expected string or map", "expected a string or an object"),
    ("there are no fields", "expected none"),
];

/// A complaint about a body.
pub(super) fn of_body(text: &str) -> String {
    let (fault, place) = placed(fault_in(text));
    format!("body{place}: {}", mended(fault))
}

/// A complaint about a query, with the value that it is about.
pub(super) fn of_query(text: &str, query: &str) -> String {
    let fault = fault_in(text);
    let named = fault.split_once(": ").and_then(|(name, wrong)| {
        // What is called otherwise is wrong whatever its value is.
        if wrong.starts_with("unknown field") {
            return None;
        }
        let mut given = form_urlencoded::parse(query.as_bytes());
        let (_, value) = given.find(|(own, _)| own == name)?;
        let is_told = wrong.contains(&format!("`{value}`"));
        (!is_told).then(|| format!("{name} `{value}`: {}", mended(wrong)))
    });
    let told = named.unwrap_or_else(|| mended(fault));
    format!("query: {told}")
}

/// A complaint about a path. A parameter that is no text is a number.
pub(super) fn of_path(text: &str) -> String {
    let fault = fault_in(text);
    let number = fault
        .strip_prefix("Cannot parse `")
        .and_then(|rest| rest.rsplit_once("` to a `u"));
    match number {
        Some((value, _)) => format!("path `{value}`: give a whole number, 0 or more"),
        None => format!("path: {}", mended(fault)),
    }
}

/// A complaint about a body that its writer never saw as a text: without its place.
pub(in crate::serve) fn without_place(told: &str) -> String {
    let placed = told.strip_prefix("body, line ");
    let behind = placed.and_then(|rest| rest.split_once(": "));
    behind.map_or_else(|| told.to_owned(), |(_, fault)| format!("body: {fault}"))
}

/// The text with its long values cut: what stands in quotation marks, and long words outside of them. So the end of a
/// sentence, which says what to do, is never lost to what somebody sent.
pub(super) fn with_short_values(text: &str) -> String {
    let mut told = String::new();
    let (mut from, mut quotation, mut is_escaped) = (0, None, false);
    for (at, letter) in text.char_indices() {
        let ends = match quotation {
            Some(mark) => letter == mark && !is_escaped,
            None => matches!(letter, '`' | '"' | ' '),
        };
        is_escaped = quotation == Some('"') && letter == '\\' && !is_escaped;
        if ends {
            push_cut(&mut told, &text[from..at]);
            told.push(letter);
            from = at + letter.len_utf8();
            let begins = quotation.is_none() && letter != ' ';
            quotation = begins.then_some(letter);
        }
    }
    push_cut(&mut told, &text[from..]);
    told
}

fn push_cut(told: &mut String, piece: &str) {
    let kept = cut(piece, VALUE_BYTES);
    told.push_str(kept);
    if kept.len() < piece.len() {
        told.push('…');
        // The mark behind a name parts it from what is told of it.
        told.extend(piece.chars().next_back().filter(|last| *last == ':'));
    }
}

/// The part of a complaint that tells the caller what is wrong with what they sent.
fn fault_in(text: &str) -> &str {
    let mut faults = PREFIXES
        .into_iter()
        .filter_map(|prefix| text.strip_prefix(prefix));
    faults.next().unwrap_or(text)
}

/// The fault, and where in the body it is.
fn placed(fault: &str) -> (&str, String) {
    let place = fault.rsplit_once(" at line ").and_then(|(fault, place)| {
        let (line, column) = place.split_once(" column ")?;
        let is_number = |text: &str| text.parse::<u32>().is_ok();
        (is_number(line) && is_number(column)).then_some((fault, line, column))
    });
    match place {
        Some((fault, line, column)) => (fault, format!(", line {line}, column {column}")),
        None => (fault, String::new()),
    }
}

fn mended(fault: &str) -> String {
    let mend = MENDS
        .into_iter()
        .find_map(|(said, mend)| Some((fault.strip_suffix(said)?, mend)));
    mend.map_or_else(
        || fault.to_owned(),
        |(before, mend)| format!("{before}{mend}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_says_where_what_and_what_to_do() {
        let body = "Failed to deserialize the JSON body into the target type: ip_whitelist[0]: invalid IP address syntax at line 1 column 21";
        let told = "body, line 1, column 21: ip_whitelist[0]: give IP addresses, like 127.0.0.1";
        assert_eq!(of_body(body), told);
        assert_eq!(without_place(told), told.replace(", line 1, column 21", ""));
        assert_eq!(of_body("`x` at line 1"), "body: `x` at line 1");

        let query = "Failed to deserialize query string: since: invalid digit found in string";
        let told = "query: since `x y`: give a whole number, 0 or more";
        assert_eq!(of_query(query, "count=1&since=x+y"), told);
        for whole in [
            "fate: unknown variant `x`, expected one of `taken`, `refused`",
            "since: unknown field `since`, expected `count`",
        ] {
            let told = of_query(whole, "fate=x&since=1");
            assert_eq!(told, format!("query: {whole}"));
        }

        let path = "Invalid URL: Cannot parse `x` to a `u64`";
        assert_eq!(of_path(path), "path `x`: give a whole number, 0 or more");
    }

    #[test]
    fn a_long_value_is_cut_and_the_sentence_is_whole() {
        let long = "x y ".repeat(1000);
        for (open, close) in [("`", "`"), ("\"\\\"", "\"")] {
            let told = with_short_values(&format!("kind: {open}{long}{close}; give `mini`"));
            assert!(told.ends_with(&format!("…{close}; give `mini`")), "{told}");
            assert!(told.len() < 2 * VALUE_BYTES, "{told}");
        }
        let told = with_short_values(&format!("{}: no such key", "k".repeat(1000)));
        assert!(told.ends_with("k…: no such key"), "{told}");
        assert_eq!(with_short_values("a `b` \"c\" 你"), "a `b` \"c\" 你");
    }
}
