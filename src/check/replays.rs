//! Replay files: what failed, to be played again.

use std::path::Path;

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

/// Warns where no replay file can be written.
pub(super) fn try_folder(settings: &Settings, lang: Language) {
    if let Some(folder) = &settings.output.replay_dir
        && let Err(error) = settings::try_folder(folder)
    {
        let place = settings.place("replay-dir");
        let told = format!("warning: {place}: {error}; nothing can be replayed");
        screen::complain(&settings.secrets().page(&sentence(&told, lang)));
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
