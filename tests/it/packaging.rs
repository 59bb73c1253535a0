//! Published files: every crate holds all that it is made of, and packages start the program.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use serde_json::Value;

use crate::program::{Folder, Ran, finish, installed, start, wait_for};

/// Node's own programs from a cold disk.
const INSTALL_LIMIT: Duration = Duration::from_secs(300);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The packages of the workspace that are published.
fn published() -> Vec<Value> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([
        "metadata",
        "--no-deps",
        "--offline",
        "--format-version",
        "1",
    ]);
    let ran = finish(cargo.current_dir(root())).exits(0);
    let metadata: Value = serde_json::from_str(&ran.out).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    // An empty list is `publish = false`.
    let published = packages.filter(|package| package["publish"].is_null());
    published.cloned().collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test reads files of the repository"
)]
fn a_crate_includes_no_file_from_outside_of_it() {
    for package in published() {
        let folder = Path::new(text(&package["manifest_path"]))
            .parent()
            .unwrap()
            .to_owned();
        let mut sources = Vec::new();
        find_sources(&folder.join("src"), &mut sources);
        assert!(!sources.is_empty(), "{}", folder.display());
        for source in sources {
            let content = fs::read_to_string(&source).unwrap();
            // Tests are not compiled by whoever depends on it.
            let content = content.split("#[cfg(test)]").next().unwrap();
            for call in content.split("include_").skip(1) {
                let Some((_, rest)) = call.split_once('"') else {
                    continue;
                };
                let (path, _) = rest.split_once('"').unwrap();
                let depth = source.strip_prefix(&folder).unwrap().components().count() - 1;
                let ups = path.split('/').take_while(|part| *part == "..").count();
                assert!(ups <= depth, "{} includes {path}", source.display());
            }
        }
    }
}

fn find_sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find_sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn crates_can_be_published_one_after_the_other() {
    let packages = published();
    let names: BTreeSet<&str> = packages
        .iter()
        .map(|package| text(&package["name"]))
        .collect();
    let mut waiting: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in &packages {
        let name = text(&package["name"]);
        assert!(
            !package["description"].is_null(),
            "{name} has no description"
        );
        assert_eq!(
            text(&package["version"]),
            env!("CARGO_PKG_VERSION"),
            "{name}"
        );
        let mut needs = BTreeSet::new();
        for dependency in package["dependencies"].as_array().unwrap() {
            let is_of_this_workspace = !dependency["path"].is_null();
            let has_version = dependency["req"] != "*";
            // Without a version, cargo leaves a dev-dependency out of what it publishes.
            assert!(
                !is_of_this_workspace || has_version || dependency["kind"] == "dev",
                "{name} needs {dependency} in no version"
            );
            if is_of_this_workspace && has_version {
                let other = text(&dependency["name"]);
                assert!(
                    names.contains(other),
                    "{name} needs {other}, which is not published"
                );
                needs.insert(other);
            }
        }
        waiting.insert(name, needs);
    }
    while !waiting.is_empty() {
        let (ready, rest): (BTreeMap<_, _>, _) =
            waiting.into_iter().partition(|(_, needs)| needs.is_empty());
        assert!(!ready.is_empty(), "each needs another: {rest:?}");
        waiting = rest;
        for needs in waiting.values_mut() {
            needs.retain(|name| !ready.contains_key(name));
        }
    }
}

#[test]
fn the_harness_brings_nothing_of_the_program() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--offline", "--edges", "normal", "--prefix", "none"]);
    cargo.args(["--package", "wxcheck-harness", "--format", "{p}"]);
    let tree = finish(cargo.current_dir(root())).exits(0).out;
    let names: BTreeSet<&str> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(names.contains("wxcheck-suite"), "{names:?}");
    for of_the_program in [
        "rusqlite",
        "async-nats",
        "console",
        "indicatif",
        "anyhow",
        "clap_complete",
    ] {
        assert!(!names.contains(of_the_program), "{of_the_program}");
    }
}

/// A script that starts the program: a build with no optimisation takes long to be packed.
fn stand_in(folder: &Folder) -> PathBuf {
    let program = env!("CARGO_BIN_EXE_wxcheck");
    let script = format!("#!/bin/sh\nexec '{program}' \"$@\"\n");
    folder.write("stand-in/wxcheck", script);
    folder.path("stand-in/wxcheck")
}

