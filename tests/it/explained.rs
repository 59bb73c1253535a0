//! The commands that list and explain: `rules`, `explain`, `man` and `completions`.

use serde_json::Value;
use wxcheck_suite::{rules, words};

use crate::program::Folder;

#[test]
fn rules_lists_all_or_some_in_every_form() {
    let folder = Folder::new();
    let all = folder.run(&["rules"]).exits(0).out;
    assert_eq!(all.lines().count(), rules::all().count());
    let area = folder.run(&["rules", "reply"]).exits(0).out;
    assert_eq!(area.lines().count(), rules::matching("reply").len());
    assert!(
        area.lines().all(|line| line.starts_with("reply/")),
        "{area}"
    );

    let json: Value = serde_json::from_str(&folder.run(&["rules", "--json"]).exits(0).out).unwrap();
    for (row, rule) in json.as_array().unwrap().iter().zip(rules::all()) {
        assert_eq!(row["id"], rule.id.as_str());
        assert_eq!(row["level"], rule.level.to_string());
        for key in ["since", "source", "summary", "why", "fix"] {
            assert!(row[key].is_string(), "{key} of {row}");
        }
    }
    let table = folder.run(&["rules", "--markdown"]).exits(0).out;
    assert_eq!(table.lines().count(), rules::all().count() + 2);
    assert!(table.lines().all(|line| line.starts_with('|')), "{table}");

    folder
        .run(&["rules", "reply/acknowledge"])
        .exits(2)
        .complains("did you mean `reply/acknowledges`?");
}

#[test]
fn explain_describes_a_rule_in_both_languages() {
    let folder = Folder::new();
    let rule = rules::find("reply/acknowledges").unwrap();
    folder
        .run(&["explain", rule.id.as_str()])
        .exits(0)
        .says(rule.summary)
        .says(rule.why)
        .says(rule.fix)
        .says(&format!("claims  {}", rule.claims.join(", ")))
        .says(rule.source);
    let chinese = words::chinese(rule.id.as_str()).unwrap();
    folder
        .run(&["explain", rule.id.as_str(), "--lang", "zh"])
        .exits(0)
        .says(chinese.summary)
        .says("修复")
        .says(&format!("claim   {}", rule.claims.join(", ")))
        .says(chinese.fix);
    folder
        .run(&["explain", "acknowledges"])
        .exits(2)
        .complains("did you mean `reply/acknowledges`?");
}

#[test]
fn a_man_page_has_its_date_and_version() {
    let folder = Folder::new();
    for (args, title) in [
        (&["man"][..], "wxcheck"),
        (&["man", "check"], "wxcheck-check"),
    ] {
        let page = folder.run(args).exits(0).out;
        let heading = page.lines().find(|line| line.starts_with(".TH ")).unwrap();
        let words: Vec<&str> = heading.split_whitespace().collect();
        assert_eq!(words[1].trim_matches('"'), title, "{heading}");
        let date = words[3].trim_matches('"');
        let digits: Vec<usize> = date.split('-').map(str::len).collect();
        assert_eq!(digits, [4, 2, 2], "{heading}");
        assert!(heading.contains(env!("CARGO_PKG_VERSION")), "{heading}");
    }
}

#[test]
fn a_man_page_in_chinese_has_chinese_headings() {
    let folder = Folder::new();
    for command in ["", "check", "serve", "load", "report"] {
        let args = ["--lang", "zh", "man", command];
        let args = if command.is_empty() {
            &args[..3]
        } else {
            &args
        };
        let page = folder.run(args).exits(0).out;
        let headings = page.lines().filter_map(|line| line.strip_prefix(".SH "));
        let headings: Vec<&str> = headings.collect();
        assert_eq!(headings[..3], ["名称", "概要", "描述"], "{command}");
        let english = headings.iter().filter(|heading| heading.is_ascii());
        let english: Vec<&&str> = english.filter(|heading| **heading != "NATS").collect();
        assert!(english.is_empty(), "{command}: {english:?}");
    }
    let english = folder.run(&["man"]).exits(0).out;
    assert!(english.contains("\n.SH NAME\n"), "{english}");
}

#[test]
fn a_push_is_explained_and_shells_complete() {
    let folder = Folder::new();
    folder
        .run(&["explain", "push/wxa_novel_chapter_permission"])
        .exits(0)
        .says("ChapterPerms")
        .says("within    4 s")
        .says("BookId");
    folder
        .run(&[
            "--lang",
            "zh",
            "explain",
            "push/wxa_novel_chapter_permission",
        ])
        .exits(0)
        .says("依据      小程序文档，小说小程序")
        .says("时限      4 秒");
    folder
        .run(&["explain", "push/nothing"])
        .exits(2)
        .complains("push --list");
    for shell in ["bash", "zsh", "fish"] {
        folder.run(&["completions", shell]).exits(0).says("wxcheck");
    }
}
