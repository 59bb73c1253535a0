//! `wxcheck explain push/NAME`: an entry of the push catalogue.

use std::fmt::Write as _;

use anyhow::Result;
use wxcheck_mock_server::catalogue::{CatalogueEntry, EntryField};
use wxcheck_settings::Origins;
use wxcheck_suite::words::{entry_in_chinese, push_in_chinese, retries_in_chinese};

use crate::{
    cli::ExplainArgs,
    exit::{Exit, usage},
    language::{Language, told},
    screen, settings, terminal,
};

pub(super) fn explain(
    name: &str,
    args: &ExplainArgs,
    origins: Origins,
    lang: Language,
) -> Result<Exit> {
    let settings = settings::whole(args.settings(origins))?;
    let account = settings.account();
    let entry = settings.catalogue()?.find(name, account);
    let entry = entry.map_err(|error| usage(error.to_string()))?;
    let text = explained(&entry, lang)?;
    screen::show(&settings.secrets().page(&text));
    Ok(Exit::Fine)
}

/// A push of the catalogue: its fields, what may be answered, where it comes from.
fn explained(entry: &CatalogueEntry, lang: Language) -> Result<String> {
    let summary = push_in_chinese(&entry.name).filter(|_| lang == Language::Chinese);
    let summary = summary.unwrap_or(&entry.summary);
    let said = |text: &str| said_in(text, lang);
    let mut text = format!("{} ({})\n{summary}\n\n", entry.name, entry.account);
    let formats: Vec<String> = entry.formats.iter().map(ToString::to_string).collect();
    let note = entry.formats_note.as_deref().map(said);
    let shown = match (formats.join(lang.of(", ", "、")), note) {
        (formats, Some(note)) if formats.is_empty() => note,
        (formats, None) if formats.is_empty() => told!(lang, "in neither format", "两种格式都没有"),
        (formats, Some(note)) => told!(lang, "{formats} ({note})", "{formats}（{note}）"),
        (formats, None) => formats,
    };
    let variants: Vec<String> = entry
        .variants
        .iter()
        .map(|variant| {
            let colon = lang.of(": ", "：");
            let summary = said(&variant.summary);
            format!("{}.{}{colon}{summary}", entry.name, variant.name)
        })
        .collect();
    let replies = entry.replies.iter();
    let replies: Vec<String> = replies.map(|reply| word_in(reply, lang)).collect();
    let retries = entry.retries().map(|told| match lang {
        Language::English => told,
        Language::Chinese => retries_in_chinese(&told),
    });
    let dedup = said(&entry.dedup);
    let rows = [
        (("shown", "格式"), Some(shown)),
        (("from", "来自"), Some(word_in(&word(&entry.from)?, lang))),
        (
            ("repeats", "去重"),
            Some(told!(lang, "told by {dedup}", "{dedup}")),
        ),
        (
            ("answer", "回包"),
            entry.answer.map(|answer| answer.example().to_owned()),
        ),
        (
            ("repeating", "回传"),
            Some(entry.echoes.join(", ")).filter(|names| !names.is_empty()),
        ),
        (
            ("and with", "还需"),
            Some(entry.answer_needs.join(", ")).filter(|names| !names.is_empty()),
        ),
        (
            ("replies", "回复"),
            Some(replies.join(lang.of(", ", "、"))).filter(|replies| !replies.is_empty()),
        ),
        (
            ("within", "时限"),
            entry
                .deadline_seconds
                .map(|seconds| told!(lang, "{seconds} s", "{seconds} 秒")),
        ),
        (("retry", "重推"), retries),
        (("source", "依据"), Some(said(&entry.source))),
        (
            ("sure", "可信度"),
            Some(word_in(&word(&entry.confidence)?, lang)),
        ),
        (("note", "说明"), entry.note.as_deref().map(said)),
        (
            ("this is", "变体"),
            entry.variant_of_fields.as_deref().map(said),
        ),
        (
            ("variants", "各变体"),
            Some(variants.join(lang.of("; ", "；"))).filter(|variants| !variants.is_empty()),
        ),
    ];
    for ((en, zh), value) in rows {
        if let Some(value) = value {
            let label = lang.of(en, zh);
            let pad = " ".repeat(10_usize.saturating_sub(terminal::width(label)));
            let _ = writeln!(text, "  {label}{pad}{value}");
        }
    }
    text.push_str(lang.of("\nfields\n", "\n字段\n"));
    describe_fields(&mut text, &entry.fields, 1, lang);
    Ok(text)
}

