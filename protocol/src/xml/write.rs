//! Writing, byte for byte as WeChat does: verified against the Content-Length of captured requests.

use crate::message::{Field, Value};

/// The layout of a body: the places of its line breaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Layout {
    /// Plain-mode bodies and decrypted messages: one line feed after every closing tag but the last.
    Compact,
    /// The outer bodies of compat and safe mode: fields indented by four spaces, a line feed after every line.
    /// Captured bodies show flat fields only; that containers indent further is derived.
    Indented,
}

/// The way `]]>` inside a text is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CdataEnd {
    /// Split over two CDATA sections, so that the text survives.
    Split,
    /// As it is, which ends the section early: user text has been seen to arrive so, and to break the parse.
    Raw,
}

/// Writes the fields inside `<xml>`, without an XML declaration: texts as CDATA, numbers bare.
///
/// Control characters go out as they are, which no strict parser takes: WeChat does not remove them from user text.
///
/// ```
/// use wxcheck_protocol::message::Field;
/// use wxcheck_protocol::xml::{CdataEnd, Layout, write};
///
/// let fields = [Field::text("Content", "hi"), Field::number("MsgId", 7)];
/// let body = write(&fields, Layout::Compact, CdataEnd::Split);
/// assert_eq!(body, "<xml><Content><![CDATA[hi]]></Content>\n<MsgId>7</MsgId>\n</xml>");
/// ```
pub fn write(fields: &[Field], layout: Layout, cdata_end: CdataEnd) -> String {
    let mut writer = Writer {
        out: String::with_capacity(512),
        layout,
        cdata_end,
    };
    writer.out.push_str("<xml>");
    if layout == Layout::Indented {
        writer.out.push('\n');
    }
    for field in fields {
        writer.field(&field.name, &field.value, 1);
    }
    writer.out.push_str("</xml>");
    if layout == Layout::Indented {
        writer.out.push('\n');
    }
    writer.out
}

struct Writer {
    out: String,
    layout: Layout,
    cdata_end: CdataEnd,
}

impl Writer {
    fn field(&mut self, name: &str, value: &Value, depth: usize) {
        if let Value::Many(values) = value {
            for value in values {
                self.field(name, value, depth);
            }
            return;
        }
        self.indent(depth);
        self.tag("<", name);
        match value {
            Value::Text(text) => self.cdata(text),
            Value::Number(number) => self.out.push_str(&number.to_string()),
            Value::Bare(literal) => self.out.push_str(literal),
            Value::Group(fields) => {
                if self.layout == Layout::Indented {
                    self.out.push('\n');
                }
                for field in fields {
                    self.field(&field.name, &field.value, depth + 1);
                }
                self.indent(depth);
            }
            // Taken apart above.
            Value::Many(_) => {}
        }
        self.tag("</", name);
        self.out.push('\n');
    }

    fn indent(&mut self, depth: usize) {
        if self.layout == Layout::Indented {
            for _ in 0..depth {
                self.out.push_str("    ");
            }
        }
    }

    fn tag(&mut self, open: &str, name: &str) {
        self.out.push_str(open);
        self.out.push_str(name);
        self.out.push('>');
    }

    fn cdata(&mut self, text: &str) {
        self.out.push_str("<![CDATA[");
        match self.cdata_end {
            CdataEnd::Raw => self.out.push_str(text),
            CdataEnd::Split => {
                for (index, part) in text.split("]]>").enumerate() {
                    if index > 0 {
                        self.out.push_str("]]]]><![CDATA[>");
                    }
                    self.out.push_str(part);
                }
            }
        }
        self.out.push_str("]]>");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested() -> Vec<Field> {
        let item = |name: &str| Value::Group(vec![Field::text("PicMd5Sum", name)]);
        vec![
            Field::number("Count", 2),
            Field::group(
                "PicList",
                vec![Field::many("item", vec![item("a"), item("b")])],
            ),
        ]
    }

    #[test]
    fn compact_breaks_the_line_after_closing_tags_only() {
        assert_eq!(
            write(&nested(), Layout::Compact, CdataEnd::Split),
            "<xml><Count>2</Count>\n<PicList><item><PicMd5Sum><![CDATA[a]]></PicMd5Sum>\n</item>\n\
             <item><PicMd5Sum><![CDATA[b]]></PicMd5Sum>\n</item>\n</PicList>\n</xml>"
        );
    }

    #[test]
    fn indented_ends_with_a_line_feed() {
        assert_eq!(
            write(&nested()[..1], Layout::Indented, CdataEnd::Split),
            "<xml>\n    <Count>2</Count>\n</xml>\n"
        );
        assert!(
            write(&nested(), Layout::Indented, CdataEnd::Split)
                .contains("    <PicList>\n        <item>\n            <PicMd5Sum>")
        );
    }

    #[test]
    fn a_section_end_is_split_or_left() {
        let fields = [Field::text("Content", "a]]>b")];
        assert_eq!(
            write(&fields, Layout::Compact, CdataEnd::Split),
            "<xml><Content><![CDATA[a]]]]><![CDATA[>b]]></Content>\n</xml>"
        );
        assert_eq!(
            write(&fields, Layout::Compact, CdataEnd::Raw),
            "<xml><Content><![CDATA[a]]>b]]></Content>\n</xml>"
        );
    }

    #[test]
    fn control_characters_go_out_as_they_are() {
        let body = write(
            &[Field::text("Content", "a\u{2}\u{0}b")],
            Layout::Compact,
            CdataEnd::Split,
        );
        assert!(body.contains("<![CDATA[a\u{2}\u{0}b]]>"));
    }
}
