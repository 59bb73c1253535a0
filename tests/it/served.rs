//! `wxcheck serve`, started as a user starts it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Stdio},
};

use serde_json::Value;

use crate::program::{APPID, Folder};

pub(crate) const SECRET: &str = "Ys8Lp3Qd6Hj1Vc5";

/// One that listens on a free port; killed when dropped.
pub(crate) struct Served {
    child: Child,
    pub(crate) base: String,
    _folder: Folder,
}

impl Served {
    pub(crate) fn start(more: &[&str]) -> Self {
        let folder = Folder::new();
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--appid", APPID];
        let mut command = folder.wxcheck(&[&arguments[..], more].concat());
        let mut child = command
            .env("WXCHECK_SECRET", SECRET)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let base = lines.find_map(|line| {
            let line = line.unwrap();
            let value = line.trim().strip_prefix("base URL")?.trim().to_owned();
            value.split_whitespace().next().map(str::to_owned)
        });
        Self {
            child,
            base: base.unwrap(),
            _folder: folder,
        }
    }

    /// One control request; the JSON it is answered with.
    pub(crate) fn tell(&self, method: &str, path: &str, body: &Value) -> Value {
        let host = self.base.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        let body = body.to_string();
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(" 200 "), "{answer}");
        serde_json::from_str(body).unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have gone by itself: that is no error.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
