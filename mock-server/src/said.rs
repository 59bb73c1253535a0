//! The words of a push: its text, or what an event is about.

use std::borrow::Cow;

use wxcheck_protocol::message::{Field, scalar_of};

/// Bytes of it that a journal repeats beside a push.
pub const SAID_BYTES: usize = 2048;
/// The fields of which the first tells what a push is about.
const ABOUT: [&str; 6] = [
    "Content",
    "PicUrl",
    "Title",
    "EventKey",
    "SessionFrom",
    "TemplateId",
];

/// The text of a push, or what an event is about, whole and with whatever secrets it holds.
pub fn said(fields: &[Field]) -> Option<Cow<'_, str>> {
    let mut abouts = ABOUT.into_iter().filter_map(|name| scalar_of(fields, name));
    abouts.next().filter(|text| !text.is_empty())
}
