//! Texts of every kind have the effect that a plain text has: a worker that dies of an emoji still answers the push.

use crate::{
    effects::{addressee, count_of_user, countable, is_sending, story},
    excerpt::excerpt,
    finding::{Finding, Judgement, Miss},
    profile::Profile,
    reason::Unjudged,
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{Content, Deliver, Scenario, Step},
    transcript::{Sent, Transcript},
};

pub(super) static EVERY_TEXT_ACTED_ON: Rule = Rule {
    id: RuleId::new("tolerance/every-text-acted-on"),
    since: "0.1.0",
    level: Level::Must,
    source: "message push page, receiving messages: Content is whatever the user wrote, in UTF-8",
    summary: "The server acts on every kind of text that users write, as it does on plain words.",
    why: "The push is acknowledged, so WeChat does not repeat it; the message is lost behind that, in a worker or a database, and nobody sees it.",
    fix: "Keep texts in columns and queues of four-byte UTF-8 (utf8mb4), treat what reads like a number as text, and look into the log of the worker for what it dies of.",
    needs: &[Need::Messages, Need::Served, Need::Effects],
    turn: Turn::Shared,
    scenarios: |profile| match text_with_effects(profile) {
        Some(text) => Cases::each([scenario(text)]),
        None => Cases::None(Unjudged::NoEffectiveText.into()),
    },
    claims: &["lost", "ended", "number"],
    judge,
};

/// Words that no server has a special answer to.
const PLAIN: &str = "wxcheck writes plain words";
/// Texts that people write.
const TEXTS: [&str; 8] = [
    "good 😀👍🏽 morning",
    "你好，世界",
    "a <b>bold</b> &amp; word",
    "she said \"it's 5\\6\"",
    "the first line\nthe second line",
    "/::) /:rose",
    "100% {0} ${1} %s",
    "ends in ]]> here",
];
/// Texts that read as numbers or the like: a server may have a special answer to one, and be silent about it.
const NUMBER_LIKE: [&str; 8] = [
    "0",
    "007",
    "1e3",
    "0x1F",
    "1.0",
    "true",
    "null",
    "12345678901234567890",
];
/// Texts that need no answer; what is behind them does.
const BLANK: [&str; 2] = ["", "   "];

/// The quiet after the last effect, in milliseconds. None of these texts is known to have an effect, so none can be waited
/// for by name; a busy server's threads may come out of order by more than the usual quiet.
const QUIET: u64 = 1_000;

/// Pushes that come at once.
const AT_ONCE: usize = 6;

fn text_with_effects(profile: &Profile) -> Option<&str> {
    match &profile.message.as_ref()?.content {
        Content::Text(text) => Some(text),
        _ => None,
    }
}

/// A text that is known to have effects at either end, then each text from a user of its own.
fn scenario(known: &str) -> Scenario {
    let between = [PLAIN]
        .into_iter()
        .chain(TEXTS)
        .chain(NUMBER_LIKE)
        .chain(BLANK);
    let texts: Vec<&str> = [known].into_iter().chain(between).chain([known]).collect();
    let pushes: Vec<Step> = (0..)
        .zip(&texts)
        .map(|(user, text)| Step::Deliver(Deliver::text(*text).from_user(user)))
        .collect();
    let (last, others) = pushes
        .split_last()
        .map_or((None, &[][..]), |(last, rest)| (Some(last), rest));
    let waves = others
        .chunks(AT_ONCE)
        .map(|wave| Step::Together(wave.to_vec()));
    let end = last
        .cloned()
        .into_iter()
        .chain([Step::Settle { quiet: QUIET }]);
    Scenario::of(waves.chain(end).collect::<Vec<Step>>())
}

fn judge(transcript: &Transcript) -> Judgement {
    countable(transcript)?;
    let pushes: Vec<(usize, &str, bool)> = transcript
        .entries
        .iter()
        .enumerate()
        .filter_map(|(at, entry)| match &entry.sent {
            Sent::Push {
                openid,
                text: Some(text),
                ..
            } => Some((at, text.as_str(), is_acted_on(transcript, openid))),
            _ => None,
        })
        .collect();
    let [(_, _, first), rest @ .., (last_at, last, last_acted_on)] = &pushes[..] else {
        return Err(Miss::inconclusive(Unjudged::NoPushes));
    };
    if !*first {
        return Err(Miss::inconclusive(Unjudged::EffectsGone));
    }
    let first_lost = |among: &[&str]| {
        let mut rest = rest.iter();
        rest.find(|(_, text, acted_on)| !acted_on && among.contains(text))
            .map(|(at, text, _)| (*at, *text))
    };
    if first_lost(&[PLAIN]).is_some() {
        return Err(Miss::not_applicable(Unjudged::SomeWordsOnly));
    }
    if let Some((at, text)) = first_lost(&TEXTS) {
        return missing_effect(transcript, "lost", at, text).found();
    }
    if !last_acted_on {
        return missing_effect(transcript, "ended", *last_at, last).found();
    }
    match first_lost(&NUMBER_LIKE) {
        Some((at, text)) => Err(Miss::Doubtful(missing_effect(
            transcript, "number", at, text,
        ))),
        None => Ok(()),
    }
}

fn missing_effect(transcript: &Transcript, claim: &'static str, at: usize, text: &str) -> Finding {
    let expected = format!(
        "an effect of `{}`, as of plain words",
        excerpt(text.as_bytes())
    );
    // It may only be late.
    Finding::new(claim, at, expected, "none")
        .with_story(story(transcript))
        .timing()
}

/// True if a push led to anything: a message that was refused is one that was sent.
fn is_acted_on(transcript: &Transcript, openid: &str) -> bool {
    let mut calls = transcript.calls.iter().filter(|call| is_sending(call));
    count_of_user(transcript, openid) > 0
        || calls.any(|call| addressee(call).is_some_and(|user| user == openid))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hand_made::{answered, call, delivered, transcript};

    /// The judgement on these texts, where the server acts on all but some.
    fn judged(texts: &[&str], lost: &[&str]) -> Judgement {
        let mut seen = transcript(Vec::new());
        for (number, text) in texts.iter().enumerate() {
            let user = format!("o{number}");
            let mut entry = delivered(&user, number, answered(200, "success"));
            if let Sent::Push { text: own, .. } = &mut entry.sent {
                *own = Some((*text).to_owned());
            }
            seen.entries.push(entry);
            if !lost.contains(text) {
                seen.calls.push(call(&user, 1));
            }
        }
        judge(&seen)
    }

    fn claim(judgement: Judgement) -> Option<&'static str> {
        match judgement {
            Err(Miss::Found(finding) | Miss::Doubtful(finding)) => Some(finding.claim),
            _ => None,
        }
    }

    #[test]
    fn what_is_lost_is_reported_and_blank_texts_need_no_answer() {
        let texts = ["hi", PLAIN, TEXTS[0], "0", "", "hello"];
        assert_eq!(judged(&texts, &[""]), Ok(()));
        assert_eq!(claim(judged(&texts, &[TEXTS[0]])), Some("lost"));
        assert_eq!(claim(judged(&texts, &["hello"])), Some("ended"));
        assert_eq!(claim(judged(&texts, &["0"])), Some("number"));
        assert!(matches!(
            judged(&texts, &[PLAIN, "0"]),
            Err(Miss::NotApplicable(_))
        ));
    }
}
