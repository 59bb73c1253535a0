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
    /// It is cut off.
    #[error("the report ends in the middle; its disk may have been full, or its copy was cut")]
    Cut,
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
    let head: Head = match serde_json::from_str(text) {
        Ok(head) => head,
        Err(error) if error.is_eof() && begins_a_report(text) => return Err(ReadError::Cut),
        Err(_) => return Err(of_another_form(text)),
    };
    let wxcheck = plain(&head.wxcheck);
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

/// A version, without what no version has.
fn plain(version: &str) -> String {
    let is_plain = |char: &char| char.is_ascii_alphanumeric() || ".-+".contains(*char);
    version.chars().filter(is_plain).take(32).collect()
}

/// True if a text begins like a report. Its first key is the version of its form.
fn begins_a_report(text: &str) -> bool {
    let first = text.trim_start().strip_prefix('{');
    first.is_some_and(|text| text.trim_start().starts_with("\"schema\""))
}

/// The error about a text whose head is not that of a report: that of a newer one may have changed.
fn of_another_form(text: &str) -> ReadError {
    let whole: Option<Value> = serde_json::from_str(text).ok();
    let schema = whole.as_ref().and_then(|whole| whole["schema"].as_u64());
    match (schema, whole) {
        (Some(found), Some(whole)) if found > u64::from(SCHEMA) => ReadError::Schema {
            found,
            wxcheck: plain(whole["wxcheck"].as_str().unwrap_or("newer")),
        },
        _ => ReadError::NoReport,
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
            (json!({"schema": 2}).to_string(), "has schema 2, and this"),
            (
                "{\n  \"schema\": 1,\n  \"wxcheck\": \"0.1.0\",\n  \"rules\": [{\"id\": \"SECRETxyz".to_owned(),
                "the report ends in the middle",
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
