//! The record that the journal keeps of a call.

use std::borrow::Cow;

use wxcheck_events::Called;

use super::{Call, endpoint};
use crate::{bounds::KEPT_BYTES, mask::Mask};

/// A call as it came in; nothing else is known of it yet.
pub(crate) fn called(call: &Call<'_>, mask: &Mask) -> Called {
    let endpoint = endpoint::find(call.path);
    let path = match endpoint {
        Some(endpoint) => Cow::Borrowed(endpoint.path),
        None => Cow::Owned(mask.path(call.path)),
    };
    // Not where a credential is all there is.
    let kept = endpoint.filter(|endpoint| !endpoint.confidential);
    let body = kept.map_or_else(Box::default, |_| mask.body(call.body, KEPT_BYTES));
    Called {
        method: match call.method {
            "GET" => "GET",
            "POST" => "POST",
            _ => "other",
        }
        .into(),
        path,
        planned: endpoint.is_some(),
        appid: None,
        token: None,
        openid: None,
        sent: false,
        errcode: 0,
        status: 200,
        fault: None,
        body,
    }
}