#[test]
fn the_npm_package_starts_the_program() {
    if !installed("npm") || !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return;
    }
    let folder = Folder::new();
    let packages = folder.path("packages");
    let mut build = Command::new(root().join("packaging/npm/build"));
    build.arg(&packages);
    build.arg(format!("linux-x64={}", stand_in(&folder).display()));
    finish(&mut build).exits(0);
    let npm = |name: &str, arguments: &[&str]| -> Ran {
        let mut command = Command::new(name);
        let command = command.args(arguments).current_dir(folder.path(""));
        wait_for(start(command), INSTALL_LIMIT)
    };
    folder.write("package.json", "{}");
    let packed: Vec<String> = folder.list("packages");
    assert_eq!(packed.len(), 2, "{packed:?}");
    let files: Vec<String> = packed
        .iter()
        .map(|name| format!("./packages/{name}"))
        .collect();
    let mut install = vec!["install", "--offline", "--no-audit", "--no-fund"];
    install.extend(files.iter().map(String::as_str));
    npm("npm", &install).exits(0);
    npm("npx", &["--no-install", "wxcheck", "--version"])
        .exits(0)
        .says(env!("CARGO_PKG_VERSION"));
    // Exit codes come through.
    let closed = crate::program::CLOSED_PORT;
    npm(
        "npx",
        &[
            "--no-install",
            "wxcheck",
            "check",
            closed,
            "--token",
            "aToken",
        ],
    )
    .exits(3);
    // What it says where the package for this machine is missing.
    fs::remove_dir_all(folder.path("node_modules/@wxcheck")).unwrap();
    npm("npx", &["--no-install", "wxcheck", "--version"])
        .exits(2)
        .complains("@wxcheck/linux-x64 is not installed");
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test reads files of the repository"
)]
fn the_release_workflow_runs_scripts_that_there_are() {
    let workflow = fs::read_to_string(root().join(".github/workflows/release.yml")).unwrap();
    let workflow: serde_yaml_ng::Value = serde_yaml_ng::from_str(&workflow).unwrap();
    let workflow = serde_json::to_value(workflow).unwrap();
    let mut scripts = BTreeSet::new();
    for job in workflow["jobs"].as_object().unwrap().values() {
        for step in job["steps"].as_array().unwrap() {
            let Some(run) = step["run"].as_str() else {
                // A version that can be moved is none.
                let (_, commit) = text(&step["uses"]).split_once('@').unwrap();
                assert_eq!(commit.len(), 40, "{commit}");
                continue;
            };
            let mut shell = Command::new("bash");
            finish(shell.args(["-n", "-c", run])).exits(0);
            let words = run.split([' ', '\n', ';', '(']);
            scripts.extend(words.filter(|word| word.starts_with("packaging/")));
        }
    }
    assert!(scripts.len() > 6, "{scripts:?}");
    for script in scripts {
        let mut shell = Command::new("bash");
        shell.arg("-n").arg(root().join(script));
        finish(&mut shell).exits(0);
    }
    // Every machine for which something is built has an npm package and is known to the installer.
    let npm = fs::read_to_string(root().join("packaging/assemble")).unwrap();
    let built = workflow["jobs"]["build"]["strategy"]["matrix"]["include"].as_array();
    let targets: Vec<&str> = built
        .unwrap()
        .iter()
        .map(|row| text(&row["target"]))
        .collect();
    assert_eq!(targets.len(), 5);
    for target in targets {
        assert!(npm.contains(&format!("\n{target} ")), "{target}");
    }
}

/// A release whose program is a script: its place, as `file://…`, and the checksum of its archive.
fn release(folder: &Folder, at: &str) -> (String, String) {
    let archive = format!("{at}/wxcheck-x86_64-unknown-linux-musl.tar.gz");
    let mut pack = Command::new(root().join("packaging/archive"));
    pack.arg(stand_in(folder));
    pack.arg("x86_64-unknown-linux-musl");
    folder.write(&format!("{at}/SHA256SUMS"), "");
    finish(pack.arg(folder.path(at))).exits(0);
    let mut sum = Command::new("sha256sum");
    let sum = finish(sum.arg(folder.path(&archive))).exits(0).out;
    let (sum, _) = sum.split_once(' ').unwrap();
    let place = format!("file://{}", folder.path("").display());
    (place.trim_end_matches('/').to_owned(), sum.to_owned())
}

