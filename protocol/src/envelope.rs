//! The encrypted envelope of compat and safe mode: AES-256-CBC over
//! `random (16 bytes) | message length (4 bytes, big-endian) | message | appid`, filled up by PKCS#7 to a multiple
//! of 32 bytes, in base64. Documented: message push page.

use aes::Aes256;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use thiserror::Error;

use crate::aes_key::EncodingAesKey;
use crate::limits::{AES_BLOCK, PADDING_BLOCK};

/// Seals a message as WeChat does. `random` goes in front of it; WeChat takes 16 lower-case hex digits.
pub fn seal(key: &EncodingAesKey, appid: &str, random: &[u8; 16], message: &[u8]) -> String {
    let mut padded = pad(frame(appid, random, message), PADDING_BLOCK);
    encrypt_in_place(key, &mut padded);
    BASE64_STANDARD.encode(padded)
}

/// The frame before padding: random bytes, length, message, appid.
///
/// The length field holds 32 bits: a longer message gets their largest value.
pub fn frame(appid: &str, random: &[u8; 16], message: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(HEAD + message.len() + appid.len() + PADDING_BLOCK);
    frame.extend_from_slice(random);
    frame.extend_from_slice(
        &u32::try_from(message.len())
            .unwrap_or(u32::MAX)
            .to_be_bytes(),
    );
    frame.extend_from_slice(message);
    frame.extend_from_slice(appid.as_bytes());
    frame
}

/// PKCS#7 to a multiple of `block` bytes (1 to 255; 0 leaves the frame as it is): 32 as WeChat does, 16 as most
/// libraries would.
pub fn pad(mut frame: Vec<u8>, block: usize) -> Vec<u8> {
    let fill = block.saturating_sub(frame.len().checked_rem(block).unwrap_or(0));
    frame.resize(frame.len() + fill, u8::try_from(fill).unwrap_or(u8::MAX));
    frame
}

/// Encrypts bytes that are padded already, right or wrong: the way to a malformed envelope.
pub fn seal_padded(key: &EncodingAesKey, padded: &[u8]) -> Result<String, SealError> {
    if !padded.len().is_multiple_of(AES_BLOCK) {
        return Err(SealError::NotBlocks { len: padded.len() });
    }
    let mut sealed = padded.to_vec();
    encrypt_in_place(key, &mut sealed);
    Ok(BASE64_STANDARD.encode(sealed))
}

/// The content of an envelope.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Opened {
    /// The bytes in front of the message.
    pub random: [u8; 16],
    /// The message: XML or JSON text in a push.
    pub message: Vec<u8>,
    /// The appid at the end, with U+FFFD in place of what is not UTF-8.
    pub appid: String,
    /// The number of padding bytes, 1 to 32.
    pub padding: u8,
    /// Bytes of ciphertext: a multiple of 16, and of 32 when the sender padded as WeChat does.
    pub sealed_len: usize,
}

/// Opens an envelope, whoever it is for. White space in `encrypt` is not base64.
pub fn open(key: &EncodingAesKey, encrypt: &str) -> Result<Opened, OpenError> {
    let mut frame = decrypt(key, encrypt)?;
    let sealed_len = frame.len();
    let padding = unpad(&mut frame)?;
    let Some((random, rest)) = frame.split_first_chunk::<16>() else {
        return Err(OpenError::TooShort { len: frame.len() });
    };
    let (message, appid) = split(rest)?;
    Ok(Opened {
        random: *random,
        message: message.to_vec(),
        appid: String::from_utf8_lossy(appid).into_owned(),
        padding,
        sealed_len,
    })
}

/// A frame without its random bytes, split into the message and the text behind it.
pub fn split(rest: &[u8]) -> Result<(&[u8], &[u8]), OpenError> {
    let Some((length, rest)) = rest.split_first_chunk::<4>() else {
        return Err(OpenError::TooShort {
            len: 16 + rest.len(),
        });
    };
    let declared = u32::from_be_bytes(*length);
    let split = usize::try_from(declared)
        .ok()
        .and_then(|length| rest.split_at_checked(length));
    split.ok_or(OpenError::Length {
        declared,
        available: rest.len(),
    })
}

