//! `wxcheck man`: the man page of the program, or of a command.

use anyhow::Result;
use clap_mangen::Man;
use wxcheck_settings::no_secrets;

use crate::{
    cli::{ManArgs, help},
    exit::{Exit, usage},
    language::{Language, both},
    screen,
};

/// The day of the release that the pages belong to, as in the changelog. It is not the day of the build, so that two builds of one
/// version are the same to the byte.
const DATE: &str = "2026-11-29";

pub(crate) fn show(args: &ManArgs, lang: Language) -> Result<Exit> {
    let mut whole = help::command(lang);
    whole.build();
    let command = match &args.command {
        None => whole,
        Some(name) => whole.find_subcommand(name).cloned().ok_or_else(|| {
            usage(both!(
                "no command is called `{name}`; `wxcheck --help` lists them",
                "没有名为 `{name}` 的命令；`wxcheck --help` 列出所有命令"
            ))
        })?,
    };
    let page = Man::new(command)
        .date(DATE)
        .source(concat!("wxcheck ", env!("CARGO_PKG_VERSION")))
        .manual(lang.of("wxcheck manual", "wxcheck 手册"));
    let mut text = Vec::new();
    page.render(&mut text)?;
    let text = String::from_utf8_lossy(&text);
    screen::show(&no_secrets().page(&headed(&text, lang)));
    Ok(Exit::Fine)
}

/// The headings that the renderer itself sets, as pages in Chinese have them.
const HEADINGS: [(&str, &str); 6] = [
    ("NAME", "名称"),
    ("SYNOPSIS", "概要"),
    ("DESCRIPTION", "描述"),
    ("OPTIONS", "选项"),
    ("EXTRA", "附注"),
    ("VERSION", "版本"),
];

/// The page with its headings in that language.
fn headed(page: &str, lang: Language) -> String {
    let heading = |line: &str| {
        let english = line.strip_prefix(".SH ")?;
        let known = HEADINGS.iter().find(|(known, _)| *known == english);
        known.map(|(english, chinese)| format!(".SH {}", lang.of(english, chinese)))
    };
    let lines = page.lines();
    let lines = lines.map(|line| heading(line).unwrap_or_else(|| line.to_owned()) + "\n");
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The days of all releases in a changelog, newest first.
    fn releases(changelog: &str) -> impl Iterator<Item = &str> {
        let headings = changelog.lines().filter(|line| line.starts_with("## ["));
        headings.filter_map(|line| line.rsplit_once("] - ").map(|(_, date)| date.trim()))
    }

    #[test]
    fn the_pages_have_the_date_of_the_newest_release() {
        let digits: Vec<usize> = DATE.split('-').map(str::len).collect();
        assert_eq!(digits, [4, 2, 2]);
        // Before the first release there is none to agree with.
        if let Some(newest) = releases(include_str!("../CHANGELOG.md")).next() {
            assert_eq!(DATE, newest);
        }
        let changelog = "## [Unreleased]\n## [0.2.0] - 2027-01-02\n## [0.1.0] - 2026-12-01\n";
        assert_eq!(releases(changelog).next(), Some("2027-01-02"));
    }
}
