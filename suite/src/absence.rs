//! Findings that rest on something that did not come: an answer that was late, cut or missing, an effect that was not
//! there when the play ended. They may be our own load's doing, or this machine's, and are judged again with nothing
//! else in flight. That is decided here for every rule, from what happened and not from what the claim is called.

use wxcheck_mock_server::Silence;

use crate::{
    effects,
    finding::{Finding, Nature},
    transcript::Transcript,
};

/// The nature of a finding, judged by what its play lacks.
pub(crate) fn nature(finding: &Finding, transcript: &Transcript) -> Nature {
    match finding.nature {
        Nature::Content if lacks_something(transcript) => Nature::Timing,
        known => known,
    }
}

/// True if some request has no whole answer though it was to have one.
pub(crate) fn left_unanswered(transcript: &Transcript) -> bool {
    silences(transcript).next().is_some()
}

/// True if waiting for an answer took a whole limit: playing that again is expensive.
pub(crate) fn waited_in_vain(transcript: &Transcript) -> bool {
    silences(transcript).any(Silence::is_time_out)
}

/// True if an answer or an effect is missing or late, or a page did not answer with a count.
pub(crate) fn lacks_something(transcript: &Transcript) -> bool {
    let limit = transcript.profile.limit;
    let mut answers = transcript.entries.iter().filter_map(|entry| entry.answer());
    left_unanswered(transcript)
        || answers.any(|answer| answer.total > limit)
        || effects::are_missing(transcript)
        || effects::countable(transcript).is_err()
}

fn silences(transcript: &Transcript) -> impl Iterator<Item = &Silence> {
    transcript
        .entries
        .iter()
        .filter_map(|entry| entry.silence())
        // Our side let go of it on purpose.
        .filter(|silence| **silence != Silence::Dropped)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wxcheck_mock_server::Outcome;

    use super::*;
    use crate::hand_made::{answered, call, delivered, no_answer, push, transcript};

    fn finding() -> Finding {
        Finding::new("claim", 0, "this", "that")
    }

    #[test]
    fn what_was_answered_in_time_is_content() {
        let seen = transcript(vec![push("a", answered(200, "success"))]);
        assert_eq!(nature(&finding(), &seen), Nature::Content);
        let dropped = Outcome::Silent(Silence::Dropped);
        let seen = transcript(vec![push("a", dropped)]);
        assert_eq!(nature(&finding(), &seen), Nature::Content);
    }

    #[test]
    fn a_missing_cut_or_late_answer_is_time_wherever_it_stands() {
        let cut = Outcome::Silent(Silence::BodyBroken {
            status: 200,
            received: 1,
            reason: String::new(),
        });
        let mut late = answered(200, "success");
        if let Outcome::Answered(answer) = &mut late {
            answer.total = Duration::from_secs(6);
        }
        for lacking in [no_answer(), cut, late] {
            let seen = transcript(vec![
                push("a", answered(200, "success")),
                push("b", lacking),
            ]);
            assert_eq!(nature(&finding(), &seen), Nature::Timing);
        }
    }

    #[test]
    fn a_missing_effect_is_time_and_a_surplus_one_is_not() {
        let mut seen = transcript(vec![delivered("oA", 0, answered(200, "success"))]);
        assert_eq!(nature(&finding(), &seen), Nature::Timing);
        seen.calls = vec![call("oA", 1)];
        assert_eq!(nature(&finding(), &seen), Nature::Content);
        seen.entries.push(push("b", no_answer()));
        let twice = Finding {
            nature: Nature::Proof,
            ..finding()
        };
        assert_eq!(nature(&twice, &seen), Nature::Proof);
    }
}