/// The frame within an envelope, with its padding.
pub fn decrypt(key: &EncodingAesKey, encrypt: &str) -> Result<Vec<u8>, OpenError> {
    if encrypt.is_empty() {
        return Err(OpenError::Empty);
    }
    let mut frame = BASE64_STANDARD
        .decode(encrypt)
        .map_err(|_| OpenError::NotBase64)?;
    let sealed_len = frame.len();
    if !sealed_len.is_multiple_of(AES_BLOCK) {
        return Err(OpenError::NotBlocks { len: sealed_len });
    }
    // Checked before decryption too: a single block decrypts to noise, and its "padding" would say nothing.
    if sealed_len <= HEAD {
        return Err(OpenError::TooShort { len: sealed_len });
    }
    decrypt_in_place(key, &mut frame);
    Ok(frame)
}

/// Opens an envelope and checks that it was sealed for `appid`, which is the receiver's duty.
pub fn open_for(key: &EncodingAesKey, appid: &str, encrypt: &str) -> Result<Opened, OpenError> {
    let opened = open(key, encrypt)?;
    if opened.appid != appid {
        return Err(OpenError::ForeignAppid {
            found: opened.appid,
        });
    }
    Ok(opened)
}

/// The reason why bytes cannot be sealed.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum SealError {
    /// CBC without padding of its own takes whole blocks only.
    #[error("{len} bytes are not a whole number of {AES_BLOCK}-byte blocks")]
    NotBlocks {
        /// Bytes given.
        len: usize,
    },
}

/// A mistake of an envelope's sender, or a sign that it used another key.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum OpenError {
    /// There is no ciphertext at all.
    #[error("the ciphertext is empty")]
    Empty,
    /// Not standard base64 with its padding.
    #[error("the ciphertext is not base64")]
    NotBase64,
    /// Not a whole number of AES blocks.
    #[error("the ciphertext has {len} bytes, not a multiple of {AES_BLOCK}")]
    NotBlocks {
        /// Bytes of ciphertext.
        len: usize,
    },
    /// Too short for the random bytes and the length field.
    #[error("the envelope holds {len} bytes, too few for the {HEAD} in front of a message")]
    TooShort {
        /// Bytes of ciphertext, or of the frame without its padding.
        len: usize,
    },
    /// The padding is not PKCS#7 of 1 to 32 bytes. Another key or initialization vector shows as this too.
    #[error("the padding is wrong (last byte {value}); was another EncodingAESKey used?")]
    Padding {
        /// The last byte of the decrypted frame.
        value: u8,
    },
    /// The length field points past the end of the frame.
    #[error("the length field says {declared} bytes, but {available} follow")]
    Length {
        /// The length field, read as big-endian.
        declared: u32,
        /// Bytes after the length field, padding removed.
        available: usize,
    },
    /// The envelope was sealed for another receiver.
    #[error("the envelope is for the appid {found:?}")]
    ForeignAppid {
        /// The appid inside.
        found: String,
    },
}

/// Removes the padding, and returns its length. WeChat fills to 32, but a frame filled to 16 passes here: whoever judges it
/// sees `sealed_len`.
pub fn unpad(frame: &mut Vec<u8>) -> Result<u8, OpenError> {
    let value = frame.last().copied().unwrap_or(0);
    let fill = usize::from(value);
    let kept = frame
        .len()
        .checked_sub(fill)
        .filter(|_| (1..=PADDING_BLOCK).contains(&fill));
    match kept {
        Some(kept) if frame[kept..].iter().all(|byte| *byte == value) => {
            frame.truncate(kept);
            Ok(value)
        }
        _ => Err(OpenError::Padding { value }),
    }
}

