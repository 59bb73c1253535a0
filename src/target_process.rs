//! The server that is to be judged, started by `check --start`: it runs in a process group of its own, of which nothing is
//! left running, nor, where the system tells, of what left the group.

mod outsiders;

use std::{
    collections::VecDeque,
    fmt, io,
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader},
    process::{Child, Command},
    task::JoinHandle,
    time::{sleep, timeout},
};

use outsiders::Outsiders;

/// The time that the server has to end by itself once it is told to.
const GRACE: Duration = Duration::from_secs(5);
/// The time that those which are killed may take to be gone, on a machine that has other work.
const DEATH: Duration = Duration::from_secs(10);
/// The time that its output may take to come to its end behind its own.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// The pause between two looks whether something of it is left.
const LOOK: Duration = Duration::from_millis(5);
/// The same while it is to run: nobody signals the end of what is not our own child.
const WATCH: Duration = Duration::from_millis(100);
/// Lines of its output that are shown where it dies.
const SHOWN_LINES: usize = 20;
/// The longest line that is kept whole, in bytes.
const LINE_BYTES: u64 = 2000;

/// A server under way. Where it is dropped, all of it is killed.
pub(crate) struct TargetProcess {
    child: Child,
    group: Group,
    /// The command ended well and left a server that went on.
    left_one: bool,
    outsiders: Outsiders,
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
        let mut outsiders = Outsiders::before_the_start();
        let mut child = shell.spawn().context("--start: the shell does not start")?;
        let group = Group::of(&child);
        outsiders.besides(child.id());
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
            left_one: false,
            outsiders,
            log,
            readers: out.into_iter().chain(err).collect(),
        })
    }

    /// Waits until it has ended by itself, which it should not; says how. A command that ends well may have started the
    /// server in the background: then that one has to end as well.
    pub(crate) async fn died(&mut self) -> End {
        let status = match self.child.wait().await {
            Ok(status) => status,
            Err(error) => return End::Unseen(error),
        };
        while status.success() && self.goes_on() {
            self.left_one = true;
            sleep(WATCH).await;
        }
        self.end_with(status)
    }

    const fn end_with(&self, status: ExitStatus) -> End {
        if self.left_one {
            End::Behind
        } else {
            End::With(status)
        }
    }

    /// True if something that the command began still runs.
    fn goes_on(&self) -> bool {
        self.outsiders.with_the_group_left(&self.group)
    }

    /// The way it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<End> {
        let status = self.child.try_wait().ok().flatten()?;
        Some(self.end_with(status))
    }

    /// The last lines of its output, once it has ended.
    pub(crate) async fn last_words(&mut self) -> Vec<String> {
        for reader in &mut self.readers {
            // What it started may hold the pipe for ever. A reader that is through is not asked again.
            if !reader.is_finished() {
                let _ = timeout(LAST_WORDS, reader).await;
            }
        }
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.iter().cloned().collect()
    }

    /// Ends it, and all that it started: it is asked first, and killed if it does not listen.
    pub(crate) async fn end(mut self) {
        if self.ended().is_none() {
            self.group.ask_to_end();
        } else {
            // What the command left in its group is asked one by one.
            self.outsiders.besides(None);
        }
        self.outsiders.ask_to_end();
        let _ = timeout(GRACE, async {
            let _ = self.child.wait().await;
            self.outsiders.are_gone().await;
        })
        .await;
        let _ = timeout(DEATH, async {
            loop {
                self.group.kill();
                self.outsiders.kill();
                // One that is killed may have begun another before.
                if !self.goes_on() {
                    break;
                }
                sleep(LOOK).await;
            }
        })
        .await;
    }
}

impl Drop for TargetProcess {
    fn drop(&mut self) {
        self.group.kill();
        self.outsiders.kill();
        for reader in &self.readers {
            reader.abort();
        }
    }
}

/// The end of a server that was started.
#[derive(Debug)]
pub(crate) enum End {
    /// The command ended so, and nothing that it began went on.
    With(ExitStatus),
    /// The command had ended well, and what it left in the background ended later: nobody is told how.
    Behind,
    /// The system does not tell.
    Unseen(io::Error),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::With(status) => write!(f, "{status}"),
            Self::Behind => f.write_str("it ran in the background, so its status is not known"),
            Self::Unseen(error) => write!(f, "{error}"),
        }
    }
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

    #[cfg(not(target_os = "linux"))]
    fn is_left(&self) -> bool {
        let is_left = |leader| rustix::process::test_kill_process_group(leader).is_ok();
        self.leader.is_some_and(is_left)
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

    const fn is_left(&self) -> bool {
        false
    }
}
