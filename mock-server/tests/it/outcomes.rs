//! One test for each thing that can come back, or not. `ConnectTimeout` has none: on 127.0.0.1 a
//! port either answers or refuses.

use wxcheck_mock_server::{Answer, ConnectionHold, Outcome, Silence};
use wxcheck_protocol::limits::BODY_LIMIT;

use crate::{
    requests::{HALFWAY, LONG, SHORT, answer, get, held_port, post, sender, silence, url},
    scripted::{Act, SUCCESS, Scripted},
};

/// The outcome of one push to a server that reads it, writes these bytes and closes.
async fn outcome_of(bytes: &'static [u8]) -> Outcome {
    let server = Scripted::start([Act::Read, Act::Write(bytes)]).await;
    sender(LONG).send(&post(&server.url("/")), None).await
}

async fn answer_of(bytes: &'static [u8]) -> Answer {
    answer(outcome_of(bytes).await)
}

#[tokio::test]
async fn a_whole_answer() {
    let answer = answer_of(
        b"HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 7\r\nx-b: \xff\r\nX-A: 2\r\n\r\nsuccess",
    )
    .await;
    assert_eq!((answer.version.as_str(), answer.status), ("HTTP/1.1", 200));
    assert_eq!(answer.body, b"success");
    assert!(!answer.excess);
    assert!(answer.first_byte <= answer.total);
    assert_eq!(answer.header("x-a"), Some("1"));
    assert_eq!(answer.header("x-b"), Some("\u{fffd}"));
    assert_eq!(answer.header("x-c"), None);
    assert_eq!(answer.headers.len(), 4);
}

#[tokio::test]
async fn a_name_without_an_address_is_unresolved() {
    // `.invalid` never resolves (RFC 2606).
    let outcome = sender(LONG)
        .send(&get("http://wxcheck.invalid/"), None)
        .await;
    let silence = silence(outcome);
    assert_eq!(silence, Silence::Unresolved);
    assert!(silence.is_unreachable());
}

#[tokio::test]
async fn a_port_without_a_listener_is_refused() {
    let (_held, address) = held_port();
    let url = format!("http://{address}/");
    let silence = silence(sender(LONG).send(&post(&url), None).await);
    assert_eq!(silence, Silence::Refused);
    assert!(silence.is_unreachable());
}

/// A sender of http targets still speaks TLS to an https URL; it merely trusts nobody, and it does
/// not get that far. So the test needs no certificate authorities on the machine.
async fn silence_of_plain_text_port(script: Vec<Act>) -> Silence {
    let server = Scripted::start(script).await;
    let mut request = post(&server.url("/"));
    request.url = url(&server.url("/").replace("http:", "https:"));
    silence(sender(LONG).send(&request, None).await)
}

#[tokio::test]
async fn plain_text_instead_of_tls_is_a_tls_fault() {
    let bad_request = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    let silence = silence_of_plain_text_port(vec![Act::Write(bad_request), Act::AwaitClose]).await;
    assert!(matches!(silence, Silence::Tls { .. }), "{silence:?}");
    assert!(silence.is_unreachable());
}

#[tokio::test]
async fn a_hang_up_instead_of_tls_is_a_failed_connection() {
    for end in [Act::ShutDown, Act::Reset] {
        let silence = silence_of_plain_text_port(vec![end]).await;
        assert!(
            matches!(silence, Silence::Unconnected { .. }),
            "{silence:?}"
        );
        assert!(silence.is_unreachable());
    }
}

#[tokio::test]
async fn silence_is_cut_at_the_limit() {
    let mut server = Scripted::start([Act::Read, Act::AwaitClose]).await;
    let silence = silence(sender(SHORT).send(&post(&server.url("/")), None).await);
    assert_eq!(silence, Silence::NoAnswer { limit: SHORT });
    assert!(silence.is_time_out() && !silence.is_unreachable());
    server.request().await;
    server.closed().await;
}

#[tokio::test]
async fn half_a_head_is_no_answer() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n";
    let server = Scripted::start([Act::Read, Act::Write(head), Act::AwaitClose]).await;
    let silence = silence(sender(SHORT).send(&post(&server.url("/")), None).await);
    assert_eq!(silence, Silence::NoAnswer { limit: SHORT });
}

