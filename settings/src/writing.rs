//! Files that a user asks for, written. Folders that are missing within the project are made.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use wxcheck_suite::redact::Redacted;

use crate::missing_folder::{self, NotMade};

/// A file that cannot be written or removed.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The system does not let us.
    #[error("cannot write {}: {reason}", path.display())]
    Unwritable {
        /// The path.
        path: PathBuf,
        /// The system's error.
        reason: io::Error,
    },
    /// Its folder is missing, and outside of the project.
    #[error(
        "cannot write {}: there is no folder {}, and folders are made within {} only; make it first (mkdir -p {}), or name a place within {}",
        path.display(), folder.display(), project.display(), folder.display(), project.display()
    )]
    NoFolder {
        /// The path.
        path: PathBuf,
        /// The folder that is missing.
        folder: PathBuf,
        /// The folder of the project.
        project: PathBuf,
    },
    /// An earlier one stays.
    #[error("cannot remove {}: {reason}", path.display())]
    Irremovable {
        /// The path.
        path: PathBuf,
        /// The system's error.
        reason: io::Error,
    },
}

impl WriteError {
    /// The reason for which a file is not written.
    pub fn of(path: &Path, reason: impl Into<NotMade>) -> Self {
        let path = path.to_owned();
        match reason.into() {
            NotMade::Io(reason) => Self::Unwritable { path, reason },
            NotMade::Elsewhere { folder, project } => Self::NoFolder {
                path,
                folder,
                project,
            },
        }
    }
}

/// Writes a text into a file.
#[expect(
    clippy::disallowed_methods,
    reason = "files that the user asks for are written here"
)]
pub fn write_text(path: &Path, text: &Redacted) -> Result<(), WriteError> {
    missing_folder::make_for(path)
        .and_then(|()| Ok(fs::write(path, text.as_str())?))
        .map_err(|reason| WriteError::of(path, reason))
}

/// Removes a file that an earlier run wrote, if it is there.
pub fn remove_if_there(path: &Path) -> Result<(), WriteError> {
    match fs::remove_file(path) {
        Err(reason) if reason.kind() != io::ErrorKind::NotFound => {
            let path = path.to_owned();
            Err(WriteError::Irremovable { path, reason })
        }
        _ => Ok(()),
    }
}

/// Checks that files could be written into a folder that is there, or will be made.
pub fn try_folder(folder: &Path) -> Result<(), WriteError> {
    let tried = missing_folder::check(folder).and_then(|nearest| {
        let trial = format!(".wxcheck-trial-{}", std::process::id());
        Ok(make_and_remove(&nearest.join(trial))?)
    });
    tried.map_err(|reason| WriteError::of(folder, reason))
}

/// Makes a file and removes it again, so that nothing changes but what can be known.
pub fn make_and_remove(path: &Path) -> io::Result<()> {
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)?;
    fs::remove_file(path)
}
