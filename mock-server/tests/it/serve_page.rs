//! The page and its sessions, as a browser meets them, and as the page of an attacker would.

use std::sync::Arc;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use wxcheck_mock_server::{
    ServeOptions, Tls,
    connecting::{CertificateDer, read_certificates},
};

use crate::{
    serve_faults::by_hand,
    served::{Served, options},
};

const TOKEN: &str = "Zq7Xw2Vn9Kt4Rb6";
const JSON: &str = "Content-Type: application/json\r\n";

pub(crate) async fn guarded() -> Served {
    let guarded = ServeOptions {
        control_token: Some(TOKEN.into()),
        ..options()
    };
    Served::with_journal(100, guarded).await
}

/// A request by hand: status, and all that came.
pub(crate) async fn asked(served: &Served, start: &str, head: &str, body: &str) -> (u16, String) {
    let host = served.server.address().to_string();
    let named = if head.to_lowercase().contains("host:") {
        String::new()
    } else {
        format!("Host: {host}\r\n")
    };
    let length = body.len();
    let request = format!(
        "{start} HTTP/1.1\r\n{named}{head}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    let answer = by_hand(&host, &request).await;
    let status = answer.get(9..12).and_then(|status| status.parse().ok());
    (status.unwrap_or_default(), answer)
}

/// The Cookie line of a browser that has shown the token.
pub(crate) async fn cookie(served: &Served) -> String {
    let body = format!(r#"{{"token":"{TOKEN}"}}"#);
    let own = format!("{JSON}Origin: http://{}\r\n", served.server.address());
    let (status, answer) = asked(served, "POST /_wxcheck/session", &own, &body).await;
    assert_eq!(status, 200, "{answer}");
    let lower = answer.to_lowercase();
    let (_, set) = lower.split_once("set-cookie: ").unwrap();
    let set = set.lines().next().unwrap();
    for rule in ["httponly", "samesite=strict", "path=/_wxcheck/"] {
        assert!(set.contains(rule), "{set}");
    }
    assert!(!answer.contains(TOKEN), "{answer}");
    format!("Cookie: {}\r\n", set.split(';').next().unwrap())
}

#[tokio::test]
async fn the_page_is_there_without_a_token_and_lets_nothing_in_from_elsewhere() {
    let served = guarded().await;
    for (path, content_type) in [
        ("", "text/html; charset=utf-8"),
        ("main.js", "text/javascript; charset=utf-8"),
        ("style.css", "text/css; charset=utf-8"),
    ] {
        let start = format!("GET /_wxcheck/ui/{path}");
        let (status, answer) = asked(&served, &start, "", "").await;
        let lower = answer.to_lowercase();
        assert_eq!(status, 200, "{path}: {answer}");
        for line in [
            &format!("content-type: {content_type}"),
            "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "x-content-type-options: nosniff",
            "x-frame-options: deny",
            "referrer-policy: no-referrer",
            "cross-origin-resource-policy: same-origin",
            "cache-control: no-cache",
            "etag: \"",
        ] {
            assert!(lower.contains(line), "{path}: no {line} in {answer}");
        }
        assert!(!lower.contains("access-control-"), "{answer}");
    }
    let (status, answer) = asked(&served, "GET /_wxcheck/ui", "", "").await;
    assert_eq!(status, 308, "{answer}");
    for path in ["nothing.js", "..%2f..%2fstate", "%2e%2e/state", ".git"] {
        let start = format!("GET /_wxcheck/ui/{path}");
        let (status, answer) = asked(&served, &start, "", "").await;
        assert!([401, 404].contains(&status), "{path}: {answer}");
    }
    // What it shows wants the token all the same.
    let (status, _) = asked(&served, "GET /_wxcheck/state", "", "").await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn every_answer_of_the_control_api_is_what_it_says_it_is() {
    let served = Served::new().await;
    for start in ["GET /_wxcheck/state", "GET /_wxcheck/nothing"] {
        let (_, answer) = asked(&served, start, "", "").await;
        let lower = answer.to_lowercase();
        assert!(
            lower.contains("x-content-type-options: nosniff"),
            "{answer}"
        );
        assert!(lower.contains("cross-origin-resource-policy: same-origin"));
    }
}

/// DNS rebinding: the page of an attacker whose name leads here.
#[tokio::test]
async fn the_page_and_its_session_answer_under_no_foreign_name() {
    let served = guarded().await;
    let body = format!(r#"{{"token":"{TOKEN}"}}"#);
    for start in [
        "GET /_wxcheck/ui/",
        "GET /_wxcheck/session",
        "GET /_wxcheck/journal",
        "GET /_wxcheck/events",
        "POST /_wxcheck/session",
    ] {
        for name in ["evil.example", "127.0.0.1.evil.example:8900"] {
            let head = format!(
                "Host: {name}\r\nOrigin: http://{name}\r\nSec-Fetch-Site: same-origin\r\n{JSON}"
            );
            let (status, answer) = asked(&served, start, &head, &body).await;
            assert_eq!(status, 421, "{start} at {name}: {answer}");
            assert!(!answer.to_lowercase().contains("set-cookie"), "{answer}");
        }
    }
}

/// The browser of somebody who is signed in, on the page of an attacker: a cookie would come along from a page of
/// the same site, such as another port of this machine.
#[tokio::test]
async fn a_page_of_another_site_gets_nothing_whatever_the_browser_holds() {
    let served = guarded().await;
    let cookie = cookie(&served).await;
    let mark = served.server.hub().journal().mark();
    for site in [
        "Origin: http://evil.example\r\nSec-Fetch-Site: cross-site\r\n",
        "Origin: http://evil.example\r\n",
        "Origin: http://127.0.0.1:3000\r\nSec-Fetch-Site: same-site\r\n",
        "Origin: null\r\n",
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n",
    ] {
        for (start, more) in [
            ("POST /_wxcheck/reset", JSON),
            ("POST /_wxcheck/reset", "Content-Type: text/plain\r\n"),
            (
                "POST /_wxcheck/clock/advance",
                "Content-Type: application/x-www-form-urlencoded\r\n",
            ),
            ("DELETE /_wxcheck/session", ""),
            ("GET /_wxcheck/events", "Accept: text/event-stream\r\n"),
            ("GET /_wxcheck/journal", ""),
            ("GET /_wxcheck/ui/main.js", ""),
            ("OPTIONS /_wxcheck/reset", ""),
        ] {
            let head = format!("{cookie}{site}{more}");
            let (status, answer) = asked(&served, start, &head, "").await;
            assert_eq!(status, 403, "{start} with {site}: {answer}");
            assert!(!answer.to_lowercase().contains("access-control-"));
        }
    }
    assert_eq!(served.server.hub().journal().mark(), mark);
}

#[tokio::test]
async fn whoever_is_refused_hears_why_though_a_body_was_on_its_way() {
    let served = guarded().await;
    let host = served.server.address();
    let body = vec![b'x'; 400_000];
    for named in [
        "Host: evil.example",
        "Host: h\r\nOrigin: http://evil.example",
    ] {
        let mut stream = TcpStream::connect(host).await.unwrap();
        let head = format!(
            "POST /_wxcheck/reset HTTP/1.1\r\n{named}\r\n{JSON}Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        // What comes behind the head finds somebody who reads it.
        for part in body.chunks(10_000) {
            stream.write_all(part).await.unwrap();
        }
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
        assert!(answer.contains("evil.example"), "{answer}");
    }
}

#[tokio::test]
async fn a_link_leads_to_the_page_and_to_nothing_else() {
    let served = guarded().await;
    let link =
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n";
    let (status, answer) = asked(&served, "GET /_wxcheck/ui/", link, "").await;
    assert_eq!(status, 200, "{answer}");
    let framed = link.replace("document", "iframe");
    for (start, head) in [
        ("GET /_wxcheck/ui/", framed.as_str()),
        ("GET /_wxcheck/state", link),
        ("POST /_wxcheck/session", link),
    ] {
        let (status, answer) = asked(&served, start, head, "").await;
        assert_eq!(status, 403, "{start}: {answer}");
    }
    let rebound = format!("Host: evil.example\r\n{link}");
    let (status, answer) = asked(&served, "GET /_wxcheck/ui/", &rebound, "").await;
    assert_eq!(status, 421, "{answer}");
}

#[tokio::test]
async fn a_session_is_as_good_as_the_token_where_its_page_asks() {
    let served = guarded().await;
    let cookie = cookie(&served).await;
    let own = format!("Origin: http://{}\r\n", served.server.address());
    let (status, answer) = asked(&served, "GET /_wxcheck/state", &cookie, "").await;
    assert_eq!(status, 200, "{answer}");
    let (_, told) = asked(&served, "GET /_wxcheck/session", &cookie, "").await;
    assert!(told.contains(r#"{"needed":true,"begun":true}"#), "{told}");
    let reset = "POST /_wxcheck/reset";
    let head = format!("{cookie}{own}{JSON}");
    assert_eq!(asked(&served, reset, &head, "{}").await.0, 200);
    // Nothing says which page asks.
    assert_eq!(
        asked(&served, reset, &format!("{cookie}{JSON}"), "{}")
            .await
            .0,
        401
    );
    // A form, as a page can send it without asking.
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let head = format!("{cookie}{own}{form}");
    assert_eq!(asked(&served, reset, &head, "a=b").await.0, 415);
}

#[tokio::test]
async fn a_cookie_that_was_not_given_is_none() {
    let served = guarded().await;
    let good = cookie(&served).await;
    let other = cookie(&guarded().await).await;
    let cut = format!("{}\r\n", &good[..good.len() - 3]);
    let forged = [
        String::new(),
        "Cookie: wxcheck_session=\r\n".to_owned(),
        format!("Cookie: wxcheck_session={TOKEN}\r\n"),
        format!("Cookie: wxcheck_session={}\r\n", "0".repeat(64)),
        good.replace("wxcheck_session", "wxcheck_session2"),
        cut,
        // Of another process with the same token.
        other,
    ];
    for cookie in forged {
        for start in ["GET /_wxcheck/state", "GET /_wxcheck/journal"] {
            let (status, answer) = asked(&served, start, &cookie, "").await;
            assert_eq!(status, 401, "{cookie}: {answer}");
        }
        let (status, _) = asked(&served, "DELETE /_wxcheck/session", &cookie, "").await;
        assert_eq!(status, 401, "{cookie}");
    }
    let wrong = r#"{"token":"Zq7Xw2Vn9Kt4Rb7"}"#;
    let (status, answer) = asked(&served, "POST /_wxcheck/session", JSON, wrong).await;
    assert_eq!(status, 401, "{answer}");
    assert!(!answer.to_lowercase().contains("set-cookie"), "{answer}");
    let (status, _) = asked(&served, "POST /_wxcheck/session", "", wrong).await;
    assert_eq!(status, 415, "a form can be sent without asking");
}

#[tokio::test]
async fn signing_out_ends_the_session_also_where_the_cookie_was_kept() {
    let served = guarded().await;
    let cookie = cookie(&served).await;
    let own = format!("{cookie}Origin: http://{}\r\n", served.server.address());
    let (status, answer) = asked(&served, "DELETE /_wxcheck/session", &own, "").await;
    assert_eq!(status, 200);
    assert!(answer.contains("Max-Age=0"), "{answer}");
    assert_eq!(
        asked(&served, "GET /_wxcheck/state", &cookie, "").await.0,
        401
    );
}

#[tokio::test]
async fn without_a_token_no_session_is_needed() {
    let served = Served::new().await;
    let (_, told) = asked(&served, "GET /_wxcheck/session", "", "").await;
    assert!(told.contains(r#"{"needed":false,"begun":true}"#), "{told}");
}

#[tokio::test]
async fn with_tls_the_platform_is_known_by_its_certificate_and_the_cookie_keeps_to_tls() {
    let sealed = ServeOptions {
        control_token: Some(TOKEN.into()),
        tls: Some(Tls::Made),
        ..options()
    };
    let served = Served::with_journal(100, sealed).await;
    let base = served.server.base_url();
    assert!(base.starts_with("https://127.0.0.1:"), "{base}");
    // Whoever comes without TLS gets no answer.
    let plain = by_hand(
        &served.server.address().to_string(),
        "GET /_wxcheck/ui/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert!(!plain.starts_with("HTTP/"), "{plain}");

    let unknowing = trusting(&[]);
    let refused = unknowing
        .get(format!("{base}/_wxcheck/session"))
        .send()
        .await;
    assert!(refused.is_err(), "nobody trusts it by itself");
    // The certificate is had without trust, as `curl -k` has it, and trusted from then on.
    let pem = served.server.certificate().unwrap();
    let known = trusting(&read_certificates(&pem).unwrap());
    let told = known.get(format!("{base}/_wxcheck/certificate.pem")).send();
    assert_eq!(told.await.unwrap().text().await.unwrap(), pem);
    let shown = known
        .post(format!("{base}/_wxcheck/session"))
        .header("content-type", "application/json")
        .body(format!(r#"{{"token":"{TOKEN}"}}"#))
        .send()
        .await
        .unwrap();
    let cookie = shown.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.ends_with("; Secure"), "{cookie}");
    let token = known.get(format!("{base}/cgi-bin/token")).send().await;
    assert!(token.unwrap().text().await.unwrap().contains("41002"));
}

/// A client that trusts these certificates and no others.
fn trusting(certificates: &[CertificateDer<'static>]) -> reqwest::Client {
    let mut roots = rustls::RootCertStore::empty();
    for certificate in certificates {
        roots.add(certificate.clone()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .build()
        .unwrap()
}
