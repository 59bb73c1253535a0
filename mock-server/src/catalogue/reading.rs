//! From the text of a fixture to an entry, or to what is wrong with it, where, and how to fix it.

use super::{
    CatalogueEntry, CatalogueError, EntryField, FieldKind, Header, Item, Variant, XmlForm,
    folder_names, is_folder,
};

/// The keys that every entry has.
const NEEDED: &[(&str, &str)] = &[
    ("name", "name = \"my_event\""),
    ("summary", "summary = \"What it is, in one sentence\""),
    ("from", "from = \"user\", or \"wechat\""),
    ("dedup", "dedup = \"FromUserName + CreateTime\""),
    ("replies", "replies = [\"success\", \"empty\"]"),
    ("source", "source = \"where it is documented\""),
    ("confidence", "confidence = \"high\", \"medium\" or \"low\""),
    (
        "type",
        "type = \"text\", \"number\", \"bare\", \"group\" or \"list\"",
    ),
];

/// The fields in front of a message's own.
const HEAD: &[&str] = &[
    "ToUserName",
    "FromUserName",
    "CreateTime",
    "MsgType",
    "Event",
];

/// The answers that pushes may get.
const REPLIES: &[&str] = &[
    "success",
    "empty",
    "text",
    "image",
    "voice",
    "video",
    "music",
    "news",
    "transfer_customer_service",
];

/// The placeholders that [`Filling`](super::Filling) fills in.
const PLACEHOLDERS: &[&str] = &[
    "account",
    "openid",
    "wechat",
    "appid",
    "authorizer",
    "trade",
    "now",
    "msgid",
];

/// Reads the text of a fixture. Its file is `account/name.toml`.
pub fn parse(file: &str, text: &str) -> Result<CatalogueEntry, CatalogueError> {
    let broken = |line: usize, reason: String, fix: String| CatalogueError::Broken {
        file: file.to_owned(),
        line,
        reason,
        fix,
    };
    let (account, _) = file.split_once('/').unwrap_or_default();
    if !is_folder(account) {
        let reason = format!("`{account}` is no kind of account");
        let fix = format!(
            "put the file into a folder called {}",
            folder_names().join(", ")
        );
        return Err(broken(1, reason, fix));
    }
    let mut entry: CatalogueEntry = toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map_or(1, |before| before.matches('\n').count() + 1);
        let message = error.message().lines().collect::<Vec<_>>().join(" ");
        broken(line, shortened(&message), fix_of(&message))
    })?;
    entry.account = account.parse().unwrap_or_default();
    match fault(&entry) {
        Some(fault) => Err(broken(line_of(text, &fault.at), fault.reason, fault.fix)),
        None => Ok(entry),
    }
}

/// The parser lists every key there is, which is no help.
fn shortened(message: &str) -> String {
    let unknown = message.starts_with("unknown field");
    let end = message.find(", expected").filter(|_| unknown);
    message[..end.unwrap_or(message.len())].to_owned()
}

fn fix_of(message: &str) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    if let [wrong, known @ ..] = quoted.as_slice()
        && message.starts_with("unknown")
    {
        let near = known
            .iter()
            .map(|known| (strsim::jaro_winkler(wrong, known), known))
            .max_by(|(one, _), (other, _)| one.total_cmp(other));
        return match near {
            Some((likeness, near)) if likeness > 0.8 => format!("write `{near}`"),
            _ => format!("use one of {}", known.join(", ")),
        };
    }
    let missing = quoted
        .first()
        .filter(|_| message.starts_with("missing field"));
    let example = missing.and_then(|name| NEEDED.iter().find(|(needed, _)| needed == name));
    match (example, missing) {
        (Some((_, example)), _) => format!("add a line like {example}"),
        (None, Some(name)) => format!("add a line for {name}"),
        _ => {
            "the entries of the catalogue show how each key is written: wxcheck push --list --json"
                .to_owned()
        }
    }
}

