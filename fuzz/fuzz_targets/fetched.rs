//! Compressed answers to a prefetch or a periodic update.
#![no_main]

use std::time::Duration;

use wxcheck_mock_server::{Answer, fetched};
use wxcheck_protocol::limits::BODY_LIMIT;

libfuzzer_sys::fuzz_target!(|input: (bool, bool, &[u8])| {
    let (gzip, excess, body) = input;
    let encoding = if gzip { "gzip" } else { "deflate" };
    let answer = Answer {
        version: "HTTP/1.1".into(),
        status: 200,
        headers: vec![("content-encoding".into(), encoding.into())],
        body: body.to_vec(),
        excess,
        first_byte: Duration::ZERO,
        total: Duration::ZERO,
        connection: None,
    };
    if let Ok(content) = fetched::decompress(&answer) {
        assert!(content.bytes.len() <= BODY_LIMIT);
    }
});
