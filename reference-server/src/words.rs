//! The words of a text reply: the treatment of the user's words, and the encoding.

use std::sync::atomic::{AtomicI64, Ordering};

use wxcheck_protocol::message::{Field, Value};

/// The treatment of the user's words.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Words {
    /// They come back after `echo: `, cut to the length that WeChat takes.
    #[default]
    Unchanged,
    /// They come back whole, however long they are.
    Uncut,
    /// No more than 140 characters come back.
    CutAt140,
    /// Nothing comes back.
    Empty,
    /// They come back without what lies beyond U+FFFF.
    EmojiLost,
    /// They come back in lower case.
    LowerCase,
    /// Digits come back as a number, without the zeros in front.
    AsNumbers,
    /// They come back, but for `0`, which is taken for nothing.
    ZeroIsNothing,
    /// The word `success` comes back, which was to acknowledge.
    Success,
    /// The same greeting comes back, in Chinese.
    Greeting,
}

/// The longest text reply that WeChat takes, in bytes, in an envelope too.
const LONGEST: usize = 2047;

impl Words {
    /// The words to a text; `None` where it is taken for nothing.
    pub(crate) fn of(self, content: &str) -> Option<String> {
        let echo = |content: &str| Some(cut(format!("echo: {content}"), LONGEST));
        match self {
            Self::Uncut => Some(format!("echo: {content}")),
            Self::CutAt140 => echo(&content.chars().take(140).collect::<String>()),
            Self::Empty => Some(String::new()),
            Self::EmojiLost => echo(&content.replace(|char| char > '\u{ffff}', "?")),
            Self::LowerCase => echo(&content.to_lowercase()),
            Self::AsNumbers => match content.parse::<u64>() {
                Ok(number) => echo(&number.to_string()),
                Err(_) => echo(content),
            },
            Self::ZeroIsNothing if content == "0" => None,
            Self::Unchanged | Self::ZeroIsNothing => echo(content),
            Self::Success => Some("success".to_owned()),
            Self::Greeting => Some("欢迎".to_owned()),
        }
    }
}

/// The beginning of a text that is longer than so many bytes, between two characters.
pub(crate) fn cut(mut text: String, most: usize) -> String {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

/// The encoding of what is written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Charset {
    /// UTF-8.
    #[default]
    Utf8,
    /// GBK, the code page of Chinese Windows.
    Gbk,
}

/// The Chinese characters that the server writes by itself, in GBK.
const IN_GBK: [(char, [u8; 2]); 2] = [('欢', [0xbb, 0xb6]), ('迎', [0xd3, 0xad])];

impl Charset {
    /// The bytes of a text; a question mark stands for what is unknown.
    pub(crate) fn encode(self, text: String) -> Vec<u8> {
        if self == Self::Utf8 {
            return text.into_bytes();
        }
        let mut bytes = Vec::with_capacity(text.len());
        for char in text.chars() {
            match IN_GBK.iter().find(|(known, _)| *known == char) {
                Some((_, encoded)) => bytes.extend(encoded),
                None => bytes.push(u8::try_from(char).ok().filter(u8::is_ascii).unwrap_or(b'?')),
            }
        }
        bytes
    }
}

/// The articles of news that a text is answered with.
#[derive(Debug, Default)]
pub(crate) struct Articles(AtomicI64);

impl Articles {
    /// Articles, that many, with their count.
    pub(crate) fn fields(count: i64) -> [Field; 3] {
        let article = |number| {
            let number: i64 = number;
            Value::Group(vec![
                Field::text("Title", format!("article {number}")),
                Field::text("Description", "news"),
                Field::text("PicUrl", "https://example.com/1.png"),
                Field::text("Url", "https://example.com/1"),
            ])
        };
        let items = (1..=count).map(article).collect();
        [
            Field::text("MsgType", "news"),
            Field::number("ArticleCount", count),
            Field::group("Articles", vec![Field::many("item", items)]),
        ]
    }

    /// One more than before: the list that nobody empties.
    pub(crate) fn grown(&self) -> i64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back_as_the_strategy_says() {
        assert_eq!(Words::Unchanged.of("007").unwrap(), "echo: 007");
        assert_eq!(Words::AsNumbers.of("007").unwrap(), "echo: 7");
        assert_eq!(Words::ZeroIsNothing.of("0"), None);
        assert_eq!(Words::ZeroIsNothing.of("00").unwrap(), "echo: 00");
        let long = "你".repeat(1000);
        assert_eq!(Words::Unchanged.of(&long).unwrap().len(), 2046);
        assert_eq!(Words::Uncut.of(&long).unwrap().len(), 3006);
        assert_eq!(Words::CutAt140.of(&long).unwrap().chars().count(), 146);
    }

    #[test]
    fn gbk_is_no_utf_8() {
        let bytes = Charset::Gbk.encode("<a>欢迎😀".to_owned());
        assert_eq!(bytes, b"<a>\xbb\xb6\xd3\xad?");
        assert!(std::str::from_utf8(&bytes).is_err());
    }
}