/// A fault that the types of the keys do not show.
struct Fault {
    /// The value at whose line it stands.
    at: String,
    reason: String,
    fix: String,
}

fn fault(entry: &CatalogueEntry) -> Option<Fault> {
    let is_event = entry.msg_type == "event";
    let fault = |at: &str, reason: &str, fix: &str| {
        Some(Fault {
            at: at.to_owned(),
            reason: reason.to_owned(),
            fix: fix.to_owned(),
        })
    };
    if entry.header == Header::Message && entry.msg_type.is_empty() {
        return fault(
            &entry.name,
            "no msg-type",
            "add msg-type = \"event\", or the MsgType",
        );
    }
    if entry.header == Header::Message && is_event != entry.event.is_some() {
        return fault(
            &entry.msg_type,
            "msg-type and event do not fit together",
            "an event has msg-type = \"event\" and event = its Event; a message has neither",
        );
    }
    if entry.name.contains(['.', '/', ' ']) || entry.name.is_empty() {
        return fault(
            &entry.name,
            &format!("the name `{}` cannot be asked for", entry.name),
            "use letters, digits and underscores; a dot stands before a variant's name",
        );
    }
    if let Some(strange) = entry
        .replies
        .iter()
        .find(|reply| !REPLIES.contains(&reply.as_str()))
    {
        let fix = format!("use some of {}", REPLIES.join(", "));
        return fault(
            strange,
            &format!("nothing is answered with `{strange}`"),
            &fix,
        );
    }
    if entry.deadline_seconds == Some(0) {
        return fault(
            "deadline-seconds",
            "nobody answers in no time",
            "write seconds, from 1",
        );
    }
    let heads = match entry.header {
        Header::Message => HEAD,
        Header::Nameless => &HEAD[2..],
        Header::Info => &["AppId", "CreateTime", "InfoType"],
        Header::None => &[],
    };
    if let Some(field) = entry
        .fields
        .iter()
        .find(|field| heads.contains(&field.name.as_str()))
    {
        return fault(
            &field.name,
            &format!("`{}` is in front of every push already", field.name),
            "leave it out, or say by header what stands in front",
        );
    }
    let own = |name: &&String| entry.fields.iter().all(|field| field.name != **name);
    if let Some(name) = entry.echoes.iter().find(own) {
        return fault(
            name,
            &format!("the push has no field `{name}` that could be repeated"),
            "name some of its own fields in echoes",
        );
    }
    if let Some(strange) = entry.also.iter().find(|also| !is_folder(also)) {
        let fix = format!("use some of {}", folder_names().join(", "));
        return fault(strange, &format!("`{strange}` is no kind of account"), &fix);
    }
    if let Some(fault) = entry
        .variants
        .iter()
        .find_map(|variant| variant_fault(entry, variant))
    {
        return Some(fault);
    }
    let variants = entry.variants.iter();
    let variants = variants.flat_map(|variant| variant.fields.iter().chain(&variant.with));
    entry.fields.iter().chain(variants).find_map(field_fault)
}

fn variant_fault(entry: &CatalogueEntry, variant: &Variant) -> Option<Fault> {
    let unknown = variant
        .without
        .iter()
        .find(|name| entry.fields.iter().all(|field| field.name != **name));
    if let Some(name) = unknown {
        return Some(Fault {
            at: name.clone(),
            reason: format!("the push has no field `{name}` to be without"),
            fix: "name one of its own fields".to_owned(),
        });
    }
    let changes = !variant.with.is_empty() || !variant.without.is_empty();
    let twins = entry
        .variants
        .iter()
        .filter(|other| other.name == variant.name);
    if twins.count() > 1 {
        return Some(Fault {
            at: variant.name.clone(),
            reason: format!("two variants are called `{}`", variant.name),
            fix: "give each a name of its own".to_owned(),
        });
    }
    let both = changes && !variant.fields.is_empty();
    both.then(|| Fault {
        at: variant.name.clone(),
        reason: format!(
            "the variant `{}` has fields of its own, and changes the push's besides",
            variant.name
        ),
        fix: "write either [[variant.field]], or without and [[variant.with]]".to_owned(),
    })
}

