//! Requests as they look on the wire. Header names are also checked in their spelling, which
//! only the scripted server sees.

use std::process::Command;

use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};
use wxcheck_mock_server::{
    ConnectionHold, Sender, SenderOptions, Target,
    connecting::SharedConnecting,
    sender::{Body, Raw},
};
use wxcheck_protocol::push::{Credentials, Format, JsonType, Mode};

use crate::{
    requests::{BODY, LONG, answer, get, post, sender, sender_that_closes, url},
    scripted::{Act, SUCCESS, Scripted},
};

async fn server_that_answers(template: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(template)
        .mount(&server)
        .await;
    server
}

async fn received(server: &MockServer) -> Vec<wiremock::Request> {
    server.received_requests().await.unwrap()
}

#[tokio::test]
async fn a_push_carries_wechats_headers_and_no_others() {
    let server = server_that_answers(ResponseTemplate::new(200)).await;
    let uri = server.uri();
    answer(sender(LONG).send(&post(&uri), None).await);
    let requests = received(&server).await;
    let mut headers: Vec<(&str, &str)> = requests[0]
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect();
    headers.sort_unstable();
    let length = BODY.len().to_string();
    assert_eq!(
        headers,
        [
            ("accept", "*/*"),
            ("content-length", length.as_str()),
            ("content-type", "text/xml"),
            ("host", uri.strip_prefix("http://").unwrap()),
            ("pragma", "no-cache"),
            ("user-agent", "Mozilla/4.0"),
        ]
    );
    assert_eq!(requests[0].method.as_str(), "POST");
    assert_eq!(requests[0].body, BODY.as_bytes());
}

#[tokio::test]
async fn the_content_type_is_the_given_one() {
    let server = server_that_answers(ResponseTemplate::new(200)).await;
    let mut request = post(&server.uri());
    for content_type in [Some("application/json; charset=utf-8"), None] {
        request.content_type = content_type.map(str::to_owned);
        answer(sender(LONG).send(&request, None).await);
        let requests = received(&server).await;
        let sent = requests.last().unwrap().headers.get("content-type");
        assert_eq!(sent.map(|value| value.to_str().unwrap()), content_type);
    }
}

#[tokio::test]
async fn a_get_without_a_body_has_no_header_about_one() {
    let server = server_that_answers(ResponseTemplate::new(200)).await;
    let request = get(&server.uri());
    answer(sender(LONG).send(&request, None).await);
    let requests = received(&server).await;
    assert_eq!(requests[0].method.as_str(), "GET");
    assert_eq!(requests[0].body, b"");
    for name in ["content-length", "content-type", "transfer-encoding"] {
        assert!(!requests[0].headers.contains_key(name), "{name}");
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let template = ResponseTemplate::new(status).insert_header("Location", "/elsewhere");
        let server = server_that_answers(template).await;
        let answer = answer(sender(LONG).send(&post(&server.uri()), None).await);
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("location"), Some("/elsewhere"));
        assert_eq!(received(&server).await.len(), 1);
    }
}

