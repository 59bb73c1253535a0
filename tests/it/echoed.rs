//! The text of a hostile target: secrets come out of no command in any form, and nothing that it sends acts.

#![expect(
    clippy::format_collect,
    reason = "the forms of a word are short, and this shows how each is written"
)]

use std::sync::atomic::{AtomicUsize, Ordering};

use quick_xml::{Reader, events::Event};
use serde_json::Value;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::any};

use crate::program::{
    AES_KEY, APPID, FETCH_TOKEN, Folder, Ran, TOKEN, received, runtime, scripted,
};

const SECRET: &str = "Vb4Nq8Lm1Zx6Kj3P";
const USER: &str = "mario";
const PASSWORD: &str = "Pa55=w0rd";

/// A way in which a text may be written.
type Form = fn(&str) -> String;

const FORMS: [(&str, Form); 12] = [
    ("as it is", str::to_owned),
    ("percent-encoded", |text| {
        text.bytes().map(|byte| format!("%{byte:02X}")).collect()
    }),
    ("percent-encoded twice", |text| {
        text.bytes().map(|byte| format!("%25{byte:02x}")).collect()
    }),
    ("as in a query", |text| {
        text.replace('+', "%2B").replace('=', "%3D")
    }),
    ("Base64", |text| base64(text.as_bytes())),
    ("Base64 within more", |text| {
        base64(format!("x {text} y").as_bytes())
    }),
    ("hex", |text| {
        text.bytes().map(|byte| format!("{byte:02x}")).collect()
    }),
    ("upper case", str::to_uppercase),
    ("HTML entities", |text| {
        text.bytes().map(|byte| format!("&#{byte};")).collect()
    }),
    ("HTML entities in hex", |text| {
        text.bytes().map(|byte| format!("&#x{byte:x};")).collect()
    }),
    ("JSON escapes", |text| {
        text.bytes().map(|byte| format!("\\u{byte:04x}")).collect()
    }),
    ("reversed", |text| text.chars().rev().collect()),
];

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three
            .iter()
            .chain([&0, &0])
            .take(3)
            .fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        for place in 0..4 {
            let letter = LETTERS[bits >> (18 - 6 * place) & 63];
            text.push(if place > three.len() {
                '='
            } else {
                letter.into()
            });
        }
    }
    text
}

/// Texts that must not come out: the secrets, and both orders of user and password.
fn secrets() -> Vec<String> {
    let pairs = [format!("{USER}:{PASSWORD}"), format!("{PASSWORD}:{USER}")];
    let plain = [TOKEN, AES_KEY, SECRET, FETCH_TOKEN, PASSWORD].map(str::to_owned);
    plain.into_iter().chain(pairs).collect()
}

/// Answers with one of the secrets after the other in one form, now in the body of an error page, now in headers and the
/// target of a redirect, now in data.
struct Echo {
    form: Form,
    answers: AtomicUsize,
}

impl Respond for Echo {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let number = self.answers.fetch_add(1, Ordering::Relaxed);
        let secrets = secrets();
        let secret = (self.form)(&secrets[number / 4 % secrets.len()]);
        let signature = request
            .url
            .query_pairs()
            .find(|(name, _)| name.ends_with("signature"))
            .map_or_else(String::new, |(_, value)| (self.form)(&value));
        let text = if number.is_multiple_of(2) {
            format!("cfg {secret} sig {signature}")
        } else {
            format!("sig {signature} cfg {secret}")
        };
        let answer = match number % 3 {
            0 => ResponseTemplate::new(500).set_body_string(format!("<h1>{text}</h1>")),
            1 => ResponseTemplate::new(302)
                .insert_header("Location", format!("/{}", text.replace(' ', "/")).as_str())
                .set_body_string(text.clone()),
            _ => ResponseTemplate::new(200).set_body_string(format!("{{\"c\":\"{text}\"}}")),
        };
        answer.insert_header("X-Debug", text.as_str())
    }
}

fn serving(echo: impl Respond + 'static) -> MockServer {
    let server = scripted();
    runtime().block_on(Mock::given(any()).respond_with(echo).mount(&server));
    server
}

