//! The kinds of account whose pushes a server takes, and what follows from the kind.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use wxcheck_mock_server::state::app::AppKind;
use wxcheck_protocol::push::{Format, Mode};

use crate::rule::Rule;

/// The kind of account whose pushes the server takes.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Account {
    /// A mini program.
    #[default]
    Mini,
    /// An official account.
    Official,
    /// A mini game.
    Minigame,
    /// A third-party platform, which acts for the accounts of others.
    Platform,
    /// A mini program whose server runs in WeChat's cloud hosting, where nothing is signed.
    CloudHosting,
    /// A mini program whose pushes go to a cloud function, which has no URL.
    CloudFunction,
    /// A FinClip applet, which fetches data and is pushed nothing.
    Finclip,
}

impl Account {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Mini,
        Self::Official,
        Self::Minigame,
        Self::Platform,
        Self::CloudHosting,
        Self::CloudFunction,
        Self::Finclip,
    ];

    /// What it is called in options and files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mini => "mini",
            Self::Official => "official",
            Self::Minigame => "minigame",
            Self::Platform => "platform",
            Self::CloudHosting => "cloud-hosting",
            Self::CloudFunction => "cloud-function",
            Self::Finclip => "finclip",
        }
    }

    /// What it is to WeChat's API. FinClip has none of its own; what stands in for it is a mini program's.
    pub const fn app_kind(self) -> AppKind {
        match self {
            Self::Official => AppKind::Official,
            _ => AppKind::Mini,
        }
    }

    /// Whether it is a mini program, or what gets the pushes of one.
    pub const fn is_mini(self) -> bool {
        !matches!(self, Self::Official)
    }

    /// Whether its pushes are signed. Documented: cloud hosting gets the plain message, without signature or encryption.
    pub const fn is_signed(self) -> bool {
        !matches!(self, Self::CloudHosting | Self::CloudFunction)
    }

    /// Whether WeChat verifies its URL by a GET. The page of third-party platforms describes none.
    pub const fn is_verified(self) -> bool {
        matches!(self, Self::Mini | Self::Official | Self::Minigame)
    }

    /// The only mode there is, where there is no choice.
    pub const fn only_mode(self) -> Option<Mode> {
        match self {
            Self::Platform => Some(Mode::Safe),
            Self::CloudHosting | Self::CloudFunction => Some(Mode::Plain),
            _ => None,
        }
    }

    /// The only format there is, where there is no choice.
    pub const fn only_format(self) -> Option<Format> {
        match self {
            Self::Platform => Some(Format::Xml),
            Self::CloudFunction => Some(Format::Json),
            _ => None,
        }
    }

    /// The format where none is configured.
    pub const fn usual_format(self) -> Format {
        match self {
            Self::CloudHosting | Self::CloudFunction => Format::Json,
            _ => Format::Xml,
        }
    }

    /// Why a rule cannot apply to it, whatever is configured.
    pub fn excludes(self, rule: &Rule) -> Option<String> {
        match rule.area() {
            // That a true push is taken can be judged without any signature, and other rules refer to it.
            _ if rule.id == "push-signature/accepts-true-push" => None,
            "url-check" if !self.is_verified() => Some(format!(
                "no document says that the URL of --account {self} is verified by a GET"
            )),
            "push-signature" | "envelope" if !self.is_signed() => Some(format!(
                "pushes to --account {self} carry no signature and no envelope"
            )),
            _ => None,
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No kind of account has that name.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no kind of account is called `{0}`; choose {names}", names = names())]
pub struct UnknownAccount(String);

fn names() -> String {
    let names: Vec<&str> = Account::ALL.into_iter().map(Account::name).collect();
    names.join(", ")
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
    fn what_is_not_signed_is_not_judged_by_signatures() {
        let rule = crate::rules::find("push-signature/rejects-forged-signature").unwrap();
        assert!(Account::CloudHosting.excludes(rule).is_some());
        assert!(Account::Platform.excludes(rule).is_none());
        let check = crate::rules::find("url-check/echoes-echostr").unwrap();
        assert!(Account::Platform.excludes(check).is_some());
        assert!(Account::Minigame.excludes(check).is_none());
    }
}
