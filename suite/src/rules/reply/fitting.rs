//! Messages that are well-formed but of no use: empty, too long, an acknowledgement as a text, too many
//! articles.

use wxcheck_protocol::{
    message::{Value, find},
    reply::Passive,
};

use super::passive::reply;
use crate::{
    expect::{describe, entry, innermost, message, sealed},
    finding::{Finding, Judgement, Miss},
    profile::Profile,
    rule::{Cases, Level, Need, Rule, RuleId, Turn, claim},
    step::{Content, Deliver, EntryContent, Step},
    transcript::{Entry, Sent, Transcript},
};

pub(super) static NO_EMPTY_CONTENT: Rule = Rule {
    id: RuleId::new("reply/no-empty-content"),
    since: "0.1.0",
    level: Level::Must,
    source: "message push page: an empty answer is zero bytes, not a message with empty content",
    summary: "The server does not answer a push, whatever it is, with a text message whose Content is empty.",
    why: "WeChat treats it as a bad response, and the user reads that the service is unavailable.",
    fix: "Where there is nothing to say, answer `success` or zero bytes; a handler that repeats Content must not run for pushes that have none.",
    needs: &[Need::Served],
    turn: Turn::Shared,
    scenarios: |profile| {
        let texts = ["hello", "wxcheck: a text no keyword list knows", "0", "   "];
        Cases::each(
            texts
                .map(Content::from)
                .into_iter()
                .chain(without_text(profile))
                .map(step),
        )
    },
    claims: &["empty-content"],
    judge: |transcript| judge_message(transcript, empty_content),
};

/// A text that says nothing. Spaces that the user wrote may come back.
pub(super) fn empty_content(entry: &Entry, at: usize) -> Option<Finding> {
    let is_blank = |text: &str| text.trim().is_empty();
    let content = said(entry)?;
    let is_repeated = !content.is_empty() && written(entry).is_some_and(is_blank);
    let is_empty = is_blank(content) && !is_repeated;
    let finding = Finding::new("empty-content", at, "text, or zero bytes", describe(entry));
    is_empty.then(|| finding.about(entry.push_name()))
}

pub(super) static NO_SUCCESS_AS_TEXT: Rule = Rule {
    id: RuleId::new("reply/no-success-as-text"),
    since: "0.1.0",
    level: Level::Should,
    source: "message push page: `success` is the whole body; observed: a framework wrapped it into a message (node-webot/co-wechat issue 20)",
    summary: "The server does not wrap `success` into a text message.",
    why: "The user is sent the word success, upon each message.",
    fix: "Write the seven letters as the body; a framework that makes a message of each string has a way to answer nothing (an empty string, or setting the body by hand).",
    needs: &[Need::Served],
    turn: Turn::Shared,
    scenarios: |profile| {
        let text = Content::from("hello");
        Cases::each([text].into_iter().chain(without_text(profile)).map(step))
    },
    claims: &["success"],
    judge: |transcript| judge_message(transcript, success_as_text),
};

/// A text that says `success`, to a user who did not.
pub(super) fn success_as_text(entry: &Entry, at: usize) -> Option<Finding> {
    let is_success = |text: &str| text.trim().eq_ignore_ascii_case("success");
    if !is_success(said(entry)?) || written(entry).is_some_and(is_success) {
        return None;
    }
    let expected = "`success` as the whole body, or zero bytes";
    let finding = Finding::new("success", at, expected, describe(entry));
    Some(finding.about(entry.push_name()))
}

/// Bytes that a text reply was seen to hold, at most; and one that is sealed.
const LONGEST: usize = 2048;
const LONGEST_SEALED: usize = 2047;

pub(super) static TEXT_LENGTH: Rule = Rule {
    id: RuleId::new("reply/text-length"),
    since: "0.1.0",
    level: Level::Should,
    source: "observed: replies of more than 2048 bytes do not arrive, in safe mode of more than 2047 (offu/WeRoBot issue 388, dodgepudding/wechat-php-sdk issue 363); custom/send refuses more with 45002",
    summary: "The server answers with at most 2048 bytes of text.",
    why: "The user gets no answer at all, or reads that the service is unavailable; long answers of a model are the usual case.",
    fix: "Cut Content at 2048 bytes of UTF-8 between two characters (a Chinese one has three), or send the rest through custom/send.",
    needs: &[Need::Served],
    turn: Turn::Shared,
    // As long as a user's text may be: whoever repeats it with a word in front is beyond.
    scenarios: |_| Cases::each([step("长".repeat(LONGEST / 3).as_str().into())]),
    claims: &["too-long", "sealed"],
    judge: |transcript| {
        judge_message(transcript, too_long)?;
        let entry = entry(transcript, 0)?;
        let bytes = said(entry).map_or(0, str::len);
        if sealed(entry).is_some() && bytes > LONGEST_SEALED {
            let expected =
                format!("at most {LONGEST_SEALED} bytes in an envelope, as one report says");
            let actual = format!("{bytes} bytes of Content");
            return Err(Miss::Remark(Finding::new("sealed", 0, expected, actual)));
        }
        Ok(())
    },
};

