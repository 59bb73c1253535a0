//! XML that a server answers with.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = wxcheck_protocol::xml::read(text);
});
