//! Reports: pure functions of a run's view, which is a fold over its events.

pub mod json;
pub mod junit;
pub mod known;
pub mod outcome;
pub mod same_bug;
pub mod view;

pub use view::{View, ViewError};
