//! A page of text under way: every line goes through the redactor first, and is laid out and coloured then.

use wxcheck_suite::{
    redact::{Colour, Redacted, Secrets},
    report::labels::{Labels, labels},
    verdict::Verdict,
};

use super::{Style, layout};

/// Columns in front of a label.
const INDENT: usize = 4;
/// Columns of a label, with the space behind it.
const LABEL: usize = 10;

/// A page under way.
pub(super) struct Page<'a> {
    pub(super) style: Style,
    pub(super) labels: &'static Labels,
    secrets: &'a Secrets,
    text: Redacted,
}

impl<'a> Page<'a> {
    pub(super) fn new(style: Style, secrets: &'a Secrets) -> Self {
        Self {
            style,
            labels: labels(style.lang),
            secrets,
            text: Redacted::default(),
        }
    }

    pub(super) fn finish(self) -> Redacted {
        self.text
    }

    /// True if an empty line would be a second one.
    pub(super) fn is_apart(&self) -> bool {
        let text = self.text.as_str();
        text.is_empty() || text.ends_with("\n\n")
    }

    /// An empty line, unless there is one.
    pub(super) fn gap(&mut self) {
        if !self.is_apart() {
            self.line("");
        }
    }

    /// A line, whose further parts stand under its beginning.
    pub(super) fn line(&mut self, line: &str) {
        let line = line.trim_end();
        let indent = line.len() - line.trim_start().len();
        self.hanging(&" ".repeat(indent), indent, line.trim_start());
    }

    /// A line that is never broken, since it is typed somewhere else.
    pub(super) fn whole(&mut self, line: &str) {
        self.text.push(&self.secrets.page(line));
        self.end();
    }

    /// A text with a label in front; what does not fit stands under the text.
    pub(super) fn labelled(&mut self, label: &str, text: &str) {
        let pad = " ".repeat(LABEL.saturating_sub(layout::width(label)).max(1));
        let front = format!("{}{label}{pad}", " ".repeat(INDENT));
        self.hanging(&front, INDENT + LABEL, text);
    }

    /// The same for a command, which can be typed as it stands: a line that goes on ends as a shell wants it. A word that is too
    /// long to stand under the others stands further left; one that no line holds stays whole.
    pub(super) fn command(&mut self, label: &str, words: &[String]) {
        let pad = " ".repeat(LABEL.saturating_sub(layout::width(label)).max(1));
        let mut line = format!("{}{label}{pad}", " ".repeat(INDENT));
        let mut is_begun = false;
        for (place, word) in words.iter().enumerate() {
            let columns = self.style.columns();
            // The sign that the line goes on, behind all but the last word.
            let sign = if place + 1 < words.len() { 2 } else { 0 };
            let needed = layout::width(word).saturating_add(sign);
            if is_begun && layout::width(&line) + 1 + needed > columns {
                self.whole(&format!("{line} \\"));
                let indents = [INDENT + LABEL + 2, INDENT];
                let mut indents = indents
                    .into_iter()
                    .filter(|indent| indent + needed <= columns);
                line = format!("{}{word}", " ".repeat(indents.next().unwrap_or(0)));
            } else {
                if is_begun {
                    line.push(' ');
                }
                line.push_str(word);
            }
            is_begun = true;
        }
        self.whole(&line);
    }

    /// A heading by itself.
    pub(super) fn heading(&mut self, title: &str) {
        let title = self.secrets.page(title);
        let painted = self.coloured(Colour::Red, &title);
        self.text.push(&painted);
        self.end();
    }

    /// A word in the colour of a verdict, then the rest of the line.
    pub(super) fn headed(&mut self, verdict: Verdict, word: &str, rest: &str) {
        let taken = layout::width(word) + 2;
        let word = self.paint(verdict, &self.secrets.page(word));
        self.text.push(&word);
        if !rest.is_empty() {
            self.text.push(&Redacted::own("  "));
            self.flow(taken, 2, rest);
        }
        self.end();
    }

    /// A word in the colour of a verdict, then the rest behind what fills its column.
    pub(super) fn headed_flat(&mut self, verdict: Verdict, word: &str, pad: &str, rest: &str) {
        let taken = 2 + layout::width(word) + layout::width(pad);
        let word = self.paint(verdict, &self.secrets.page(word));
        self.text.push(&word);
        self.words(pad);
        self.flow(taken, INDENT, rest);
        self.end();
    }

