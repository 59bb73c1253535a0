//! The effect of a slip of the pen, a strange file or a full disk on the program: a sentence and an exit code, and
//! never a hang, a panic or a lost report.

use std::{
    fs::OpenOptions,
    io::{Read as _, Write as _},
    net::TcpListener,
    process::{Command, Stdio},
    thread,
};

use wxcheck_protocol::push::{Format, Mode};
use wxcheck_reference_server::{Account, Setting};

use crate::program::{
    CLOSED_PORT, Folder, Silent, TOKEN, broken, correct, finish, installed, runtime, start, wait,
};

const PLAIN: Setting = Setting {
    mode: Mode::Plain,
    format: Format::Xml,
    account: Account::Mini,
    api: false,
};

/// A quick rule that the correct server passes.
const ONE_RULE: [&str; 2] = ["--only", "reply/acknowledges"];

#[test]
fn a_number_out_of_range_is_named_with_its_option_and_its_range() {
    let folder = Folder::new();
    for (command, option, value, range) in [
        ("check", "--cases", "0", "from 1 to 1000000"),
        (
            "check",
            "--cases",
            "99999999999999999999",
            "from 1 to 1000000",
        ),
        (
            "check",
            "--concurrency",
            "9223372036854775807",
            "from 1 to 64",
        ),
        (
            "check",
            "--max-time",
            "9223372036854775807",
            "from 1 to 86400",
        ),
        ("check", "--max-time", "-1", "from 1 to 86400"),
        (
            "check",
            "--seed",
            "9223372036854775808",
            "from 0 to 9223372036854775807",
        ),
        ("check", "--patience", "1e30", "from 0.01 to 1000"),
        ("doctor", "--patience", "NaN", "from 0.01 to 1000"),
        ("serve", "--seed", "-1", "from 0 to 9223372036854775807"),
        (
            "push",
            "--to-users",
            "99999999999999999999",
            "from 1 to 1000",
        ),
        ("push", "--times", "0", "from 1 to 1000"),
        ("fetch", "--scene", "99999999999", "from 0 to 99999"),
    ] {
        let ran = folder.run(&[command, option, value]).exits(2);
        let named = format!("'{value}' for '{option} <");
        ran.complains(&named).complains(range);
    }
    for (name, range) in [
        ("WXCHECK_SEED", "from 0 to 9223372036854775807"),
        ("WXCHECK_PATIENCE", "from 0.01 to 1000"),
    ] {
        let ran = finish(folder.wxcheck(&["check"]).env(name, "-5")).exits(2);
        let named = format!("'-5' for '{name}'");
        ran.complains(&named).complains(range);
    }
    for (key, value, range) in [
        ("cases", "0", "from 1 to 1000000"),
        ("concurrency", "9223372036854775807", "from 1 to 64"),
        ("max-time", "-1", "from 1 to 86400"),
        ("seed", "-1", "from 0 to 9223372036854775807"),
    ] {
        folder.write("wxcheck.toml", format!("{key} = {value}\n"));
        let ran = folder.run(&["check"]).exits(2);
        let named = format!("line 1, {key}: {value}: give ");
        ran.complains(&named).complains(range);
    }
    folder.write("wxcheck.toml", "cases = 'many'\n");
    let ran = folder.run(&["check"]).exits(2);
    ran.complains("expected a whole number from 1 to 1000000");
}

