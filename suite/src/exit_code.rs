//! The exit codes of whatever judges: the program, and the tests of cargo. Scripts depend on the numbers.

/// Nothing is wrong.
pub const FINE: u8 = 0;
/// The server breaks a Must, or what else fails the run; or the list of known findings is out of date.
pub const BROKEN: u8 = 1;
/// The command line, the settings or a file named there cannot be used.
pub const USAGE: u8 = 2;
/// No verdict: unreachable, stopped, out of time, or our own error.
pub const NO_VERDICT: u8 = 3;
