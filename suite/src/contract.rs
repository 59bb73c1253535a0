//! A server's answers to every push of the catalogue, as text that is the same from one run to the next: free of
//! identities, times and secrets, for a snapshot that people review.

mod told;

use std::fmt::Write as _;

use futures_util::future::join_all;
use time::OffsetDateTime;
use wxcheck_mock_server::{Outcome, SenderError};
use wxcheck_protocol::{
    message::{Field, Value, scalar_of},
    reply::ReplyKind,
};

use crate::{
    excerpt::excerpt,
    expect::{innermost, sealed},
    player::Player,
    redact::{Secrets, visible},
    rules,
    server::Server,
    step::{Deliver, Scenario, Step},
    transcript::{Entry, Sent},
};

pub use told::told;

/// The offset at which the second column begins.
const COLUMN: usize = 46;
/// A shorter word stands in texts by chance.
const SHORTEST: usize = 5;
/// The greatest distance from the push's own time at which a number still counts as a time, in seconds: a day.
const NEAR: u64 = 86_400;

/// Pushes everything that the account is pushed once, and writes down what comes back: one line a push, and the fields of
/// an answer that has some on the lines below.
pub async fn record(player: &Player<'_>) -> Result<String, SenderError> {
    let profile = player.profile();
    let scenarios: Vec<Scenario> = rules::reachable(profile)
        .map(|entry| Scenario::of([Step::Deliver(Deliver::entry(entry, profile.format))]))
        .collect();
    let transcripts = join_all(scenarios.iter().map(|scenario| player.play(scenario))).await;
    let secrets = player.secrets();
    let apps = player.apps();
    let mut text = String::new();
    for transcript in transcripts {
        for entry in &transcript?.entries {
            text.push_str(&written(entry, &secrets, &apps));
        }
    }
    Ok(secrets.page(&text).to_string())
}

/// One push whose reply has changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Changed {
    /// The push.
    pub name: String,
    /// The answer then; nothing where it was not pushed.
    pub then: Option<String>,
    /// The answer now; nothing where it is no longer pushed.
    pub now: Option<String>,
}

/// The differences between two records.
pub fn changes(then: &str, now: &str) -> Vec<Changed> {
    let (old, new) = (blocks(then), blocks(now));
    let reply = |blocks: &[(String, String)], name: &str| {
        let found = blocks.iter().find(|(known, _)| known == name);
        found.map(|(_, reply)| reply.clone())
    };
    let mut names: Vec<&String> = new.iter().map(|(name, _)| name).collect();
    let gone = old.iter().map(|(name, _)| name);
    names.extend(gone.filter(|name| reply(&new, name).is_none()));
    let all = names.into_iter().map(|name| Changed {
        name: name.clone(),
        then: reply(&old, name),
        now: reply(&new, name),
    });
    all.filter(|changed| changed.then != changed.now).collect()
}

/// The pushes of a record, each with its reply.
fn blocks(text: &str) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        match (line.split_once(' '), blocks.last_mut()) {
            (Some((name, reply)), _) if !name.is_empty() => {
                blocks.push((name.to_owned(), reply.trim_start().to_owned()));
            }
            (_, Some((_, reply))) => {
                reply.push('\n');
                reply.push_str(line);
            }
            _ => {}
        }
    }
    blocks
}

/// The number of pushes that a record holds.
pub fn pushes(record: &str) -> usize {
    blocks(record).len()
}

/// The name of its snapshot: one for each account, mode and format.
pub fn name_for(server: &Server) -> String {
    let target = &server.target;
    format!("{}-{}-{}", server.account, target.mode, target.format)
}

/// The file as insta writes it: the program that made it, what it is about, and then the content.
pub fn snapshot(server: &Server, content: &str) -> String {
    let target = &server.target;
    format!(
        "---\nsource: wxcheck\nexpression: \"replies of a {} account, {} mode, {}\"\n---\n{content}",
        server.account, target.mode, target.format
    )
}

