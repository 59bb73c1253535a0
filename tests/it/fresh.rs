//! Generated text in the documents: compared with what is there, and written anew when a test is told so.

use std::{fs, path::Path};

/// The command that writes all generated text anew.
pub(crate) const REFRESH: &str = "WXCHECK_REFRESH=1 cargo test --test it --test detection -- book";

/// The file's text if it is not `fresh`, or none if it is. Told to refresh, the file is written instead.
#[must_use]
pub(crate) fn is_stale(path: &Path, fresh: &str) -> bool {
    if read(path).as_deref() == Some(fresh) {
        return false;
    }
    if !is_refreshing() {
        return true;
    }
    write(path, fresh);
    false
}

/// The text of a file that is there.
#[expect(clippy::disallowed_methods, reason = "documents are files")]
pub(crate) fn read(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    // A checkout may have the line ends of its system.
    Some(text.replace("\r\n", "\n"))
}

/// True if the test was told to write what is stale.
#[expect(clippy::disallowed_methods, reason = "a test is told to refresh so")]
pub(crate) fn is_refreshing() -> bool {
    std::env::var("WXCHECK_REFRESH").is_ok_and(|value| value == "1")
}

#[expect(clippy::disallowed_methods, reason = "documents are files")]
fn write(path: &Path, text: &str) {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).unwrap();
    }
    fs::write(path, text).unwrap();
}
