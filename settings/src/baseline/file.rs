//! The file: `[[known]]` with `rule`, `reason`, and if need be `claim` and `expires`.

use std::path::Path;

use serde::Deserialize;
use toml::{Spanned, Value, de::Error, value::Datetime};
use wxcheck_suite::doctor::Bilingual;

use super::Day;

/// A finding that is known.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// The rule, as it is written.
    pub rule: String,
    /// The claim; without one, all that the rule may find.
    pub claim: Option<String>,
    /// The reason why it is not fixed yet.
    pub reason: String,
    /// The last day on which it is accepted.
    pub expires: Option<Day>,
    /// The line of its rule, from 1.
    pub line: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole {
    #[serde(default)]
    known: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    rule: Spanned<String>,
    claim: Option<String>,
    reason: Spanned<String>,
    expires: Option<Spanned<Value>>,
}

/// The entries of a file; an error names file and line.
pub(super) fn parse(path: &Path, text: &str) -> Result<Vec<Entry>, Bilingual> {
    let line = |at: usize| {
        let before = text.get(..at).unwrap_or_default();
        before.matches('\n').count() + 1
    };
    let at = |line: usize, what: Bilingual| {
        let path = path.display();
        Bilingual {
            en: format!("{path} line {line}: {}", what.en),
            zh: format!("{path} 第 {line} 行：{}", what.zh),
        }
    };
    let broken = |error: Error| {
        let place = error.span().map_or(0, |span| span.start);
        at(line(place), error.message().into())
    };
    let whole: Whole = toml::from_str(text).map_err(broken)?;
    let mut entries: Vec<Entry> = Vec::new();
    for written in whole.known {
        let own = line(written.rule.span().start);
        let reason = line(written.reason.span().start);
        if written.reason.get_ref().trim().is_empty() {
            return Err(at(
                reason,
                (
                    "the reason is empty; say why it is not fixed yet",
                    "原因是空的；请写明为何还没有修复",
                )
                    .into(),
            ));
        }
        let expires = written.expires.map(|given| {
            let place = line(given.span().start);
            day(given.get_ref()).ok_or_else(|| {
                at(
                    place,
                    (
                        "`expires` is no day; write it like expires = 2027-01-31",
                        "`expires` 不是日期；请写成 expires = 2027-01-31",
                    )
                        .into(),
                )
            })
        });
        let entry = Entry {
            rule: written.rule.into_inner(),
            claim: written.claim,
            reason: written.reason.into_inner(),
            expires: expires.transpose()?,
            line: own,
        };
        let is_same = |other: &&Entry| (&other.rule, &other.claim) == (&entry.rule, &entry.claim);
        if let Some(first) = entries.iter().find(is_same) {
            let first = first.line;
            return Err(at(
                own,
                (
                    format!("it is listed already, in line {first}"),
                    format!("第 {first} 行已经列出了它"),
                )
                    .into(),
            ));
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// The day that a value says, with quotes or without.
fn day(value: &Value) -> Option<Day> {
    let day = match value {
        Value::Datetime(day) => *day,
        Value::String(text) => text.parse::<Datetime>().ok()?,
        _ => return None,
    };
    let is_day = day.time.is_none() && day.offset.is_none();
    day.date.filter(|_| is_day).map(|date| date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Entry>, String> {
        parse(Path::new("b.toml"), text).map_err(|error| error.en)
    }

    #[test]
    fn entries_know_their_lines_and_days_are_read_with_quotes_or_without() {
        let text = "# ours\n[[known]]\nrule = 'reply/acknowledges'\nreason = 'later'\nexpires = 2027-01-31\n\n\
                    [[known]]\nreason = 'never'\nclaim = 'page'\nrule = 'reply/status-200'\nexpires = '2026-12-01'\n";
        let entries = read(text).unwrap();
        let told: Vec<_> = entries
            .iter()
            .map(|entry| (entry.line, entry.expires.as_deref(), entry.claim.as_deref()))
            .collect();
        assert_eq!(
            told,
            [
                (3, Some("2027-01-31"), None),
                (10, Some("2026-12-01"), Some("page"))
            ]
        );
        assert_eq!(read("").unwrap(), []);
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        for (text, told) in [
            (
                "[[known]]\nrule = 'a'\n",
                "b.toml line 1: missing field `reason`",
            ),
            (
                "[[known]]\nrule = 'a'\nreason = ' '\n",
                "b.toml line 3: the reason is empty",
            ),
            (
                "[[known]]\nrule = 'a'\nreason = 'r'\nexpires = '2027-13-01'\n",
                "b.toml line 4: `expires` is no day",
            ),
            (
                "[[known]]\nrule = 'a'\nreason = 'r'\nexpires = 2027-01-01T00:00:00Z\n",
                "b.toml line 4: `expires` is no day",
            ),
            (
                "[[known]]\nrule = 'a'\nreason = 'r'\nuntil = 1\n",
                "b.toml line 4: unknown field `until`",
            ),
            (
                "[[known]]\nrule = 'a'\nreason = 'r'\n[[known]]\nrule = 'a'\nreason = 's'\n",
                "b.toml line 5: it is listed already, in line 2",
            ),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.starts_with(told), "{error}");
        }
    }

    #[test]
    fn mistakes_are_told_in_chinese_to_the_last_word() {
        let with = |line: &str| format!("[[known]]\nrule = 'a'\nreason = 'r'\n{line}\n");
        for (line, told) in [
            (
                "expires = 2027-13-01",
                "b.toml 第 4 行：日期无效，应为 01 到 12 之间的月份",
            ),
            (
                "expires = 2027-02-30",
                "b.toml 第 4 行：日期无效，应为 01 到 28 之间的日",
            ),
            ("expires = 'soon'", "b.toml 第 4 行：`expires` 不是日期"),
            (
                "claim = 3",
                "b.toml 第 4 行：类型不对：整数 `3`，应为字符串",
            ),
            ("until = 1", "b.toml 第 4 行：未知的键 `until`"),
        ] {
            let error = parse(Path::new("b.toml"), &with(line)).unwrap_err();
            assert!(error.zh.starts_with(told), "{}", error.zh);
        }
    }
}
