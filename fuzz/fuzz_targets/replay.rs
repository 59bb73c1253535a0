//! Replay files.
#![no_main]

use wxcheck_suite::{redact::Secrets, replay::Replay};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(replay) = Replay::read(text) {
        assert!(Replay::read(replay.write(&Secrets::default()).as_str()).is_ok());
    }
});
