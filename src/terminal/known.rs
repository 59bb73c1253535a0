//! The findings that are known and accepted, and the entries of the list that are no longer right.

use wxcheck_suite::{
    report::{
        View,
        known::{in_chinese, in_english, reason},
    },
    words::sentence,
};

use super::page::Page;
use crate::language::Language;

impl Page<'_> {
    /// The rules whose findings are all listed, each with its claims, what was seen, and the reason.
    pub(super) fn known(&mut self, view: &View) {
        let known: Vec<_> = view.known().collect();
        if known.is_empty() {
            return;
        }
        self.gap();
        self.line(self.labels.known);
        for (row, known) in known {
            let until = known.expires.as_ref().map(|day| match self.style.lang {
                Language::English => format!(" (until {day})"),
                Language::Chinese => format!("（豁免至 {day}）"),
            });
            let claims = row.claims.join(", ");
            let (id, until) = (row.rule.id, until.unwrap_or_default());
            self.line(&match self.style.lang {
                Language::English => format!("  {id}: {claims}{until}"),
                Language::Chinese => format!("  {id}：{claims}{until}"),
            });
            if let Some(finding) = &row.finding {
                let seen = sentence(&finding.actual, self.style.lang);
                self.labelled(self.labels.got, &seen);
            }
            let why = reason(known, self.style.lang);
            self.labelled(self.labels.accepted_for, &why.replace('\n', " "));
        }
    }

    /// The entries that are no longer right, each with its place.
    pub(super) fn outdated(&mut self, view: &View) {
        let Some(list) = view
            .baseline
            .as_ref()
            .filter(|list| !list.faults.is_empty())
        else {
            return;
        };
        self.gap();
        self.heading(self.labels.outdated);
        for fault in &list.faults {
            let (file, line) = (&list.file, fault.line);
            self.line(&match self.style.lang {
                Language::English => format!("  {file} line {line}: {}", in_english(fault)),
                Language::Chinese => format!("  {file} 第 {line} 行：{}", in_chinese(fault)),
            });
        }
    }
}
