//! The program's face: exit codes, messages, settings, and how a run is ended.

use serde_json::Value;
use wxcheck_suite::rules;

use crate::program::{
    AES_KEY, CLOSED_PORT, Folder, PLAIN, Silent, TOKEN, broken, correct, finish, has_sentence,
    runtime, scripted,
};

/// A quick rule that the correct server passes.
const ONE_RULE: [&str; 2] = ["--only", "reply/acknowledges"];

#[test]
fn without_url_the_reference_server_is_judged_and_conforms() {
    let folder = Folder::new();
    let ran = folder.run(&["check"]).exits(0);
    assert!(!ran.out.contains("failed"), "{}", ran.out);
    assert_eq!(folder.list(".wxcheck"), [""; 0], "nothing to replay");
}

#[test]
fn a_broken_must_exits_1_and_says_what_why_and_how_to_fix_it() {
    let (server, _) = broken("push-unchecked-in-plain-mode");
    Folder::new()
        .check(server.url(), &["--only", "push-signature"])
        .exits(1)
        .says("FAILED  the signature of a push is not checked: 2 rules\n")
        .says("\n  push-signature/rejects-forged-signature  (must)\n")
        .says("\nFAILED · 2 must · exit 1\n")
        .says("    expected  ")
        .says("    got       ")
        .says("    why       ")
        .says("    fix       ")
        .says("    replay    wxcheck replay .wxcheck/push-signature-rejects-forged-signature.json");
}

#[test]
fn a_name_that_does_not_resolve_yet_is_waited_for() {
    let folder = Folder::new();
    let url = "http://wxcheck.invalid/wechat";
    folder
        .check(url, &["--wait", "1s", "--report-json", "run.json"])
        .exits(3)
        .says("the host name does not resolve");
    assert!(
        folder
            .read("run.json")
            .contains("\"outcome\": \"no verdict\"")
    );
}

#[test]
fn a_server_out_of_reach_exits_3_and_says_no_more_than_why() {
    let plain = correct(PLAIN);
    for (url, reason) in [
        (
            CLOSED_PORT.to_owned(),
            "the connection was refused; nothing listens on that port",
        ),
        (
            "http://wxcheck.invalid/wechat".to_owned(),
            "the host name does not resolve",
        ),
        (
            plain.url().replace("http:", "https:"),
            "the TLS handshake failed",
        ),
    ] {
        let ran = Folder::new()
            .check(&url, &[])
            .exits(3)
            .says(&format!("\nno contact with {url}: {reason}"));
        // The cause stands before it, where one is known.
        assert!(ran.out.lines().count() <= 8, "{}", ran.out);
        assert_eq!(ran.err, "");
    }
}

#[test]
fn a_slip_of_the_command_line_exits_2_and_names_it() {
    let url = CLOSED_PORT;
    let check = |more: &[&str]| Folder::new().check(url, more).exits(2);
    let folder = Folder::new();
    for (url, complaint) in [
        ("nonsense", "`nonsense` is not a URL"),
        ("ftp://127.0.0.1/", "WeChat calls http:// and https://"),
    ] {
        folder.check(url, &[]).exits(2).complains(complaint);
    }
    folder.run(&["check", url]).exits(2).complains("--token");
    check(&["--aes-key", &AES_KEY[1..]]).complains("42 characters instead of 43");
    check(&["--aes-key", &format!("{AES_KEY}=")]).complains("44 characters instead of 43");
    check(&["--mode", "safe"]).complains("WXCHECK_AES_KEY");
    check(&["--mode", "safe", "--aes-key", AES_KEY]).complains("WXCHECK_APPID");
    check(&["--mode", "safer"]).complains("plain, compat, safe");
    check(&["--format", "yaml"]).complains("xml, json");
    check(&["--account", "tiny"]).complains(
        "choose mini, official, minigame, platform, cloud-hosting, cloud-function, shop, app, finclip",
    );
    check(&["--only", "reply/acknowledge"]).complains("did you mean `reply/acknowledges`?");
    check(&["--only", "zzz"]).complains("`wxcheck rules` lists them");
    check(&["--skip", "reply/acknowledges"]).complains("ID=REASON");
    check(&["--skip", "reply/acknowledges= "]).complains("ID=REASON");
    check(&["--skip", "reply/acknowledge=later"]).complains("did you mean");
    check(&["--cases", "0"]).complains("'0' for '--cases <N>'");
    check(&["--patience", "0"]).complains("'0' for '--patience <FACTOR>'");
    check(&["--tokken", "x"]).complains("--tokken");
    folder.run(&[]).exits(2).complains("Usage:");
}

#[test]
fn a_key_that_is_refused_is_not_repeated() {
    let ran = Folder::new().check(CLOSED_PORT, &["--aes-key", &AES_KEY[1..]]);
    assert!(!ran.err.contains(&AES_KEY[5..20]), "{}", ran.err);
}

