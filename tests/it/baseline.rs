//! Known findings: they fail nothing while they last, and the list says when it is out of date.

use crate::program::{Folder, PLAIN, broken, correct};

/// Two of its rules are broken, and a few more judged.
const BROKEN: &str = "push-unchecked-in-plain-mode";
const FILE: &str = "wxcheck.baseline.toml";
const AREA: [&str; 6] = [
    "--only",
    "push-signature",
    "--seed",
    "7",
    "--account",
    "official",
];
const FORGED: &str = "push-signature/rejects-forged-signature";

#[test]
fn what_is_written_down_fails_no_run_and_every_report_shows_it_as_known() {
    let (server, _) = broken(BROKEN);
    let folder = Folder::new();
    folder
        .check(server.url(), &AREA)
        .exits(1)
        .says("FAILED · 2 must · exit 1\n");
    let ran = folder.check(server.url(), &[&AREA[..], &["--write-baseline"]].concat());
    ran.exits(0)
        .complains("written: wxcheck.baseline.toml, known findings: ");
    let written = folder.read(FILE);
    assert!(
        written.contains(FORGED) && written.contains("claim = \"altered\""),
        "{written}"
    );

    let reports = [
        "--report-json",
        "r.json",
        "--report-junit",
        "r.xml",
        "--events",
        "log",
    ];
    let known = folder
        .check(server.url(), &[&AREA[..], &reports].concat())
        .exits(0);
    let known = known
        .says("Known, and accepted for now\n")
        .says(&format!("  {FORGED}: other-token, altered"))
        .says("because   no reason given yet\n")
        .says("PASSED · 2 known");
    for word in ["FAILED", "failed", "✗"] {
        assert!(!known.out.contains(word), "{word}: {}", known.out);
    }
    let report = folder.read_json("r.json");
    let rows = report["rules"].as_array().unwrap();
    let row = rows.iter().find(|row| row["id"] == FORGED).unwrap();
    assert_eq!(row["verdict"], "failed");
    let summary = &report["summary"];
    assert_eq!(
        (&summary["failed"], &summary["known"]),
        (&0.into(), &2.into())
    );
    let reason = row["known"]["reason"].as_str().unwrap();
    assert!(reason.starts_with("found on 20"), "{reason}");
    assert_eq!(report["baseline"]["faults"], serde_json::json!([]));
    let junit = folder.read("r.xml");
    assert!(
        junit.contains("<skipped type=\"known\" message=\"known: no reason given yet"),
        "{junit}"
    );
    assert!(junit.contains("failures=\"0\""), "{junit}");
    // The log has it all.
    let again = folder.run(&["report", "log"]).exits(0);
    assert_eq!(again.out, known.out);
    folder
        .run(&["--lang", "zh", "report", "log"])
        .exits(0)
        .says("已知问题，暂时豁免\n")
        .says("通过 · 2 已知");
}

#[test]
fn a_setting_is_advised_for_those_rules_alone_that_it_would_help() {
    let (server, _) = broken("ack-json-quoted");
    let folder = Folder::new();
    let areas = ["--only", "reply", "--only", "redelivery", "--seed", "7"];
    let report = ["--write-baseline", "--report-json", "r.json"];
    let ran = folder.check(server.url(), &[&areas[..], &report].concat());
    let report = folder.read_json("r.json");
    let rows = report["rules"].as_array().unwrap();
    let because = |row: &&serde_json::Value| row["because"]["reason"] == "missing";
    let open = rows.iter().filter(|row| row["verdict"] == "inconclusive");
    let (open, helped) = (open.clone().count(), open.filter(because).count());
    assert!(0 < helped && helped < open, "{helped} of {open}");
    ran.exits(0).says(&format!(
        " · {open} rules could not be judged: give --api-listen for {helped} of them · exit 0"
    ));
}

