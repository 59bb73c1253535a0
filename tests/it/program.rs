//! Runs the program as a user does: in a folder of its own, without the settings of whoever runs the
//! tests, and never for ever.

use std::{
    env, fs,
    io::{self, Read, Write as _},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        mpsc::{self, Receiver},
    },
    thread,
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use wiremock::{MockServer, Request};
use wxcheck_network::Network;
use wxcheck_protocol::{
    aes_key::EncodingAesKey,
    limits::EXCHANGE_LIMIT,
    push::{Format, Mode},
};
use wxcheck_reference_server::{Account, Behaviour, Running, Setting, Settings, defect, spawn};

/// No word of any report, so that its absence means something.
pub(crate) const TOKEN: &str = "Zq7Xw2Vn9Kt4Rb6";
pub(crate) const APPID: &str = "wx0123456789abcdef";
pub(crate) const AES_KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

pub(crate) const FETCH_TOKEN: &str = "Hq2+Bv8=Xd5";

/// A mini program in plain mode.
pub(crate) const PLAIN: Setting = Setting {
    mode: Mode::Plain,
    format: Format::Xml,
    account: Account::Mini,
    api: false,
};

/// Multiplies WeChat's five seconds.
pub(crate) const PATIENCE: f64 = 0.2;

/// A test that waits longer than this has found a hang. Debug builds share two cores with other tests.
const DEADLINE: Duration = Duration::from_secs(60);

/// The exit code and the output of the program.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit code; -1 if a signal ended it.
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Asserts the exit code, showing everything if it is another one.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "exit code of {self:#?}");
        self
    }

    /// Asserts that standard output says so.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.out.contains(text), "no `{text}` on stdout: {self:#?}");
        self
    }

    /// Asserts that standard error says so.
    #[track_caller]
    pub(crate) fn complains(self, text: &str) -> Self {
        assert!(self.err.contains(text), "no `{text}` on stderr: {self:#?}");
        self
    }
}

/// A folder to run the program in; gone when dropped.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    #[expect(clippy::disallowed_methods, reason = "tests write what a user writes")]
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "tests read what the program wrote"
    )]
    pub(crate) fn read(&self, name: &str) -> String {
        let text = fs::read_to_string(self.path(name));
        assert!(text.is_ok(), "{name}: {text:?}");
        text.unwrap()
    }

    pub(crate) fn read_json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    /// The names of the files in a folder below, sorted; none where there is no such folder.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(name)).into_iter().flatten();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The program with these arguments, ready to be given more.
    pub(crate) fn wxcheck(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wxcheck"));
        command.args(args).current_dir(self.0.path());
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy();
            let is_of_ci = name.starts_with("GITHUB_");
            if is_of_ci
                || name.starts_with("WXCHECK_")
                || ["NO_COLOR", "CLICOLOR_FORCE", "COLUMNS"].contains(&name.as_ref())
            {
                command.env_remove(name.as_ref());
            }
        }
        english(&mut command);
        command.env("WXCHECK_PATIENCE", PATIENCE.to_string());
        command
    }

    /// Runs the program to its end.
    #[track_caller]
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        finish(&mut self.wxcheck(args))
    }

    /// Judges a plain-mode server.
    #[track_caller]
    pub(crate) fn check(&self, url: &str, more: &[&str]) -> Ran {
        self.run(&[&["check", url, "--token", TOKEN], more].concat())
    }
}

/// Lets a command speak English, whatever the locale of whoever runs the tests.
pub(crate) fn english(command: &mut Command) -> &mut Command {
    command.env("LC_ALL", "C.UTF-8")
}

/// Runs a command to its end.
#[track_caller]
pub(crate) fn finish(command: &mut Command) -> Ran {
    wait(start(command))
}

