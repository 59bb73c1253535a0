//! `wxcheck serve --interactive`: a list of what goes over the wire, and keys that open, repeat and write. The model and its
//! picture are pure; `keyboard` reads keys, and `screen` draws.

mod details;
pub(crate) mod keyboard;

use std::collections::{BTreeSet, VecDeque};

use wxcheck_suite::redact::{Colour, Redacted, Secrets};

pub(crate) use details::details;

use crate::language::{Lang, told};

/// The user who writes where nobody is selected.
pub(crate) const USER: &str = "oWXCHECKserve000000000000001";
/// Rows that are kept.
const ROWS: usize = 5000;
/// Letters that can be typed.
const TYPED: usize = 500;
const HELP: [&str; 2] = [
    "↑↓ select · d open · r resend · x twice · t type as a user · / search · q quit",
    "↑↓ 选择 · d 详情 · r 重发 · x 发两次 · t 以用户身份输入 · / 搜索 · q 退出",
];

/// A key, as far as the desk knows any.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Key {
    Up,
    Down,
    PageUp,
    PageDown,
    Enter,
    Escape,
    Backspace,
    Letter(char),
}

/// An action that a key asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Wish {
    /// Open the record of that number.
    Open(u64),
    /// Send that push again.
    Resend(u64),
    /// Send that push twice, one after the other.
    Duplicate(u64),
    /// Write this as a user; nothing where nobody is selected.
    Write(Option<User>, String),
    /// Look for this.
    Search(String),
    /// End the platform.
    Quit,
}

/// A user of an app.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct User {
    pub(crate) appid: String,
    pub(crate) openid: String,
}

/// A line of the list.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// The number of the push or call that it is about.
    pub(crate) thread: u64,
    /// The text.
    pub(crate) text: Redacted,
    /// The colour in which it is painted.
    pub(crate) colour: Option<Colour>,
    /// The user whom it is about, where it says so.
    pub(crate) user: Option<User>,
}

/// Everything that is on the screen.
pub(crate) struct Desk {
    title: String,
    /// The app whose users write.
    appid: String,
    /// The lines of an empty list.
    empty: Vec<String>,
    lang: Lang,
    rows: VecDeque<Row>,
    /// Rows that were dropped from the front.
    dropped: usize,
    /// The selected row, counted from the first that ever was; none while the newest is followed.
    selected: Option<usize>,
    /// Only these pushes and calls are shown.
    found: Option<BTreeSet<u64>>,
    mode: Mode,
    note: String,
}

#[derive(Default)]
enum Mode {
    #[default]
    List,
    Details {
        lines: Vec<String>,
        top: usize,
    },
    Typing(String),
    Searching(String),
}

impl Desk {
    /// An empty list below that title; `empty` is shown until something comes.
    pub(crate) const fn new(title: String, appid: String, empty: Vec<String>, lang: Lang) -> Self {
        Self {
            title,
            appid,
            empty,
            lang,
            rows: VecDeque::new(),
            dropped: 0,
            selected: None,
            found: None,
            mode: Mode::List,
            note: String::new(),
        }
    }

    /// Adds a row; the oldest makes room.
    pub(crate) fn add(&mut self, row: Row) {
        self.rows.push_back(row);
        if self.rows.len() > ROWS {
            self.rows.pop_front();
            self.dropped += 1;
        }
    }

    /// Shows a record.
    pub(crate) fn open(&mut self, lines: Vec<String>) {
        self.mode = Mode::Details { lines, top: 0 };
    }

    /// Shows what was found, and nothing else.
    pub(crate) fn show_only(&mut self, threads: BTreeSet<u64>) {
        let found = threads.len();
        self.note = told!(
            self.lang,
            "{found} found; Esc shows all",
            "找到 {found} 条；按 Esc 显示全部"
        );
        self.found = Some(threads);
        self.selected = None;
    }

    /// Tells something in the last line.
    pub(crate) fn tell(&mut self, note: impl Into<String>) {
        self.note = note.into();
    }