/// Everything that a run showed and left behind.
fn everything(folder: &Folder, ran: &Ran) -> String {
    let mut texts = vec![ran.out.clone(), ran.err.clone()];
    for part in ["reports", "replays", "contract"] {
        for name in folder.list(part) {
            texts.push(folder.read(&format!("{part}/{name}")));
        }
    }
    texts.join("\n")
}

const REPLAY: &str = r#"{"wxcheck":"0.1.0","rule":"reply/acknowledges","claim":"status","mode":"plain","format":"xml",
"account":"mini","scenario":{"steps":["visit"]}}"#;

/// Every command that asks a target, each with what it shows and writes.
fn every_command(folder: &Folder, server: &MockServer) -> Vec<(&'static str, String)> {
    let url = server.uri().replace(
        "://",
        &format!("://{USER}:{}@", PASSWORD.replace('=', "%3D")),
    );
    let keys = [
        "--token",
        TOKEN,
        "--aes-key",
        AES_KEY,
        "--appid",
        APPID,
        "--mode",
        "plain",
        "--secret",
        SECRET,
    ];
    let fetch = ["--fetch-token", FETCH_TOKEN];
    let files = [
        "--report-json",
        "reports/report.json",
        "--report-junit",
        "reports/report.xml",
        "--report-html",
        "reports/report.html",
        "--replay-dir",
        "replays",
        "--contract",
        "contract",
        "--cases",
        "1",
        "--verbose",
    ];
    let only = ["reply", "fetch", "url-check", "push-signature"];
    let only: Vec<&str> = only.iter().flat_map(|area| ["--only", area]).collect();
    let prefetch = ["--prefetch-url", &url];
    let check = [
        &["check", &url],
        &keys[..],
        &fetch,
        &files,
        &prefetch,
        &only,
    ]
    .concat();
    let push = [&["push", "text", &url], &keys[..], &["--times", "24"]].concat();
    let doctor = [&["doctor", &url], &keys[..], &fetch, &prefetch].concat();
    let once = ["fetch", "prefetch", &url];
    let appid = [
        "--appid",
        APPID,
        "--token",
        TOKEN,
        "--secret",
        SECRET,
        "--aes-key",
        AES_KEY,
    ];
    let once = [&once[..], &fetch, &appid].concat();
    let mut shown = Vec::new();
    let mut run = |name, args: &[&str]| {
        let ran = folder.run(args);
        assert!(ran.code != 2, "{name}: {ran:#?}");
        shown.push((name, everything(folder, &ran)));
    };
    run("check", &check);
    run("push", &push);
    for _ in 0..3 {
        run("doctor", &doctor);
        run("fetch", &once);
    }
    for name in folder
        .list("replays")
        .iter()
        .filter(|name| {
            std::path::Path::new(name)
                .extension()
                .is_some_and(|kind| kind == "json")
        })
        .take(4)
    {
        let file = format!("replays/{name}");
        run(
            "replay",
            &[&["replay", &file, &url], &keys[..], &fetch, &prefetch].concat(),
        );
    }
    shown
}

