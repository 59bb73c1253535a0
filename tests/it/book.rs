//! The documents: the two READMEs, and the two books in `docs`. Both languages have the same pages and the same
//! commands, every link leads somewhere, and what is generated is fresh.

mod control;
mod examples;
mod links;
mod markdown;
mod options;
mod pages;
mod pushes;
mod tables;

use std::path::{Path, PathBuf};

use markdown::Document;

pub(crate) use options::every_option;

/// The languages, English first.
const LANGUAGES: [&str; 2] = ["en", "zh"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of a book's pages.
fn source(lang: &str) -> PathBuf {
    root().join("docs").join(lang).join("src")
}

/// The READMEs, English first.
fn readmes() -> [Document; 2] {
    ["README.md", "README.zh-CN.md"].map(|name| Document::read(&root().join(name)))
}

/// The pages of a book, by path, without the table of contents.
fn pages(lang: &str) -> Vec<Document> {
    let mut pages = Vec::new();
    let mut folders = vec![source(lang)];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ext| ext == "md") {
                pages.push(Document::read(&path));
            }
        }
    }
    pages.retain(|page| !page.path.ends_with("SUMMARY.md"));
    pages.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(pages.len() > 20, "{} pages", pages.len());
    pages
}

/// Every document in a language: its README, and the pages of its book.
fn documents(lang: &str) -> Vec<Document> {
    let [english, chinese] = readmes();
    let readme = if lang == "en" { english } else { chinese };
    [vec![readme], pages(lang)].concat()
}

#[expect(clippy::disallowed_methods, reason = "a test reads the documents")]
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}
