//! The XML of pushes and replies: WeChat's byte layout for writing, a small strict tree for reading.

mod read;
mod write;

pub use read::{Document, Element, XmlError, read};
pub use write::{CdataEnd, Layout, write};