fn field_fault(field: &EntryField) -> Option<Fault> {
    let fault = |reason: String, fix: &str| {
        Some(Fault {
            at: field.name.clone(),
            reason,
            fix: fix.to_owned(),
        })
    };
    let name = &field.name;
    let first = name.chars().next();
    let is_name = |char: char| char.is_alphanumeric() || matches!(char, '_' | '-' | '.');
    if !first.is_some_and(|char| char.is_alphabetic() || char == '_') || !name.chars().all(is_name)
    {
        return fault(
            format!("`{name}` cannot be the name of an XML element"),
            "begin with a letter, then letters, digits, underscores",
        );
    }
    let nested = matches!(field.kind, FieldKind::Group | FieldKind::List);
    if nested == field.value.is_some() {
        let reason = if nested {
            format!("`{name}` holds fields or items and has a value besides")
        } else {
            format!("`{name}` has no value")
        };
        return fault(
            reason,
            "give text, number and bare a value, group fields, list items",
        );
    }
    if let (FieldKind::Number, Some(toml::Value::String(text))) = (field.kind, &field.value)
        && !text.starts_with('{')
        && text.parse::<i64>().is_err()
    {
        return fault(
            format!("`{name}` is a number, and its value `{text}` is none"),
            "write digits, or type = \"text\"; what is written as it stands is type = \"bare\"",
        );
    }
    if let Some(toml::Value::String(text)) = &field.value {
        let begun = text
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}'));
        let names = begun.map(|(name, _)| name);
        let mut names = names.filter(|name| name.chars().all(|char| char.is_ascii_lowercase()));
        if let Some(strange) = names.find(|name| !PLACEHOLDERS.contains(name)) {
            return Some(Fault {
                at: text.clone(),
                reason: format!("nothing takes the place of `{{{strange}}}`"),
                fix: format!("use some of {{{}}}", PLACEHOLDERS.join("}, {")),
            });
        }
        let bare = field.kind == FieldKind::Bare || field.xml == Some(XmlForm::Bare);
        if bare && text.contains(['<', '&']) {
            return fault(
                format!("`{name}` is written as it stands, and `{text}` would break the XML"),
                "let it be type = \"text\", which goes into CDATA",
            );
        }
        if field.kind == FieldKind::Bare
            && !text.starts_with('{')
            && serde_json::from_str::<serde_json::Value>(text).is_err()
        {
            return fault(
                format!("`{name}` is written as it stands, and `{text}` would break the JSON"),
                "write a number, true or false, or let it be type = \"text\"",
            );
        }
        if field.max_bytes.is_some_and(|most| text.len() > most) {
            return fault(
                format!("the value of `{name}` is longer than its max-bytes"),
                "shorten it, or raise max-bytes",
            );
        }
    }
    if let (Some([least, most]), Some(toml::Value::Integer(number))) = (field.limits, &field.value)
        && least <= most
        && !(least..=most).contains(number)
    {
        return fault(
            format!("the value {number} of `{name}` is outside its limits"),
            "write one between them, or other limits",
        );
    }
    if field.limits.is_some_and(|[least, most]| least > most) {
        return fault(
            format!("the limits of `{name}` are the wrong way round"),
            "write limits = [least, most]",
        );
    }
    let within = field.items.iter().flat_map(|item: &Item| &item.fields);
    field.fields.iter().chain(within).find_map(field_fault)
}

/// The first line that holds the value; the first of all where none does.
fn line_of(text: &str, value: &str) -> usize {
    let quoted = [format!("\"{value}\""), format!("'{value}'")];
    let holds = |line: &str| quoted.iter().any(|quoted| line.contains(quoted.as_str()));
    text.lines().position(holds).map_or(1, |place| place + 1)
}

