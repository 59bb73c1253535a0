//! `wxcheck serve --interactive`: a list of what goes over the wire, and keys that open, repeat and write. The model and its
//! picture are pure; `keyboard` reads keys, and `screen` draws.

mod details;
pub(crate) mod keyboard;
mod picture;
pub(crate) mod window;

use std::collections::{BTreeSet, VecDeque};

use wxcheck_suite::redact::{Colour, Redacted};

pub(crate) use details::details;

use crate::language::{Language, told};

/// The user who writes where nobody is selected.
pub(crate) const USER: &str = "oWXCHECKserve000000000000001";
/// Rows that are kept.
const ROWS: usize = 5000;
/// Letters that can be typed.
const TYPED: usize = 500;

/// A key, as far as the desk knows any.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Key {
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
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
    lang: Language,
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
        /// The number of the record.
        number: u64,
        lines: Vec<String>,
        /// The first row of the screen that is shown, of those that the lines take there.
        top: usize,
    },
    Typing(String),
    Searching(String),
}

impl Desk {
    /// An empty list below that title; `empty` is shown until something comes.
    pub(crate) const fn new(
        title: String,
        appid: String,
        empty: Vec<String>,
        lang: Language,
    ) -> Self {
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

    /// Shows a record; what is being typed meanwhile stays. One that is open is shown as it has become.
    pub(crate) fn open(&mut self, record: u64, told: Vec<String>) {
        match &mut self.mode {
            Mode::Details { number, lines, .. } if *number == record => *lines = told,
            Mode::List => {
                self.mode = Mode::Details {
                    number: record,
                    lines: told,
                    top: 0,
                };
            }
            Mode::Details { .. } | Mode::Typing(_) | Mode::Searching(_) => {}
        }
    }

    /// The number of the record that is open.
    pub(crate) const fn opened(&self) -> Option<u64> {
        match &self.mode {
            Mode::Details { number, .. } => Some(*number),
            Mode::List | Mode::Typing(_) | Mode::Searching(_) => None,
        }
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

    /// Puts a note into the last line.
    pub(crate) fn put_note(&mut self, note: impl Into<String>) {
        self.note = note.into();
    }

    /// Takes a key.
    pub(crate) fn press(&mut self, key: Key) -> Option<Wish> {
        match &mut self.mode {
            Mode::List => self.press_in_list(key),
            Mode::Details { number, top, .. } => {
                self.note.clear();
                match key {
                    Key::Up => *top = top.saturating_sub(1),
                    // The picture knows where the end is.
                    Key::Down => *top = top.saturating_add(1),
                    Key::PageUp => *top = top.saturating_sub(10),
                    Key::PageDown => *top = top.saturating_add(10),
                    Key::Home => *top = 0,
                    Key::End => *top = usize::MAX,
                    Key::Escape | Key::Enter | Key::Letter('q' | 'd') => self.mode = Mode::List,
                    // Not what is selected: while the newest is followed, that is another one by now.
                    Key::Letter('r') => return Some(Wish::Resend(*number)),
                    Key::Letter('x') => return Some(Wish::Duplicate(*number)),
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
            Key::Home => self.step(isize::MIN),
            Key::End => self.selected = None,
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
    fn listed(&self) -> Vec<(usize, &Row)> {
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
        let shown = self.listed();
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

    /// The rows below the selected one, which nobody looks at who does not go there.
    fn newer(&self) -> usize {
        if self.selected.is_none() {
            return 0;
        }
        let shown = self.listed();
        shown.len().saturating_sub(self.selected_in(&shown) + 1)
    }

    /// The push or call that is selected.
    fn thread(&self) -> Option<u64> {
        let shown = self.listed();
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
}

#[cfg(test)]
mod tests {
    use wxcheck_suite::redact::Secrets;

    use super::*;

    fn desk() -> Desk {
        let secrets = Secrets::default();
        let mut desk = Desk::new(
            "wxcheck serve http://127.0.0.1:8900".to_owned(),
            "wx1".to_owned(),
            Vec::new(),
            Language::English,
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

    fn picture(desk: &mut Desk, height: usize, width: usize) -> String {
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

1 newer: End · ↑↓ select · d open · r resend · x twice · t type as a user · / search · q quit";
        assert_eq!(picture(&mut desk, 6, 100), wanted);
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
            picture(&mut desk, 5, 80).ends_with(&format!("as {USER} (@openid for another): 你好▏"))
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
        assert!(picture(&mut desk, 5, 80).ends_with("as o1 (@openid for another): h▏"));
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
        let mut desk = Desk::new(
            "wxcheck".to_owned(),
            "wx1".to_owned(),
            empty,
            Language::English,
        );
        assert!(picture(&mut desk, 5, 60).contains("page  http"));
        // It stays while one types.
        desk.press(Key::Letter('t'));
        assert!(picture(&mut desk, 5, 60).contains("page  http"));
    }

    #[test]
    fn a_search_shows_only_what_was_found() {
        let mut desk = desk();
        desk.press(Key::Letter('/'));
        desk.press(Key::Letter('h'));
        assert_eq!(desk.press(Key::Enter), Some(Wish::Search("h".to_owned())));
        desk.show_only([1].into());
        let shown = picture(&mut desk, 5, 40);
        assert!(
            shown.contains("← 200") && !shown.contains("custom/send"),
            "{shown}"
        );
        assert!(shown.ends_with("1 found; Esc shows all"), "{shown}");
        desk.press(Key::Escape);
        assert!(picture(&mut desk, 5, 80).contains("custom/send"));
    }

    #[test]
    fn a_record_is_scrolled_and_lines_are_wrapped_by_their_columns() {
        let mut desk = desk();
        desk.open(1, (0..30).map(|n| format!("line {n} 你好你好")).collect());
        desk.press(Key::PageDown);
        let shown = picture(&mut desk, 4, 12);
        // What does not fit stands below, and is no longer cut off.
        assert!(shown.contains("line 5 你好\n    你好"), "{shown}");
        for _ in 0..10 {
            desk.press(Key::PageDown);
        }
        let shown = picture(&mut desk, 4, 12);
        assert!(shown.contains("line 29 你好\n    你好"), "{shown}");
        // The way back begins at the end.
        desk.press(Key::Up);
        desk.press(Key::Up);
        let shown = picture(&mut desk, 4, 12);
        assert!(shown.contains("line 28 你好\n    你好"), "{shown}");
        desk.press(Key::Escape);
        assert!(picture(&mut desk, 5, 80).contains("▸"));
    }

    #[test]
    fn what_is_open_is_sent_again_whatever_came_since() {
        let mut desk = desk();
        desk.open(4, vec!["push  text".to_owned()]);
        desk.add(Row {
            thread: 9,
            text: Secrets::default().render("→ text from o2"),
            colour: None,
            user: None,
        });
        assert_eq!(desk.opened(), Some(4));
        assert_eq!(desk.press(Key::Letter('r')), Some(Wish::Resend(4)));
        assert_eq!(desk.press(Key::Letter('x')), Some(Wish::Duplicate(4)));
        desk.put_note("sent twice");
        assert!(picture(&mut desk, 5, 80).ends_with("sent twice"));
        desk.press(Key::Down);
        assert!(picture(&mut desk, 5, 80).contains("Esc back"));

        // The same is shown anew where it is; another one waits for its key.
        desk.open(4, vec!["push  text, answered".to_owned()]);
        desk.open(9, vec!["another".to_owned()]);
        assert!(picture(&mut desk, 5, 80).contains("answered"));
        for letter in [Key::Escape, Key::Letter('t'), Key::Letter('h')] {
            desk.press(letter);
        }
        desk.open(9, vec!["another".to_owned()]);
        assert!(picture(&mut desk, 5, 80).ends_with("h▏"));
    }

    #[test]
    fn whoever_looks_back_is_told_of_what_came() {
        let mut desk = desk();
        desk.press(Key::Home);
        let shown = picture(&mut desk, 6, 80);
        assert!(shown.contains("▸ 19:24:53.123"), "{shown}");
        assert!(
            shown.ends_with(
                "2 newer: End · ↑↓ · d open · r resend · x twice · t type · / find · q quit"
            ),
            "{shown}"
        );
        assert!(picture(&mut desk, 6, 60).ends_with("2 newer: End · ↑↓ · d · r · x · t · / · q"));
        desk.press(Key::End);
        assert!(picture(&mut desk, 6, 80).contains("↑↓ select"));
    }

    #[test]
    fn a_line_that_is_longer_than_the_screen_is_read_to_its_end() {
        let mut desk = desk();
        desk.open(1, vec![format!("{}end", "x".repeat(200))]);
        for _ in 0..30 {
            desk.press(Key::Down);
        }
        assert!(picture(&mut desk, 5, 20).contains("end"));
    }

    #[test]
    fn a_narrow_screen_has_every_key_and_what_is_typed() {
        for lang in [Language::English, Language::Chinese] {
            let mut desk = desk();
            desk.lang = lang;
            let help = picture(&mut desk, 5, 60);
            for key in ["↑↓", " d ", " r ", " x ", " t ", " / ", " q "] {
                assert!(help.contains(key), "{key} in {help}");
            }
            desk.press(Key::Letter('t'));
            for letter in "0123456789".repeat(9).chars() {
                desk.press(Key::Letter(letter));
            }
            let shown = picture(&mut desk, 5, 60);
            assert!(shown.ends_with("0123456789▏"), "{shown}");
        }
    }

    #[test]
    fn a_row_that_is_cut_off_says_so() {
        let mut desk = desk();
        assert!(picture(&mut desk, 6, 30).contains("▸ 19:24:54.000 ⇠ POST /cgi-bi…"));
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
