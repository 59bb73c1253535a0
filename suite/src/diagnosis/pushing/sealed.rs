//! Encrypted pushes: padding that is taken off wrongly, and what the sample library's codes say.

use wxcheck_mock_server::SenderError;

use super::{Examiner, PADDINGS, Pushed, found};
use crate::{
    diagnosis::{
        Certainty,
        cause::Values,
        raised,
        variant::{Padding, Variant},
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
        for at in [1, 3] {
            if !self.prober.has_room(2)
                || self.is_served(&usual, at).await
                || !self.is_served(&bare, at).await
            {
                return false;
            }
        }
        true
    }
}

/// The cause that the codes of WeChat's sample library name, or words to that effect.
pub(super) fn of_code(body: &str) -> Option<&'static str> {
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
    if says(&["-40005", "ValidateAppidError", "ValidateAppIdError"]) || names_appid {
        Some("other-appid")
    } else if says(&[
        "-40004",
        "-40007",
        "-40008",
        "DecryptAESError",
        "IllegalAesKey",
    ]) {
        Some("cannot-open")
    } else {
        None
    }
}
