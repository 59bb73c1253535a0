//! The place where a wrong value was given: the flag, the variable, or the line of the file.

use crate::program::{AES_KEY, CLOSED_PORT, Folder, TOKEN, finish};

/// A key with its flag, a value that cannot be used, and what is said of it; a flag's value may stand behind the flag.
const WRONG: [(&str, &str, &str, &str); 9] = [
    (
        "mode",
        "--mode",
        "safe",
        "safe mode needs the EncodingAESKey",
    ),
    ("url", "", "nonsense", "`nonsense` is not a URL"),
    ("ca-cert", "--ca-cert", "none.pem", "cannot read "),
    (
        "aes-key",
        "--aes-key",
        "aKey",
        "the EncodingAESKey has 4 characters",
    ),
    ("fixtures", "--fixtures", "none", "cannot read the folder "),
    ("effects-url", "--effects-url", "none", "it names no push"),
    (
        "prefetch-url",
        "--prefetch-url",
        "none",
        "`none` is not a URL",
    ),
    (
        "authorizer-appid",
        "--authorizer-appid",
        "wx1",
        "it is a third-party platform's",
    ),
    (
        "periodic-url",
        "--periodic-url",
        " ",
        "it is given, and empty",
    ),
];

#[test]
fn an_error_names_the_flag_the_variable_or_the_line() {
    for (key, flag, value, reason) in WRONG {
        let folder = Folder::new();
        let url = if key == "url" { value } else { CLOSED_PORT };
        let check = || {
            let mut check = folder.wxcheck(&["check"]);
            check.env("WXCHECK_TOKEN", TOKEN);
            check
        };
        let told = |place: &str| format!("error: {place}: {reason}");
        let mut by_flag = check();
        by_flag.arg(url);
        if !flag.is_empty() {
            by_flag.args([flag, value]);
        }
        let place = match key {
            "url" => "URL",
            "mode" => "--mode safe",
            _ => flag,
        };
        finish(&mut by_flag).exits(2).complains(&told(place));
        let variable = format!("WXCHECK_{}", key.replace('-', "_").to_uppercase());
        let mut by_variable = check();
        by_variable.env("WXCHECK_URL", url).env(&variable, value);
        finish(&mut by_variable)
            .exits(2)
            .complains(&told(&variable));
        let line = format!("{key} = '{value}'\n");
        folder.write("wxcheck.toml", format!("# Ours\n{line}"));
        let mut by_file = check();
        if key != "url" {
            by_file.env("WXCHECK_URL", url);
        }
        let ran = finish(&mut by_file).exits(2);
        ran.complains(&format!("wxcheck.toml line 2, {key}: {reason}"));
    }
}

#[test]
fn a_value_that_is_not_read_is_named_likewise() {
    for (key, value, line) in [("seed", "-1", "-1"), ("mode", "safer", "'safer'")] {
        let folder = Folder::new();
        let run = |words: &[&str], variable: Option<&str>| {
            let mut check = folder.wxcheck(&["check"]);
            check.args(words);
            let variables = ["WXCHECK_SEED", "WXCHECK_MODE"];
            let named = variables.into_iter().filter(|name| Some(*name) == variable);
            finish(check.envs(named.map(|name| (name, value)))).exits(2)
        };
        let variable = format!("WXCHECK_{}", key.to_uppercase());
        let flag = format!("--{key}");
        let of_flag = format!("invalid value '{value}' for '{flag} <");
        run(&[&flag, value], None).complains(&of_flag);
        // The flag wins, and is what has to be fixed.
        run(&[&flag, value], Some(&variable)).complains(&of_flag);
        let of_variable = format!("invalid value '{value}' for '{variable}'");
        run(&[], Some(&variable)).complains(&of_variable);
        folder.write("wxcheck.toml", format!("\n\n{key} = {line}\n"));
        let ran = run(&[], None);
        ran.complains(&format!("wxcheck.toml line 3, {key}: "));
    }
}

#[test]
fn two_places_are_named_where_two_values_do_not_go_together() {
    let folder = Folder::new();
    folder.write("wxcheck.toml", "api-listen = '127.0.0.1:0'\n");
    let mut check = folder.wxcheck(&["check", CLOSED_PORT, "--token", TOKEN]);
    check.env("WXCHECK_EFFECTS_URL", "http://127.0.0.1:1/{MsgId}");
    let ran = finish(&mut check).exits(2);
    ran.complains("wxcheck.toml line 1, api-listen: WXCHECK_EFFECTS_URL is given too");
}

#[test]
fn no_error_repeats_a_secret_wherever_it_was_given() {
    let key = &AES_KEY[1..];
    let url = "http://me:Pa55w0rdX@h:999999/";
    let folder = Folder::new();
    folder.write(
        "wxcheck.toml",
        format!("url = '{url}'\naes-key = '{key}'\n"),
    );
    let mut checks = [
        folder.wxcheck(&["check", CLOSED_PORT, "--token", TOKEN]),
        folder.wxcheck(&["check", "--token", TOKEN]),
        folder.wxcheck(&["check", CLOSED_PORT, "--token", TOKEN, "--aes-key", key]),
        folder.wxcheck(&["check", url, "--token", TOKEN]),
    ];
    checks[0].env("WXCHECK_AES_KEY", key);
    for check in &mut checks {
        let ran = finish(check).exits(2);
        for secret in ["Pa55w0rdX", &key[..20], TOKEN] {
            assert!(!ran.err.contains(secret), "{}", ran.err);
        }
    }
}
