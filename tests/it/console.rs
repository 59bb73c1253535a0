//! The page of `wxcheck serve` in a real browser, where one is installed (`console/test/install`), and its pure modules.

use std::{
    io::{self, Write as _},
    path::Path,
    process::{Command, Output},
};

use crate::program::english;

/// The exit code of the walk where there is no Chromium.
const NO_BROWSER: i32 = 3;

#[test]
fn the_page_does_in_a_browser_what_it_should() {
    let modules = console().join("node_modules/playwright-core/package.json");
    if !modules.exists() {
        return skip("playwright-core is not installed: console/test/install");
    }
    let Some(walked) = node(&["test/walk.js"]) else {
        return skip("there is no node");
    };
    if walked.status.code() == Some(NO_BROWSER) {
        return skip(String::from_utf8_lossy(&walked.stdout).trim());
    }
    is_well(&walked);
}

#[test]
fn the_modules_of_the_page_do_what_they_should() {
    match node(&["--test", "test/units.test.js"]) {
        Some(tested) => is_well(&tested),
        None => skip("there is no node"),
    }
}

fn node(arguments: &[&str]) -> Option<Output> {
    let ran = english(&mut Command::new("node"))
        .args(arguments)
        .current_dir(console())
        .env("WXCHECK", env!("CARGO_BIN_EXE_wxcheck"))
        .output();
    match ran {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        ran => Some(ran.unwrap()),
    }
}

fn is_well(output: &Output) {
    let told = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    assert!(output.status.success(), "{}{}", told[0], told[1]);
}

fn console() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("console")
}

fn skip(reason: &str) {
    // Not `eprintln!`, which the harness captures.
    let line = format!("skipped: the page ({reason})\n");
    io::stderr().write_all(line.as_bytes()).unwrap();
}
