//! The pages of the rules in both books. Words come from the rule; the example is a play of the rule's own against a server
//! with one mistake, and against the correct one.

mod example;
mod page;
mod plain;

use std::path::Path;

use libtest_mimic::Trial;
use wxcheck_suite::{rule::Rule, rules};

use crate::{
    fresh::{REFRESH, is_stale},
    trial,
};

/// One trial for each area.
pub(crate) fn trials() -> impl Iterator<Item = Trial> {
    let mut areas: Vec<&str> = rules::all().map(Rule::area).collect();
    areas.dedup();
    areas
        .into_iter()
        .map(|area| trial("book", area, move || complaint(area)))
}

/// The pages of an area that are not what they would be if they were written now.
fn complaint(area: &str) -> Option<String> {
    let mut stale = Vec::new();
    for rule in rules::all().filter(|rule| rule.area() == area) {
        let example = example::of(rule);
        for lang in ["en", "zh"] {
            let path = format!(
                "{}/docs/{lang}/src/rules/{}.md",
                env!("CARGO_MANIFEST_DIR"),
                rule.id
            );
            let fresh = page::page(rule, example.as_ref(), lang);
            if is_stale(Path::new(&path), &fresh) {
                stale.push(path);
            }
        }
    }
    (!stale.is_empty()).then(|| {
        format!(
            "stale; refresh with\n\n    {REFRESH}\n\n{}",
            stale.join("\n")
        )
    })
}
