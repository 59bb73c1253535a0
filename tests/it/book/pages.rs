//! Both languages have the same pages, which show the same commands, and what can be read by the program can be read.

use std::{collections::BTreeSet, path::Path, process::Command};

use wxcheck_protocol::aes_key::EncodingAesKey;

use super::{LANGUAGES, documents, markdown::Document, pages, readmes, root, source};
use crate::{fresh, program::english};

/// The most that a README may have, in bytes: whoever wants more reads on in the book.
const README_BYTES: usize = 10_000;
/// The most that a picture may have.
const PICTURE_BYTES: u64 = 150_000;

#[test]
fn both_books_have_the_same_pages() {
    let [english, chinese] = LANGUAGES.map(names);
    assert_eq!(english, chinese);
}

#[test]
fn the_table_of_contents_has_every_page_once() {
    for lang in LANGUAGES {
        let summary = Document::read(&source(lang).join("SUMMARY.md"));
        let links = summary.links();
        let listed: BTreeSet<String> = links.iter().cloned().collect();
        assert_eq!(
            listed.len(),
            links.len(),
            "docs/{lang}: a page stands twice"
        );
        let missing: Vec<_> = names(lang)
            .into_iter()
            .filter(|page| !listed.contains(page))
            .collect();
        assert!(
            missing.is_empty(),
            "docs/{lang}/src/SUMMARY.md lacks {missing:?}"
        );
    }
}

#[test]
fn both_languages_have_the_same_sections_and_commands() {
    let [english, chinese] = LANGUAGES.map(documents);
    for (english, chinese) in english.iter().zip(&chinese) {
        let names = format!("{} and {}", english.name(), chinese.name());
        let depths = |document: &Document| -> Vec<usize> {
            let headings = document.headings().into_iter();
            headings.map(|(depth, _)| depth).collect()
        };
        assert_eq!(depths(english), depths(chinese), "headings of {names}");
        let commands = |document: &Document| -> Vec<(String, Vec<String>)> {
            let blocks = document.fenced("sh").into_iter();
            blocks.map(|block| (block.info, block.lines)).collect()
        };
        assert_eq!(commands(english), commands(chinese), "commands of {names}");
    }
}

#[test]
fn no_key_in_the_documents_is_one_that_strict_decoders_refuse() {
    let mut seen = 0;
    for document in LANGUAGES.into_iter().flat_map(documents) {
        let keys = document.text.split("WXCHECK_AES_KEY=").skip(1);
        for key in keys.filter_map(|text| text.split_whitespace().next()) {
            if let Ok(read) = EncodingAesKey::parse(key) {
                assert!(!read.has_stray_bits(), "{}: {key}", document.name());
                seen += 1;
            }
        }
    }
    assert!(seen > 5, "{seen}");
}

#[test]
fn the_readmes_are_short() {
    for readme in readmes() {
        let bytes = readme.text.len();
        assert!(bytes <= README_BYTES, "{}: {bytes} bytes", readme.name());
    }
}

/// They are taken anew with `docs/picture`.
#[test]
fn the_pictures_are_there_and_small() {
    let mut seen = 0;
    for document in LANGUAGES.into_iter().flat_map(documents) {
        let places = document.text.split("![").skip(1).filter_map(|picture| {
            let (_, place) = picture.lines().next()?.split_once("](")?;
            Some(place.split_once(')')?.0)
        });
        for file in places.filter(|file| {
            Path::new(file)
                .extension()
                .is_some_and(|kind| kind == "png")
        }) {
            let path = document.path.parent().unwrap().join(file);
            let bytes = path.metadata().unwrap().len();
            assert!(
                bytes <= PICTURE_BYTES,
                "{}: {file}: {bytes} bytes",
                document.name()
            );
            seen += 1;
        }
    }
    assert!(seen >= 4, "{seen} pictures: two READMEs and two books");
}

/// A pattern that names no rule ends the program before anything is sent, and after the file is read.
#[test]
fn the_settings_in_the_books_can_be_read() {
    for lang in LANGUAGES {
        let page = Document::read(&source(lang).join("settings.md"));
        let folder = tempfile::tempdir().unwrap();
        let toml = page.fenced("toml").swap_remove(0).lines.join("\n");
        write(&folder.path().join("wxcheck.toml"), &toml);
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

#[test]
fn whoever_adds_something_touches_five_files_at_most() {
    let contributing = fresh::read(&root().join("CONTRIBUTING.md")).unwrap();
    let sections: Vec<&str> = contributing.split("\n## Add ").skip(1).collect();
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
                Some((folder, _)) => root().join(folder),
                None => root().join(file),
            };
            assert!(place.exists(), "Add {title}: {file}");
        }
    }
}

/// The paths of a book's pages, from its source.
fn names(lang: &str) -> BTreeSet<String> {
    let folder = source(lang);
    let pages = pages(lang).into_iter();
    let names = pages.map(|page| {
        let path = page.path.strip_prefix(&folder).unwrap();
        path.display().to_string().replace('\\', "/")
    });
    names.collect()
}

#[expect(clippy::disallowed_methods, reason = "settings are a file")]
fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}
