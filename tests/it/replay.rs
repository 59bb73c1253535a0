//! The traces of a failing check: a file that plays it again, and a line that sends it again.

use std::process::Command;

use serde_json::Value;
use wxcheck_protocol::push::{Format, Mode};
use wxcheck_reference_server::{Account, Setting, defect};

use crate::program::{
    AES_KEY, APPID, CLOSED_PORT, Folder, Ran, TOKEN, broken, correct, finish, installed, server,
};

const FORGED: &str = "push-signature/rejects-forged-signature";
const FORGED_FILE: &str = ".wxcheck/push-signature-rejects-forged-signature.json";
const ACKNOWLEDGES_FILE: &str = ".wxcheck/reply-acknowledges.json";

/// Judges with everything that any mode needs.
fn check(folder: &Folder, url: &str, setting: Setting, only: &str) -> Value {
    let args = ["check", url, "--only", only, "--seed", "7"];
    let report = ["--report-json", "report.json"];
    let (mode, format) = (setting.mode.to_string(), setting.format.to_string());
    let settings = ["--mode", &mode, "--format", &format, "--account"];
    let account = setting.account.name();
    let keys = ["--token", TOKEN, "--appid", APPID, "--aes-key", AES_KEY];
    folder.run(&[&args[..], &report, &settings, &[account], &keys].concat());
    folder.read_json("report.json")["rules"][0].clone()
}

fn replay(folder: &Folder, file: &str, url: &str) -> Ran {
    folder.run(&["replay", file, url, "--token", TOKEN])
}

#[test]
fn a_failure_leaves_a_file_that_shows_it_again_until_it_is_fixed() {
    let (server, setting) = broken("push-unchecked-in-plain-mode");
    let folder = Folder::new();
    let row = check(&folder, server.url(), setting, FORGED);
    assert_eq!(row["reproduction"]["replay"], FORGED_FILE);
    assert_eq!(
        folder.list(".wxcheck"),
        [".gitignore", "push-signature-rejects-forged-signature.json"]
    );
    assert_eq!(folder.read(".wxcheck/.gitignore"), "*\n");

    replay(&folder, FORGED_FILE, server.url())
        .exits(1)
        .says("\nstill broken: ")
        .says("  expected  ")
        .says("  fix       ");
    replay(&folder, FORGED_FILE, correct(setting).url())
        .exits(0)
        .says("\nfixed: ");
    replay(&folder, FORGED_FILE, CLOSED_PORT)
        .exits(3)
        .says("\nno verdict: the connection was refused");
}

#[test]
fn a_replay_shows_every_exchange_and_no_credential() {
    let (server, setting) = broken("push-unchecked-in-plain-mode");
    let folder = Folder::new();
    check(&folder, server.url(), setting, FORGED);
    let ran = replay(&folder, FORGED_FILE, server.url());
    for part in [
        "\n1. a text from `oWXCK",
        "\n2. a text from `oWXCK",
        "\n  > POST http://127.0.0.1:",
        "  > signature=[computed] timestamp=[now] nonce=",
        "\n  > <xml><ToUserName>",
        "\n  < HTTP/1.1 200, ",
        "\n  < <xml><ToUserName>",
    ] {
        assert!(ran.out.contains(part), "no {part:?} in {}", ran.out);
    }
    assert!(!ran.out.contains(TOKEN), "{}", ran.out);
    assert_eq!(long_hex(&ran.out), [""; 0], "{}", ran.out);
}

#[test]
fn a_replay_goes_to_no_stranger() {
    let (server, setting) = broken("push-unchecked-in-plain-mode");
    let folder = Folder::new();
    check(&folder, server.url(), setting, FORGED);
    let nobody = "http://255.255.255.255:9/wechat";
    replay(&folder, FORGED_FILE, nobody)
        .exits(2)
        .complains("give --i-own 255.255.255.255, or i-own = ");
    let replay = ["replay", FORGED_FILE, nobody, "--token", TOKEN];
    let owned = [&replay[..], &["--i-own", "255.255.255.255"]].concat();
    folder.run(&owned).exits(3).says("no verdict: ");
    let lost = folder.run(&[
        "replay",
        FORGED_FILE,
        "http://nowhere.invalid/wechat",
        "--token",
        TOKEN,
    ]);
    lost.exits(3)
        .says("no verdict: the host name does not resolve");
}

#[test]
fn a_replay_in_safe_mode_needs_no_mode_flag() {
    let (server, setting) = broken("push-any-appid");
    assert_eq!(setting.mode, Mode::Safe);
    let folder = Folder::new();
    check(
        &folder,
        server.url(),
        setting,
        "push-signature/rejects-foreign-appid",
    );
    let file = ".wxcheck/push-signature-rejects-foreign-appid.json";
    let replay = |url: &str, keys: &[&str]| {
        folder.run(&[&["replay", file, url, "--token", TOKEN], keys].concat())
    };
    let keys = ["--appid", APPID, "--aes-key", AES_KEY];
    let ran = replay(server.url(), &keys).exits(1);
    assert!(!ran.out.contains(&AES_KEY[..20]), "{}", ran.out);
    replay(correct(setting).url(), &keys).exits(0);
    replay(server.url(), &[])
        .exits(2)
        .complains("WXCHECK_AES_KEY");
}

