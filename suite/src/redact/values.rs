//! Goes through the values of a written document, JSON, XML or HTML, and leaves its syntax alone: no secret, however it
//! reads, can make a report unreadable.

use quick_xml::escape::{escape, unescape};

/// The role of a string in JSON: the name of a value, or a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Part {
    Name,
    Value,
}

/// The same JSON with other strings.
pub(super) fn of_json(json: &str, change: impl Fn(&str, Part) -> String) -> String {
    let mut changed = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(start) = rest.find('"') {
        changed.push_str(&rest[..start]);
        let length = literal(&rest[start..]);
        let (text, behind) = rest[start..].split_at(length);
        let part = if behind.trim_start().starts_with(':') {
            Part::Name
        } else {
            Part::Value
        };
        // It was written by serde.
        let text: String = serde_json::from_str(text).unwrap_or_default();
        changed.push_str(&serde_json::to_string(&change(&text, part)).unwrap_or_default());
        rest = behind;
    }
    changed + rest
}

/// The length of a string, with its quotes.
fn literal(json: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in json.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    json.len()
}

/// The same XML with other texts and attributes. It was written by quick-xml: `<`, `>` and quotes in a value are escaped.
pub(super) fn of_xml(xml: &str, change: impl Fn(&str) -> String) -> String {
    let value = |text: &str| match unescape(text) {
        Ok(plain) if !plain.trim().is_empty() => escape(change(&plain)).into_owned(),
        _ => text.to_owned(),
    };
    let mut changed = String::with_capacity(xml.len());
    let mut rest = xml;
    while !rest.is_empty() {
        let (text, behind) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
        changed.push_str(&value(text));
        let (tag, behind) = behind.split_at(behind.find('>').map_or(behind.len(), |end| end + 1));
        for (place, part) in tag.split('"').enumerate() {
            if place > 0 {
                changed.push('"');
            }
            if place % 2 == 1 {
                changed.push_str(&value(part));
            } else {
                changed.push_str(part);
            }
        }
        rest = behind;
    }
    changed
}

/// The same HTML with other texts. Attributes are all our own, and so are styles and scripts; whoever wrote it has escaped `<`,
/// `>` and quotes in texts.
pub(super) fn of_html(html: &str, change: impl Fn(&str) -> String) -> String {
    let mut changed = String::with_capacity(html.len());
    let mut rest = html;
    while !rest.is_empty() {
        let (text, behind) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
        match unescape(text) {
            Ok(plain) if !plain.trim().is_empty() => changed.push_str(&escape(change(&plain))),
            _ => changed.push_str(text),
        }
        let ours = ["style", "script"].into_iter().find(|name| {
            let tag = behind.strip_prefix('<');
            tag.and_then(|tag| tag.strip_prefix(name)).is_some()
        });
        let end = match ours {
            Some(name) => behind.find(&format!("</{name}>")),
            None => behind.find('>').map(|end| end + 1),
        };
        let (tag, behind) = behind.split_at(end.unwrap_or(behind.len()));
        changed.push_str(tag);
        rest = behind;
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_of_json_change_and_nothing_else_does() {
        let json = r#"{"a": ["a", 1, "b\"a\\", {"": "a"}], "a\\": "a"}"#;
        let changed = of_json(json, |text, part| match part {
            Part::Name => text.to_owned(),
            Part::Value => text.replace('a', "\"x"),
        });
        assert_eq!(
            changed,
            r#"{"a": ["\"x", 1, "b\"\"x\\", {"": "\"x"}], "a\\": "\"x"}"#
        );
    }

    #[test]
    fn values_of_xml_change_and_names_do_not() {
        let xml = "<a a=\"a&lt;\" b=\"\">\n  <a/>x &amp; a</a>";
        let changed = of_xml(xml, |text| text.replace('a', "<"));
        assert_eq!(changed, "<a a=\"&lt;&lt;\" b=\"\">\n  <a/>x &amp; &lt;</a>");
    }

    #[test]
    fn texts_of_html_change_and_nothing_else_does() {
        let html = "<!DOCTYPE html><style>a{}</style><a a=\"a\"> a &lt;</a><script>a</script>a";
        let changed = of_html(html, |text| text.replace('a', "<b>"));
        let wanted = "<!DOCTYPE html><style>a{}</style><a a=\"a\"> &lt;b&gt; &lt;</a><script>a</script>&lt;b&gt;";
        assert_eq!(changed, wanted);
    }
}
