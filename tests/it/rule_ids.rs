//! Names of rules: each is spelled in one place, and all else uses the constant.

use std::{fs, path::Path};

use crate::comments::sources;

/// Folders and files of the suite that may spell the name of a rule: where rules are defined, and their Chinese words.
const OWN: [&str; 4] = [
    "suite/src/rules",
    "suite/src/rule/",
    "suite/src/rule_id.rs",
    "suite/src/words",
];

/// The string literals of a file, up to its tests, that read like the name of a rule.
fn spelled<'a>(text: &'a str, ids: &'a [String]) -> impl Iterator<Item = &'a str> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines
        .flat_map(|line| line.split('"').skip(1).step_by(2))
        .filter(|literal| ids.iter().any(|id| id == literal))
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test reads the sources that it is about"
)]
fn the_name_of_a_rule_is_spelled_where_the_rule_is() {
    let ids: Vec<String> = wxcheck_suite::rules::all()
        .map(|rule| rule.id.to_string())
        .collect();
    let wrong = format!("let it = \"{}\"; // \"none\"\n", ids[0]);
    assert_eq!(spelled(&wrong, &ids).count(), 1);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in [
        "suite/src",
        "src",
        "settings/src",
        "events/src",
        "mock-server/src",
        "harness/src",
    ] {
        sources(&root.join(folder), &mut files);
    }
    let mut places = Vec::new();
    for file in files {
        let name = file
            .strip_prefix(root)
            .unwrap()
            .to_string_lossy()
            .replace('\\', "/");
        if OWN.iter().any(|own| name.starts_with(own)) || name.ends_with("/tests.rs") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        places.extend(spelled(&text, &ids).map(|id| format!("{name}: {id}")));
    }
    assert!(places.is_empty(), "{places:#?}");
}
