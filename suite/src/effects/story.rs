//! The story of a play: what was pushed, what was called, and what happened to the API meanwhile, in order.

use std::{collections::BTreeMap, time::Duration};

use wxcheck_mock_server::Outcome;

use super::{addressee, is_token_request};
use crate::{
    excerpt::excerpt,
    transcript::{ApiCall, Entry, Sent, Transcript},
};

/// The story, one line for each event: the push, its answer, and the call that followed.
pub fn story(transcript: &Transcript) -> Vec<String> {
    let mut lines: Vec<(Duration, String)> = Vec::new();
    let mut names: BTreeMap<&str, String> = BTreeMap::new();
    for entry in &transcript.entries {
        if let Sent::Push { openid, .. } = &entry.sent {
            let next = names.len();
            names.entry(openid).or_insert_with(|| user_name(next));
        }
    }
    for (number, entry) in transcript.entries.iter().enumerate() {
        lines.push((entry.started, describe_entry(number, entry, &names)));
    }
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let end = last_of_its_own(transcript);
    // Tokens name nobody: those that are fetched later are for other plays.
    let is_theirs = |call: &&ApiCall| {
        call.own || names_one_of(call, &names) || (is_token_request(call) && call.at <= end)
    };
    let mut alike = Alike::default();
    for call in transcript.calls.iter().filter(is_theirs) {
        let line = describe_call(call, &names, &mut counts);
        if let Some(line) = alike.take(call, line) {
            lines.push((call.at, line));
        }
    }
    lines.extend(alike.rest());
    let acts = transcript.acts.iter();
    lines.extend(acts.map(|(at, act)| (*at, format!("wxcheck {act}"))));
    lines.sort_by_key(|(at, _)| *at);
    let start = lines.first().map_or(Duration::ZERO, |(at, _)| *at);
    let lines = lines.into_iter().map(|(at, line)| {
        let since = at.saturating_sub(start).as_millis();
        format!("{since:>7} ms  {line}")
    });
    shortened(lines.collect(), LONGEST)
}

/// The beginning and the end of a long story, in so many lines.
pub fn shortened(mut lines: Vec<String>, most: usize) -> Vec<String> {
    if lines.len() > most {
        let (last, first) = (most / 3, most - most / 3 - 1);
        let more = lines.len() - first - last;
        let left_out = format!("… and {more} more lines");
        lines.splice(first..first + more, [left_out]);
    }
    lines
}

/// The time of the last thing that the play did itself, or that was done for its users.
fn last_of_its_own(transcript: &Transcript) -> Duration {
    let entries = transcript.entries.iter().map(|entry| {
        let took = match &entry.outcome {
            Outcome::Answered(answer) => answer.total,
            Outcome::Silent(_) => Duration::ZERO,
        };
        entry.started + took
    });
    let calls = transcript.calls.iter().filter(|call| call.own);
    let calls = calls.map(|call| call.at);
    let acts = transcript.acts.iter().map(|(at, _)| *at);
    entries.chain(calls).chain(acts).max().unwrap_or_default()
}

/// True if a call that was turned down before anybody looked at it names one of these users.
fn names_one_of(call: &ApiCall, names: &BTreeMap<&str, String>) -> bool {
    call.errcode != 0 && addressee(call).is_some_and(|user| names.contains_key(user.as_ref()))
}

/// The number of calls of one kind that are listed one by one.
const LISTED_ONE_BY_ONE: usize = 5;

/// The most lines of a story.
const LONGEST: usize = 60;

/// Calls of one kind that had no effect: a storm of them is told by their number.
#[derive(Default)]
struct Alike<'a>(BTreeMap<(&'a str, i64), (usize, Duration)>);

impl<'a> Alike<'a> {
    /// The line, unless there were enough like it.
    fn take(&mut self, call: &'a ApiCall, line: String) -> Option<String> {
        if call.sent {
            return Some(line);
        }
        let (count, last) = self.0.entry((&call.path, call.errcode)).or_default();
        *count += 1;
        *last = call.at;
        (*count <= LISTED_ONE_BY_ONE).then_some(line)
    }

    /// The lines about those that were not told.
    fn rest(self) -> impl Iterator<Item = (Duration, String)> {
        self.0
            .into_iter()
            .filter_map(|((path, errcode), (count, last))| {
                let more = count
                    .checked_sub(LISTED_ONE_BY_ONE)
                    .filter(|more| *more > 0)?;
                let refused = match errcode {
                    0 => String::new(),
                    _ => format!(", refused with errcode {errcode}"),
                };
                let line = format!("… and {more} more calls of {path} until then{refused}");
                Some((last, line))
            })
    }
}

