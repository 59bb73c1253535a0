//! The program's settings, read once, and the secrets among them. Files that the user names are read and
//! written here too.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
    sync::OnceLock,
};

use anyhow::Result;
use wxcheck_settings::{
    Settings,
    missing_folder::{self, NotMade},
    no_secrets, reading,
    writing::{self, WriteError},
};
use wxcheck_suite::redact::{Redacted, Secrets};

use crate::{exit::usage, pipe::Pipe};

/// The settings of `given`, filled up from the nearest `wxcheck.toml`, in the working folder or one above, if any.
pub(crate) fn whole(given: Settings) -> Result<Settings> {
    let settings = given.over_file(&std::env::current_dir()?)?;
    // Settings are read once.
    SECRETS.get_or_init(|| settings.secrets());
    Ok(settings.checked()?)
}

/// Secrets that the program was told and must not repeat: an error that ends it may quote somebody who knows them.
static SECRETS: OnceLock<Secrets> = OnceLock::new();

/// The secrets of this run; none before the settings are read.
pub(crate) fn secrets() -> Secrets {
    SECRETS.get().cloned().unwrap_or_else(no_secrets)
}

/// A variable of the environment that is no setting.
#[expect(
    clippy::disallowed_methods,
    reason = "the language is known before any setting is read"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A file that the user named, of at most so many bytes.
pub(crate) fn read_text(path: &Path, most: usize) -> Result<String> {
    reading::read_text(path, most).map_err(|error| usage(error.to_string()))
}

/// A file that the user named, to be read bit by bit.
pub(crate) fn open(path: &Path) -> Result<io::BufReader<fs::File>> {
    let file = reading::open(path).map_err(|error| usage(error.to_string()))?;
    Ok(io::BufReader::new(file))
}

/// The same, if it is there.
pub(crate) fn read_if_there(path: &Path, most: usize) -> Result<Option<String>> {
    match reading::read_text(path, most) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.is_absence() => Ok(None),
        Err(error) => Err(usage(error.to_string())),
    }
}

/// Checks that a file could be written there, as far as that can be told without writing: nothing there changes. A
/// pipe that somebody reads is opened, and has to stay open; a device is not touched.
pub(crate) fn try_to_write(path: &Path) -> Result<Option<Pipe>> {
    tried(path).map_err(|error| cannot_write(path, error))
}

fn tried(path: &Path) -> Result<Option<Pipe>, NotMade> {
    missing_folder::make_for(path)?;
    match fs::metadata(path) {
        Ok(known) if known.is_file() => fs::OpenOptions::new().append(true).open(path).map(drop)?,
        Ok(known) if known.is_dir() => {
            return Err(io::Error::from(io::ErrorKind::IsADirectory).into());
        }
        Ok(_) => return Ok(Pipe::open(path)?),
        Err(error) => match fs::read_link(path) {
            // It leads to a file that is made when it is written. One that leads round and round says something else.
            Ok(target) if error.kind() == io::ErrorKind::NotFound => {
                return tried(&path.parent().unwrap_or(path).join(target));
            }
            Ok(_) => return Err(error.into()),
            Err(_) => writing::make_and_remove(path)?,
        },
    }
    Ok(None)
}

/// Checks that files could be written into a folder that is there, or will be made.
pub(crate) fn try_folder(folder: &Path) -> Result<()> {
    writing::try_folder(folder).map_err(|error| usage(error.to_string()))
}

fn cannot_write(path: &Path, error: impl Into<NotMade>) -> anyhow::Error {
    usage(WriteError::of(path, error).to_string())
}

/// A file that is written as a run goes on, empty. Missing folders within the project are made.
pub(crate) fn create(path: &Path) -> Result<fs::File> {
    missing_folder::make_for(path)
        .and_then(|()| Ok(fs::File::create(path)?))
        .map_err(|error| cannot_write(path, error))
}

/// Writes a report: into the pipe that was opened for it, or that is there by now, or into a file.
pub(crate) async fn write_report(path: &Path, pipe: Option<Pipe>, text: &Redacted) -> Result<()> {
    let pipe = match pipe {
        Some(pipe) => Ok(Some(pipe)),
        None => Pipe::open(path),
    };
    let written = match pipe {
        Ok(Some(mut pipe)) => pipe.write(text.as_str()).await,
        Ok(None) => return write_text(path, text),
        Err(error) => Err(error),
    };
    written.map_err(|error| cannot_write(path, error))
}

/// A file that the user asked for. Missing folders within the project are made.
pub(crate) fn write_text(path: &Path, text: &Redacted) -> Result<()> {
    writing::write_text(path, text).map_err(|error| usage(error.to_string()))
}

/// Adds to a file that somebody else may have begun.
pub(crate) fn append_text(path: &Path, text: &Redacted) -> Result<()> {
    let opened = fs::OpenOptions::new().create(true).append(true).open(path);
    opened
        .and_then(|mut file| file.write_all(text.as_str().as_bytes()))
        .map_err(|error| cannot_write(path, error))
}
