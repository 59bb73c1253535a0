//! Files of pushes, as `--fixtures` reads them.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = wxcheck_mock_server::catalogue::parse("mini/any.toml", text);
});
