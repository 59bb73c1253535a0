//! The command that plays a finding again at the same URLs.

use std::fmt::Write as _;

use super::view::{Row, View};

/// The command; nothing where no file was written that it takes. Settings are mentioned, as in all sentences of the suite.
pub fn replay_line(row: &Row, view: &View) -> Option<String> {
    let shown = row.reproduction.as_ref()?;
    let mut line = format!("wxcheck replay {}", shown.replay.as_ref()?);
    if view.begun.callback {
        let _ = write!(line, " '{}'", view.begun.url);
    }
    if shown.to_authorization_url
        && let Some(url) = &view.begun.authorization_url
    {
        let _ = write!(line, " ⟦authorization-url⟧ '{url}'");
    }
    if row.rule.area() == "fetch" {
        for fetched in &view.fetches {
            let _ = write!(line, " ⟦{}-url⟧ '{}'", fetched.kind, fetched.url);
        }
    }
    Some(line)
}
