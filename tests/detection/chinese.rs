//! Reports in Chinese hold no English sentence of ours: looked at in every run that is judged here.

use std::collections::BTreeSet;

use wxcheck_suite::{report::View, words};

/// The complaint about sentences that the catalogue lacks.
pub(crate) fn complaint(run: &View) -> Option<String> {
    let mut left = BTreeSet::new();
    for row in &run.rows {
        let reason = row
            .reason
            .as_ref()
            .map(|reason| (reason.to_string(), reason.chinese()));
        let translated = |text: &String| (text.clone(), words::in_chinese(text));
        let of_finding = row.finding.iter().flat_map(|finding| {
            let sentences = [&finding.expected, &finding.actual].into_iter();
            sentences.chain(&finding.story).map(translated)
        });
        for (english, chinese) in reason.into_iter().chain(of_finding) {
            if has_sentence(&chinese) {
                left.insert(format!("  {}: {english} ⇒ {chinese}", row.rule.id));
            }
        }
    }
    let left: Vec<String> = left.into_iter().collect();
    (!left.is_empty()).then(|| format!("English in a Chinese report:\n{}", left.join("\n")))
}

/// True if three English words stand in a row, outside of what is quoted and of what a request or an answer holds.
fn has_sentence(text: &str) -> bool {
    let own: String = text.split('`').step_by(2).collect::<Vec<_>>().join(" · ");
    let own = own.split(['{', '<']).next().unwrap_or_default();
    let mut row = 0;
    own.split_whitespace().any(|word| {
        let letters = word.trim_end_matches([',', '.', ';', ':']);
        let is_word = letters.len() > 1 && letters.chars().all(|char| char.is_ascii_lowercase());
        row = if is_word { row + 1 } else { 0 };
        let is_found = row >= 3;
        // Names in a list are no sentence.
        if letters != word {
            row = 0;
        }
        is_found
    })
}
