//! The command that plays a finding again, as words of a shell.

use wxcheck_mock_server::shell::{portable, portable_quoted};

use super::view::{Row, View};

impl View {
    /// The command that plays a finding again at the same URLs, where there is a file for it.
    pub fn replay_line(&self, row: &Row) -> Option<String> {
        Some(self.replay_words(row)?.join(" "))
    }

    /// The same in pieces that stay whole where a line is broken.
    pub fn replay_words(&self, row: &Row) -> Option<Vec<String>> {
        let file = row.reproduction.as_ref()?.replay.as_ref()?;
        Some(self.replay_of(row, file))
    }

    /// The same from a file that somebody names.
    pub fn replay_of(&self, row: &Row, file: &str) -> Vec<String> {
        let mut words = replay_of_file(file);
        if self.begun.callback {
            words.push(portable_quoted(&self.begun.url));
        }
        let shown = row.reproduction.as_ref();
        if shown.is_some_and(|shown| shown.to_authorization_url)
            && let Some(url) = &self.begun.authorization_url
        {
            words.push(format!("⟦authorization-url⟧ {}", portable_quoted(url)));
        }
        if row.rule.area() == "fetch" {
            let fetched = self.fetches.iter();
            words.extend(fetched.map(|fetched| {
                format!("⟦{}-url⟧ {}", fetched.kind, portable_quoted(&fetched.url))
            }));
        }
        words
    }
}

/// The beginning of every such command.
pub fn replay_of_file(file: &str) -> Vec<String> {
    vec!["wxcheck replay".to_owned(), portable(file)]
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use wxcheck_events::RunBegun;

    use super::*;
    use crate::{
        report::view::{Reproduction, tests::view_of},
        rules,
        verdict::Verdict,
    };

    #[test]
    fn a_shell_reads_the_words_that_were_meant() {
        let url = "http://127.0.0.1:8080/it's?a=1&b=$HOME";
        for file in ["my replays/it's.json", ".wxcheck/a.json", "~/a.json", ""] {
            let row = Row {
                reproduction: Some(Reproduction {
                    scenario: serde_json::Value::Null,
                    curl: Vec::new(),
                    replay: Some(file.to_owned()),
                    to_authorization_url: true,
                }),
                ..Row::plain(rules::find("reply/acknowledges").unwrap(), Verdict::Failed)
            };
            let mut view = view_of(Vec::new());
            view.begun = RunBegun {
                callback: true,
                url: url.to_owned(),
                authorization_url: Some(url.to_owned()),
                ..view.begun
            };
            let line = view.replay_line(&row).unwrap();
            let printing = format!("wxcheck() {{ printf '<%s>' \"$@\"; }}; {line}");
            let ran = Command::new("sh").args(["-c", &printing]).output().unwrap();
            let read = String::from_utf8(ran.stdout).unwrap();
            let meant = format!("<replay><{file}><{url}><⟦authorization-url⟧><{url}>");
            assert_eq!(read, meant, "{line}");
        }
    }

    #[test]
    fn a_plain_word_has_no_quotes() {
        let words = replay_of_file(".wxcheck/reply-acknowledges.json");
        assert_eq!(
            words.join(" "),
            "wxcheck replay .wxcheck/reply-acknowledges.json"
        );
    }
}
