//! A part of the whole, in millionths, so that it is the same on every machine. People write per cent.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A part of the whole.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(transparent)]
pub struct Part(u32);

impl Part {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// The whole.
    pub const WHOLE: Self = Self(1_000_000);

    /// The millionths.
    pub const fn millionths(self) -> u64 {
        self.0 as u64
    }
}

/// A text that is no part.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("give per cent from 0% to 100%, like 2% or 0.5%")]
pub struct NoPart;

impl FromStr for Part {
    type Err = NoPart;

    fn from_str(text: &str) -> Result<Self, NoPart> {
        let number = text.trim().strip_suffix('%').ok_or(NoPart)?;
        let percent: f64 = number.trim_end().parse().map_err(|_| NoPart)?;
        if !(0.0..=100.0).contains(&percent) {
            return Err(NoPart);
        }
        // Between nothing and a million.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "see above"
        )]
        let millionths = (percent * 10_000.0).round() as u32;
        Ok(Self(millionths))
    }
}

/// Like `2%`.
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", f64::from(self.0) / 10_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn per_cent_are_read_and_written() {
        for text in ["0%", "2%", "0.5%", "0.0001%", "100%"] {
            assert_eq!(text.parse::<Part>().unwrap().to_string(), text);
        }
        for nonsense in ["2", "-1%", "101%", "NaN%", "%", "two%"] {
            assert_eq!(nonsense.parse::<Part>(), Err(NoPart), "{nonsense}");
        }
    }
}