#[test]
fn a_broken_settings_file_is_named_with_line_and_key_but_not_with_values() {
    let folder = Folder::new();
    for (file, place, complaint) in [
        (
            "token = 'x'\ntokken = 'y'\n",
            "wxcheck.toml line 2, tokken: ",
            "unknown field `tokken`",
        ),
        (
            "\n\ntoken = 987654321\n",
            "wxcheck.toml line 3, token: ",
            "expected a string",
        ),
        ("mode = 'safer'", "wxcheck.toml line 1, mode: ", "`compat`"),
        (
            "patience = 'long'",
            "wxcheck.toml line 1, patience: ",
            "expected f64",
        ),
        (
            "token = 'x'\naes-key = 987654321abc\n",
            "wxcheck.toml line 2, aes-key: ",
            "",
        ),
        (
            "token = 'x'\ntoken = 'y'\n",
            "wxcheck.toml line 2, token: ",
            "duplicate",
        ),
    ] {
        folder.write("wxcheck.toml", file);
        let ran = folder
            .run(&["check"])
            .exits(2)
            .complains(place)
            .complains(complaint);
        assert!(!ran.err.contains("987654321"), "{}", ran.err);
    }
    folder.write("wxcheck.toml", b"token = '\xff'");
    folder
        .run(&["check"])
        .exits(2)
        .complains("cannot read")
        .complains("wxcheck.toml");
}

#[test]
fn strict_fails_what_is_warned() {
    let (server, _) = broken("unknown-event-fails");
    let folder = Folder::new();
    let only = ["--only", "tolerance/unknown-event"];
    folder
        .check(server.url(), &only)
        .exits(0)
        .says("1 rule: 1 warned");
    let strict = [&only[..], &["--strict"]].concat();
    folder.check(server.url(), &strict).exits(1);
}

#[test]
fn nothing_judged_is_never_0() {
    let skipped = [
        &ONE_RULE[..],
        &["--skip", "reply/acknowledges=not ours to fix"],
    ]
    .concat();
    let folder = Folder::new();
    let server = correct(PLAIN);
    folder
        .check(server.url(), &skipped)
        .exits(3)
        .says("1 rule: 1 skipped");
    // Does not apply in plain mode.
    folder
        .check(server.url(), &["--only", "envelope"])
        .exits(3)
        .says("6 skipped");
}

#[test]
fn a_skip_carries_its_reason_into_the_report() {
    let (server, _) = broken("ack-json-quoted");
    let skip = [
        "--only",
        "reply",
        "--skip",
        "reply/acknowledges=WX-7 = known",
        "-v",
    ];
    Folder::new()
        .check(server.url(), &skip)
        .exits(0)
        .says("skipped by request: WX-7 = known");
}

#[test]
fn flags_win_over_environment_over_file() {
    let server = correct(PLAIN);
    let folder = Folder::new();
    let file = format!(
        "url = '{}'\ntoken = '{TOKEN}'\nonly = ['reply/acknowledges']\n",
        server.url()
    );
    folder.write("wxcheck.toml", file);
    folder.run(&["check"]).exits(0);
    let with_environment = |args: &[&str], url: &str, token: &str| {
        let mut command = folder.wxcheck(args);
        command.env("WXCHECK_URL", url).env("WXCHECK_TOKEN", token);
        finish(&mut command)
    };
    with_environment(&["check"], CLOSED_PORT, TOKEN).exits(3);
    with_environment(&["check"], server.url(), "another").exits(3);
    with_environment(&["check", "--token", TOKEN], server.url(), "another").exits(0);
    with_environment(&["check", server.url()], CLOSED_PORT, TOKEN).exits(0);
    // A flag replaces the list of the file.
    folder
        .run(&["check", "--only", "url-check/bare-get"])
        .exits(0)
        .says("1 rule: 1 passed");
}

#[test]
fn the_settings_file_is_found_in_a_folder_above() {
    let server = correct(PLAIN);
    let folder = Folder::new();
    let file = format!(
        "url = '{}'\ntoken = '{TOKEN}'\nonly = ['reply/acknowledges']\n",
        server.url()
    );
    folder.write("wxcheck.toml", &file);
    folder.write("deep/below/note", "");
    let below = |folder: &Folder| {
        finish(
            folder
                .wxcheck(&["check"])
                .current_dir(folder.path("deep/below")),
        )
    };
    below(&folder).exits(0).says(server.url());
    // The nearest file counts, whole.
    folder.write("deep/wxcheck.toml", file.replace(server.url(), CLOSED_PORT));
    below(&folder).exits(3);
}

