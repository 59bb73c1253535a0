//! The HTML report: one file in both languages, the same from a run and from its events, and harmless in a real browser
//! whatever a target sends.

use std::{
    env,
    io::{self, Write as _},
    path::Path,
    process::Command,
};

use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::any};

use crate::program::{Folder, TOKEN, broken, runtime, scripted};

/// The exit code of the walk where there is no Chromium.
const NO_BROWSER: i32 = 3;

/// Bytes that a page, a style, a script or a comment would act on, and letters that turn or hide text.
const HOSTILE: &[u8] = b"<script>window.hacked=1</script><img src=x onerror=\"window.hacked=2\"></style></script></title>\
    </textarea></pre><svg onload=window.hacked=3><iframe srcdoc=\"<script>parent.hacked=4</script>\"></iframe>\
    <link rel=stylesheet href=http://127.0.0.1:1/leak><base href=http://127.0.0.1:1/><!-- ]]> --!>\
    <a href=\"javascript:window.hacked=5\" style=position:fixed>x</a>&lt;b&gt;&#60;script&#62;\
    {{window.hacked=6}} ${window.hacked=7} '\"` \0\x01\x1b[31m\r\n\xe2\x80\xae\xe2\x80\x8b\xef\xbb\xbf\xc2\x85\xff\xfe\xc0\xaf\xed\xa0\x80\
    \n::error::pwned\n##[error]pwned \\u{1b}[31m";

/// A server that echoes as it should, and answers pushes with hostile bytes.
struct Attacker;

impl Respond for Attacker {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut query = request.url.query_pairs();
        match query.find(|(name, _)| name == "echostr") {
            Some((_, echostr)) => ResponseTemplate::new(200).set_body_string(echostr),
            None => ResponseTemplate::new(200)
                .insert_header("x-hostile", "</style><script>window.hacked=8</script>")
                .set_body_raw(HOSTILE, "text/html"),
        }
    }
}

/// Such a server.
pub(crate) fn attacker() -> MockServer {
    let server = scripted();
    runtime().block_on(Mock::given(any()).respond_with(Attacker).mount(&server));
    server
}

