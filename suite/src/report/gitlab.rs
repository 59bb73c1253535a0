//! The findings as GitLab's code quality report, which merge requests show beside those of the target branch.

use serde::Serialize;

use super::{
    View,
    findings::{self, Finding, Weight},
};
use crate::redact::Redacted;

/// The report as JSON. GitLab wants a file for each finding: that which names the server.
pub fn write(view: &View, file: &str) -> Redacted {
    let issues = findings::all(view).into_iter();
    let issues: Vec<Issue<'_>> = issues.map(|finding| issue(finding, file)).collect();
    view.secrets.json(&issues)
}

fn issue<'a>(finding: Finding<'_>, file: &'a str) -> Issue<'a> {
    // What its owner accepts is shown, and weighs nothing.
    let weight = match finding.row {
        Some(row) if row.known.is_some() => Weight::Note,
        _ => finding.weight,
    };
    Issue {
        description: finding.says,
        check_name: finding.id,
        fingerprint: finding.fingerprint,
        severity: match weight {
            Weight::Note => "info",
            Weight::Warning => "minor",
            Weight::Error => "critical",
            Weight::Cause => "blocker",
        },
        location: Location {
            path: file,
            lines: Lines { begin: 1 },
        },
    }
}

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}
