//! Why a rule has no verdict of its own.

use std::fmt;

use crate::rule::RuleId;

/// Why a rule was not judged, or not to the end.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reason {
    /// A correct request is answered with what another rule fails already.
    Blocked {
        /// That rule.
        by: RuleId,
    },
    /// The server stopped answering.
    Gone {
        /// The rule during which it did.
        during: Option<RuleId>,
    },
    /// Something is not configured without which nothing can be seen.
    Missing(Missing),
    /// Anything else, in a sentence.
    Said(String),
}

/// What has to be configured before some rules can be judged.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Missing {
    /// A way to see what the server does: the API that it calls, or a page of its own.
    EffectsChannel,
    /// The API that the server calls.
    Api,
    /// A user's fetch token.
    FetchToken,
    /// A second user's fetch token.
    SecondFetchToken,
    /// A callback URL.
    Callback,
    /// A URL from which data are fetched.
    FetchUrl,
    /// A URL for prefetches.
    PrefetchUrl,
    /// A prefetch URL, to which a fetch names how the mini program was opened.
    LaunchUrl,
    /// The word that the server handles virtual payments.
    HandledTrades,
    /// The word that the server handles such a push.
    HandledPush,
}

impl Reason {
    /// Whether something was not configured.
    pub const fn is_missing(&self) -> bool {
        matches!(self, Self::Missing(_))
    }
}

impl From<Missing> for Reason {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}

impl From<String> for Reason {
    fn from(sentence: String) -> Self {
        Self::Said(sentence)
    }
}

impl From<&str> for Reason {
    fn from(sentence: &str) -> Self {
        Self::Said(sentence.to_owned())
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blocked { by } => write!(
                f,
                "blocked by `{by}`: what a correct request is answered with fails that rule already"
            ),
            Self::Gone { during } => {
                let during = during.map_or("an earlier rule", RuleId::as_str);
                write!(
                    f,
                    "the server stopped answering during `{during}`; start it again and run this rule by itself"
                )
            }
            Self::Missing(missing) => f.write_str(missing.in_words()),
            Self::Said(sentence) => f.write_str(sentence),
        }
    }
}

impl Missing {
    /// The sentence in reports.
    const fn in_words(self) -> &'static str {
        match self {
            Self::EffectsChannel => {
                "what the server does cannot be seen: run with --api-listen 127.0.0.1:8900 and let the server call http://127.0.0.1:8900 in place of https://api.weixin.qq.com, or give --effects-url"
            }
            Self::Api => {
                "the server's calls of WeChat's API cannot be seen: run with --api-listen 127.0.0.1:8900 and let the server call http://127.0.0.1:8900 in place of https://api.weixin.qq.com"
            }
            Self::FetchToken => {
                "no user's fetch token is known: give --fetch-token with what wx.setBackgroundFetchToken sets"
            }
            Self::SecondFetchToken => {
                "only one user can be fetched for: give a second user's token too, --fetch-token twice"
            }
            Self::Callback => "no callback URL is given",
            Self::FetchUrl => {
                "no URL is given from which data are fetched: --periodic-url, --prefetch-url"
            }
            Self::PrefetchUrl => "no URL for prefetches is given: --prefetch-url",
            Self::LaunchUrl => {
                "no URL is given to which a fetch tells how the mini program was opened: --prefetch-url"
            }
            Self::HandledTrades => {
                "the server is not said to handle it: --handles xpay_goods_deliver_notify"
            }
            Self::HandledPush => "the server is not said to handle any such push: --handles NAME",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_reads_as_a_sentence() {
        let blocked = Reason::Blocked {
            by: RuleId::ACKNOWLEDGES,
        };
        let told = "blocked by `reply/acknowledges`: what a correct request";
        assert!(blocked.to_string().starts_with(told));
        assert!(Reason::from(Missing::Api).is_missing());
        assert_eq!(Reason::from("late").to_string(), "late");
    }
}
