//! Sentences of reports in Chinese. The English ones are made where something is seen; the catalogue in `zh/sentences.txt` has
//! each of them once, with gaps for what was seen.

use std::sync::LazyLock;

use super::Language;

/// A sentence with gaps, in both languages.
struct Sentence {
    /// The English text around the gaps.
    pieces: Vec<&'static str>,
    /// The gaps that hold a number, written `{n}`, in the order of all gaps.
    numbers: Vec<bool>,
    /// The Chinese text: `{}` is the next gap, `{2}` the second one.
    chinese: &'static str,
}

static CATALOGUE: [&str; 3] = [
    include_str!("zh/sentences.txt"),
    include_str!("zh/errors.txt"),
    include_str!("zh/control.txt"),
];

/// Sentences that say most come first, so that a gap holds as little as possible.
static SENTENCES: LazyLock<Vec<Sentence>> = LazyLock::new(|| {
    let mut all: Vec<Sentence> = lines().map(Sentence::of).collect();
    all.sort_by_key(|sentence| std::cmp::Reverse(sentence.weight()));
    all
});

/// A place for any text, and one for a number alone.
const GAP: &str = "{}";
const NUMBER: &str = "{n}";
const GAPS: [&str; 2] = [GAP, NUMBER];

/// Sentences stand within sentences, so deep at most.
const DEPTH: u8 = 5;

/// Letters and marks of a sentence that says nothing by itself, such as `{} in {}`, and joins what others say.
const JOINT: usize = 4;

/// The mark between the sentences of a list.
const NEXT: &str = "; ";

/// A sentence or a source in Chinese; as it is where the catalogue does not have it.
pub fn in_chinese(text: &str) -> String {
    translated(text, DEPTH).unwrap_or_else(|| text.to_owned())
}

/// A sentence or a source in a language.
pub fn sentence(text: &str, language: Language) -> String {
    match language {
        Language::English => text.to_owned(),
        Language::Chinese => in_chinese(text),
    }
}

fn translated(text: &str, depth: u8) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    let telling = SENTENCES.partition_point(|sentence| sentence.weight() > JOINT);
    let (telling, joints) = SENTENCES.split_at(telling);
    let among = |sentences: &[Sentence]| {
        let filled = |sentence: &Sentence| sentence.filled(&sentence.gaps(text)?, depth);
        sentences.iter().find_map(filled)
    };
    among(telling)
        .or_else(|| list(text, depth))
        .or_else(|| among(joints))
}

/// The sentences of a list, each in Chinese; nothing where one of them is not known.
fn list(text: &str, depth: u8) -> Option<String> {
    let mut sentences = Vec::new();
    let mut rest = text;
    while let Some((sentence, behind)) = parted(rest, NEXT, false) {
        sentences.push(sentence);
        rest = behind;
    }
    if sentences.is_empty() {
        return None;
    }
    sentences.push(rest);
    let known = sentences
        .into_iter()
        .map(|sentence| translated(sentence, depth).or_else(|| name(sentence)));
    Some(known.collect::<Option<Vec<_>>>()?.join("；"))
}

/// A text that reads the same in both languages, for it holds no prose.
fn name(text: &str) -> Option<String> {
    (!is_prose(text)).then(|| text.to_owned())
}

/// True if two English words stand side by side outside of quotations.
fn is_prose(text: &str) -> bool {
    text.split('`').step_by(2).any(|own| {
        let mut was_word = false;
        own.split(' ').any(|word| {
            let letters = word.trim_end_matches([',', '.', ';', ':']);
            let is_word =
                letters.len() > 1 && letters.bytes().all(|byte| byte.is_ascii_lowercase());
            let are_two = was_word && is_word;
            // Names in a list are no prose.
            was_word = is_word && letters == word;
            are_two
        })
    })
}

/// The catalogue's lines, English and Chinese.
fn lines() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = CATALOGUE
        .into_iter()
        .flat_map(str::lines)
        .filter(|line| !line.is_empty() && !line.starts_with("# "));
    lines.filter_map(|line| {
        let (english, chinese) = line.split_once('⇒')?;
        Some((english.trim(), chinese.trim()))
    })
}

impl Sentence {
    fn of((english, chinese): (&'static str, &'static str)) -> Self {
        let mut pieces = Vec::new();
        let mut numbers = Vec::new();
        let mut rest = english;
        while let Some(at) = GAPS.into_iter().filter_map(|gap| rest.find(gap)).min() {
            let (before, from) = rest.split_at(at);
            pieces.push(before);
            let behind = from.strip_prefix(NUMBER);
            numbers.push(behind.is_some());
            rest = behind
                .or_else(|| from.strip_prefix(GAP))
                .unwrap_or_default();
        }
        pieces.push(rest);
        Self {
            pieces,
            numbers,
            chinese,
        }
    }

    /// The length of the text that is not a gap.
    fn weight(&self) -> usize {
        self.pieces.iter().map(|piece| piece.len()).sum()
    }

