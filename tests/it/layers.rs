//! Modules that stand on each other in one direction: what is below knows nothing of what is above.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use crate::comments::sources;

/// The crates whose modules are layers.
const LAYERED: [&str; 10] = [
    "protocol",
    "events",
    "network",
    "mock-server",
    "store",
    "load",
    "workers",
    "suite",
    "settings",
    // The program.
    ".",
];

/// The modules right under the crate that a file names outside its tests and its comments.
fn named(text: &str) -> BTreeSet<String> {
    let code = text.split("mod tests {").next();
    let lines = code.unwrap_or_default().lines();
    let code: Vec<&str> = lines
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join("\n");
    let word = |text: &str| -> String {
        let letters = text.trim_start().chars();
        letters
            .take_while(|char| char.is_ascii_alphanumeric() || *char == '_')
            .collect()
    };
    let mut named = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let Some(list) = rest.strip_prefix('{') else {
            named.insert(word(rest));
            continue;
        };
        let mut depth = 0_usize;
        named.insert(word(list));
        for (at, char) in list.char_indices() {
            match char {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    named.insert(word(&list[at + 1..]));
                }
                _ => {}
            }
        }
    }
    named
}

/// The modules that are left when, again and again, those are taken away that name none of the others.
fn circle(mut modules: BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    loop {
        let names: BTreeSet<String> = modules.keys().cloned().collect();
        let before = modules.len();
        modules.retain(|own, named| named.iter().any(|name| name != own && names.contains(name)));
        if modules.len() == before {
            return modules.into_keys().collect();
        }
    }
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test reads the sources that it is about"
)]
fn no_modules_of_a_crate_stand_on_each_other() {
    let wrong = [
        ("one", "use crate::{a::{b, c}, two};"),
        ("two", "crate::one::act();"),
    ];
    let wrong = wrong.map(|(name, text)| (name.to_owned(), named(text)));
    assert_eq!(circle(BTreeMap::from(wrong)), ["one", "two"]);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in LAYERED {
        let folder = root.join(name).join("src");
        let mut files = Vec::new();
        sources(&folder, &mut files);
        let mut modules: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for file in files {
            let inside = file.strip_prefix(&folder).unwrap().to_string_lossy();
            let mut parts = inside.split(['/', '\\']);
            let module = parts.next().unwrap();
            if parts.any(|part| part.trim_end_matches(".rs") == "tests") {
                continue;
            }
            let module = module.trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&file).unwrap();
            modules.entry(module).or_default().extend(named(&text));
        }
        // What a crate shows, or a program begins with, stands above all of it; what tests are written with is no part of it.
        modules.retain(|module, _| !["lib", "main", "hand_made"].contains(&module.as_str()));
        assert!(modules.len() > 3, "{name}");
        let left = circle(modules);
        assert!(left.is_empty(), "{name}: {left:?} stand on each other");
    }
}
