//! Encrypted pushes: padding that is taken off wrongly, strings that are sorted wrongly, and what the sample library's codes
//! say.

use wxcheck_mock_server::{Outcome, SenderError};

use super::{Examiner, PADDINGS, Pushed, found};
use crate::{
    diagnosis::{
        Certainty,
        cause::Values,
        echo::Sign,
        page, raised,
        reaction::Reaction,
        signing,
        variant::{Key, Padding, Place, Variant},
    },
    expect::is_served,
    step::Signing,
    transcript::Entry,
};

impl Examiner<'_> {
    /// A sealed push with less padding, where the first was taken: an unpadder for blocks of 16 may fail on either.
    pub(super) async fn padded(&self) -> Result<Option<Pushed>, SenderError> {
        if !self.known.mode.seals() || !self.prober.has_time() {
            return Ok(None);
        }
        let less = self.play(Signing::True, PADDINGS[1]).await?;
        let is_refused = less.is_some_and(|entry| !is_served(&entry));
        Ok(is_refused.then(|| found(Some(("padding-16", Values::new())), Certainty::Seen)))
    }

    /// True if less padding is taken where the usual is refused, twice.
    pub(super) async fn takes_less_padding(&self, entry: &Entry) -> Result<bool, SenderError> {
        if !self.known.mode.seals() || is_served(entry) {
            return Ok(false);
        }
        let less = self.play(Signing::True, PADDINGS[1]).await?;
        if !less.as_ref().is_some_and(is_served) {
            return Ok(false);
        }
        let again = [
            self.play(Signing::True, PADDINGS[0]).await?,
            self.play(Signing::True, PADDINGS[1]).await?,
        ];
        let [refused, taken] = again.map(|entry| entry.as_ref().is_some_and(is_served));
        Ok(!refused && taken)
    }

    /// True if a push without padding is taken where the usual one is refused, twice.
    pub(super) async fn keeps_padding(&self) -> bool {
        let usual = Variant::of(self.known);
        let bare = Variant {
            padding: Padding::None,
            ..usual.clone()
        };
        self.takes_instead(&usual, &bare).await
    }

    /// True if the strings of `msg_signature` are sorted without regard to case, or by the rules of a language: of two pushes
    /// whose ciphertext stands elsewhere then, the one that is signed so is taken and the right one is not, twice.
    pub(super) async fn sorts_without_case(&self) -> bool {
        if !self.known.mode.seals() {
            return false;
        }
        let usual = Variant {
            tells_case: true,
            ..Variant::of(self.known)
        };
        let folded = Variant {
            signing: signing::Signing {
                order: signing::Order::WithoutCase,
                ..signing::Signing::default()
            },
            ..usual.clone()
        };
        self.takes_instead(&usual, &folded).await
    }

    /// True if the one is refused and the other taken, on two nonces.
    async fn takes_instead(&self, refused: &Variant, taken: &Variant) -> bool {
        for at in [1, 3] {
            if !self.prober.has_room(2)
                || self.is_served(refused, at).await
                || !self.is_served(taken, at).await
            {
                return false;
            }
        }
        true
    }

    /// The reason for which an envelope is refused, where the answer names one. Words prove nothing by themselves: a push with a
    /// wrong signature must be answered otherwise, and for another appid one under another key as well.
    pub(super) async fn named_reason(&self, body: &str) -> Option<(Sign, Certainty)> {
        if !self.known.mode.seals() {
            return None;
        }
        let named = of_words(body)?;
        if named.id == "other-appid" && self.keeps_padding().await {
            return Some((("padding-kept", Values::new()), Certainty::Proven));
        }
        let usual = Variant::of(self.known);
        let unsigned = Variant {
            signature: Place::Nowhere,
            ..usual.clone()
        };
        let unopened = Variant {
            key: Key::Other,
            ..usual.clone()
        };
        let mut values_seen = Values::new();
        let mut opens = true;
        for at in [1, 3] {
            if !self.prober.has_room(3) {
                return None;
            }
            let Some(Outcome::Answered(answer)) = self.sent(&usual, at).await else {
                return None;
            };
            let right = Said::of(&Outcome::Answered(answer.clone()));
            let forged = Said::of(&self.sent(&unsigned, at).await?);
            if of_words(&right.text)? != named || right.is_like(&forged) {
                return None;
            }
            opens &= !right.is_like(&Said::of(&self.sent(&unopened, at).await?));
            values_seen = page::got(&answer);
        }
        let certainty = match (named.id, opens) {
            ("other-appid", true) => Certainty::Proven,
            _ if named.is_code => Certainty::Seen,
            _ => return None,
        };
        Some(((named.id, values_seen), certainty))
    }
}

/// An answer with its text: codes are numbers, which a reaction leaves out.
struct Said {
    reaction: Reaction,
    text: String,
}

impl Said {
    fn of(outcome: &Outcome) -> Self {
        let text = match outcome {
            Outcome::Answered(answer) => String::from_utf8_lossy(&answer.body).into_owned(),
            Outcome::Silent(_) => String::new(),
        };
        Self {
            reaction: Reaction::of(outcome, None),
            text,
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        let codes = |text: &str| -> Vec<String> {
            let behind = text.split("-400").skip(1);
            behind
                .map(|rest| rest.chars().take_while(char::is_ascii_digit).collect())
                .collect()
        };
        self.reaction.is_like(&other.reaction) && codes(&self.text) == codes(&other.text)
    }
}

/// A reason that an answer names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Named {
    /// The cause.
    pub(super) id: &'static str,
    /// By a code or an error of WeChat's sample library, which means nothing else.
    pub(super) is_code: bool,
}

/// The cause that the codes of WeChat's sample library name, or words to that effect.
pub(super) fn of_words(body: &str) -> Option<Named> {
    let raised = raised::find(body).map(|raised| raised.error);
    let told = raised.as_deref().unwrap_or(body);
    let says = |words: &[&str]| words.iter().any(|word| told.contains(word));
    let lower = told.to_lowercase();
    let names_appid = lower.len() < 300
        && (lower.contains("appid") || lower.contains("app id"))
        && [
            "mismatch",
            "not match",
            "invalid",
            "wrong",
            "不一致",
            "不匹配",
            "错误",
            "校验",
        ]
        .iter()
        .any(|word| lower.contains(word));
    let code = |id| Named { id, is_code: true };
    if says(&["-40005", "ValidateAppidError", "ValidateAppIdError"]) {
        Some(code("other-appid"))
    } else if says(&[
        "-40004",
        "-40007",
        "-40008",
        "DecryptAESError",
        "IllegalAesKey",
    ]) {
        Some(code("cannot-open"))
    } else {
        names_appid.then_some(Named {
            id: "other-appid",
            is_code: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_says_more_than_words() {
        let named = |body: &str| of_words(body).map(|named| (named.id, named.is_code));
        assert_eq!(named("err -40005"), Some(("other-appid", true)));
        assert_eq!(named("-40007"), Some(("cannot-open", true)));
        assert_eq!(named("invalid appid"), Some(("other-appid", false)));
        assert_eq!(named("bad signature"), None);
    }
}