    /// Takes a key.
    pub(crate) fn press(&mut self, key: Key) -> Option<Wish> {
        match &mut self.mode {
            Mode::List => self.press_in_list(key),
            Mode::Details { lines, top } => {
                let last = lines.len().saturating_sub(1);
                match key {
                    Key::Up => *top = top.saturating_sub(1),
                    Key::Down => *top = (*top + 1).min(last),
                    Key::PageUp => *top = top.saturating_sub(10),
                    Key::PageDown => *top = (*top + 10).min(last),
                    Key::Escape | Key::Enter | Key::Letter('q' | 'd') => self.mode = Mode::List,
                    Key::Letter('r') => return self.thread().map(Wish::Resend),
                    Key::Letter('x') => return self.thread().map(Wish::Duplicate),
                    Key::Letter(_) | Key::Backspace => {}
                }
                None
            }
            Mode::Typing(text) | Mode::Searching(text) => match key {
                Key::Letter(letter) if text.chars().count() < TYPED => {
                    text.push(letter);
                    None
                }
                Key::Backspace => {
                    text.pop();
                    None
                }
                Key::Escape => {
                    self.mode = Mode::List;
                    None
                }
                Key::Enter => match std::mem::take(&mut self.mode) {
                    Mode::Typing(text) if !text.is_empty() => Some(self.written(&text)),
                    Mode::Searching(text) if !text.is_empty() => Some(Wish::Search(text)),
                    _ => None,
                },
                _ => None,
            },
        }
    }

    fn press_in_list(&mut self, key: Key) -> Option<Wish> {
        self.note.clear();
        match key {
            Key::Up => self.step(-1),
            Key::Down => self.step(1),
            Key::PageUp => self.step(-10),
            Key::PageDown => self.step(10),
            Key::Escape => {
                self.found = None;
                self.selected = None;
            }
            Key::Enter | Key::Letter('d') => return self.thread().map(Wish::Open),
            Key::Letter('r') => return self.thread().map(Wish::Resend),
            Key::Letter('x') => return self.thread().map(Wish::Duplicate),
            Key::Letter('t') => self.mode = Mode::Typing(String::new()),
            Key::Letter('/') => self.mode = Mode::Searching(String::new()),
            Key::Letter('q') => return Some(Wish::Quit),
            Key::Letter(_) | Key::Backspace => {}
        }
        None
    }

    /// A text with its user: the one who is selected, or whoever it names first, as in `@oBob hello`.
    fn written(&self, text: &str) -> Wish {
        let user = self.user().cloned();
        let named = text.strip_prefix('@').and_then(|rest| rest.split_once(' '));
        match named {
            Some((openid, said)) if !openid.is_empty() && !said.is_empty() => {
                let appid = user.map_or_else(|| self.appid.clone(), |user| user.appid);
                let openid = openid.to_owned();
                Wish::Write(Some(User { appid, openid }), said.to_owned())
            }
            _ => Wish::Write(user, text.to_owned()),
        }
    }

    /// The rows that are shown, each with its place among all.
    fn shown(&self) -> Vec<(usize, &Row)> {
        let all = self.rows.iter().enumerate();
        let all = all.map(|(place, row)| (place + self.dropped, row));
        let is_found = |row: &Row| {
            let found = self.found.as_ref();
            found.is_none_or(|found| found.contains(&row.thread))
        };
        all.filter(|(_, row)| is_found(row)).collect()
    }

    /// Moves the selection; below the last row the newest is followed again.
    fn step(&mut self, by: isize) {
        let shown = self.shown();
        if shown.is_empty() {
            return;
        }
        let at = self.selected_in(&shown);
        let next = at.saturating_add_signed(by);
        let is_past = next >= shown.len();
        self.selected = if is_past { None } else { Some(shown[next].0) };
    }

    fn selected_in(&self, shown: &[(usize, &Row)]) -> usize {
        let last = shown.len().saturating_sub(1);
        self.selected.map_or(last, |selected| {
            let before = shown.partition_point(|(place, _)| *place < selected);
            before.min(last)
        })
    }

    /// The push or call that is selected.
    fn thread(&self) -> Option<u64> {
        let shown = self.shown();
        let (_, row) = shown.get(self.selected_in(&shown))?;
        Some(row.thread)
    }

    /// The user whom the selected push or call is about; nobody while the newest is followed.
    fn user(&self) -> Option<&User> {
        self.selected?;
        let thread = self.thread()?;
        let mut rows = self.rows.iter().filter(|row| row.thread == thread);
        rows.find_map(|row| row.user.as_ref())
    }

