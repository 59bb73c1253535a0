//! Every form of report: as it was reviewed, where it goes, and that what a target writes does nothing in it.

use std::path::Path;

use serde_json::Value;
use wiremock::{Mock, ResponseTemplate, matchers::any};

use crate::program::{Folder, Ran, broken, correct, finish, installed, runtime, scripted};

/// A run of one broken server, by its events.
fn run() -> Folder {
    let (server, _) = broken("push-unchecked-in-plain-mode");
    let folder = Folder::new();
    let asked = ["--seed", "7", "--account", "official", "--events", "log"];
    let areas = ["--only", "push-signature", "--only", "envelope"];
    folder
        .check(server.url(), &[&asked[..], &areas].concat())
        .exits(1);
    folder
}

/// Settings of snapshots in which nothing of one run alone is left.
fn reviewed() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots/reports");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (pattern, stands_for) in [
        (r"127\.0\.0\.1:\d+", "127.0.0.1:[port]"),
        (r"oWXCK[0-9a-f]{23}", "[openid]"),
        (r"\b[1-4]\d{16}\b", "[MsgId]"),
        (r"(&apos;|')\d{10}(&apos;|')", "'[nonce]'"),
        (r"nonce=\d{10}", "nonce=[nonce]"),
        (r"\b1[7-9]\d{8}\b", "[time]"),
        (r#""(millis|waiting_millis|requests)": \d+"#, r#""$1": 0"#),
        (r#" *"late_millis": \d+,\n"#, ""),
        (r#"time="\d+\.\d{3}""#, r#"time="0.000""#),
        (r"(?m)^\d+\.\d s, \d+ requests, .*$", "[effort]"),
        (r"(?m)^\d+\.\d 秒，\d+ 个请求，.*$", "[effort]"),
        (env!("CARGO_PKG_VERSION"), "[version]"),
    ] {
        settings.add_filter(pattern, stands_for);
    }
    settings
}

/// A JSON report without what differs from run to run as a whole.
fn without_times(report: &str) -> String {
    let mut report: Value = serde_json::from_str(report).unwrap();
    report.as_object_mut().unwrap().remove("answer_times");
    for row in report["rules"].as_array_mut().unwrap() {
        row.as_object_mut().unwrap().remove("witness");
    }
    serde_json::to_string_pretty(&report).unwrap()
}

#[test]
fn each_form_is_as_reviewed() {
    let folder = run();
    let made = |form: &str, lang: &str| {
        let ran = folder.run(&["report", "log", form, "-", "--lang", lang]);
        ran.exits(1).out
    };
    reviewed().bind(|| {
        insta::assert_snapshot!("json", without_times(&made("--report-json", "en")));
        insta::assert_snapshot!("junit", made("--report-junit", "en"));
        insta::assert_snapshot!("sarif", made("--report-sarif", "en"));
        insta::assert_snapshot!("gitlab", made("--report-gitlab", "en"));
        insta::assert_snapshot!("junit.zh", made("--report-junit", "zh"));
        insta::assert_snapshot!("sarif.zh", made("--report-sarif", "zh"));
        insta::assert_snapshot!("gitlab.zh", made("--report-gitlab", "zh"));
        insta::assert_snapshot!("markdown", made("--report-markdown", "en"));
        insta::assert_snapshot!("markdown.zh", made("--report-markdown", "zh"));
    });
}

#[test]
fn a_run_that_only_the_gate_fails_is_as_reviewed() {
    let server = correct(crate::program::PLAIN);
    let folder = Folder::new();
    folder.write(
        "wxcheck.baseline.toml",
        "[[known]]\nrule = \"reply/status-200\"\nreason = \"ticket 1\"\n",
    );
    let asked = ["--seed", "7", "--events", "log", "--strict"];
    let status = ["--only", "reply/status-200"];
    let once = ["--only", "redelivery/event-once"];
    folder
        .check(server.url(), &[&asked[..], &status, &once].concat())
        .exits(1)
        .says("1 inconclusive · wxcheck.baseline.toml is out of date (1) · exit 1");
    let made = |form: &str| folder.run(&["report", "log", form, "-"]).exits(1).out;
    reviewed().bind(|| {
        insta::assert_snapshot!("sarif-strict", made("--report-sarif"));
        insta::assert_snapshot!("gitlab-strict", made("--report-gitlab"));
    });
}

#[test]
fn a_comparison_is_as_reviewed() {
    let folder = run();
    let (_, setting) = broken("push-unchecked-in-plain-mode");
    let server = correct(setting);
    let asked = ["--seed", "7", "--report-json", "fixed.json"];
    let area = ["--only", "push-signature"];
    folder.check(server.url(), &[&asked[..], &area].concat());
    let compared = |lang: &str, form: &[&str]| {
        let args = ["report", "fixed.json", "log", "--lang", lang];
        folder.run(&[&args[..], form].concat()).exits(1).out
    };
    reviewed().bind(|| {
        insta::assert_snapshot!("comparison", compared("en", &[]));
        insta::assert_snapshot!("comparison.zh", compared("zh", &[]));
        let markdown = ["--report-markdown", "-"];
        insta::assert_snapshot!("comparison.markdown", compared("en", &markdown));
        insta::assert_snapshot!("comparison.markdown.zh", compared("zh", &markdown));
    });
    let back = folder.run(&["report", "log", "fixed.json"]);
    back.exits(0).says("Fixed (").says("0 new");
    folder.write("same", folder.read("log"));
    let same = folder.run(&["report", "log", "same"]);
    same.exits(0).says("Still broken (").says("0 new, 0 fixed");
    folder.check(crate::program::CLOSED_PORT, &["--report-json", "none.json"]);
    let none = folder.run(&["report", "fixed.json", "none.json"]);
    none.exits(3).says("the later run has no verdict");
    let other = ["report", "log", "fixed.json", "--report-sarif", "x"];
    folder
        .run(&other)
        .exits(2)
        .complains("--report-sarif: a comparison is written as Markdown alone");
    let over = [
        "report",
        "log",
        "fixed.json",
        "--report-markdown",
        "fixed.json",
    ];
    folder.run(&over).exits(2).complains("they are one file");
}

#[test]
fn each_form_goes_to_standard_output_and_one_alone() {
    let folder = run();
    for (form, begins) in [
        ("--report-json", "{\n  \"schema\": 1,"),
        ("--report-junit", "<?xml"),
        ("--report-markdown", "## ❌ wxcheck: "),
        ("--report-sarif", "{\n  \"$schema\""),
        ("--report-gitlab", "[\n  {"),
    ] {
        let ran = folder.run(&["report", "log", form, "-"]).exits(1);
        assert!(ran.out.starts_with(begins), "{form}: {}", ran.out);
        assert!(ran.err.contains("FAILED"), "{}", ran.err);
        let both = ["report", "log", form, "-", "--report-json", "-"];
        let both = folder.run(if form == "--report-json" {
            &["report", "log", "--report-sarif", "-", "--report-json", "-"]
        } else {
            &both
        });
        both.exits(2).complains("standard output takes one of them");
    }
}

#[test]
fn warnings_are_in_junit_what_was_asked_for() {
    let (server, _) = broken("reply-created");
    let folder = Folder::new();
    let only = ["--only", "reply", "--events", "log"];
    folder.check(server.url(), &only);
    let made = |warnings: &[&str]| {
        let args = ["report", "log", "--report-junit", "junit.xml"];
        folder.run(&[&args[..], warnings].concat());
        folder.read("junit.xml")
    };
    let passed = made(&[]);
    assert_eq!(made(&["--junit-warnings", "passed"]), passed);
    let warned = passed.matches("<system-out>warned: ").count();
    assert!(warned > 0, "{passed}");
    let failure = made(&["--junit-warnings", "failure"]);
    let should = failure.matches("<failure type=\"should\"").count();
    assert_eq!(should, warned);
    let skipped = made(&["--junit-warnings", "skipped"]);
    let named = skipped.matches("<skipped type=\"warned\"").count();
    assert_eq!(named, warned);
    let wrong = ["report", "log", "--junit-warnings", "loud"];
    folder
        .run(&wrong)
        .exits(2)
        .complains("choose passed, skipped or failure");
}

#[test]
fn junit_is_as_its_schema_says() {
    let folder = run();
    let closed = ["--events", "closed"];
    folder.check(crate::program::CLOSED_PORT, &closed).exits(3);
    if !installed("xmllint") {
        return;
    }
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/schema/junit.xsd");
    for (log, lang) in [
        ("log", "en"),
        ("log", "zh"),
        ("closed", "en"),
        ("closed", "zh"),
    ] {
        folder.run(&["report", log, "--report-junit", "junit.xml", "--lang", lang]);
        let mut lint = std::process::Command::new("xmllint");
        lint.args(["--noout", "--schema"]).arg(&schema);
        let ran = finish(lint.arg(folder.path("junit.xml")));
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
}

/// A run as GitHub Actions starts it.
fn on_github(folder: &Folder, url: &str, more: &[&str]) -> Ran {
    let asked = ["check", url, "--token", crate::program::TOKEN];
    let mut command = folder.wxcheck(&[&asked[..], more].concat());
    command
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_STEP_SUMMARY", folder.path("summary.md"));
    finish(&mut command)
}

/// The lines that GitHub takes for commands.
fn commands(out: &str) -> Vec<&str> {
    let begins = |line: &&str| line.trim_start().starts_with("::");
    out.lines().filter(begins).collect()
}

#[test]
fn github_is_told_of_findings_and_gets_a_summary() {
    let (server, _) = broken("push-unchecked-in-plain-mode");
    let area = ["--only", "push-signature"];
    let folder = Folder::new();
    folder.write("summary.md", "before\n");
    let ran = on_github(&folder, server.url(), &area).exits(1);
    let told = commands(&ran.out);
    let rule = "push-signature/rejects-forged-signature";
    let begins = format!("::error title={rule} (must)::");
    let of_rule = told.iter().filter(|line| line.starts_with(&begins));
    assert_eq!(of_rule.count(), 1, "{told:?}");
    let summary = folder.read("summary.md");
    assert!(summary.starts_with("before\n## ❌ wxcheck: "), "{summary}");
    assert!(summary.contains(rule));
    let again = on_github(
        &folder,
        server.url(),
        &[&area[..], &["--github", "never"]].concat(),
    );
    assert_eq!(commands(&again.exits(1).out), [""; 0]);
    assert_eq!(folder.read("summary.md"), summary);
    // Elsewhere nobody is told, unless asked for.
    let here = folder.check(server.url(), &area).exits(1);
    assert_eq!(commands(&here.out), [""; 0]);
    let asked = folder.check(server.url(), &[&area[..], &["--github", "always"]].concat());
    assert_eq!(commands(&asked.exits(1).out).len(), told.len());
}

#[test]
fn a_summary_has_no_more_than_github_takes() {
    let (server, _) = broken("push-unchecked-in-plain-mode");
    let folder = Folder::new();
    let most = 1024 * 1024;
    for room in [2000, 300, 10, 0] {
        folder.write("summary.md", "x".repeat(most - room));
        on_github(&folder, server.url(), &["--only", "push-signature"]).exits(1);
        let summary = folder.read("summary.md");
        assert!(summary.len() <= most, "{room}");
        let added = &summary[most - room..];
        let is_told = added.contains("The rest has no room here");
        assert_eq!(is_told, room >= 300, "{added}");
        let [opened, closed] = ["<details>", "</details>"].map(|tag| added.matches(tag).count());
        assert_eq!(opened, closed, "{added}");
    }
}

/// Words that would do something to whoever reads a report.
const HOSTILE: &str = "::error::owned\n::set-output name=x::y\n##[error]z %0A::warning::w ``` ```` `@everyone` \
    </details><script>alert(1)</script> [click](javascript:alert) ![x](https://evil.example/p.png) | cell |\n# head\n";

/// A Markdown text without its code, which does nothing.
fn outside_of_code(text: &str) -> String {
    let mut outside = String::new();
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match fence {
            Some(open) if line == open => fence = None,
            Some(_) => {}
            None if ticks >= 3 && !line[ticks..].contains('`') => fence = Some(&line[..ticks]),
            None => {
                outside += &without_spans(line);
                outside.push('\n');
            }
        }
    }
    assert_eq!(fence, None, "a block that is not closed");
    outside
}

fn without_spans(line: &str) -> String {
    let Some(at) = line.find('`') else {
        return line.to_owned();
    };
    let behind = &line[at..];
    let open = behind.len() - behind.trim_start_matches('`').len();
    let (ticks, rest) = behind.split_at(open);
    let is_end = |at: usize| {
        let after = &rest[at + open..];
        !rest[..at].ends_with('`') && !after.starts_with('`')
    };
    let end = rest.match_indices(ticks).find(|(at, _)| is_end(*at));
    match end {
        Some((end, _)) => format!("{}{}", &line[..at], without_spans(&rest[end + open..])),
        None => line.to_owned(),
    }
}

#[test]
fn what_a_target_writes_does_nothing_in_a_report() {
    let server = scripted();
    let answer = ResponseTemplate::new(200).set_body_string(HOSTILE);
    runtime().block_on(Mock::given(any()).respond_with(answer).mount(&server));
    let folder = Folder::new();
    let forms = ["--events", "log", "--report-markdown", "report.md"];
    for lang in ["en", "zh"] {
        let asked = [&forms[..], &["--lang", lang, "-v"]].concat();
        let ran = on_github(&folder, &server.uri(), &asked);
        let told = commands(&ran.out);
        assert!(!told.is_empty());
        for line in told {
            let ours = ["::error title=", "::warning title=", "::notice title="];
            assert!(ours.iter().any(|begins| line.starts_with(begins)), "{line}");
            let (head, message) = line[2..].split_once("::").unwrap();
            assert!(
                !head.contains("owned") && !message.contains("%0A::"),
                "{line}"
            );
        }
        assert!(!ran.out.contains("##[error]"));
        for file in ["report.md", "summary.md"] {
            let text = folder.read(file);
            assert!(
                text.contains("@everyone") || text.contains("script"),
                "{text}"
            );
            let outside = outside_of_code(&text);
            for word in [
                "@everyone",
                "<script",
                "](",
                "owned",
                "evil.example",
                "# head",
            ] {
                assert!(!outside.contains(word), "`{word}` stands in {outside}");
            }
        }
    }
}
