//! The words that the server sends: in UTF-8, and those of the user as the user wrote them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::effectful_push;
use crate::{
    effects::{is_sending, story},
    excerpt::{excerpt, excerpts},
    finding::{Finding, Judgement, Miss},
    reason::Unjudged,
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{Deliver, QUIET, Scenario, Step},
    transcript::{ApiCall, Sent, Transcript},
};

pub(super) static TEXT_AS_UTF_8: Rule = Rule {
    id: RuleId::new("api-use/text-as-utf-8"),
    since: "0.1.0",
    level: Level::Should,
    source: "observed by many: custom/send shows \\uXXXX to the user as it stands (wechatpy and other SDKs write ensure_ascii=False for that reason)",
    summary: "The server writes Chinese text to the API as UTF-8, not as \\uXXXX escapes.",
    why: "Users were seen to read \\u4f60\\u597d in place of 你好.",
    fix: "Python: json.dumps(…, ensure_ascii=False).encode(); PHP: JSON_UNESCAPED_UNICODE.",
    needs: &[Need::Served, Need::Api, Need::Effects],
    turn: Turn::Shared,
    scenarios: |profile| {
        let settle = Step::Settle { quiet: QUIET };
        Cases::each([
            [Step::Deliver(effectful_push(profile, 0)), settle.clone()],
            [Step::Deliver(Deliver::text("你好，世界")), settle],
        ])
    },
    claims: &["escaped"],
    judge: |transcript| {
        unescaped(transcript)?;
        let mut sending = transcript
            .calls
            .iter()
            .filter(|call| call.own && is_sending(call));
        if sending.any(|call| !call.body.is_ascii()) {
            Ok(())
        } else {
            Err(Miss::not_applicable(Unjudged::OnlyAscii))
        }
    },
};

/// No message of a play has letters as escapes.
pub(super) fn unescaped(transcript: &Transcript) -> Judgement {
    let mut sending = transcript
        .calls
        .iter()
        .filter(|call| call.own && is_sending(call));
    match sending.find(|call| has_escaped_text(&call.body)) {
        Some(call) => {
            let actual = format!("{}: `{}`", call.path, excerpt(call.body.as_bytes()));
            let expected = "text as it is, in UTF-8";
            Finding::new("escaped", 0, expected, actual).found()
        }
        None => Ok(()),
    }
}

/// Texts that a careless writer or reader changes, behind a plain one that shows whether the server repeats any.
const TEXTS: [&str; 10] = [
    PLAIN_TEXT,
    "a😀z",
    "a]]>z",
    "a&amp;<b>z",
    "a\"'\\z",
    "a\nz",
    "007",
    "1e3",
    "你好，世界",
    "100% %s {0}",
];
const PLAIN_TEXT: &str = "plain words 4711";

pub(super) static SENDS_TEXT_UNCHANGED: Rule = Rule {
    id: RuleId::new("api-use/text-unchanged"),
    since: "0.1.0",
    level: Level::Should,
    source: "strong practice: where the server repeats the user's text, it repeats it as written",
    summary: "Where the server sends the user's text back through the API, it sends it unchanged.",
    why: "Emoji turned into question marks, numbers without their zeros, lines run into one, texts cut off: what the user wrote was lost on its way in or out.",
    fix: "Read and write UTF-8 throughout (four-byte characters too), keep texts as texts with their line breaks, and escape nothing that the JSON library escapes.",
    needs: &[Need::Served, Need::Api, Need::Effects],
    turn: Turn::Shared,
    scenarios: |_| {
        let texts = (0..).zip(TEXTS);
        let say = |(user, text): (u8, &str)| Step::Deliver(Deliver::text(text).from_user(user));
        let settle = Step::Settle { quiet: QUIET };
        let steps: Vec<Step> = texts.map(say).chain([settle]).collect();
        Cases::each([Scenario::of(steps)])
    },
    claims: &["changed"],
    judge: |transcript| match repeats(&[transcript]) {
        Some(true) => changed(transcript),
        Some(false) | None => Err(Miss::not_applicable(Unjudged::TextNotSentBack)),
    },
};

/// A text as a user wrote it, and what the user was sent then.
struct Said<'a> {
    at: usize,
    text: &'a str,
    sent: Vec<String>,
}

