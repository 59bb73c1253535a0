//! Every option that the documents name exists.

use std::collections::BTreeSet;

use super::{LANGUAGES, documents, tables::wxcheck};

/// Options of other programs that the documents name.
const OPTIONS_OF_OTHERS: [&str; 13] = [
    "--abort-on-container-exit",
    "--bench",
    "--build",
    "--exit-code-from",
    "--global",
    "--locked",
    "--network",
    "--path",
    "--repo",
    "--rm",
    "--test",
    "--version",
    "--wxcheck-url",
];

#[test]
fn every_option_that_the_documents_name_exists() {
    let mut known = every_option();
    known.extend(OPTIONS_OF_OTHERS.map(str::to_owned));
    for lang in LANGUAGES {
        for document in documents(lang) {
            let unknown: Vec<_> = options(&document.text)
                .difference(&known)
                .cloned()
                .collect();
            assert!(unknown.is_empty(), "{} names {unknown:?}", document.name());
        }
    }
}

/// The options of all commands.
pub(crate) fn every_option() -> BTreeSet<String> {
    let top = wxcheck(&["--help"]);
    let commands = top
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        // A long help text goes on in lines of its own, which are indented further.
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next());
    let mut known = options(&top);
    for command in commands.filter(|command| *command != "help") {
        known.extend(options(&wxcheck(&[command, "--help"])));
    }
    known
}

/// Every word like `--report-json`; the lines of tables are none.
fn options(text: &str) -> BTreeSet<String> {
    let is_option = |word: &&str| {
        let name = word.strip_prefix("--");
        name.is_some_and(|name| name.starts_with(|char: char| char.is_ascii_lowercase()))
    };
    text.split(|char: char| !char.is_ascii_alphanumeric() && char != '-')
        .filter(is_option)
        .map(str::to_owned)
        .collect()
}
