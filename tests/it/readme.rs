//! The READMEs say what the program says: tables, commands, options and settings.

use std::{collections::BTreeSet, process::Command};

use crate::program::english;

const ENGLISH: &str = include_str!("../../README.md");
const CHINESE: &str = include_str!("../../README.zh-CN.md");
const CONTRIBUTING: &str = include_str!("../../CONTRIBUTING.md");
const REFRESH: &str = "WXCHECK_REFRESH=1 cargo test --test it readme";

/// Options of cargo that the READMEs name.
const OPTIONS_OF_CARGO: [&str; 4] = ["--bench", "--locked", "--path", "--test"];

/// The generated tables: the mark they stand between, and the command that prints them.
const TABLES: [(&str, &[&str]); 3] = [
    ("rules", &["rules", "--markdown"]),
    ("endpoints", &["serve", "--list", "--markdown"]),
    ("bounds", &["serve", "--bounds", "--markdown"]),
];

#[test]
fn the_tables_of_the_english_readme_are_fresh() {
    are_fresh("README.md", ENGLISH, "en");
}

#[test]
fn the_tables_of_the_chinese_readme_are_fresh() {
    are_fresh("README.zh-CN.md", CHINESE, "zh");
}

#[test]
fn both_readmes_have_the_same_sections() {
    let sections = |text| prose(text).filter(|line| line.starts_with("## ")).count();
    assert!(sections(ENGLISH) > 0);
    assert_eq!(sections(ENGLISH), sections(CHINESE));
}

#[test]
fn whoever_adds_something_touches_five_files_at_most() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let sections: Vec<&str> = CONTRIBUTING.split("\n## Add ").skip(1).collect();
    assert!(sections.len() >= 5, "{} sections", sections.len());
    for section in sections {
        let title = section.lines().next().unwrap();
        let files = section
            .split_once("\nFiles: ")
            .unwrap_or_else(|| panic!("Add {title}: no files"))
            .1;
        let files = files.split("\n\n").next().unwrap();
        let files: Vec<&str> = files.split('`').skip(1).step_by(2).collect();
        assert!((1..=5).contains(&files.len()), "Add {title}: {files:?}");
        for file in files {
            // What is added has a name of its own; its folder is there.
            let place = match file.split_once('<') {
                Some((folder, _)) => root.join(folder),
                None => root.join(file),
            };
            assert!(place.exists(), "Add {title}: {file}");
        }
    }
}

#[test]
fn both_readmes_show_the_same_commands() {
    let commands = blocks(ENGLISH, "bash");
    assert!(!commands.is_empty());
    assert_eq!(commands, blocks(CHINESE, "bash"));
}

#[test]
fn every_option_that_the_readmes_name_exists() {
    let mut known = every_option();
    known.extend(OPTIONS_OF_CARGO.map(str::to_owned));
    for (file, text) in [("README.md", ENGLISH), ("README.zh-CN.md", CHINESE)] {
        let unknown: Vec<_> = options(text).difference(&known).cloned().collect();
        assert!(unknown.is_empty(), "{file} names {unknown:?}");
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

/// A pattern that names no rule ends the program before anything is sent, and after the file is read.
#[test]
fn the_settings_of_the_readmes_can_be_read() {
    for text in [ENGLISH, CHINESE] {
        let folder = tempfile::tempdir().unwrap();
        let toml = fenced(text, "toml").next().unwrap();
        write(&folder.path().join("wxcheck.toml"), &toml.join("\n"));
        let output = english(&mut Command::new(env!("CARGO_BIN_EXE_wxcheck")))
            .current_dir(&folder)
            .args(["check", "--token", "token", "--only", "no/such-rule"])
            .args(["--aes-key", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"])
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains("--only no/such-rule"), "{error}");
    }
}

fn are_fresh(file: &str, text: &str, lang: &str) {
    let mut fresh = text.to_owned();
    for (name, command) in TABLES {
        let table = wxcheck(&[command, &["--lang", lang]].concat());
        let (begin, end) = (
            format!("<!-- {name}:begin -->\n"),
            format!("<!-- {name}:end -->"),
        );
        let (before, rest) = fresh.split_once(&begin).unwrap();
        let (_, after) = rest.split_once(&end).unwrap();
        fresh = format!("{before}{begin}\n{}\n\n{end}{after}", table.trim());
    }
    if fresh == text {
        return;
    }
    assert!(
        is_refreshing(),
        "a table of {file} is stale; refresh it with\n\n    {REFRESH}\n"
    );
    let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
    write(path.as_ref(), &fresh);
}

/// The output of the program.
fn wxcheck(args: &[&str]) -> String {
    let output = english(&mut Command::new(env!("CARGO_BIN_EXE_wxcheck")))
        .args(args)
        .output()
        .unwrap();
    assert!(output.status.success(), "{args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
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

/// The lines outside fenced blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split("\n```").step_by(2);
    parts.flat_map(str::lines)
}

/// The fenced blocks of a language, each as its lines.
fn fenced<'a>(text: &'a str, language: &'a str) -> impl Iterator<Item = Vec<&'a str>> {
    let blocks = text.split("\n```").skip(1).step_by(2);
    blocks.filter_map(move |block| Some(block.strip_prefix(language)?.lines().skip(1).collect()))
}

fn blocks<'a>(text: &'a str, language: &'a str) -> Vec<Vec<&'a str>> {
    fenced(text, language).collect()
}

#[expect(clippy::disallowed_methods, reason = "a test is told to refresh so")]
fn is_refreshing() -> bool {
    std::env::var("WXCHECK_REFRESH").is_ok_and(|value| value == "1")
}

#[expect(clippy::disallowed_methods, reason = "tables and settings are files")]
fn write(path: &std::path::Path, text: &str) {
    std::fs::write(path, text).unwrap();
}
