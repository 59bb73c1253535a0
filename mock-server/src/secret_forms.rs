//! Finds secrets in a text that somebody else wrote, whatever form they have there: as they are, in another case, reversed,
//! percent-encoded, as HTML entities or escapes of JSON, in Base64 or hex, and one of these within another.
//!
//! It is the text that is decoded, not the secret that is encoded: so it matters neither which letters were encoded nor
//! what stands before and behind them.

use std::ops::Range;

/// A secret that is shorter counts only where it stands alone, or words would go with it.
const SHORT: usize = 6;
/// So much of a secret's beginning, right before a cut, is no coincidence.
const CUT_SECRET: usize = 4;
/// How many times a text is decoded: a proxy and a template may each have encoded it.
const LAYERS: usize = 4;
/// How deep Base64 and hex may stand in one another.
const DEPTH: usize = 2;
/// The longest escape, in bytes.
const LONGEST_ESCAPE: usize = 10;
/// Entities by name; the others are letters and digits in numbers.
const ENTITIES: [(&str, u8); 20] = [
    ("amp", b'&'),
    ("apos", b'\''),
    ("ast", b'*'),
    ("colon", b':'),
    ("comma", b','),
    ("commat", b'@'),
    ("dollar", b'$'),
    ("equals", b'='),
    ("excl", b'!'),
    ("gt", b'>'),
    ("lowbar", b'_'),
    ("lt", b'<'),
    ("num", b'#'),
    ("percnt", b'%'),
    ("period", b'.'),
    ("plus", b'+'),
    ("quest", b'?'),
    ("quot", b'"'),
    ("semi", b';'),
    ("sol", b'/'),
];

/// Secrets, ready to be looked for.
#[derive(Clone, Default)]
pub struct SecretForms {
    /// In small letters.
    needles: Vec<Vec<u8>>,
    /// The length of the shortest.
    shortest: usize,
    /// Whether all of them are of ASCII.
    ascii: bool,
}

/// What else is looked for, and how strictly.
#[derive(Clone, Copy, Debug, Default)]
pub struct Looking {
    /// What looks like a signature goes too.
    pub signatures: bool,
    /// The text is cut off at its end, maybe within a secret.
    pub cut: bool,
    /// A short secret goes only where it is written as a value: the text is ours, and its words stay.
    pub own_words: bool,
}

