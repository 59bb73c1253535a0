//! `wxcheck doctor`: what is misconfigured, here or at the server, and the fix.

use wiremock::{Mock, Request, ResponseTemplate, matchers::any};
use wxcheck_protocol::{
    push::{Format, Mode},
    signature::signature,
};
use wxcheck_reference_server::{Account, Setting, mistakes};

use crate::program::{
    AES_KEY, APPID, CLOSED_PORT, FETCH_TOKEN, Folder, TOKEN, broken, correct, has_sentence,
    runtime, scripted, server,
};

const PLAIN_XML: Setting = Setting {
    mode: Mode::Plain,
    format: Format::Xml,
    account: Account::Mini,
    api: false,
};
const SAFE_JSON: Setting = Setting {
    mode: Mode::Safe,
    format: Format::Json,
    ..PLAIN_XML
};

#[test]
fn a_sound_configuration_is_fine() {
    let server = correct(SAFE_JSON);
    let settings = format!(
        "url = '{}'\ntoken = '{TOKEN}'\naes-key = '{AES_KEY}'\nappid = '{APPID}'\nformat = 'json'\n\
         prefetch-url = '{}'\nfetch-token = '{FETCH_TOKEN}'\n",
        server.url(),
        server.prefetch_url()
    );
    let folder = Folder::new();
    folder.write("wxcheck.toml", settings);
    let ran = folder
        .run(&["doctor"])
        .exits(0)
        .says("a push is taken in safe mode, json")
        .says("echostr comes back as it was sent")
        .says("bytes that would be cached")
        .says("right within half a minute")
        .says("to fix: 0,");
    for secret in [TOKEN, AES_KEY, FETCH_TOKEN] {
        assert!(!ran.out.contains(secret), "{}", ran.out);
    }
}

#[test]
fn the_mode_that_the_server_takes_is_found_on_the_wire() {
    let server = correct(SAFE_JSON);
    let folder = Folder::new();
    let common = ["doctor", server.url(), "--token", TOKEN];
    let sealed = ["--aes-key", AES_KEY, "--appid", APPID, "--mode", "plain"];
    folder
        .run(&[&common[..], &sealed].concat())
        .exits(1)
        .says("Fix this first")
        .says("accepts pushes in safe mode, xml, but they are sent in plain mode, xml")
        .says("--mode safe --format xml");
}

#[test]
fn a_path_that_is_not_there_is_not_blamed_on_a_token() {
    let server = scripted();
    let folder = Folder::new();
    let url = format!("{}/data", server.uri());
    let ran = folder
        .run(&["doctor", "--prefetch-url", &url])
        .exits(1)
        .says("status 404: nothing is at that path")
        .says("correct the path in the URL");
    assert!(
        !ran.out.contains("a token that nobody was given"),
        "{}",
        ran.out
    );
}

#[test]
fn settings_are_looked_at_before_anything_is_sent() {
    let folder = Folder::new();
    folder
        .run(&[
            "doctor",
            "http://127.0.0.1:1/#/wechat",
            "--token",
            "a b",
            "--aes-key",
            "short",
        ])
        .exits(1)
        .says("the URL has a fragment")
        .says("it holds white space")
        .says("5 characters instead of 43")
        .says("the server was not asked");
    folder
        .run(&["doctor", CLOSED_PORT, "--token", TOKEN])
        .exits(1)
        .says("nothing listens at 127.0.0.1:")
        .says("Fix: start your server");
}

#[test]
fn a_query_that_is_not_looked_at_or_rewritten_is_told_apart() {
    let folder = Folder::new();
    let greeting = scripted();
    let welcome =
        Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string("welcome"));
    runtime().block_on(welcome.mount(&greeting));
    folder
        .run(&["doctor", &greeting.uri(), "--token", TOKEN])
        .exits(1)
        .says("answers every GET with `welcome`, with or without parameters");
    // Decoded twice on its way, as by a proxy that normalises; and no signature is looked at.
    let rewritten = scripted();
    let echo = |request: &Request| {
        let echostr = request
            .url
            .query_pairs()
            .find(|(name, _)| name == "echostr");
        let text = echostr.map_or_else(String::new, |(_, value)| value.replace('+', " "));
        ResponseTemplate::new(200).set_body_string(text)
    };
    runtime().block_on(Mock::given(any()).respond_with(echo).mount(&rewritten));
    folder
        .run(&["doctor", &rewritten.uri(), "--token", TOKEN])
        .exits(1)
        .says("decodes the query twice")
        .says("your server takes everything");
}