fn user_name(number: usize) -> String {
    let letter = u8::try_from(number % 26).unwrap_or(0) + b'A';
    format!("user {}", char::from(letter))
}

fn describe_entry(number: usize, entry: &Entry, names: &BTreeMap<&str, String>) -> String {
    let what = match &entry.sent {
        Sent::Visit => "a GET without parameters".to_owned(),
        Sent::Verification { .. } => "a verification".to_owned(),
        Sent::Fetch(fetched) => format!("a {} fetch", fetched.kind),
        Sent::Push {
            openid,
            name,
            msg_id,
            is_true,
            create_time,
            ..
        } => {
            let who = names.get(openid.as_str()).map_or("", String::as_str);
            let which = match msg_id {
                Some(id) => format!("MsgId {id}"),
                None => format!("CreateTime {create_time}"),
            };
            let forged = if *is_true { "" } else { ", forged or changed" };
            format!("`{name}` from {who}, {which}{forged}")
        }
    };
    let again = if entry.origin == number {
        String::new()
    } else {
        format!(" (push {} again)", entry.origin + 1)
    };
    let answer = match &entry.outcome {
        Outcome::Answered(answer) => format!(
            "{} `{}` after {} ms",
            answer.status,
            excerpt(&answer.body),
            answer.total.as_millis()
        ),
        Outcome::Silent(silence) => silence.to_string(),
    };
    format!("push {}{again}: {what} → {answer}", number + 1)
}

fn describe_call(
    call: &ApiCall,
    names: &BTreeMap<&str, String>,
    counts: &mut BTreeMap<String, usize>,
) -> String {
    let openid = addressee(call).unwrap_or_default();
    let who = match names.get(openid.as_ref()) {
        Some(name) => format!(" for {name}"),
        None if openid.is_empty() => String::new(),
        None => format!(" for {openid}"),
    };
    let which = if call.sent {
        let count = counts.entry(openid.into_owned()).or_default();
        let before = *count;
        *count += call.times;
        match call.times {
            1 => format!(", effect {count}"),
            _ => format!(", effects {} to {count}", before + 1),
        }
    } else if call.errcode == 0 {
        String::new()
    } else {
        format!(", refused with errcode {}", call.errcode)
    };
    let body = if call.body.is_empty() {
        String::new()
    } else {
        format!(": `{}`", excerpt(call.body.as_bytes()))
    };
    format!("call {}{who}{which}{body}", call.path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        hand_made::{answered, call, delivered, transcript},
        step::ApiAct,
    };

    #[test]
    fn a_story_lists_pushes_and_calls_in_order() {
        let mut seen = transcript(vec![
            delivered("oA", 0, answered(200, "success")),
            delivered("oA", 0, answered(200, "success")),
        ]);
        seen.entries[1].started = Duration::from_millis(20);
        seen.calls = vec![call("oA", 10), call("oA", 30)];
        seen.acts = vec![(Duration::from_millis(40), ApiAct::RevokeTokens)];
        let story = story(&seen);
        assert_eq!(story.len(), 5);
        assert!(story[0].contains("push 1: `text` from user A"), "{story:?}");
        assert!(story[1].contains("effect 1"), "{story:?}");
        assert!(story[2].contains("push 2 (push 1 again)"), "{story:?}");
        assert!(story[3].contains("effect 2"), "{story:?}");
        assert!(
            story[4].contains("wxcheck revokes every access token"),
            "{story:?}"
        );
    }

    #[test]
    fn a_storm_of_calls_does_not_hide_the_play() {
        let mut seen = transcript(vec![delivered("oA", 0, answered(200, "success"))]);
        let token = |at| {
            let mut call = call("", at);
            call.path = "/cgi-bin/token".into();
            (call.own, call.sent) = (false, false);
            call
        };
        seen.calls = (0..100).map(token).chain([call("oA", 50)]).collect();
        let story = story(&seen);
        let tokens = story
            .iter()
            .filter(|line| line.contains("call /cgi-bin/token"));
        assert_eq!(tokens.count(), LISTED_ONE_BY_ONE, "{story:#?}");
        // Those behind the play's own last call are other plays'.
        let folded = "… and 46 more calls of /cgi-bin/token until then";
        assert!(
            story.iter().any(|line| line.ends_with(folded)),
            "{story:#?}"
        );
        let lines: Vec<String> = (0..100).map(|line| line.to_string()).collect();
        let short = shortened(lines, 12);
        assert_eq!(short.len(), 12);
        assert_eq!(
            [&*short[6], &*short[7], &*short[8]],
            ["6", "… and 89 more lines", "96"]
        );
    }
}
