//! A push under a policy: the same bytes again, and a journal that tells in which order.

use std::{convert::Infallible, sync::Arc, time::Duration};

use tokio::time::Instant;
use wxcheck_events::{self as events, Event, Kind};
use wxcheck_mock_server::{
    Delivery, Exchange, Heard, Next, Outcome, Parcel, Platform, PlatformOptions, Policy, Request,
    Silence, Target, deliver, dispatch::hear,
};
use wxcheck_protocol::{
    message::Field,
    push::{self, Credentials, Format, JsonType, Mode, Stamp},
};

use crate::{
    requests::{post, url},
    scripted::{Act, Received, SUCCESS, Scripted},
};

/// Patience for servers that answer at once.
const PATIENT: f64 = 5.0;
/// Patience for servers that never answer.
const IMPATIENT: f64 = 0.05;

const OOPS: &[u8] = b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n";

fn silent() -> Vec<Act> {
    vec![Act::Read, Act::AwaitClose]
}

fn answers(bytes: &'static [u8]) -> Vec<Act> {
    vec![Act::Read, Act::Write(bytes), Act::AwaitClose]
}

/// A platform for that server, and a push for it.
async fn platform(server: &Scripted, patience: f64) -> (Platform, Request) {
    let credentials = Credentials {
        token: "token".to_owned(),
        appid: "wx0123456789abcdef".to_owned(),
        key: None,
    };
    let target = Target {
        url: url(&server.url("/wechat?id=743")),
        credentials: credentials.clone(),
        mode: Mode::Plain,
        format: Format::Xml,
        json_type: JsonType::Json,
        original_id: "gh_0123456789ab".to_owned(),
        payments: None,
    };
    let stamp = Stamp {
        timestamp: 1_700_000_000,
        nonce: "486452".to_owned(),
        random: *b"0123456789abcdef",
    };
    let message = [
        Field::text("MsgType", "text"),
        Field::text("Content", "你好"),
    ];
    let openid = Some("o0123456789abcdefghijklmnopq");
    let push = push::compose(
        Mode::Plain,
        Format::Xml,
        &credentials,
        &stamp,
        openid,
        &message,
    )
    .unwrap();
    let request = Request {
        url: target.url_with(&push.query),
        body: push.body.into(),
        ..post(&server.url("/"))
    };
    let options = PlatformOptions {
        patience,
        ..PlatformOptions::default()
    };
    (Platform::start(target, options).await.unwrap(), request)
}

/// The same bytes each time, through a platform that keeps a journal.
struct SameBytes<'a> {
    platform: &'a Platform,
    request: &'a Request,
    seen: Vec<Exchange>,
}

impl Parcel for SameBytes<'_> {
    type Error = Infallible;

    async fn send(&mut self, _: u8) -> Result<Heard, Infallible> {
        let exchange = self.platform.send(self.request, None).await;
        let heard = hear(&exchange.outcome);
        self.seen.push(exchange);
        Ok(heard)
    }

    async fn pause(&mut self, pause: Duration) {
        self.platform.wait(pause).await;
    }
}

/// The outcome of a push, and its deliveries.
async fn delivered(
    platform: &Platform,
    request: &Request,
    policy: Policy,
) -> (Next, Vec<Exchange>) {
    let mut parcel = SameBytes {
        platform,
        request,
        seen: Vec::new(),
    };
    let Ok(end) = deliver(&mut parcel, Delivery::new(policy, &[])).await;
    (end, parcel.seen)
}

/// The requests that a delivery made, each on a connection of its own, and that there is no more.
async fn attempts(server: &mut Scripted, count: usize) -> Vec<Received> {
    let mut attempts = Vec::new();
    for connection in 0..count {
        let request = server.request().await;
        assert_eq!(request.connection, connection);
        attempts.push(request);
        server.closed().await;
    }
    assert_eq!(server.accepted(), count);
    attempts
}

fn assert_same_bytes(attempts: &[Received], request: &Request) {
    for attempt in attempts {
        assert_eq!(attempt.head, attempts[0].head);
        assert_eq!(attempt.body, request.body);
        let query = request.url.query().unwrap();
        let line = format!("POST /wechat?{query} HTTP/1.1");
        assert_eq!(attempt.head.lines().next(), Some(line.as_str()));
    }
    assert!(attempts[0].head.contains("?id=743&signature="));
}

/// The journal in short, each end with the request it belongs to.
fn describe(events: &[Arc<Event>]) -> Vec<String> {
    events
        .iter()
        .map(|event| match &event.kind {
            Kind::Sent(sent) => format!("{}: {} {}", event.number, sent.method, sent.path),
            Kind::Exchange(exchange) => match &exchange.outcome {
                events::RecordedOutcome::Answered { status, .. } => {
                    format!("{} answered {status}", exchange.sent)
                }
                events::RecordedOutcome::Silent { reason } => {
                    format!("{} unanswered: {reason}", exchange.sent)
                }
            },
            other => format!("{other:?}"),
        })
        .collect()
}

