//! The server that is to be judged, started by `check --start`: it runs in a process group of its own, and nothing of it is
//! left running.

use std::{
    collections::VecDeque,
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result, anyhow};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader},
    process::{Child, Command},
    task::JoinHandle,
    time::{sleep, timeout},
};
use wxcheck_suite::redact::{Redacted, Secrets};

use crate::{cli::Lang, screen, terminal};

/// The time that the server has to end by itself once it is told to.
const GRACE: Duration = Duration::from_secs(5);
/// The time that its output may take to come to its end behind its own.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// The pause between two looks whether something of it is left.
const LOOK: Duration = Duration::from_millis(5);
/// Lines of its output that are shown where it dies.
const SHOWN_LINES: usize = 20;
/// The longest line that is kept whole, in bytes.
const LINE_BYTES: u64 = 2000;

/// A server under way. Where it is dropped, its whole group is killed.
pub(crate) struct TargetProcess {
    child: Child,
    group: Group,
    log: Arc<Mutex<VecDeque<String>>>,
    readers: Vec<JoinHandle<()>>,
}

impl TargetProcess {
    /// Starts a command of the shell.
    pub(crate) fn start(command: &str) -> Result<Self> {
        let mut shell = shell(command);
        shell
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = shell.spawn().context("--start: the shell does not start")?;
        let group = Group::of(&child);
        let log = Arc::new(Mutex::new(VecDeque::new()));
        let out = child
            .stdout
            .take()
            .map(|out| tokio::spawn(kept(out, Arc::clone(&log))));
        let err = child
            .stderr
            .take()
            .map(|err| tokio::spawn(kept(err, Arc::clone(&log))));
        Ok(Self {
            child,
            group,
            log,
            readers: out.into_iter().chain(err).collect(),
        })
    }

    /// Waits until it has ended by itself, which it should not: an error that says how.
    pub(crate) async fn died(&mut self) -> anyhow::Error {
        match self.child.wait().await {
            Ok(status) => anyhow!("the server that --start started ended with {}", how(status)),
            Err(error) => anyhow!("the server that --start started is lost: {error}"),
        }
    }

    /// The way it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<String> {
        self.child.try_wait().ok().flatten().map(how)
    }

    /// The end of its output, without secrets.
    pub(crate) async fn last_words(&mut self, secrets: &Secrets, lang: Lang) -> Redacted {
        for reader in &mut self.readers {
            // What it started may hold the pipe for ever.
            let _ = timeout(LAST_WORDS, reader).await;
        }
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let title = match (lang, log.is_empty()) {
            (Lang::En, true) => "the server that --start started has written nothing",
            (Lang::En, false) => "the end of the output of the server that --start started:",
            (Lang::Zh, true) => "--start 启动的服务器没有任何输出",
            (Lang::Zh, false) => "--start 启动的服务器最后的输出：",
        };
        let mut shown = Redacted::own(title);
        for line in log.iter() {
            shown.push(&Redacted::own("\n  | "));
            shown.push(&secrets.render(line));
        }
        shown
    }

    /// Ends it, and all that it started: it is asked first, and killed if it does not listen.
    pub(crate) async fn end(mut self) {
        if self.ended().is_none() {
            self.group.ask_to_end();
            let _ = timeout(GRACE, self.child.wait()).await;
        }
        self.group.kill();
        let _ = timeout(LAST_WORDS, self.group.is_gone()).await;
    }
}

impl Drop for TargetProcess {
    fn drop(&mut self) {
        self.group.kill();
        for reader in &self.readers {
            reader.abort();
        }
    }
}

/// Says that the server has died, how, and what it wrote last.
pub(crate) async fn tell_death(
    process: &mut TargetProcess,
    how: &str,
    secrets: &Secrets,
    lang: Lang,
) {
    let told = format!("the server that --start started ended with {how}");
    screen::complain(&secrets.page(&terminal::sentence(&told, lang)));
    screen::complain(&process.last_words(secrets, lang).await);
}

/// Keeps the last lines of an output.
async fn kept(output: impl AsyncRead + Unpin, log: Arc<Mutex<VecDeque<String>>>) {
    let mut lines = BufReader::new(output);
    let mut line = Vec::new();
    while let Ok(1..) = (&mut lines)
        .take(LINE_BYTES)
        .read_until(b'\n', &mut line)
        .await
    {
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        line.clear();
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        if log.len() == SHOWN_LINES {
            log.pop_front();
        }
        log.push_back(text);
    }
}

fn how(status: ExitStatus) -> String {
    status.to_string()
}

#[cfg(unix)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    // A group of its own: Ctrl-C is for wxcheck, which ends the server itself.
    shell.arg("-c").arg(command).process_group(0);
    shell
}

#[cfg(not(unix))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd");
    shell.arg("/C").arg(command);
    shell
}

/// The process group of a server, which has the number of its first process.
struct Group {
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
}

#[cfg(unix)]
impl Group {
    fn of(child: &Child) -> Self {
        let number = child.id().and_then(|id| i32::try_from(id).ok());
        Self {
            leader: number.and_then(rustix::process::Pid::from_raw),
        }
    }

    fn ask_to_end(&self) {
        self.send(rustix::process::Signal::TERM);
    }

    fn kill(&self) {
        self.send(rustix::process::Signal::KILL);
    }

    /// Waits until none of it is left. Nobody signals the end of what is not our own child.
    async fn is_gone(&self) {
        let is_left = |leader| rustix::process::test_kill_process_group(leader).is_ok();
        while self.leader.is_some_and(is_left) {
            sleep(LOOK).await;
        }
    }

    fn send(&self, signal: rustix::process::Signal) {
        if let Some(leader) = self.leader {
            // A group that is gone needs no signal.
            let _ = rustix::process::kill_process_group(leader, signal);
        }
    }
}

#[cfg(not(unix))]
impl Group {
    const fn of(_: &Child) -> Self {
        Self {}
    }

    // The process itself is killed when it is dropped.
    const fn ask_to_end(&self) {}

    const fn kill(&self) {}

    async fn is_gone(&self) {}
}
