//! A user's own pushes, in a folder: the program and the conformance test read them alike.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use wxcheck_mock_server::catalogue::{CatalogueEntry, CatalogueError, parse};

use crate::reading::{ReadError, read_text};

/// Bytes of the file of a push.
const FIXTURE_FILE_BYTES: usize = 1024 * 1024;

/// A folder of pushes that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FixturesError {
    /// A folder cannot be listed.
    #[error("cannot read the folder {}: {reason}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's error.
        reason: io::Error,
    },
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] ReadError),
    /// A file stands where the folders of accounts should.
    #[error(
        "{}: {name} is not in a folder; move it into one named after a kind of account, like mini/{name}", folder.display()
    )]
    Flat {
        /// The folder of all.
        folder: PathBuf,
        /// The file.
        name: String,
    },
    /// The content of a file is no push.
    #[error("{}: {reason}", folder.display())]
    Broken {
        /// The folder of all.
        folder: PathBuf,
        /// The fault, and its place.
        reason: CatalogueError,
    },
    /// Two pushes of one account have one name.
    #[error(
        "{}: {file}: another file there is called `{name}` too; give each a name of its own", folder.display()
    )]
    Twin {
        /// The folder of all.
        folder: PathBuf,
        /// The second file.
        file: String,
        /// The name.
        name: String,
    },
    /// No push at all.
    #[error(
        "{}: there is no push in it; write one as mini/my_event.toml, and see the book's page on the catalogue for what stands in it", folder.display()
    )]
    Empty {
        /// The folder of all.
        folder: PathBuf,
    },
}

/// The pushes of a folder: `account/name.toml`.
pub(crate) fn read_fixtures(folder: &Path) -> Result<Vec<CatalogueEntry>, FixturesError> {
    let mut entries: Vec<CatalogueEntry> = Vec::new();
    for account in listed(folder)? {
        let name = name_of(&account);
        if !account.is_dir() {
            if is_fixture(&account) {
                let folder = folder.to_owned();
                return Err(FixturesError::Flat { folder, name });
            }
            continue;
        }
        for path in listed(&account)? {
            let file = format!("{name}/{}", name_of(&path));
            if !is_fixture(&path) {
                continue;
            }
            let entry = parse(&file, &read_text(&path, FIXTURE_FILE_BYTES)?).map_err(|reason| {
                FixturesError::Broken {
                    folder: folder.to_owned(),
                    reason,
                }
            })?;
            let twin =
                |known: &CatalogueEntry| known.account == entry.account && known.name == entry.name;
            if entries.iter().any(twin) {
                return Err(FixturesError::Twin {
                    folder: folder.to_owned(),
                    file,
                    name: entry.name,
                });
            }
            entries.push(entry);
        }
    }
    if entries.is_empty() {
        let folder = folder.to_owned();
        return Err(FixturesError::Empty { folder });
    }
    Ok(entries)
}

fn is_fixture(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "toml")
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// The content of a folder, by name.
fn listed(path: &Path) -> Result<Vec<PathBuf>, FixturesError> {
    let unreadable = |reason: io::Error| FixturesError::Folder {
        path: path.to_owned(),
        reason,
    };
    let items = fs::read_dir(path).map_err(unreadable)?;
    let paths = items.map(|item| item.map(|item| item.path()));
    let mut paths = paths.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    paths.sort();
    Ok(paths)
}