#[test]
fn no_form_of_a_secret_comes_out_of_any_command() {
    for (called, form) in FORMS {
        let server = serving(Echo {
            form,
            answers: AtomicUsize::new(0),
        });
        let folder = Folder::new();
        // Also for commands that have no option for it.
        folder.write("wxcheck.toml", format!("fetch-token = '{FETCH_TOKEN}'\n"));
        let mut shown = every_command(&folder, &server);
        assert!(shown.iter().any(|(_, text)| text.contains("[redacted]")));
        for (_, text) in &mut shown {
            text.make_ascii_lowercase();
        }
        let mut hidden = secrets();
        for request in received(&server) {
            let signatures = request
                .url
                .query_pairs()
                .filter(|(name, value)| name.ends_with("signature") && value.len() == 40);
            hidden.extend(signatures.map(|(_, value)| value.into_owned()));
        }
        // Some of the many, from all commands.
        let signatures = hidden.split_off(secrets().len());
        let each = signatures.len() / 50 + 1;
        hidden.extend(signatures.into_iter().step_by(each));
        assert!(hidden.len() > secrets().len(), "no signature was sent");
        for secret in &hidden {
            for (name, encode) in FORMS
                .iter()
                .filter(|(name, _)| *name != "Base64 within more")
            {
                let look = encode(secret).to_ascii_lowercase();
                for (command, text) in &shown {
                    assert!(
                        !text.contains(&look),
                        "echoed {called}: `{look}` ({name}) in {command}: {text}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_short_secret_goes_where_it_stands_alone_and_words_stay() {
    let page = |_: &Request| {
        ResponseTemplate::new(500)
            .set_body_string("annex: token=Ann, anna &#65;nn 'Ann' channel QW5u")
    };
    let server = serving(page);
    let folder = Folder::new();
    let push = ["push", "text", &server.uri(), "--token", "Ann"];
    let shown = "annex: token=[redacted], anna [redacted] '[redacted]' channel [redacted]";
    folder.run(&push).says(shown);
    let doctor = ["doctor", &server.uri(), "--token", "Ann"];
    folder.run(&doctor).says(shown);
}

#[test]
fn a_body_of_several_lines_hides_no_secret() {
    let code = base64(format!("{SECRET} and {AES_KEY}, {SECRET}").as_bytes());
    let wrapped = |columns: usize, end: &str| {
        let lines: Vec<_> = code.as_bytes().chunks(columns).collect();
        let lines = lines.into_iter().map(String::from_utf8_lossy);
        lines.collect::<Vec<_>>().join(end)
    };
    let pairs = |between: &str| {
        let pairs: Vec<_> = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
        pairs.join(between)
    };
    let open: String = SECRET.bytes().map(|byte| format!("&#{byte}")).collect();
    for body in [
        "line\nAnn\nsee\tAnn\r\n".to_owned(),
        r#"{"a":"line\nAnn","b":"see\tAnn"}"#.to_owned(),
        wrapped(20, "\n"),
        wrapped(64, "\r\n"),
        wrapped(76, "\\n"),
        pairs(" "),
        pairs(":"),
        pairs("-"),
        open,
    ] {
        let shown = body.clone();
        let server = serving(move |_: &Request| {
            ResponseTemplate::new(500).set_body_string(format!("cfg <{body}>"))
        });
        let folder = Folder::new();
        let keys = ["--token", "Ann", "--secret", SECRET, "--aes-key", AES_KEY];
        let keys = [&keys[..], &["--appid", APPID, "--mode", "plain"]].concat();
        for command in [&["push", "text"][..], &["doctor"]] {
            let ran = folder.run(&[command, &[&server.uri()], &keys[..]].concat());
            let text = everything(&folder, &ran);
            assert!(text.contains("[redacted]"), "{shown}: {text}");
            for part in [
                "Ann",
                &code[..16],
                &pairs(":")[..12],
                &pairs(" ")[..12],
                "&#86&#98",
            ] {
                assert!(!text.contains(part), "{shown}: `{part}` in {text}");
            }
        }
    }
}

/// Everything that acts on some terminal, log reader or parser.
const ACTING: &str = "\n::error::pwned\r\n  ::warning::x\r##[error]y ##vso[task.setvariable]z\u{1b}]0;t\u{7}\u{1b}[2J\u{0}\
                      \u{fffe}\u{ffff}\u{202e}\u{2066}\u{200b}\u{200f}\u{2028}\u{2029}\u{85}\u{9b}\u{7f}\u{ad}\u{e0041}";

fn hostile() -> impl Respond {
    let answers = AtomicUsize::new(0);
    move |request: &Request| {
        let number = answers.fetch_add(1, Ordering::Relaxed);
        let echostr = request
            .url
            .query_pairs()
            .find(|(name, _)| name == "echostr");
        match (number % 4, echostr) {
            (0 | 2, Some((_, echostr))) => ResponseTemplate::new(200).set_body_string(echostr),
            (1, _) => ResponseTemplate::new(302)
                .insert_header("Location", "/::error::x/##[error]y/##vso[z]/%E2%80%AE")
                .set_body_string(ACTING),
            (2, _) => ResponseTemplate::new(500).set_body_string(ACTING),
            (3, _) => ResponseTemplate::new(200)
                .set_body_string(serde_json::json!({ ACTING: ACTING, "a": [ACTING] }).to_string()),
            _ => ResponseTemplate::new(200).set_body_string(ACTING),
        }
    }
}

#[track_caller]
fn assert_nothing_acts(text: &str) {
    for char in text.chars() {
        let acts = matches!(char, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
            || char.is_control() && char != '\n';
        assert!(!acts, "{char:?} in {text:?}");
    }
    for line in text.lines() {
        assert!(!line.trim_start().starts_with("::"), "{line}");
        for command in ["##[", "##vso["] {
            assert!(!line.contains(command), "{line}");
        }
    }
}

#[test]
fn nothing_that_a_target_writes_acts() {
    let server = serving(hostile());
    let folder = Folder::new();
    for (_, text) in every_command(&folder, &server) {
        assert_nothing_acts(&text);
    }
    let report = folder.read_json("reports/report.json");
    let visible = r"\u{1b}]0;t\u{7}\u{1b}[2J\u{0}\u{fffe}\u{ffff}\u{202e}";
    let says = |row: &Value| {
        row["actual"]
            .as_str()
            .is_some_and(|text| text.contains(visible))
    };
    let rows = report["rules"].as_array().unwrap();
    assert!(rows.iter().any(says), "{report:#}");
    let junit = folder.read("reports/report.xml");
    assert!(junit.contains(visible), "{junit}");
    assert!(junit.chars().all(is_xml), "{junit:?}");
    let mut reader = Reader::from_str(&junit);
    reader.config_mut().check_end_names = true;
    while reader.read_event().unwrap() != Event::Eof {}
}

/// True for a `Char` of XML 1.0.
fn is_xml(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[test]
fn nothing_in_files_of_others_acts() {
    let server = serving(|_: &Request| ResponseTemplate::new(200).set_body_string("success"));
    let folder = Folder::new();
    let hostile = r"\n::error::x\r##[error]y ##vso[z]\u001b]0;t\u0007\u202e\u200b\u2028";
    folder.write(
        "pushes/mini/odd.toml",
        format!(
            "name = \"odd\"\nsummary = \"A push {hostile}\"\nmsg-type = \"event\"\nevent = \"odd\"\nformats = [\"xml\", \"json\"]\n\
             from = \"user\"\ndedup = \"FromUserName + CreateTime\"\nreplies = [\"success\", \"empty\"]\nsource = \"{hostile}\"\n\
             confidence = \"high\"\n[[field]]\nname = \"X\"\ntype = \"text\"\nmeaning = \"{hostile}\"\nvalue = \"{hostile}\"\n"
        ),
    );
    folder.write("rule.json", REPLAY.replace("reply/acknowledges", hostile));
    folder.write("claim.json", REPLAY.replace("status", hostile));
    folder.write("broken.json", format!("{{\"{hostile}\":1}}"));
    folder.write(
        "text.json",
        REPLAY.replace(
            r#""visit""#,
            &format!(r#"{{"deliver":{{"content":{{"text":"{hostile}"}}}}}}"#),
        ),
    );
    folder.write("wxcheck.toml", "fixtures = 'pushes'\n");
    let uri = server.uri();
    for args in [
        &["push", "--list"][..],
        &["push", "--list", "--json"],
        &["explain", "push/odd"],
        &["push", "odd", "--show"],
        &["push", "odd", "--show", "--format", "json"],
        &["push", "odd", &uri, "--token", TOKEN],
        &["replay", "rule.json", &uri, "--token", TOKEN],
        &["replay", "claim.json", &uri, "--token", TOKEN],
        &["replay", "broken.json", &uri, "--token", TOKEN],
        &["replay", "text.json", &uri, "--token", TOKEN],
    ] {
        let ran = folder.run(args);
        assert_nothing_acts(&ran.out);
        assert_nothing_acts(&ran.err);
    }
}
