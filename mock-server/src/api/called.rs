//! The record that the journal keeps of a call.

use std::borrow::Cow;

use serde_json::Value;
use wxcheck_events::{Body, Called};

use super::{ApiAnswer, Call, endpoint, reply::OK};
use crate::{
    bounds::{BODY_BYTES, KEPT_BYTES},
    mask::Mask,
};

/// A call as it came in; nothing else is known of it yet. Its query, and a long body to its end, are kept where `whole`
/// says so.
pub(crate) fn called(call: &Call<'_>, mask: &Mask, whole: bool) -> Called {
    let endpoint = endpoint::find(call.path);
    let path = match endpoint {
        Some(endpoint) => Cow::Borrowed(endpoint.path),
        None => Cow::Owned(mask.path(call.path)),
    };
    // Not where a credential is all there is.
    let kept = endpoint.filter(|endpoint| !endpoint.confidential);
    let most = if whole { BODY_BYTES } else { KEPT_BYTES };
    let body = kept.map_or_else(Box::default, |_| mask.body(call.body, most));
    let query = if whole {
        mask.query(call.query)
    } else {
        String::new()
    };
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
        time: whole.then_some(call.now),
        fault: None,
        unknown_media: None,
        query: query.into(),
        body,
        answer: None,
    }
}

/// The answer to a call without credentials; nothing of a file but its length.
pub(crate) fn kept_answer(called: &Called, answer: &ApiAnswer, mask: &Mask) -> Option<Body> {
    let bytes = &answer.body;
    if answer.file.is_some() {
        return Some(Body {
            text: String::new(),
            bytes: bytes.len(),
            truncated: true,
        });
    }
    if bytes == OK {
        return Some(Body::of(OK));
    }
    let endpoint = endpoint::find(&called.path);
    if endpoint.is_some_and(|endpoint| endpoint.confidential) && called.errcode == 0 {
        // What such an answer says is secret, not how it is made.
        let mut shown: Value = serde_json::from_slice(bytes).ok()?;
        withhold(&mut shown);
        return Some(Body {
            text: shown.to_string(),
            bytes: bytes.len(),
            truncated: false,
        });
    }
    Some(mask.masked_body(bytes))
}

/// Takes every text out of a value.
fn withhold(value: &mut Value) {
    match value {
        Value::String(text) => *text = Mask::withheld(),
        Value::Array(items) => items.iter_mut().for_each(withhold),
        Value::Object(members) => members.values_mut().for_each(withhold),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