    /// The lines of a screen of that size.
    pub(crate) fn picture(
        &self,
        secrets: &Secrets,
        (height, width): (usize, usize),
    ) -> Vec<Redacted> {
        let body = height.saturating_sub(2).max(1);
        let mut lines = vec![paint(
            &fitted(secrets, &self.title, width),
            Some(Colour::Dim),
        )];
        match &self.mode {
            Mode::Details { lines: told, top } => {
                let told = told.iter().skip(*top).flat_map(|line| wrapped(line, width));
                lines.extend(told.take(body).map(|line| fitted(secrets, &line, width)));
            }
            Mode::List if self.rows.is_empty() => {
                let told = self.empty.iter().flat_map(|line| wrapped(line, width));
                lines.extend(told.take(body).map(|line| fitted(secrets, &line, width)));
            }
            _ => lines.extend(self.list(secrets, body, width)),
        }
        lines.resize(body + 1, Redacted::default());
        let last = match &self.mode {
            Mode::Typing(text) => {
                let openid = self.user().map_or(USER, |user| &user.openid);
                told!(
                    self.lang,
                    "as {openid} (@openid for another): {text}▏",
                    "以 {openid} 的身份（@openid 换人）：{text}▏"
                )
            }
            Mode::Searching(text) => told!(
                self.lang,
                "search, Enter looks: {text}▏",
                "搜索，回车确认：{text}▏"
            ),
            Mode::Details { .. } => told!(
                self.lang,
                "↑↓ scroll · r resend · x duplicate · Esc back",
                "↑↓ 滚动 · r 再发一次 · x 发两次 · Esc 返回"
            ),
            Mode::List if !self.note.is_empty() => self.note.clone(),
            Mode::List => self.lang.of_two(HELP[0], HELP[1]).to_owned(),
        };
        lines.push(paint(&fitted(secrets, &last, width), Some(Colour::Cyan)));
        lines
    }

