//! The seal on what the platform knows: AES-256-GCM, each value with its name.

use std::fmt::{self, Write as _};

use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::{SecureRandom as _, SystemRandom},
};

use crate::StoreError;

/// Bytes of a key.
pub(crate) const KEY_BYTES: usize = 32;

/// Seals and opens values.
pub(crate) struct Seal {
    /// Nothing where the library takes no such key, which it always does.
    key: Option<LessSafeKey>,
    random: SystemRandom,
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal(***)")
    }
}

/// A key as it stands in its file: in hexadecimal digits.
pub(crate) fn new_key() -> Option<String> {
    let mut key = [0; KEY_BYTES];
    SystemRandom::new().fill(&mut key).ok()?;
    Some(key.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

/// A key as it was written by [`new_key`].
pub(crate) fn read_key(text: &str) -> Option<[u8; KEY_BYTES]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * KEY_BYTES {
        return None;
    }
    let mut key = [0; KEY_BYTES];
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(key)
}

impl Seal {
    pub(crate) fn of(key: &[u8; KEY_BYTES]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, key).ok();
        Self {
            key: key.map(LessSafeKey::new),
            random: SystemRandom::new(),
        }
    }

    /// The value of that name, sealed: a nonce, and what was made of the value.
    pub(crate) fn close(&self, name: &str, mut value: Vec<u8>) -> Result<Vec<u8>, StoreError> {
        let mut nonce = [0; NONCE_LEN];
        let failed = |_| StoreError::Sealed;
        self.random.fill(&mut nonce).map_err(failed)?;
        let key = self.key.as_ref().ok_or(StoreError::Sealed)?;
        let (once, aad) = (Nonce::assume_unique_for_key(nonce), Aad::from(name));
        key.seal_in_place_append_tag(once, aad, &mut value)
            .map_err(failed)?;
        let mut sealed = nonce.to_vec();
        sealed.append(&mut value);
        Ok(sealed)
    }

    /// The value of that name, opened.
    pub(crate) fn open(&self, name: &str, mut sealed: Vec<u8>) -> Result<Vec<u8>, StoreError> {
        if sealed.len() < NONCE_LEN {
            return Err(StoreError::Sealed);
        }
        let mut value = sealed.split_off(NONCE_LEN);
        let failed = |_| StoreError::Sealed;
        let nonce = Nonce::try_assume_unique_for_key(&sealed).map_err(failed)?;
        let key = self.key.as_ref().ok_or(StoreError::Sealed)?;
        let opened = key.open_in_place(nonce, Aad::from(name), &mut value);
        let length = opened.map_err(failed)?.len();
        value.truncate(length);
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_opens_under_its_name_and_key_alone() {
        let key = new_key().unwrap();
        let seal = Seal::of(&read_key(&key).unwrap());
        let sealed = seal.close("user wx0 o1", b"s3cret".to_vec()).unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"s3cret"));
        assert_eq!(seal.open("user wx0 o1", sealed.clone()).unwrap(), b"s3cret");
        assert!(seal.open("user wx0 o2", sealed.clone()).is_err());
        let other = Seal::of(&[7; KEY_BYTES]);
        assert!(other.open("user wx0 o1", sealed.clone()).is_err());
        let mut broken = sealed;
        broken[NONCE_LEN] ^= 1;
        assert!(seal.open("user wx0 o1", broken).is_err());
        assert!(seal.open("user wx0 o1", vec![1]).is_err());
    }

    #[test]
    fn what_is_no_key_is_none() {
        for text in ["", "00", &"0".repeat(63), &"x".repeat(64), &"é".repeat(32)] {
            assert_eq!(read_key(text), None, "{text}");
        }
    }
}
