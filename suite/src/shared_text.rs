//! Text whose copies share their bytes. A run keeps thousands of sealed bodies, each with the ciphertext that its signature
//! covers: that is a piece of the body, and held once.

use std::ops::Deref;

use bytes::Bytes;

/// UTF-8 text. A copy costs no memory, and keeps all that it was cut from.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SharedText(Bytes);

impl SharedText {
    /// The part of this text that reads the same, if it has one: it takes no memory of its own.
    #[must_use]
    pub fn piece(&self, text: &str) -> Option<Self> {
        let start = self.find(text)?;
        Some(Self(self.0.slice(start..start + text.len())))
    }

    /// The bytes, shared as well.
    pub fn bytes(&self) -> Bytes {
        self.0.clone()
    }
}

impl Deref for SharedText {
    type Target = str;

    fn deref(&self) -> &str {
        // It is made of text, and cut where a text begins and ends.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl From<String> for SharedText {
    fn from(text: String) -> Self {
        // Without the room that a text has for growing.
        Self(Bytes::from(text.into_bytes().into_boxed_slice()))
    }
}

impl From<&str> for SharedText {
    fn from(text: &str) -> Self {
        Self(Bytes::copy_from_slice(text.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_shares_the_bytes_of_the_whole() {
        let whole = SharedText::from("<Encrypt>密文</Encrypt>");
        let piece = whole.piece("密文").unwrap();
        assert_eq!(&*piece, "密文");
        assert_eq!(piece.as_ptr(), whole[9..].as_ptr());
        assert_eq!(whole.piece("another"), None);
        assert_eq!(whole.bytes().as_ptr(), whole.as_ptr());
    }
}