/// Verifies with the three strings as they come, and serves nothing else.
fn unsorted(request: &Request) -> ResponseTemplate {
    let value = |wanted: &str| {
        let found = request.url.query_pairs().find(|(name, _)| name == wanted);
        found.map_or_else(String::new, |(_, value)| value.into_owned())
    };
    let (timestamp, nonce) = (value("timestamp"), value("nonce"));
    // Empty strings sort in front and add nothing: this is the bare hash of the joined strings.
    let joined = [TOKEN, &timestamp, &nonce].concat();
    if value("signature") == signature(&joined, "", "") {
        ResponseTemplate::new(200).set_body_string(value("echostr"))
    } else {
        ResponseTemplate::new(403).set_body_string("bad signature")
    }
}

#[test]
fn a_mistake_is_named_with_its_proof_in_both_languages_and_as_json() {
    let server = scripted();
    runtime().block_on(Mock::given(any()).respond_with(unsorted).mount(&server));
    let folder = Folder::new();
    let url = server.uri();
    let doctor = ["doctor", url.as_str(), "--token", TOKEN];
    let ran = folder
        .run(&[&doctor[..], &["--report-json", "doctor.json"]].concat())
        .exits(1)
        .says("Fix this first")
        .says("does not sort the three strings: it hashes token + timestamp + nonce")
        .says("proven twice, with two nonces")
        .says("$WXCHECK_TOKEN");
    assert!(!ran.out.contains(TOKEN), "{}", ran.out);
    let report = folder.read_json("doctor.json");
    assert_eq!(report["causes"][0]["id"], "order-unsorted");
    assert_eq!(report["causes"][0]["certainty"], "proven");
    folder
        .run(&[&doctor[..], &["--lang", "zh"]].concat())
        .exits(1)
        .says("现在先改这个")
        .says("没有对三个字符串排序");
    // The same stands at the top of a run's report, and in what is made of it.
    let check = [
        "check",
        url.as_str(),
        "--token",
        TOKEN,
        "--only",
        "url-check/*",
    ];
    let files = ["--report-json", "run.json", "--report-junit", "run.xml"];
    folder
        .run(&[&check[..], &files].concat())
        .exits(1)
        .says("Fix this first")
        .says("does not sort the three strings");
    let report = folder.read_json("run.json");
    assert_eq!(report["diagnosis"][0]["id"], "order-unsorted");
    assert!(folder.read("run.xml").contains("order-unsorted"));
}

#[test]
fn a_doctor_without_a_url_is_a_slip() {
    Folder::new()
        .run(&["doctor"])
        .exits(2)
        .complains("no URL is given");
}

#[test]
fn a_dead_address_beside_a_living_one_is_named() {
    let server = correct(PLAIN_XML);
    let port = server.url().split(':').nth(2).unwrap();
    let port = port.split('/').next().unwrap();
    let living = format!("h.example=127.0.0.1:{port}");
    let dead = CLOSED_PORT.trim_start_matches("http://");
    let dead = format!("h.example={}", dead.split('/').next().unwrap());
    Folder::new()
        .run(&[
            "doctor",
            "http://h.example/wechat",
            "--token",
            TOKEN,
            "--resolve",
            &dead,
            "--resolve",
            &living,
        ])
        .exits(1)
        .says("leads to several addresses")
        .says("echostr comes back as it was sent");
}

