//! Envelopes that hold anything, whatever their padding.
#![no_main]

use wxcheck_protocol::{aes_key::EncodingAesKey, envelope};

libfuzzer_sys::fuzz_target!(|frame: &[u8]| {
    let key = EncodingAesKey::parse("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG").unwrap();
    if let Ok(text) = std::str::from_utf8(frame) {
        let _ = envelope::open(&key, text);
    }
    let whole = &frame[..frame.len() - frame.len() % 16];
    if let Ok(encrypt) = envelope::seal_padded(&key, whole) {
        let _ = envelope::open_for(&key, "wx0123456789abcdef", &encrypt);
    }
});
