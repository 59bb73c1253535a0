//! A load that workers carry out together: processes as users start them, with a NATS server of their own.
//!
//! Where nats-server is not installed (`interop/install`) the tests pass and say so on stderr.

use std::{
    collections::HashMap,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        mpsc::{self, Receiver, Sender},
    },
    thread,
    time::Duration,
};

use wxcheck_load::{
    plan::Plan,
    report::Spread,
    sequence::{Role, Sequence},
};

use crate::program::{AES_KEY, APPID, Folder, TOKEN, installed, start, wait};

/// A wait that takes longer has found a hang.
const DEADLINE: Duration = Duration::from_secs(120);

#[test]
fn a_worker_that_is_killed_loses_its_seconds_and_nothing_else() {
    let Some(nats) = Nats::start() else { return };
    let wire = nats.listen();
    let (target, seen) = Target::start();
    let folder = Folder::new();
    let mut workers: Vec<Worker> = (0..4)
        .map(|number| Worker::start(&folder, &nats, &target, &format!("worker-{number}")))
        .collect();
    let plan = ["--rate", "200", "--duration", "15s", "--workers", "4"];
    let coordinator = coordinator(&folder, &nats, &target, &plan);
    for _ in 0..600 {
        seen.recv_timeout(DEADLINE).unwrap();
    }
    workers[2].child.kill().unwrap();
    let ran = wait(coordinator);
    // A worker died, yet all shards came to their end.
    let ran = ran.exits(0).says("worker-2 was lost");

    let report = folder.read_json("load.json");
    let plan: Plan = serde_json::from_value(report["plan"].clone()).unwrap();
    let spread: Spread = serde_json::from_value(report["spread"].clone()).unwrap();
    assert_eq!(spread.workers.len(), 4, "{spread:?}");
    assert!(spread.twice.is_empty(), "{spread:?}");
    assert_eq!(spread.lost.len(), 1, "{spread:?}");
    let lost = &spread.lost[0];
    assert_eq!(lost.worker.as_deref(), Some("worker-2"));

    // The plan says what each push is called, so that every single one can be looked for.
    let sequence = Sequence::new(plan).unwrap();
    let mut counted = target.counted();
    let (mut distinct, mut surely, mut perhaps) = (0, 0, 0);
    for number in 0..sequence.count().unwrap() {
        let errand = sequence.errand(number);
        assert_eq!(errand.role, Role::First);
        let identity = sequence.identity(&errand);
        let came = counted.remove(identity.msg_id()).unwrap_or_default();
        let second = sequence.place(number).second;
        let of_shard = number % 4 == u64::from(lost.shard);
        let within = of_shard && (lost.from..lost.to).contains(&second);
        // What was due at the very end of the second before may have been sent in the first that is lost.
        let near = of_shard && (lost.from.saturating_sub(1)..lost.to).contains(&second);
        assert!(
            came == 1 || (near && came == 0),
            "{number}: {came}, {ran:?}"
        );
        distinct += came;
        surely += if within { came } else { 0 };
        perhaps += if near { came } else { 0 };
    }
    assert!(counted.is_empty(), "not in the plan: {counted:?}");
    let reported = report["counts"]["first"].as_u64().unwrap();
    assert!(
        (reported + surely..=reported + perhaps).contains(&distinct),
        "{reported} reported, {distinct} came, {surely} to {perhaps} of them in lost seconds"
    );
    // Answers to what was sent at the very end were lost with the worker.
    let acknowledged = report["counts"]["acknowledged"].as_u64().unwrap();
    assert!((1..=reported).contains(&acknowledged), "{acknowledged}");

    let wire = wire.lock().unwrap();
    assert!(wire.contains("wxcheck.orders."), "{} bytes", wire.len());
    for secret in [TOKEN, AES_KEY, "sEcretOfTheApp"] {
        assert!(!wire.contains(secret), "{secret} went through NATS");
    }
}

#[test]
fn ctrl_c_at_the_coordinator_stops_all_workers() {
    let Some(nats) = Nats::start() else { return };
    let (target, seen) = Target::start();
    let folder = Folder::new();
    let mut workers: Vec<Worker> = (0..2)
        .map(|number| Worker::start(&folder, &nats, &target, &format!("worker-{number}")))
        .collect();
    let plan = ["--rate", "100", "--duration", "1h", "--workers", "2"];
    let coordinator = coordinator(&folder, &nats, &target, &plan);
    for _ in 0..50 {
        seen.recv_timeout(DEADLINE).unwrap();
    }
    interrupt(&coordinator);
    let ran = wait(coordinator).exits(3).says("stopped by Ctrl-C");
    for worker in &mut workers {
        worker.says("the run was stopped");
    }
    let report = folder.read_json("load.json");
    assert_eq!(report["spread"]["lost"], serde_json::json!([]), "{ran:?}");
    let came: u64 = target.counted().values().sum();
    let count = |name: &str| report["counts"][name].as_u64().unwrap();
    let difference = count("first").abs_diff(came);
    assert!(difference <= count("abandoned"), "{came} came, {ran:?}");
}

#[test]
fn a_worker_for_another_server_refuses_and_says_so() {
    let Some(nats) = Nats::start() else { return };
    let (target, _seen) = Target::start();
    let (other, _) = Target::start();
    let folder = Folder::new();
    let _worker = Worker::start(&folder, &nats, &other, "stranger");
    let plan = ["--duration", "5s", "--workers", "1", "--wait", "5s"];
    let ran = wait(coordinator(&folder, &nats, &target, &plan)).exits(3);
    ran.complains("stranger refuses: the run is for")
        .complains("no worker took a shard");
    assert!(target.counted().is_empty());
}