    /// True if a gap may hold English that nobody translated: behind words of ours it is what a library says. In front of them, or
    /// between the parts that a joint joins, it is a piece of another sentence.
    fn may_hold_prose(&self, place: usize) -> bool {
        let is_behind = place > 0 || self.pieces.first().is_some_and(|first| !first.is_empty());
        is_behind && self.weight() > JOINT
    }

    /// The texts in the gaps; nothing where the sentence is another one.
    fn gaps<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        let (first, others) = self.pieces.split_first()?;
        let mut rest = text.strip_prefix(first)?;
        let Some((last, between)) = others.split_last() else {
            return rest.is_empty().then(Vec::new);
        };
        let mut gaps = Vec::new();
        for (before, piece) in self.pieces.iter().zip(between) {
            let (gap, behind) = parted(rest, piece, before.ends_with('`'))?;
            gaps.push(gap);
            rest = behind;
        }
        let gap = rest.strip_suffix(last)?;
        let before = self.pieces.iter().rev().nth(1)?;
        if !before.ends_with('`') && !is_outside_of_quotations(gap) {
            return None;
        }
        gaps.push(gap);
        let is_number = |gap: &str| gap.bytes().all(|byte| byte.is_ascii_digit());
        // A value that somebody sent may be empty; what a sentence says may not.
        let is_quoted = |place: usize| self.pieces[place].ends_with('`');
        let mut held = gaps.iter().zip(&self.numbers).enumerate();
        held.all(|(place, (gap, number))| {
            (!gap.is_empty() || is_quoted(place)) && (!number || is_number(gap))
        })
        .then_some(gaps)
    }

    /// The Chinese sentence with its gaps; nothing where it is another sentence after all. What stands in backticks somebody else
    /// wrote, or is a name.
    fn filled(&self, gaps: &[&str], depth: u8) -> Option<String> {
        let parts = gaps.iter().zip(&self.pieces).enumerate();
        let gaps = parts.map(|(place, (gap, before))| {
            if before.ends_with('`') {
                return Some((*gap).to_owned());
            }
            let as_it_is = || {
                if self.may_hold_prose(place) {
                    Some((*gap).to_owned())
                } else {
                    name(gap)
                }
            };
            translated(gap, depth).or_else(as_it_is)
        });
        let gaps: Vec<String> = gaps.collect::<Option<_>>()?;
        let mut text = String::new();
        let mut next = gaps.iter();
        for (place, piece) in self.chinese.split('{').enumerate() {
            let Some((number, behind)) = piece.split_once('}').filter(|_| place > 0) else {
                text.push_str(piece);
                continue;
            };
            let numbered = number.parse::<usize>().ok();
            let gap = match numbered {
                Some(number) => gaps.get(number.saturating_sub(1)),
                None => next.next(),
            };
            text.push_str(gap.map_or("", String::as_str));
            text.push_str(behind);
        }
        Some(text)
    }
}

/// The text before a piece and behind it. A piece that stands in backticks is somebody else's, unless the gap begins there.
fn parted<'t>(text: &'t str, piece: &str, is_quoted: bool) -> Option<(&'t str, &'t str)> {
    let mut places = text.match_indices(piece).map(|(at, _)| at);
    let at = places.find(|at| is_quoted || is_outside_of_quotations(&text[..*at]))?;
    Some((&text[..at], &text[at + piece.len()..]))
}

