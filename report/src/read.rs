//! A report read from its text.

use serde::Deserialize;
use serde_json::Value;

use crate::{Report, SCHEMA};

/// A text that is no report that can be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Something else.
    #[error(
        "this is neither the events nor the JSON report of a run; write one with `wxcheck check --events FILE` or `--report-json FILE`"
    )]
    NoReport,
    /// Written before reports could be read again.
    #[error(
        "the report has no `schema`: wxcheck {wxcheck} wrote it, whose reports cannot be read again; run `wxcheck check` anew"
    )]
    TooOld {
        /// The version of wxcheck.
        wxcheck: String,
    },
    /// Of another form.
    #[error(
        "the report has schema {found}, and this wxcheck reads {SCHEMA}; use the wxcheck that wrote it ({wxcheck})"
    )]
    Schema {
        /// The version of the form.
        found: u64,
        /// The version of wxcheck.
        wxcheck: String,
    },
    /// It was changed, or a newer wxcheck wrote it.
    #[error(
        "line {line}, column {column}: the report of wxcheck {wxcheck} cannot be read; it was changed, or that wxcheck is newer than this one"
    )]
    Broken {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// The version of wxcheck.
        wxcheck: String,
    },
}

/// The head of a report, as every version has it.
#[derive(Deserialize)]
struct Head {
    schema: Option<u64>,
    wxcheck: String,
    /// The key that tells it from the reports of other commands.
    #[serde(rename = "rules")]
    _rules: Vec<Value>,
}

/// The report that a text holds.
pub fn read(text: &str) -> Result<Report, ReadError> {
    let head: Head = serde_json::from_str(text).map_err(|_| ReadError::NoReport)?;
    let plain = |char: &char| char.is_ascii_alphanumeric() || ".-+".contains(*char);
    let wxcheck: String = head.wxcheck.chars().filter(plain).take(32).collect();
    match head.schema {
        None => Err(ReadError::TooOld { wxcheck }),
        Some(found) if found != u64::from(SCHEMA) => Err(ReadError::Schema { found, wxcheck }),
        // The parser's words may repeat the text, so only the place is told.
        Some(_) => serde_json::from_str(text).map_err(|error| ReadError::Broken {
            line: error.line(),
            column: error.column(),
            wxcheck,
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_no_report_of_this_form_is_named_without_what_it_says() {
        for (text, told) in [
            ("SECRETxyz".to_owned(), "this is neither the events"),
            (json!({"pushes": 1}).to_string(), "this is neither"),
            (
                json!({"wxcheck": "0.1.0", "rules": []}).to_string(),
                "the report has no `schema`: wxcheck 0.1.0 wrote it",
            ),
            (
                json!({"schema": 2, "wxcheck": "9.\u{1b}9", "rules": []}).to_string(),
                "has schema 2, and this wxcheck reads 1; use the wxcheck that wrote it (9.9)",
            ),
            (
                json!({"schema": 1, "wxcheck": "9.9", "seed": "SECRETxyz", "rules": []})
                    .to_string(),
                "line 1, column",
            ),
        ] {
            let error = read(&text).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
            assert!(!error.contains("SECRETxyz"), "{error}");
        }
    }
}
