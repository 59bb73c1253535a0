//! Hostile requests: to whom they go, that it is said, and that they can be left out.

use wiremock::{Mock, ResponseTemplate, matchers::any};
use wxcheck_reference_server::defect;

use crate::program::{Folder, TOKEN, broken, correct, finish, received, runtime, scripted};

/// No address of this machine, and none to which anything can be sent.
const NOBODY: &str = "http://255.255.255.255:9/wechat";

#[test]
fn another_machine_is_named_before_anything_is_sent_to_it() {
    let folder = Folder::new();
    let aloud = |asks: &str| format!("hostile requests go to 255.255.255.255, as {asks} asks");
    folder
        .check(NOBODY, &["--hostile", "--i-own", "255.255.255.255"])
        .exits(3)
        .complains(&aloud("--hostile"));
    folder.write("wxcheck.toml", "i-own = '255.255.255.255'\n");
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
fn a_strangers_server_is_judged_by_nobody_who_does_not_say_that_it_is_theirs() {
    let folder = Folder::new();
    let told = "`255.255.255.255` leads to 255.255.255.255, which is neither this machine nor a private address; \
                if it is yours, give --i-own 255.255.255.255, or i-own = \"255.255.255.255\" in wxcheck.toml";
    folder.check(NOBODY, &[]).exits(2).complains(told);
    let doctor = ["doctor", NOBODY, "--token", "aTokenOfYourOwn"];
    folder.run(&doctor).exits(2).complains(told);
    folder
        .run(&["load", NOBODY, "--token", "t", "--count", "5"])
        .exits(2)
        .complains(told);
    let led = ["--resolve", "bot.example=255.255.255.255"];
    folder
        .check("http://bot.example/wechat", &led)
        .exits(2)
        .complains("give --i-own bot.example");
    let url = ["--i-own", "https://bot.example/wechat"];
    let told = "--i-own: `https://bot.example/wechat` is no host; give the host alone";
    folder.check(NOBODY, &url).exits(2).complains(told);
    folder
        .run(&[
            "load", NOBODY, "--token", "t", "--count", "5", url[0], url[1],
        ])
        .exits(2)
        .complains(told);
    folder.write(
        "wxcheck.toml",
        "i-own = ['bot.example', 'bot.example:80']\n",
    );
    folder
        .check(NOBODY, &[])
        .exits(2)
        .complains("wxcheck.toml line 1, i-own: `bot.example:80` is no host");
    folder.write("wxcheck.toml", "");
    let here = ["--resolve", "bot.example=127.0.0.1:1"];
    folder.check("http://bot.example/wechat", &here).exits(3);
}

#[test]
fn a_gentle_run_sends_one_small_request_after_the_other() {
    let server = scripted();
    let answer = ResponseTemplate::new(200).set_body_string("success");
    runtime().block_on(Mock::given(any()).respond_with(answer).mount(&server));
    let folder = Folder::new();
    let rules = [
        "--only",
        "push-signature",
        "--only",
        "redelivery/together",
        "--only",
        "tolerance",
    ];
    let args = [
        &rules[..],
        &[
            "--gentle",
            "--rate",
            "1000",
            "-v",
            "--report-json",
            "r.json",
        ],
    ]
    .concat();
    folder.check(&server.uri(), &args);
    let largest = received(&server)
        .iter()
        .map(|request| request.body.len())
        .max();
    assert!(largest.unwrap() < 32 * 1024, "{largest:?}");
    let report = folder.read_json("r.json");
    let rows = report["rules"].as_array().unwrap();
    let together = rows
        .iter()
        .find(|row| row["id"] == "redelivery/together")
        .unwrap();
    let reason = together["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("left out by --gentle: it sends several requests at once"),
        "{reason}"
    );
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
