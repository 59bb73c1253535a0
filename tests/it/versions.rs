//! `--rules-as-of`, and what else stays the same from one version to the next.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::program::Folder;

/// Id and verdict of every rule that a report has.
fn verdicts(folder: &Folder) -> BTreeMap<String, String> {
    let report = folder.read_json("report.json");
    let rows = report["rules"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rows.iter()
        .map(|row| (text(&row["id"]), text(&row["verdict"])))
        .collect()
}

#[test]
fn rules_are_judged_as_of_an_earlier_version() {
    let folder = Folder::new();
    let judge = |more: &[&str]| {
        let run = [
            "check",
            "--only",
            "reply/member-answer",
            "--only",
            "url-check/*",
            "--report-json",
            "report.json",
        ];
        folder.run(&[&run, more].concat()).exits(0);
        verdicts(&folder)
    };
    let listed = folder.run(&["rules", "--json"]).exits(0).out;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let later: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .filter(|rule| !rule["since"].as_str().unwrap().starts_with("0.1."))
        .map(|rule| rule["id"].as_str().unwrap())
        .collect();
    // It came with 0.2, the others with 0.1.
    assert!(later.contains(&"reply/member-answer"), "{later:?}");
    let whole = judge(&[]);
    for given in ["0.1", "0.1.0"] {
        folder.write("wxcheck.toml", format!("rules-as-of = '{given}'\n"));
        for (rule, verdict) in judge(&[]) {
            if later.contains(&rule.as_str()) {
                assert_eq!(verdict, "skipped", "{rule}");
                let report = folder.read("report.json");
                assert!(report.contains("rules are judged as of 0.1"), "{report}");
            } else {
                assert_eq!(verdict, whole[&rule], "{rule}");
            }
        }
    }
    // A flag wins over the file.
    assert_eq!(judge(&["--rules-as-of", "0.2"]), whole);
}

#[test]
fn a_version_without_rules_is_a_usage_error() {
    let folder = Folder::new();
    let refused = |version: &str| folder.run(&["check", "--rules-as-of", version]).exits(2);
    refused("0.0").complains("no rule is that old");
    refused("99.0").complains("this is wxcheck");
    refused("latest").complains("give a version of wxcheck, like 0.1");
    folder.write("wxcheck.toml", "rules-as-of = 'latest'\n");
    folder
        .run(&["check"])
        .exits(2)
        .complains("wxcheck.toml line 1, rules-as-of");
}
