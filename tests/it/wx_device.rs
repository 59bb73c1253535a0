//! The worked example in `fixtures/wx-device`: an app, its server and a mock phone, all three run.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::json;

use crate::{
    program::{APPID, installed, start, wait},
    served::{SECRET, Served},
};

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/wx-device")
}

/// The developer's server of the example; killed when dropped.
struct Developer {
    child: Child,
    url: String,
}

impl Developer {
    fn start(api: &str) -> Self {
        let mut child = Command::new("node")
            .arg(example().join("server.js"))
            .arg("0")
            .env("WX_API", api)
            .env("APPID", APPID)
            .env("APP_SECRET", SECRET)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        lines.read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ");
        assert!(url.is_some(), "{line}");
        Self {
            url: url.unwrap().to_owned(),
            child,
        }
    }
}

impl Drop for Developer {
    fn drop(&mut self) {
        // It may have gone by itself: that is no error.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_app_reads_what_the_phone_fetched_as_its_readme_says() {
    if !installed("node") {
        return;
    }
    let served = Served::start(&["--clock", "virtual"]);
    let developer = Developer::start(&served.base);
    let settings = json!({
        "prefetch": {"url": format!("{}/prefetch", developer.url)},
        "periodic": {"url": format!("{}/periodic", developer.url)},
    });
    let place = format!("/_wxcheck/apps/{APPID}/fetch-setting");
    served.control("PUT", &place, &settings);
    let ran = wait(start(
        Command::new("node")
            .arg(example().join("phone.js"))
            .args([&served.base, &developer.url])
            .env("APPID", APPID),
    ))
    .exits(0);
    let readme = include_str!("../../fixtures/wx-device/README.md");
    let (_, story) = readme.split_once("```text\n").unwrap();
    let (story, _) = story.split_once("```").unwrap();
    assert_eq!(
        ran.out, story,
        "the text in fixtures/wx-device/README.md is stale"
    );
}