/// The texts of each user who was sent something in that play.
fn said(transcript: &Transcript) -> Vec<Said<'_>> {
    let entries = transcript.entries.iter().enumerate();
    let said = entries.filter_map(|(at, entry)| {
        let Sent::Push {
            openid,
            text: Some(text),
            is_true: true,
            ..
        } = &entry.sent
        else {
            return None;
        };
        let calls = transcript.calls.iter().filter(|call| is_sending(call));
        let theirs = calls.filter(|call| call.openid.as_ref() == Some(openid));
        let sent = theirs.filter_map(words_of).collect();
        Some(Said { at, text, sent })
    });
    let mut said: Vec<Said<'_>> = said.collect();
    let usual = usual_words(&said);
    for said in &mut said {
        let text = said.text;
        let is_about_it = |words: &String| words.contains(text.trim()) || !usual.contains(words);
        said.sent.retain(is_about_it);
    }
    said.retain(|said| !said.sent.is_empty());
    said
}

/// The words that a plain text led to though they do not hold it, and another text as well, like 'one moment please': the
/// answer is still to come. What only one text led to may be all that is left of it.
fn usual_words(said: &[Said<'_>]) -> BTreeSet<String> {
    let plain = said.iter().filter(|said| said.is_plain());
    let words = plain.flat_map(|plain| {
        let others = || said.iter().filter(|other| other.text != plain.text);
        let is_usual = move |words: &&String| {
            !words.contains(plain.text) && others().any(|other| other.sent.contains(words))
        };
        plain.sent.iter().filter(is_usual)
    });
    words.cloned().collect()
}

impl Said<'_> {
    /// True if some message to the user holds the text, or several do together: a long answer may come in parts.
    fn is_repeated(&self) -> bool {
        let text = self.text.trim();
        let whole = || without_white_space(&self.sent.concat());
        self.sent.iter().any(|words| words.contains(text))
            || (self.sent.len() > 1 && whole().contains(&without_white_space(text)))
    }

    fn is_plain(&self) -> bool {
        is_plain(self.text)
    }
}

/// The text without the white space at which an answer is parted.
fn without_white_space(text: &str) -> String {
    text.split_whitespace().collect()
}

/// True if nothing in a text can be changed by mistake.
pub(super) fn is_plain(text: &str) -> bool {
    let is_plain = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == ' ';
    let has_words = text.contains(|char: char| char.is_ascii_lowercase());
    text.len() > 3 && text.trim() == text && has_words && text.chars().all(is_plain)
}

/// True if the server repeats plain texts, each of them; `None` where none was answered.
pub(super) fn repeats(plays: &[&Transcript]) -> Option<bool> {
    let said = plays.iter().flat_map(|transcript| said(transcript));
    let plain = said.filter(Said::is_plain);
    plain.fold(None, |known, said| {
        Some(known.unwrap_or(true) && said.is_repeated())
    })
}

/// The longest text that may be expected back whole, in bytes: a message holds 2048.
const LONGEST: usize = 1024;

/// No text was changed on its way through a server that repeats texts.
pub(super) fn changed(transcript: &Transcript) -> Judgement {
    let said = said(transcript);
    let texts: Vec<&str> = said.iter().map(|said| said.text).collect();
    // The words of another user are sent to the wrong one, not changed.
    let is_swapped = |of: &Said<'_>| {
        let others = || {
            texts
                .iter()
                .filter(|text| **text != of.text && text.len() > 3)
        };
        of.sent
            .iter()
            .any(|words| others().any(|text| words.contains(text)))
    };
    let mut said = said.into_iter();
    let changed =
        said.find(|said| said.text.len() <= LONGEST && !said.is_repeated() && !is_swapped(said));
    let Some(Said { at, text, sent }) = changed else {
        return Ok(());
    };
    let words = sent.first().map_or("", String::as_str);
    let [text, words] = excerpts(text, words);
    let expected = format!("words that hold `{text}`");
    Finding::new("changed", at, expected, format!("`{words}`"))
        .with_story(story(transcript))
        .proven()
        .found()
}

