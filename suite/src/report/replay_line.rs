//! The command that plays a finding again.

use std::fmt::Write as _;

use super::view::{Row, View};

impl View {
    /// The command that plays a finding again at the same URLs, where there is a file for it.
    pub fn replay_line(&self, row: &Row) -> Option<String> {
        let shown = row.reproduction.as_ref()?;
        let mut line = format!("wxcheck replay {}", shown.replay.as_ref()?);
        if self.begun.callback {
            let _ = write!(line, " '{}'", self.begun.url);
        }
        if shown.to_authorization_url
            && let Some(url) = &self.begun.authorization_url
        {
            let _ = write!(line, " ⟦authorization-url⟧ '{url}'");
        }
        if row.rule.area() == "fetch" {
            for fetched in &self.fetches {
                let _ = write!(line, " ⟦{}-url⟧ '{}'", fetched.kind, fetched.url);
            }
        }
        Some(line)
    }
}
