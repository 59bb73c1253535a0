//! JSON that a server answers with. What is read can be written, and reads as the same.
#![no_main]

use wxcheck_protocol::{json, message::Value};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(Value::Group(fields)) = json::read(text) {
        let written = json::write(&fields);
        assert!(json::read(&written).is_ok(), "{written}");
    }
});