#[tokio::test]
async fn silence_brings_three_attempts_of_the_same_bytes() {
    let mut server = Scripted::start(silent()).await;
    let (platform, request) = platform(&server, IMPATIENT).await;
    let limit = Duration::from_millis(250);
    assert_eq!(platform.exchange_limit(), limit);
    let (next, seen) = delivered(&platform, &request, Policy::OBSERVED).await;
    assert_eq!(next, Next::GivenUp);
    assert_same_bytes(&attempts(&mut server, 3).await, &request);
    assert_eq!(seen.len(), 3);
    for exchange in &seen {
        assert!(
            matches!(exchange.outcome, Outcome::Silent(Silence::NoAnswer { limit: cut }) if cut == limit),
            "{exchange:?}"
        );
    }
    // Each attempt begins when the one before it was cut, and not sooner.
    for pair in seen.windows(2) {
        assert!(pair[1].started >= pair[0].started + limit, "{pair:?}");
    }
    assert_eq!(
        describe(&platform.journal().since(0)),
        [
            "0: POST /wechat",
            "0 unanswered: no answer within 250ms",
            "2: POST /wechat",
            "2 unanswered: no answer within 250ms",
            "4: POST /wechat",
            "4 unanswered: no answer within 250ms",
        ]
    );
}

#[tokio::test]
async fn a_closed_connection_counts_as_silence() {
    let server = Scripted::start([Act::Read]).await;
    let (platform, request) = platform(&server, PATIENT).await;
    let (next, _) = delivered(&platform, &request, Policy::OBSERVED).await;
    assert_eq!(next, Next::GivenUp);
    assert_eq!(server.accepted(), 3);
}

#[tokio::test]
async fn a_wrong_status_brings_four_attempts_of_the_same_bytes() {
    let mut server = Scripted::start(answers(OOPS)).await;
    let (platform, request) = platform(&server, PATIENT).await;
    let (next, seen) = delivered(&platform, &request, Policy::OBSERVED).await;
    let answers = seen.iter().filter_map(|exchange| match &exchange.outcome {
        Outcome::Answered(answer) => Some(answer.status),
        Outcome::Silent(_) => None,
    });
    let statuses: Vec<u16> = answers.collect();
    assert_eq!(next, Next::GivenUp);
    assert_eq!(statuses, [500; 4]);
    assert_same_bytes(&attempts(&mut server, 4).await, &request);
}

#[tokio::test]
async fn status_200_ends_the_delivery() {
    let scripts = [silent(), answers(OOPS), answers(SUCCESS)];
    let mut server = Scripted::start_each(scripts).await;
    let (platform, request) = platform(&server, 0.2).await;
    let (next, seen) = delivered(&platform, &request, Policy::OBSERVED).await;
    // A wrong status as the second attempt leaves two more, of which one was needed.
    assert_eq!((next, seen.len()), (Next::Delivered, 3));
    assert_same_bytes(&attempts(&mut server, 3).await, &request);
    assert_eq!(
        describe(&platform.journal().since(0)),
        [
            "0: POST /wechat",
            "0 unanswered: no answer within 1s",
            "2: POST /wechat",
            "2 answered 500",
            "4: POST /wechat",
            "4 answered 200",
        ]
    );
}

#[tokio::test]
async fn the_first_200_needs_no_second_attempt() {
    let mut server = Scripted::start(answers(SUCCESS)).await;
    let (platform, request) = platform(&server, PATIENT).await;
    let (next, _) = delivered(&platform, &request, Policy::OBSERVED).await;
    assert_eq!(next, Next::Delivered);
    attempts(&mut server, 1).await;
}

#[tokio::test]
async fn once_is_once() {
    let mut server = Scripted::start(answers(OOPS)).await;
    let (platform, request) = platform(&server, PATIENT).await;
    let (next, _) = delivered(&platform, &request, Policy::ONCE).await;
    assert_eq!(next, Next::GivenUp);
    attempts(&mut server, 1).await;
}

#[tokio::test]
async fn the_journal_can_be_awaited_while_a_delivery_runs() {
    let script = vec![
        Act::Read,
        Act::AwaitSignal,
        Act::Write(SUCCESS),
        Act::AwaitClose,
    ];
    let mut server = Scripted::start(script).await;
    let (platform, request) = platform(&server, PATIENT).await;
    let journal = platform.journal();
    let deadline = Instant::now() + Duration::from_secs(20);
    let watching = async {
        let sent = journal
            .wait(0, deadline, |kind| matches!(kind, Kind::Sent(_)))
            .await
            .unwrap();
        server.request().await;
        // Sent is recorded before anything is known of the answer.
        assert_eq!(describe(&journal.since(0)), ["0: POST /wechat"]);
        let mark = journal.mark();
        server.signal();
        let answered = journal
            .wait(mark, deadline, |kind| matches!(kind, Kind::Exchange(_)))
            .await
            .unwrap();
        (sent, answered)
    };
    let ((next, _), (sent, answered)) =
        tokio::join!(delivered(&platform, &request, Policy::OBSERVED), watching);
    assert_eq!(next, Next::Delivered);
    assert!(sent.at() <= answered.at());
    let Kind::Exchange(exchange) = &answered.kind else {
        panic!("{answered:?}");
    };
    let events::RecordedOutcome::Answered {
        status: 200,
        first_byte_micros,
        total_micros,
    } = exchange.outcome
    else {
        panic!("{answered:?}");
    };
    assert_eq!(exchange.sent, sent.number);
    assert!(first_byte_micros <= total_micros);
}
