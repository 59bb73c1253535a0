//! Pushes with single things changed, beside the one that is refused: which of them is taken.

use wxcheck_mock_server::Outcome;

use super::Examiner;
use crate::diagnosis::{
    echo::Sign,
    hypothesis::{self, Ask},
    page::says_no,
    reaction::Reaction,
    signing,
    variant::{Place, Suspicion, Variant, suspicions},
};

impl Examiner<'_> {
    /// The first changed push that is taken on two nonces, while the control is not.
    pub(super) async fn suspected(&self, control: &Reaction) -> Option<Sign> {
        let mut all: Vec<Suspicion> = suspicions(self.known);
        let signed = hypothesis::single().into_iter().filter_map(|hypothesis| {
            let cause = hypothesis.causes.into_iter().next()?;
            let Ask::Sign(signing) = hypothesis.ask else {
                return None;
            };
            let variant = Variant {
                signing,
                ..Variant::of(self.known)
            };
            Some((cause, variant))
        });
        all.extend(signed);
        for (cause, variant) in all {
            if !self.prober.has_room(1) {
                return None;
            }
            if self.is_taken(&variant, 1, control).await
                && self.is_taken(&variant, 3, control).await
            {
                let unsigned = Variant {
                    signature: Place::Nowhere,
                    ..variant.clone()
                };
                // Where everything is taken in this form, the form is the cause all the same; a signature is not.
                let changes_signature = variant.signature != Place::Documented
                    || variant.signing != signing::Signing::default();
                if changes_signature && self.is_taken(&unsigned, 4, control).await {
                    continue;
                }
                return Some(cause);
            }
        }
        None
    }

    pub(super) async fn is_taken(&self, variant: &Variant, at: usize, control: &Reaction) -> bool {
        let Some(outcome) = self.sent(variant, at).await else {
            return false;
        };
        let reaction = Reaction::of(&outcome, None);
        let is_served = matches!(reaction.status, Some(200..=299));
        let refused_so = reaction.status == control.status && reaction.form == control.form;
        let says_no = match &outcome {
            Outcome::Answered(answer) => !answer.body.is_empty() && says_no(&answer.body),
            Outcome::Silent(_) => true,
        };
        is_served && !refused_so && !says_no
    }
}
