//! The file that external entities name: written before a run, removed after it.

use std::{
    fs::{OpenOptions, remove_file},
    io::Write as _,
    path::PathBuf,
};

use wxcheck_suite::{entity_file::EntityFile, server::Server};

use crate::entropy;

/// The file, which is removed when this is dropped.
pub(crate) struct Planted(PathBuf);

/// Writes the file for a server on this machine, and notes it in the server's settings. Where none can be written, none
/// is tried.
pub(crate) fn plant(server: &mut Server) -> Option<Planted> {
    if !server.profile().local {
        return None;
    }
    let name = format!("wxcheck-entity-{:016x}", entropy::draw());
    let path = std::env::temp_dir().join(name);
    let word = format!("wxcheck-word-{:016x}", entropy::draw());
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .ok()?;
    let planted = Planted(path);
    file.write_all(word.as_bytes()).ok()?;
    let url = url::Url::from_file_path(&planted.0).ok()?.to_string();
    server.entity_file = Some(EntityFile { url, word });
    Some(planted)
}

impl Drop for Planted {
    fn drop(&mut self) {
        // Whoever took it away before was quicker.
        let _gone = remove_file(&self.0);
    }
}