#[test]
fn a_list_that_is_out_of_date_fails_the_run_with_its_lines() {
    let (server, _) = broken(BROKEN);
    let folder = Folder::new();
    folder.write(
        FILE,
        format!(
            "[[known]]\nrule = '{FORGED}'\nreason = 'next month'\nexpires = 2020-01-31\n\n\
             [[known]]\nrule = 'push-signature/accepts-true-push'\nreason = 'was broken once'\n\n\
             [[known]]\nrule = 'push-signature/rejects-forged'\nreason = 'a slip'\n\n\
             [[known]]\nrule = 'push-signature/rejects-unsigned'\nclaim = 'nonsense'\nreason = 'a slip'\n"
        ),
    );
    folder
        .check(server.url(), &AREA)
        .exits(1)
        .says(&format!("{FILE} line 2: {FORGED} was accepted until 2020-01-31"))
        .says(&format!("{FILE} line 7: push-signature/accepts-true-push no longer occurs; remove the entry"))
        .says(&format!("{FILE} line 11: no rule is called `push-signature/rejects-forged`; did you mean"))
        .says(&format!("{FILE} line 15: push-signature/rejects-unsigned (nonsense): the rule makes no such claim"))
        .says(&format!("FAILED · 2 must · {FILE} is out of date (4) · exit 1\n"));
    folder
        .run(
            &[
                &[
                    "--lang",
                    "zh",
                    "check",
                    server.url(),
                    "--token",
                    crate::program::TOKEN,
                ],
                &AREA[..],
            ]
            .concat(),
        )
        .exits(1)
        .says(&format!(
            "{FILE} 第 7 行：push-signature/accepts-true-push 已不再出现"
        ));
}

#[test]
fn what_was_not_judged_is_not_gone_and_what_was_fixed_is() {
    let fixed = correct(PLAIN);
    let folder = Folder::new();
    folder.write(
        FILE,
        format!("[[known]]\nrule = '{FORGED}'\nreason = 'later'\n"),
    );
    folder
        .check(fixed.url(), &["--only", "reply/status-200"])
        .exits(0);
    let gone = folder.check(fixed.url(), &AREA).exits(1);
    gone.says(&format!("{FILE} line 2: {FORGED} no longer occurs"));
    // Written anew, the list is right again, and keeps what it had not to judge.
    let other = "[[known]]\nrule = 'reply/utf-8'\nreason = 'Ana: \"in May\"'\n";
    folder.write(
        FILE,
        format!("[[known]]\nrule = '{FORGED}'\nreason = 'later'\n{other}"),
    );
    folder
        .check(fixed.url(), &[&AREA[..], &["--write-baseline"]].concat())
        .exits(0);
    let written = folder.read(FILE);
    assert!(!written.contains(FORGED), "{written}");
    assert_eq!(written, other, "as its owner wrote it");
    folder.check(fixed.url(), &AREA).exits(0);
    // The built-in server has nothing to do with that list.
    let built_in = ["check", "--only", "url-check", "--write-baseline"];
    folder
        .run(&built_in)
        .exits(2)
        .complains("--write-baseline: no URL is given");
    assert_eq!(folder.read(FILE), other);
}

#[test]
fn a_list_that_cannot_be_read_stops_the_run_before_it_begins() {
    let folder = Folder::new();
    folder.write(FILE, "[[known]]\nrule = 'reply/utf-8'\n");
    let url = crate::program::CLOSED_PORT;
    folder
        .check(url, &[])
        .exits(2)
        .complains("wxcheck.baseline.toml line 1: missing field `reason`");
    folder
        .check(url, &["--baseline", "none.toml"])
        .exits(2)
        .complains("--baseline none.toml: there is no such file");
}

