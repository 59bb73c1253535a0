//! The user data a mini program passes on to its server: `rawData` with its signature, and `encryptedData`.
//! Documented: the mini program's page on signed and encrypted open data.
//!
//! A different scheme from the push envelope: AES-128-CBC with ordinary 16-byte PKCS#7, keyed by the session_key of a
//! login.

use aes::Aes128;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use thiserror::Error;

use crate::limits::AES_BLOCK;
use crate::signature::sha1_hex;

/// The `signature` beside `rawData`: lower-case hex SHA-1 of the two, joined as they stand.
pub fn raw_data_signature(raw_data: &str, session_key: &str) -> String {
    sha1_hex([raw_data, session_key])
}

/// Opens `encryptedData`. All three arguments are base64, as the mini program sends them.
pub fn open(encrypted_data: &str, iv: &str, session_key: &str) -> Result<Vec<u8>, OpenDataError> {
    let key = sixteen_bytes("session_key", session_key)?;
    let iv = sixteen_bytes("iv", iv)?;
    let mut sealed =
        BASE64_STANDARD
            .decode(encrypted_data)
            .map_err(|_| OpenDataError::NotBase64 {
                part: "encryptedData",
            })?;
    let opened = cbc::Decryptor::<Aes128>::new(&key.into(), &iv.into())
        .decrypt_padded::<Pkcs7>(&mut sealed)
        .map_err(|_| OpenDataError::Unreadable)?;
    Ok(opened.to_vec())
}

/// Seals user data as WeChat does for a mini program, giving `encryptedData`.
pub fn seal(data: &[u8], iv: &str, session_key: &str) -> Result<String, OpenDataError> {
    let key = sixteen_bytes("session_key", session_key)?;
    let iv = sixteen_bytes("iv", iv)?;
    let sealed =
        cbc::Encryptor::<Aes128>::new(&key.into(), &iv.into()).encrypt_padded_vec::<Pkcs7>(data);
    Ok(BASE64_STANDARD.encode(sealed))
}

/// A fault of open data, or of the key it is read by. Never shows either.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum OpenDataError {
    /// A part is not standard base64.
    #[error("{part} is not base64")]
    NotBase64 {
        /// The part.
        part: &'static str,
    },
    /// The key or initialization vector is not 16 bytes long.
    #[error("{part} has {len} bytes instead of {AES_BLOCK}")]
    Length {
        /// The part.
        part: &'static str,
        /// Its bytes.
        len: usize,
    },
    /// The padding is wrong: damaged data, or another session_key, as after a new login.
    #[error("encryptedData does not open with this session_key and iv")]
    Unreadable,
}

fn sixteen_bytes(part: &'static str, text: &str) -> Result<[u8; AES_BLOCK], OpenDataError> {
    let bytes = BASE64_STANDARD
        .decode(text)
        .map_err(|_| OpenDataError::NotBase64 { part })?;
    bytes
        .try_into()
        .map_err(|bytes: Vec<u8>| OpenDataError::Length {
            part,
            len: bytes.len(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODw==";
    const IV: &str = "Dw4NDAsKCQgHBgUEAwIBAA==";

    #[test]
    fn what_is_sealed_opens() {
        for length in [0, 1, 15, 16, 17, 100] {
            let data = vec![b'x'; length];
            assert_eq!(open(&seal(&data, IV, KEY).unwrap(), IV, KEY), Ok(data));
        }
    }

    #[test]
    fn errors_name_the_part() {
        let sealed = seal(b"data", IV, KEY).unwrap();
        assert_eq!(
            open(&sealed, "?", KEY),
            Err(OpenDataError::NotBase64 { part: "iv" })
        );
        assert_eq!(
            open(&sealed, IV, "AAAA"),
            Err(OpenDataError::Length {
                part: "session_key",
                len: 3
            })
        );
        assert_eq!(open("AAAA", IV, KEY), Err(OpenDataError::Unreadable));
        assert_eq!(open(&sealed, IV, IV), Err(OpenDataError::Unreadable));
    }
}
