//! The sources of an app's data prefetch and periodic update: what `fetchdatasetting` and the admin page set.

use serde::{Deserialize, Serialize};
use wxcheck_protocol::fetch::{Dialect, FetchKind, TimestampUnit};

/// Both kinds.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct FetchSettings {
    /// Data prefetch, at every cold start.
    pub pre: FetchSetting,
    /// Periodic update, every twelve hours.
    pub period: FetchSetting,
    /// The dialect of the parameters' names.
    pub dialect: Dialect,
    /// The unit of the timestamp; the dialect's usual unit where nothing is said.
    pub unit: Option<TimestampUnit>,
}

/// One kind.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct FetchSetting {
    /// True if it is switched on.
    pub open: bool,
    /// The source of the data.
    pub source: FetchSource,
    /// A second URL that part of the users get. Documented: both pages; it is set on the admin page.
    pub grey: Option<GreyRelease>,
}

/// A second URL for part of the users.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct GreyRelease {
    /// The URL.
    pub url: String,
    /// The percentage of users who get it. With 0 only developers and trial users do; 100 makes it the URL for all.
    pub percent: u8,
}

/// A grey release that cannot be set.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum GreyError {
    /// More than all.
    #[error("percent {0}: give 0 to 100")]
    Percent(u8),
    /// It cannot be taken back. Documented: both pages.
    #[error("percent {to}: it is {from} already, and a grey release cannot go back")]
    Back {
        /// The present percentage.
        from: u8,
        /// The percentage that was asked for.
        to: u8,
    },
    /// The data come from a cloud function.
    #[error("a grey release is for data from a URL, and these come from a cloud function")]
    Function,
}

/// The source of data.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FetchSource {
    /// Type 0: a server of the developer's.
    Server {
        /// Its URL; empty until one is set.
        url: String,
    },
    /// Type 1: a cloud function.
    CloudFunction {
        /// The cloud environment.
        env: String,
        /// The function's name.
        function: String,
    },
}

impl Default for FetchSource {
    fn default() -> Self {
        Self::Server { url: String::new() }
    }
}

impl FetchSettings {
    /// The settings of a kind.
    pub const fn of(&self, kind: FetchKind) -> &FetchSetting {
        match kind {
            FetchKind::Periodic => &self.period,
            FetchKind::Pre => &self.pre,
        }
    }

    /// The same, to be changed.
    pub const fn of_mut(&mut self, kind: FetchKind) -> &mut FetchSetting {
        match kind {
            FetchKind::Periodic => &mut self.period,
            FetchKind::Pre => &mut self.pre,
        }
    }

    /// The unit of the timestamp.
    pub fn unit(&self) -> TimestampUnit {
        self.unit.unwrap_or(TimestampUnit::of(self.dialect))
    }
}

impl FetchSetting {
    /// The source of the data for a user's phone. `lot` is the user's place among a hundred.
    pub fn source_for(&self, lot: u8, trial: bool) -> FetchSource {
        match (&self.source, &self.grey) {
            (FetchSource::Server { .. }, Some(grey)) if trial || lot < grey.percent => {
                FetchSource::Server {
                    url: grey.url.clone(),
                }
            }
            (source, _) => source.clone(),
        }
    }

    /// Begins a grey release, or widens it.
    pub fn release(&mut self, grey: GreyRelease) -> Result<(), GreyError> {
        let FetchSource::Server { url } = &mut self.source else {
            return Err(GreyError::Function);
        };
        if grey.percent > 100 {
            return Err(GreyError::Percent(grey.percent));
        }
        let before = self.grey.as_ref().map_or(0, |grey| grey.percent);
        if grey.percent < before {
            return Err(GreyError::Back {
                from: before,
                to: grey.percent,
            });
        }
        if grey.percent == 100 {
            *url = grey.url;
            self.grey = None;
        } else {
            self.grey = Some(grey);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(percent: u8) -> GreyRelease {
        GreyRelease {
            url: "https://b.example.com/".into(),
            percent,
        }
    }

    #[test]
    fn a_grey_release_widens_until_it_is_the_url() {
        let main = FetchSource::Server {
            url: "https://a.example.com/".into(),
        };
        let second = FetchSource::Server {
            url: "https://b.example.com/".into(),
        };
        let mut setting = FetchSetting {
            open: true,
            source: main.clone(),
            grey: None,
        };
        setting.release(grey(0)).unwrap();
        assert_eq!(setting.source_for(0, false), main);
        assert_eq!(
            setting.source_for(0, true),
            second,
            "trial users see 0 percent"
        );
        setting.release(grey(30)).unwrap();
        assert_eq!(setting.source_for(29, false), second);
        assert_eq!(setting.source_for(30, false), main);
        assert_eq!(
            setting.release(grey(20)),
            Err(GreyError::Back { from: 30, to: 20 })
        );
        assert_eq!(setting.release(grey(101)), Err(GreyError::Percent(101)));
        setting.release(grey(100)).unwrap();
        assert_eq!((&setting.source, &setting.grey), (&second, &None));
    }
}