/// True if no quotation that begins in a text goes on behind it.
fn is_outside_of_quotations(text: &str) -> bool {
    text.matches('`').count().is_multiple_of(2)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_line_has_both_languages_and_the_same_gaps() {
        let mut seen = BTreeSet::new();
        for line in CATALOGUE.into_iter().flat_map(str::lines) {
            let is_remark = line.is_empty() || line.starts_with("# ");
            assert!(is_remark || line.contains(" ⇒"), "{line}");
        }
        for (english, chinese) in lines() {
            assert!(seen.insert(english), "twice: {english}");
            let gaps = GAPS.map(|gap| english.matches(gap).count());
            let gaps: usize = gaps.into_iter().sum();
            let plain = chinese.matches("{}").count();
            let numbered = (1..=gaps).all(|number| chinese.contains(&format!("{{{number}}}")));
            assert!(plain == gaps || (plain == 0 && numbered), "{english}");
        }
    }

    #[test]
    fn every_source_has_a_line_of_its_own() {
        let sources: BTreeSet<&str> = lines().map(|(english, _)| english).collect();
        for rule in crate::rules::all() {
            assert!(
                sources.contains(rule.source),
                "{}: {}",
                rule.id,
                rule.source
            );
            assert!(!rule.source.contains("{}"), "{}", rule.id);
        }
    }

    #[test]
    fn what_somebody_else_wrote_is_not_translated() {
        let body = r#"{"touser": "oA", "text": {"content": "passed; failed: no answer"}}"#;
        let told = format!("it stopped answering: `{body}`");
        let chinese = in_chinese(&told);
        assert_ne!(chinese, told);
        assert!(chinese.contains(&format!("`{body}`")), "{chinese}");
        assert_eq!(in_chinese("one and two more"), "one and two more");
        assert_eq!(in_chinese("one and 2 more"), "one 等，另有 2 个");
    }

    #[test]
    fn a_sentence_within_a_sentence_is_translated_and_a_quotation_is_not() {
        assert_eq!(
            in_chinese("it stopped answering: no answer within 5s"),
            "服务器不再响应：5s 内没有响应"
        );
        assert_eq!(
            in_chinese("status 200, body `status 200 with the echostr`"),
            "状态码 200，回包 `status 200 with the echostr`"
        );
        assert_eq!(
            in_chinese("3 effects for 2 deliveries of `oA`"),
            "`oA` 的 2 次投递产生 3 次效果"
        );
        assert_eq!(in_chinese("something else"), "something else");
    }

    /// Texts that no reader takes, one for each thing to find in them.
    const BROKEN_XML: [&str; 29] = [
        "<!DOCTYPE xml><xml/>",
        " <?xml version='1.0'?><xml/>",
        "<1/>",
        "<xml a=1/>",
        "<xml a/>",
        "<xml a=/>",
        "<xml a=\"1\" a=\"2\"/>",
        "<xml>]]></xml>",
        "<xml><A/>",
        "<xml></XML>",
        "</xml>",
        "<xml/><xml/>",
        "<xml/>x",
        "",
        "<xml>&nbsp;</xml>",
        "<xml>&amp</xml>",
        "<xml>&#+1;</xml>",
        "<xml>&#x;</xml>",
        "<xml>&#z;</xml>",
        "<xml>&#99999999999;</xml>",
        "<xml>&#x110000;</xml>",
        "<xml>&#0;</xml>",
        "<xml><![CDATA[x</xml>",
        "<xml><!-- x",
        "<xml><?x",
        "<xml><!x></xml>",
        "<xml",
        "<xml a=\"1",
        "<xml a='1",
    ];

    const BROKEN_JSON: [&str; 16] = [
        "{",
        "[",
        "\"a",
        "{\"a\":",
        "{\"a\" 1}",
        "[1 2]",
        "{\"a\":1 \"b\":2}",
        "{1:2}",
        "[nul]",
        "[x]",
        r#"["\x"]"#,
        "[-]",
        r#"["\ud800"]"#,
        "[\"\u{1}\"]",
        "[1,]",
        "[1] 2",
    ];

    #[test]
    fn whatever_a_reader_of_xml_or_json_finds_has_chinese() {
        use wxcheck_protocol::{json, xml};
        let deep = |open: &str, close: &str| open.repeat(20) + &close.repeat(20);
        let many = format!("<xml>{}</xml>", "<A/>".repeat(5000));
        let attributes: String = (0..5000)
            .map(|number| format!(" a{number}='1'"))
            .collect::<Vec<_>>()
            .concat();
        let attributes = format!("<xml{attributes}/>");
        let deep = [deep("<A>", "</A>"), deep("[", "]")];
        let zeros = format!("[{}0]", "0,".repeat(5000));
        let of_xml = BROKEN_XML
            .into_iter()
            .chain([&*many, &*attributes, &*deep[0]]);
        let of_xml = of_xml.map(|text| (text, xml::read(text).unwrap_err().to_string()));
        let of_json = BROKEN_JSON.into_iter().chain([&*deep[1], &*zeros]);
        let of_json = of_json.map(|text| (text, json::read(text).unwrap_err().to_string()));
        for (text, english) in of_xml.chain(of_json) {
            let chinese = in_chinese(&english);
            // As a finding tells it.
            let beside = in_chinese(&format!("{english} in status 200, body `a: b`"));
            assert_eq!(beside, format!("{chinese}：状态码 200，回包 `a: b`"));
            // What stands in backticks, in a tag or in a reference was seen, and is as it was.
            let unquoted = chinese.split('`').step_by(2);
            let mut parts = unquoted.flat_map(|part| part.split(['<', '>', '&', ';']).step_by(2));
            let is_english = |part: &str| {
                let mut words = part.split(|char: char| !char.is_ascii_alphabetic());
                words.any(|word| {
                    word.len() > 1 && word.chars().all(|char| char.is_ascii_lowercase())
                })
            };
            let text: String = text.chars().take(40).collect();
            assert!(!parts.any(is_english), "{text}: {english} ⇒ {chinese}");
        }
        assert_eq!(
            in_chinese("]]> in text, outside a CDATA section (at byte 219)"),
            "CDATA 之外的文本中出现 ]]>（第 219 字节处）"
        );
    }

    #[test]
    fn half_a_sentence_is_not_translated() {
        for whole in [
            "token: give me more than that in all",
            "nobody knows this; no MsgType",
            "the moon is missing",
        ] {
            assert_eq!(in_chinese(whole), whole);
        }
        assert_eq!(
            in_chinese("by `9d`: the clock cannot be advanced by more than a hundred years in all"),
            "by `9d`：时钟合计最多前进一百年"
        );
    }

    #[test]
    fn every_sentence_of_a_list_is_translated_however_long_it_is() {
        let sentences = ["request: `a.cn` is localhost"; 20].join("; ");
        let chinese = in_chinese(&format!("domains: {sentences}"));
        assert_eq!(
            chinese.matches("；request：`a.cn` 是 localhost").count(),
            19,
            "{chinese}"
        );
    }
}
