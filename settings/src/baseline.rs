//! The findings that are known: a file lists them with a reason each, so that they fail no run while they last, and any
//! other does.

mod compared;
mod file;

use std::path::{Path, PathBuf};

use wxcheck_events::{Baseline, rfc3339};
use wxcheck_suite::{
    player::Player,
    report::View,
    rule::{Cases, Rule},
};

use crate::{
    Settings, SettingsError,
    error::Reason,
    reading::{self, read_text},
};
pub use file::Entry;

/// The name of the file that is looked for.
pub const BASELINE_NAME: &str = "wxcheck.baseline.toml";

/// Bytes of such a file.
const FILE_BYTES: usize = 1024 * 1024;

/// A day, written like `2026-11-28`: later ones sort behind earlier ones.
pub type Day = String;

/// A list of known findings.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The file, as whoever runs this knows it.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// Its entries, in their order.
    pub entries: Vec<Entry>,
}

impl Listed {
    /// The list that is named, or else the nearest one, in a folder or one above; none where there is none.
    pub fn of(settings: &Settings, folder: Option<&Path>) -> Result<Option<Self>, SettingsError> {
        let Some(path) = &settings.known.baseline else {
            let nearest = folder.and_then(nearest);
            return nearest.map_or(Ok(None), |path| Self::read(settings, &path));
        };
        let listed = Self::read(settings, path)?;
        if listed.is_none() {
            let place = settings.place("baseline").with(path.display());
            return Err(SettingsError::at(place, Reason::NoBaseline));
        }
        Ok(listed)
    }

    /// The list in a file, if the file is there.
    pub fn read(settings: &Settings, path: &Path) -> Result<Option<Self>, SettingsError> {
        match read_text(path, FILE_BYTES) {
            Ok(text) => Self::parsed(path, text).map(Some),
            Err(error) if error.is_absence() => Ok(None),
            Err(error) if settings.known.baseline.is_some() => {
                let place = settings.place("baseline");
                Err(SettingsError::at(place, Reason::Unreadable(error)))
            }
            Err(error) => Err(Reason::Unreadable(error).into()),
        }
    }

    /// The list that a text is; an error names file and line.
    pub fn parsed(path: &Path, text: String) -> Result<Self, SettingsError> {
        let entries = file::parse(path, &text).map_err(Reason::Baseline)?;
        Ok(Self {
            path: path.to_owned(),
            text,
            entries,
        })
    }

    /// The list beside what a run has found by that day.
    pub fn compare(&self, view: &View, player: &Player<'_>, today: &str) -> Baseline {
        Baseline {
            file: self.path.display().to_string(),
            ..compared::compare(&self.entries, &view.rows, today, |rule| {
                is_drawn(rule, player)
            })
        }
    }
}

/// The nearest list, in a folder or one above, as seen from that folder.
pub fn nearest(folder: &Path) -> Option<PathBuf> {
    reading::nearest(BASELINE_NAME, folder).map(|path| {
        let own = path.strip_prefix(folder).map(Path::to_owned);
        own.unwrap_or(path)
    })
}

/// The day of a moment, in UTC.
pub fn day_of(unix_seconds: u64) -> Day {
    let moment = rfc3339(unix_seconds * 1000);
    moment.chars().take("2026-11-28".len()).collect()
}

/// True if a rule's cases are drawn by lot.
fn is_drawn(rule: &Rule, player: &Player<'_>) -> bool {
    let cases = rule.cases(player.profile());
    matches!(cases, Cases::Drawn(..) | Cases::Combined(..))
}
