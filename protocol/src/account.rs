//! The kinds of account behind a server, and what WeChat's documents say follows from the kind.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::push::{Format, Mode};

/// The kind of account whose pushes a server takes, and whose API it calls.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Account {
    /// A mini program.
    #[default]
    Mini,
    /// An official account: its servers may answer a message with a message.
    Official,
    /// A mini game, pushed to like a mini program.
    Minigame,
    /// A third-party platform, which acts for the accounts of others.
    Platform,
    /// A mini program whose server runs in WeChat's cloud hosting, where nothing is signed.
    CloudHosting,
    /// A mini program whose pushes go to a cloud function, which has no URL.
    CloudFunction,
    /// A shop (微信小店), whose pushes are JSON and sealed.
    Shop,
    /// A website or a mobile app, which has a message push of its own.
    App,
    /// A FinClip applet, which fetches data and is pushed nothing.
    Finclip,
}

impl Account {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Mini,
        Self::Official,
        Self::Minigame,
        Self::Platform,
        Self::CloudHosting,
        Self::CloudFunction,
        Self::Shop,
        Self::App,
        Self::Finclip,
    ];

    /// The name in options and files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mini => "mini",
            Self::Official => "official",
            Self::Minigame => "minigame",
            Self::Platform => "platform",
            Self::CloudHosting => "cloud-hosting",
            Self::CloudFunction => "cloud-function",
            Self::Shop => "shop",
            Self::App => "app",
            Self::Finclip => "finclip",
        }
    }

    /// The kinds whose pushes it gets, its own first: a third-party platform, a cloud service and a cloud function stand
    /// in for a mini program.
    pub const fn pushed_as(self) -> &'static [Self] {
        match self {
            Self::Mini | Self::CloudFunction => &[Self::Mini],
            Self::Official => &[Self::Official],
            Self::Minigame => &[Self::Minigame],
            Self::Platform => &[Self::Platform, Self::Mini],
            Self::CloudHosting => &[Self::CloudHosting, Self::Mini],
            Self::Shop => &[Self::Shop],
            Self::App => &[Self::App],
            Self::Finclip => &[],
        }
    }

    /// True for a mini program, as WeChat's API sees it, and for a kind that gets its pushes. FinClip has no API of its
    /// own; the API of a mini program stands in for it.
    pub const fn is_mini(self) -> bool {
        !matches!(self, Self::Official | Self::Shop | Self::App)
    }

    /// True if users write to it. Whoever has a shop, or a website or mobile app, is pushed events alone.
    pub const fn is_written_to(self) -> bool {
        !matches!(self, Self::Shop | Self::App)
    }

    /// True if its pushes are signed. Documented: cloud hosting gets plain messages, without signature or encryption.
    pub const fn is_signed(self) -> bool {
        !matches!(self, Self::CloudHosting | Self::CloudFunction)
    }

    /// True if WeChat verifies its URL by a GET. The page of third-party platforms describes none.
    pub const fn is_verified(self) -> bool {
        matches!(
            self,
            Self::Mini | Self::Official | Self::Minigame | Self::Shop | Self::App
        )
    }

    /// The only mode there is, where there is no choice.
    pub const fn only_mode(self) -> Option<Mode> {
        match self {
            Self::Platform | Self::Shop => Some(Mode::Safe),
            Self::CloudHosting | Self::CloudFunction => Some(Mode::Plain),
            _ => None,
        }
    }

    /// The only format there is, where there is no choice.
    pub const fn only_format(self) -> Option<Format> {
        match self {
            Self::Platform => Some(Format::Xml),
            Self::CloudFunction | Self::Shop => Some(Format::Json),
            _ => None,
        }
    }

    /// The format where none is configured.
    pub const fn usual_format(self) -> Format {
        match self {
            Self::CloudHosting | Self::CloudFunction | Self::Shop => Format::Json,
            _ => Format::Xml,
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The error of a name that no kind of account has.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no kind of account is called `{0}`; choose {names}", names = names())]
pub struct UnknownAccount(String);

fn names() -> String {
    Account::ALL.map(Account::name).join(", ")
}

impl FromStr for Account {
    type Err = UnknownAccount;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|account| account.name() == name);
        known.ok_or_else(|| UnknownAccount(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_there_and_back() {
        for account in Account::ALL {
            assert_eq!(account.to_string().parse(), Ok(account));
            let quoted = format!("\"{account}\"");
            assert_eq!(serde_json::to_string(&account).unwrap(), quoted);
        }
        let error = "game".parse::<Account>().unwrap_err().to_string();
        assert!(
            error.contains("`game`; choose mini, official, minigame"),
            "{error}"
        );
    }

    #[test]
    fn whoever_stands_in_for_another_gets_its_own_pushes_first() {
        for account in Account::ALL {
            let own = account.pushed_as();
            assert!(own.iter().skip(1).all(|other| *other == Account::Mini));
            assert!(
                own.first()
                    .is_none_or(|first| *first == account || account == Account::CloudFunction)
            );
        }
    }
}
