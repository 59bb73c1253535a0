//! The answer to a URL verification: the echostr as it was sent, or nearly so.

use crate::{
    rule_id::RuleId,
    transcript::{Entry, Sent},
};

/// The rule that a true verification with this outcome fails already.
pub(crate) fn echo_blocked_by(entry: &Entry) -> Option<RuleId> {
    let Some(answer) = entry.answer() else {
        return Some(RuleId::ECHO_IN_TIME);
    };
    let echoed = matches!(&entry.sent, Sent::Verification { echostr, .. } if answer.body == echostr.as_bytes());
    match answer.status {
        200 if echoed => None,
        200 => Some(RuleId::ECHOES_ECHOSTR),
        _ => Some(RuleId::ECHO_DIRECTLY),
    }
}

/// The same, where white space around the echostr does not matter.
pub(crate) fn rough_echo_blocked_by(entry: &Entry) -> Option<RuleId> {
    let by = echo_blocked_by(entry)?;
    let is_echo = by == RuleId::ECHOES_ECHOSTR && is_roughly_echoed(entry);
    (!is_echo).then_some(by)
}

/// Equality of body and echostr, white space around them aside.
pub(crate) fn is_roughly_echoed(entry: &Entry) -> bool {
    let (Some(answer), Sent::Verification { echostr, .. }) = (entry.answer(), &entry.sent) else {
        return false;
    };
    String::from_utf8_lossy(&answer.body).trim() == echostr.trim()
}