#[test]
fn what_fails_a_run_is_chosen() {
    let (server, _) = broken("ack-json-quoted");
    let folder = Folder::new();
    // The rule is a should: it is warned about.
    let only = [
        "--only",
        "url-check/any-parameter-order",
        "--only",
        "push-signature/sender-from-body",
    ];
    let with = |more: &[&str]| folder.check(server.url(), &[&only[..], more].concat()).code;
    let plain = with(&[]);
    assert_eq!(with(&["--fail-on", "must"]), plain);
    assert_eq!(
        with(&["--strict"]),
        with(&["--fail-on", "should,inconclusive"])
    );
    folder.check(server.url(), &["--fail-on", "maybe"]).exits(2);
    folder.write("wxcheck.toml", "fail-on = 'sometimes'\n");
    folder
        .check(server.url(), &[])
        .exits(2)
        .complains("wxcheck.toml line 1, fail-on: give must, should, info or inconclusive");
}

#[test]
fn a_skip_that_skips_nothing_is_told_with_its_line() {
    let server = correct(PLAIN);
    let folder = Folder::new();
    folder.write(
        "wxcheck.toml",
        "only = ['reply/status-200', 'reply/utf-8']\nskip = [\n  'reply/utf-8=later',\n  'envelope=plain mode',\n]\n",
    );
    let ran = folder.check(server.url(), &[]).exits(0);
    assert!(!ran.err.contains("reply/utf-8"), "{}", ran.err);
    ran.complains("wxcheck.toml line 4, skip: `envelope` skips nothing");
    // What the file skips in other runs is no slip in one that is narrowed by hand.
    folder.write("wxcheck.toml", "skip = ['reply/utf-8=later']\n");
    let narrowed = folder.check(server.url(), &["--only", "reply/status-200"]);
    assert_eq!(narrowed.exits(0).err, "");
    folder.write("wxcheck.toml", "");
    folder
        .check(
            server.url(),
            &["--only", "reply/status-200", "--skip", "envelope=x"],
        )
        .exits(0)
        .complains("--skip envelope: it skips nothing");
}

#[test]
fn a_part_of_a_run_takes_nothing_from_the_list_that_only_a_whole_run_can_judge() {
    let server = correct(PLAIN);
    let folder = Folder::new();
    let entry = "[[known]]\nrule = 'reply/no-empty-content'\nreason = 'Bo: next week'\n";
    folder.write(FILE, entry);
    // Its own plays pass; a push of a rule that was left out may show it.
    let only = ["--only", "reply/no-empty-content"];
    folder.check(server.url(), &only).exits(0).says("1 passed");
    folder
        .check(server.url(), &[&only[..], &["--write-baseline"]].concat())
        .exits(0);
    let written = folder.read(FILE);
    assert!(written.contains("Bo: next week"), "{written}");
}

#[test]
fn what_nobody_has_given_a_reason_for_says_so_in_the_language_of_the_run() {
    let (server, _) = broken(BROKEN);
    let folder = Folder::new();
    let chinese = |more: &[&str]| {
        let mut words = vec![
            "--lang",
            "zh",
            "check",
            server.url(),
            "--token",
            crate::program::TOKEN,
        ];
        words.extend_from_slice(&AREA);
        words.extend_from_slice(more);
        folder.run(&words)
    };
    chinese(&["--write-baseline"])
        .exits(0)
        .says("豁免原因  尚未填写原因");
    let written = folder.read(FILE);
    assert!(
        written.starts_with("# 已知的问题") && written.contains("；请在这里写明为何暂不修复"),
        "{written}"
    );
    let markdown = chinese(&["--report-markdown", "-"]).exits(0).out;
    let head = markdown.lines().next().unwrap();
    assert!(
        head.starts_with("## ✅ wxcheck: ")
            && head.ends_with("，2 已知")
            && !head.contains("未通过"),
        "{head}"
    );
    assert!(
        markdown.contains(" k 已知 |") && markdown.contains("豁免原因：尚未填写原因"),
        "{markdown}"
    );
    // What was found stands beside the reason.
    assert!(markdown.contains("other-token：被接受"), "{markdown}");
}