#[cfg(test)]
mod tests {
    use wxcheck_protocol::account::Account;

    use super::*;

    const WHOLE: &str = r#"name = "my_event"
summary = "Something happened"
msg-type = "event"
event = "my_event"
from = "user"
dedup = "FromUserName + CreateTime"
replies = ["success"]
source = "ours"
confidence = "low"

[[field]]
name = "Count"
type = "number"
value = 1
"#;

    fn error(text: &str) -> String {
        parse("mini/x.toml", text).unwrap_err().to_string()
    }

    #[test]
    fn a_whole_one_reads() {
        let entry = parse("mini/x.toml", WHOLE).unwrap();
        assert_eq!(
            (entry.account, entry.name.as_str()),
            (Account::Mini, "my_event")
        );
    }

    #[test]
    fn a_broken_one_is_named_with_its_line_and_its_fix() {
        for (from, to, told) in [
            (
                "value = 1",
                "value = '{opneid}'",
                "nothing takes the place of `{opneid}`; use some of {account}, {openid}",
            ),
            (
                "replies = [\"success\"]",
                "replies = [\"sucess\"]",
                "line 7: nothing is answered with `sucess`",
            ),
            (
                "name = \"Count\"\ntype = \"number\"\nvalue = 1",
                "name = \"MsgType\"\ntype = \"text\"\nvalue = 'x'",
                "`MsgType` is in front of every push already",
            ),
            (
                "dedup =",
                "echoes = ['Sum']\ndedup =",
                "the push has no field `Sum` that could be repeated",
            ),
            (
                "value = 1\n",
                "value = 1\nlimits = [2, 3]\n",
                "the value 1 of `Count` is outside its limits",
            ),
            (
                "type = \"number\"\nvalue = 1",
                "type = \"bare\"\nvalue = '<&'",
                "`<&` would break the XML",
            ),
            (
                "value = 1",
                "value = 'one'",
                "line 12: `Count` is a number, and its value `one` is none; write digits",
            ),
            (
                "value = 1\n",
                "value = 1\n\n[[variant]]\nname = 'v'\nsummary = 'V'\nwithout = ['Sum']\n",
                "line 19: the push has no field `Sum` to be without",
            ),
            (
                "summary =",
                "also = ['minigames']\nsummary =",
                "line 2: `minigames` is no kind of account; use some of mini, official, minigame",
            ),
            (
                "summary =",
                "sumary =",
                "mini/x.toml, line 2: unknown field `sumary`; write `summary`",
            ),
            (
                "source = \"ours\"\n",
                "",
                "missing field `source`; add a line like source = ",
            ),
            (
                "\"low\"",
                "\"certain\"",
                "line 9: unknown variant `certain`",
            ),
            (
                "value = 1\n",
                "",
                "line 12: `Count` has no value; give text",
            ),
            (
                "\"Count\"",
                "\"1 Count\"",
                "line 12: `1 Count` cannot be the name",
            ),
            (
                "msg-type = \"event\"",
                "msg-type = \"text\"",
                "line 3: msg-type and event do not fit",
            ),
            (
                "\"my_event\"\nsum",
                "\"my.event\"\nsum",
                "line 1: the name `my.event` cannot be asked for",
            ),
            (
                "value = 1",
                "value = 1\nlimits = [2, 1]",
                "the limits of `Count` are the wrong way round",
            ),
            ("from = \"user\"", "from = user", "line 5: "),
        ] {
            let text = error(&WHOLE.replacen(from, to, 1));
            assert!(text.contains(told), "{text}");
        }
    }

    #[test]
    fn a_folder_is_a_kind_of_account() {
        let text = parse("minni/x.toml", WHOLE).unwrap_err().to_string();
        assert!(
            text.contains(
                "`minni` is no kind of account; put the file into a folder called mini, official"
            ),
            "{text}"
        );
    }
}