#[test]
fn nothing_that_a_target_sends_acts_in_a_browser() {
    let server = attacker();
    let folder = Folder::new();
    let url = format!("{}/<script>?a=\"><b>", server.uri());
    let args = [
        "--only",
        "reply",
        "--only",
        "tolerance",
        "--report-html",
        "report.html",
    ];
    folder.check(&url, &args).exits(1);
    let page = folder.read("report.html");
    assert!(!page.contains("<script>window"), "{page}");
    assert!(!page.contains("</style><script"), "{page}");

    let console = Path::new(env!("CARGO_MANIFEST_DIR")).join("console");
    if !console
        .join("node_modules/playwright-core/package.json")
        .exists()
    {
        return skip("playwright-core is not installed: console/test/install");
    }
    let walked = Command::new("node")
        .arg("test/report.js")
        .arg(folder.path("report.html"))
        .current_dir(console)
        .output();
    let walked = match walked {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return skip("there is no node"),
        walked => walked.unwrap(),
    };
    let told = [&walked.stdout, &walked.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    if walked.status.code() == Some(NO_BROWSER) {
        return skip(told[0].trim());
    }
    assert!(walked.status.success(), "{}{}", told[0], told[1]);
}

fn skip(reason: &str) {
    // Not `eprintln!`, which the harness captures.
    let line = format!("skipped: the HTML report in a browser ({reason})\n");
    io::stderr().write_all(line.as_bytes()).unwrap();
}

#[test]
fn the_html_report_is_the_same_from_the_events() {
    let (server, _) = broken("reply-created");
    let folder = Folder::new();
    let args = [
        "--only",
        "reply",
        "--events",
        "events.jsonl",
        "--report-html",
        "live.html",
    ];
    folder.check(server.url(), &args);
    let args = ["report", "events.jsonl", "--report-html", "again.html"];
    folder.run(&args);
    let (live, again) = (folder.read("live.html"), folder.read("again.html"));
    assert_eq!(live, again);
    for part in [
        "class=\"timeline\"",
        "class=\"exchange\"",
        "class=\"histogram\"",
    ] {
        assert!(live.contains(part), "no {part}");
    }
    assert!(!live.contains(TOKEN) && !live.contains("⟦"));
}

/// With `WXCHECK_REPORT`, the report is written there too: `docs/picture` takes a picture of it.
#[test]
fn the_html_report_is_as_reviewed() {
    let (server, _) = broken("push-unchecked-in-plain-mode");
    let folder = Folder::new();
    let areas = ["--only", "push-signature", "--only", "envelope"];
    let args = [
        "--seed",
        "7",
        "--account",
        "official",
        "--report-html",
        "report.html",
    ];
    folder
        .check(server.url(), &[&args[..], &areas].concat())
        .exits(1);
    let page = folder.read("report.html");
    if let Some(file) = env::var_os("WXCHECK_REPORT") {
        std::fs::copy(folder.path("report.html"), file).unwrap();
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots/reports");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (pattern, stands_for) in [
        (r"127\.0\.0\.1:\d+", "127.0.0.1:[port]"),
        (r"oWXCK[0-9a-f]{23}", "[openid]"),
        (r"gh_[0-9a-f]{12}", "[original id]"),
        (r"\b[1-4]\d{16}\b", "[MsgId]"),
        (r"'\d{10}'", "'[nonce]'"),
        (r"\b\d{10}\b", "[number]"),
        (r"\d+(\.\d+)? (µs|ms|s)\b", "[time]"),
        // Nothing stands there below a millisecond.
        (r"(<td class=.time.>)</td>", "${1}[time]</td>"),
        (r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d .* GMT", "[date]"),
        (
            r"\d+ (pushes were answered|条推送得到响应)[^<]*",
            "[answer times]",
        ),
        (r"((?:Requests|请求)</span></dt>\n<dd>)\d+", "${1}[count]"),
        // Of the machine that runs the tests, not of the report.
        (r" <small>&gt; 50%</small>", ""),
        (
            r"(?m)^<p class=.note.>.*(This machine was busy|本机繁忙).*\n",
            "",
        ),
    ] {
        settings.add_filter(pattern, stands_for);
    }
    for (lang, other) in [("en", "zh"), ("zh", "en")] {
        let text = in_language(&page, other);
        settings.bind(|| insta::assert_snapshot!(format!("html-{lang}"), text));
    }
}

/// The page's body without drawings and the texts of the other language, a block a line.
fn in_language(page: &str, other: &str) -> String {
    let body = page
        .split_once("<main")
        .unwrap()
        .1
        .split_once("</main>")
        .unwrap()
        .0;
    let drawn = without(body, "<svg", |drawn| drawn.split_once("</svg>").unwrap().1);
    let text = without(&drawn, &format!("<span class=\"{other}\""), behind_span);
    let blocks = [
        "div", "section", "details", "summary", "figure", "table", "tr", "td", "h", "p", "ul",
        "li", "ol", "dl", "dt", "dd", "pre", "button",
    ];
    let broken = blocks.iter().fold(text, |text, tag| {
        text.replace(&format!("<{tag}"), &format!("\n<{tag}"))
    });
    let lines = broken.lines().map(str::trim_end);
    lines
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The text without what begins so, up to where that ends.
fn without(text: &str, begins: &str, behind: impl Fn(&str) -> &str) -> String {
    let mut left = String::new();
    let mut rest = text;
    while let Some((before, from)) = rest.split_once(begins) {
        left.push_str(before);
        rest = behind(from);
    }
    left + rest
}

/// The text behind the end of a span that has begun.
fn behind_span(text: &str) -> &str {
    let mut depth = 1;
    let mut rest = text;
    while depth > 0 {
        let (begin, end) = (rest.find("<span"), rest.find("</span>").unwrap());
        if let Some(begin) = begin.filter(|begin| *begin < end) {
            depth += 1;
            rest = &rest[begin + 5..];
        } else {
            depth -= 1;
            rest = &rest[end + 7..];
        }
    }
    rest
}