#[test]
fn options_that_workers_cannot_follow_are_refused() {
    let folder = Folder::new();
    // Nobody connects to NATS, and no file is written.
    for (given, told) in [
        (["--threads", "2"], "--threads with --nats: "),
        (["--i-own", "example.com"], "--i-own with --nats: "),
        (["--samples", "s.ndjson"], "--samples with --nats: "),
        (
            ["--api-listen", "127.0.0.1:0"],
            "--api-listen with --nats: ",
        ),
        (
            ["--fail-if", "lost > 0"],
            "--fail-if 'lost > 0' with --nats: ",
        ),
    ] {
        let load = ["load", "http://127.0.0.1:9/", "--token", TOKEN];
        let nats = ["--nats", "nats://127.0.0.1:9"];
        let ran = folder.run(&[&load[..], &nats, &given].concat());
        ran.exits(2).complains(told);
    }
    assert!(!folder.path("s.ndjson").exists());
}

fn coordinator(folder: &Folder, nats: &Nats, target: &Target, plan: &[&str]) -> Child {
    let mut command = folder.wxcheck(&["load", &target.url, "--nats", &nats.url]);
    command.args(plan).args(["--report-json", "load.json"]);
    start(settings(&mut command))
}

/// The settings that coordinator and workers share. Compat mode has everything in clear too, so that the target can read it.
fn settings(command: &mut Command) -> &mut Command {
    command
        .env("WXCHECK_TOKEN", TOKEN)
        .env("WXCHECK_APPID", APPID)
        .env("WXCHECK_AES_KEY", AES_KEY)
        .env("WXCHECK_SECRET", "sEcretOfTheApp")
        .env("WXCHECK_MODE", "compat")
        .env("WXCHECK_PATIENCE", "1")
}

fn interrupt(child: &Child) {
    let mut kill = Command::new("kill");
    let sent = kill.args(["-INT", &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

/// A worker; killed when dropped.
struct Worker {
    child: Child,
    lines: Receiver<String>,
}

impl Worker {
    /// Starts one, and waits until it waits for shards.
    fn start(folder: &Folder, nats: &Nats, target: &Target, name: &str) -> Self {
        let args = ["worker", &target.url, "--nats", &nats.url, "--name", name];
        let mut command = folder.wxcheck(&args);
        let command = settings(&mut command).args(["--threads", "1"]);
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let lines = lines(child.stderr.take().unwrap());
        let mut worker = Self { child, lines };
        worker.says("waits for shards");
        worker
    }

    /// Waits until it says so.
    fn says(&mut self, text: &str) {
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

/// A NATS server with JetStream; killed when dropped.
struct Nats {
    child: Child,
    url: String,
    // A blocked pipe would stop it.
    _lines: Receiver<String>,
    _store: tempfile::TempDir,
}

impl Nats {
    fn start() -> Option<Self> {
        if !installed("nats-server") {
            return None;
        }
        let store = tempfile::tempdir().unwrap();
        let mut command = Command::new("nats-server");
        command
            .args(["--addr", "127.0.0.1", "--port", "-1", "--jetstream"])
            .arg("--store_dir")
            .arg(store.path());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let lines = lines(child.stderr.take().unwrap());
        let said = until(&lines, "Listening for client connections on ");
        let address = said.rsplit(' ').next().unwrap().to_owned();
        until(&lines, "Server is ready");
        Some(Self {
            child,
            url: format!("nats://{address}"),
            _lines: lines,
            _store: store,
        })
    }

    /// Everything that goes through it from now on.
    fn listen(&self) -> Arc<Mutex<String>> {
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

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server that acknowledges every push and counts them by their MsgId.
struct Target {
    url: String,
    counted: Arc<Mutex<HashMap<String, u64>>>,
}

impl Target {
    /// Starts one; each push that it gets is a signal.
    fn start() -> (Self, Receiver<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/wechat", listener.local_addr().unwrap());
        let counted = Arc::default();
        let (tell, told) = mpsc::channel();
        let target = Self {
            url,
            counted: Arc::clone(&counted),
        };
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (counted, tell) = (Arc::clone(&counted), tell.clone());
                thread::spawn(move || serve(stream.unwrap(), &counted, &tell));
            }
        });
        (target, told)
    }

    fn counted(&self) -> HashMap<String, u64> {
        self.counted.lock().unwrap().clone()
    }
}

/// Answers the requests of a connection until it ends.
fn serve(
    stream: TcpStream,
    counted: &Mutex<HashMap<String, u64>>,
    tell: &Sender<()>,
) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let (name, value) = line.split_once(':').unwrap_or_default();
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().ok()?;
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let body = String::from_utf8(body).ok()?;
        let (_, rest) = body.split_once("<MsgId>")?;
        let (id, _) = rest.split_once('<')?;
        *counted.lock().unwrap().entry(id.to_owned()).or_default() += 1;
        // Nobody listens once the test has seen enough.
        let _ = tell.send(());
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsuccess";
        reader.get_mut().write_all(answer).ok()?;
    }
}

/// The lines of a stream, as they come.
fn lines(stream: impl io::Read + Send + 'static) -> Receiver<String> {
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
fn until(lines: &Receiver<String>, text: &str) -> String {
    loop {
        let line = lines.recv_timeout(DEADLINE);
        let line = line.map_err(|error| format!("no line with `{text}`: {error}"));
        let line = line.unwrap();
        if line.contains(text) {
            return line;
        }
    }
}