#[tokio::test]
async fn lingering_distinguishes_a_late_answer_from_none() {
    let limit = HALFWAY;
    let late = vec![Act::Read, Act::AwaitSignal, Act::Write(SUCCESS)];
    let mut server = Scripted::start_each([late, vec![Act::Read, Act::AwaitClose]]).await;
    let mut request = post(&server.url("/"));
    request.hold = ConnectionHold::Linger;
    let lingering = tokio::spawn(async move { sender(limit).send(&request, None).await });
    server.request().await;
    // An exchange that began later and is cut: by now the other one's limit has passed too.
    let cut = silence(sender(limit).send(&post(&server.url("/")), None).await);
    assert_eq!(cut, Silence::NoAnswer { limit });
    server.signal();
    let late = answer(lingering.await.unwrap());
    assert_eq!(late.body, b"success");
    assert!(late.first_byte > limit, "{:?}", late.first_byte);
}

#[tokio::test]
async fn lingering_ends_at_twice_the_limit() {
    let server = Scripted::start([Act::Read, Act::AwaitClose]).await;
    let mut request = post(&server.url("/"));
    request.hold = ConnectionHold::Linger;
    let silence = silence(sender(SHORT).send(&request, None).await);
    assert_eq!(silence, Silence::NoAnswer { limit: SHORT * 2 });
}

#[tokio::test]
async fn a_dripped_body_is_unfinished() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
    let drip = Act::Drip(b"x", SHORT / 20);
    let mut server = Scripted::start([Act::Read, Act::Write(head), drip]).await;
    let silence = silence(sender(HALFWAY).send(&post(&server.url("/")), None).await);
    let Silence::BodyUnfinished {
        status: 200,
        received,
        limit: HALFWAY,
    } = silence
    else {
        panic!("{silence:?}");
    };
    assert!(received > 0);
    assert!(silence.is_time_out());
    server.request().await;
    server.closed().await;
}

#[tokio::test]
async fn a_body_that_never_begins_is_unfinished() {
    let head = b"HTTP/1.1 500 Oops\r\nContent-Length: 7\r\n\r\n";
    let server = Scripted::start([Act::Read, Act::Write(head), Act::AwaitClose]).await;
    let expected = Silence::BodyUnfinished {
        status: 500,
        received: 0,
        limit: HALFWAY,
    };
    let outcome = sender(HALFWAY).send(&post(&server.url("/")), None).await;
    assert_eq!(silence(outcome), expected);
}

#[tokio::test]
async fn an_endless_body_is_read_to_the_body_limit() {
    const CHUNK: &[u8] = b"20\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n";
    let heads: [(&[u8], &[u8]); 3] = [
        (b"HTTP/1.1 200 OK\r\n\r\n", &[b'x'; 5000]),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n",
            &[b'x'; 5000],
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            CHUNK,
        ),
    ];
    for (head, flood) in heads {
        let script = [Act::Read, Act::Write(head), Act::Flood(flood)];
        let mut server = Scripted::start(script).await;
        let answer = answer(sender(LONG).send(&post(&server.url("/")), None).await);
        assert!(answer.excess);
        assert_eq!(answer.body.len(), BODY_LIMIT);
        assert!(answer.body.iter().all(|byte| *byte == b'x'));
        server.request().await;
        server.closed().await;
    }
}

#[tokio::test]
async fn a_body_of_exactly_the_body_limit_is_whole() {
    static BODY: [u8; BODY_LIMIT] = [b'x'; BODY_LIMIT];
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n";
    let server = Scripted::start([Act::Read, Act::Write(head), Act::Write(&BODY)]).await;
    let answer = answer(sender(LONG).send(&post(&server.url("/")), None).await);
    assert_eq!((answer.body.len(), answer.excess), (BODY_LIMIT, false));
}

