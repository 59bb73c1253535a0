//! Answers that are sealed as they should be, and hold anything.
#![no_main]

use wxcheck_protocol::{
    aes_key::EncodingAesKey,
    envelope,
    message::Field,
    push::{Format, write_message},
    reply::{self, ReplyContext},
    signature,
    xml::CdataEnd,
};

const APPID: &str = "wx0123456789abcdef";
const TOKEN: &str = "token";

libfuzzer_sys::fuzz_target!(|message: &[u8]| {
    let key = EncodingAesKey::parse("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG").unwrap();
    let encrypt = envelope::seal(&key, APPID, b"0123456789abcdef", message);
    let signed = signature::msg_signature(TOKEN, "1795000000", "nonce", &encrypt);
    let fields = [
        Field::text("Encrypt", encrypt),
        Field::text("MsgSignature", signed),
        Field::number("TimeStamp", 1_795_000_000),
        Field::text("Nonce", "nonce"),
    ];
    for format in [Format::Xml, Format::Json] {
        let body = write_message(format, &fields, CdataEnd::Split);
        let context = ReplyContext {
            key: Some(&key),
            token: TOKEN,
            appid: APPID,
        };
        let read = reply::read(body.as_bytes(), &context);
        let reply::ReplyKind::Sealed(sealed) = read.kind else {
            panic!("an envelope is read as one: {body}");
        };
        assert!(sealed.faults.is_empty(), "{:?}", sealed.faults);
    }
});