#[tokio::test]
async fn the_targets_own_query_comes_first_and_unchanged() {
    let mut server = Scripted::start([Act::Read, Act::Write(SUCCESS)]).await;
    let target = Target {
        url: url(&server.url("/wechat/%E4%BD%A0?id=743&x=%2f+a#top")),
        credentials: Credentials {
            token: "token".to_owned(),
            appid: "wx0123456789abcdef".to_owned(),
            key: None,
        },
        mode: Mode::Plain,
        format: Format::Xml,
        json_type: JsonType::Json,
        original_id: "gh_0123456789ab".to_owned(),
        payments: None,
    };
    let query = [("nonce", "a+b c"), ("timestamp", "1700000000")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut request = get(&server.url("/"));
    request.url = target.url_with(&query);
    answer(sender(LONG).send(&request, None).await);
    assert_eq!(
        server.request().await.head.lines().next(),
        Some("GET /wechat/%E4%BD%A0?id=743&x=%2f+a&nonce=a%2Bb%20c&timestamp=1700000000 HTTP/1.1")
    );
}

#[tokio::test]
async fn the_head_on_the_wire_is_that_of_captured_requests() {
    for closes in [false, true] {
        for hold in [
            ConnectionHold::Cut,
            ConnectionHold::Linger,
            ConnectionHold::DropAfterSend,
        ] {
            let mut server = Scripted::start([Act::Read, Act::AwaitSignal]).await;
            let mut request = post(&server.url("/wechat"));
            request.hold = hold;
            let sender = sender_that_closes(LONG, closes);
            let sending = tokio::spawn(async move { sender.send(&request, None).await });
            let received = server.request().await;
            sending.abort();
            let host = server.url("").replace("http://", "Host: ");
            let length = format!("Content-Length: {}", BODY.len());
            let mut wanted = vec![
                "POST /wechat HTTP/1.1",
                "User-Agent: Mozilla/4.0",
                host.as_str(),
                "Accept: */*",
                "Pragma: no-cache",
                "Content-Type: text/xml",
                length.as_str(),
            ];
            if closes {
                wanted.insert(3, "Connection: close");
            }
            let lines: Vec<&str> = received.head.lines().collect();
            assert_eq!(lines, wanted, "{hold:?}");
            assert_eq!(received.body, BODY.as_bytes(), "{hold:?}");
        }
    }
}

#[tokio::test]
async fn bytes_written_one_by_one_have_the_same_head() {
    let mut heads = Vec::new();
    for raw in [false, true] {
        let mut server = Scripted::start([Act::Read, Act::Write(SUCCESS)]).await;
        let request = post(&server.url("/wechat"));
        let sender = sender_that_closes(LONG, true);
        if raw {
            sender.write(&request, &Raw::Whole(Body::AtOnce)).await;
        } else {
            sender.send(&request, None).await;
        }
        let head = server.request().await.head;
        heads.push(head.replace(&server.url("").replace("http://", ""), "here"));
    }
    assert_eq!(heads[0], heads[1]);
}

#[tokio::test]
async fn a_kept_line_asks_for_nothing_to_be_closed() {
    let mut server = Scripted::start([Act::Read, Act::Write(SUCCESS)]).await;
    let sender = sender_that_closes(LONG, true);
    let line = sender.kept_line().unwrap();
    answer(sender.send(&post(&server.url("/")), Some(&line)).await);
    assert_eq!(server.request().await.header("Connection"), None);
}

/// The environment of this process cannot be changed safely, so these two run again in a child of
/// the test program whose environment names a proxy where nothing listens.
const STRAIGHT: &str = "headers::child_of_the_proxy_test_goes_straight";
const OBEYS: &str = "headers::child_of_the_proxy_test_obeys";

#[test]
fn proxies_in_the_environment_are_used_only_on_request() {
    let child = |test: &str| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", test, "--ignored", "--test-threads=1"]);
        for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
            // Port 0 can never be connected to.
            command.env(name, "http://127.0.0.1:0");
        }
        let output = command
            .env_remove("no_proxy")
            .env_remove("NO_PROXY")
            // Makes HTTP_PROXY untrusted; set by a CGI server, but who knows.
            .env_remove("REQUEST_METHOD")
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let straight = child(STRAIGHT);
    assert!(straight.contains("1 passed; 0 failed"), "{straight}");
    // Without this half the first could pass because the variables do nothing at all.
    let obeys = child(OBEYS);
    assert!(obeys.contains("0 passed; 1 failed"), "{obeys}");
}

async fn send_with(environment_proxy: bool) {
    let server = Scripted::start([Act::Read, Act::Write(SUCCESS)]).await;
    let options = SenderOptions {
        exchange_limit: LONG,
        environment_proxy,
        closes: false,
        connecting: SharedConnecting::default(),
        network: wxcheck_network::Network::Machine,
    };
    let sender = Sender::new(options, "http").unwrap();
    answer(sender.send(&post(&server.url("/")), None).await);
}

#[tokio::test]
#[ignore = "run by the proxy test"]
async fn child_of_the_proxy_test_goes_straight() {
    send_with(false).await;
}

#[tokio::test]
#[ignore = "run by the proxy test"]
async fn child_of_the_proxy_test_obeys() {
    send_with(true).await;
}
