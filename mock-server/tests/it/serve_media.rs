//! Uploads, as the page shows them: by the type that their bytes tell, and never as a document of its origin.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::json;

use crate::{
    serve_page::{asked, cookie, guarded},
    served::{APPID, Served, USER, options},
};

/// The beginning of a picture, which is all that anybody looks at here.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR<script>alert(1)</script>";
const SCRIPTS: [(&str, &str); 4] = [
    ("text/html", "<html><script>alert(1)</script></html>"),
    (
        "image/svg+xml",
        "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    ),
    ("image/png", "<svg onload='alert(1)'/>"),
    ("text/javascript", "alert(1)"),
];

/// The media_id of what a user uploads.
async fn upload(served: &Served, content_type: &str, bytes: &[u8]) -> String {
    let base64 = BASE64_STANDARD.encode(bytes);
    let act = json!({"act": "upload", "content_type": content_type, "base64": base64});
    let yielded = served.act(act).await;
    yielded["media_id"].as_str().unwrap().to_owned()
}

/// The media_id of what a server uploads.
async fn upload_by_server(served: &Served, content_type: &str, text: &str) -> String {
    let send = served.send_path().await;
    let token = send.split_once('=').unwrap().1;
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a.png\"\r\nContent-Type: {content_type}\r\n\r\n{text}\r\n--b--\r\n"
    );
    let start = format!("POST /cgi-bin/media/upload?access_token={token}&type=image");
    let head = "Content-Type: multipart/form-data; boundary=b\r\n";
    let (status, answer) = asked(served, &start, head, &body).await;
    assert_eq!(status, 200, "{answer}");
    let (_, id) = answer.split_once("\"media_id\":\"").unwrap();
    id.split('"').next().unwrap().to_owned()
}

fn place(media_id: &str) -> String {
    format!("GET /_wxcheck/apps/{APPID}/media/{media_id}")
}

/// The headers of every upload, whatever it is.
fn check_guarded(answer: &str) {
    let lower = answer.to_lowercase();
    for line in [
        "content-security-policy: default-src 'none'; sandbox",
        "x-content-type-options: nosniff",
        "cross-origin-resource-policy: same-origin",
        "cache-control: no-store",
    ] {
        assert!(lower.contains(line), "no {line} in {answer}");
    }
    assert!(!lower.contains("access-control-"), "{answer}");
}

#[tokio::test]
async fn a_picture_is_one_whatever_it_was_called() {
    let served = Served::new().await;
    for called in ["image/png", "text/html", "nonsense"] {
        let id = upload(&served, called, PNG).await;
        let (status, answer) = asked(&served, &place(&id), "", "").await;
        let lower = answer.to_lowercase();
        assert_eq!(status, 200, "{answer}");
        assert!(lower.contains("content-type: image/png\r\n"), "{answer}");
        assert!(lower.contains("content-disposition: inline\r\n"));
        check_guarded(&answer);
    }
}

#[tokio::test]
async fn a_document_with_a_script_is_a_file_to_be_saved() {
    let served = Served::new().await;
    for (called, text) in SCRIPTS {
        let by_user = upload(&served, called, text.as_bytes()).await;
        let by_server = upload_by_server(&served, called, text).await;
        for id in [by_user, by_server] {
            let (status, answer) = asked(&served, &place(&id), "", "").await;
            let lower = answer.to_lowercase();
            assert_eq!(status, 200, "{answer}");
            assert!(
                lower.contains("content-type: application/octet-stream\r\n"),
                "{called}: {answer}"
            );
            assert!(lower.contains("content-disposition: attachment\r\n"));
            check_guarded(&answer);
        }
    }
}

#[tokio::test]
async fn a_player_gets_the_part_that_it_asks_for() {
    let served = Served::new().await;
    let id = upload(&served, "video/mp4", b"\0\0\0\x20ftypisom0123456789").await;
    let (status, answer) = asked(&served, &place(&id), "Range: bytes=12-15\r\n", "").await;
    assert_eq!(status, 206, "{answer}");
    assert!(
        answer
            .to_lowercase()
            .contains("content-range: bytes 12-15/22\r\n")
    );
    assert!(answer.ends_with("\r\n\r\n0123"), "{answer}");
    check_guarded(&answer);
    let (status, answer) = asked(&served, &place(&id), "Range: bytes=99-\r\n", "").await;
    assert_eq!(status, 416, "{answer}");
    assert!(
        answer
            .to_lowercase()
            .contains("content-range: bytes */22\r\n")
    );
}