/// The words of a text message to a user; `None` where it is none, or too long to have been kept whole.
pub(super) fn words_of(call: &ApiCall) -> Option<String> {
    let body: Value = serde_json::from_str(&call.body).ok()?;
    let words = body.get("text")?.get("content")?.as_str()?;
    Some(words.to_owned())
}

/// True if a JSON text writes letters beyond ASCII as escapes.
fn has_escaped_text(json: &str) -> bool {
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let behind = &rest[at + 1..];
        let escaped = behind
            .strip_prefix('u')
            .and_then(|digits| digits.get(..4))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        if escaped.is_some_and(|code| code >= 0x80) {
            return true;
        }
        // Whatever is escaped, it is one character at least, such as a second backslash.
        rest = behind.get(1..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hand_made::{answered, call, delivered, transcript};

    #[test]
    fn escapes_of_letters_are_distinguished_from_escapes_of_signs() {
        assert!(has_escaped_text(r#"{"content":"\u4f60"}"#));
        assert!(!has_escaped_text(r#"{"content":"你\n\\u4f60 \u001f"}"#));
        assert!(!has_escaped_text("\\"));
    }

    fn exchanged(pairs: &[(&str, &str)]) -> Transcript {
        let mut seen = transcript(Vec::new());
        for (number, (text, words)) in pairs.iter().enumerate() {
            let user = format!("o{number}");
            let mut entry = delivered(&user, number, answered(200, "success"));
            if let Sent::Push { text: own, .. } = &mut entry.sent {
                *own = Some((*text).to_owned());
            }
            seen.entries.push(entry);
            let body = serde_json::json!({"touser": user, "text": {"content": words}});
            seen.calls.push(ApiCall {
                body: body.to_string(),
                ..call(&user, 1)
            });
        }
        seen
    }

    #[test]
    fn a_changed_text_shows_where_plain_ones_are_repeated() {
        let judge = SENDS_TEXT_UNCHANGED.judge;
        let plain = (PLAIN_TEXT, "> plain words 4711");
        assert_eq!(judge(&exchanged(&[plain, ("a😀z", "> a😀z!")])), Ok(()));
        let lost = judge(&exchanged(&[plain, ("a😀z", "> a?z")]));
        assert!(matches!(lost, Err(Miss::Found(finding)) if finding.at == 1));
        let never = judge(&exchanged(&[(PLAIN_TEXT, "hi"), ("a😀z", "hi")]));
        assert!(matches!(never, Err(Miss::NotApplicable(_))));
    }

    fn say_also(seen: &mut Transcript, user: usize, words: &str) {
        let user = format!("o{user}");
        let body = serde_json::json!({"touser": user, "text": {"content": words}});
        seen.calls.push(ApiCall {
            body: body.to_string(),
            ..call(&user, 2)
        });
    }

    #[test]
    fn an_answer_in_parts_is_read_as_a_whole() {
        let judge = SENDS_TEXT_UNCHANGED.judge;
        let mut seen = exchanged(&[(PLAIN_TEXT, "> plain words 4711"), ("a\nz", "> a")]);
        assert!(matches!(judge(&seen), Err(Miss::Found(_))));
        say_also(&mut seen, 1, "z");
        assert_eq!(judge(&seen), Ok(()));
    }

    #[test]
    fn a_preview_of_long_texts_repeats_no_text() {
        let judge = SENDS_TEXT_UNCHANGED.judge;
        let seen = exchanged(&[
            (PLAIN_TEXT, "noted: plain wo…"),
            ("hello", "noted: hello"),
            ("a😀z", "noted: a😀z"),
        ]);
        assert!(matches!(judge(&seen), Err(Miss::NotApplicable(_))));
    }

    #[test]
    fn what_is_said_before_the_answer_changes_no_text() {
        let judge = SENDS_TEXT_UNCHANGED.judge;
        let wait = "one moment please";
        let mut seen = exchanged(&[(PLAIN_TEXT, wait), ("a😀z", wait)]);
        assert!(matches!(judge(&seen), Err(Miss::NotApplicable(_))));
        say_also(&mut seen, 0, "> plain words 4711");
        assert_eq!(judge(&seen), Ok(()));
        say_also(&mut seen, 1, "> a?z");
        assert!(matches!(judge(&seen), Err(Miss::Found(_))));
    }
}