/// Encrypts whole blocks; callers have made sure that they are whole.
fn encrypt_in_place(key: &EncodingAesKey, blocks: &mut [u8]) {
    let len = blocks.len();
    let done = cbc::Encryptor::<Aes256>::new(key.bytes().into(), &key.iv().into())
        .encrypt_padded::<NoPadding>(blocks, len);
    debug_assert!(done.is_ok(), "callers pass whole blocks");
}

/// Decrypts whole blocks; callers have made sure that they are whole.
fn decrypt_in_place(key: &EncodingAesKey, blocks: &mut [u8]) {
    let done = cbc::Decryptor::<Aes256>::new(key.bytes().into(), &key.iv().into())
        .decrypt_padded::<NoPadding>(blocks);
    debug_assert!(done.is_ok(), "callers pass whole blocks");
}

/// Bytes in front of the message: 16 random ones and the length field.
const HEAD: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    const APPID: &str = "wx0123456789abcdef";
    const RANDOM: &[u8; 16] = b"fedcba9876543210";

    fn key() -> EncodingAesKey {
        EncodingAesKey::parse("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY").unwrap()
    }

    #[test]
    fn a_full_block_is_added_to_an_aligned_frame() {
        assert_eq!(pad(vec![0; 64], 32), [vec![0; 64], vec![32; 32]].concat());
        assert_eq!(pad(vec![0; 33], 32), [vec![0; 33], vec![31; 31]].concat());
        assert_eq!(pad(vec![0; 33], 16), [vec![0; 33], vec![15; 15]].concat());
        assert_eq!(pad(vec![0; 33], 0), vec![0; 33]);
    }

    #[test]
    fn every_padding_opens() {
        for length in 0..=64 {
            let message = vec![b'x'; length];
            let opened = open_for(&key(), APPID, &seal(&key(), APPID, RANDOM, &message)).unwrap();
            assert_eq!(opened.message, message);
            assert_eq!(&opened.random, RANDOM);
            assert_eq!(opened.sealed_len, 38 + length + usize::from(opened.padding));
            assert_eq!(opened.sealed_len % 32, 0);
        }
    }

    #[test]
    fn padding_to_sixteen_opens_and_shows() {
        let padded = pad(frame(APPID, RANDOM, b"ninebytes"), 16);
        let opened = open(&key(), &seal_padded(&key(), &padded).unwrap()).unwrap();
        assert_eq!(opened.message, b"ninebytes");
        assert_eq!(opened.sealed_len, 48);
    }

    #[test]
    fn a_padding_byte_that_differs_is_refused() {
        let mut padded = pad(frame(APPID, RANDOM, b"hi"), 32);
        let end = padded.len();
        padded[end - 2] ^= 1;
        let encrypt = seal_padded(&key(), &padded).unwrap();
        assert_eq!(
            open(&key(), &encrypt),
            Err(OpenError::Padding { value: 24 })
        );
    }

    #[test]
    fn a_frame_without_room_for_its_head_is_too_short() {
        let encrypt = seal_padded(&key(), &pad(vec![0; 19], 32)).unwrap();
        assert_eq!(open(&key(), &encrypt), Err(OpenError::TooShort { len: 19 }));
    }

    #[test]
    fn seal_padded_takes_whole_blocks_only() {
        assert_eq!(
            seal_padded(&key(), &[0; 17]),
            Err(SealError::NotBlocks { len: 17 })
        );
    }

    #[test]
    fn another_base64_is_refused() {
        let encrypt = seal(&key(), APPID, RANDOM, b"hello");
        assert_eq!(
            open(&key(), encrypt.trim_end_matches('=')),
            Err(OpenError::NotBase64)
        );
        assert_eq!(
            open(&key(), &format!("{encrypt}\n")),
            Err(OpenError::NotBase64)
        );
    }
}