/// A text of more bytes than arrive, to a user who wrote no more than that.
pub(super) fn too_long(entry: &Entry, at: usize) -> Option<Finding> {
    let bytes = said(entry)?.len();
    if bytes <= LONGEST || written(entry).is_some_and(|text| text.len() > LONGEST) {
        return None;
    }
    let expected = format!("at most {LONGEST} bytes of Content");
    let actual = format!("{bytes} bytes: {}", describe(entry));
    Some(Finding::new("too-long", at, expected, actual))
}

pub(super) static ONE_ARTICLE: Rule = Rule {
    id: RuleId::ONE_ARTICLE,
    since: "0.1.0",
    level: Level::Should,
    source: "official account documents, passive replies, news: one article in an answer to text, image, voice, video, map and location messages, eight elsewhere; more are dropped",
    summary: "The server answers a user's message with at most one article, made for that reply.",
    why: "The user sees the first article only; and a list that all replies share grows with each of them, until none is taken.",
    fix: "Put one article into the reply and send the others through custom/send or as a link; make the list anew for each reply (in Python no list as a default argument or class attribute).",
    needs: &[Need::Served],
    turn: Turn::Shared,
    scenarios: |_| {
        let texts = [0, 1, 2].map(|user| Step::Deliver(Deliver::text("news").from_user(user)));
        Cases::each([texts])
    },
    claims: &[claim::SHARED_LIST, claim::ARTICLES],
    judge: |transcript| {
        reply(transcript, 0)?;
        let counts: Vec<usize> = transcript.entries.iter().map(articles).collect();
        if counts.len() > 1 && counts[0] > 0 && counts.is_sorted_by(|one, next| one < next) {
            let counts: Vec<String> = counts.iter().map(ToString::to_string).collect();
            let actual = format!(
                "{} articles to three users who wrote the same: a list that is shared between users, and grows with each reply",
                counts.join(", ")
            );
            let expected = "one article, made for that reply";
            return Finding::new(claim::SHARED_LIST, 2, expected, actual)
                .proven()
                .found();
        }
        let entries = transcript.entries.iter().enumerate();
        let mut found = entries.filter_map(|(at, entry)| too_many_articles(entry, at));
        found.next().map_or(Ok(()), Finding::found)
    },
};

/// The types of message to which one article may be answered.
const OF_USERS: [&str; 5] = ["text", "image", "voice", "video", "location"];

/// More than one article to a user's message.
pub(super) fn too_many_articles(entry: &Entry, at: usize) -> Option<Finding> {
    let Sent::Push { fields, event, .. } = &entry.sent else {
        return None;
    };
    let msg_type = wxcheck_protocol::message::scalar_of(fields, "MsgType");
    let is_message = msg_type.is_none_or(|msg_type| OF_USERS.contains(&msg_type.as_ref()));
    message(entry)?;
    let count = articles(entry);
    if *event || !is_message || count < 2 {
        return None;
    }
    let actual = format!("{count} articles: {}", describe(entry));
    let finding = Finding::new(
        claim::ARTICLES,
        at,
        "one article to a user's message",
        actual,
    );
    Some(finding.about(entry.push_name()))
}

/// The number of articles in an answer.
pub(crate) fn articles(entry: &Entry) -> usize {
    let object = entry
        .reply
        .as_ref()
        .and_then(|reply| innermost(reply).object.as_ref());
    let articles = object.and_then(|object| find(&object.fields, "Articles"));
    match articles {
        Some(Value::Many(items)) => items.len(),
        // In XML they are wrapped once more.
        Some(Value::Group(wrapped)) => wrapped
            .iter()
            .map(|field| match &field.value {
                Value::Many(items) => items.len(),
                _ => 1,
            })
            .sum(),
        _ => 0,
    }
}

/// The judgement of a look at the message that answers the first push, if there is one.
fn judge_message(transcript: &Transcript, look: fn(&Entry, usize) -> Option<Finding>) -> Judgement {
    let (entry, _) = reply(transcript, 0)?;
    look(entry, 0).map_or(Ok(()), Finding::found)
}

/// The Content of a text message in the answer.
fn said(entry: &Entry) -> Option<&str> {
    let is_text = |passive: &&Passive| passive.msg_type.as_deref() == Some("text");
    message(entry).filter(is_text)?.content.as_deref()
}

