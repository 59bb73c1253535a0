//! `wxcheck sign` and `wxcheck open`: each step is shown, and no secret.

use serde_json::{Value, json};
use wxcheck_fixtures::ENVELOPES;

use crate::program::{Folder, finish};

/// The official example of safe mode.
fn vector() -> Value {
    let vectors: Vec<Value> = serde_json::from_str(ENVELOPES).unwrap();
    vectors.into_iter().next().unwrap()
}

#[test]
fn a_request_is_signed_step_by_step_with_the_token_of_the_environment() {
    let vector = vector();
    let of = |name: &str| vector[name].as_str().unwrap();
    let folder = Folder::new();
    folder.write("body.json", json!({"Encrypt": of("encrypt")}).to_string());
    let line = format!("POST /wechat?{} HTTP/1.1", of("query"));
    let mut sign = folder.wxcheck(&["sign", &line, "--body", "body.json"]);
    let ran = finish(sign.env("WXCHECK_TOKEN", of("token"))).exits(0);
    let ran = ran.says(of("signature")).says(of("msg_signature"));
    assert!(!ran.out.contains(of("token")), "{}", ran.out);
    let mut sign = folder.wxcheck(&["sign", &line]);
    finish(sign.env("WXCHECK_TOKEN", "not-the-one"))
        .exits(1)
        .says("another Token was used");
}

#[test]
fn a_message_is_opened_step_by_step_and_a_failure_has_its_reason() {
    let vector = vector();
    let of = |name: &str| vector[name].as_str().unwrap();
    let folder = Folder::new();
    let (key, appid) = (of("encoding_aes_key"), of("appid"));
    let settings = format!("aes-key = '{key}'\nappid = '{appid}'\n");
    folder.write("wxcheck.toml", settings);
    folder.write("body.json", json!({"Encrypt": of("encrypt")}).to_string());
    let ran = folder.run(&["open", "body.json"]).exits(0);
    let ran = ran.says(of("random")).says(of("message")).says(appid);
    assert!(!ran.out.contains(key), "{}", ran.out);
    folder
        .run(&["open", "body.json", "--appid", "wx0000000000000000"])
        .exits(1)
        .says("The key is right");
    folder
        .run(&[
            "open",
            "body.json",
            "--lang",
            "zh",
            "--appid",
            "wx0000000000000000",
        ])
        .exits(1)
        .says("密钥正确");
    let other = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";
    let query = ["--query", of("query"), "--token", of("token")];
    folder
        .run(&[&["open", "body.json", "--aes-key", other], &query[..]].concat())
        .exits(1)
        .says("right: the ciphertext is as it was sent")
        .says("the EncodingAESKey is not the one");
    folder.write("body.xml", "<xml><Content>hi</Content></xml>");
    folder
        .run(&["open", "body.xml"])
        .exits(2)
        .complains("no Encrypt");
}

#[test]
fn a_body_that_is_cut_off_is_explained_and_no_usage_error() {
    let folder = Folder::new();
    folder.write(
        "wxcheck.toml",
        "aes-key = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFE'\n",
    );
    folder.write(
        "body.xml",
        "<xml><ToUserName>a</ToUserName><Encrypt><![CDATA[abc",
    );
    folder.write("body.json", "{\"Encrypt\": \"abc");
    let ran = folder.run(&["--lang", "zh", "open", "body.xml"]).exits(1);
    ran.says("在此失败")
        .says("语法错误：CDATA 没有以 `]]>` 结束")
        .says("请求体不完整，或在途中被改动过");
    folder
        .run(&["open", "body.json"])
        .exits(1)
        .says("fails here")
        .says("The body is not whole");
    folder
        .run(&[
            "sign",
            "timestamp=1&nonce=2",
            "--token",
            "abc",
            "--body",
            "body.xml",
        ])
        .exits(2)
        .complains("the body is no XML");
}