/// The line of `SHA256SUMS` about the archive of a release.
fn sums(sum: &str) -> String {
    format!("{sum}  wxcheck-x86_64-unknown-linux-musl.tar.gz\n")
}

#[test]
fn an_installer_takes_nothing_with_another_checksum() {
    if !installed("curl") || !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return;
    }
    let folder = Folder::new();
    let (place, sum) = release(&folder, "latest/download");
    let install = |sum: &str| {
        folder.write("latest/download/SHA256SUMS", sums(sum));
        let mut install = Command::new("sh");
        install.arg(root().join("ci/install.sh")).arg("latest");
        install.arg(folder.path("bin"));
        finish(install.env("WXCHECK_RELEASES", &place))
    };
    let wrong = sum.chars().rev().collect::<String>();
    install(&wrong).exits(1).complains("nothing was installed");
    assert_eq!(folder.list("bin"), Vec::<String>::new());
    install(&sum).exits(0).says("bin/wxcheck\n");
    assert_eq!(folder.list("bin"), ["wxcheck"]);
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test reads files of the repository"
)]
fn the_action_installs_the_program_of_its_own_version() {
    if !installed("curl") || !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return;
    }
    let action = fs::read_to_string(root().join("action.yml")).unwrap();
    let action: serde_yaml_ng::Value = serde_yaml_ng::from_str(&action).unwrap();
    let action = serde_json::to_value(action).unwrap();
    assert_eq!(action["inputs"]["version"]["default"], "");
    let install = text(&action["runs"]["steps"][0]["run"]);
    let folder = Folder::new();
    let at = format!("download/v{}", env!("CARGO_PKG_VERSION"));
    let (place, sum) = release(&folder, &at);
    folder.write(&format!("{at}/SHA256SUMS"), sums(&sum));
    let mut shell = Command::new("bash");
    shell.args(["-eo", "pipefail", "-c", install]);
    // No program is on the path yet.
    shell
        .env("PATH", "/usr/bin:/bin")
        .env("WXCHECK_VERSION", "");
    shell.env("ACTION", root()).env("WXCHECK_RELEASES", &place);
    shell.env("WXCHECK_INSTALL", folder.path("bin"));
    shell.env("GITHUB_PATH", folder.path("github-path"));
    finish(&mut shell).exits(0);
    assert_eq!(folder.list("bin"), ["wxcheck"]);
    let path = folder.path("bin").display().to_string();
    assert_eq!(folder.read("github-path").trim_end(), path);
}

#[test]
fn the_notes_of_a_release_are_its_section_of_the_changelog() {
    let notes = |version: &str| {
        let mut notes = Command::new(root().join("packaging/notes"));
        finish(notes.arg(version))
    };
    notes("[Unreleased]").exits(0).says("### Added");
    notes("v99.0.0")
        .exits(1)
        .complains("no section about 99.0.0");
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test reads files of the repository"
)]
fn the_clients_have_the_version_of_the_program() {
    let client = |name: &str| fs::read_to_string(root().join("clients").join(name)).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    let python = format!("\nversion = \"{version}\"\n");
    assert!(client("python/pyproject.toml").contains(&python));
    let node: Value = serde_json::from_str(&client("node/package.json")).unwrap();
    assert_eq!(node["version"], version);
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test reads files of the repository"
)]
fn the_documents_say_whether_there_is_a_release() {
    let read = |name: &str| fs::read_to_string(root().join(name)).unwrap();
    let changelog = read("CHANGELOG.md");
    let mut versions = changelog.lines().filter(|line| line.starts_with("## ["));
    let is_released = versions.any(|line| line != "## [Unreleased]");
    let pages = ["install.md", "containers.md", "other-languages.md"];
    let books = [
        ("README.md", "docs/en", "no release yet"),
        ("README.zh-CN.md", "docs/zh", "目前还没有发布版"),
    ];
    for (readme, book, words) in books {
        let pages = pages.map(|page| format!("{book}/src/{page}"));
        for name in pages.into_iter().chain([readme.to_owned()]) {
            let denied = read(&name).contains(words);
            assert_eq!(denied, !is_released, "{name}: {words}");
        }
    }
}
