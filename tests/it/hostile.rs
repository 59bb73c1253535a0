//! Hostile requests: to whom they go, that it is said, and that they can be left out.

use wxcheck_reference_server::defect;

use crate::program::{Folder, TOKEN, broken, correct, finish};

/// No address of this machine, and none to which anything can be sent.
const NOBODY: &str = "http://255.255.255.255:9/wechat";

#[test]
fn another_machine_is_named_before_anything_is_sent_to_it() {
    let folder = Folder::new();
    let aloud = |asks: &str| format!("hostile requests go to 255.255.255.255, as {asks} asks");
    folder
        .check(NOBODY, &["--hostile"])
        .exits(3)
        .complains(&aloud("--hostile"));
    let mut by_variable = folder.wxcheck(&["check", NOBODY, "--token", "x"]);
    finish(by_variable.env("WXCHECK_HOSTILE", "1")).complains(&aloud("WXCHECK_HOSTILE"));
    let quiet = |more: &[&str]| {
        let ran = folder.check(NOBODY, more).exits(3);
        assert_eq!(ran.err, "", "{more:?}");
    };
    quiet(&[]);
    quiet(&["--hostile", "--gentle"]);
    quiet(&["--hostile", "--only", "reply"]);
    quiet(&["--hostile", "--skip", "hostile=not today"]);
}

#[test]
fn this_machine_gets_them_unless_everything_is_to_be_gentle() {
    let setting = defect("leftovers-answer-the-next").unwrap().setting;
    let server = correct(setting);
    let folder = Folder::new();
    let only = ["--only", "hostile", "-v"];
    folder.check(server.url(), &only).exits(0).says("10 passed");
    let gentle = [&only[..], &["--gentle"]].concat();
    let reason = "left out by --gentle: it could hurt a server that others share";
    folder.check(server.url(), &gentle).exits(3).says(reason);
    folder.write("wxcheck.toml", "gentle = true\n");
    let hostile = [&only[..], &["--hostile"]].concat();
    folder.check(server.url(), &hostile).exits(3).says(reason);
}

#[test]
fn what_was_hostile_is_played_again_under_the_same_rule() {
    let (server, _) = broken("leftovers-answer-the-next");
    let folder = Folder::new();
    let only = ["--only", "hostile/pipelined-rest", "--account", "official"];
    folder
        .check(server.url(), &only)
        .exits(1)
        .says("an answer to this user and about this push");
    let file = ".wxcheck/hostile-pipelined-rest.json";
    let replay = |url| folder.run(&["replay", file, url, "--token", TOKEN]);
    replay(server.url())
        .exits(1)
        .says("still broken: own-reply");
    replay(NOBODY)
        .exits(2)
        .complains("--hostile sends them to 255.255.255.255");
}
