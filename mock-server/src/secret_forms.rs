//! Finds secrets in a text that somebody else wrote, whatever form they have there: as they are, in another case, reversed,
//! percent-encoded, as HTML entities or escapes of JSON, in Base64 or hex, over several lines, and one of these within
//! another.
//!
//! It is the text that is decoded, not the secret that is encoded: so it matters neither which letters were encoded nor
//! what stands before and behind them. The work falls on whoever is sent a text, so there is a limit: what takes more
//! to look into is hidden as a whole.

mod needles;
mod view;

use std::{collections::BTreeSet, ops::Range, sync::Arc};

use self::{
    needles::Needles,
    view::{LONGEST_ESCAPE, View, digit},
};

/// A secret that is shorter counts only where it stands alone, or words would go with it.
const SHORT: usize = 6;
/// The length of a secret's beginning, right before a cut, that is no coincidence.
const CUT_SECRET: usize = 4;
/// The number of times a text is decoded: a proxy and a template may each have encoded it.
const LAYERS: usize = 4;
/// The depth to which Base64 and hex may stand in one another.
const DEPTH: usize = 2;
/// Bytes that are looked at for each letter of Base64 or hex. Text as people nest it takes two thirds of
/// it at most.
const WORK: usize = 32;
/// The digits of a signature.
const SIGNATURE: usize = 40;

/// Secrets, ready to be looked for.
#[derive(Clone, Default)]
pub struct SecretForms(Arc<Needles>);

/// Further targets of a search, and its strictness.
#[derive(Clone, Copy, Debug, Default)]
pub struct Looking {
    /// Text that looks like a signature is hidden too.
    pub signatures: bool,
    /// The text is cut off at its end, maybe within a secret.
    pub cut: bool,
    /// A short secret is hidden only where it is written as a value: the text is ours, and its words stay.
    pub own_words: bool,
}

/// The limit of a search, and its progress.
struct Work {
    limit: usize,
    taken: usize,
}

impl Work {
    const fn of(limit: usize) -> Self {
        Self { limit, taken: 0 }
    }

    const fn take(&mut self, bytes: usize) {
        self.taken = self.taken.saturating_add(bytes);
    }

    const fn is_spent(&self) -> bool {
        self.taken >= self.limit
    }
}

/// The targets of a search at one depth.
#[derive(Clone, Copy)]
struct Scope {
    looking: Looking,
    depth: usize,
}

