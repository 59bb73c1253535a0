//! Replay files.
#![no_main]

use wxcheck_suite::replay::Replay;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(replay) = Replay::read(text) {
        assert!(Replay::read(&replay.write()).is_ok());
    }
});
