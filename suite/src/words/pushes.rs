//! The pushes of the catalogue in Chinese: what each tells.

use super::{entry_in_chinese, in_chinese};

/// The name of a push, a tab, the words.
const PUSHES: &str = include_str!("zh/pushes.txt");

/// The subject of a push of the catalogue, by its name. A variant has the words of its push.
pub fn push_in_chinese(name: &str) -> Option<&'static str> {
    let name = name.split('.').next().unwrap_or(name);
    let mut lines = PUSHES.lines().filter_map(|line| line.split_once('\t'));
    lines
        .find(|(push, _)| *push == name)
        .map(|(_, words)| words)
}

/// The way in which a push is delivered again, as the catalogue tells it in English.
pub fn retries_in_chinese(retries: &str) -> String {
    let parts = retries.split("; ").map(|part| {
        let chinese = entry_in_chinese(part);
        if chinese == part {
            in_chinese(part)
        } else {
            chinese
        }
    });
    parts.collect::<Vec<_>>().join("；")
}
