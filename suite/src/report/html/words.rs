//! Texts in both languages, side by side; the page shows one of them.

use std::time::Duration;

use maud::{Markup, html};

use crate::{
    report::labels::{Labels, labels},
    rule::Level,
    verdict::Verdict,
    words::Language,
};

/// A text in English and in Chinese.
pub(super) fn both(english: &str, chinese: &str) -> Markup {
    if english == chinese {
        return html! { (english) };
    }
    both_of(&html! { (english) }, &html! { (chinese) })
}

/// The same of words that stand in our source.
pub(super) fn own(english: &'static str, chinese: &'static str) -> Markup {
    both(english, chinese)
}

/// One of the words that all reports share.
pub(super) fn label(of: impl Fn(&'static Labels) -> &'static str) -> Markup {
    let [english, chinese] = [Language::English, Language::Chinese].map(|one| of(labels(one)));
    own(english, chinese)
}

/// The same of what holds more than text.
pub(super) fn both_of(english: &Markup, chinese: &Markup) -> Markup {
    html! {
        span.en lang="en" { (english) }
        span.zh lang="zh-CN" { (chinese) }
    }
}

/// The word for a verdict.
pub(super) fn verdict(verdict: Verdict) -> Markup {
    own(verdict.as_str(), verdict.word(Language::Chinese))
}

/// The word for a level, which WeChat developers know in English.
pub(super) const fn level(level: Level) -> &'static str {
    match level {
        Level::Must => "must",
        Level::Should => "should",
        Level::Info => "info",
    }
}

/// A duration in microseconds, short.
pub(super) fn short(micros: u64) -> String {
    let millis = Duration::from_micros(micros).as_secs_f64() * 1000.0;
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..10_000 => format!("{millis:.1} ms"),
        10_000..1_000_000 => format!("{millis:.0} ms"),
        1_000_000..100_000_000 => format!("{:.1} s", millis / 1000.0),
        _ => format!("{:.0} s", millis / 1000.0),
    }
}

/// A duration that is a mark on an axis, without a fraction where there is none.
pub(super) fn tick(micros: u64) -> String {
    let (amount, unit) = match micros {
        0 => return "0".to_owned(),
        1..1_000 => (micros, "µs"),
        1_000..1_000_000 if micros.is_multiple_of(1_000) => (micros / 1_000, "ms"),
        _ if micros.is_multiple_of(1_000_000) => (micros / 1_000_000, "s"),
        _ => return short(micros),
    };
    format!("{amount} {unit}")
}

/// The number of bytes, short.
pub(super) fn bytes(bytes: usize) -> String {
    match bytes {
        0..10_240 => format!("{bytes} B"),
        _ => format!("{} KiB", bytes / 1024),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        for (micros, told, on_axis) in [
            (0, "0 µs", "0"),
            (1_500, "1.5 ms", "1.5 ms"),
            (5_000_000, "5.0 s", "5 s"),
            (200_000, "200 ms", "200 ms"),
            (120_000_000, "120 s", "120 s"),
        ] {
            assert_eq!(
                (short(micros).as_str(), tick(micros).as_str()),
                (told, on_axis)
            );
        }
    }
}
