//! The desk as it looks on a screen of some size.

use wxcheck_suite::redact::{Colour, Redacted, Secrets};

use super::{Desk, Mode, USER};
use crate::{
    language::{Language, told},
    terminal,
};

/// The keys of the list, for screens of different widths.
const HELP: [(&str, &str); 3] = [
    (
        "↑↓ select · d open · r resend · x twice · t type as a user · / search · q quit",
        "↑↓ 选择 · d 详情 · r 重发 · x 发两次 · t 以用户身份输入 · / 搜索 · q 退出",
    ),
    (
        "↑↓ · d open · r resend · x twice · t type · / find · q quit",
        "↑↓ · d 详情 · r 重发 · x 两次 · t 输入 · / 搜索 · q 退出",
    ),
    ("↑↓ · d · r · x · t · / · q", "↑↓ · d · r · x · t · / · q"),
];

impl Desk {
    /// The lines of a screen of that size. What was scrolled beyond the end of a record is scrolled back.
    pub(crate) fn picture(
        &mut self,
        secrets: &Secrets,
        (height, width): (usize, usize),
    ) -> Vec<Redacted> {
        let body = height.saturating_sub(2).max(1);
        let mut lines = vec![paint(
            &fitted(secrets, &self.title, width),
            Some(Colour::Dim),
        )];
        match &mut self.mode {
            Mode::Details {
                lines: told, top, ..
            } => {
                let rows: Vec<String> = told.iter().flat_map(|line| wrapped(line, width)).collect();
                *top = (*top).min(rows.len().saturating_sub(body));
                let shown = rows.iter().skip(*top).take(body);
                lines.extend(shown.map(|row| fitted(secrets, row, width)));
            }
            _ if self.rows.is_empty() => {
                let told = self.empty.iter().flat_map(|line| wrapped(line, width));
                lines.extend(told.take(body).map(|line| fitted(secrets, &line, width)));
            }
            _ => lines.extend(self.list(secrets, body, width)),
        }
        lines.resize(body + 1, Redacted::default());
        lines.push(paint(&self.last_line(secrets, width), Some(Colour::Cyan)));
        lines
    }

    fn last_line(&self, secrets: &Secrets, width: usize) -> Redacted {
        let last = match &self.mode {
            Mode::Typing(text) => {
                let openid = self.user().map_or(USER, |user| &user.openid);
                let line = told!(
                    self.lang,
                    "as {openid} (@openid for another): {text}▏",
                    "以 {openid} 的身份（@openid 换人）：{text}▏"
                );
                return end_of(secrets, &line, width);
            }
            Mode::Searching(text) => {
                let line = told!(
                    self.lang,
                    "search, Enter looks: {text}▏",
                    "搜索，回车确认：{text}▏"
                );
                return end_of(secrets, &line, width);
            }
            Mode::List | Mode::Details { .. } if !self.note.is_empty() => self.note.clone(),
            Mode::Details { .. } => told!(
                self.lang,
                "↑↓ scroll · r resend · x twice · Esc back",
                "↑↓ 滚动 · r 重发 · x 发两次 · Esc 返回"
            ),
            Mode::List => {
                let newer = match self.newer() {
                    0 => String::new(),
                    newer => told!(
                        self.lang,
                        "{newer} newer: End · ",
                        "下面还有 {newer} 条：End · "
                    ),
                };
                let room = width.saturating_sub(terminal::width(&newer));
                newer + help(self.lang, room)
            }
        };
        fitted(secrets, &last, width)
    }

    fn list(&self, secrets: &Secrets, body: usize, width: usize) -> Vec<Redacted> {
        let shown = self.listed();
        let at = self.selected_in(&shown);
        let first = (at + 1).saturating_sub(body);
        let visible = shown.iter().enumerate().skip(first).take(body);
        let rows = visible.map(|(place, (_, row))| {
            let mark = if place == at { "▸ " } else { "  " };
            let text = format!("{mark}{}", row.text);
            paint(&fitted(secrets, &text, width), row.colour)
        });
        rows.collect()
    }
}

/// The longest help that fits.
fn help(lang: Language, width: usize) -> &'static str {
    let told = HELP.map(|(english, chinese)| lang.of(english, chinese));
    let [.., shortest] = told;
    let mut fitting = told
        .into_iter()
        .filter(|help| terminal::width(help) <= width);
    fitting.next().unwrap_or(shortest)
}

fn paint(text: &Redacted, colour: Option<Colour>) -> Redacted {
    colour.map_or_else(|| text.clone(), |colour| text.painted(colour))
}

/// A line as several, none wider than the screen; further ones are indented.
fn wrapped(line: &str, width: usize) -> Vec<String> {
    const INDENT: &str = "    ";
    let mut lines = Vec::new();
    let (mut current, mut taken) = (String::new(), 0);
    for letter in line.chars() {
        let columns = columns(letter);
        if taken + columns > width && taken > INDENT.len() {
            lines.push(std::mem::replace(&mut current, INDENT.to_owned()));
            taken = INDENT.len();
        }
        current.push(letter);
        taken += columns;
    }
    lines.push(current);
    lines
}

/// A text cut to the width of the screen, with a sign where something is missing. Wide letters take two columns.
fn fitted(secrets: &Secrets, text: &str, width: usize) -> Redacted {
    if terminal::width(text) <= width {
        return secrets.render(text);
    }
    let kept = within(text.chars(), width.saturating_sub(1));
    let cut: String = text.chars().take(kept).chain(['…']).collect();
    secrets.render(&cut)
}

/// The end of a text, where one types.
fn end_of(secrets: &Secrets, text: &str, width: usize) -> Redacted {
    let letters = text.chars().count();
    if terminal::width(text) <= width {
        return secrets.render(text);
    }
    let kept = within(text.chars().rev(), width.saturating_sub(1));
    let end = text.chars().skip(letters - kept);
    let cut: String = std::iter::once('…').chain(end).collect();
    secrets.render(&cut)
}

/// The number of letters that so many columns hold.
fn within(letters: impl Iterator<Item = char>, width: usize) -> usize {
    let mut taken = 0;
    letters
        .take_while(|letter| {
            taken += columns(*letter);
            taken <= width
        })
        .count()
}

/// The columns of a letter: none, one or two.
fn columns(letter: char) -> usize {
    terminal::width(letter.encode_utf8(&mut [0; 4]))
}
