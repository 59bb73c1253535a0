//! The suite mentions settings by their names, and nothing else of how they are given.

use std::{fs, path::Path};

use crate::book::every_option;

/// The file that makes curl lines, and the options of curl in it. One of ours has the name of one of them.
const OF_CURL: (&str, [&str; 3]) = (
    "suite/src/recipe.rs",
    ["data-binary", "data-urlencode", "max-time"],
);

/// Files with the Chinese of errors that are made outside of the suite, which they quote.
const QUOTING: [&str; 2] = ["words/zh/errors.txt", "words/zh/control.txt"];

/// The lines of the suite's sources that are no comments, each with its file.
#[expect(
    clippy::disallowed_methods,
    reason = "a test reads the sources that it is about"
)]
fn lines() -> Vec<(String, String)> {
    let mut lines = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("suite/src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if is_words(&path) && !QUOTING.iter().any(|file| path.ends_with(file)) {
                let text = fs::read_to_string(&path).unwrap();
                let code = text
                    .lines()
                    .filter(|line| !line.trim_start().starts_with("//"));
                let name = path.display().to_string();
                lines.extend(code.map(|line| (name.clone(), line.to_owned())));
            }
        }
    }
    assert!(lines.len() > 10_000, "{} lines", lines.len());
    lines
}

/// True for code and lists of words; a style sheet has names of its own.
fn is_words(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "rs" || extension == "txt")
}

/// The word at the beginning of a text, as options are written.
fn word(text: &str) -> &str {
    let is_of_word = |char: char| char == '-' || char.is_ascii_lowercase();
    let end = text.find(|char| !is_of_word(char)).unwrap_or(text.len());
    &text[..end]
}

#[test]
fn the_suite_names_no_option_and_no_file() {
    let (recipe, of_curl) = OF_CURL;
    let named = lines().into_iter().filter(|(file, line)| {
        let options = line.split("--").skip(1).map(word);
        let options = options.filter(|name| name.starts_with(|char: char| char != '-'));
        options
            .filter(|name| !(file.ends_with(recipe) && of_curl.contains(name)))
            .any(|name| name.len() > 1)
            || line.contains("wxcheck.toml")
    });
    let named: Vec<_> = named.collect();
    assert!(
        named.is_empty(),
        "mention the setting as ⟦name⟧: {named:#?}"
    );
}

#[test]
fn every_setting_that_the_suite_mentions_can_be_given() {
    let known = every_option();
    let mut mentions = 0;
    for (file, line) in lines() {
        for mention in line
            .split('⟦')
            .skip(1)
            .filter_map(|part| part.split_once('⟧'))
        {
            let (name, _) = mention;
            let is_mention = word(name) == name && !name.is_empty();
            if is_mention && name != "domains" && !file.ends_with("mention.rs") {
                mentions += 1;
                assert!(known.contains(&format!("--{name}")), "{file}: {name}");
            }
        }
    }
    assert!(mentions > 30, "{mentions}");
}
