//! Servers judged by their own tests, as the files of their project say: settings, a list of known findings, replies of an
//! earlier run. Those tests are a program of their own: this one, started once more in the folder.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(
    clippy::disallowed_methods,
    reason = "the folder of a project is written here"
)]

use std::{
    env, fs,
    path::Path,
    process::{Command, ExitCode},
};

use libtest_mimic::{Arguments, Failed, Trial};
use wxcheck_harness as wxcheck;
use wxcheck_network::Network;
use wxcheck_protocol::{
    account::Account,
    limits::EXCHANGE_LIMIT,
    push::{Format, Mode},
};
use wxcheck_reference_server::{Settings, defect, spawn};

/// Set where this program is the tests of the server.
const AS_TESTS: &str = "WXCHECK_HARNESS_AS_TESTS";

fn main() -> ExitCode {
    if env::var_os(AS_TESTS).is_some() {
        return wxcheck::conformance::main(start);
    }
    let trials = vec![
        Trial::test("what_is_known_fails_no_test_and_says_why", known),
        Trial::test(
            "an_entry_that_is_no_longer_right_fails_a_test_of_its_own",
            gone,
        ),
        Trial::test(
            "a_list_that_cannot_be_read_is_a_mistake_in_the_settings",
            broken,
        ),
        Trial::test("replies_are_compared_where_a_folder_is_named", contract),
        Trial::test("a_strangers_server_is_judged_by_its_owner_alone", strangers),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

async fn start(wechat: wxcheck::Wechat) -> Result<String, std::io::Error> {
    let settings = Settings {
        token: wechat.token,
        appid: wechat.appid,
        key: None,
        mode: Mode::Plain,
        format: Format::Json,
        account: Account::Mini,
        limit: EXCHANGE_LIMIT,
        api: None,
        fetch_tokens: Vec::new(),
        network: Network::Machine,
    };
    let behaviour = defect("ack-json-quoted").unwrap().behaviour;
    let running = spawn(settings, behaviour()).await?;
    let url = running.url().to_owned();
    // It serves until the process ends.
    std::mem::forget(running);
    Ok(url)
}

/// The exit code of the server's tests beside such a list, if there is one, and all that they say.
fn judged(list: Option<&str>) -> (i32, String) {
    let settings = "format = 'json'\nonly = ['reply/acknowledges', 'reply/status-200']\n";
    judged_with(settings, list)
}

/// The same with those settings.
fn judged_with(settings: &str, list: Option<&str>) -> (i32, String) {
    let project = tempfile::tempdir().unwrap();
    fs::write(project.path().join("wxcheck.toml"), settings).unwrap();
    if let Some(list) = list {
        fs::write(project.path().join("wxcheck.baseline.toml"), list).unwrap();
    }
    judged_in(project.path())
}

/// The same in a folder that is there.
fn judged_in(project: &Path) -> (i32, String) {
    let ran = Command::new(env::current_exe().unwrap())
        .env(AS_TESTS, "1")
        .current_dir(project)
        .output()
        .unwrap();
    let said = [ran.stdout, ran.stderr].concat();
    // Results stand in a column.
    let said = String::from_utf8_lossy(&said);
    let words: Vec<&str> = said.split_whitespace().collect();
    (ran.status.code().unwrap(), words.join(" "))
}

/// Fails where a text lacks one of these.
fn says(said: &str, texts: &[&str]) -> Result<(), Failed> {
    match texts.iter().find(|text| !said.contains(**text)) {
        Some(text) => Err(format!("no `{text}` in {said}").into()),
        None => Ok(()),
    }
}

fn known() -> Result<(), Failed> {
    let (code, said) = judged(None);
    assert_eq!(code, 101, "{said}");
    says(
        &said,
        &[
            "reply/acknowledges ... FAILED",
            "there is no wxcheck.baseline.toml",
            "contract ... ignored (give a folder for its snapshots",
        ],
    )?;
    let list = "[[known]]\nrule = 'reply/acknowledges'\nreason = 'ticket 4711'\n";
    let (code, said) = judged(Some(list));
    assert_eq!(code, 0, "{said}");
    says(
        &said,
        &[
            "reply/acknowledges ... ignored (known: ticket 4711)",
            "baseline ... ok",
        ],
    )
}

fn gone() -> Result<(), Failed> {
    let list = "[[known]]\nrule = 'reply/acknowledges'\nreason = 'r'\nexpires = 2020-01-31\n\n\
                [[known]]\nrule = 'reply/status-200'\nreason = 'r'\n\n\
                [[known]]\nrule = 'reply/acknowledge'\nreason = 'r'\n";
    let (code, said) = judged(Some(list));
    assert_eq!(code, 101, "{said}");
    says(
        &said,
        &[
            "reply/acknowledges ... FAILED",
            "baseline ... FAILED",
            "wxcheck.baseline.toml line 2: reply/acknowledges was accepted until 2020-01-31",
            "wxcheck.baseline.toml line 7: reply/status-200 no longer occurs; remove the entry",
            "wxcheck.baseline.toml line 11: no rule is called `reply/acknowledge`",
        ],
    )
}

fn broken() -> Result<(), Failed> {
    let (code, said) = judged(Some("[[known]]\nrule = 'reply/acknowledges'\n"));
    assert_eq!(code, 2, "{said}");
    says(
        &said,
        &["wxcheck.baseline.toml line 1: missing field `reason`"],
    )
}

fn contract() -> Result<(), Failed> {
    // Nothing comes of these pushes, so that a run would wait long for effects.
    let settings = "format = 'json'\nonly = ['reply/status-200']\npatience = 0.2\n";
    let project = tempfile::tempdir().unwrap();
    let named = format!("{settings}contract = 'replies'\n");
    fs::write(project.path().join("wxcheck.toml"), named).unwrap();
    for told in ["pushes are written to", "contract ... ok"] {
        let (code, said) = judged_in(project.path());
        assert_eq!(code, 0, "{said}");
        says(&said, &["contract ... ok", told])?;
    }
    let snapshot = project.path().join("replies/mini-plain-json.snap");
    let kept = fs::read_to_string(&snapshot).unwrap();
    fs::write(&snapshot, kept.replacen("\ntext ", "\nanother ", 1)).unwrap();
    let (code, said) = judged_in(project.path());
    assert_eq!(code, 101, "{said}");
    says(
        &said,
        &[
            "contract ... FAILED",
            "replies are not as in",
            "cargo insta review",
        ],
    )?;
    assert!(snapshot.with_extension("snap.new").exists());
    fs::write(
        project.path().join("wxcheck.toml"),
        "contract = 'wxcheck.toml'\n",
    )
    .unwrap();
    let (code, said) = judged_in(project.path());
    assert_eq!(code, 2, "{said}");
    says(&said, &["a file stands there; name a folder"])
}

fn strangers() -> Result<(), Failed> {
    let settings = "url = 'http://255.255.255.255:9/wechat'\ntoken = 'aTokenOfYourOwn'\n";
    let (code, said) = judged_with(settings, None);
    assert_eq!(code, 2, "{said}");
    says(&said, &["i-own = \"255.255.255.255\" in wxcheck.toml"])?;
    let owned = format!("{settings}i-own = '255.255.255.255'\n");
    let (code, said) = judged_with(&owned, None);
    assert_eq!(code, 3, "{said}");
    says(&said, &["error: no contact: "])
}