impl SecretForms {
    /// These secrets; empty ones are left out.
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut needles: BTreeSet<Vec<u8>> = BTreeSet::new();
        for secret in secrets.into_iter().filter(|secret| !secret.is_empty()) {
            let small = secret.to_ascii_lowercase();
            // A password of a URL is percent-encoded there.
            let decoded = View::of(small.clone().into_bytes()).decoded();
            let decoded = decoded.and_then(|view| String::from_utf8(view.bytes).ok());
            for written in [Some(small), decoded].into_iter().flatten() {
                if secret.len() >= SHORT {
                    needles.insert(written.chars().rev().collect::<String>().into_bytes());
                }
                if written.contains('+') {
                    // As whoever decodes a query once too often leaves it.
                    needles.insert(written.replace('+', " ").into_bytes());
                }
                if written.contains('=') {
                    // As quoted-printable has it.
                    needles.insert(written.replace('=', "=3d").into_bytes());
                }
                needles.insert(written.into_bytes());
            }
        }
        Self(Arc::new(Needles::of(needles)))
    }

    /// The text with `mask` in place of every secret, and of what takes too long to be looked into.
    pub fn hide(&self, text: &str, mask: &str, looking: Looking) -> String {
        let scope = Scope { looking, depth: 0 };
        let mut found = self.search(text.as_bytes(), scope, &mut Work::of(usize::MAX));
        found.sort_by_key(|range| range.start);
        let mut hidden = String::with_capacity(text.len());
        let mut shown = 0;
        for range in found {
            if range.end <= shown {
                continue;
            }
            if range.start >= shown {
                hidden.push_str(text.get(shown..range.start).unwrap_or_default());
                hidden.push_str(mask);
            }
            shown = range.end;
            while !text.is_char_boundary(shown) {
                shown += 1;
            }
        }
        hidden.push_str(text.get(shown..).unwrap_or_default());
        hidden
    }

    /// The places of the secrets.
    fn search(&self, bytes: &[u8], scope: Scope, work: &mut Work) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut view = View::of(bytes.to_vec());
        for _ in 0..LAYERS {
            self.look_at(&view, bytes, scope, work, &mut found);
            if let Some(joined) = view.joined() {
                self.look_at(&joined, bytes, scope, work, &mut found);
            }
            match view.decoded() {
                Some(decoded) if !work.is_spent() => view = decoded,
                _ => break,
            }
        }
        found
    }

    /// The places of the secrets in one view of a text.
    fn look_at(
        &self,
        view: &View,
        text: &[u8],
        scope: Scope,
        work: &mut Work,
        found: &mut Vec<Range<usize>>,
    ) {
        let Scope { looking, depth } = scope;
        let bytes = &view.bytes;
        let small = bytes.to_ascii_lowercase();
        let mut hits = Vec::new();
        let compared = self.0.find(&small, |range| {
            let counts = if view.joined {
                // Two of our own words may read like one secret.
                range.len() >= SHORT && !looking.own_words
            } else {
                range.len() >= SHORT || stands_alone(bytes, &range, looking.own_words)
            };
            if counts {
                hits.push(range);
            }
        });
        work.take(bytes.len() + compared);
        if looking.cut {
            self.find_beginnings(&small, &mut hits);
        }
        if looking.signatures {
            find_signatures(view, looking.cut, &mut hits);
        }
        found.extend(hits.iter().map(|hit| view.source(hit)));
        if depth == DEPTH || self.0.is_empty() && !looking.signatures {
            return;
        }
        for code in &CODES {
            for run in runs(bytes, code.is_letter, code.letters(self.least(looking))) {
                let place = view.source(&run);
                if !view.is_first() && code.is_run(text, &place, run.len()) {
                    // It was looked into as it came.
                    continue;
                }
                let mut own = Work::of(run.len() * WORK);
                let work = if depth == 0 { &mut own } else { &mut *work };
                let hits = self.look_into(bytes, &run, code, scope, work);
                if work.is_spent() {
                    found.push(place);
                } else {
                    found.extend(hits.iter().map(|hit| view.source(hit)));
                }
            }
        }
    }

    /// The shortest length that is looked for.
    fn least(&self, looking: Looking) -> usize {
        let whole = if looking.signatures {
            SHORT
        } else {
            self.0.shortest
        };
        if looking.cut {
            whole.min(CUT_SECRET)
        } else {
            whole
        }
    }

    /// The places of the secrets in what may be Base64 or hex, wherever that begins.
    fn look_into(
        &self,
        bytes: &[u8],
        run: &Range<usize>,
        code: &Code,
        scope: Scope,
        work: &mut Work,
    ) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let looking = Looking {
            cut: scope.looking.cut && run.end == bytes.len(),
            own_words: false,
            ..scope.looking
        };
        let least = self.least(looking);
        let depth = scope.depth + 1;
        for from in (run.start..run.end).take(code.wide) {
            let inner = (code.decode)(&bytes[from..run.end]);
            work.take(inner.len());
            if work.is_spent() {
                break;
            }
            if !self.may_be_in(&inner, least) {
                continue;
            }
            // In code, a short secret is proven only by a whole text around it.
            let is_text = std::str::from_utf8(&inner).is_ok_and(|text| {
                !text.contains(|char: char| char.is_control() && !char.is_ascii_whitespace())
            });
            for hit in self.search(&inner, Scope { looking, depth }, work) {
                if is_text || hit.len() >= SHORT {
                    let start = from + hit.start * code.wide / code.narrow;
                    let end = from + (hit.end * code.wide).div_ceil(code.narrow);
                    // What is left over at a cut belongs to it.
                    let cut = looking.cut && hit.end == inner.len();
                    let end = if cut { run.end } else { end.min(run.end) };
                    let padding = bytes[end..].iter().take_while(|byte| **byte == b'=');
                    found.push(start..end + padding.count());
                }
            }
        }
        found
    }

    /// True if so much of it in one piece is text: most of what looks like Base64 is not, and decodes to noise.
    fn may_be_in(&self, inner: &[u8], least: usize) -> bool {
        let is_text = |byte: u8| matches!(byte, b' '..=b'~') || byte.is_ascii_whitespace();
        !self.0.ascii || !runs(inner, is_text, least).is_empty()
    }

    /// The places where a text ends within a secret, or within an escape behind the beginning of one.
    fn find_beginnings(&self, small: &[u8], found: &mut Vec<Range<usize>>) {
        let tail = small.len().saturating_sub(LONGEST_ESCAPE);
        let escape = small[tail..]
            .iter()
            .rposition(|byte| matches!(byte, b'%' | b'&' | b'\\'))
            .map(|place| tail + place);
        for end in [Some(small.len()), escape].into_iter().flatten() {
            for needle in self.0.iter() {
                let shown = (CUT_SECRET..needle.len())
                    .rev()
                    .find(|shown| small[..end].ends_with(&needle[..*shown]));
                if let Some(shown) = shown {
                    found.push(end - shown..small.len());
                }
            }
        }
    }
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// As a word of its own, or, among our own words, as a value.
fn stands_alone(bytes: &[u8], range: &Range<usize>, as_value: bool) -> bool {
    let before = &bytes[..range.start];
    let after = bytes.get(range.end);
    if as_value {
        let opens = before.last().is_some_and(|byte| b"=\"'`>".contains(byte));
        let closes =
            after.is_none_or(|byte| byte.is_ascii_whitespace() || b"\"'`<&;,)".contains(byte));
        return opens && closes;
    }
    let of_word = |byte: Option<&u8>| byte.is_some_and(|byte| is_of_word(*byte));
    !of_word(after) && (!of_word(before.last()) || ends_control(before))
}

