//! Reports made of a JSON report: the same as those of the run's events.

use crate::{
    html::attacker,
    program::{APPID, Folder, broken, has_sentence},
};

/// Options for each report that is not JSON, with its file.
const OTHERS: [(&str, &str); 5] = [
    ("--report-html", "report.html"),
    ("--report-junit", "junit.xml"),
    ("--report-markdown", "report.md"),
    ("--report-sarif", "report.sarif"),
    ("--report-gitlab", "quality.json"),
];

/// Runs in which everything that a report may hold is there: findings of each kind, causes, a comparison of replies, a
/// run without contact.
fn runs() -> Vec<Folder> {
    let whole = ["--events", "log.ndjson", "--report-json", "report.json"];
    let (unchecked, _) = broken("push-unchecked-in-plain-mode");
    let official = ["--account", "official"];
    let (page, _) = broken("ack-html");
    let (created, _) = broken("reply-created");
    let skipping = ["--skip", "redelivery=not now", "--strict"];
    let fetched = [
        "--prefetch-url",
        page.url(),
        "--contract",
        "contract",
        "--appid",
        APPID,
    ];
    let closed = crate::program::CLOSED_PORT;
    let attacker = attacker();
    let hostile = attacker.uri();
    let some = ["--only", "reply", "--only", "tolerance"];
    let asked: [(&str, &[&str]); 5] = [
        (&hostile, &some),
        (unchecked.url(), &official),
        (page.url(), &fetched),
        (created.url(), &skipping),
        (closed, &[]),
    ];
    asked
        .into_iter()
        .map(|(url, more)| {
            let folder = Folder::new();
            folder.check(url, &[&whole[..], more].concat());
            folder
        })
        .collect()
}

#[test]
fn a_json_report_makes_every_other_report_to_the_byte() {
    for folder in runs() {
        for lang in ["en", "zh"] {
            let mut made = Vec::new();
            for source in ["log.ndjson", "report.json"] {
                let mut args = vec!["report", source, "-v", "--lang", lang];
                for (option, file) in OTHERS {
                    args.extend([option, file]);
                }
                args.extend(["--report-json", "again.json"]);
                let ran = folder.run(&args);
                let told = match (source, lang) {
                    ("log.ndjson", "en") => "log.ndjson: the events of a run",
                    ("log.ndjson", _) => "log.ndjson: 一次运行的事件日志",
                    (_, "en") => "report.json: the JSON report of a run",
                    (_, _) => "report.json: 一次运行的 JSON 报告",
                };
                assert_eq!(ran.err, format!("{told}\n"));
                let mut texts = vec![format!("exit {}", ran.code), ran.out];
                texts.extend(OTHERS.map(|(_, file)| folder.read(file)));
                texts.push(folder.read("again.json"));
                made.push(texts);
            }
            assert_eq!(made[0], made[1]);
            assert_eq!(made[0].last().unwrap(), &folder.read("report.json"));
            let foreign = made[1][1].lines().filter(|line| has_sentence(line));
            assert!(lang == "en" || foreign.count() == 0, "{}", made[1][1]);
        }
    }
}

#[test]
fn a_report_that_cannot_be_read_is_named() {
    let folder = Folder::new();
    for (text, told) in [
        ("{\"schema\": 1}", "x.json: this is neither the events nor"),
        (
            "{\"wxcheck\": \"0.1.0\", \"rules\": []}",
            "x.json: the report has no `schema`",
        ),
        (
            "{\"schema\": 7, \"wxcheck\": \"9.9\", \"rules\": []}",
            "x.json: the report has schema 7",
        ),
    ] {
        folder.write("x.json", text);
        folder.run(&["report", "x.json"]).exits(2).complains(told);
    }
}
