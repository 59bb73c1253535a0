//! Reports: pure functions of a run's view, which is a fold over its events.

mod beside;
pub mod comparison;
mod death;
mod decided;
mod findings;
pub mod github;
pub mod gitlab;
pub mod html;
pub mod json;
pub mod junit;
pub mod known;
pub mod labels;
pub mod markdown;
mod names;
mod open;
pub mod outcome;
mod replay_line;
pub mod same_bug;
pub mod sarif;
pub mod view;

pub use death::Death;
pub use decided::Outcome;
pub use open::Open;
pub use replay_line::replay_of_file;
pub use view::{View, ViewError};
