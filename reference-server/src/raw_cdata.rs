//! CDATA sections whose text holds `]]>` as it is. Observed: WeChat does not split what users type, and a server that
//! refuses such a push loses the message.

/// The text with each such section split in two, so that it is XML.
///
/// A section ends where a closing tag follows, as it does in every push; what follows another `]]>` is still text,
/// unless it is the rest of a section that was split properly.
pub(crate) fn repaired(text: &str) -> String {
    let mut repaired = String::with_capacity(text.len() + END_IN_TEXT.len());
    let mut rest = text;
    while let Some((before, section)) = rest.split_once(START) {
        repaired.push_str(before);
        repaired.push_str(START);
        rest = section;
        while let Some((inside, after)) = rest.split_once(END) {
            repaired.push_str(inside);
            rest = after;
            if after.trim_start().starts_with("</") || after.starts_with(START) {
                repaired.push_str(END);
                break;
            }
            repaired.push_str(END_IN_TEXT);
        }
    }
    repaired.push_str(rest);
    repaired
}

const START: &str = "<![CDATA[";
const END: &str = "]]>";
/// The end mark as text, in two sections.
const END_IN_TEXT: &str = "]]]]><![CDATA[>";

#[cfg(test)]
mod tests {
    use wxcheck_protocol::message::Field;
    use wxcheck_protocol::xml::{CdataEnd, Layout, read, write};

    use super::*;

    #[test]
    fn raw_ends_become_text_and_proper_xml_stays() {
        for words in [
            "a]]>b",
            "]]>",
            "]]>]]>",
            "]]]]>",
            "a]]><b>c</b>",
            "<![CDATA[a]]>b",
            "plain",
        ] {
            let fields = [Field::text("Content", words), Field::text("More", "x")];
            let split = write(&fields, Layout::Compact, CdataEnd::Split);
            assert_eq!(repaired(&split), split);
            let raw = write(&fields, Layout::Compact, CdataEnd::Raw);
            let content = read(&repaired(&raw)).map(|document| document.root.fields());
            assert_eq!(content.as_deref(), Ok(fields.as_slice()), "{words}");
        }
    }

    #[test]
    fn what_is_no_xml_stays_no_xml() {
        for broken in ["<xml><a><![CDATA[x", "<xml><a><![CDATA[x]]>", "]]>"] {
            assert!(read(&repaired(broken)).is_err(), "{broken}");
        }
    }
}