#[test]
fn output_to_a_file_has_no_escapes() {
    let (server, _) = broken("ack-json-quoted");
    let ran = Folder::new().check(server.url(), &["--only", "reply"]);
    let ran = ran.exits(1);
    assert!(!ran.out.contains('\u{1b}'), "{}", ran.out);
    assert_eq!(ran.err, "", "and no progress bar");
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_gets_colours_unless_no_color_is_set() {
    if !crate::program::installed("script") {
        return;
    }
    let folder = Folder::new();
    let program = env!("CARGO_BIN_EXE_wxcheck");
    let line = format!("{program} check --only reply/acknowledges 2>/dev/null");
    let on_a_terminal = |name: &str, value: &str| {
        let mut command = folder.wxcheck(&[]);
        let mut script = std::process::Command::new("script");
        script
            .args(["-qec", &line, "/dev/null"])
            .current_dir(folder.path(""))
            .env_clear()
            .envs(
                command
                    .env("TERM", "xterm")
                    .get_envs()
                    .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))),
            )
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env(name, value);
        finish(&mut script).exits(0).says("1 passed").out
    };
    assert!(on_a_terminal("NO_COLOR", "").contains("\u{1b}[32m"));
    assert!(!on_a_terminal("NO_COLOR", "1").contains('\u{1b}'));
    assert!(!on_a_terminal("TERM", "dumb").contains('\u{1b}'));
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_run_at_once_with_a_report() {
    use std::process::Command;

    let server = Silent::new();
    let folder = Folder::new();
    let mut command = folder.wxcheck(&[
        "check",
        &server.url,
        "--token",
        TOKEN,
        "--report-json",
        "out/report.json",
    ]);
    // So long that nothing but the signal can be what ends it.
    command.env("WXCHECK_PATIENCE", "100");
    let child = crate::program::start(&mut command);
    let _open = server.connected();
    let mut kill = Command::new("kill");
    finish(kill.args(["-INT", &child.id().to_string()])).exits(0);
    crate::program::wait(child)
        .exits(3)
        .says("stopped by Ctrl-C before the end");
    let report = folder.read_json("out/report.json");
    assert_eq!(report["ended"], "stopped by Ctrl-C");
    assert_all_inconclusive(&report);
}

#[test]
fn a_run_out_of_time_is_reported() {
    let server = Silent::new();
    let folder = Folder::new();
    let args = ["--max-time", "1", "--report-json", "report.json"];
    let ran = folder.check(&server.url, &args).exits(3);
    let told = "the time for the run was over before its end; see --max-time";
    assert_eq!(ran.out.matches(told).count(), 1, "{}", ran.out);
    let report = folder.read_json("report.json");
    assert_eq!(report["ended"], "out of time");
    assert_eq!(report["why"], told);
    assert_all_inconclusive(&report);
}

fn assert_all_inconclusive(report: &Value) {
    let rows = report["rules"].as_array().unwrap();
    assert_eq!(rows.len(), rules::all().count());
    // What is looked at before anything is sent has its verdict already.
    let sent = |row: &&Value| !row["id"].as_str().unwrap().starts_with("network/");
    for row in rows.iter().filter(sent) {
        if row["id"].as_str().unwrap().starts_with("fetch/") {
            // No time would have been enough for these.
            assert_eq!(row["verdict"], "skipped", "{row}");
            continue;
        }
        assert_eq!(row["verdict"], "inconclusive", "{row}");
        let reason = row["reason"].as_str().unwrap();
        assert!(reason.starts_with("not judged: "), "{row}");
    }
}

#[test]
fn a_report_in_chinese_explains_in_chinese() {
    let (server, _) = broken("ack-json-quoted");
    let chinese = wxcheck_suite::words::chinese("reply/acknowledges").unwrap();
    let args = [&ONE_RULE[..], &["--lang", "zh"]].concat();
    Folder::new()
        .check(server.url(), &args)
        .exits(1)
        .says(chinese.summary)
        .says("期望");
}

#[test]
fn a_report_in_chinese_holds_no_english_sentence() {
    let closed = CLOSED_PORT.to_owned();
    let (quoted, _) = broken("ack-json-quoted");
    let (unchecked, _) = broken("push-unchecked-in-plain-mode");
    let only = ["url-check/*", "push-signature/*", "reply/*"].map(|rules| ["--only", rules]);
    for url in [quoted.url(), unchecked.url(), &closed] {
        for lang in ["en", "zh"] {
            let args = [&only.concat()[..], &["--lang", lang, "--verbose"]].concat();
            let ran = Folder::new().check(url, &args);
            let told = [ran.out.as_str(), ran.err.as_str()].concat();
            let left: Vec<&str> = told.lines().filter(|line| has_sentence(line)).collect();
            assert_eq!(left.is_empty(), lang == "zh", "{url}: {left:#?}");
        }
    }
}

