//! Secrets in a text that somebody else wrote: none stays, and no text is too much to look through.
#![no_main]

use wxcheck_mock_server::secret_forms::{Looking, SecretForms};

const MASK: &str = "***";

libfuzzer_sys::fuzz_target!(|input: (&str, &str, &str, bool, bool)| {
    let (before, secret, after, signatures, cut) = input;
    let looking = Looking {
        signatures,
        cut,
        own_words: false,
    };
    let text = format!("{before}{secret}{after}");
    let hidden = SecretForms::of([secret]).hide(&text, MASK, looking);
    // A shorter one goes only where it stands alone, and one with a star in it may stand beside the mask.
    if secret.len() >= 6 && !secret.contains('*') {
        let [hidden, secret] = [&hidden, secret].map(str::to_ascii_lowercase);
        assert!(!hidden.contains(&secret), "{hidden}");
    }
});
