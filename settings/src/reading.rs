//! Files that a user names: read to the end, or refused with a sentence. Opening a pipe would wait for whoever writes
//! into it, and a device has no end, so both are refused before they are opened.

use std::{
    fs::{self, File, FileType},
    io::{self, Read},
    path::{Path, PathBuf},
};

/// A file that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system does not let us, or it is no text.
    #[error("cannot read {}: {reason}", path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// The system's error.
        reason: io::Error,
    },
    /// Something that only looks like a file.
    #[error("cannot read {}: it is a {kind}; name a file", path.display())]
    NoFile {
        /// The path.
        path: PathBuf,
        /// The kind of thing that it is.
        kind: &'static str,
    },
    /// Longer than what is read of such a file.
    #[error("cannot read {}: it is longer than {most} bytes, the limit for such a file", path.display())]
    TooLong {
        /// The path.
        path: PathBuf,
        /// The limit, in bytes.
        most: usize,
    },
}

impl ReadError {
    /// True if there is nothing of that name.
    pub fn is_absence(&self) -> bool {
        matches!(self, Self::Unreadable { reason, .. } if reason.kind() == io::ErrorKind::NotFound)
    }
}

/// The text of a file of at most so many bytes.
pub fn read_text(path: &Path, most: usize) -> Result<String, ReadError> {
    let unreadable = |reason| ReadError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    let mut bytes = Vec::new();
    let file = open(path)?.take(most as u64 + 1);
    io::BufReader::new(file)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() > most {
        let path = path.to_owned();
        return Err(ReadError::TooLong { path, most });
    }
    let no_text = |_| {
        unreadable(io::Error::new(
            io::ErrorKind::InvalidData,
            "it is not UTF-8",
        ))
    };
    String::from_utf8(bytes).map_err(no_text)
}

/// A file that is one.
pub fn open(path: &Path) -> Result<File, ReadError> {
    let unreadable = |reason| ReadError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    let kind = fs::metadata(path).map_err(unreadable)?.file_type();
    if let Some(kind) = what_it_is(kind) {
        let path = path.to_owned();
        return Err(ReadError::NoFile { path, kind });
    }
    File::open(path).map_err(unreadable)
}

/// The nearest file of that name, in a folder or one above. Whatever is called so counts: one that cannot be read is
/// a mistake to be told, not a reason to look further.
pub fn nearest(name: &str, folder: &Path) -> Option<PathBuf> {
    let mut paths = folder.ancestors().map(|folder| folder.join(name));
    paths.find(|path| path.symlink_metadata().is_ok())
}

/// The kind of a thing that is no file.
#[cfg(unix)]
fn what_it_is(kind: FileType) -> Option<&'static str> {
    use std::os::unix::fs::FileTypeExt;
    match kind {
        kind if kind.is_file() => None,
        kind if kind.is_dir() => Some("folder"),
        kind if kind.is_fifo() => Some("pipe"),
        kind if kind.is_socket() => Some("socket"),
        _ => Some("device"),
    }
}

#[cfg(not(unix))]
fn what_it_is(kind: FileType) -> Option<&'static str> {
    match kind {
        kind if kind.is_file() => None,
        kind if kind.is_dir() => Some("folder"),
        _ => Some("device"),
    }
}
