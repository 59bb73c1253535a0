//! The folders that a file to be written lacks. They are made within the project, and nowhere else: a missing folder at some other
//! place is a slip of the pen or a volume that is not mounted, and a report there would be looked for in vain.

use std::{
    fs, io,
    path::{Component, Path, PathBuf, absolute},
};

use crate::{FILE_NAME, reading};

/// The reason that a folder is not made.
#[derive(Debug)]
pub enum NotMade {
    /// It is outside of the project.
    Elsewhere {
        /// The folder.
        folder: PathBuf,
        /// The folder of the project.
        project: PathBuf,
    },
    /// The file system says no.
    Io(io::Error),
}

impl From<io::Error> for NotMade {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Makes the folder in which a file is to be written, where it is missing.
pub fn make_for(file: &Path) -> Result<(), NotMade> {
    match file.parent().filter(|folder| !folder.exists()) {
        Some(folder) if !folder.as_os_str().is_empty() => {
            check(folder)?;
            Ok(fs::create_dir_all(folder)?)
        }
        _ => Ok(()),
    }
}

/// The nearest folder that there is, at or above one that may be made.
pub(crate) fn check(folder: &Path) -> Result<PathBuf, NotMade> {
    let working = std::env::current_dir()?;
    let file = reading::nearest(FILE_NAME, &working);
    let project = file.as_deref().and_then(Path::parent).unwrap_or(&working);
    nearest_within(folder, project)
}

fn nearest_within(folder: &Path, project: &Path) -> Result<PathBuf, NotMade> {
    let whole = absolute(folder)?;
    let there = whole.ancestors().find(|folder| folder.exists());
    let there = there.unwrap_or(&whole);
    let mut missing = whole.strip_prefix(there).unwrap_or(&whole).components();
    let leads_out = missing.any(|part| part == Component::ParentDir);
    let is_within = there.canonicalize()?.starts_with(project.canonicalize()?);
    // What is there need not be made.
    if there == whole || (is_within && !leads_out) {
        return Ok(there.to_owned());
    }
    Err(NotMade::Elsewhere {
        folder: whole,
        project: project.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_made_within_the_project_only() {
        let place = tempfile::tempdir().unwrap();
        let project = place.path().join("project");
        fs::create_dir_all(project.join("sub")).unwrap();
        let nearest = |folder: &str| nearest_within(&project.join(folder), &project);
        assert_eq!(nearest("reports/today").unwrap(), project);
        assert_eq!(nearest("sub/reports").unwrap(), project.join("sub"));
        assert_eq!(nearest("sub").unwrap(), project.join("sub"));
        assert!(nearest("..").is_ok());
        for outside in [
            "../reports",
            "sub/../../reports",
            "new/../../reports",
            "/nowhere/at/all",
        ] {
            let error = nearest(outside).unwrap_err();
            assert!(matches!(error, NotMade::Elsewhere { .. }), "{outside}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_does_not_lead_out_of_the_project() {
        let place = tempfile::tempdir().unwrap();
        let project = place.path().join("project");
        fs::create_dir(&project).unwrap();
        std::os::unix::fs::symlink(place.path(), project.join("out")).unwrap();
        let error = nearest_within(&project.join("out/reports"), &project).unwrap_err();
        assert!(matches!(error, NotMade::Elsewhere { .. }));
    }
}
