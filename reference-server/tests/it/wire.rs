use tokio::net::TcpStream;
use wxcheck_protocol::push::Push;
use wxcheck_reference_server::{DEFECTS, defect, unusual};

use crate::client::{Target, said, verify_query};

const USER: &str = "oAAAAAAAAAAAAAAAAAAAAAAAAAAA";

async fn with_defect(name: &str) -> Target {
    let defect = defect(name).unwrap();
    Target::new(defect.setting, (defect.behaviour)()).await
}

fn hello(target: &Target, msg_id: i64) -> Push {
    target.compose(&msg_id.to_string(), &said(USER, msg_id, "hello"))
}

/// The answer to a push, byte for byte.
async fn raw(name: &str) -> Vec<u8> {
    let target = with_defect(name).await;
    let push = hello(&target, 1);
    assert_eq!(target.check(&verify_query("1")).await.text(), "1");
    target
        .raw(&target.request("POST", &push.query, &push.body, true))
        .await
}

#[tokio::test]
async fn broken_http_is_broken_as_named() {
    assert_eq!(raw("reply-closes").await, b"");
    assert!(!raw("reply-garbage").await.starts_with(b"HTTP"));
    let short = String::from_utf8(raw("reply-content-length").await).unwrap();
    let (head, body) = short.split_once("\r\n\r\n").unwrap();
    assert!(
        head.to_ascii_lowercase()
            .contains(&format!("content-length: {}", body.len() + 8)),
        "{short}"
    );
    let packed = raw("reply-gzip").await;
    assert!(String::from_utf8_lossy(&packed).contains("content-encoding: gzip"));
}

#[tokio::test]
async fn a_server_that_dies_does_not_come_back() {
    let target = with_defect("push-garbage-kills").await;
    assert_eq!(target.push(&hello(&target, 1)).await.status(), 200);
    let garbage = Push {
        body: "garbage".into(),
        ..hello(&target, 2)
    };
    assert_eq!(
        target
            .raw(&target.request("POST", &garbage.query, &garbage.body, true))
            .await,
        b""
    );
    assert!(TcpStream::connect(target.address()).await.is_err());
}

#[tokio::test]
async fn a_body_left_on_the_connection_spoils_the_next_request() {
    for (name, served) in [("push-refused-body-left", false), ("ack-upper-case", true)] {
        let target = with_defect(name).await;
        let mut forged = hello(&target, 1);
        forged.query.retain(|(name, _)| name != "signature");
        let next = hello(&target, 2);
        let both = target.request("POST", &forged.query, &forged.body, false)
            + &target.request("POST", &next.query, &next.body, true);
        let answers = String::from_utf8(target.raw(&both).await).unwrap();
        assert!(answers.starts_with("HTTP/1.1 403"), "{answers}");
        assert_eq!(answers.contains("HTTP/1.1 200"), served, "{answers}");
        assert_eq!(answers.contains("HTTP/1.1 400"), !served, "{answers}");
    }
}

#[tokio::test]
async fn unusual_http_is_http() {
    for (name, sign) in [
        ("http-1-0", "http/1.0 200"),
        ("chunked", "transfer-encoding: chunked"),
        ("connection-close", "connection: close"),
    ] {
        let unusual = unusual(name).unwrap();
        let target = Target::new(unusual.setting, (unusual.behaviour)()).await;
        let push = hello(&target, 1);
        let answer = target.push(&push).await;
        assert_eq!(answer.status(), 200);
        assert!(
            answer.head.to_ascii_lowercase().contains(sign),
            "{name}: {}",
            answer.head
        );
        assert!(answer.text().contains("echo: hello"));
    }
    let dropping = unusual("refuses-by-dropping").unwrap();
    let target = Target::new(dropping.setting, (dropping.behaviour)()).await;
    let forged = Push {
        query: vec![],
        ..hello(&target, 1)
    };
    assert_eq!(
        target
            .raw(&target.request("POST", &forged.query, &forged.body, true))
            .await,
        b""
    );
    assert_eq!(target.push(&hello(&target, 1)).await.status(), 200);
}

#[tokio::test]
async fn servers_stop_when_they_are_dropped() {
    let target = with_defect("reply-never").await;
    let address = target.address();
    let push = hello(&target, 1);
    let waiting = target.request("POST", &push.query, &push.body, true);
    let mut stream = TcpStream::connect(&address).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stream, waiting.as_bytes())
        .await
        .unwrap();
    drop(target);
    let mut rest = Vec::new();
    let _reset = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut rest).await;
    assert_eq!(rest, b"");
}

#[tokio::test]
async fn every_defective_server_starts() {
    for defect in DEFECTS {
        let target = Target::new(defect.setting, (defect.behaviour)()).await;
        assert!(
            TcpStream::connect(target.address()).await.is_ok(),
            "{}",
            defect.name
        );
    }
}
