//! The list of known findings as `wxcheck check` uses it: read before a run, compared behind it, and written anew where that is
//! asked for.

mod written;

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use wxcheck_events::Baseline;
use wxcheck_settings::{
    Settings,
    baseline::{BASELINE_NAME, Listed, nearest},
};
use wxcheck_suite::{
    player::Player,
    redact::{Redacted, Secrets},
    report::View,
};

use crate::{
    exit::usage,
    language::{Language, both},
    settings,
};

/// The list of a run.
pub(crate) struct List {
    listed: Listed,
    /// A finding that is not listed yet is added.
    adds: bool,
}

impl List {
    /// The list that is named, or the nearest one, if there is any or one is to be written. The built-in server has none
    /// but what is named.
    pub(crate) fn read(settings: &Settings, built_in: bool, adds: bool) -> Result<Option<Self>> {
        if adds {
            return Self::to_be_written(settings, built_in).map(Some);
        }
        let folder = std::env::current_dir()?;
        let listed = Listed::of(settings, Some(&*folder).filter(|_| !built_in))?;
        Ok(listed.map(|listed| Self { listed, adds }))
    }

    fn to_be_written(settings: &Settings, built_in: bool) -> Result<Self> {
        let path = match settings.known.baseline.clone() {
            Some(path) => path,
            None if built_in => {
                return Err(usage(both!(
                    "--write-baseline: no URL is given, and the list of another server is not that of the built-in one; give the URL, or --baseline FILE",
                    "--write-baseline：没有给出 URL，而内置服务器不用其他服务器的清单；请给出 URL，或用 --baseline FILE 指定清单",
                )));
            }
            None => {
                nearest(&std::env::current_dir()?).unwrap_or_else(|| PathBuf::from(BASELINE_NAME))
            }
        };
        let place = settings.place("baseline");
        settings::try_to_write(&path).context(place.to_string())?;
        let listed = match Listed::read(settings, &path)? {
            Some(listed) => listed,
            None => Listed::parsed(&path, String::new())?,
        };
        Ok(Self { listed, adds: true })
    }

    /// The list beside what a run has found.
    pub(crate) fn compare(&self, view: &View, player: &Player<'_>, today: &str) -> Baseline {
        self.listed.compare(view, player, today)
    }

    /// The list with what a run has found, where it is to be written: entries that are still right stay as they are, with
    /// their comments. A run that says nothing about the server adds nothing.
    pub(crate) fn written(
        &self,
        view: &View,
        player: &Player<'_>,
        today: &str,
        lang: Language,
    ) -> Result<Option<Self>> {
        if !self.adds || view.outcome().open().is_some() {
            return Ok(None);
        }
        let Listed {
            path,
            text,
            entries,
        } = &self.listed;
        let compared = self.compare(view, player, today);
        let change = written::change(entries, &compared, view, today, lang);
        let listed = Listed::parsed(path, change.made(text, lang)?)?;
        settings::write_text(path, &view.secrets.page(&listed.text))?;
        Ok(Some(Self {
            listed,
            adds: false,
        }))
    }

    /// The line about a list that was written.
    pub(crate) fn describe(&self, secrets: &Secrets, lang: Language) -> Redacted {
        let (count, path) = (self.listed.entries.len(), self.listed.path.display());
        secrets.page(&match lang {
            Language::English => format!("written: {path}, known findings: {count}"),
            Language::Chinese => format!("已写入 {path}，共 {count} 条已知问题"),
        })
    }
}