/// Starts a command whose output is kept.
pub(crate) fn start(command: &mut Command) -> Child {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits for a command's end; one that does not end in time is killed and fails the test.
#[track_caller]
pub(crate) fn wait(child: Child) -> Ran {
    wait_for(child, DEADLINE)
}

/// The same, for a command that may take as long as that.
#[track_caller]
pub(crate) fn wait_for(mut child: Child, limit: Duration) -> Ran {
    let mut out = child.stdout.take().unwrap();
    let mut err = child.stderr.take().unwrap();
    let (done, ended) = mpsc::channel();
    // The receiver is gone only if the deadline passed first.
    thread::spawn(move || done.send(read_all(&mut out)).unwrap_or_default());
    let errors = thread::spawn(move || read_all(&mut err));
    let out = ended.recv_timeout(limit);
    if out.is_err() {
        child.kill().unwrap();
    }
    let status = child.wait().unwrap();
    let err = errors.join().unwrap();
    assert!(out.is_ok(), "no end within {limit:?}; stderr: {err}");
    Ran {
        code: status.code().unwrap_or(-1),
        out: out.unwrap(),
        err,
    }
}

/// The text of a stream. A server's answer in it need not be text.
fn read_all(stream: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The runtime that the servers of all tests live on.
pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().unwrap())
}

/// A server with that behaviour, configured with this module's secrets.
pub(crate) fn server(setting: Setting, behaviour: Behaviour) -> Running {
    let settings = Settings {
        token: TOKEN.into(),
        appid: APPID.into(),
        key: Some(EncodingAesKey::parse(AES_KEY).unwrap()),
        mode: setting.mode,
        format: setting.format,
        account: setting.account,
        limit: EXCHANGE_LIMIT.mul_f64(PATIENCE),
        api: None,
        fetch_tokens: vec![FETCH_TOKEN.into()],
        network: Network::Machine,
    };
    runtime().block_on(spawn(settings, behaviour)).unwrap()
}

/// The server with that defect, and the setting in which it shows.
pub(crate) fn broken(name: &str) -> (Running, Setting) {
    let defect = defect(name).unwrap();
    (server(defect.setting, (defect.behaviour)()), defect.setting)
}

/// The correct server.
pub(crate) fn correct(setting: Setting) -> Running {
    server(setting, Behaviour::default())
}

/// A wiremock server; what it answers is the test's to say.
pub(crate) fn scripted() -> MockServer {
    runtime().block_on(MockServer::start())
}

/// The requests that a wiremock server got, in order.
pub(crate) fn received(server: &MockServer) -> Vec<Request> {
    runtime().block_on(server.received_requests()).unwrap()
}

/// Nothing listens there: the port is reserved, and programs with a right to it are long forgotten.
pub(crate) const CLOSED_PORT: &str = "http://127.0.0.1:1/wechat";

/// A server that takes connections and never answers.
pub(crate) struct Silent {
    pub(crate) url: String,
    connected: Receiver<TcpStream>,
}

impl Silent {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/wechat", listener.local_addr().unwrap());
        let (connections, connected) = mpsc::channel();
        // Ends with the first connection after the test, or with the process.
        thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                if connections.send(stream).is_err() {
                    break;
                }
            }
        });
        Self { url, connected }
    }

    /// Waits for a connection; it stays open as long as what is returned.
    pub(crate) fn connected(&self) -> TcpStream {
        self.connected.recv_timeout(DEADLINE).unwrap()
    }
}

/// True if a tool that a test needs is installed.
pub(crate) fn installed(tool: &str) -> bool {
    let found = Command::new(tool)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !found {
        // Directly: the harness hides what a passing test prints.
        let mut stderr = io::stderr().lock();
        writeln!(stderr, "skipped: {tool} is not installed").unwrap();
    }
    found
}

/// True if three English words stand in a row, outside of what is quoted, typed at a shell or sent.
pub(crate) fn has_sentence(line: &str) -> bool {
    let is_typed = ["curl ", "wxcheck replay "]
        .iter()
        .any(|word| line.contains(word));
    let own: String = line.split('`').step_by(2).collect::<Vec<_>>().join(" · ");
    let mut row = 0;
    let is_english = own.split_whitespace().any(|word| {
        let letters = word.trim_end_matches([',', '.', ';', ':']);
        let is_word = letters.len() > 1 && letters.chars().all(|char| char.is_ascii_lowercase());
        row = if is_word { row + 1 } else { 0 };
        let is_found = row >= 3;
        // Names in a list are no sentence.
        if letters != word {
            row = 0;
        }
        is_found
    });
    is_english && !is_typed
}
