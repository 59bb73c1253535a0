//! Help for pipelines: a server is waited for, started and ended, and the files for CI do what they say.

use std::{
    collections::BTreeMap,
    fs,
    net::{TcpListener, TcpStream},
    path::Path,
    process::Command,
};

use serde_yaml_ng::Value;

use crate::{
    place::free_address,
    program::{
        CLOSED_PORT, Folder, PLAIN, Ran, Silent, TOKEN, correct, english, finish, installed, start,
        wait,
    },
};

/// A quick rule.
const ONE: [&str; 2] = ["--only", "reply/status-200"];

/// The forms of report.
const REPORTS: [&str; 6] = ["json", "html", "junit", "markdown", "sarif", "gitlab"];

/// A callback server in Python: it acknowledges everything, and echoes what is to be echoed.
const SERVER: &str = r#"
import http.server, os, socket, sys, time, urllib.parse
time.sleep(float(os.environ.get("LATE", "0")))
class Bot(http.server.BaseHTTPRequestHandler):
    pushes = 0
    def answer(self, text):
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        self.answer(query.get("echostr", [""])[0].encode())
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(b"success")
        Bot.pushes += 1
        if Bot.pushes == int(os.environ.get("DIES", "0")):
            print("no luck with the Token " + os.environ["TOKEN"], flush=True)
            os._exit(7)
    def log_message(self, *_):
        pass
open("pid", "w").write(str(os.getpid()))
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Bot)
if "READY" in os.environ:
    socket.create_connection(("127.0.0.1", int(os.environ["READY"])))
server.serve_forever()
"#;

/// A folder with the server, the command that starts it, and its URL.
fn bot() -> Option<(Folder, String, String, u16)> {
    if !installed("python3") {
        return None;
    }
    let folder = Folder::new();
    folder.write("bot.py", SERVER);
    let port = free_address().port();
    let url = format!("http://127.0.0.1:{port}/wechat");
    Some((folder, format!("python3 bot.py {port}"), url, port))
}

/// Nobody listens there, and the process is gone.
#[track_caller]
fn is_gone(folder: &Folder, port: u16) {
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    // What has ended and was not yet asked how has no command line.
    let command = fs::read(format!("/proc/{}/cmdline", folder.read("pid")));
    assert_eq!(command.unwrap_or_default(), b"", "it is left running");
}

#[test]
fn a_port_that_is_taken_is_not_judged_in_place_of_the_server_that_is_started() {
    let server = correct(PLAIN);
    let start = ["--start", "true"];
    Folder::new()
        .check(server.url(), &[&start[..], &ONE].concat())
        .exits(2)
        .complains("something listens at");
    // An address in brackets leads there as well.
    if let Ok(taken) = TcpListener::bind("[::1]:0") {
        let url = format!("http://{}/wechat", taken.local_addr().unwrap());
        Folder::new()
            .check(&url, &[&start[..], &ONE].concat())
            .exits(2)
            .complains("something listens at");
    }
}

#[test]
fn a_server_is_started_waited_for_judged_and_ended() {
    let Some((folder, command, url, port)) = bot() else {
        return;
    };
    // The shell starts two more, which are to end as well.
    let command = format!("LATE=0.5 {command} & sleep 1000 & wait");
    let ran = folder.check(&url, &[&ONE[..], &["--start", &command]].concat());
    ran.exits(0)
        .complains(&format!("waiting until {url} answers, at most 30s"))
        .says("\nPASSED");
    is_gone(&folder, port);
}

/// The command has long ended when the server begins to listen, as with `gunicorn -D`.
#[cfg(target_os = "linux")]
#[test]
fn a_server_in_the_background_is_waited_for_as_long_as_something_of_it_runs() {
    let Some((folder, command, url, port)) = bot() else {
        return;
    };
    for start in ["", "setsid "] {
        let start = format!("LATE=0.5 {start}{command} > /dev/null 2>&1 &");
        let ran = folder.check(&url, &[&ONE[..], &["--start", &start]].concat());
        ran.exits(0).says("\nPASSED");
        is_gone(&folder, port);
    }
    // Nothing of this one runs when its command has ended.
    let ran = folder.check(&url, &[&ONE[..], &["--start", "true"]].concat());
    let ran = ran
        .exits(3)
        .says("the command of --start ended with exit status: 0, and nothing that it began is seen to run")
        .says("run it in a step before, and give --wait TIME in place of --start");
    assert!(!ran.out.contains("the server ended by itself"), "{ran:#?}");
    let handed = ["--start", "echo handed over", "--lang", "zh"];
    let ran = folder.check(&url, &[&ONE[..], &handed].concat());
    ran.exits(3)
        .says("--start 的命令已结束（退出码 0）")
        .says("请在前一步执行它，并用 --wait TIME 代替 --start（最后一行输出：`handed over`）");
}

