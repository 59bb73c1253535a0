//! The common parts of the programs of this folder: the credentials of the measured server, requests to it, and where one ends.

pub mod credentials;
pub mod message;
pub mod requests;
