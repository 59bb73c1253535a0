//! `wxcheck.toml`, and what a run makes of it.
#![no_main]

use wxcheck_suite::configuration::Configuration;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(configuration) = Configuration::from_toml(text) {
        let _ = configuration.server();
        let _ = configuration.plan(0);
    }
});
