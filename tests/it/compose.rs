//! The bot of the compose files, judged as `compose.check.yaml` judges it, and the health check of the image.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::{
    place::free_address,
    program::{APPID, Folder, TOKEN, installed},
    served::{SECRET, Served},
};

/// The bot; killed when dropped.
struct Bot {
    child: Child,
    url: String,
}

impl Bot {
    fn start(api: &str) -> Self {
        let bot = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/bot.py");
        let mut child = Command::new("python3")
            .arg(bot)
            .env("WECHAT_TOKEN", TOKEN)
            .env("WECHAT_APPID", APPID)
            .env("WECHAT_SECRET", SECRET)
            .env("WECHAT_API", api)
            .env("PORT", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        lines.read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ");
        Self {
            url: url.unwrap().to_owned(),
            child,
        }
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        // It may have gone by itself: that is no error.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_bot_of_the_compose_files_breaks_no_rule() {
    if !installed("python3") {
        return;
    }
    let address = free_address().to_string();
    let bot = Bot::start(&format!("http://{address}"));
    let folder = Folder::new();
    let run = [
        "check",
        &bot.url,
        "--token",
        TOKEN,
        "--appid",
        APPID,
        "--secret",
        SECRET,
        "--api-listen",
        &address,
        "--strict",
    ];
    // What forging and tolerance are about takes no waiting; the rest is judged by the gate itself.
    let rules = [
        "url-check",
        "push-signature",
        "reply",
        "tolerance",
        "hostile",
    ];
    let rules = rules.iter().flat_map(|area| ["--only", *area]);
    folder
        .run(&run.into_iter().chain(rules).collect::<Vec<_>>())
        .exits(0);
}

#[test]
fn a_platform_that_serves_is_healthy_and_no_other() {
    let served = Served::start(&["--control-token", "aControlTokenOfOurOwn"]);
    let folder = Folder::new();
    let ask = |listen: &str| folder.run(&["serve", "--health", "--listen", listen]);
    ask(served.host()).exits(0);
    // What it listens on is not always what it is called by.
    let (_, port) = served.host().rsplit_once(':').unwrap();
    ask(&format!("0.0.0.0:{port}")).exits(0);
    ask("127.0.0.1:1")
        .exits(1)
        .complains("unhealthy: 127.0.0.1:1");
    folder
        .run(&["serve", "--health", "--tls", "--listen", served.host()])
        .exits(1)
        .complains("unhealthy");
    // Nothing that speaks HTTP is a platform for that alone.
    let other = crate::program::scripted();
    let address = other.address().to_string();
    ask(&address).exits(1).complains("unhealthy");
}

#[test]
fn a_platform_is_healthy_whoever_made_its_certificate() {
    let served = Served::start(&["--tls"]);
    let folder = Folder::new();
    let ask = ["serve", "--health", "--listen", served.host()];
    folder.run(&[&ask[..], &["--tls"]].concat()).exits(0);
    folder.write("wxcheck.toml", "tls = true\n");
    folder.run(&ask).exits(0);
    folder.write("wxcheck.toml", "");
    // The health check of an image does not know how its container was started.
    folder.run(&ask).exits(0);
    let gone = served.host().to_owned();
    drop(served);
    folder
        .run(&["serve", "--health", "--tls", "--listen", &gone])
        .exits(1)
        .complains("unhealthy");
}
