//! A body as a page of a mini program reads it: text, without one byte order mark, in whatever encoding it came.
//!
//! Documented of wx.request: UTF-8 is advised, other encodings are converted where that works, and exactly one byte order
//! mark is removed. No page says anything else of fetched data, so they are read the same way.

use encoding_rs::GBK;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// A text as a page reads it, with what was done for it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// True if a byte order mark was removed.
    pub bom: bool,
    /// From which encoding it was converted; `None` where it came in UTF-8.
    pub converted: Option<&'static str>,
}

/// Bytes that are no text, as far as is known here.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not UTF-8: the byte at {0} belongs to no character")]
pub struct NotText(pub usize);

impl Text {
    /// Reads a body.
    pub fn read(bytes: &[u8]) -> Result<Self, NotText> {
        let (rest, bom) = match bytes.strip_prefix(BOM) {
            Some(rest) => (rest, true),
            None => (bytes, false),
        };
        let (text, converted) = match std::str::from_utf8(rest) {
            Ok(text) => (text.to_owned(), None),
            Err(error) => {
                let decoded = GBK.decode_without_bom_handling_and_without_replacement(rest);
                let removed = if bom { BOM.len() } else { 0 };
                let text = decoded.ok_or(NotText(removed + error.valid_up_to()))?;
                (text.into_owned(), Some("GBK"))
            }
        };
        Ok(Self {
            text,
            bom,
            converted,
        })
    }

    /// Remarks on what was done, for people.
    pub fn notes(&self) -> Vec<String> {
        let removed = self.bom.then(|| "a byte order mark was removed".to_owned());
        let converted = self
            .converted
            .map(|encoding| format!("converted from {encoding}; send UTF-8, conversion can fail"));
        removed.into_iter().chain(converted).collect()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_byte_order_mark_is_removed_and_gbk_is_converted() {
        assert_eq!(Text::read("你好".as_bytes()), Ok("你好".into()));
        let marked = Text::read("\u{feff}\u{feff}{}".as_bytes()).unwrap();
        assert_eq!((marked.text.as_str(), marked.bom), ("\u{feff}{}", true));
        let gbk = Text::read(b"\xc4\xe3\xba\xc3").unwrap();
        assert_eq!((gbk.text.as_str(), gbk.converted), ("你好", Some("GBK")));
        assert_eq!(gbk.notes().len(), 1);
        assert_eq!(Text::read(b"ab\xff"), Err(NotText(2)));
        assert_eq!(Text::read(b"\xef\xbb\xbfab\xff"), Err(NotText(5)));
    }
}
