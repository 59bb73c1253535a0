//! The findings that are known: a file lists them with a reason each, so that they fail no run while they last, and any
//! other does.

mod compared;
mod file;
mod written;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use wxcheck_events::Baseline;
use wxcheck_settings::{Settings, reading};
use wxcheck_suite::{
    redact::{Redacted, Secrets},
    report::View,
    rule::Rule,
};

use crate::{cli::Lang, exit::usage, language::both, settings};
use file::Entry;

/// The name of the file that is looked for.
pub(crate) const FILE_NAME: &str = "wxcheck.baseline.toml";

/// Bytes of such a file.
const FILE_BYTES: usize = 1024 * 1024;

/// The list of a run, read before it begins.
pub(crate) struct Listed {
    path: PathBuf,
    text: String,
    entries: Vec<Entry>,
    /// A finding that is not listed yet is added.
    adds: bool,
}

/// A day, written like `2026-11-28`: later ones sort behind earlier ones.
pub(crate) type Day = String;

impl Listed {
    /// The list that is named, or the nearest one, if there is any or one is to be written. The built-in server has none
    /// but what is named.
    pub(crate) fn read(settings: &Settings, built_in: bool, adds: bool) -> Result<Option<Self>> {
        let named = settings.known.baseline.clone();
        let is_named = named.is_some();
        let nearest = || -> Result<Option<PathBuf>> {
            let folder = std::env::current_dir()?;
            let found = reading::nearest(FILE_NAME, &folder).map(|path| {
                let own = path.strip_prefix(&folder).map(Path::to_owned);
                own.unwrap_or(path)
            });
            Ok(found.or_else(|| adds.then(|| PathBuf::from(FILE_NAME))))
        };
        let path = match named {
            Some(path) => Some(path),
            None if built_in && adds => {
                return Err(usage(both!(
                    "--write-baseline: no URL is given, and the list of another server is not that of the built-in one; give the URL, or --baseline FILE",
                    "--write-baseline：没有给出 URL，而内置服务器不用其他服务器的清单；请给出 URL，或用 --baseline FILE 指定清单",
                )));
            }
            None if built_in => None,
            None => nearest()?,
        };
        let Some(path) = path else { return Ok(None) };
        let text = settings::read_if_there(&path, FILE_BYTES)?;
        if text.is_none() && is_named && !adds {
            let place = settings.place("baseline").with(path.display());
            return Err(usage(both!(
                "{place}: there is no such file; --write-baseline writes one",
                "{place}：没有这个文件；可用 --write-baseline 生成",
            )));
        }
        if adds {
            let place = settings.place("baseline");
            settings::try_to_write(&path).context(place.to_string())?;
        }
        let text = text.unwrap_or_default();
        let entries = file::parse(&path, &text).map_err(usage)?;
        Ok(Some(Self {
            path,
            text,
            entries,
            adds,
        }))
    }

    /// The list beside what a run has found.
    pub(crate) fn compare(
        &self,
        view: &View,
        today: &str,
        is_drawn: impl Fn(&Rule) -> bool,
    ) -> Baseline {
        let mut compared = compared::compare(&self.entries, view, today, is_drawn);
        compared.file = self.path.display().to_string();
        compared
    }

    /// The list with what a run has found, where it is to be written: entries that are still right stay as they are, with
    /// their comments. A run that says nothing about the server adds nothing.
    pub(crate) fn written(
        &self,
        view: &View,
        today: &str,
        lang: Lang,
        is_drawn: impl Fn(&Rule) -> bool,
    ) -> Result<Option<Self>> {
        if !self.adds || view.outcome().open().is_some() {
            return Ok(None);
        }
        let compared = self.compare(view, today, is_drawn);
        let change = written::change(&self.entries, &compared, view, today, lang);
        let text = change.made(&self.text, lang)?;
        let entries = file::parse(&self.path, &text).map_err(usage)?;
        settings::write_text(&self.path, &view.secrets.page(&text))?;
        Ok(Some(Self {
            path: self.path.clone(),
            text,
            entries,
            adds: false,
        }))
    }

    /// The line that tells of a list that was written.
    pub(crate) fn told(&self, secrets: &Secrets, lang: Lang) -> Redacted {
        let (count, path) = (self.entries.len(), self.path.display());
        secrets.page(&match lang {
            Lang::En => format!("written: {path}, known findings: {count}"),
            Lang::Zh => format!("已写入 {path}，共 {count} 条已知问题"),
        })
    }
}