#[test]
fn without_a_url_the_remark_is_in_chinese_too() {
    let args = ["--lang", "zh", "check", "--only", "url-check/*"];
    let ran = Folder::new().run(&args).exits(0);
    let told = [ran.out.as_str(), ran.err.as_str()].concat();
    let left: Vec<&str> = told.lines().filter(|line| has_sentence(line)).collect();
    assert!(left.is_empty(), "{left:#?}");
}

#[test]
fn help_is_as_reviewed() {
    let folder = Folder::new();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots/cli");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        insta::assert_snapshot!("help", folder.run(&["--help"]).exits(0).out);
        for command in ["check", "load", "worker"] {
            let mut help = folder.wxcheck(&[command, "--help"]);
            let help = finish(help.env_remove("WXCHECK_PATIENCE"));
            insta::assert_snapshot!(format!("{command}-help"), help.exits(0).out);
        }
        for (name, args) in [
            ("check-short-help", ["check", "-h", "--lang", "en"]),
            ("check-help-zh", ["check", "--help", "--lang", "zh"]),
        ] {
            let mut help = folder.wxcheck(&args);
            let help = finish(help.env_remove("WXCHECK_PATIENCE"));
            insta::assert_snapshot!(name, help.exits(0).out);
        }
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_is_lost_at_the_end_changes_the_exit_code_and_not_the_verdict() {
    let server = correct(PLAIN);
    let folder = Folder::new();
    let only = ["--only", "reply/status-200", "--report-junit", "/dev/full"];
    for (lang, told) in [
        (
            "en",
            "\nPASSED · a report could not be written, see above · exit 2\n",
        ),
        ("zh", "\n通过 · 有报告无法写出，见上文 · 退出码 2\n"),
    ] {
        let args = [&only[..], &["--lang", lang]].concat();
        let ran = folder.check(server.url(), &args).exits(2);
        ran.says(told).complains("/dev/full");
    }
}

#[test]
fn a_report_that_cannot_be_written_ends_the_run_before_anything_is_sent() {
    let server = scripted();
    let folder = Folder::new();
    folder.write("taken", "");
    for form in [
        "--report-json",
        "--report-html",
        "--report-junit",
        "--report-markdown",
        "--report-sarif",
        "--report-gitlab",
        "--replay-dir",
    ] {
        let args = ["--report-json", "other.json", form, "taken/report"];
        let args = if form == "--report-json" {
            &args[2..]
        } else {
            &args
        };
        let ran = folder.check(&server.uri(), args).exits(2);
        let ran = ran.complains(&format!("error: {form}: cannot write taken/report: "));
        assert!(ran.out.is_empty(), "{ran:#?}");
    }
    let received = runtime().block_on(server.received_requests());
    assert_eq!(received.unwrap().len(), 0);
    assert_eq!(folder.list("."), ["taken"]);
    let args = ["--lang", "zh", "check", &server.uri(), "--token", TOKEN];
    let junit = ["--report-junit", "taken/junit.xml"];
    folder
        .run(&[&args[..], &junit].concat())
        .exits(2)
        .complains("错误：--report-junit：无法写入 taken/junit.xml：");
    folder.write("notes.xml", "<a/>");
    folder
        .run(&["--lang", "zh", "report", "notes.xml"])
        .exits(2)
        .complains("notes.xml：这既不是一次运行的事件日志，也不是 JSON 报告");
}

#[test]
fn a_variable_that_is_empty_counts_as_not_set() {
    let server = correct(PLAIN);
    let folder = Folder::new();
    let args = [
        "check",
        server.url(),
        "--token",
        TOKEN,
        "--only",
        "reply/status-200",
    ];
    let mut ran = folder.wxcheck(&args);
    for name in [
        "LANG", "MODE", "FORMAT", "ACCOUNT", "APPID", "AES_KEY", "BASELINE", "FAIL_ON", "SEED",
    ] {
        ran.env(format!("WXCHECK_{name}"), "");
    }
    finish(&mut ran).exits(0).says("· exit 0\n");
}

#[test]
fn a_server_that_is_started_needs_its_url_and_nothing_else_is_said() {
    let ran = Folder::new().run(&["check", "--start", "true"]).exits(2);
    ran.complains("--start: give the URL at which that server answers, too");
    let ran = Folder::new().run(&["check", "--start", "true"]);
    assert!(!ran.err.contains("built-in"), "{}", ran.err);
}

#[test]
fn what_is_nothing_at_all_is_explained_by_what_there_is() {
    let folder = Folder::new();
    let ran = folder.run(&["explain", "nothing"]).exits(2);
    ran.complains("no rule is called `nothing`; `wxcheck rules` lists them (a push is explained by its name, like push/text");
}