/// The text that the user wrote.
fn written(entry: &Entry) -> Option<&str> {
    match &entry.sent {
        Sent::Push { text, .. } => text.as_deref(),
        _ => None,
    }
}

/// Pushes without a text: a handler for all of them finds nothing to repeat.
fn without_text(profile: &Profile) -> Vec<Content> {
    let unlisted = EntryContent::unlisted_event("wxcheck_unknown", Vec::new());
    let subscribe = profile.push("subscribe").into();
    vec![
        profile.push("image").into(),
        profile.enter_session(),
        subscribe,
        unlisted.into(),
    ]
}

fn step(content: Content) -> [Step; 1] {
    [Step::Deliver(Deliver::of(content))]
}

#[cfg(test)]
mod tests {
    use wxcheck_protocol::{
        push::Format,
        reply::{Reply, ReplyKind, Sealed},
    };

    use super::*;
    use crate::hand_made::{OPENID, ORIGINAL_ID, answered, push, text_reply, transcript};

    fn claim_of(rule: &Rule, content: &str) -> Option<&'static str> {
        let reply = text_reply(OPENID, ORIGINAL_ID, content);
        match (rule.judge)(&transcript(vec![push("x", answered(200, &reply))])) {
            Err(Miss::Found(finding)) => Some(finding.claim),
            _ => None,
        }
    }

    #[test]
    fn empty_long_and_acknowledging_texts_are_found() {
        assert_eq!(claim_of(&NO_EMPTY_CONTENT, " "), Some("empty-content"));
        assert_eq!(claim_of(&NO_EMPTY_CONTENT, "0"), None);
        assert_eq!(claim_of(&NO_SUCCESS_AS_TEXT, "success"), Some("success"));
        assert_eq!(claim_of(&NO_SUCCESS_AS_TEXT, "a success"), None);
        assert_eq!(claim_of(&TEXT_LENGTH, &"x".repeat(2049)), Some("too-long"));
        assert_eq!(claim_of(&TEXT_LENGTH, &"x".repeat(2048)), None);
    }

    #[test]
    fn a_user_who_writes_more_may_be_answered_more() {
        let long = "x".repeat(3000);
        let reply = text_reply(OPENID, ORIGINAL_ID, &long);
        assert_eq!(too_long(&push(&long, answered(200, &reply)), 0), None);
        let spaces = text_reply(OPENID, ORIGINAL_ID, "  ");
        assert_eq!(empty_content(&push("  ", answered(200, &spaces)), 0), None);
        let word = text_reply(OPENID, ORIGINAL_ID, "success");
        assert_eq!(
            success_as_text(&push("success", answered(200, &word)), 0),
            None
        );
    }

    #[test]
    fn one_byte_less_fits_into_an_envelope() {
        let in_envelope = |bytes: usize| {
            let reply = text_reply(OPENID, ORIGINAL_ID, &"x".repeat(bytes));
            let mut entry = push("x", answered(200, &reply));
            entry.reply = entry.reply.map(|inner| Reply {
                bom: false,
                padded: false,
                object: None,
                kind: ReplyKind::Sealed(Sealed {
                    format: Format::Xml,
                    faults: Vec::new(),
                    padded_to_16: false,
                    white_space: false,
                    millisecond_timestamp: false,
                    nonce: None,
                    inner: Some(Box::new(inner)),
                    text: None,
                }),
            });
            (TEXT_LENGTH.judge)(&transcript(vec![entry]))
        };
        assert_eq!(in_envelope(LONGEST_SEALED), Ok(()));
        assert!(matches!(in_envelope(LONGEST), Err(Miss::Remark(_))));
    }

    fn news(articles: usize) -> Entry {
        let items = "<item><Title>t</Title></item>".repeat(articles);
        let reply = text_reply(OPENID, ORIGINAL_ID, "").replace(
            "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[]]></Content>",
            &format!("<MsgType>news</MsgType><ArticleCount>{articles}</ArticleCount><Articles>{items}</Articles>"),
        );
        push("news", answered(200, &reply))
    }

    #[test]
    fn a_list_that_grows_is_distinguished_from_one_that_is_long() {
        let judged = |counts: [usize; 3]| match (ONE_ARTICLE.judge)(&transcript(
            counts.map(news).to_vec(),
        )) {
            Err(Miss::Found(finding)) => Some(finding.claim),
            _ => None,
        };
        assert_eq!(judged([1, 1, 1]), None);
        assert_eq!(judged([2, 2, 2]), Some(claim::ARTICLES));
        assert_eq!(judged([1, 2, 3]), Some(claim::SHARED_LIST));
    }
}
