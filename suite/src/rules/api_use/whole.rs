//! Every message of the run, whichever rule caused it: what it breaks is told by the rule that owns it.

use std::collections::{BTreeMap, BTreeSet};

use super::{refused, right_user, text, token, words_of};
use crate::{
    effects::{addressee, is_sending, story},
    finding::{Finding, Judgement, Miss},
    rule::Rule,
    transcript::{ApiCall, Entry, Sent, Transcript},
};

/// A play of the run, with the rule that asked for it and the calls that it led to, late ones too.
pub(crate) struct Seen<'a> {
    pub(crate) rule: &'static Rule,
    pub(crate) transcript: &'a Transcript,
}

/// The judgement on all plays of a run and all its calls: a finding, and the number of the play that shows it.
pub(crate) type Fold = fn(&[Seen<'_>], &[ApiCall]) -> Option<(usize, Finding)>;

/// The folds, each with the rule that tells what it finds.
pub(crate) static FOLDS: [(&Rule, Fold); 7] = [
    (&right_user::RIGHT_USER, to_the_account),
    (&right_user::RIGHT_USER, with_words_of_another),
    (&text::TEXT_AS_UTF_8, escaped),
    (&text::SENDS_TEXT_UNCHANGED, changed),
    (&refused::NO_REFUSED_MESSAGES, refused),
    (&refused::NO_REFUSED_MESSAGES, all_refused),
    (&token::NO_STORM, storm),
];

/// A message for the account itself, the ToUserName of the pushes.
fn to_the_account(plays: &[Seen<'_>], calls: &[ApiCall]) -> Option<(usize, Finding)> {
    let pushes = || {
        let plays = plays.iter().enumerate();
        plays.flat_map(|(place, seen)| {
            let entries = seen.transcript.entries.iter().enumerate();
            entries.filter_map(move |(at, entry)| Some((place, at, entry, as_push(entry)?)))
        })
    };
    let accounts: BTreeSet<&str> = pushes().map(|(.., push)| push.account).collect();
    let answered: BTreeSet<&str> = calls
        .iter()
        .filter(|call| is_sending(call))
        .filter_map(|call| call.openid.as_deref())
        .collect();
    let mut sending = calls.iter().filter(|call| is_sending(call));
    // Those of first contact belong to none of these plays.
    let (call, account, place, at, push) = sending.find_map(|call| {
        let account = *accounts.get(addressee(call)?.as_ref())?;
        let before = pushes().filter(|(_, _, entry, push)| {
            push.is_true && entry.started <= call.at && !answered.contains(push.openid)
        });
        let (place, at, _, push) = before.max_by_key(|(_, _, entry, _)| entry.started)?;
        Some((call, account, place, at, push))
    })?;
    let expected = format!("a call for `{}`, who caused the push", push.openid);
    let actual = format!("{} for `{account}`, the account itself", call.path);
    let mut transcript = plays.get(place)?.transcript.clone();
    transcript.calls.push(ApiCall {
        own: true,
        ..call.clone()
    });
    let finding = Finding::new("to-account", at, expected, actual);
    Some((place, finding.with_story(story(&transcript)).proven()))
}

/// A message to one user that holds a text which only another wrote. Both wrote nothing but plain words, which nobody
/// changes by mistake.
fn with_words_of_another(plays: &[Seen<'_>], calls: &[ApiCall]) -> Option<(usize, Finding)> {
    /// Shorter texts may stand in any message by chance.
    const SHORTEST: usize = 8;
    let mut written: BTreeMap<&str, Vec<(usize, usize, &str)>> = BTreeMap::new();
    let mut own: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (place, seen) in plays.iter().enumerate() {
        for (at, entry) in seen.transcript.entries.iter().enumerate() {
            if let Sent::Push {
                openid,
                text: Some(text),
                ..
            } = &entry.sent
            {
                written.entry(text).or_default().push((place, at, openid));
                own.entry(openid).or_default().push(text);
            }
        }
    }
    let unique: Vec<(&str, (usize, usize, &str))> = written
        .iter()
        .filter(|(text, _)| text.len() >= SHORTEST && text::is_plain(text))
        .filter_map(|(text, written)| Some((*text, only_writer(written)?)))
        .collect();
    let mut sending = calls.iter().filter(|call| is_sending(call));
    sending.find_map(|call| {
        let (user, words) = (addressee(call)?, words_of(call)?);
        let theirs = own.get(user.as_ref())?;
        if !theirs
            .iter()
            .all(|text| text::is_plain(text) && !words.contains(text))
        {
            return None;
        }
        let is_foreign = |text: &str| theirs.iter().all(|own| !own.contains(text));
        let (text, (place, at, writer)) = unique.iter().find(|(text, (.., writer))| {
            *writer != user && words.contains(text) && is_foreign(text)
        })?;
        let expected = format!("a call for `{writer}`, who wrote `{text}`");
        let actual = format!("{} for `{user}` with those words", call.path);
        let finding = Finding::new("other-user", *at, expected, actual);
        let told = story(plays.get(*place)?.transcript);
        Some((*place, finding.with_story(told).proven()))
    })
}

/// The push by which a text was written, unless somebody else wrote it too.
fn only_writer<'a>(written: &[(usize, usize, &'a str)]) -> Option<(usize, usize, &'a str)> {
    let first = *written.first()?;
    let is_theirs = |(.., openid): &(usize, usize, &str)| *openid == first.2;
    written.iter().all(is_theirs).then_some(first)
}

fn escaped(plays: &[Seen<'_>], _: &[ApiCall]) -> Option<(usize, Finding)> {
    each(plays, text::unescaped)
}

fn changed(plays: &[Seen<'_>], _: &[ApiCall]) -> Option<(usize, Finding)> {
    // What else is tried with a text, such as odd writing or two copies of it, has rules of its own.
    let is_of_texts = |rule: &Rule| match rule.area() {
        "reply" | "redelivery" | "api-use" => true,
        _ => rule.id == crate::rule::RuleId::USER_TEXT,
    };
    let of_texts: Vec<(usize, &Transcript)> = plays
        .iter()
        .enumerate()
        .filter(|(_, seen)| is_of_texts(seen.rule))
        .map(|(place, seen)| (place, seen.transcript))
        .collect();
    let transcripts: Vec<&Transcript> = of_texts.iter().map(|(_, seen)| *seen).collect();
    if text::repeats(&transcripts) != Some(true) {
        return None;
    }
    of_texts
        .iter()
        .find_map(|(place, seen)| Some((*place, found(text::changed(seen))?)))
}

fn refused(plays: &[Seen<'_>], _: &[ApiCall]) -> Option<(usize, Finding)> {
    let plays: Vec<&Transcript> = plays.iter().map(|seen| seen.transcript).collect();
    refused::of_all(&plays)
}

fn all_refused(plays: &[Seen<'_>], calls: &[ApiCall]) -> Option<(usize, Finding)> {
    let plays: Vec<&Transcript> = plays.iter().map(|seen| seen.transcript).collect();
    refused::all_refused(&plays, calls)
}

fn storm(plays: &[Seen<'_>], _: &[ApiCall]) -> Option<(usize, Finding)> {
    each(plays, token::no_storm)
}

/// The first play of which a judge finds something.
fn each(plays: &[Seen<'_>], judge: fn(&Transcript) -> Judgement) -> Option<(usize, Finding)> {
    let mut plays = plays.iter().enumerate();
    plays.find_map(|(place, seen)| Some((place, found(judge(seen.transcript))?)))
}

fn found(judgement: Judgement) -> Option<Finding> {
    match judgement {
        Err(Miss::Found(finding)) => Some(finding),
        _ => None,
    }
}

/// The sender and receiver that a push names.
struct Push<'a> {
    openid: &'a str,
    account: &'a str,
    is_true: bool,
}

fn as_push(entry: &Entry) -> Option<Push<'_>> {
    match &entry.sent {
        Sent::Push {
            openid,
            original_id,
            is_true,
            ..
        } => Some(Push {
            openid,
            account: original_id,
            is_true: *is_true,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hand_made::{ORIGINAL_ID, answered, call, delivered, transcript};

    fn wrote(user: &str, text: &str) -> Transcript {
        let mut entry = delivered(user, 0, answered(200, "success"));
        if let Sent::Push { text: own, .. } = &mut entry.sent {
            *own = Some(text.to_owned());
        }
        transcript(vec![entry])
    }

    fn saying(user: &str, words: &str) -> ApiCall {
        let body = serde_json::json!({"touser": user, "text": {"content": words}});
        ApiCall {
            body: body.to_string(),
            ..call(user, 5)
        }
    }

    fn seen(plays: &[Transcript]) -> Vec<Seen<'_>> {
        let rule = &right_user::RIGHT_USER;
        let seen = |transcript| Seen { rule, transcript };
        plays.iter().map(seen).collect()
    }

    #[test]
    fn a_message_for_the_account_belongs_to_the_push_that_nobody_answered() {
        let plays = [wrote("oA", "good morning"), wrote("oB", "good evening")];
        let calls = [call("oB", 3), call(ORIGINAL_ID, 5)];
        let (place, finding) = to_the_account(&seen(&plays), &calls).unwrap();
        assert_eq!((place, finding.claim), (0, "to-account"));
        assert!(to_the_account(&seen(&plays), &calls[..1]).is_none());
    }

    #[test]
    fn words_of_another_show_across_plays() {
        let plays = [wrote("oA", "good morning"), wrote("oB", "good evening")];
        let fine = [
            saying("oA", "> good morning"),
            saying("oB", "> good evening"),
        ];
        assert!(with_words_of_another(&seen(&plays), &fine).is_none());
        let changed = [saying("oA", "> g?d morning good evening")];
        let plays_of_emoji = [wrote("oA", "g😀d morning good evening"), plays[1].clone()];
        assert!(with_words_of_another(&seen(&plays_of_emoji), &changed).is_none());
        let crossed = [saying("oA", "> good evening")];
        let (place, finding) = with_words_of_another(&seen(&plays), &crossed).unwrap();
        assert_eq!((place, finding.claim), (1, "other-user"));
    }
}
