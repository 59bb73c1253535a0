//! An exchange with a callback URL, as the control API shows it.

use serde::Serialize;

use crate::{
    exchange::{Exchange, Outcome},
    mask::Mask,
};

/// Bytes of a body that are shown.
const TOLD: usize = 2048;

/// One delivery and its outcome.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct ExchangeView {
    /// The status, if there was an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// Until the answer was whole, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    millis: Option<u64>,
    /// The beginning of the answer's body.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    /// The reason for no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    silence: Option<String>,
}

impl ExchangeView {
    pub(super) fn of(exchange: &Exchange, mask: &Mask) -> Self {
        match &exchange.outcome {
            Outcome::Answered(answer) => {
                // What the server repeats may be what it was told in confidence.
                let told = mask.body(&answer.body, TOLD);
                Self {
                    status: Some(answer.status),
                    millis: u64::try_from(answer.total.as_millis()).ok(),
                    body: Some(told.into()),
                    silence: None,
                }
            }
            Outcome::Silent(silence) => Self {
                status: None,
                millis: None,
                body: None,
                silence: Some(silence.to_string()),
            },
        }
    }
}
