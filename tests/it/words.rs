//! The words that people read: one for one thing, and all of them in both languages.

use std::path::{Path, PathBuf};

use crate::program::{Folder, finish, has_sentence};

/// A Chinese word, and the one in its place. HTTP has 响应; the body of an answer is 回包; a push comes again by 重推.
const CHINESE: [(&str, &str); 8] = [
    ("予以确认", "正常响应"),
    ("结构化回答", "按文档格式回包"),
    ("应答", "响应"),
    ("排重", "去重"),
    ("调用栈", "堆栈信息"),
    ("重新推送", "重推"),
    ("重复的推送", "重推"),
    ("接收推送的 URL", "回调 URL"),
];

/// Folders whose Chinese people read.
const FOLDERS: [&str; 8] = [
    "src",
    "suite/src",
    "settings/src",
    "load/src",
    "mock-server/src",
    "events/src",
    "console",
    "docs/zh",
];

#[test]
fn one_chinese_word_stands_for_one_thing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = FOLDERS.iter().flat_map(|folder| files(&root.join(folder)));
    let mut seen = 0;
    for file in files {
        let text = read(&file);
        seen += usize::from(text.contains("推送"));
        for (line, text) in text.lines().enumerate() {
            for (retired, instead) in CHINESE {
                assert!(
                    !text.contains(retired),
                    "{}:{}: `{retired}` is retired, write `{instead}`: {text}",
                    file.display(),
                    line + 1
                );
            }
        }
    }
    assert!(seen > 20, "{seen} files speak of pushes");
}

/// Usage errors, one of a kind: settings, files, commands.
const SLIPS: [&[&str]; 34] = [
    &["check", "nonsense"],
    &["check", "ftp://127.0.0.1/", "--token", "abc"],
    &["check", "http://127.0.0.1:1/"],
    &["check", "http://127.0.0.1:1/", "--token", ""],
    &[
        "check",
        "http://127.0.0.1:1/",
        "--token",
        "abc",
        "--aes-key",
        "x",
    ],
    &[
        "check",
        "http://127.0.0.1:1/",
        "--token",
        "abc",
        "--mode",
        "safe",
    ],
    &[
        "check",
        "http://127.0.0.1:1/",
        "--token",
        "abc",
        "--mode",
        "safer",
    ],
    &[
        "check",
        "http://127.0.0.1:1/",
        "--token",
        "abc",
        "--format",
        "yaml",
    ],
    &[
        "check",
        "http://127.0.0.1:1/",
        "--token",
        "abc",
        "--account",
        "tiny",
    ],
    &[
        "check",
        "http://127.0.0.1:1/",
        "--token",
        "abc",
        "--only",
        "reply/acknowledge",
    ],
    &[
        "check",
        "http://127.0.0.1:1/",
        "--token",
        "abc",
        "--only",
        "zzz",
    ],
    &[
        "check",
        "http://127.0.0.1:1/",
        "--token",
        "abc",
        "--skip",
        "reply/acknowledges",
    ],
    &[
        "check",
        "http://127.0.0.1:1/",
        "--token",
        "abc",
        "--cases",
        "0",
    ],
    &[
        "check",
        "http://127.0.0.1:1/",
        "--token",
        "abc",
        "--patience",
        "0",
    ],
    &[
        "check",
        "http://127.0.0.1:1/",
        "--token",
        "abc",
        "--tokken",
        "x",
    ],
    &[
        "check",
        "http://127.0.0.1:1/",
        "--token",
        "abc",
        "--handles",
        "nothing",
    ],
    &[
        "check",
        "http://127.0.0.1:1/",
        "--token",
        "abc",
        "--fixtures",
        "nowhere",
    ],
    &[
        "check",
        "http://127.0.0.1:1/",
        "--token",
        "abc",
        "--ca-cert",
        "nowhere",
    ],
    &[
        "check",
        "http://127.0.0.1:1/",
        "--token",
        "abc",
        "--resolve",
        "x",
    ],
    &[
        "check",
        "http://127.0.0.1:1/",
        "--token",
        "abc",
        "--account",
        "finclip",
    ],
    &[
        "check",
        "http://127.0.0.1:1/",
        "--token",
        "abc",
        "--effects-url",
        "http://a/",
    ],
    &[
        "check",
        "http://127.0.0.1:1/",
        "--token",
        "abc",
        "--events",
        "-",
    ],
    &["checc"],
    &["push", "txt", "http://127.0.0.1:1/", "--token", "abc"],
    &[
        "push",
        "text",
        "http://127.0.0.1:1/",
        "--token",
        "abc",
        "--set",
        "Contnet=x",
    ],
    &[
        "push",
        "text",
        "http://127.0.0.1:1/",
        "--token",
        "abc",
        "--set",
        "Content",
    ],
    &[
        "push",
        "text",
        "http://127.0.0.1:1/",
        "--token",
        "abc",
        "--retry",
        "often",
    ],
    &["fetch", "now", "http://127.0.0.1:1/"],
    &["replay", "nowhere.json"],
    &["report", "nowhere.json"],
    &["explain", "reply/acknowledge"],
    &["sdk", "nothing"],
    &["sign", "nonce=1", "--token", "abc"],
    &[
        "load",
        "http://127.0.0.1:1/",
        "--token",
        "abc",
        "--mix",
        "text",
    ],
];

#[test]
fn every_usage_error_is_told_in_chinese() {
    let folder = Folder::new();
    for slip in SLIPS {
        let english = folder.run(slip).exits(2).err;
        let ran = folder.run(&[slip, &["--lang", "zh"]].concat()).exits(2);
        assert!(ran.err.starts_with("错误："), "{slip:?}: {}", ran.err);
        let left: Vec<&str> = ran.err.lines().filter(|line| has_sentence(line)).collect();
        assert!(
            left.is_empty(),
            "{slip:?}: {left:#?}, in English: {english}"
        );
    }
}

#[test]
fn help_is_in_the_language_of_the_locale_and_fits_the_terminal() {
    let folder = Folder::new();
    for command in ["check", "serve", "push", "load", "open"] {
        for flag in ["-h", "--help"] {
            let mut wxcheck = folder.wxcheck(&[command, flag]);
            let ran = finish(wxcheck.env("LC_ALL", "zh_CN.UTF-8")).exits(0);
            let ran = ran.says("用法：wxcheck").says("[选项]").says("显示帮助");
            for line in ran.out.lines() {
                assert!(!has_sentence(line), "{command} {flag}: {line}");
                let width: usize = line
                    .chars()
                    .map(|letter| if letter.is_ascii() { 1 } else { 2 })
                    .sum();
                assert!(width <= 102, "{width} columns: {line}");
            }
        }
    }
    folder.run(&["check", "--help"]).exits(0).says("Usage: ");
}

#[test]
fn the_short_help_of_check_fits_one_screen() {
    let short = Folder::new().run(&["check", "-h"]).exits(0);
    let lines = short.out.lines().count();
    assert!(lines <= 60, "{lines} lines");
    let whole = Folder::new().run(&["check", "--help"]).exits(0);
    let whole = whole.says("--concurrency").says("Examples:");
    assert!(whole.out.lines().count() > 2 * lines);
}

/// Files that people's words stand in.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() && name != "node_modules" && name != "target" {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|kind| {
            ["rs", "txt", "js", "md", "html"]
                .iter()
                .any(|own| kind == *own)
        }) {
            found.push(path);
        }
    }
    found
}

#[expect(clippy::disallowed_methods, reason = "a test reads what stands there")]
fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap()
}
