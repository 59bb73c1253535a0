//! A NATS server, workers and a coordinator: processes as users start them.
//!
//! Where nats-server is not installed (`interop/install`) the tests that need it pass and say so on stderr.

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        mpsc::{self, Receiver},
    },
    thread,
    time::Duration,
};

use tempfile::TempDir;

use crate::program::{AES_KEY, APPID, Folder, TOKEN, installed, start};

/// A wait that takes longer has found a hang.
pub(crate) const DEADLINE: Duration = Duration::from_secs(120);

/// A coordinator that writes `load.json`.
pub(crate) fn coordinator(folder: &Folder, nats: &Way, url: &str, plan: &[&str]) -> Child {
    let mut command = folder.wxcheck(&["load", url]);
    nats.reach(&mut command);
    command.args(plan).args(["--report-json", "load.json"]);
    start(settings(&mut command))
}

/// The settings that coordinator and workers share. Compat mode has everything in clear too, so that the target can read it.
pub(crate) fn settings(command: &mut Command) -> &mut Command {
    command
        .env("WXCHECK_TOKEN", TOKEN)
        .env("WXCHECK_APPID", APPID)
        .env("WXCHECK_AES_KEY", AES_KEY)
        .env("WXCHECK_SECRET", "sEcretOfTheApp")
        .env("WXCHECK_MODE", "compat")
        .env("WXCHECK_PATIENCE", "1")
}

pub(crate) fn interrupt(child: &Child) {
    let mut kill = Command::new("kill");
    let sent = kill.args(["-INT", &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

/// A worker; killed when dropped.
pub(crate) struct Worker {
    pub(crate) child: Child,
    lines: Receiver<String>,
}

impl Worker {
    /// Starts one, and waits until it waits for shards.
    pub(crate) fn start(folder: &Folder, nats: &Way, url: &str, name: &str, more: &[&str]) -> Self {
        let mut command = folder.wxcheck(&["worker", url, "--name", name, "--threads", "1"]);
        nats.reach(&mut command).args(more);
        let mut child = settings(&mut command)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = lines(child.stderr.take().unwrap());
        let mut worker = Self { child, lines };
        worker.says("waits for shards");
        worker
    }

    /// Waits until it says so.
    pub(crate) fn says(&mut self, text: &str) {
        until(&self.lines, text);
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // One that was killed already has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The way to a NATS server.
pub(crate) struct Way {
    url: String,
    /// Options and values with which it is reached.
    access: Vec<String>,
}

impl Way {
    /// Lets a command come to it.
    pub(crate) fn reach<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.args(["--nats", &self.url]).args(&self.access)
    }
}

/// A NATS server with JetStream; killed when dropped.
pub(crate) struct Nats {
    child: Child,
    way: Way,
    // A blocked pipe would stop it.
    _lines: Receiver<String>,
    _store: TempDir,
}

impl Nats {
    /// One to which everybody may come.
    pub(crate) fn start() -> Option<Self> {
        Self::configured("", Vec::new(), "nats")
    }

    /// One with further lines of configuration, and the options with which it is reached.
    pub(crate) fn configured(lines_of: &str, access: Vec<String>, scheme: &str) -> Option<Self> {
        if !installed("nats-server") {
            return None;
        }
        let store = tempfile::tempdir().unwrap();
        let file = Folder::new();
        let jetstream = format!(
            "jetstream {{ store_dir: \"{}\" }}\n",
            store.path().display()
        );
        file.write(
            "nats.conf",
            format!("listen: 127.0.0.1:-1\n{jetstream}{lines_of}"),
        );
        let mut command = Command::new("nats-server");
        command.arg("--config").arg(file.path("nats.conf"));
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let lines = lines(child.stderr.take().unwrap());
        let said = until(&lines, "Listening for client connections on ");
        let address = said.rsplit(' ').next().unwrap().to_owned();
        until(&lines, "Server is ready");
        Some(Self {
            child,
            way: Way {
                url: format!("{scheme}://{address}"),
                access,
            },
            _lines: lines,
            _store: store,
        })
    }

    /// The way for somebody with other options.
    pub(crate) fn reached_by(&self, access: Vec<String>) -> Way {
        let url = self.way.url.clone();
        Way { url, access }
    }

    /// Ends it at once.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
    }

    /// Everything that goes through it from now on.
    pub(crate) fn listen(&self) -> Arc<Mutex<String>> {
        let mut stream = TcpStream::connect(self.url.trim_start_matches("nats://")).unwrap();
        stream
            .write_all(b"CONNECT {\"verbose\":false}\r\nSUB > 1\r\nPING\r\n")
            .unwrap();
        let heard = Arc::new(Mutex::new(String::new()));
        let (ready, is_ready) = mpsc::channel();
        let into = Arc::clone(&heard);
        thread::spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            while let Ok(read @ 1..) = stream.read(&mut buffer) {
                let text = String::from_utf8_lossy(&buffer[..read]);
                if text.contains("PONG") {
                    let _ = ready.send(());
                }
                if text.contains("PING\r\n") {
                    let _ = stream.write_all(b"PONG\r\n");
                }
                into.lock().unwrap().push_str(&text);
            }
        });
        is_ready.recv_timeout(DEADLINE).unwrap();
        heard
    }
}

impl std::ops::Deref for Nats {
    type Target = Way;

    fn deref(&self) -> &Way {
        &self.way
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of a stream, as they come.
pub(crate) fn lines(stream: impl io::Read + Send + 'static) -> Receiver<String> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            // The rest is read all the same, so that the pipe never fills.
            let _ = tell.send(line);
        }
    });
    told
}

/// The line that holds a text, as soon as it comes.
pub(crate) fn until(lines: &Receiver<String>, text: &str) -> String {
    loop {
        let line = lines.recv_timeout(DEADLINE);
        let line = line.map_err(|error| format!("no line with `{text}`: {error}"));
        let line = line.unwrap();
        if line.contains(text) {
            return line;
        }
    }
}
