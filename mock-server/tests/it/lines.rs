//! The connection that a request takes, and when our side lets go of it.

use bytes::Bytes;
use wxcheck_mock_server::{ConnectionHold, Silence};

use crate::{
    requests::{BODY, HALFWAY, LONG, answer, get, post, sender, silence},
    scripted::{Act, SUCCESS, Scripted},
};

/// A server that would answer any number of requests on one connection.
fn keeps_open() -> Vec<Act> {
    [Act::Read, Act::Write(SUCCESS)].repeat(100)
}

#[tokio::test]
async fn fresh_requests_take_a_connection_each() {
    let mut server = Scripted::start(keeps_open()).await;
    let sender = sender(LONG);
    for connection in 0..3 {
        answer(sender.send(&post(&server.url("/")), None).await);
        assert_eq!(server.request().await.connection, connection);
        server.closed().await;
    }
    assert_eq!(server.accepted(), 3);
}

#[tokio::test]
async fn a_kept_line_reuses_its_connection() {
    let mut server = Scripted::start(keeps_open()).await;
    let sender = sender(LONG);
    let line = sender.kept_line().unwrap();
    for request in [post(&server.url("/")), get(&server.url("/"))]
        .iter()
        .cycle()
        .take(20)
    {
        answer(sender.send(request, Some(&line)).await);
        assert_eq!(server.request().await.connection, 0);
    }
    assert_eq!(server.accepted(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_kept_line_reuses_its_connection_among_threads() {
    let mut server = Scripted::start(keeps_open()).await;
    let sender = sender(LONG);
    let line = sender.kept_line().unwrap();
    let request = post(&server.url("/"));
    for _ in 0..50 {
        answer(sender.send(&request, Some(&line)).await);
        server.request().await;
    }
    // Where the machine takes longer than the grace to hand a connection back, another one is opened.
    let accepted = server.accepted();
    assert!(accepted <= 5, "{accepted} connections for 50 requests");
}

#[tokio::test]
async fn lines_do_not_share_a_connection() {
    let mut server = Scripted::start(keeps_open()).await;
    let sender = sender(LONG);
    let lines = [sender.kept_line().unwrap(), sender.kept_line().unwrap()];
    for _ in 0..2 {
        for (connection, line) in lines.iter().enumerate() {
            answer(sender.send(&post(&server.url("/")), Some(line)).await);
            assert_eq!(server.request().await.connection, connection);
        }
    }
}

#[tokio::test]
async fn a_kept_line_opens_a_new_connection_when_the_server_announces_the_end() {
    const LAST: &[u8] = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 7\r\n\r\nsuccess";
    let mut server = Scripted::start([Act::Read, Act::Write(LAST), Act::AwaitClose]).await;
    let sender = sender(LONG);
    let line = sender.kept_line().unwrap();
    for connection in 0..2 {
        answer(sender.send(&post(&server.url("/")), Some(&line)).await);
        assert_eq!(server.request().await.connection, connection);
        server.closed().await;
    }
}

#[tokio::test]
async fn a_kept_line_opens_a_new_connection_when_the_server_closed_the_old_one() {
    let script = [
        Act::Read,
        Act::Write(SUCCESS),
        Act::ShutDown,
        Act::AwaitClose,
    ];
    let mut server = Scripted::start(script).await;
    let sender = sender(LONG);
    let line = sender.kept_line().unwrap();
    for connection in 0..2 {
        answer(sender.send(&post(&server.url("/")), Some(&line)).await);
        assert_eq!(server.request().await.connection, connection);
        // Our side closes once it noticed the server's end.
        server.closed().await;
    }
}

#[tokio::test]
async fn a_kept_line_opens_a_new_connection_after_a_cut() {
    let silent = vec![Act::Read, Act::AwaitClose];
    let mut server = Scripted::start_each([silent, keeps_open()]).await;
    let sender = sender(HALFWAY);
    let line = sender.kept_line().unwrap();
    silence(sender.send(&post(&server.url("/")), Some(&line)).await);
    assert_eq!(server.request().await.connection, 0);
    server.closed().await;
    answer(sender.send(&post(&server.url("/")), Some(&line)).await);
    assert_eq!(server.request().await.connection, 1);
}

#[tokio::test]
async fn a_dropped_push_arrives_whole_and_its_answer_is_not_waited_for() {
    let mut server = Scripted::start([Act::Read, Act::AwaitClose]).await;
    let mut request = post(&server.url("/"));
    request.hold = ConnectionHold::DropAfterSend;
    for body in [BODY.to_owned(), "x".repeat(200_000), String::new()] {
        request.body = Bytes::from(body.clone());
        let silence = silence(sender(LONG).send(&request, None).await);
        assert_eq!(silence, Silence::Dropped, "{} bytes", body.len());
        assert!(!silence.is_time_out() && !silence.is_unreachable());
        let received = server.request().await;
        assert_eq!(
            received.header("Content-Length"),
            Some(body.len().to_string().as_str())
        );
        assert_eq!(received.header("Transfer-Encoding"), None);
        assert!(received.body == body.as_bytes(), "{} bytes", body.len());
        server.closed().await;
    }
}

#[tokio::test]
async fn a_dropped_push_to_nobody_is_not_called_dropped() {
    let mut request = post("http://127.0.0.1:0/");
    request.hold = ConnectionHold::DropAfterSend;
    let silence = silence(sender(LONG).send(&request, None).await);
    assert!(silence.is_unreachable(), "{silence:?}");
}

#[tokio::test]
async fn a_get_is_not_dropped_after_sending() {
    let server = Scripted::start([Act::Read, Act::Write(SUCCESS)]).await;
    let mut request = get(&server.url("/"));
    request.hold = ConnectionHold::DropAfterSend;
    answer(sender(LONG).send(&request, None).await);
}
