//! Replay files: what failed, to be played again.

use std::path::Path;

use anyhow::{Context as _, Result};
use wxcheck_settings::Settings;
use wxcheck_suite::{
    log::Log,
    redact::{Redacted, Secrets},
    replay::Replay,
    report::View,
    words::sentence,
};

use crate::{language::Language, screen, settings};

/// The folder for them, unless another one is given.
const FOLDER: &str = ".wxcheck";

/// Checks that replay files could be written where they are asked for.
pub(super) fn try_folder(settings: &Settings) -> Result<()> {
    match &settings.output.replay_dir {
        Some(folder) => {
            let place = || settings.place("replay-dir").to_string();
            settings::try_folder(folder).with_context(place)
        }
        None => Ok(()),
    }
}

/// Writes what failed for `wxcheck replay`. A folder that cannot be written loses the files, not the report.
pub(super) fn write(
    view: &View,
    log: Log<'_>,
    secrets: &Secrets,
    folder: Option<&Path>,
    lang: Language,
) {
    let folder = folder.unwrap_or(Path::new(FOLDER));
    let mut written = false;
    for row in &view.rows {
        let Some(replay) = Replay::of(view, row) else {
            continue;
        };
        let path = folder.join(format!("{}.json", row.rule.id.as_str().replace('/', "-")));
        if let Err(error) = settings::write_text(&path, &replay.write(secrets)) {
            let told = format!("warning: {error}; nothing can be replayed");
            screen::complain(&secrets.page(&sentence(&told, lang)));
            return;
        }
        log.replay(row.rule.id, &path.display().to_string(), secrets);
        written = true;
    }
    if written && folder.ends_with(FOLDER) {
        // Replays are for now; they are not to be committed by accident.
        if let Err(error) = settings::write_text(&folder.join(".gitignore"), &Redacted::own("*\n"))
        {
            screen::complain(&secrets.page(&format!("warning: {error}")));
        }
    }
}
