//! The clients for other languages: their own tests, run with this program.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use wxcheck_protocol::{
    account::Account,
    push::{Format, Mode},
};
use wxcheck_reference_server::Setting;

use crate::program::{Folder, Ran, TOKEN, correct, english, installed, start, wait_for};

/// A whole suite with several runs, on a machine that has much else to do.
const SUITE_LIMIT: Duration = Duration::from_secs(300);
/// A jar of Debian's package junit5, which `clients/install` installs.
const JUNIT: &str = "/usr/share/java/junit-platform-console.jar";

#[test]
fn the_pytest_plugin_passes_its_own_tests() {
    // Installed by `clients/install`.
    let python = client("python").join(".venv/bin/python");
    if !python.exists() {
        skipped("clients/python/.venv is not there; run clients/install");
        return;
    }
    let ran = run(
        Command::new(python)
            .args(["-m", "pytest", "-p", "no:cacheprovider"])
            .current_dir(client("python")),
        &[],
    );
    ran.exits(0).says(" passed");
}

#[test]
fn the_node_helper_passes_its_own_tests() {
    if !installed("node") {
        return;
    }
    let ran = run(
        Command::new("node")
            .arg("--test")
            .args(["test/platform.test.js", "test/conformance.test.js"])
            .current_dir(client("node")),
        &[],
    );
    ran.exits(0).says("# fail 0");
}

#[test]
fn the_java_example_makes_a_test_of_each_rule() {
    if !Path::new(JUNIT).exists() {
        skipped("JUnit 5 is not there; run clients/install");
        return;
    }
    if !installed("javac") {
        return;
    }
    let server = correct(Setting {
        mode: Mode::Plain,
        format: Format::Xml,
        account: Account::Mini,
        api: false,
    });
    let folder = Folder::new();
    let judge = |token: &str, rules: &str| {
        run(
            Command::new(client("java").join("run")).arg(folder.path("classes")),
            &[
                ("WECHAT_URL", server.url()),
                ("WECHAT_RULES", rules),
                ("WXCHECK_TOKEN", token),
            ],
        )
    };
    judge(TOKEN, "url-check/*")
        .exits(0)
        .says("url-check/echoes-echostr ✔");
    judge("another", "url-check/*")
        .exits(1)
        .says("url-check/answers-directly ✘");
    // A usage error: there is no report to be read.
    judge(TOKEN, "no-such-area/*")
        .exits(1)
        .says("wxcheck has a verdict ✘ exit code 2");
}

fn client(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("clients")
        .join(name)
}

/// Runs it to its end, with this program, and without the settings of whoever runs the tests.
fn run(command: &mut Command, variables: &[(&str, &str)]) -> Ran {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("WXCHECK_") {
            command.env_remove(name);
        }
    }
    command.envs(variables.iter().copied());
    command.env("WXCHECK_BIN", env!("CARGO_BIN_EXE_wxcheck"));
    wait_for(start(english(command)), SUITE_LIMIT)
}

fn skipped(reason: &str) {
    // Not `eprintln!`, which the harness captures.
    let line = format!("skipped: {reason}\n");
    io::stderr().write_all(line.as_bytes()).unwrap();
}