#[test]
fn a_doctor_speaks_chinese_to_its_last_line() {
    let server = correct(PLAIN_XML);
    let ran = Folder::new()
        .run(&["--lang", "zh", "doctor", server.url(), "--token", TOKEN])
        .exits(0)
        .says("URL 验证")
        .says("需要修复：0");
    for line in ran.out.lines() {
        let is_told = !line.is_ascii() && line.chars().any(|char| ('一'..='龥').contains(&char));
        let names_only = line.contains("http://");
        assert!(is_told || names_only, "{line}");
    }
}

#[test]
fn a_mistake_is_told_in_chinese_alone() {
    let own = mistakes().filter(|mistake| {
        let shown = [
            "redirect-slash",
            "other-receiver",
            "reply-word",
            "raised",
            "echo-silent",
        ];
        shown.iter().any(|cause| mistake.causes.contains(cause))
    });
    for mistake in own {
        let server = server(mistake.setting, (mistake.behaviour)());
        let mode = mistake.setting.mode.to_string();
        let doctor = ["doctor", server.url(), "--token", TOKEN, "--mode", &mode];
        let account = [
            "--account",
            mistake.setting.account.name(),
            "--appid",
            APPID,
        ];
        let key = ["--aes-key", AES_KEY];
        for lang in ["en", "zh"] {
            let args = [&doctor[..], &account, &key, &["--lang", lang]].concat();
            let ran = Folder::new().run(&args).exits(1);
            let left: Vec<&str> = ran.out.lines().filter(|line| has_sentence(line)).collect();
            assert_eq!(
                left.is_empty(),
                lang == "zh",
                "{}: {left:#?}",
                mistake.summary
            );
        }
    }
}

#[test]
fn every_cause_is_explained() {
    Folder::new()
        .run(&["explain", "causes"])
        .exits(0)
        .says("order-unsorted")
        .says("looks: ");
}

#[test]
fn a_forged_push_is_judged_by_what_the_answer_shows() {
    let folder = Folder::new();
    let (believes, _) = broken("push-unchecked-in-plain-mode");
    folder
        .run(&["doctor", believes.url(), "--token", TOKEN])
        .exits(1)
        .says("a push with a wrong signature is taken like a right one")
        .says("Check `signature` on every POST too")
        .says("to fix: 1,");
    let checks = correct(PLAIN_XML);
    folder
        .run(&["doctor", checks.url(), "--token", TOKEN])
        .exits(0)
        .says("a push with a wrong signature is not taken")
        .says("to fix: 0,");
    // The GET is checked, and every POST gets `success`: that says nothing of what was done with it.
    let silent = scripted();
    let answer = |request: &Request| {
        let value = |name: &str| {
            let mut pairs = request.url.query_pairs();
            let found = pairs.find(|(known, _)| known == name);
            found.map_or_else(String::new, |(_, value)| value.into_owned())
        };
        let (timestamp, nonce) = (value("timestamp"), value("nonce"));
        let is_right = signature(TOKEN, &timestamp, &nonce) == value("signature");
        match request.method.as_str() {
            "GET" if is_right => ResponseTemplate::new(200).set_body_string(value("echostr")),
            "GET" => ResponseTemplate::new(403),
            _ => ResponseTemplate::new(200).set_body_string("success"),
        }
    };
    runtime().block_on(Mock::given(any()).respond_with(answer).mount(&silent));
    folder
        .run(&["--lang", "zh", "doctor", &silent.uri(), "--token", TOKEN])
        .exits(0)
        .says("签名错误的推送得到与正确推送一样的响应；仅凭响应看不出它有没有被处理")
        .says("需要修复：0，存疑：2，");
}

#[test]
fn a_wrong_token_is_told_with_code_in_four_languages() {
    let server = correct(PLAIN_XML);
    let folder = Folder::new();
    let ran = folder
        .run(&["doctor", server.url(), "--token", "anotherToken"])
        .exits(1);
    for language in [
        "Python: ",
        "Node.js: ",
        "PHP: ",
        "Java: String[] a = {TOKEN,",
    ] {
        assert!(ran.out.contains(language), "{language}: {}", ran.out);
    }
    assert!(!ran.out.contains("--token"), "{}", ran.out);
}
