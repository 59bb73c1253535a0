//! `wxcheck check --contract`: the replies of a server as snapshots, compared from run to run, readable for insta.

use wxcheck_protocol::push::{Format, Mode};
use wxcheck_reference_server::{Account, Setting};

use crate::program::{Folder, Ran, TOKEN, correct};

const SETTING: Setting = Setting {
    mode: Mode::Plain,
    format: Format::Json,
    account: Account::Mini,
    api: false,
};
const FILE: &str = "kept/mini-plain-json.snap";

fn run(folder: &Folder, url: &str) -> Ran {
    let args = [
        "--only",
        "reply/acknowledges",
        "--format",
        "json",
        "--contract",
        "kept",
    ];
    folder.check(url, &args)
}

#[test]
fn the_first_run_writes_and_later_runs_compare() {
    let server = correct(SETTING);
    let folder = Folder::new();
    run(&folder, server.url())
        .exits(0)
        .says("are written to kept/mini-plain-json.snap");
    let written = folder.read(FILE);
    assert!(
        !written.contains(TOKEN) && !written.contains("oWXCK"),
        "{written}"
    );
    run(&folder, server.url())
        .exits(0)
        .says("are as in kept/mini-plain-json.snap");

    // What the server answered before was another thing.
    let other = written.replacen("200, success", "200, nothing", 1);
    assert_ne!(other, written);
    folder.write(FILE, &other);
    run(&folder, server.url())
        .exits(1)
        .says("replies are not as in")
        .says("- 200, nothing")
        .says("+ 200, success")
        .says("cargo insta review");
    assert_eq!(folder.read(&format!("{FILE}.new")), written);

    // Accepted: what is pending goes.
    folder.write(FILE, &written);
    run(&folder, server.url()).exits(0);
    assert!(!folder.path(&format!("{FILE}.new")).exists());

    // As insta reads it.
    let (_, content) = written.split_once("\n---\n").unwrap();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder.path("kept"));
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!("mini-plain-json", content));
}

#[test]
fn a_server_that_is_not_there_loses_no_contract() {
    let folder = Folder::new();
    run(&folder, "http://127.0.0.1:1/wechat").exits(3);
    assert!(!folder.path(FILE).exists());
}