/// True if the last letter belongs to the visible part of a line break or of a change of colour.
fn ends_control(bytes: &[u8]) -> bool {
    match bytes {
        [.., b'\\', last] => b"0abefnrtv".contains(last),
        [sequence @ .., b'm'] => {
            let mut digits = sequence.iter().rev();
            digits.find(|byte| !byte.is_ascii_digit() && **byte != b';') == Some(&b'[')
        }
        _ => false,
    }
}

/// Possible signatures, whole or, at a cut, their beginning. One has 40 hex digits, and a server that compares only as
/// much as is given takes half of one. Numbers, and the openids and random parts that stand inside words, are no such; nor
/// is what only looks like half of one where white space was taken out.
fn find_signatures(view: &View, cut: bool, found: &mut Vec<Range<usize>>) {
    let bytes = &view.bytes;
    for run in runs(bytes, |byte| byte.is_ascii_hexdigit(), 8) {
        let before = run.start.checked_sub(1).and_then(|at| bytes.get(at));
        let own_word =
            !before.is_some_and(u8::is_ascii_alphanumeric) || ends_control(&bytes[..run.start]);
        let least = match (cut && run.end == bytes.len(), own_word) {
            _ if view.joined => SIGNATURE,
            (true, true) => 8,
            (false, true) => SIGNATURE / 2,
            (_, false) => SIGNATURE,
        };
        // A longer one is a digest or a dump of something else.
        let is_one = (least..=SIGNATURE).contains(&run.len());
        if is_one && bytes[run.clone()].iter().any(u8::is_ascii_alphabetic) {
            found.push(run);
        }
    }
}

/// The places where at least so many bytes of a kind stand together.
fn runs(bytes: &[u8], is_such: impl Fn(u8) -> bool, least: usize) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start = None;
    for (at, byte) in bytes.iter().copied().chain([0]).enumerate() {
        match (start, is_such(byte)) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                if at - from >= least {
                    runs.push(from..at);
                }
                start = None;
            }
            _ => {}
        }
    }
    runs
}

/// A way to write bytes as letters.
struct Code {
    is_letter: fn(u8) -> bool,
    decode: fn(&[u8]) -> Vec<u8>,
    /// So many letters …
    wide: usize,
    /// … are so many bytes.
    narrow: usize,
    /// Fewer letters are no code.
    fewest: usize,
}

const CODES: [Code; 2] = [
    Code {
        is_letter: is_of_base64,
        decode: from_base64,
        wide: 4,
        narrow: 3,
        fewest: 4,
    },
    Code {
        is_letter: is_of_hex,
        decode: from_hex,
        wide: 2,
        narrow: 1,
        fewest: 6,
    },
];

impl Code {
    /// True if a text has exactly this run of so many letters.
    fn is_run(&self, text: &[u8], place: &Range<usize>, letters: usize) -> bool {
        let is_letter = |at: usize| text.get(at).is_some_and(|byte| (self.is_letter)(*byte));
        let begins = place.start.checked_sub(1).is_none_or(|at| !is_letter(at));
        place.len() == letters && begins && !is_letter(place.end)
    }

    /// The letters of so many bytes.
    fn letters(&self, bytes: usize) -> usize {
        (bytes * self.wide).div_ceil(self.narrow).max(self.fewest)
    }
}

fn is_of_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

fn is_of_hex(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

fn from_base64(letters: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(letters.len());
    let (mut bits, mut count) = (0_u32, 0);
    for letter in letters {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' | b'-' => 62,
            _ => 63,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count).to_le_bytes()[0]);
            bits &= (1 << count) - 1;
        }
    }
    bytes
}

fn from_hex(digits: &[u8]) -> Vec<u8> {
    let pairs = digits.chunks_exact(2);
    let pairs = pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?));
    pairs.map_while(|byte| byte).collect()
}

#[cfg(test)]
mod tests;
