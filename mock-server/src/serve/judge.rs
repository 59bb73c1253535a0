//! The judge of answers: the rules say what is wrong with one, and they stand above this crate.

use std::fmt;

use wxcheck_events::Remark;
use wxcheck_protocol::{account::Account, message::Field};

use crate::{exchange::Outcome, sender::Request, target::Target};

/// One delivery of a true push, and its outcome.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// The kind of account.
    pub account: Account,
    /// The server, with the mode and format of this push.
    pub target: &'a Target,
    /// The request.
    pub request: &'a Request,
    /// The push's name in the catalogue.
    pub name: &'a str,
    /// The whole message.
    pub fields: &'a [Field],
    /// The answer, or why there is none.
    pub outcome: &'a Outcome,
}

/// Says what the rules find in the answer to a push.
pub trait Judge: fmt::Debug + Send + Sync {
    /// The findings about one answer, the gravest first.
    fn judge(&self, judged: &Judged<'_>) -> Vec<Remark>;
}
