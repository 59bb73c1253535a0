//! The numbers of effects that pushes led to which came once: a server whose count varies is not held to one number.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::of_user;
use crate::{
    profile::{EffectfulPush, Profile},
    transcript::{ApiCall, Entry, Sent, Transcript},
};

/// The effects of a user that differ from each other; what is the same twice may be one message that was sent again.
pub(crate) fn different_of(calls: &[ApiCall], openid: &str) -> usize {
    let theirs = calls.iter().filter(|call| call.reached(openid));
    // A page of the server's own tells a number and no words.
    let (pages, messages): (Vec<&ApiCall>, Vec<&ApiCall>) =
        theirs.partition(|call| call.body.is_empty());
    let different: BTreeSet<_> = messages
        .iter()
        .map(|call| (&call.path, &call.body))
        .collect();
    different.len() + pages.iter().map(|call| call.times).sum::<usize>()
}

/// The least and the most effects that one delivery of a push had, for each push by its name.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) struct Spread(BTreeMap<String, (usize, usize)>);

impl Spread {
    /// The spread of what came once in these plays, calls that came late among theirs. Whoever had less time than the
    /// slowest took has shown less than it may.
    pub(crate) fn of<'a>(plays: impl IntoIterator<Item = &'a Transcript>) -> Self {
        let plays: Vec<&Transcript> = plays.into_iter().collect();
        let calls = || plays.iter().flat_map(|transcript| &transcript.calls);
        let end = calls().map(|call| call.at).max().unwrap_or_default();
        let singles = plays.iter().flat_map(|transcript| singles_of(transcript));
        let singles: Vec<Single<'_>> = singles.collect();
        let longest = singles.iter().map(|single| single.took).max();
        let longest = longest.unwrap_or_default();
        let mut spread = Self::default();
        for Single {
            name,
            first,
            took,
            count,
        } in singles
        {
            if took < longest && first + longest > end {
                continue;
            }
            let (least, most) = spread.0.entry(name.to_owned()).or_insert((count, count));
            (*least, *most) = (count.min(*least), count.max(*most));
        }
        spread
    }

    /// The least and the most that one delivery of such a push led to, whichever it was.
    pub(crate) fn range(&self, profile: &Profile) -> Option<(usize, usize)> {
        let pushes = profile.message.iter().chain(&profile.events);
        let ranges = pushes.filter_map(|push| self.0.get(push.name()));
        ranges.copied().max_by_key(|(least, most)| most - least)
    }

    /// Notes in a profile what its pushes led to; whether any led to another number than was learnt.
    pub(crate) fn widen(&self, profile: &mut Profile) -> bool {
        let pushes = profile.message.iter_mut().chain(&mut profile.events);
        pushes.fold(false, |is_wider, push| self.widen_push(push) | is_wider)
    }

    fn widen_push(&self, push: &mut EffectfulPush) -> bool {
        let Some((least, most)) = self.0.get(push.name()) else {
            return false;
        };
        push.least = push.effects.min(*least);
        push.most = push.effects.max(*most);
        push.least < push.most
    }
}

/// The effects of one delivery that had any.
struct Single<'a> {
    name: &'a str,
    first: Duration,
    took: Duration,
    count: usize,
}

/// The pushes of a play that came once, without those that were lost.
fn singles_of(transcript: &Transcript) -> Vec<Single<'_>> {
    // What the API did to a message is no habit of the server's.
    if !transcript.acts.is_empty() {
        return Vec::new();
    }
    let singles = transcript.entries.iter().filter_map(|entry| {
        let openid = delivered_once(transcript, entry)?;
        let mut times = of_user(transcript, openid).map(|call| call.at);
        let first = times.next()?;
        Some(Single {
            name: entry.push_name(),
            first,
            took: times.max().unwrap_or(first).saturating_sub(first),
            count: different_of(&transcript.calls, openid),
        })
    });
    singles.collect()
}

/// The user of a true push that came once and was answered, if nothing else of theirs came and no call of theirs failed.
fn delivered_once<'a>(transcript: &Transcript, entry: &'a Entry) -> Option<&'a str> {
    let Sent::Push {
        openid,
        is_true: true,
        effects: Some(_),
        ..
    } = &entry.sent
    else {
        return None;
    };
    let pushes = transcript
        .entries
        .iter()
        .filter(|other| matches!(&other.sent, Sent::Push { openid: of, .. } if of == openid));
    let is_only_one = pushes.count() == 1;
    let mut theirs = transcript
        .calls
        .iter()
        .filter(|call| call.openid.as_ref() == Some(openid));
    let is_undisturbed = theirs.all(|call| call.errcode == 0 && !call.struck);
    let is_answered = entry.answer().is_some_and(|answer| answer.status == 200);
    (is_only_one && is_undisturbed && is_answered).then_some(openid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        effects::{Miscount, as_many_as_pushes},
        hand_made::{answered, call, delivered, transcript},
        step::Content,
    };

    fn saying(user: &str, millis: u64, words: &str) -> ApiCall {
        ApiCall {
            body: words.into(),
            ..call(user, millis)
        }
    }

    #[test]
    fn a_count_that_was_seen_of_one_delivery_is_not_held_against_two() {
        let mut once = transcript(vec![delivered("oA", 0, answered(200, "success"))]);
        once.calls = vec![saying("oA", 1, "part 1"), saying("oA", 2, "part 2")];
        let mut twice = transcript(vec![
            delivered("oB", 0, answered(200, "success")),
            delivered("oB", 0, answered(200, "success")),
        ]);
        twice.calls = vec![saying("oB", 1, "part 1"), saying("oB", 2, "part 2")];
        let push = EffectfulPush::of(Content::Text("hello".into()), 1);
        twice.profile_mut().message = Some(push);
        let judge = |seen: &Transcript| as_many_as_pushes(seen, &[Miscount::Twice]);
        assert!(judge(&twice).is_err());
        assert!(Spread::of([&once]).widen(twice.profile_mut()));
        assert_eq!(judge(&twice), Ok(()));
        twice.calls.push(saying("oB", 3, "part 1"));
        assert!(
            judge(&twice).is_err(),
            "three are more than one delivery had"
        );
    }

    #[test]
    fn what_was_sent_again_or_lost_widens_nothing() {
        let mut again = transcript(vec![delivered("oA", 0, answered(200, "success"))]);
        again.calls = vec![saying("oA", 1, "same"), saying("oA", 2, "same")];
        let lost = transcript(vec![delivered("oB", 0, answered(200, "success"))]);
        let one = Spread(BTreeMap::from([("text".to_owned(), (1, 1))]));
        assert_eq!(Spread::of([&again, &lost]), one);
    }
}