/// The content behind the header of a snapshot.
pub fn content(file: &str) -> &str {
    let body = file.strip_prefix("---").and_then(|rest| {
        let end = rest.find("\n---")?;
        rest.get(end + "\n---".len()..)
    });
    body.unwrap_or(file)
}

fn written(entry: &Entry, secrets: &Secrets, apps: &[(String, &'static str)]) -> String {
    let name = entry.push_name();
    let masks = Masks::of(&entry.sent, apps);
    let shown = |text: &str| masks.hide(&secrets.redact_answer(text));
    let mut text = format!("{name:<width$}", width = COLUMN - 1);
    let answer = match &entry.outcome {
        Outcome::Silent(silence) => {
            // In few words: how long it took and what the network said differ from run to run.
            let why = if silence.is_time_out() {
                "no answer in time"
            } else {
                "no whole answer"
            };
            let _ = writeln!(text, " {why}");
            return text;
        }
        Outcome::Answered(answer) => answer,
    };
    let _ = write!(text, " {}", answer.status);
    let Some(reply) = &entry.reply else {
        text.push('\n');
        return text;
    };
    let opened = innermost(reply);
    match sealed(entry) {
        Some(sealed) if sealed.inner.is_none() => text.push_str(", sealed, and does not open"),
        Some(_) => text.push_str(", sealed"),
        None => {}
    }
    match (&opened.object, &opened.kind) {
        (Some(object), kind) if !matches!(kind, ReplyKind::Sealed(_)) => {
            let _ = writeln!(text, ", {}", object.format);
            write_fields(&mut text, &object.fields, 1, &shown);
        }
        (_, ReplyKind::Empty) => text.push_str(", nothing\n"),
        (_, ReplyKind::Sealed(_)) => text.push('\n'),
        _ if sealed(entry).is_some() => {
            let _ = writeln!(text, ", {}", shown(&format!("{:?}", opened.kind)));
        }
        _ => {
            let _ = writeln!(text, ", {}", shown(&excerpt(&answer.body)));
        }
    }
    text
}

fn write_fields(text: &mut String, fields: &[Field], depth: usize, shown: &dyn Fn(&str) -> String) {
    for field in fields {
        write_value(
            text,
            &plain_or_quoted(&shown(&field.name)),
            &field.value,
            depth,
            shown,
        );
    }
}

/// A name that is no word is written like a text: on one line, whatever is in it.
fn plain_or_quoted(name: &str) -> String {
    let is_plain = |char: char| char.is_alphanumeric() || "_-.{}".contains(char);
    if !name.is_empty() && name.chars().all(is_plain) {
        name.to_owned()
    } else {
        serde_json::to_string(name).unwrap_or_default()
    }
}

/// Values longer than this are cut, in characters.
const LONGEST: usize = 200;

fn cut(text: &str) -> String {
    let mut cut: String = text.chars().take(LONGEST).collect();
    if text.chars().nth(LONGEST).is_some() {
        cut.push('…');
    }
    cut
}

fn write_value(
    text: &mut String,
    name: &str,
    value: &Value,
    depth: usize,
    shown: &dyn Fn(&str) -> String,
) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Group(fields) => {
            let _ = writeln!(text, "{indent}{name}:");
            write_fields(text, fields, depth + 1, shown);
        }
        Value::Many(items) if items.is_empty() => {
            let _ = writeln!(text, "{indent}{name}: []");
        }
        Value::Many(items) => {
            for item in items {
                write_value(text, &format!("{name}[]"), item, depth, shown);
            }
        }
        Value::Text(scalar) => {
            // On one line, whatever is in it.
            let quoted = serde_json::to_string(&cut(&shown(scalar))).unwrap_or_default();
            let _ = writeln!(text, "{indent}{name}: {quoted}");
        }
        Value::Number(number) => {
            let _ = writeln!(text, "{indent}{name}: {}", shown(&number.to_string()));
        }
        Value::Bare(scalar) => {
            let _ = writeln!(text, "{indent}{name}: {}", visible(&cut(&shown(scalar))));
        }
    }
}

