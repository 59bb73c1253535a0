//! Requests written byte by byte whose answers are read to the last byte.

use wxcheck_mock_server::{
    Answer, Behind, Connection, Silence,
    connecting::Connecting,
    sender::{Body, Raw},
};

use crate::{
    requests::{HALFWAY, LONG, SHORT, answer, post, sender, sender_by, silence},
    scripted::{Act, SUCCESS, Scripted},
};

async fn answered(acts: impl Into<Vec<Act>>, body: Body) -> (Answer, Connection) {
    let server = Scripted::start(acts).await;
    let (outcome, held) = sender(LONG)
        .write(&post(&server.url("/")), &Raw::Whole(body))
        .await;
    assert!(held.is_none());
    let answer = answer(outcome);
    let connection = answer.connection.expect("read byte by byte");
    (answer, connection)
}

#[tokio::test]
async fn an_ordinary_answer_has_nothing_behind_it() {
    for body in [Body::AtOnce, Body::Later] {
        let (answer, connection) =
            answered([Act::Read, Act::Write(SUCCESS), Act::AwaitClose], body).await;
        assert_eq!(
            (answer.status, answer.body.as_slice()),
            (200, b"success".as_slice())
        );
        assert!(answer.first_byte <= answer.total);
        let plain = Connection {
            before_body: false,
            behind: Behind::Nothing,
        };
        assert_eq!(connection, plain, "{body:?}");
    }
}

#[tokio::test]
async fn what_comes_behind_an_answer_is_seen() {
    for (bytes, behind) in [
        (SUCCESS, Behind::Response),
        (b"rest".as_slice(), Behind::Bytes),
        // Clients skip empty lines between responses.
        (b"\r\n", Behind::Nothing),
    ] {
        let acts = [Act::Read, Act::Write(SUCCESS), Act::Write(bytes)];
        let (answer, connection) = answered(acts, Body::AtOnce).await;
        assert_eq!(answer.body, b"success");
        assert_eq!(connection.behind, behind);
    }
}

#[tokio::test]
async fn an_answer_before_the_body_is_seen_even_where_the_connection_ends_with_it() {
    let (answer, connection) = answered([Act::Write(SUCCESS)], Body::Later).await;
    assert_eq!(answer.body, b"success");
    assert!(connection.before_body);
    let acts = [Act::Write(SUCCESS), Act::Read, Act::AwaitClose];
    assert!(answered(acts, Body::Later).await.1.before_body);
}

#[tokio::test]
async fn a_name_that_is_pinned_is_looked_up_by_nobody() {
    let acts = || [Act::Read, Act::Write(SUCCESS), Act::AwaitClose];
    for is_raw in [true, false] {
        let server = Scripted::start(acts()).await;
        let mut connecting = Connecting::default();
        connecting.pin("pinned.invalid", &["127.0.0.1:1".parse().unwrap()]);
        let sender = sender_by(LONG, connecting);
        let request = post(&server.url("/").replace("127.0.0.1", "pinned.invalid"));
        let outcome = if is_raw {
            sender.write(&request, &Raw::Whole(Body::AtOnce)).await.0
        } else {
            sender.send(&request, None).await
        };
        assert_eq!(answer(outcome).status, 200, "raw: {is_raw}");
    }
}

#[tokio::test]
async fn silence_has_the_same_reasons_as_with_a_client() {
    for (limit, acts, expected) in [
        (
            SHORT,
            vec![Act::Read, Act::AwaitClose],
            Silence::NoAnswer { limit: SHORT },
        ),
        (LONG, vec![Act::Read], Silence::Closed),
        (
            HALFWAY,
            vec![
                Act::Read,
                Act::Write(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsucc"),
                Act::AwaitClose,
            ],
            Silence::BodyUnfinished {
                status: 200,
                received: 4,
                limit: HALFWAY,
            },
        ),
    ] {
        let server = Scripted::start(acts).await;
        let raw = Raw::Whole(Body::AtOnce);
        let (outcome, _) = sender(limit).write(&post(&server.url("/")), &raw).await;
        assert_eq!(silence(outcome), expected);
    }
    let broken = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsucc";
    let server = Scripted::start([Act::Read, Act::Write(broken)]).await;
    let raw = Raw::Whole(Body::AtOnce);
    let (outcome, _) = sender(LONG).write(&post(&server.url("/")), &raw).await;
    assert!(matches!(
        silence(outcome),
        Silence::BodyBroken { received: 4, .. }
    ));
}