#[test]
fn a_url_that_is_given_as_nothing_is_an_error_and_no_other_server_is_judged() {
    let folder = Folder::new();
    let variables = [
        "WXCHECK_URL",
        "WXCHECK_PERIODIC_URL",
        "WXCHECK_PREFETCH_URL",
        "WXCHECK_EFFECTS_URL",
        "WXCHECK_AUTHORIZATION_URL",
    ];
    for name in variables {
        let ran = finish(folder.wxcheck(&["check"]).env(name, "")).exits(2);
        let complaint = format!("{name}: it is given, and empty");
        assert!(ran.complains(&complaint).out.is_empty());
    }
    for command in ["check", "doctor", "serve"] {
        let ran = folder.run(&[command, ""]).exits(2);
        ran.complains("URL: it is given, and empty");
    }
    folder.write("wxcheck.toml", "url = ''\n");
    let ran = folder.run(&["check"]).exits(2);
    ran.complains("wxcheck.toml line 1, url: it is given, and empty");
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_are_refused_and_never_waited_for() {
    let folder = Folder::new();
    folder.write("own/mini/note", "");
    folder.write("below/note", "");
    for name in ["pipe", "own/mini/pipe.toml", "below/wxcheck.toml"] {
        finish(Command::new("mkfifo").arg(folder.path(name))).exits(0);
    }
    let check = |more: &[&str]| folder.check(CLOSED_PORT, more).exits(2);
    check(&["--ca-cert", "pipe"]).complains("--ca-cert: cannot read pipe: it is a pipe");
    check(&["--ca-cert", "/dev/zero"]).complains("cannot read /dev/zero: it is a device");
    check(&["--fixtures", "own"]).complains("own/mini/pipe.toml: it is a pipe");
    check(&["--fixtures", "pipe"]).complains("cannot read the folder pipe");
    for (file, complaint) in [
        ("pipe", "cannot read pipe: it is a pipe"),
        ("/dev/zero", "cannot read /dev/zero: it is a device"),
        ("own", "cannot read own: it is a folder"),
    ] {
        let ran = folder.run(&["replay", file, CLOSED_PORT, "--token", TOKEN]);
        ran.exits(2).complains(complaint);
    }
    let below = finish(folder.wxcheck(&["check"]).current_dir(folder.path("below")));
    below.exits(2).complains("wxcheck.toml: it is a pipe");
}

#[cfg(unix)]
#[test]
fn a_settings_file_that_cannot_be_read_is_an_error() {
    let folder = Folder::new();
    folder.write("wxcheck.toml/inside", "");
    let ran = folder.run(&["check"]).exits(2);
    ran.complains("wxcheck.toml: it is a folder");
    let folder = Folder::new();
    std::os::unix::fs::symlink("nowhere", folder.path("wxcheck.toml")).unwrap();
    let ran = folder.run(&["check"]).exits(2);
    ran.complains("cannot read").complains("wxcheck.toml");
    let folder = Folder::new();
    folder.write("wxcheck.toml", vec![b'#'; 1024 * 1024 + 1]);
    let ran = folder.run(&["check"]).exits(2);
    ran.complains("longer than 1048576 bytes");
}

#[test]
fn a_replay_file_that_no_rule_would_write_is_refused_with_the_limit() {
    let folder = Folder::new();
    let replay = |steps: &str, limit: &str| {
        folder.write(
            "replay.json",
            format!(
                r#"{{"wxcheck":"0.1.0","rule":"reply/acknowledges","claim":"x","mode":"plain","format":"xml","account":"mini","scenario":{{"steps":[{steps}]}}}}"#
            ),
        );
        let ran = folder.run(&["replay", "replay.json", CLOSED_PORT, "--token", TOKEN]);
        ran.exits(2).complains("replay.json: ").complains(limit);
    };
    let many = vec![r#""visit""#; 20_000].join(",");
    replay(&many, "at most 200");
    replay(&format!(r#"{{"together":[{many}]}}"#), "at most 200");
    replay(r#"{"pause":{"percent":4000000000}}"#, "at most 2000");
    replay(r#"{"settle":{"quiet":172800000}}"#, "at most 60s");
    // Longer than anything, and without a block on the disk.
    let file = OpenOptions::new()
        .write(true)
        .open(folder.path("replay.json"));
    file.unwrap().set_len(4 << 30).unwrap();
    let ran = folder.run(&["replay", "replay.json", CLOSED_PORT, "--token", TOKEN]);
    ran.exits(2).complains("longer than 4194304 bytes");
}

#[test]
fn junk_for_authorities_is_named_with_its_file() {
    let folder = Folder::new();
    let url = CLOSED_PORT.replace("http:", "https:");
    let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for junk in [b"junk".as_slice(), b"\xff\xfe", pem.as_bytes()] {
        folder.write("junk.pem", junk);
        let ran = folder.check(&url, &["--ca-cert", "junk.pem"]).exits(2);
        ran.complains("--ca-cert").complains("junk.pem");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_is_lost_costs_neither_the_others_nor_the_verdict() {
    let (server, _) = broken("ack-json-quoted");
    let folder = Folder::new();
    let reports = ["--report-json", "/dev/full", "--report-junit", "junit.xml"];
    let args = [&ONE_RULE[..], &reports].concat();
    let ran = folder.check(server.url(), &args).exits(1);
    ran.says("1 rule: 1 failed")
        .complains("cannot write /dev/full");
    assert!(folder.read("junit.xml").contains("<testsuite"));
}

#[test]
fn a_report_of_before_stays_until_there_is_a_new_one() {
    let folder = Folder::new();
    folder.write("file", "");
    folder.write("report.json", "of before");
    let reports = ["--report-json", "report.json", "--report-junit"];
    let ended = [&reports[..], &["file/junit.xml"]].concat();
    let ran = folder.check(CLOSED_PORT, &ended).exits(2);
    ran.complains("cannot write file/junit.xml");
    assert_eq!(folder.read("report.json"), "of before");
    let written = [&reports[..], &["junit.xml"]].concat();
    folder.check(CLOSED_PORT, &written).exits(3);
    let report = folder.read_json("report.json");
    assert!(report["ended"].as_str().unwrap().starts_with("no contact"));
}

#[test]
fn folders_are_made_within_the_project_and_nowhere_else() {
    let server = correct(PLAIN);
    let folder = Folder::new();
    let elsewhere = Folder::new();
    let outside = elsewhere.path("new/report.json");
    let outside = outside.to_str().unwrap();
    let within = folder.path("reports/today/report.xml");
    let reports = [
        "--report-json",
        outside,
        "--report-junit",
        within.to_str().unwrap(),
    ];
    let args = [&ONE_RULE[..], &reports].concat();
    let ran = folder.check(server.url(), &args).exits(2);
    let ran = ran
        .complains(&format!(
            "--report-json: cannot write {outside}: there is no folder "
        ))
        .complains("make it first (mkdir -p ");
    assert!(ran.out.is_empty(), "{ran:#?}");
    assert!(elsewhere.list(".").is_empty());
    assert!(folder.list(".").is_empty());
    let args = [&ONE_RULE[..], &reports[2..]].concat();
    folder.check(server.url(), &args).exits(0);
    assert!(
        folder
            .read("reports/today/report.xml")
            .contains("<testsuite")
    );
    let events = [&ONE_RULE[..], &["--events", outside]].concat();
    let ran = folder.check(server.url(), &events).exits(2);
    ran.complains("--events: cannot write");
    let chinese = [&ONE_RULE[..], &["--lang", "zh", "--replay-dir", outside]].concat();
    let ran = folder.check(server.url(), &chinese).exits(2);
    ran.complains("请先创建它（mkdir -p ");
    assert!(elsewhere.list(".").is_empty());
    // A path in a file starts there, and so does the project.
    folder.write("wxcheck.toml", "report-json = 'out/report.json'\n");
    std::fs::create_dir(folder.path("sub")).unwrap();
    let mut below =
        folder.wxcheck(&[&["check", server.url(), "--token", TOKEN], &ONE_RULE[..]].concat());
    finish(below.current_dir(folder.path("sub"))).exits(0);
    assert!(folder.read("out/report.json").contains("passed"));
}

#[test]
fn a_report_on_standard_output_is_alone_there() {
    let server = correct(PLAIN);
    let args = [&ONE_RULE[..], &["--report-json", "-"]].concat();
    let folder = Folder::new();
    let ran = folder.check(server.url(), &args).exits(0);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["rules"][0]["verdict"], "passed");
    ran.complains("1 rule: 1 passed");
    let both = [&args[..], &["--report-junit", "-"]].concat();
    let ran = folder.check(server.url(), &both).exits(2);
    ran.complains("standard output takes one of them");
}

#[test]
fn two_reports_have_two_places() {
    let folder = Folder::new();
    for (json, junit) in [
        ("report", "report"),
        ("report", "./report"),
        ("new/report", "new/./report"),
    ] {
        let ran = folder.check(
            CLOSED_PORT,
            &["--report-json", json, "--report-junit", junit],
        );
        ran.exits(2)
            .complains(&format!("--report-json {json} and --report-junit {junit}"));
    }
    assert!(folder.list(".").is_empty());
}

#[cfg(unix)]
#[test]
fn a_report_goes_into_a_pipe_that_is_read_and_waits_for_no_reader() {
    let server = correct(PLAIN);
    let folder = Folder::new();
    finish(Command::new("mkfifo").arg(folder.path("pipe"))).exits(0);
    let args = [&ONE_RULE[..], &["--report-json", "pipe"]].concat();
    let ran = folder.check(server.url(), &args).exits(2);
    ran.complains("cannot write pipe: it is a pipe that nobody reads");
    let receiver = runtime().block_on(async {
        tokio::net::unix::pipe::OpenOptions::new()
            .open_receiver(folder.path("pipe"))
            .unwrap()
    });
    folder.check(server.url(), &args).exits(0);
    let mut report = String::new();
    let mut pipe = std::fs::File::from(receiver.into_blocking_fd().unwrap());
    pipe.read_to_string(&mut report).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["rules"][0]["verdict"], "passed");
    let socket = std::os::unix::net::UnixListener::bind(folder.path("socket"));
    let args = [&ONE_RULE[..], &["--report-json", "socket"]].concat();
    let ran = folder.check(server.url(), &args).exits(2);
    ran.complains("cannot write socket: it is a socket");
    drop(socket);
    let args = [&ONE_RULE[..], &["--report-json", "/dev/null"]].concat();
    folder.check(server.url(), &args).exits(0);
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_yet_is_a_place_for_a_report() {
    let link = std::os::unix::fs::symlink::<&str, std::path::PathBuf>;
    let server = correct(PLAIN);
    let folder = Folder::new();
    link("new.json", folder.path("report.json")).unwrap();
    let args = [&ONE_RULE[..], &["--report-json", "report.json"]].concat();
    let ran = folder.check(server.url(), &args).exits(0);
    assert!(!ran.err.contains("error"), "{ran:#?}");
    assert!(folder.read("new.json").contains("passed"));
    // These lead nowhere for good.
    for target in ["file/report.json", "round.json"] {
        let folder = Folder::new();
        folder.write("file", "");
        link(target, folder.path("round.json")).unwrap();
        let args = [&ONE_RULE[..], &["--report-json", "round.json"]].concat();
        let ran = folder.check(server.url(), &args).exits(2);
        ran.complains("cannot write round.json");
    }
}

#[test]
fn folders_that_cannot_be_written_are_reported_before_the_run() {
    let server = correct(PLAIN);
    let folder = Folder::new();
    folder.write("file", "");
    let args = [&ONE_RULE[..], &["--contract", "file/replies"]].concat();
    let ran = folder.check(server.url(), &args).exits(2);
    let ran = ran.complains("--contract: cannot write file/replies");
    assert!(ran.out.is_empty(), "{ran:#?}");
    let args = [&ONE_RULE[..], &["--replay-dir", "file/replays"]].concat();
    let ran = folder.check(server.url(), &args).exits(2);
    let ran = ran.complains("--replay-dir: cannot write file/replays");
    assert!(ran.out.is_empty(), "{ran:#?}");
    let args = [&ONE_RULE[..], &["--replay-dir", "new/replays"]].concat();
    let ran = folder.check(server.url(), &args).exits(0);
    assert!(!ran.err.contains("warning"), "{ran:#?}");
    assert_eq!(folder.list("."), ["file"]);
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_shown_is_no_success() {
    let folder = Folder::new();
    for args in [
        &["push", "--list"][..],
        &["rules"],
        &["rules", "--json"],
        &["explain", "reply/acknowledges"],
        &["explain", "push/text"],
        &["completions", "bash"],
        &["serve", "--list"],
        &["serve", "--bounds"],
        &["--help"],
        &["--version"],
    ] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut child = folder
            .wxcheck(args)
            .stdout(Stdio::from(full))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let status = child.wait().unwrap();
        assert_eq!(status.code(), Some(2), "{args:?}");
    }
}

/// A server that answers every request with a body that has no end.
fn endless() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/wechat", listener.local_addr().unwrap());
    // Ends with the process.
    thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            thread::spawn(move || {
                let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
                let chunk = [b"10000\r\n".to_vec(), vec![b'x'; 0x10000], b"\r\n".to_vec()].concat();
                // An answer that comes before its request is another thing.
                let asked = stream.read(&mut [0; 16 * 1024]);
                let mut written = asked.and_then(|_| stream.write_all(head));
                while written.is_ok() {
                    written = stream.write_all(&chunk);
                }
            });
        }
    });
    url
}

#[test]
fn a_push_that_is_answered_without_an_end_was_not_delivered() {
    let folder = Folder::new();
    let ran = folder.run(&["push", "text", &endless(), "--token", TOKEN]);
    ran.exits(1).says("the body has more than 1048576 bytes");
}

#[cfg(unix)]
#[test]
fn either_signal_ends_a_command_with_what_it_knows() {
    let folder = Folder::new();
    folder.write(
        "replay.json",
        r#"{"wxcheck":"0.1.0","rule":"reply/acknowledges","claim":"x","mode":"plain","format":"xml","account":"mini","scenario":{"steps":["visit"]}}"#,
    );
    for (args, known) in [
        (&["check"][..], "not judged: stopped by"),
        (&["push", "text"][..], "text -> http://"),
        (&["doctor"][..], "  ✓ token"),
        (&["fetch", "prefetch"][..], "prefetch -> http://"),
        (&["replay", "replay.json"][..], "reply/acknowledges  (must)"),
    ] {
        for (signal, who) in [
            ("-INT", "stopped by Ctrl-C"),
            ("-TERM", "stopped by SIGTERM"),
        ] {
            let server = Silent::new();
            let mut command = folder.wxcheck(args);
            command.args([&server.url, "--token", TOKEN]);
            if args[0] == "check" {
                command.arg("--verbose");
            }
            // So long that nothing but the signal can be what ends it.
            command.env("WXCHECK_PATIENCE", "100");
            if args[0] == "fetch" {
                command = folder.wxcheck(&["fetch", "prefetch", &server.url]);
                command
                    .args(["--fetch-token", "x"])
                    .env("WXCHECK_PATIENCE", "100");
            }
            let child = start(&mut command);
            let _open = server.connected();
            let mut kill = Command::new("kill");
            finish(kill.args([signal, &child.id().to_string()])).exits(0);
            wait(child).exits(3).says(known).says(who);
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "Linux tells in a file which signals a process ignores"
)]
fn a_terminal_that_is_closed_ends_a_run_unless_it_was_started_to_outlive_it() {
    let folder = Folder::new();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = u64::from_str_radix(ignored.unwrap().trim(), 16).unwrap();
    // The second as `nohup` starts it.
    let ways = [("exec", "SIGHUP"), ("trap '' HUP; exec", "SIGTERM")];
    for (way, who) in ways {
        if ignored & 1 == 1 && who == "SIGHUP" {
            eprintln!("skipped: these tests are themselves to outlive their terminal");
            continue;
        }
        let server = Silent::new();
        let mut command = Command::new("sh");
        let program = env!("CARGO_BIN_EXE_wxcheck");
        let line = format!("{way} '{program}' check {} --token {TOKEN} -v", server.url);
        command.args(["-c", &line]).current_dir(folder.path("."));
        command.env("WXCHECK_PATIENCE", "100").env("LC_ALL", "C");
        let child = start(&mut command);
        let _open = server.connected();
        for signal in ["-HUP", "-TERM"] {
            let mut kill = Command::new("kill");
            kill.args([signal, &child.id().to_string()]);
            // The first may have ended it by then.
            finish(&mut kill);
        }
        let ran = wait(child).exits(3);
        if who == "SIGTERM" {
            ran.says("stopped by SIGTERM");
        } else {
            // Both may have come before it looked.
            ran.says("stopped by SIG");
        }
    }
}

/// The first call returns; the second connects, and never does.
#[cfg(unix)]
const SLOW_FUNCTION: &str = "
const { existsSync, writeFileSync } = require('fs');
exports.main = () => {
  if (!existsSync('called')) {
    writeFileSync('called', '');
    return 'success';
  }
  require('net').connect(PORT, '127.0.0.1');
  return new Promise(() => {});
};
";

#[cfg(unix)]
#[test]
fn either_signal_ends_the_call_of_a_function_with_what_it_knows() {
    if !installed("node") {
        return;
    }
    for (signal, who) in [
        ("-INT", "stopped by Ctrl-C"),
        ("-TERM", "stopped by SIGTERM"),
    ] {
        let server = Silent::new();
        let port = server.url.rsplit([':', '/']).nth(1).unwrap();
        let folder = Folder::new();
        folder.write("slow/index.js", SLOW_FUNCTION.replace("PORT", port));
        let args = ["push", "text", "--function", "slow", "--times", "3"];
        let mut command = folder.wxcheck(&args);
        command.env("WXCHECK_PATIENCE", "100");
        let child = start(&mut command);
        let mut open = server.connected();
        let mut kill = Command::new("kill");
        finish(kill.args([signal, &child.id().to_string()])).exits(0);
        wait(child).exits(3).says("right     'success'").says(who);
        // What was called ended too, and its connection with it.
        open.set_read_timeout(Some(std::time::Duration::from_secs(30)))
            .unwrap();
        assert_eq!(open.read(&mut [0]).unwrap(), 0);
    }
}

/// Cases that were drawn before the first was played, once took minutes that nothing could end.
#[test]
fn a_run_of_very_many_cases_ends_when_its_time_is_over() {
    let folder = Folder::new();
    let args = [
        "--cases",
        "1000000",
        "--max-time",
        "10",
        "--report-json",
        "-",
    ];
    let rules = [
        "--only",
        "push-signature",
        "--only",
        "reply",
        "--only",
        "envelope",
    ];
    let ran = folder
        .run(&[&["check"], &args[..], &rules].concat())
        .exits(3);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["ended"], "out of time");
    let millis = report["millis"].as_u64().unwrap();
    // All of them would take minutes.
    assert!(millis < 30_000, "{millis}");
}
