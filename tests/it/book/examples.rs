//! The commands of the documents can be run: each page's `sh` blocks, in order, in one shell, with a correct server at
//! `127.0.0.1:8080`. A block that cannot be run here is marked `sh no-run`, and a comment above it says why.

use std::{
    collections::HashMap,
    fmt::Write as _,
    path::Path,
    process::{Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use wxcheck_network::Network;
use wxcheck_protocol::{
    account::Account,
    aes_key::EncodingAesKey,
    limits::EXCHANGE_LIMIT,
    push::{Format, Mode},
};
use wxcheck_reference_server::{Api, Behaviour, Running, Settings, spawn};

use super::{documents, markdown::Document};
use crate::{
    place::free_address,
    program::{AES_KEY, APPID, FETCH_TOKEN, Folder, installed, runtime},
};

/// The Token of the documents' examples.
const TOKEN: &str = "aTokenOfYourOwn";
/// Rules for each kind of URL. All rules on a socket are other tests' business, and take longer than anybody waits for an
/// example.
const ONLY: &str = " --only push-signature/accepts-true-push --only fetch/answers-200";
/// The address at which the reader's server is, and that of the platform.
const SERVER: &str = "127.0.0.1:8080";
const PLATFORM: &str = "127.0.0.1:8900";

#[test]
fn every_command_can_be_run() {
    if !["bash", "curl"].into_iter().all(installed) {
        return;
    }
    let documents = documents("en");
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(document) = documents.get(next.fetch_add(1, Ordering::Relaxed)) {
                    failed.lock().unwrap().extend(complaint(document));
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

#[test]
fn a_command_that_is_not_run_has_a_reason() {
    for document in documents("en") {
        for block in document.fenced("sh") {
            let reason = block.before.trim().strip_prefix("<!-- no-run: ");
            match block.info.as_str() {
                "sh" => assert!(reason.is_none(), "{}: {block:?}", document.name()),
                "sh no-run" => assert!(reason.is_some(), "{}: {block:?}", document.name()),
                _ => panic!("{}: {block:?}", document.name()),
            }
        }
    }
}

/// The pages that are run at once: most of their time is waiting.
const AT_ONCE: usize = 3;

/// The failures of the commands of that page.
fn complaint(document: &Document) -> Option<String> {
    let blocks = document.fenced("sh").into_iter();
    let lines = blocks.filter(|block| block.info == "sh");
    let lines: Vec<String> = lines.flat_map(|block| block.lines).collect();
    if lines.is_empty() {
        return None;
    }
    let folder = Folder::new();
    for (name, text) in FILES {
        folder.write(name, text);
    }
    let mut servers = Servers::default();
    folder.write("page.sh", script(&lines, &mut servers));
    let output = folder.wxcheck(&[]).get_current_dir().map(run).unwrap();
    output.map(|error| format!("{}: {error}", document.name()))
}

/// Files that the documents suppose to be there.
const FILES: [(&str, &str); 1] = [(
    "cloudfunctions/callback/index.js",
    "exports.main = async () => 'success'\n",
)];

/// Runs the script of a page in that folder; the end of what it wrote if it fails.
fn run(folder: &Path) -> Option<String> {
    let program = Path::new(env!("CARGO_BIN_EXE_wxcheck")).parent().unwrap();
    let mut command = Command::new("bash");
    command
        .arg("page.sh")
        .current_dir(folder)
        .env_clear()
        .env("PATH", paths(program))
        .env("HOME", folder)
        .env("LC_ALL", "C.UTF-8")
        .env("WXCHECK_TOKEN", TOKEN)
        .env("WECHAT_TOKEN", TOKEN)
        .stdin(Stdio::null());
    let output = command.output().unwrap();
    let text =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let end = |text: &str| {
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(25)..].join("\n")
    };
    let [out, err] = text.each_ref().map(|text| end(text));
    (!output.status.success()).then(|| format!("{}\n{out}\n{err}", output.status))
}

/// The folder of the program, before those that are searched anyway.
fn paths(program: &Path) -> std::ffi::OsString {
    let others = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(program.to_owned()).chain(std::env::split_paths(&others));
    std::env::join_paths(all).unwrap()
}

/// A script that runs these lines and ends at the first that fails. `serve` goes on until the next one, or to the end.
fn script(lines: &[String], servers: &mut Servers) -> String {
    let platform = free_address().to_string();
    let mut text = BEGINNING.to_owned();
    let mut sealed = false;
    for line in whole(lines) {
        sealed |= line.contains("WXCHECK_AES_KEY=");
        let line = line.replace(PLATFORM, &platform);
        let line = if line.contains(SERVER) {
            let server = servers.at(&line, sealed, &platform);
            line.replace(SERVER, &server)
        } else {
            line
        };
        if line.starts_with("wxcheck serve") && !line.contains("--markdown") {
            let at = if line.contains("--listen") {
                String::new()
            } else {
                format!(" --listen {platform}")
            };
            let _ = writeln!(text, "serve {}", quoted(&format!("{line}{at}")));
        } else if line.starts_with("wxcheck check") && !line.contains("--only") {
            let _ = writeln!(text, "step {}", quoted(&format!("{line}{ONLY}")));
        } else if line.contains("--fail-if") {
            // Whether a threshold holds depends on the machine.
            let _ = writeln!(text, "step {} 1", quoted(&line));
        } else {
            let _ = writeln!(text, "step {}", quoted(&line));
        }
    }
    text.push_str("stop\n");
    text
}

/// A function that runs a line in this shell, which may also end with the code that is named; one that serves behind it, and
/// one that ends what serves.
const BEGINNING: &str = r#"set -u
step() {
  echo "\$ $1"
  eval "$1"
  code=$?
  [ $code = 0 ] || [ $code = "${2:-0}" ] || { echo "exit $code: $1"; stop; exit 1; }
}
stop() {
  [ -z "${served:-}" ] || { kill "$served"; wait "$served"; }
  served=
}
serve() {
  stop
  rm -f started
  mkfifo started
  eval "exec $1" >started &
  served=$!
  exec 3<started
  read -r _ <&3 || { echo "ended: $1"; exit 1; }
  cat <&3 >served.log &
}
"#;

/// The lines, with those joined that a backslash goes on with; comments are left out.
fn whole(lines: &[String]) -> Vec<String> {
    let text = lines.join("\n").replace("\\\n", " ");
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines
        .filter(|line| !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

fn quoted(line: &str) -> String {
    format!("'{}'", line.replace('\'', r"'\''"))
}

/// Correct servers, one for each setting that a page's commands ask for.
#[derive(Default)]
struct Servers(HashMap<(Mode, Format, Account, bool), Running>);

impl Servers {
    /// The address of the server that fits a line.
    fn at(&mut self, line: &str, sealed: bool, platform: &str) -> String {
        let option = |name: &str| {
            let (_, rest) = line.split_once(&format!("--{name} "))?;
            rest.split_whitespace().next()
        };
        let account: Account =
            option("account").map_or(Account::Mini, |name| name.parse().unwrap());
        let mode = match option("mode") {
            Some(mode) => mode.parse().unwrap(),
            None if account == Account::CloudHosting => Mode::Plain,
            None if line.contains("--payment-token") => Mode::Plain,
            None if sealed || account == Account::Platform => Mode::Safe,
            None => Mode::Plain,
        };
        let format = match option("format") {
            Some(format) => format.parse().unwrap(),
            None if matches!(account, Account::CloudHosting | Account::Minigame) => Format::Json,
            None => Format::Xml,
        };
        let calls = line.contains("--api-listen") || line.contains("wxcheck serve");
        let server = self.0.entry((mode, format, account, calls));
        let server = server.or_insert_with(|| {
            let settings = Settings {
                token: TOKEN.into(),
                appid: APPID.into(),
                key: Some(EncodingAesKey::parse(AES_KEY).unwrap()),
                mode,
                format,
                account,
                limit: EXCHANGE_LIMIT,
                api: calls.then(|| Api {
                    base: format!("http://{platform}"),
                    secret: "aSecret".into(),
                }),
                fetch_tokens: ["token-of-ann", "token-of-bob", FETCH_TOKEN]
                    .map(str::to_owned)
                    .to_vec(),
                network: Network::Machine,
            };
            runtime()
                .block_on(spawn(settings, Behaviour::default()))
                .unwrap()
        });
        let url = server.url().strip_prefix("http://").unwrap();
        url.split('/').next().unwrap().to_owned()
    }
}
