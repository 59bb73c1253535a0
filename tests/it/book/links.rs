//! Every link of the documents leads somewhere.

use std::path::{Component, Path, PathBuf};

use super::{LANGUAGES, documents, markdown::Document, root, source};

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let mut broken = Vec::new();
    let mut seen = 0;
    for lang in LANGUAGES {
        let mut all = documents(lang);
        all.push(Document::read(&source(lang).join("SUMMARY.md")));
        for document in &all {
            for link in document.links() {
                seen += 1;
                if let Some(complaint) = complaint(document, &link) {
                    broken.push(format!("{}: {link}: {complaint}", document.name()));
                }
            }
        }
    }
    assert!(seen > 100, "{seen} links");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

fn complaint(document: &Document, link: &str) -> Option<String> {
    if link.starts_with("https://") || link.starts_with("http://") {
        return None;
    }
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let path = if file.is_empty() {
        document.path.clone()
    } else {
        normal(&document.path.parent().unwrap().join(file))
    };
    if !path.exists() {
        return Some("no such file".to_owned());
    }
    // A book is built and served by itself.
    let book = document.path.starts_with(root().join("docs"));
    let own = ["en", "zh"].map(source);
    let own = own.iter().find(|own| document.path.starts_with(own));
    if book && own.is_some_and(|own| !path.starts_with(own)) {
        return Some("leads out of the book; name the file instead".to_owned());
    }
    if anchor.is_empty() {
        return None;
    }
    let anchors = Document::read(&path).anchors();
    let is_there = anchors.iter().any(|one| one == anchor);
    (!is_there).then(|| format!("no such heading; there are {anchors:?}"))
}

/// The path without `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            _ => normal.push(part),
        }
    }
    normal
}