impl SecretForms {
    /// These secrets; empty ones are left out.
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut needles: Vec<Vec<u8>> = Vec::new();
        for secret in secrets.into_iter().filter(|secret| !secret.is_empty()) {
            let small = secret.to_ascii_lowercase();
            // A password of a URL is percent-encoded there.
            let decoded = View::of(small.clone().into_bytes()).decoded();
            let decoded = decoded.and_then(|view| String::from_utf8(view.bytes).ok());
            for written in [Some(small), decoded].into_iter().flatten() {
                if secret.len() >= SHORT {
                    needles.push(written.chars().rev().collect::<String>().into_bytes());
                }
                if written.contains('+') {
                    // As whoever decodes a query once too often leaves it.
                    needles.push(written.replace('+', " ").into_bytes());
                }
                needles.push(written.into_bytes());
            }
        }
        let shortest = needles.iter().map(Vec::len).min().unwrap_or_default();
        let ascii = needles.iter().all(|needle| needle.is_ascii());
        Self {
            needles,
            shortest,
            ascii,
        }
    }

    /// The text with `mask` in place of every secret.
    pub fn hide(&self, text: &str, mask: &str, looking: Looking) -> String {
        let mut found = self.search(text.as_bytes(), looking, 0);
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

    /// Where they stand.
    fn search(&self, bytes: &[u8], looking: Looking, depth: usize) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut view = View::of(bytes.to_vec());
        for _ in 0..LAYERS {
            let hits = self.search_plain(&view.bytes, looking, depth);
            found.extend(hits.into_iter().map(|hit| view.source(&hit)));
            match view.decoded() {
                Some(decoded) => view = decoded,
                None => break,
            }
        }
        found
    }

    fn search_plain(&self, bytes: &[u8], looking: Looking, depth: usize) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let small = bytes.to_ascii_lowercase();
        for needle in &self.needles {
            find_all(&small, needle, |range| {
                if needle.len() >= SHORT || stands_alone(bytes, &range, looking.own_words) {
                    found.push(range);
                }
            });
        }
        if looking.cut {
            self.find_beginnings(&small, &mut found);
        }
        if looking.signatures {
            find_signatures(bytes, looking.cut, &mut found);
        }
        let least = if looking.signatures {
            SHORT
        } else {
            self.shortest
        };
        if depth == DEPTH || self.needles.is_empty() && !looking.signatures {
            return found;
        }
        // In code, a short secret is proven only by a whole text around it.
        let mut look_into = |run: Range<usize>, decode: Decode, wide: usize, narrow: usize| {
            let ends = run.end == bytes.len();
            for skipped in 0..wide.min(run.len()) {
                let from = run.start + skipped;
                let inner = decode(&bytes[from..run.end]);
                let enough = if looking.cut && ends {
                    least.min(CUT_SECRET)
                } else {
                    least
                };
                if !self.may_be_in(&inner, enough) {
                    continue;
                }
                let within = Looking {
                    cut: looking.cut && ends,
                    own_words: false,
                    ..looking
                };
                let is_text =
                    std::str::from_utf8(&inner).is_ok_and(|text| !text.contains(char::is_control));
                for hit in self.search(&inner, within, depth + 1) {
                    if is_text || hit.len() >= SHORT {
                        let start = from + hit.start * wide / narrow;
                        let end = from + (hit.end * wide).div_ceil(narrow);
                        let padding = bytes[end.min(run.end)..].iter();
                        let padding = padding.take_while(|byte| **byte == b'=').count();
                        found.push(start..end.min(run.end) + padding);
                    }
                }
            }
        };
        for run in runs(bytes, is_of_base64, (least * 4).div_ceil(3).max(4)) {
            look_into(run, from_base64, 4, 3);
        }
        for run in runs(bytes, |byte| byte.is_ascii_hexdigit(), (least * 2).max(6)) {
            look_into(run, from_hex, 2, 1);
        }
        found
    }

    /// Whether so much of it in one piece is text: most of what looks like Base64 is none, and gives noise.
    fn may_be_in(&self, inner: &[u8], least: usize) -> bool {
        !self.ascii || !runs(inner, |byte| matches!(byte, b' '..=b'~'), least).is_empty()
    }

    /// Where a text ends within a secret, or within an escape behind the beginning of one.
    fn find_beginnings(&self, small: &[u8], found: &mut Vec<Range<usize>>) {
        let tail = small.len().saturating_sub(LONGEST_ESCAPE);
        let escape = small[tail..]
            .iter()
            .rposition(|byte| matches!(byte, b'%' | b'&' | b'\\'))
            .map(|place| tail + place);
        for end in [Some(small.len()), escape].into_iter().flatten() {
            for needle in &self.needles {
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

/// Every place of a needle.
fn find_all(bytes: &[u8], needle: &[u8], mut note: impl FnMut(Range<usize>)) {
    let Some((first, rest)) = needle.split_first() else {
        return;
    };
    let mut at = 0;
    while let Some(place) = bytes[at..].iter().position(|byte| byte == first) {
        let start = at + place;
        if bytes[start + 1..].starts_with(rest) {
            note(start..start + needle.len());
        }
        at = start + 1;
    }
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// As a word of its own, or, among our own words, as a value.
fn stands_alone(bytes: &[u8], range: &Range<usize>, as_value: bool) -> bool {
    let before = range.start.checked_sub(1).and_then(|at| bytes.get(at));
    let after = bytes.get(range.end);
    if as_value {
        let opens = before.is_some_and(|byte| b"=\"'`>".contains(byte));
        let closes =
            after.is_none_or(|byte| byte.is_ascii_whitespace() || b"\"'`<&;,)".contains(byte));
        return opens && closes;
    }
    [before, after]
        .into_iter()
        .flatten()
        .all(|byte| !is_of_word(*byte))
}

/// What may be a signature, whole or, at a cut, its beginning. One has 40 hex digits, and a server that compares only as
/// much as is given takes half of one. Numbers, and the openids and random parts that stand inside words, are no such.
fn find_signatures(bytes: &[u8], cut: bool, found: &mut Vec<Range<usize>>) {
    for run in runs(bytes, |byte| byte.is_ascii_hexdigit(), 8) {
        let before = run.start.checked_sub(1).and_then(|at| bytes.get(at));
        let own_word = !before.is_some_and(u8::is_ascii_alphanumeric);
        let least = match (cut && run.end == bytes.len(), own_word) {
            (true, _) => 8,
            (false, true) => 20,
            (false, false) => 40,
        };
        if run.len() >= least && bytes[run.clone()].iter().any(u8::is_ascii_alphabetic) {
            found.push(run);
        }
    }
}

/// Where at least so many bytes of a kind stand together.
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

type Decode = fn(&[u8]) -> Vec<u8>;

fn is_of_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
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

fn digit(byte: u8) -> Option<u8> {
    let value = char::from(byte).to_digit(16)?;
    u8::try_from(value).ok()
}

/// A text as somebody reads it, each byte with the place of what it was decoded from.
struct View {
    bytes: Vec<u8>,
    /// None where it was not decoded yet.
    places: Option<Vec<(usize, usize)>>,
}

impl View {
    const fn of(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            places: None,
        }
    }

    fn place(&self, at: usize) -> (usize, usize) {
        let places = self.places.as_ref();
        places.map_or((at, at + 1), |places| places[at])
    }

    /// Where it stands in the text as it came. There are no empty ranges.
    fn source(&self, range: &Range<usize>) -> Range<usize> {
        self.place(range.start).0..self.place(range.end - 1).1
    }

    /// With its escapes read once; nothing where there are none.
    fn decoded(&self) -> Option<Self> {
        if !self
            .bytes
            .iter()
            .any(|byte| matches!(byte, b'%' | b'&' | b'\\'))
        {
            return None;
        }
        let mut bytes = Vec::with_capacity(self.bytes.len());
        let mut places = Vec::with_capacity(self.bytes.len());
        let mut at = 0;
        while at < self.bytes.len() {
            let (char, width) = match escape(&self.bytes[at..]) {
                Some((code, width)) => (code, width),
                None => (Code::Byte(self.bytes[at]), 1),
            };
            let mut buffer = [0; 4];
            let written: &[u8] = match &char {
                Code::Byte(byte) => std::slice::from_ref(byte),
                Code::Char(char) => char.encode_utf8(&mut buffer).as_bytes(),
            };
            for byte in written {
                bytes.push(*byte);
                places.push((self.place(at).0, self.place(at + width - 1).1));
            }
            at += width;
        }
        (bytes != self.bytes).then_some(Self {
            bytes,
            places: Some(places),
        })
    }
}

enum Code {
    Byte(u8),
    Char(char),
}

/// What an escape at the beginning stands for, and its width.
fn escape(bytes: &[u8]) -> Option<(Code, usize)> {
    let number = |digits: &[u8], radix| {
        let text = std::str::from_utf8(digits).ok()?;
        let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let code = u32::from_str_radix(text, radix).ok().filter(|_| plain)?;
        char::from_u32(code)
    };
    let ended = |from: usize, end: u8| {
        let rest = bytes.get(from..)?;
        let place = rest
            .iter()
            .take(LONGEST_ESCAPE)
            .position(|byte| *byte == end)?;
        Some((&rest[..place], from + place + 1))
    };
    match bytes {
        [b'%', high, low, ..] => Some((Code::Byte(digit(*high)? << 4 | digit(*low)?), 3)),
        [b'\\', b'u', b'{', ..] => {
            let (digits, width) = ended(3, b'}')?;
            Some((Code::Char(number(digits, 16)?), width))
        }
        [b'\\', b'u', ..] => Some((Code::Char(number(bytes.get(2..6)?, 16)?), 6)),
        [b'\\', b'x', ..] => Some((Code::Char(number(bytes.get(2..4)?, 16)?), 4)),
        [b'\\', sign @ (b'/' | b'"' | b'\'' | b'\\'), ..] => Some((Code::Byte(*sign), 2)),
        [b'&', b'#', b'x' | b'X', ..] => {
            let (digits, width) = ended(3, b';')?;
            Some((Code::Char(number(digits, 16)?), width))
        }
        [b'&', b'#', ..] => {
            let (digits, width) = ended(2, b';')?;
            Some((Code::Char(number(digits, 10)?), width))
        }
        [b'&', ..] => {
            let (name, width) = ended(1, b';')?;
            let known = ENTITIES
                .iter()
                .find(|(known, _)| known.as_bytes() == name)?;
            Some((Code::Byte(known.1), width))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "Zq7+w2V/9Kt=";

    fn hide(text: &str) -> String {
        SecretForms::of([SECRET, "Ann"]).hide(text, "***", Looking::default())
    }

    #[test]
    fn a_secret_is_found_in_every_form_and_what_is_around_it_stays() {
        for form in [
            "Zq7+w2V/9Kt=",
            "zQ7+W2v/9kT=",
            "Zq7 w2V/9Kt=",
            "Zq7%2Bw2V%2f9Kt%3D",
            "Zq7%252Bw2V%252F9Kt%253D",
            "Zq7&#43;w2V&#x2F;9Kt&equals;",
            "Zq7&amp;#43;w2V&sol;9Kt=",
            r"\u005aq7+w2V\/9Kt\u003D",
            r"Zq7\\u002bw2V\\/9Kt\x3d",
            r"\u{5a}q7+w2V/9Kt=",
            "WnE3K3cyVi85S3Q9",
            "WnE3K3cyVi85S3Q9%3D",
            "5A71372B7732562F394B743D",
            "=tK9/V2w+7qZ",
            // Base64 in hex.
            "576e45334b3363795669383553335139",
        ] {
            let shown = hide(&format!("a <b {form}> 你"));
            assert!(
                ["a <b ***> 你", "a <b ***%3D> 你"].contains(&shown.as_str()),
                "{form}: {shown}"
            );
        }
    }

    #[test]
    fn base64_is_found_at_every_place_of_its_block() {
        // Of `x Zq7+w2V/9Kt= y`, of `xx …` and of `xxx …`.
        for form in [
            "eCBacTcrdzJWLzlLdD0geQ==",
            "eHggWnE3K3cyVi85S3Q9IHk=",
            "eHh4IFpxNyt3MlYvOUt0PSB5",
        ] {
            let shown = hide(form);
            assert!(shown.contains("***") && shown.len() < 12, "{shown}");
        }
        assert_eq!(hide("x-_eCBacTcrdzJWLzlLdD0geQ"), "x-_eC***geQ");
    }

    #[test]
    fn a_password_is_known_as_it_is_and_as_its_url_has_it() {
        let forms = SecretForms::of(["mario:Pa55%3Dw0rd"]);
        for form in ["mario:Pa55=w0rd", "mario:Pa55%3dw0rd", "dr0w=55aP:oiram"] {
            assert_eq!(forms.hide(form, "***", Looking::default()), "***", "{form}");
        }
    }

    #[test]
    fn a_short_one_goes_where_it_stands_alone() {
        for (text, shown) in [
            ("channel Ann, ann", "channel ***, ***"),
            ("Annex hanna an_ann_a", "Annex hanna an_ann_a"),
            ("t=Ann&x 你Ann好", "t=***&x 你***好"),
            ("&#65;nn %41nn QW5u 416e6e", "*** *** *** ***"),
        ] {
            assert_eq!(hide(text), shown);
        }
    }

    #[test]
    fn texts_without_one_stay_as_they_are() {
        for text in [
            "",
            "100 % & more; \\ &bogus; %zz \\u12 &#xffffffff; &#x110000;",
            r#"{"touser":"o_1","content":"你好"}"#,
            "%E4%BD%A0 %ff %",
        ] {
            assert_eq!(hide(text), text);
            assert_eq!(
                SecretForms::default().hide(text, "***", Looking::default()),
                text
            );
        }
    }
}
