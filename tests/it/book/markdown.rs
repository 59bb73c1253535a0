//! A page as its parts: headings, links and fenced blocks.

use std::path::{Path, PathBuf};

use crate::fresh;

/// A Markdown file.
#[derive(Clone)]
pub(super) struct Document {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// A fenced block.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Block {
    /// The words behind the fence.
    pub(super) info: String,
    pub(super) lines: Vec<String>,
    /// The last line before it that is not empty.
    pub(super) before: String,
}

impl Document {
    #[expect(
        clippy::panic,
        reason = "a test that cannot go on fails, and says what is missing"
    )]
    pub(super) fn read(path: &Path) -> Self {
        let text = fresh::read(path);
        Self {
            text: text.unwrap_or_else(|| panic!("{} cannot be read", path.display())),
            path: path.to_owned(),
        }
    }

    /// The path from the repository's root.
    pub(super) fn name(&self) -> String {
        let path = self.path.strip_prefix(super::root()).unwrap();
        path.display().to_string().replace('\\', "/")
    }

    /// The lines outside of fenced blocks.
    pub(super) fn prose(&self) -> Vec<&str> {
        self.split().0
    }

    /// The fenced blocks, in order.
    pub(super) fn blocks(&self) -> Vec<Block> {
        self.split().1
    }

    /// The blocks of a language, whatever else their fence says.
    pub(super) fn fenced(&self, language: &str) -> Vec<Block> {
        let mut blocks = self.blocks();
        blocks.retain(|block| block.info.split_whitespace().next() == Some(language));
        blocks
    }

    /// The headings, each with its depth.
    pub(super) fn headings(&self) -> Vec<(usize, &str)> {
        let lines = self.prose().into_iter();
        let headings = lines.filter_map(|line| {
            let depth = line.chars().take_while(|char| *char == '#').count();
            let title = line[depth..].strip_prefix(' ')?;
            (depth > 0).then_some((depth, title))
        });
        headings.collect()
    }

    /// The names by which a link can lead to a heading, as GitHub and mdBook make them.
    pub(super) fn anchors(&self) -> Vec<String> {
        let headings = self.headings().into_iter();
        headings.map(|(_, title)| anchor(title)).collect()
    }

    /// The targets of all links and pictures.
    pub(super) fn links(&self) -> Vec<String> {
        let mut links = Vec::new();
        for line in self.prose() {
            let plain: String = line.split('`').step_by(2).collect();
            for part in plain.split("](").skip(1) {
                links.push(part.split(')').next().unwrap_or_default().to_owned());
            }
        }
        links
    }

    fn split(&self) -> (Vec<&str>, Vec<Block>) {
        let (mut prose, mut blocks) = (Vec::new(), Vec::new());
        let mut open: Option<(&str, Block)> = None;
        for line in self.text.lines() {
            let trimmed = line.trim_start();
            match &mut open {
                Some((fence, block)) if trimmed == *fence => {
                    blocks.push(block.clone());
                    open = None;
                }
                Some((_, block)) => block.lines.push(line.to_owned()),
                None if trimmed.starts_with("```") => {
                    let ticks = trimmed.chars().take_while(|char| *char == '`').count();
                    let before = prose.iter().rev().find(|line: &&&str| !line.is_empty());
                    let block = Block {
                        info: trimmed[ticks..].trim().to_owned(),
                        lines: Vec::new(),
                        before: before.map_or_else(String::new, |line| (*line).to_owned()),
                    };
                    open = Some((&trimmed[..ticks], block));
                }
                None => prose.push(line),
            }
        }
        assert!(open.is_none(), "{}: a block has no end", self.name());
        (prose, blocks)
    }
}

fn anchor(title: &str) -> String {
    let kept = title.chars().filter_map(|char| match char {
        '-' | '_' => Some(char),
        _ if char.is_alphanumeric() => Some(char.to_ascii_lowercase()),
        _ if char.is_whitespace() => Some('-'),
        _ => None,
    });
    kept.collect()
}
