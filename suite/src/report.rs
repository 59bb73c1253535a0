//! Reports: pure functions of a finished run.

pub mod json;
pub mod junit;
