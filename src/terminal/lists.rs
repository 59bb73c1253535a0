//! The areas with a mark for each rule, and rules in lists.

use wxcheck_suite::{
    report::{
        View,
        labels::{KNOWN, counts, grouped, mark},
        view::Row,
    },
    verdict::Verdict,
};

use super::{labels, layout, page::Page};

impl Page<'_> {
    /// The target of the run.
    pub(super) fn header(&mut self, view: &View) {
        self.line(&labels::header(&view.begun, self.style.lang));
        self.fetch_times(view);
        self.gap();
    }

    /// The time until the data were there.
    fn fetch_times(&mut self, view: &View) {
        for fetched in &view.fetches {
            let Some(took) = fetched.took else { continue };
            self.line(&labels::fetched(fetched, took, self.style.lang));
        }
    }

    /// One line an area: a mark for each rule, then the counts; and what the marks mean.
    pub(super) fn areas(&mut self, view: &View) {
        let sizes = view.areas().map(|(_, mine)| mine.len());
        let widest = sizes.max().unwrap_or_default();
        for (area, mine) in view.areas() {
            let counts = counts(mine, self.style.lang);
            let name = format!("  {area:<16}");
            self.words(&name);
            // Marks that leave no room for the counts have a line of their own.
            let taken = layout::width(&name) + widest + 2;
            let is_narrow = taken + layout::width(&counts) > self.style.columns();
            self.marks(mine, layout::width(&name));
            if is_narrow {
                self.end();
                self.hanging(
                    &" ".repeat(layout::width(&name)),
                    layout::width(&name),
                    &counts,
                );
            } else {
                self.words(&" ".repeat(widest.saturating_sub(mine.len()) + 2));
                self.words(&counts);
                self.end();
            }
        }
        self.legend(view);
    }

    /// The marks of an area, in as many lines as they need.
    fn marks(&mut self, rows: &[Row], indent: usize) {
        let room = self.style.columns().saturating_sub(indent).max(1);
        for (place, row) in rows.iter().enumerate() {
            if place > 0 && place % room == 0 {
                self.end();
                self.words(&" ".repeat(indent));
            }
            self.marked(row.verdict, mark_of(row));
        }
    }

    /// The marks that were used, in words.
    fn legend(&mut self, view: &View) {
        let used = Verdict::ALL
            .into_iter()
            .filter(|verdict| view.unknown(*verdict).next().is_some());
        let mut words: Vec<String> = used
            .map(|verdict| format!("{} {}", mark(verdict), verdict.word(self.style.lang)))
            .collect();
        if view.known().next().is_some() {
            words.push(format!("{KNOWN} {}", self.labels.known_word));
        }
        if !words.is_empty() {
            self.line(&format!("  {}", words.join("  ")));
        }
    }

    /// Rules whose verdict is no fault, grouped by what there is to say.
    pub(super) fn short_list(&mut self, view: &View, verdict: Verdict) {
        let groups = grouped(view, verdict, self.style.lang);
        if groups.is_empty() {
            return;
        }
        let title = if verdict == Verdict::Noted {
            self.labels.noted
        } else {
            self.labels.unobserved
        };
        self.gap();
        self.line(title);
        for (said, ids) in groups {
            self.line(&format!("  {}", labels::in_short(&ids, self.style.lang)));
            self.line(&format!("    {said}"));
        }
    }

    /// Every rule with its verdict, the time that it took and what there is to say.
    pub(super) fn every_rule(&mut self, view: &View) {
        self.gap();
        for row in &view.rows {
            let word = row.verdict.word(self.style.lang);
            let pad = " ".repeat(12_usize.saturating_sub(layout::width(word)) + 1);
            let why = row
                .reason
                .as_ref()
                .map(|why| format!("  {}", why.words(self.style.lang)));
            let told = format!(
                "{:<46} {:>6} ms{}",
                row.rule.id,
                row.took.as_millis(),
                why.unwrap_or_default()
            );
            self.words("  ");
            self.headed_flat(row.verdict, word, &pad, &told);
        }
    }
}

const fn mark_of(row: &Row) -> &'static str {
    if row.known.is_some() {
        KNOWN
    } else {
        mark(row.verdict)
    }
}
