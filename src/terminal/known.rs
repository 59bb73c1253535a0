//! The findings that are known and accepted, and the entries of the list that are no longer right.

use wxcheck_suite::report::{
    View,
    known::{in_chinese, in_english},
};

use super::page::Page;
use crate::cli::Lang;

impl Page<'_> {
    /// The rules whose findings are all listed, with the reason of each.
    pub(super) fn known(&mut self, view: &View) {
        let known: Vec<_> = view.known().collect();
        if known.is_empty() {
            return;
        }
        self.gap();
        self.line(self.labels.known);
        for (row, known) in known {
            let until = known.expires.as_ref().map(|day| match self.style.lang {
                Lang::En => format!(" (until {day})"),
                Lang::Zh => format!("（有效期至 {day}）"),
            });
            self.line(&format!("  {}{}", row.rule.id, until.unwrap_or_default()));
            self.line(&format!("    {}", known.reason.replace('\n', " ")));
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
                Lang::En => format!("  {file} line {line}: {}", in_english(fault)),
                Lang::Zh => format!("  {file} 第 {line} 行：{}", in_chinese(fault)),
            });
        }
    }
}
