//! The body of any answer.
#![no_main]

use wxcheck_protocol::{
    aes_key::EncodingAesKey,
    reply::{self, ReplyContext},
};

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    let key = EncodingAesKey::parse("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG").unwrap();
    let context = ReplyContext {
        key: Some(&key),
        token: "token",
        appid: "wx0123456789abcdef",
    };
    let _ = reply::read(body, &context);
});
