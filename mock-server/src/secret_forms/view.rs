//! A text as somebody reads it: with its escapes read, or without what breaks a long word.

use std::ops::Range;

/// The longest escape that is looked for the beginning of at a cut, in bytes.
pub(super) const LONGEST_ESCAPE: usize = 10;
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

/// A text, each byte with the place of what it was read from.
pub(super) struct View {
    pub(super) bytes: Vec<u8>,
    /// None where it stands as it came.
    places: Option<Vec<(usize, usize)>>,
    /// True if white space was taken out.
    pub(super) joined: bool,
}

impl View {
    pub(super) const fn of(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            places: None,
            joined: false,
        }
    }

    pub(super) const fn is_first(&self) -> bool {
        self.places.is_none()
    }

    fn place(&self, at: usize) -> (usize, usize) {
        let places = self.places.as_ref();
        places.map_or((at, at + 1), |places| places[at])
    }

    /// Its place in the text as it came. There are no empty ranges.
    pub(super) fn source(&self, range: &Range<usize>) -> Range<usize> {
        self.place(range.start).0..self.place(range.end - 1).1
    }

    /// With its escapes read once; nothing where there are none.
    pub(super) fn decoded(&self) -> Option<Self> {
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
            joined: false,
        })
    }

    /// Without what breaks a long word into lines or pairs; nothing where nothing does.
    pub(super) fn joined(&self) -> Option<Self> {
        let mut bytes = Vec::with_capacity(self.bytes.len());
        let mut places = Vec::with_capacity(self.bytes.len());
        let mut at = 0;
        while at < self.bytes.len() {
            let width = gap(&self.bytes, at);
            if width == 0 {
                bytes.push(self.bytes[at]);
                places.push(self.place(at));
            }
            at += width.max(1);
        }
        (bytes.len() < self.bytes.len()).then_some(Self {
            bytes,
            places: Some(places),
            joined: true,
        })
    }
}

/// The width of what stands there, if it only breaks a word.
fn gap(bytes: &[u8], at: usize) -> usize {
    match bytes[at..] {
        // As an excerpt and JSON write a line break.
        [b'\\', b'n' | b'r' | b't', ..] => 2,
        // Quoted-printable ends a line so.
        [b'=', b'\r' | b'\n', ..] => 1,
        [b':' | b'-' | b'=', ..] => usize::from(parts_pairs(bytes, at)),
        [byte, ..] => usize::from(byte.is_ascii_whitespace()),
        [] => 0,
    }
}

/// True if there are two hex digits on either side and no more; a text may be cut off within the latter.
fn parts_pairs(bytes: &[u8], at: usize) -> bool {
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    let is_edge = |at: usize| !bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
    let is_end = |at: usize| at == bytes.len();
    let before =
        at >= 2 && is_digit(at - 2) && is_digit(at - 1) && at.checked_sub(3).is_none_or(is_edge);
    let last = || is_end(at + 2) || is_digit(at + 2) && is_edge(at + 3);
    before && (is_end(at + 1) || is_digit(at + 1) && last())
}

enum Code {
    Byte(u8),
    Char(char),
}

/// The character that an escape at the beginning stands for, and its width.
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
    // Browsers read a number without its `;` too.
    let entity = |from: usize, radix: u32| {
        let rest = &bytes[from..];
        let digits = rest
            .iter()
            .take_while(|byte| char::from(**byte).is_digit(radix));
        let digits = &rest[..digits.count()];
        let end = from + digits.len();
        let width = end + usize::from(bytes.get(end) == Some(&b';'));
        Some((Code::Char(number(digits, radix)?), width))
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
        [b'&', b'#', b'x' | b'X', ..] => entity(3, 16),
        [b'&', b'#', ..] => entity(2, 10),
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

pub(super) fn digit(byte: u8) -> Option<u8> {
    let value = char::from(byte).to_digit(16)?;
    u8::try_from(value).ok()
}
