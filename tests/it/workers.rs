//! A load that workers carry out together: processes as users start them, with a NATS server of their own.

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::Stdio,
    sync::{
        Arc, Mutex,
        mpsc::{self, Receiver, Sender},
    },
    thread,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use wxcheck_load::{
    plan::Plan,
    report::Spread,
    sequence::{Role, Sequence},
};

use crate::{
    nats::{DEADLINE, Nats, Worker, coordinator, interrupt, lines, settings, until},
    program::{AES_KEY, Folder, TOKEN, wait},
};

#[test]
fn a_worker_that_is_killed_loses_its_seconds_and_nothing_else() {
    let Some(nats) = Nats::start() else { return };
    let wire = nats.listen();
    let (target, seen) = Target::start();
    let folder = Folder::new();
    let mut workers: Vec<Worker> = (0..4)
        .map(|number| {
            Worker::start(
                &folder,
                &nats,
                &target.url,
                &format!("worker-{number}"),
                &[],
            )
        })
        .collect();
    let plan = ["--rate", "200", "--duration", "15s", "--workers", "4"];
    let coordinator = coordinator(&folder, &nats, &target.url, &plan);
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
        let item = sequence.item(number);
        assert_eq!(item.role, Role::First);
        let identity = sequence.identity(&item);
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
        .map(|number| {
            Worker::start(
                &folder,
                &nats,
                &target.url,
                &format!("worker-{number}"),
                &[],
            )
        })
        .collect();
    let plan = ["--rate", "100", "--duration", "1h", "--workers", "2"];
    let coordinator = coordinator(&folder, &nats, &target.url, &plan);
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
fn a_run_that_loses_nats_ends_with_what_is_known() {
    let Some(mut nats) = Nats::start() else {
        return;
    };
    let (target, seen) = Target::start();
    let folder = Folder::new();
    let mut worker = Worker::start(&folder, &nats, &target.url, "cut off", &[]);
    let plan = ["--rate", "50", "--duration", "1h"];
    let coordinator = coordinator(&folder, &nats, &target.url, &plan);
    for _ in 0..100 {
        seen.recv_timeout(DEADLINE).unwrap();
    }
    nats.kill();
    worker.says("the connection to NATS is lost");
    wait(coordinator)
        .exits(3)
        .says("stopped by the loss of NATS");
    let report = folder.read_json("load.json");
    assert!(report["counts"]["first"].as_u64() >= Some(50), "{report}");
}

#[test]
fn a_worker_for_another_server_refuses_and_says_so() {
    let Some(nats) = Nats::start() else { return };
    let (target, _seen) = Target::start();
    let (other, _) = Target::start();
    let folder = Folder::new();
    let _worker = Worker::start(&folder, &nats, &other.url, "stranger", &[]);
    let plan = ["--duration", "5s", "--workers", "1", "--wait", "5s"];
    let ran = wait(coordinator(&folder, &nats, &target.url, &plan)).exits(3);
    ran.complains("stranger refuses: the run is for")
        .complains("no worker took a shard");
    assert!(target.counted().is_empty());
}

#[test]
fn a_worker_that_comes_late_takes_what_nobody_has() {
    let Some(nats) = Nats::start() else { return };
    let (target, seen) = Target::start();
    let folder = Folder::new();
    let _first = Worker::start(&folder, &nats, &target.url, "first", &[]);
    let mut command = folder.wxcheck(&["load", &target.url, "--rate", "100", "--duration", "6s"]);
    nats.reach(&mut command)
        .args([
            "--workers",
            "2",
            "--wait",
            "1s",
            "--report-json",
            "load.json",
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut running = settings(&mut command).spawn().unwrap();
    let said = lines(running.stderr.take().unwrap());
    until(&said, "1 of 2 shards have no worker yet; the run begins");
    let mut late = Worker::start(&folder, &nats, &target.url, "late", &[]);
    late.says("is sent from second");
    late.says("is done");
    assert!(running.wait().unwrap().success());
    let report = folder.read_json("load.json");
    let spread: Spread = serde_json::from_value(report["spread"].clone()).unwrap();
    assert_eq!(spread.workers, ["first", "late"], "{spread:?}");
    // Nobody sent the shard before, and nobody sent anything twice.
    assert!(spread.twice.is_empty(), "{spread:?}");
    drop(seen);
    let counted = target.counted();
    assert!(counted.values().all(|times| *times == 1));
    // The seconds in which nobody had it are named, if there were any: 50 pushes in each.
    assert!(
        spread
            .lost
            .iter()
            .all(|lost| lost.worker.is_none() && lost.from == 0)
    );
    let missed: u64 = spread.lost.iter().map(|lost| lost.to).sum();
    assert_eq!(counted.len() as u64, 600 - 50 * missed, "{spread:?}");
}

#[test]
fn a_server_that_asks_who_comes_is_shown_the_key_and_its_own_certificate_is_checked() {
    let files = Folder::new();
    let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    files.write("server.pem", pem("CERTIFICATE", certified.cert.der()));
    files.write(
        "server.key",
        pem("PRIVATE KEY", &certified.signing_key.serialize_der()),
    );
    let (own, other) = (nkeys::KeyPair::new_user(), nkeys::KeyPair::new_user());
    files.write("own.nk", own.seed().unwrap());
    files.write("other.nk", other.seed().unwrap());
    let path = |name: &str| files.path(name).display().to_string();
    let config = format!(
        "tls {{ cert_file: {:?}, key_file: {:?} }}\nauthorization {{ users: [ {{ nkey: {} }} ] }}\n",
        path("server.pem"),
        path("server.key"),
        own.public_key()
    );
    let with = |key: &str, authority: &str| {
        let options = ["--nats-nkey", &path(key), "--nats-ca", &path(authority)];
        options.map(str::to_owned).to_vec()
    };
    let access = with("own.nk", "server.pem");
    let Some(nats) = Nats::configured(&config, access, "tls") else {
        return;
    };
    let (target, _seen) = Target::start();
    let folder = Folder::new();
    let _worker = Worker::start(&folder, &nats, &target.url, "trusted", &[]);
    let plan = ["--rate", "50", "--duration", "2s"];
    wait(coordinator(&folder, &nats, &target.url, &plan)).exits(0);
    assert_eq!(target.counted().len(), 100);
    let stranger = nats.reached_by(with("other.nk", "server.pem"));
    wait(coordinator(&folder, &stranger, &target.url, &plan))
        .exits(3)
        .complains("no connection to NATS");
    let nobody = nats.reached_by(vec!["--nats-nkey".to_owned(), path("own.nk")]);
    let ran = wait(coordinator(&folder, &nobody, &target.url, &plan)).exits(3);
    let ran = ran.complains("no connection to NATS");
    assert!(!ran.err.contains(&own.seed().unwrap()));
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

/// DER as a PEM file has it.
fn pem(label: &str, der: &[u8]) -> String {
    let lines = STANDARD.encode(der).into_bytes();
    let lines = lines.chunks(64).map(|line| str::from_utf8(line).unwrap());
    let text = lines.collect::<Vec<_>>().join("\n");
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
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
