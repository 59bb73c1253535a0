//! Callback servers built on real SDKs, judged by the program itself as a user would run it.
//!
//! The findings are kept in `snapshots/targets`: a change there is a change in what users are told.
//! The tests of a server that is not installed (`interop/install`) pass and say so on stderr.

use std::{
    collections::VecDeque,
    fmt::Write as _,
    io::{self, BufRead as _, BufReader, Read, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread::{self, JoinHandle},
    time::Duration,
};

use serde_json::Value;

use crate::program::{AES_KEY, APPID, Folder, TOKEN, start, wait_for};

/// A cold start of an interpreter on a busy machine.
const START_LIMIT: Duration = Duration::from_secs(60);
/// The exit code of `interop/start` for what is not installed.
const NOT_INSTALLED: i32 = 3;
/// Lines of a server's stderr that are shown if it does not start.
const LAST_WORDS: usize = 20;

#[test]
fn wechatpy_flask_in_plain_mode_is_judged_as_recorded() {
    judged_as_recorded("wechatpy-flask", "plain");
}

#[test]
fn wechatpy_flask_in_safe_mode_is_judged_as_recorded() {
    judged_as_recorded("wechatpy-flask", "safe");
}

#[test]
fn wechat_express_in_plain_mode_is_judged_as_recorded() {
    judged_as_recorded("wechat-express", "plain");
}

#[test]
fn wechat_express_in_safe_mode_is_judged_as_recorded() {
    judged_as_recorded("wechat-express", "safe");
}

fn judged_as_recorded(name: &str, mode: &str) {
    let server = match Server::start(name, mode) {
        Ok(server) => server,
        Err(reason) => {
            // Not `eprintln!`, which the harness captures.
            let line = format!("skipped: {name} in {mode} mode ({reason})\n");
            io::stderr().write_all(line.as_bytes()).unwrap();
            return;
        }
    };
    let folder = Folder::new();
    let rows = rows(&judge(&folder, &server.url, mode));
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots/targets");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        insta::assert_snapshot!(format!("{name}-{mode}"), rows);
        // A server that did not survive its judgement answers nothing.
        if !rows.contains(" alive") {
            let replies = folder.read(&format!("contract/official-{mode}-xml.snap"));
            let (_, replies) = replies.split_once("\n---\n").unwrap();
            insta::assert_snapshot!(format!("{name}-{mode}-contract"), replies);
        }
    });
}

/// A run at WeChat's own five seconds, on a machine that has much else to do.
const LONGEST_RUN: Duration = Duration::from_secs(330);

/// Runs the program against that URL and takes its report.
fn judge(folder: &Folder, url: &str, mode: &str) -> Value {
    let target = ["--mode", mode, "--account", "official", "--appid", APPID];
    // WeChat's own five seconds: four interpreters are started at once.
    let run = ["--aes-key", AES_KEY, "--patience", "1", "--seed", "7"];
    let report = ["--report-json", "report.json", "--contract", "contract"];
    let patient = ["check", url, "--token", TOKEN, "--max-time", "5m"];
    let run = [&patient[..], &target, &run, &report].concat();
    // Each of them breaks a Must.
    wait_for(start(&mut folder.wxcheck(&run)), LONGEST_RUN).exits(1);
    folder.read_json("report.json")
}

/// One line a rule: verdict, id and the broken claims.
fn rows(report: &Value) -> String {
    let mut rows = String::new();
    for rule in report["rules"].as_array().unwrap() {
        let word = |key: &str| rule[key].as_str().unwrap();
        write!(rows, "{} {}", word("verdict"), word("id")).unwrap();
        let claims = rule["claims"].as_array().unwrap();
        // What else was seen before a server died depends on how soon it was gone.
        let died = claims.first().is_some_and(|claim| claim == "alive");
        for claim in claims.iter().take(if died { 1 } else { usize::MAX }) {
            write!(rows, " {}", claim.as_str().unwrap()).unwrap();
        }
        rows.push('\n');
    }
    rows
}

/// A running server of `interop/`; killed when dropped.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    /// Starts it; the reason where it cannot be because something is not installed.
    fn start(name: &str, mode: &str) -> Result<Self, String> {
        let start = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/start");
        let mut child = Command::new(start)
            .arg(name)
            .env("PORT", "0")
            .env("WXCHECK_MODE", mode)
            .env("WXCHECK_TOKEN", TOKEN)
            .env("WXCHECK_APPID", APPID)
            .env("WXCHECK_AES_KEY", AES_KEY)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("interop/start does not run: {error}"))?;
        let first_line = first_line(child.stdout.take().unwrap());
        let last_words = last_words(child.stderr.take().unwrap());
        let mut server = Self {
            child,
            url: String::new(),
        };
        let code = match first_line.recv_timeout(START_LIMIT) {
            Ok(line) => {
                let url = line.strip_prefix("listening on ");
                assert!(url.is_some(), "{name} said `{line}`");
                url.unwrap().clone_into(&mut server.url);
                return Ok(server);
            }
            // Its stdout is closed: it is ending by itself, with an exit code that says why.
            Err(RecvTimeoutError::Disconnected) => server.child.wait().unwrap().code(),
            Err(RecvTimeoutError::Timeout) => {
                server.stop();
                None
            }
        };
        let words = last_words.join().unwrap();
        assert_eq!(code, Some(NOT_INSTALLED), "{name} did not start:\n{words}");
        Err(words)
    }

    fn stop(&mut self) {
        // It may have gone by itself: that is no error.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The first line, as soon as it is there; the rest is read so that the pipe never fills up.
fn first_line(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut line = String::new();
        if matches!(pipe.read_line(&mut line), Ok(1..)) {
            // Nobody waits any more if it came too late.
            let _ = tell.send(line.trim_end().to_owned());
        }
        drop(tell);
        let _ = io::copy(&mut pipe, &mut io::sink());
    });
    told
}

/// The last lines, once the pipe is closed.
fn last_words(pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut lines = VecDeque::new();
        // Bytes, for a server may print what it was sent.
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            if lines.len() == LAST_WORDS {
                lines.pop_front();
            }
            lines.push_back(String::from_utf8_lossy(&line).into_owned());
        }
        Vec::from(lines).join("\n")
    })
}