    fn list(&self, secrets: &Secrets, body: usize, width: usize) -> Vec<Redacted> {
        let shown = self.shown();
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

fn paint(text: &Redacted, colour: Option<Colour>) -> Redacted {
    colour.map_or_else(|| text.clone(), |colour| text.painted(colour))
}

/// A line as several, none wider than the screen; further ones are indented.
fn wrapped(line: &str, width: usize) -> Vec<String> {
    const INDENT: &str = "    ";
    let mut lines = Vec::new();
    let (mut current, mut taken) = (String::new(), 0);
    for letter in line.chars() {
        let columns = if is_narrow(letter) { 1 } else { 2 };
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

/// A text cut to the width of the screen. Wide letters take two columns.
fn fitted(secrets: &Secrets, text: &str, width: usize) -> Redacted {
    let mut taken = 0;
    let cut: String = text
        .chars()
        .take_while(|letter| {
            taken += if is_narrow(*letter) { 1 } else { 2 };
            taken <= width
        })
        .collect();
    secrets.render(&cut)
}

/// Letters of one column: of Latin and its neighbours, and the signs that we draw.
fn is_narrow(letter: char) -> bool {
    letter < '\u{1100}' || ('\u{2010}'..'\u{2600}').contains(&letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desk() -> Desk {
        let secrets = Secrets::default();
        let mut desk = Desk::new(
            "wxcheck serve http://127.0.0.1:8900".to_owned(),
            "wx1".to_owned(),
            Vec::new(),
            Lang::En,
        );
        for (thread, text) in [
            (1, "19:24:53.123 → text from o1: 你好"),
            (1, "19:24:53.135 ← 200 in 12 ms  success"),
            (4, "19:24:54.000 ⇠ POST /cgi-bin/message/custom/send 0"),
        ] {
            desk.add(Row {
                thread,
                text: secrets.render(text),
                colour: None,
                user: text.contains("o1").then(|| User {
                    appid: "wx1".to_owned(),
                    openid: "o1".to_owned(),
                }),
            });
        }
        desk
    }

    fn picture(desk: &Desk, height: usize, width: usize) -> String {
        let lines = desk.picture(&Secrets::default(), (height, width));
        let plain = lines.iter().map(|line| {
            let line = line.as_str().replace("\u{1b}[0m", "");
            line.replace("\u{1b}[2m", "").replace("\u{1b}[36m", "")
        });
        plain.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_newest_is_followed_until_another_is_selected() {
        let mut desk = desk();
        assert_eq!(desk.press(Key::Letter('d')), Some(Wish::Open(4)));
        desk.press(Key::Up);
        assert_eq!(desk.press(Key::Letter('r')), Some(Wish::Resend(1)));
        let wanted = "\
wxcheck serve http://127.0.0.1:8900
  19:24:53.123 → text from o1: 你好
▸ 19:24:53.135 ← 200 in 12 ms  success
  19:24:54.000 ⇠ POST /cgi-bin/message/custom/send 0

↑↓ select · d open · r resend · x twice · t type as a user · / search · q quit";
        assert_eq!(picture(&desk, 6, 100), wanted);
        desk.press(Key::PageDown);
        assert_eq!(desk.press(Key::Letter('x')), Some(Wish::Duplicate(4)));
        assert_eq!(desk.press(Key::Letter('q')), Some(Wish::Quit));
    }

    #[test]
    fn what_is_typed_is_sent_with_enter_and_forgotten_with_escape() {
        let mut desk = desk();
        for letter in "t你好q".chars() {
            assert_eq!(desk.press(Key::Letter(letter)), None);
        }
        desk.press(Key::Backspace);
        assert!(
            picture(&desk, 5, 80).ends_with(&format!("as {USER} (@openid for another): 你好▏"))
        );
        assert_eq!(
            desk.press(Key::Enter),
            Some(Wish::Write(None, "你好".to_owned()))
        );
        desk.press(Key::Letter('/'));
        desk.press(Key::Letter('x'));
        desk.press(Key::Escape);
        assert_eq!(desk.press(Key::Enter), Some(Wish::Open(4)));
    }

    #[test]
    fn whoever_is_selected_writes() {
        let mut desk = desk();
        // The answer is of the same user as the push above it.
        desk.press(Key::Up);
        desk.press(Key::Letter('t'));
        desk.press(Key::Letter('h'));
        assert!(picture(&desk, 5, 80).ends_with("as o1 (@openid for another): h▏"));
        let user = User {
            appid: "wx1".to_owned(),
            openid: "o1".to_owned(),
        };
        assert_eq!(
            desk.press(Key::Enter),
            Some(Wish::Write(Some(user), "h".to_owned()))
        );
    }

    #[test]
    fn another_user_is_named_first() {
        let mut desk = desk();
        for letter in "t@oBob hi".chars() {
            desk.press(Key::Letter(letter));
        }
        let user = User {
            appid: "wx1".to_owned(),
            openid: "oBob".to_owned(),
        };
        let written = Wish::Write(Some(user), "hi".to_owned());
        assert_eq!(desk.press(Key::Enter), Some(written));
    }

    #[test]
    fn an_empty_list_says_what_to_do() {
        let empty = vec!["page  http://127.0.0.1:8900/_wxcheck/ui/".to_owned()];
        let desk = Desk::new("wxcheck".to_owned(), "wx1".to_owned(), empty, Lang::En);
        assert!(picture(&desk, 5, 60).contains("page  http"));
    }

    #[test]
    fn a_search_shows_only_what_was_found() {
        let mut desk = desk();
        desk.press(Key::Letter('/'));
        desk.press(Key::Letter('h'));
        assert_eq!(desk.press(Key::Enter), Some(Wish::Search("h".to_owned())));
        desk.show_only([1].into());
        let shown = picture(&desk, 5, 40);
        assert!(
            shown.contains("← 200") && !shown.contains("custom/send"),
            "{shown}"
        );
        assert!(shown.ends_with("1 found; Esc shows all"), "{shown}");
        desk.press(Key::Escape);
        assert!(picture(&desk, 5, 80).contains("custom/send"));
    }

    #[test]
    fn a_record_is_scrolled_and_lines_are_wrapped_by_their_columns() {
        let mut desk = desk();
        desk.open((0..30).map(|n| format!("line {n} 你好你好")).collect());
        desk.press(Key::PageDown);
        let shown = picture(&desk, 4, 12);
        // What does not fit stands below, and is no longer cut off.
        assert!(shown.contains("line 10 你好\n    你好"), "{shown}");
        desk.press(Key::Escape);
        assert!(picture(&desk, 5, 80).contains("▸"));
    }

    #[test]
    fn the_oldest_rows_make_room() {
        let mut desk = desk();
        desk.press(Key::Up);
        for thread in 0..ROWS as u64 {
            desk.add(Row {
                thread,
                text: Redacted::own("row"),
                colour: None,
                user: None,
            });
        }
        assert_eq!(desk.rows.len(), ROWS);
        assert_eq!(desk.press(Key::Letter('d')), Some(Wish::Open(0)));
    }
}
