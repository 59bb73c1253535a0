//! `wxcheck doctor`: what is misconfigured, here or at the server, and the mend.

use wiremock::{Mock, Request, ResponseTemplate, matchers::any};
use wxcheck_protocol::push::{Format, Mode};
use wxcheck_reference_server::{Account, Setting};

use crate::program::{
    AES_KEY, APPID, CLOSED_PORT, FETCH_TOKEN, Folder, TOKEN, correct, runtime, scripted,
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
        .says("it arrives as it was sent")
        .says("bytes that would be cached")
        .says("right within half a minute")
        .says(" 0 wrong");
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
        .says("a push in plain mode, xml is refused")
        .says("fix: use --mode safe --format");
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
        .says("nothing listens on that port")
        .says("fix: start the server");
}

#[test]
fn a_query_that_is_lost_or_rewritten_is_told_apart() {
    let folder = Folder::new();
    let lost = scripted();
    let nothing =
        Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string("welcome"));
    runtime().block_on(nothing.mount(&lost));
    folder
        .run(&["doctor", &lost.uri(), "--token", TOKEN])
        .exits(1)
        .says("a GET with parameters is answered like one without")
        .says("$is_args$args");
    // Decoded twice on its way, as by a proxy that normalises.
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
        .says("something between rewrites the query");
}