/// The values that differ from run to run, and what stands in their place.
struct Masks {
    words: Vec<(String, &'static str)>,
    now: u64,
}

impl Masks {
    fn of(sent: &Sent, apps: &[(String, &'static str)]) -> Self {
        let Sent::Push {
            openid,
            original_id,
            msg_id,
            create_time,
            trade,
            fields,
            ..
        } = sent
        else {
            return Self {
                words: Vec::new(),
                now: 0,
            };
        };
        let from = scalar_of(fields, "FromUserName");
        let words = [
            (Some(openid.clone()), "{openid}"),
            (from.map(std::borrow::Cow::into_owned), "{sender}"),
            (Some(original_id.clone()), "{account}"),
            (trade.clone(), "{trade}"),
            (msg_id.map(|msg_id| msg_id.to_string()), "{msgid}"),
        ];
        let words = words.into_iter();
        let apps = apps
            .iter()
            .cloned()
            .map(|(appid, mask)| (Some(appid), mask));
        Self {
            words: words
                .chain(apps)
                .filter_map(|(word, mask)| {
                    Some((word.filter(|word| word.len() >= SHORTEST)?, mask))
                })
                .collect(),
            now: *create_time,
        }
    }

    fn hide(&self, text: &str) -> String {
        let words = self.words.iter();
        let text = words.fold(text.to_owned(), |text, (word, mask)| {
            text.replace(word, mask)
        });
        let text = without_ids(&self.without_dates(&text));
        self.without_times(&text)
    }

    /// Dates about now with a time behind them, as logs and databases write them, become `{time}`.
    fn without_dates(&self, text: &str) -> String {
        let mut shown = text.to_owned();
        for seconds in [self.now - NEAR, self.now, self.now + NEAR] {
            let Ok(day) = OffsetDateTime::from_unix_timestamp(seconds.cast_signed()) else {
                continue;
            };
            let date = day.date().to_string();
            while let Some(at) = shown.find(&date) {
                let behind = &shown[at + date.len()..];
                let clock = behind
                    .find(|char: char| !(char.is_ascii_digit() || "T:.,Z+ -".contains(char)))
                    .unwrap_or(behind.len());
                let until = at + date.len() + behind[..clock].trim_end().len();
                shown.replace_range(at..until, "{time}");
            }
        }
        shown
    }

    /// Runs of digits that are a time about now, in seconds or in milliseconds, become `{time}`.
    fn without_times(&self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(|char: char| char.is_ascii_digit()) {
            let (before, from) = rest.split_at(start);
            let end = from.find(|char: char| !char.is_ascii_digit());
            let (digits, mut after) = from.split_at(end.unwrap_or(from.len()));
            shown.push_str(before);
            let is_time = match (digits.len(), digits.parse::<u64>()) {
                (10, Ok(seconds)) => seconds.abs_diff(self.now) <= NEAR,
                (13, Ok(millis)) => (millis / 1000).abs_diff(self.now) <= NEAR,
                _ => false,
            };
            if is_time {
                shown.push_str("{time}");
                // A fraction belongs to it.
                let fraction = after
                    .strip_prefix('.')
                    .map(|rest| rest.trim_start_matches(|char: char| char.is_ascii_digit()));
                after = fraction.unwrap_or(after);
            } else {
                shown.push_str(digits);
            }
            rest = after;
        }
        shown.push_str(rest);
        shown
    }
}

/// Request ids and the like, which many servers put into whatever they answer: words of hex digits and hyphens, so long
/// that nobody typed them, with letters among them.
fn without_ids(text: &str) -> String {
    const LENGTH: usize = 16;
    let in_id = |char: char| char.is_ascii_hexdigit() || char == '-';
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = &rest[..rest
            .find(|char: char| !(char.is_alphanumeric() || "-_".contains(char)))
            .unwrap_or(rest.len())];
        if word.is_empty() {
            shown.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let seems_made = word.len() >= LENGTH
            && word.chars().all(in_id)
            && word.contains(|char: char| char.is_ascii_alphabetic())
            && word.contains(|char: char| char.is_ascii_digit());
        shown.push_str(if seems_made { "{id}" } else { word });
        rest = &rest[word.len()..];
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hand_made::{OPENID, ORIGINAL_ID, answered, no_answer, push, text_reply};

    fn line(outcome: Outcome) -> String {
        let secrets = Secrets::new([("Token", "s3cr3t-token")]);
        written(
            &push("x", outcome),
            &secrets,
            &[("wx0123456789abcdef".into(), "{appid}")],
        )
    }

    #[test]
    fn a_reply_is_rendered_without_what_changes_from_run_to_run() {
        let reply = text_reply(OPENID, ORIGINAL_ID, "at 1795000007 by s3cr3t-token");
        let told = line(answered(200, &reply));
        let wanted = "200, xml\n  ToUserName: \"{openid}\"\n  FromUserName: \"{account}\"\n  CreateTime: \"{time}\"\n  \
                      MsgType: \"text\"\n  Content: \"at {time} by [redacted]\"\n";
        assert!(
            told.starts_with("text  ") && told.ends_with(wanted),
            "{told}"
        );
    }

    #[test]
    fn each_kind_of_answer_is_one_line() {
        for (outcome, wanted) in [
            (answered(200, "success"), " 200, success\n"),
            (answered(200, ""), " 200, nothing\n"),
            (answered(500, "oops\n123"), " 500, oops\\n123\n"),
            (no_answer(), " no answer in time\n"),
            (
                answered(
                    200,
                    "2026-11-18 06:26:40.123 for wx0123456789abcdef, 1795000000.25",
                ),
                " 200, {time} for {appid}, {time}\n",
            ),
            (
                answered(200, "trace 0af7651916cd43dd, media abcdefghijklmnopq"),
                " 200, trace {id}, media abcdefghijklmnopq\n",
            ),
            (
                answered(200, "id 123e4567-e89b-12d3-a456-426614174000"),
                " 200, id {id}\n",
            ),
        ] {
            let told = line(outcome);
            assert!(told.ends_with(wanted), "{told}");
        }
        let odd = line(answered(200, "{\"s3cr3t-token\":1,\"a\\nb  200, x\":2}"));
        assert!(
            odd.ends_with(" 200, json\n  \"[redacted]\": 1\n  \"a\\nb  200, x\": 2\n"),
            "{odd}"
        );
        let json = line(answered(200, r#"{"ErrCode":0,"List":[{"a":"b"}]}"#));
        assert!(
            json.ends_with(" 200, json\n  ErrCode: 0\n  List[]:\n    a: \"b\"\n"),
            "{json}"
        );
    }

    #[test]
    fn what_changed_is_named_and_nothing_else() {
        let then = "a    200, success\nb    200, json\n  ErrCode: 0\nc    200, nothing\n";
        let now = "a    200, success\nb    200, json\n  ErrCode: 1\nd    500, oops\n";
        let changed = changes(then, now);
        let names: Vec<&str> = changed
            .iter()
            .map(|changed| changed.name.as_str())
            .collect();
        assert_eq!(names, ["b", "d", "c"]);
        assert_eq!(changed[0].now.as_deref(), Some("200, json\n  ErrCode: 1"));
        assert_eq!(
            (changed[1].then.as_deref(), changed[2].now.as_deref()),
            (None, None)
        );
        assert_eq!(changes(then, then), []);
    }

    #[test]
    fn the_header_of_a_snapshot_is_left_out() {
        let file = "---\nsource: a\nexpression: b\n---\nx  200, success\n";
        assert_eq!(content(file), "\nx  200, success\n");
        assert_eq!(content("x  200, success\n"), "x  200, success\n");
        let windows = "---\r\nsource: a\r\n---\r\nx  200, success\r\n";
        assert!(changes(content(windows), "x  200, success\n").is_empty());
    }
}