#[tokio::test]
async fn an_upload_is_kept_three_days_and_is_of_its_app_alone() {
    let served = Served::new().await;
    let id = upload(&served, "image/png", PNG).await;
    let elsewhere = place(&id).replace(APPID, "wx00");
    assert_eq!(asked(&served, &elsewhere, "", "").await.0, 404);
    assert_eq!(asked(&served, &place("x"), "", "").await.0, 404);
    assert_eq!(asked(&served, &place(&id), "", "").await.0, 200);
    served
        .post("/_wxcheck/clock/advance", json!({"by": "3d"}))
        .await;
    let (status, answer) = asked(&served, &place(&id), "", "").await;
    assert_eq!(status, 404);
    assert!(answer.contains("three days"), "{answer}");
}

#[tokio::test]
async fn nobody_sees_an_upload_without_the_token_or_from_another_page() {
    let served = guarded().await;
    let cookie = cookie(&served).await;
    let own = format!("Origin: http://{}\r\n", served.server.address());
    let act = format!("POST /_wxcheck/apps/{APPID}/users/{USER}/acts");
    let head = format!("{cookie}{own}Content-Type: application/json\r\n");
    let base64 = BASE64_STANDARD.encode(PNG);
    let body = format!(r#"{{"act":"upload","content_type":"image/png","base64":"{base64}"}}"#);
    let (_, yielded) = asked(&served, &act, &head, &body).await;
    let (_, id) = yielded.split_once("\"media_id\":\"").unwrap();
    let start = place(id.split('"').next().unwrap());
    for (wanted, head) in [
        (200, cookie.clone()),
        (200, format!("{cookie}Sec-Fetch-Site: same-origin\r\n")),
        (401, String::new()),
        (403, format!("{cookie}Sec-Fetch-Site: cross-site\r\n")),
        (403, format!("{cookie}Sec-Fetch-Site: same-site\r\n")),
        (403, format!("{cookie}Origin: http://evil.example\r\n")),
        (421, format!("{cookie}Host: evil.example\r\n")),
    ] {
        let (status, answer) = asked(&served, &start, &head, "").await;
        assert_eq!(status, wanted, "{head}: {answer}");
        assert_eq!(answer.contains("PNG"), wanted == 200);
    }
}

#[tokio::test]
async fn a_picture_of_a_user_is_shown_by_its_media_id() {
    let served = Served::standing(options()).await;
    let id = upload(&served, "image/png", PNG).await;
    let act = json!({"act": "send-image", "media_id": id, "pic_url": "http://x.invalid/1"});
    served.act(act).await;
    let chat = format!("/_wxcheck/apps/{APPID}/users/{USER}/chat");
    let (_, chat) = served.get(&chat).await;
    let item = &chat["items"][0];
    assert_eq!(
        (
            &item["from"],
            &item["type"],
            &item["media"],
            &item["picture"]
        ),
        (
            &json!("user"),
            &json!("image"),
            &json!(id),
            &json!("http://x.invalid/1")
        )
    );
}

#[tokio::test]
async fn a_media_id_that_nobody_uploaded_is_taken_and_told() {
    let served = Served::new().await;
    let send = served.send_path().await;
    let known = upload_by_server(&served, "image/png", "PNG").await;
    for (media_id, is_known) in [(known.as_str(), true), ("of-permanent-media", false)] {
        served
            .act(json!({"act": "send-text", "content": "hi"}))
            .await;
        let message = json!({"touser": USER, "msgtype": "image", "image": {"media_id": media_id}});
        let (_, answer) = served.post(&send, message).await;
        assert_eq!(answer["errcode"], 0, "{answer}");

        let (_, found) = served
            .get("/_wxcheck/journal/search?q=custom&count=1")
            .await;
        let short = &found["records"][0];
        assert_eq!(short["sent"], true, "{short}");
        let (_, record) = served
            .get(&format!("/_wxcheck/journal/{}", short["number"]))
            .await;
        for shown in [short, &record] {
            let warning = shown["warning"].as_str().unwrap_or_default();
            assert_eq!(warning.contains(media_id), !is_known, "{shown}");
        }
    }
}
