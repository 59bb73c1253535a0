//! The report for people, at several widths and in both languages.

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use crate::program::{Folder, Ran, broken, finish};

/// The parts that differ from run to run: a sequence that says nothing.
const OPENID: &str = "oWXCK";
const OPENID_LENGTH: usize = 28;

/// The log of a run of a broken server, with all that differs from run to run put in order.
fn log(folder: &Folder) {
    let (server, _) = broken("push-unchecked-in-plain-mode");
    let areas = [
        "--only",
        "push-signature",
        "--only",
        "envelope",
        "--only",
        "redelivery/acknowledged",
    ];
    let args = ["--seed", "7", "--account", "official", "--events", "raw"];
    folder
        .check(server.url(), &[&args[..], &areas].concat())
        .exits(1);
    let port = server
        .url()
        .split(':')
        .nth(2)
        .and_then(|rest| rest.split('/').next());
    let address = format!("127.0.0.1:{}", port.unwrap());
    let raw = folder.read("raw").replace(&address, "127.0.0.1:8080");
    let lines = raw.lines().map(|line| {
        let mut event: Value = serde_json::from_str(line).unwrap();
        put_in_order(&mut event);
        event.to_string() + "\n"
    });
    folder.write("log", lines.collect::<String>());
}

fn put_in_order(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match name.as_str() {
                    "took_micros" => *field = json!(12_345_678),
                    "waiting_micros" => *field = json!(11_111_111),
                    "lateness_micros" => *field = json!(0),
                    "starved" => *field = json!(false),
                    "requests" if field.is_u64() => *field = json!(123),
                    "wxcheck" => *field = json!("0.0.0"),
                    _ => put_in_order(field),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(put_in_order),
        Value::String(text) => *text = quiet(text),
        _ => {}
    }
}

/// The text with every user and every long number replaced by one of the same length.
fn quiet(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(place) = rest.find(OPENID) {
        shown += &rest[..place];
        let end = rest.len().min(place + OPENID_LENGTH);
        shown += &rest[place..end].replace(
            |char: char| char.is_ascii_digit() || char.is_ascii_lowercase(),
            "a",
        );
        rest = &rest[end..];
    }
    shown += rest;
    let mut quieted = String::new();
    let mut digits = String::new();
    for char in shown.chars().chain(['\0']) {
        if char.is_ascii_digit() {
            digits.push(char);
            continue;
        }
        let is_long = digits.len() >= 10;
        quieted += &if is_long {
            "1".repeat(digits.len())
        } else {
            digits.clone()
        };
        digits.clear();
        quieted.push(char);
    }
    quieted.trim_end_matches('\0').to_owned()
}

fn checked(folder: &Folder, lang: &str, columns: &str, more: &[&str]) -> Ran {
    let args = [&["--lang", lang, "report", "log"], more].concat();
    finish(folder.wxcheck(&args).env("COLUMNS", columns))
}

#[test]
fn the_terminal_report_is_as_reviewed() {
    let folder = Folder::new();
    log(&folder);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots/reports");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for lang in ["en", "zh"] {
        for columns in ["60", "80", "120"] {
            let ran = checked(&folder, lang, columns, &[]).exits(1);
            let most: usize = columns.parse().unwrap();
            for line in ran.out.lines() {
                // A path is pasted whole, however long it is.
                let is_pasted = line.contains("wxcheck replay ");
                assert!(
                    is_pasted || line.width() <= most,
                    "{columns} columns: {line}"
                );
            }
            let name = format!("terminal-{lang}-{columns}");
            settings.bind(|| insta::assert_snapshot!(name, ran.out));
        }
    }
    // Nothing is lost where lines are broken.
    let words = |ran: &Ran| {
        ran.out
            .split_whitespace()
            .filter(|word| *word != "\\")
            .collect::<String>()
    };
    let wide = checked(&folder, "en", "120", &[]);
    assert_eq!(words(&checked(&folder, "en", "60", &[])), words(&wide));
    assert!(!wide.out.contains("curl"), "{}", wide.out);
    checked(&folder, "en", "80", &["--curl"])
        .exits(1)
        .says("    send it   t=$(date +%s)");
    checked(&folder, "en", "80", &["-v"])
        .exits(1)
        .says("    send it   t=$(date +%s)");
}

#[test]
fn colours_are_for_whoever_asks() {
    let folder = Folder::new();
    log(&folder);
    let coloured = |args: &[&str], set: &[(&str, &str)]| {
        let args = [&["report", "log"], args].concat();
        let ran = finish(folder.wxcheck(&args).envs(set.iter().copied()));
        ran.out.contains("\u{1b}[")
    };
    assert!(!coloured(&[], &[]));
    assert!(coloured(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(coloured(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&["--color=never"], &[("CLICOLOR_FORCE", "1")]));
    folder.run(&["report", "log", "--color", "red"]).exits(2);
}
