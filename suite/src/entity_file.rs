//! A file of our own on this machine, which an external entity names: a parser that may not use the network may still
//! read the disk. Nobody else's file is ever named.

/// The file, which whoever starts a run has written and takes away again.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EntityFile {
    /// Its `file:` URL.
    pub url: String,
    /// All it holds: a random word that stands nowhere else.
    pub word: String,
}
