//! The server's answer, before it becomes bytes on a connection.

use bytes::Bytes;

use crate::wire::Instead;

/// Plain text.
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";
/// A page for a browser.
pub(crate) const HTML: &str = "text/html; charset=utf-8";
/// JSON.
pub(crate) const JSON: &str = "application/json";
/// XML.
pub(crate) const XML: &str = "text/xml";

/// One answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: Bytes,
    /// The URL to which a redirect leads.
    pub(crate) location: Option<String>,
    /// The number of seconds after which to come again.
    pub(crate) retry_after: Option<u32>,
    /// The action on the connection in place of this answer.
    pub(crate) instead: Option<Instead>,
}

impl Answer {
    /// An answer with status 200.
    pub(crate) fn ok(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            status: 200,
            content_type,
            body: body.into(),
            location: None,
            retry_after: None,
            instead: None,
        }
    }

    /// A short text.
    pub(crate) fn text(status: u16, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            ..Self::ok(TEXT, body)
        }
    }
}
