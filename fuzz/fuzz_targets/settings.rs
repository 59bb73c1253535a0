//! `wxcheck.toml`, and what a run makes of it.
#![no_main]

use std::path::Path;

use wxcheck_settings::{FILE_NAME, Settings};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(settings) = Settings::from_toml(Path::new(FILE_NAME), text) {
        let _ = settings.server();
        let _ = settings.plan(0);
    }
});