#[tokio::test]
async fn a_connection_closed_without_an_answer_is_closed() {
    let before_and_after: [&[Act]; 4] = [
        &[Act::Read],
        &[Act::Read, Act::Reset],
        // Before the request was even read: the operating system resets.
        &[],
        &[Act::Reset],
    ];
    for script in before_and_after {
        let server = Scripted::start(script).await;
        let silence = silence(sender(LONG).send(&post(&server.url("/")), None).await);
        assert_eq!(silence, Silence::Closed, "{script:?}");
        assert!(!silence.is_unreachable() && !silence.is_time_out());
        assert_eq!(server.accepted(), 1, "{script:?}");
    }
}

#[tokio::test]
async fn what_is_not_http_is_garbage() {
    let answers: [&[u8]; 5] = [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"success\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nContent-Length: 8\r\n\r\nsuccess",
    ];
    for bytes in answers {
        let silence = silence(outcome_of(bytes).await);
        assert!(
            matches!(silence, Silence::Garbage { .. }),
            "{silence:?} of {:?}",
            String::from_utf8_lossy(bytes)
        );
    }
}

#[tokio::test]
async fn a_body_shorter_than_its_length_is_broken() {
    let silence = silence(outcome_of(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsuccess").await);
    let is_expected = matches!(
        silence,
        Silence::BodyBroken {
            status: 200,
            received: 7,
            ..
        }
    );
    assert!(is_expected, "{silence:?}");
    assert!(!silence.is_time_out());
}

#[tokio::test]
async fn a_reset_within_the_body_breaks_it() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
    let script = [Act::Read, Act::Write(head), Act::AwaitSignal, Act::Reset];
    let mut server = Scripted::start(script).await;
    let request = post(&server.url("/"));
    let sending = tokio::spawn(async move { sender(LONG).send(&request, None).await });
    server.request().await;
    server.signal();
    // The reset may overtake the head.
    let silence = silence(sending.await.unwrap());
    let is_expected = matches!(silence, Silence::BodyBroken { .. } | Silence::Closed);
    assert!(is_expected, "{silence:?}");
}

#[tokio::test]
async fn broken_chunks_break_the_body() {
    let answers: [&[u8]; 3] = [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\nsuccess\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\nsuccess\r\nZ\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\nsuccesses\r\n0\r\n\r\n",
    ];
    for bytes in answers {
        let silence = silence(outcome_of(bytes).await);
        let is_expected = matches!(
            silence,
            Silence::BodyBroken {
                status: 200,
                received: 7,
                ..
            }
        );
        assert!(is_expected, "{silence:?}");
    }
}

#[tokio::test]
async fn a_compressed_body_is_returned_as_it_came() {
    // `success`, gzipped.
    const GZIPPED: &[u8] =
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03+.MNN-.\x06\x00\xb2\xdf\x00o\x07\x00\x00\x00";
    let head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 27\r\n\r\n";
    let server = Scripted::start([Act::Read, Act::Write(head), Act::Write(GZIPPED)]).await;
    let answer = answer(sender(LONG).send(&post(&server.url("/")), None).await);
    assert_eq!(answer.body, GZIPPED);
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    assert_eq!(answer.header("content-length"), Some("27"));
}

#[tokio::test]
async fn http_1_0_is_an_answer() {
    let answer = answer_of(b"HTTP/1.0 200 OK\r\n\r\nsuccess").await;
    assert_eq!(answer.version, "HTTP/1.0");
    assert_eq!(answer.body, b"success");
}

#[tokio::test]
async fn chunks_are_joined() {
    let answer = answer_of(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nsuc\r\n4\r\ncess\r\n0\r\n\r\n",
    )
    .await;
    assert_eq!(answer.body, b"success");
    assert_eq!(answer.header("transfer-encoding"), Some("chunked"));
}

#[tokio::test]
async fn no_content_is_an_answer_without_a_body() {
    let script = [
        Act::Read,
        Act::Write(b"HTTP/1.1 204 No Content\r\n\r\n"),
        Act::AwaitClose,
    ];
    let server = Scripted::start(script).await;
    let answer = answer(sender(LONG).send(&post(&server.url("/")), None).await);
    assert_eq!((answer.status, answer.body.as_slice()), (204, &b""[..]));
}

#[tokio::test]
async fn an_interim_answer_is_passed_over() {
    let answer = answer_of(
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsuccess",
    )
    .await;
    assert_eq!(
        (answer.status, answer.body.as_slice()),
        (200, &b"success"[..])
    );
}
