//! Sentences of reports in Chinese. The English ones are made where something is seen; the catalogue in `zh/sentences.txt` has
//! each of them once, with gaps for what was seen.

use std::sync::LazyLock;

/// A sentence with gaps, in both languages.
struct Sentence {
    /// The English text around the gaps.
    pieces: Vec<&'static str>,
    /// The Chinese text: `{}` is the next gap, `{2}` the second one.
    chinese: &'static str,
}

static CATALOGUE: [&str; 3] = [
    include_str!("zh/sentences.txt"),
    include_str!("zh/errors.txt"),
    include_str!("zh/sources.txt"),
];

/// Sentences that say most come first, so that a gap holds as little as possible.
static SENTENCES: LazyLock<Vec<Sentence>> = LazyLock::new(|| {
    let mut all: Vec<Sentence> = lines().map(Sentence::of).collect();
    all.sort_by_key(|sentence| std::cmp::Reverse(sentence.weight()));
    all
});

/// Sentences stand within sentences, so deep at most.
const DEPTH: u8 = 5;

/// A sentence or a source in Chinese; as it is where the catalogue does not have it.
pub fn in_chinese(text: &str) -> String {
    translated(text, DEPTH).unwrap_or_else(|| text.to_owned())
}

fn translated(text: &str, depth: u8) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    SENTENCES
        .iter()
        .find_map(|sentence| Some(sentence.filled(&sentence.gaps(text)?, depth)))
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
        Self {
            pieces: english.split("{}").collect(),
            chinese,
        }
    }

    /// The length of the text that is not a gap.
    fn weight(&self) -> usize {
        self.pieces.iter().map(|piece| piece.len()).sum()
    }

    /// The texts in the gaps; nothing where the sentence is another one.
    fn gaps<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        let (first, others) = self.pieces.split_first()?;
        let mut rest = text.strip_prefix(first)?;
        let Some((last, between)) = others.split_last() else {
            return rest.is_empty().then(Vec::new);
        };
        let mut gaps = Vec::new();
        for piece in between {
            let (gap, behind) = rest.split_once(piece)?;
            gaps.push(gap);
            rest = behind;
        }
        gaps.push(rest.strip_suffix(last)?);
        gaps.iter().all(|gap| !gap.is_empty()).then_some(gaps)
    }

    /// The Chinese sentence with its gaps. What stands in backticks somebody else wrote, or is a name.
    fn filled(&self, gaps: &[&str], depth: u8) -> String {
        let gaps: Vec<String> = gaps
            .iter()
            .zip(&self.pieces)
            .map(|(gap, before)| {
                let quoted = before.ends_with('`');
                let known = (!quoted).then(|| translated(gap, depth)).flatten();
                known.unwrap_or_else(|| (*gap).to_owned())
            })
            .collect();
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
        text
    }
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
            let gaps = english.matches("{}").count();
            let plain = chinese.matches("{}").count();
            let numbered = (1..=gaps).all(|number| chinese.contains(&format!("{{{number}}}")));
            assert!(plain == gaps || (plain == 0 && numbered), "{english}");
        }
    }

    #[test]
    fn every_source_is_translated() {
        for rule in crate::rules::all() {
            assert_ne!(in_chinese(rule.source), rule.source, "{}", rule.id);
        }
    }

    #[test]
    fn a_sentence_within_a_sentence_is_translated_and_a_quotation_is_not() {
        assert_eq!(
            in_chinese("it stopped answering: no answer within 5s"),
            "服务器不再响应：5s 内没有响应"
        );
        assert_eq!(
            in_chinese("status 200, body `status 200 with the echostr`"),
            "状态码 200，响应体 `status 200 with the echostr`"
        );
        assert_eq!(
            in_chinese("3 effects for 2 deliveries of `oA`"),
            "`oA` 的 2 次投递产生 3 次效果"
        );
        assert_eq!(in_chinese("something else"), "something else");
    }
}
