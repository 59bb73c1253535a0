//! The file that external entities name, as the program writes it for a run.

use std::path::PathBuf;

use wxcheck_suite::entity_file::EntityFile;

/// The file, which is removed when this is dropped.
pub(crate) struct File {
    path: PathBuf,
    word: String,
}

impl File {
    /// A new file; the number is this run's own.
    pub(crate) fn new(number: u64) -> Self {
        let process = std::process::id();
        let path = std::env::temp_dir().join(format!("wxcheck-entity-{process}-{number:016x}"));
        let word = format!("wxcheck-word-{number:016x}");
        std::fs::File::create_new(&path)
            .and_then(|mut file| std::io::Write::write_all(&mut file, word.as_bytes()))
            .unwrap();
        Self { path, word }
    }

    /// The data that a run gets about it.
    pub(crate) fn settings(&self) -> EntityFile {
        EntityFile {
            url: format!("file://{}", self.path.display()),
            word: self.word.clone(),
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _gone = std::fs::remove_file(&self.path);
    }
}