/// A text of the catalogue in a language.
fn said_in(text: &str, lang: Language) -> String {
    match lang {
        Language::English => text.to_owned(),
        Language::Chinese => entry_in_chinese(text),
    }
}

/// The word by which the catalogue's files call it.
fn word(value: &impl serde::Serialize) -> Result<String> {
    let value = serde_json::to_value(value)?;
    Ok(value.as_str().unwrap_or_default().to_owned())
}

/// Such a word in a language. What is sent as it stands keeps its name.
fn word_in(word: &str, lang: Language) -> String {
    let chinese = match word {
        "user" => "用户",
        "wechat" => "微信",
        "empty" => "空",
        "high" => "高",
        "medium" => "中",
        "low" => "低",
        name => name,
    };
    lang.of(word, chinese).to_owned()
}

fn describe_fields(text: &mut String, fields: &[EntryField], depth: usize, lang: Language) {
    for field in fields {
        let name = format!("{}{}", "  ".repeat(depth), field.name);
        let kind = format!("{:?}", field.kind).to_lowercase();
        let only = match (field.xml_only, field.json_only) {
            (true, _) => lang.of(" (XML only)", "（只在 XML 中）"),
            (_, true) => lang.of(" (JSON only)", "（只在 JSON 中）"),
            _ => "",
        };
        let meaning = said_in(field.meaning.as_deref().unwrap_or_default(), lang);
        let _ = writeln!(
            text,
            "{name:<34}{kind:<8}{meaning}{only}{}",
            ranges(field, lang)
        );
        describe_fields(text, &field.fields, depth + 1, lang);
        // The items of a list are alike.
        if let Some(item) = field.items.first() {
            describe_fields(text, &item.fields, depth + 1, lang);
        }
    }
}

/// The values that a field may hold, where they are stated.
fn ranges(field: &EntryField, lang: Language) -> String {
    let mut said = Vec::new();
    if field.optional {
        said.push(told!(lang, "not always there", "不一定有"));
    }
    if let Some(bytes) = field.max_bytes {
        said.push(told!(lang, "at most {bytes} bytes", "最多 {bytes} 字节"));
    }
    if let Some([from, to]) = field.limits {
        said.push(told!(lang, "{from} to {to}", "{from} 到 {to}"));
    }
    if said.is_empty() {
        String::new()
    } else {
        format!(" [{}]", said.join(lang.of(", ", "，")))
    }
}

#[cfg(test)]
mod tests {
    use wxcheck_mock_server::catalogue::Catalogue;

    use super::*;

    #[test]
    fn no_entry_is_explained_in_english_to_a_reader_of_chinese() {
        let catalogue = Catalogue::built_in().unwrap();
        for entry in catalogue.entries().iter().flat_map(CatalogueEntry::forms) {
            let text = explained(&entry, Language::Chinese).unwrap();
            let line = text.lines().find(|line| is_english(line));
            assert_eq!(line, None, "{}", entry.name);
        }
    }

    /// True if two English words stand side by side. Names of fields, events and code are none.
    fn is_english(line: &str) -> bool {
        let is_word =
            |word: &&str| word.len() > 1 && word.chars().all(|letter| letter.is_ascii_lowercase());
        let words: Vec<&str> = line.split(' ').collect();
        words.windows(2).any(|pair| pair.iter().all(is_word))
    }
}
