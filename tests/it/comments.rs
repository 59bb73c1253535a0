//! Comments of the source: a doc comment begins with the thing that it is about.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Words with which no doc comment begins: the thing itself comes first.
const WORDS: [&str; 11] = [
    "What", "Whether", "Which", "Those", "That", "Whose", "Who", "How", "Whoever", "Likewise",
    "Being",
];
/// The folders of all crates.
const FOLDERS: [&str; 18] = [
    "benches",
    "console",
    "events",
    "fixtures",
    "fuzz",
    "harness",
    "load",
    "mock-server",
    "network",
    "protocol",
    "reference-server",
    "report",
    "settings",
    "src",
    "store",
    "suite",
    "tests",
    "workers",
];
/// Folders in which no source of ours lies.
const OTHERS: [&str; 2] = ["target", "node_modules"];

/// Every Rust file below that folder.
pub(crate) fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap();
        if path.is_dir() {
            if !name.starts_with('.') && !OTHERS.contains(&name) {
                sources(&path, found);
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

fn is_doc(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("///") || line.starts_with("//!")
}

/// The places of doc comments that begin with such a word.
fn mistaken(text: &str) -> impl Iterator<Item = usize> {
    let lines: Vec<&str> = text.lines().collect();
    (0..lines.len()).filter(move |&at| {
        let is_first = is_doc(lines[at]) && (at == 0 || !is_doc(lines[at - 1]));
        let said = lines[at].trim_start().get(3..).unwrap_or_default();
        is_first
            && said
                .split_whitespace()
                .next()
                .is_some_and(|word| WORDS.contains(&word))
    })
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test reads the sources that it is about"
)]
fn a_doc_comment_begins_with_the_thing_that_it_is_about() {
    let wrong = "/// A thing.\n/// What it is.\nstruct One;\n\n    /// What it is.\n";
    assert_eq!(mistaken(wrong).collect::<Vec<usize>>(), [4]);
    let mut files = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in FOLDERS {
        sources(&root.join(folder), &mut files);
    }
    assert!(files.len() > 100, "{} files", files.len());
    let mut places = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        places.extend(mistaken(&text).map(|at| format!("{}:{}", file.display(), at + 1)));
    }
    assert!(places.is_empty(), "{places:#?}");
}
