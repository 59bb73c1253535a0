//! The EncodingAESKey: 43 base64 characters that stand for a 32-byte AES key. Documented: message push page.

use std::fmt;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use subtle::ConstantTimeEq;
use thiserror::Error;

use crate::limits::{AES_BLOCK, KEY_LENGTH};

/// An EncodingAESKey, decoded. `Debug` never shows it.
///
/// Two keys are equal when they stand for the same 32 bytes: four spellings do, because the last character carries
/// two bits that mean nothing.
#[derive(Clone)]
pub struct EncodingAesKey {
    bytes: [u8; 32],
    stray_bits: bool,
}

impl EncodingAesKey {
    /// Reads the 43 characters as the admin page shows them.
    ///
    /// Any base64 character is taken, though WeChat generates letters and digits only. So are stray bits in the last
    /// character: Tencent's own sample key has them.
    pub fn parse(text: &str) -> Result<Self, AesKeyError> {
        let found = text.chars().count();
        if found != KEY_LENGTH {
            return Err(AesKeyError::Length { found });
        }
        let foreign =
            |(_, c): &(usize, char)| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '/'));
        if let Some((index, found)) = text.chars().enumerate().find(foreign) {
            return Err(AesKeyError::Character { index, found });
        }
        let mut bytes = [0; 32];
        // 43 characters of the alphabet always give 32 bytes, so no caller ever sees this error.
        KEY_BASE64
            .decode_slice(text, &mut bytes)
            .map_err(|_| AesKeyError::Length { found })?;
        Ok(Self {
            bytes,
            stray_bits: KEY_BASE64.encode(bytes) != text,
        })
    }

    /// The 32 bytes of the AES-256 key.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// The 43 characters that stand for these bytes, without stray bits.
    pub fn text(&self) -> String {
        KEY_BASE64.encode(self.bytes)
    }

    /// The initialization vector: the first 16 bytes of the key. The pages do not state it; every official sample
    /// uses it.
    pub fn iv(&self) -> [u8; AES_BLOCK] {
        std::array::from_fn(|index| self.bytes[index])
    }

    /// True if the last character carries bits that mean nothing; strict base64 decoders refuse such a key.
    pub fn has_stray_bits(&self) -> bool {
        self.stray_bits
    }
}

impl PartialEq for EncodingAesKey {
    fn eq(&self, other: &Self) -> bool {
        self.bytes.ct_eq(&other.bytes).into()
    }
}

impl Eq for EncodingAesKey {}

impl fmt::Debug for EncodingAesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncodingAesKey(***)")
    }
}

/// A fault of an EncodingAESKey as it was configured. Says where it is, never the key.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum AesKeyError {
    /// Not 43 characters.
    #[error("the EncodingAESKey has {found} characters instead of {KEY_LENGTH}")]
    Length {
        /// Characters found.
        found: usize,
    },
    /// A character outside the base64 alphabet.
    #[error(
        "the EncodingAESKey has {found:?} at position {index}, which is not a base64 character"
    )]
    Character {
        /// Its position, counted in characters from 0.
        index: usize,
        /// The character.
        found: char,
    },
}

const KEY_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

#[cfg(test)]
mod tests {
    use super::*;

    const TENCENT_SAMPLE: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

    #[test]
    fn four_spellings_are_one_key() {
        let canonical =
            EncodingAesKey::parse("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFE").unwrap();
        assert!(!canonical.has_stray_bits());
        for last in ['F', 'G', 'H'] {
            let alias = EncodingAesKey::parse(&format!("{}{last}", &TENCENT_SAMPLE[..42])).unwrap();
            assert!(alias.has_stray_bits());
            assert_eq!(alias, canonical);
        }
        let next = EncodingAesKey::parse(&format!("{}I", &TENCENT_SAMPLE[..42])).unwrap();
        assert_ne!(next, canonical);
    }

    #[test]
    fn the_iv_is_the_front_of_the_key() {
        let key = EncodingAesKey::parse(TENCENT_SAMPLE).unwrap();
        assert_eq!(key.iv(), key.bytes()[..16]);
    }

    #[test]
    fn errors_say_where_and_never_the_key() {
        let short = EncodingAesKey::parse(&TENCENT_SAMPLE[..42]).unwrap_err();
        assert_eq!(short, AesKeyError::Length { found: 42 });
        let padded = EncodingAesKey::parse(&format!("{TENCENT_SAMPLE}=")).unwrap_err();
        assert_eq!(padded, AesKeyError::Length { found: 44 });
        let dashed = EncodingAesKey::parse(&TENCENT_SAMPLE.replace('d', "-")).unwrap_err();
        assert_eq!(
            dashed,
            AesKeyError::Character {
                index: 3,
                found: '-'
            }
        );
        assert!(!dashed.to_string().contains("efgh"));
        let wide = EncodingAesKey::parse(&TENCENT_SAMPLE.replace('d', "密")).unwrap_err();
        assert_eq!(
            wide,
            AesKeyError::Character {
                index: 3,
                found: '密'
            }
        );
    }

    #[test]
    fn debug_keeps_the_secret() {
        let key = EncodingAesKey::parse(TENCENT_SAMPLE).unwrap();
        assert_eq!(format!("{key:?}"), "EncodingAesKey(***)");
    }
}
