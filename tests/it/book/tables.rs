//! Tables that the program prints, or that come from its data, stand in the books as they are.

use std::process::Command;

use super::{LANGUAGES, control, markdown::Document, pushes, source};
use crate::{
    fresh::{REFRESH, is_stale},
    program::english,
};

/// A table in a book.
struct Table {
    page: &'static str,
    /// The name in the marks that it stands between.
    name: &'static str,
    content: fn(&str) -> String,
}

const TABLES: [Table; 5] = [
    Table {
        page: "rules.md",
        name: "rules",
        content: rules,
    },
    Table {
        page: "api.md",
        name: "endpoints",
        content: |lang| wxcheck(&["serve", "--list", "--markdown", "--lang", lang]),
    },
    Table {
        page: "bounds.md",
        name: "bounds",
        content: |lang| wxcheck(&["serve", "--bounds", "--markdown", "--lang", lang]),
    },
    Table {
        page: "control-api.md",
        name: "control",
        content: control::table,
    },
    Table {
        page: "catalogue.md",
        name: "pushes",
        content: pushes::tables,
    },
];

#[test]
fn the_tables_of_the_books_are_fresh() {
    for lang in LANGUAGES {
        for table in TABLES {
            let path = source(lang).join(table.page);
            let text = Document::read(&path).text;
            let fresh = between(&text, table.name, (table.content)(lang).trim());
            assert!(
                !is_stale(&path, &fresh),
                "{} is stale; refresh it with\n\n    {REFRESH}\n",
                path.display()
            );
        }
    }
}

/// The table of contents has the page of every rule, in the order of reports.
#[test]
fn the_table_of_contents_has_every_rule() {
    for lang in LANGUAGES {
        let path = source(lang).join("SUMMARY.md");
        let mut fresh = String::new();
        for line in Document::read(&path).text.lines() {
            if line.contains("](rules/") {
                continue;
            }
            fresh.push_str(line);
            fresh.push('\n');
            if line.contains("](rules.md)") {
                for id in ids() {
                    fresh.extend(["  - [", &id, "](rules/", &id, ".md)\n"]);
                }
            }
        }
        assert!(
            !is_stale(&path, &fresh),
            "{} is stale; refresh it with\n\n    {REFRESH}\n",
            path.display()
        );
    }
}

/// The ids of all rules.
fn ids() -> Vec<String> {
    let rules: Vec<serde_json::Value> =
        serde_json::from_str(&wxcheck(&["rules", "--json"])).unwrap();
    let ids = rules.iter().map(|rule| rule["id"].as_str().unwrap());
    ids.map(str::to_owned).collect()
}

/// The table that the program prints, each rule with a link to its page.
fn rules(lang: &str) -> String {
    let mut table = wxcheck(&["rules", "--markdown", "--lang", lang]);
    for id in ids() {
        table = table.replace(
            &format!("| `{id}` |"),
            &format!("| [`{id}`](rules/{id}.md) |"),
        );
    }
    table
}

/// The text with that between the marks of that name.
fn between(text: &str, name: &str, content: &str) -> String {
    let (begin, end) = (
        format!("<!-- {name}:begin -->\n"),
        format!("<!-- {name}:end -->"),
    );
    let (before, rest) = text.split_once(&begin).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    format!("{before}{begin}\n{content}\n\n{end}{after}")
}

/// The output of the program.
pub(super) fn wxcheck(args: &[&str]) -> String {
    let output = english(&mut Command::new(env!("CARGO_BIN_EXE_wxcheck")))
        .args(args)
        .output()
        .unwrap();
    assert!(output.status.success(), "{args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}