#[test]
fn a_conformant_server_leaves_nothing_and_a_folder_of_ones_own_is_taken() {
    let (server, setting) = broken("ack-json-quoted");
    let folder = Folder::new();
    let args = ["--only", "reply/acknowledges", "--replay-dir", "kept/here"];
    folder.check(correct(setting).url(), &args).exits(0);
    assert_eq!(folder.list("kept/here"), [""; 0]);
    folder
        .check(server.url(), &args)
        .exits(1)
        .says("wxcheck replay kept/here/reply-acknowledges.json");
    // A folder that its owner named is theirs to commit.
    assert_eq!(folder.list("kept/here"), ["reply-acknowledges.json"]);
    let args = ["--only", "reply/acknowledges", "--replay-dir", "my replays"];
    folder
        .check(server.url(), &args)
        .exits(1)
        .says("wxcheck replay 'my replays/reply-acknowledges.json'");
}

#[test]
fn a_file_that_is_no_replay_exits_2_and_names_the_line() {
    let folder = Folder::new();
    let url = CLOSED_PORT;
    folder.write("broken.json", "{\n  \"wxcheck\": 1\n}\n");
    replay(&folder, "broken.json", url)
        .exits(2)
        .complains("broken.json: line 2, column");
    replay(&folder, "missing.json", url)
        .exits(2)
        .complains("cannot read missing.json");

    let (server, setting) = broken("ack-json-quoted");
    check(&folder, server.url(), setting, "reply/acknowledges");
    let good = folder.read(ACKNOWLEDGES_FILE);
    let renamed = good.replace("reply/acknowledges", "reply/acknowledge");
    folder.write("renamed.json", renamed);
    replay(&folder, "renamed.json", url)
        .exits(2)
        .complains("did you mean `reply/acknowledges`?");
    folder.write("cut.json", &good[..good.len() / 2]);
    replay(&folder, "cut.json", url)
        .exits(2)
        .complains("cut.json: line ");
    folder
        .run(&["replay", ACKNOWLEDGES_FILE, "--token", TOKEN])
        .exits(2)
        .complains("no URL is given");
}

/// The last printed line of a failing rule, run as if pasted, with another server's address if asked.
fn paste(row: &Value, from: &str, to: &str) -> Option<Ran> {
    if !installed("bash") || !installed("curl") {
        return None;
    }
    let lines = row["reproduction"]["curl"].as_array().unwrap();
    let line = lines.last().unwrap().as_str().unwrap();
    assert!(!line.contains(TOKEN), "{line}");
    assert_eq!(long_hex(line), [""; 0], "{line}");
    assert!(line.contains(from), "{line}");
    let mut bash = Command::new("bash");
    bash.args(["-c", &line.replace(from, to)])
        .env("WXCHECK_TOKEN", TOKEN)
        .env_remove("http_proxy");
    Some(finish(&mut bash).exits(0))
}

#[test]
fn a_pasted_forgery_is_taken_by_the_broken_server_only() {
    let (server, setting) = broken("push-unchecked-in-plain-mode");
    let row = check(&Folder::new(), server.url(), setting, FORGED);
    assert_eq!(row["verdict"], "failed", "{row}");
    let Some(ran) = paste(&row, server.url(), server.url()) else {
        return;
    };
    ran.says("HTTP/1.1 200").says("echo: a changed push");
    let correct = correct(setting);
    let refused = paste(&row, server.url(), correct.url()).unwrap();
    assert!(!refused.out.contains("HTTP/1.1 200"), "{}", refused.out);
}

/// A true push of a broken server's report is taken by the correct server.
fn a_pasted_true_push_is_taken(name: &str, setting: Setting, rule: &str) {
    let broken = server(setting, (defect(name).unwrap().behaviour)());
    let row = check(&Folder::new(), broken.url(), setting, rule);
    assert_ne!(row["reproduction"], Value::Null, "{name}: {row}");
    let correct = correct(setting);
    if let Some(ran) = paste(&row, broken.url(), correct.url()) {
        ran.says("HTTP/1.1 200");
    }
}

#[test]
fn a_pasted_true_push_is_taken_in_every_mode_and_format() {
    for mode in [Mode::Plain, Mode::Compat, Mode::Safe] {
        for format in [Format::Xml, Format::Json] {
            let setting = Setting {
                mode,
                format,
                account: Account::Mini,
                api: false,
            };
            a_pasted_true_push_is_taken("ack-json-quoted", setting, "reply/acknowledges");
        }
    }
}

#[test]
fn a_pasted_push_survives_the_shell() {
    for (name, rule) in [
        ("markup-in-text-fails", "tolerance/user-text"),
        ("control-characters-fail", "tolerance/control-characters"),
        ("white-space-fails", "tolerance/white-space"),
    ] {
        a_pasted_true_push_is_taken(name, defect(name).unwrap().setting, rule);
    }
}

#[test]
fn a_pasted_verification_is_echoed() {
    let (server, setting) = broken("url-check-json-quoted");
    let rule = "url-check/echoes-echostr";
    let row = check(&Folder::new(), server.url(), setting, rule);
    let correct = correct(setting);
    let Some(ran) = paste(&row, server.url(), correct.url()) else {
        return;
    };
    let expected = row["expected"].as_str().unwrap();
    let echostr = expected.split('`').nth(1).unwrap();
    let body = ran.out.split_once("\r\n\r\n").unwrap().1;
    assert_eq!(body, echostr, "{expected}");
}

/// Words that could be signatures.
fn long_hex(text: &str) -> Vec<&str> {
    text.split(|char: char| !char.is_ascii_hexdigit())
        .filter(|word| word.len() >= 40)
        .collect()
}