/// Its command has ended well before, and says nothing about its end.
#[cfg(target_os = "linux")]
#[test]
fn no_status_is_told_of_a_server_that_dies_in_the_background() {
    let Some((folder, command, url, port)) = bot() else {
        return;
    };
    let start = format!("TOKEN={TOKEN} DIES=1 {command} > /dev/null 2>&1 &");
    for (lang, told) in [
        (
            "en",
            "ended by itself, before the run was over: it ran in the background, so its status is not known",
        ),
        (
            "zh",
            "服务器进程在运行结束前自行退出：它在后台运行，退出码未知",
        ),
    ] {
        let args = ["--start", &start, "--lang", lang];
        let ran = folder.check(&url, &[&ONE[..], &args].concat());
        let ran = ran.says(told);
        assert!(!ran.out.contains("exit status"), "{ran:#?}");
        is_gone(&folder, port);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_leaves_the_process_group_is_ended_too() {
    let Some((folder, command, url, port)) = bot() else {
        return;
    };
    if !installed("setsid") {
        return;
    }
    // One in a session of its own, one that lost its parent besides, and one that does not listen to SIGTERM.
    let command = format!(
        "setsid sh -c 'echo $$ > session; exec sleep 300' & \
         (setsid sh -c 'echo $$ > orphan; exec sleep 300' &) ; \
         (setsid sh -c 'trap \"\" TERM; echo $$ > deaf; while :; do sleep 300; done' &) ; \
         {command}"
    );
    let ran = folder.check(&url, &[&ONE[..], &["--start", &command]].concat());
    ran.exits(0).says("\nPASSED");
    is_gone(&folder, port);
    for name in ["session", "orphan", "deaf"] {
        let id = folder.read(name);
        let command = fs::read(format!("/proc/{}/cmdline", id.trim()));
        assert_eq!(command.unwrap_or_default(), b"", "{name} is left running");
    }
}

#[test]
fn a_server_that_has_died_gets_no_more_than_what_finds_out_whether_it_is_back() {
    let Some((folder, command, url, _)) = bot() else {
        return;
    };
    let dying = format!("TOKEN={TOKEN} DIES=20 {command}");
    let reports = ["--report-json", "report.json", "--events", "events.jsonl"];
    let ran = folder.check(&url, &[&["--start", &dying], &reports[..]].concat());
    ran.says("the server ended by itself (exit status: 7)");
    let events = folder.read("events.jsonl");
    let exchanges = events
        .lines()
        .filter(|line| line.contains(r#""event":"exchange""#));
    let (refused, sent): (Vec<&str>, Vec<&str>) =
        exchanges.partition(|line| line.contains("the connection was refused"));
    // Those in flight with the one that ended it, and a few visits. A run of all rules sends more than a thousand.
    assert!(refused.len() < 40, "{}", refused.len());
    let told = folder.read_json("report.json")["requests"].as_u64();
    let told = usize::try_from(told.unwrap()).unwrap();
    assert!(
        (20..=sent.len()).contains(&told),
        "{told} of {}",
        sent.len()
    );
}

#[test]
fn a_server_that_dies_is_told_with_the_end_of_its_output_and_no_secret() {
    let Some((folder, command, url, port)) = bot() else {
        return;
    };
    let dying = format!("TOKEN={TOKEN} DIES=1 {command}");
    let ran = folder.check(&url, &[&ONE[..], &["--start", &dying]].concat());
    assert_ne!(ran.code, 0, "{ran:?}");
    let ran = ran
        .says("Fix this first\n  the process of the server ended by itself, before the run was over: exit status: 7")
        .says(" · the server ended by itself (exit status: 7) · ")
        .says("    fix       Find in the server's log what ended it")
        .says("\n  | no luck with the Token [redacted]\n");
    assert!(!ran.out.contains(TOKEN), "{ran:?}");
    is_gone(&folder, port);
    // Before it ever answers. Every report says so, whatever stood in its file before.
    let files = REPORTS.map(|kind| format!("wxcheck.{kind}"));
    let options = REPORTS.map(|kind| format!("--report-{kind}"));
    let mut early = ONE.to_vec();
    early.extend(["--start", "echo cannot bind; exit 3", "--github", "always"]);
    for (option, file) in options.iter().zip(&files) {
        folder.write(file, "old");
        early.extend([option.as_str(), file]);
    }
    folder
        .check(&url, &early)
        .exits(3)
        .says("the server that --start started ended with exit status: 3")
        .says("\n  | cannot bind\n")
        .says("\n::error title=wxcheck::no verdict: no contact")
        .says("\nNO VERDICT · the server ended by itself (exit status: 3) · no contact · exit 3\n");
    for file in &files {
        let text = folder.read(file);
        assert!(text.contains("exit status: 3"), "{file}: {text}");
    }
    folder
        .run(&["check", "--start", "true"])
        .exits(2)
        .complains("--start: give the URL at which that server answers, too");
}

#[test]
fn ctrl_c_leaves_nothing_running() {
    let Some((folder, command, url, port)) = bot() else {
        return;
    };
    for wait_first in [false, true] {
        // It is interrupted while it judges, or while it waits for a port on which nobody will ever listen.
        let url = if wait_first {
            CLOSED_PORT
        } else {
            url.as_str()
        };
        let args = [
            "check",
            url,
            "--token",
            TOKEN,
            "--start",
            &command,
            "--replay-dir",
            ".",
        ];
        let ready = Silent::new();
        let ready_port = ready.url.split([':', '/']).nth(4).unwrap();
        let child = start(folder.wxcheck(&args).env("READY", ready_port));
        let _connection = ready.connected();
        let pid = child.id().to_string();
        Command::new("kill").args(["-INT", &pid]).status().unwrap();
        assert_eq!(wait(child).code, 3);
        is_gone(&folder, port);
    }
}

#[test]
fn a_server_that_does_not_answer_is_waited_for_so_long_and_no_longer() {
    let folder = Folder::new();
    let args = [&ONE[..], &["--wait", "300ms"]].concat();
    folder.write("stale.xml", "old");
    let reported = [&args[..], &["--report-junit", "stale.xml"]].concat();
    folder
        .check(CLOSED_PORT, &reported)
        .exits(3)
        .says("the server did not answer within 300ms: nothing listens on that port")
        .says("Fix this first");
    assert!(
        folder
            .read("stale.xml")
            .contains("did not answer within 300ms")
    );
    let silent = Silent::new();
    folder
        .check(&silent.url, &args)
        .exits(3)
        .says("did not answer within 300ms: the port takes connections, and no HTTP answer came");
    let there = correct(PLAIN);
    let patient = [&ONE[..], &["--wait", "30s"]].concat();
    folder.check(there.url(), &patient).exits(0);
    folder
        .check(there.url(), &["--wait", "soon"])
        .exits(2)
        .complains("give a time like 500ms");
}

/// A folder that holds the program as `wxcheck`, at the beginning of a PATH.
fn path_with_the_program(folder: &Folder) -> String {
    let bin = folder.path("bin");
    fs::create_dir_all(&bin).unwrap();
    let link = bin.join("wxcheck");
    if !link.exists() {
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_wxcheck"), link).unwrap();
    }
    let path = std::env::var_os("PATH").unwrap();
    format!("{}:{}", bin.display(), path.to_str().unwrap())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test reads the files that it is about"
)]
fn repository(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let text = fs::read_to_string(path);
    text.unwrap()
}

/// The values of `${{ … }}` as GitHub fills them in.
fn filled(text: &str, values: &BTreeMap<String, String>) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{") {
        let (name, behind) = after.split_once("}}").unwrap();
        shown += before;
        shown += values.get(name.trim()).unwrap();
        rest = behind;
    }
    shown + rest
}

/// Runs the shell steps of the action one after the other, as a runner does, with these inputs.
fn act(folder: &Folder, inputs: &[(&str, &str)]) -> Ran {
    act_in(folder, &[], inputs)
}

/// The same in a job with such variables, which those of a step hide, empty ones too.
fn act_in(folder: &Folder, job: &[(&str, &str)], inputs: &[(&str, &str)]) -> Ran {
    let action: Value = serde_yaml_ng::from_str(&repository("action.yml")).unwrap();
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    for (name, input) in action["inputs"].as_mapping().unwrap() {
        let default = input["default"].as_str().unwrap();
        values.insert(
            format!("inputs.{}", name.as_str().unwrap()),
            default.to_owned(),
        );
        assert!(input["description"].is_string(), "{name:?}");
    }
    for (name, value) in inputs {
        let known = values.insert(format!("inputs.{name}"), (*value).to_owned());
        assert!(known.is_some(), "{name} is no input");
    }
    for (name, value) in [
        ("runner.temp", folder.path("temp").display().to_string()),
        ("github.action_path", env!("CARGO_MANIFEST_DIR").to_owned()),
        ("github.server_url", "https://example.com".to_owned()),
        ("github.action_repository", "owner/wxcheck".to_owned()),
    ] {
        values.insert(name.to_owned(), value);
    }
    let mut last = None;
    for step in action["runs"]["steps"].as_sequence().unwrap() {
        assert_eq!(step["shell"], "bash");
        let mut command = Command::new("bash");
        // As runners start it.
        command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c"]);
        command.arg(filled(step["run"].as_str().unwrap(), &values));
        let place = step["working-directory"]
            .as_str()
            .map_or(".".to_owned(), |text| filled(text, &values));
        command.current_dir(folder.path(&place));
        command.envs(job.iter().copied());
        for (name, value) in step["env"].as_mapping().unwrap() {
            command.env(
                name.as_str().unwrap(),
                filled(value.as_str().unwrap(), &values),
            );
        }
        command
            .env("PATH", path_with_the_program(folder))
            .env("GITHUB_PATH", folder.path("github-path"))
            .env("GITHUB_OUTPUT", folder.path("github-output"))
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_STEP_SUMMARY", folder.path("github-summary"))
            .env("WXCHECK_PATIENCE", "0.2");
        last = Some(finish(english(&mut command)));
    }
    last.unwrap()
}

#[test]
fn the_action_checks_a_server_and_hands_on_what_came_of_it() {
    let Some((folder, command, url, port)) = bot() else {
        return;
    };
    let inputs = [
        ("url", url.as_str()),
        ("token", TOKEN),
        ("start", command.as_str()),
        ("args", "--only\nreply/status-200\n"),
    ];
    let ran = act(&folder, &inputs);
    assert!(
        !ran.out.contains(TOKEN) && !ran.err.contains(TOKEN),
        "{ran:?}"
    );
    ran.exits(0).says("\nPASSED");
    is_gone(&folder, port);
    let outputs = folder.read("github-output");
    assert!(
        outputs.starts_with("exit-code=0\nreport=wxcheck-reports/report.json\n"),
        "{outputs}"
    );
    assert_eq!(
        folder.read_json("wxcheck-reports/report.json")["rules"][0]["verdict"],
        "passed"
    );
    assert!(
        folder
            .read("wxcheck-reports/junit.xml")
            .contains("<testsuites")
    );
    // The summary of the job is the report in Markdown, which is handed on as well.
    let markdown = folder.read("wxcheck-reports/report.md");
    assert!(
        markdown.starts_with("## ✅ wxcheck: passed · 1 passed\n"),
        "{markdown}"
    );
    assert_eq!(folder.read("github-summary"), markdown);
    // Every output is one that the script writes.
    let action: Value = serde_yaml_ng::from_str(&repository("action.yml")).unwrap();
    for (name, _) in action["outputs"].as_mapping().unwrap() {
        let name = name.as_str().unwrap();
        assert!(outputs.contains(&format!("{name}=")), "{name}");
    }
    // As the README has it: the Token is a variable of the job, which the server that is started sees as well.
    let sees = format!("test \"$WXCHECK_TOKEN\" = {TOKEN} && {command}");
    let without: Vec<(&str, &str)> = inputs
        .into_iter()
        .filter(|(name, _)| !["token", "start"].contains(name))
        .chain([("start", sees.as_str())])
        .collect();
    act_in(&folder, &[("WXCHECK_TOKEN", TOKEN)], &without)
        .exits(0)
        .says("\nPASSED");
    is_gone(&folder, port);
    // A word of an input is never a command.
    let evil = act(
        &folder,
        &[
            ("url", CLOSED_PORT),
            ("token", TOKEN),
            ("args", "--only\n$(touch evil)"),
        ],
    );
    evil.exits(2);
    assert!(!folder.path("evil").exists());
}

#[test]
fn the_template_for_gitlab_checks_a_server() {
    let Some((folder, command, url, port)) = bot() else {
        return;
    };
    let template: Value = serde_yaml_ng::from_str(&repository("ci/gitlab.yml")).unwrap();
    let job = &template[".wxcheck"];
    let script = job["script"].as_sequence().unwrap();
    let script: Vec<&str> = script.iter().map(|part| part.as_str().unwrap()).collect();
    for shell in ["bash", "sh"] {
        let mut run = Command::new(shell);
        run.arg("-e")
            .arg("-c")
            .arg(script.join("\n"))
            .current_dir(folder.path("."));
        for (name, value) in job["variables"].as_mapping().unwrap() {
            run.env(name.as_str().unwrap(), value.as_str().unwrap());
        }
        run.env("PATH", path_with_the_program(&folder))
            .env("WXCHECK_START", &command)
            .env(
                "WXCHECK_ARGS",
                "--only\nreply/status-200\n--fail-on\nshould",
            )
            .env("WXCHECK_URL", &url)
            .env("WXCHECK_TOKEN", TOKEN)
            .env("WXCHECK_PATIENCE", "0.2");
        finish(english(&mut run)).exits(0).says("\nPASSED");
        is_gone(&folder, port);
    }
    let reports = &job["artifacts"]["reports"];
    let junit = reports["junit"].as_str().unwrap();
    assert!(folder.read(junit).contains("<testsuites"));
    let quality = reports["codequality"].as_str().unwrap();
    assert_eq!(folder.read_json(quality), serde_json::json!([]));
}