    /// A word in the colour of a verdict, and the rest right behind it.
    pub(super) fn last(&mut self, verdict: Verdict, word: &str, rest: &str) {
        let taken = layout::width(word);
        let word = self.paint(verdict, &self.secrets.page(word));
        self.text.push(&word);
        self.flow(taken, 2, rest);
        self.end();
    }

    /// A mark in the colour of a verdict, by itself.
    pub(super) fn marked(&mut self, verdict: Verdict, mark: &'static str) {
        let mark = self.paint(verdict, &Redacted::own(mark));
        self.text.push(&mark);
    }

    /// Words of which nothing is broken, within a line.
    pub(super) fn words(&mut self, words: &str) {
        self.text.push(&self.secrets.page(words));
    }

    /// The end of a line that was made of words and marks.
    pub(super) fn end(&mut self) {
        self.text.push(&Redacted::own("\n"));
    }

    /// A text behind what stands at the beginning of its line, which takes so many columns.
    pub(super) fn hanging(&mut self, front: &str, indent: usize, text: &str) {
        self.text.push(&self.secrets.page(front));
        self.flow(layout::width(front), indent, text);
        self.end();
    }

    /// A text in as many lines as it needs. The redactor sees it whole: no secret hides behind the end of a line.
    pub(super) fn flow(&mut self, taken: usize, indent: usize, text: &str) {
        let text = self.secrets.page(text);
        let columns = self.style.columns();
        let (first, rest) = (
            columns.saturating_sub(taken),
            columns.saturating_sub(indent),
        );
        for (place, part) in layout::broken(text.as_str(), first, rest)
            .into_iter()
            .enumerate()
        {
            if place > 0 {
                self.end();
                self.text.push(&Redacted::own(" ").times(indent));
            }
            self.text.push(&text.part(part));
        }
    }

    fn paint(&self, verdict: Verdict, text: &Redacted) -> Redacted {
        self.coloured(
            match verdict {
                Verdict::Passed => Colour::Green,
                Verdict::Failed | Verdict::Errored => Colour::Red,
                Verdict::Warned | Verdict::Flaky => Colour::Yellow,
                Verdict::Noted => Colour::Cyan,
                Verdict::Inconclusive | Verdict::Skipped => Colour::Dim,
            },
            text,
        )
    }

    fn coloured(&self, colour: Colour, text: &Redacted) -> Redacted {
        if self.style.colours {
            text.painted(colour)
        } else {
            text.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    fn style(columns: usize) -> Style {
        Style {
            lang: Language::English,
            colours: false,
            verbose: false,
            curl: false,
            columns: Some(columns),
        }
    }

    #[test]
    fn a_command_is_broken_only_where_a_shell_goes_on() {
        let file = ".wxcheck/push-signature-rejects-forged-signature.json";
        let words = ["wxcheck replay", file, "'http://127.0.0.1:8080/a/b/wechat'"];
        let words = words.map(str::to_owned);
        for columns in 60..=120 {
            let secrets = Secrets::default();
            let mut page = Page::new(style(columns), &secrets);
            page.command("replay", &words);
            let text = page.finish();
            let lines: Vec<&str> = text.as_str().lines().collect();
            let (_, others) = lines.split_last().unwrap();
            assert!(
                lines.iter().all(|line| layout::width(line) <= columns),
                "{text}"
            );
            assert!(others.iter().all(|line| line.ends_with(" \\")), "{text}");
            let typed = text.as_str().replace("\\\n", " ");
            let typed: Vec<&str> = typed.split_whitespace().skip(1).collect();
            assert_eq!(typed.join(" "), words.join(" "));
        }
    }

    #[test]
    fn no_line_that_is_broken_begins_with_a_command() {
        let answer = format!(
            "{} ::error::x ##[error]y ::stop-commands::t",
            "word ".repeat(30)
        );
        for columns in 60..=120 {
            for shift in 0..20 {
                let secrets = Secrets::default();
                let mut page = Page::new(style(columns), &secrets);
                page.labelled("got", &format!("{}{answer}", "a".repeat(shift)));
                page.line(&format!("  {}{answer}", "a".repeat(shift)));
                let text = page.finish();
                let mut lines = text.as_str().lines().map(str::trim_start);
                assert!(!lines.any(|line| line.starts_with("::")), "{text}");
            }
        }
    }
}
