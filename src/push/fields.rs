//! Fields that `--set` names and that the push does not have: slips of the pen, unless somebody means them.

use std::io::BufRead as _;

use anyhow::Result;
use wxcheck_mock_server::{
    catalogue::{CatalogueEntry, EntryField},
    composer::Message,
};
use wxcheck_protocol::{
    message::{Field, Value},
    push::Format,
};
use wxcheck_settings::no_secrets;
use wxcheck_suite::doctor::Bilingual;

use crate::{
    exit::usage,
    language::{Language, both},
    screen,
};

/// Refuses such a field, unless whoever sits at the terminal means it.
pub(super) fn check(
    entry: &CatalogueEntry,
    format: Format,
    sets: &[String],
    lang: Language,
) -> Result<()> {
    match Strange::in_sets(entry, format, sets) {
        Some(strange) if !(screen::interactive() && strange.is_meant(lang)) => {
            Err(usage(strange.refusal()))
        }
        _ => Ok(()),
    }
}

/// A field that a push does not have.
struct Strange<'a> {
    push: &'a str,
    name: &'a str,
    known: Vec<String>,
}

impl<'a> Strange<'a> {
    /// The first one that is set.
    fn in_sets(entry: &'a CatalogueEntry, format: Format, sets: &'a [String]) -> Option<Self> {
        let known = names(entry, format);
        let mut named = sets.iter().filter_map(|set| set.split_once('='));
        let (name, _) = named.find(|(name, _)| {
            let is_known = known.iter().any(|known| known == name);
            !name.is_empty() && !is_known
        })?;
        Some(Self {
            push: &entry.name,
            name,
            known,
        })
    }

    fn is_meant(&self, lang: Language) -> bool {
        let Self { push, name, .. } = self;
        let question = both!(
            "{push} has no field `{name}`; set it all the same? [y/N]",
            "{push} 没有字段 `{name}`；仍要设置吗？[y/N]"
        );
        screen::complain(&no_secrets().page(question.text(lang)));
        let mut answer = String::new();
        let read = std::io::stdin().lock().read_line(&mut answer);
        read.is_ok() && answer.trim().to_lowercase().starts_with('y')
    }

    fn refusal(&self) -> Bilingual {
        let Self { push, name, .. } = self;
        let fields = self.known.join(", ");
        match self.nearest() {
            Some(near) => both!(
                "--set {name}: {push} has no such field; did you mean `{near}`? It has {fields}; --force sets it all the same",
                "--set {name}：{push} 没有这个字段；是不是 `{near}`？它有 {fields}；加上 --force 可以照样设置"
            ),
            None => both!(
                "--set {name}: {push} has no such field; it has {fields}; --force sets it all the same",
                "--set {name}：{push} 没有这个字段；它有 {fields}；加上 --force 可以照样设置"
            ),
        }
    }

    /// The field that is meant, if it is a slip of the pen.
    fn nearest(&self) -> Option<&str> {
        let strange = self.name.to_lowercase();
        let distance = |name: &str| strsim::damerau_levenshtein(&strange, &name.to_lowercase());
        let near = self.known.iter().min_by_key(|name| distance(name))?;
        (distance(near) * 2 <= near.len()).then_some(near.as_str())
    }
}

/// The names of all fields, wherever they stand in the message.
fn names(entry: &CatalogueEntry, format: Format) -> Vec<String> {
    let mut names = Vec::new();
    of_fields(&Message::of(entry, format).template, &mut names);
    of_entry(&entry.fields, &mut names);
    names
}

fn of_fields(fields: &[Field], names: &mut Vec<String>) {
    for field in fields {
        add(&field.name, names);
        of_value(&field.value, names);
    }
}

fn of_value(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Group(fields) => of_fields(fields, names),
        Value::Many(items) => items.iter().for_each(|item| of_value(item, names)),
        Value::Text(_) | Value::Bare(_) | Value::Number(_) => {}
    }
}

/// Fields that are not in every message stand in the catalogue alone.
fn of_entry(fields: &[EntryField], names: &mut Vec<String>) {
    for field in fields {
        add(&field.name, names);
        of_entry(&field.fields, names);
        for item in &field.items {
            of_entry(&item.fields, names);
        }
    }
}

fn add(name: &str, names: &mut Vec<String>) {
    if !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use wxcheck_mock_server::catalogue::Catalogue;
    use wxcheck_protocol::account::Account;

    use super::*;

    fn refusal(sets: &[&str]) -> Option<String> {
        let catalogue = Catalogue::built_in().unwrap();
        let entry = catalogue.find("text", Account::Mini).unwrap();
        let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
        let strange = Strange::in_sets(&entry, Format::Xml, &sets);
        strange.map(|strange| strange.refusal().en)
    }

    #[test]
    fn a_field_that_the_push_has_not_is_refused_with_the_nearest() {
        let error = refusal(&["Contnet=hi"]).unwrap();
        assert!(error.contains("did you mean `Content`?"), "{error}");
        assert!(error.contains("FromUserName"), "{error}");
        let error = refusal(&["Wholly=other"]).unwrap();
        assert!(!error.contains("did you mean"), "{error}");
        assert_eq!(refusal(&["Content=hi", "MsgId=1", "FromUserName=o"]), None);
    }
}
