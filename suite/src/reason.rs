//! Reasons for a rule to have no verdict of its own.

use std::fmt;

pub use wxcheck_events::Missing;

use crate::rule::RuleId;

/// The reason that a rule was not judged, or not to the end.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reason {
    /// A correct request gets an answer that another rule fails already.
    Blocked {
        /// The other rule.
        by: RuleId,
    },
    /// The server stopped answering.
    Gone {
        /// The rule during which it stopped.
        during: Option<RuleId>,
    },
    /// The time for the run was over.
    OutOfTime,
    /// A setting is missing without which nothing can be seen.
    Missing(Missing),
    /// Anything else, in a sentence.
    Said(String),
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
            Self::OutOfTime => f.write_str(
                "not judged: the time for the run was over; raise ⟦max-time⟧ or pick rules with ⟦only⟧",
            ),
            Self::Missing(missing) => f.write_str(in_words(*missing)),
            Self::Said(sentence) => f.write_str(sentence),
        }
    }
}

/// The sentence in reports.
const fn in_words(missing: Missing) -> &'static str {
    match missing {
        Missing::EffectsChannel => {
            "what the server does cannot be seen: run with ⟦api-listen⟧ 127.0.0.1:8900 and let the server call http://127.0.0.1:8900 in place of https://api.weixin.qq.com, or give ⟦effects-url⟧"
        }
        Missing::Api => {
            "the server's calls of WeChat's API cannot be seen: run with ⟦api-listen⟧ 127.0.0.1:8900 and let the server call http://127.0.0.1:8900 in place of https://api.weixin.qq.com"
        }
        Missing::FetchToken => {
            "no user's fetch token is known: give ⟦fetch-token⟧ with what wx.setBackgroundFetchToken sets"
        }
        Missing::SecondFetchToken => {
            "only one user can be fetched for: give a second user's token too, ⟦fetch-token⟧ twice"
        }
        Missing::Callback => "no callback URL is given",
        Missing::FetchUrl => {
            "no URL is given from which data are fetched: ⟦periodic-url⟧, ⟦prefetch-url⟧"
        }
        Missing::PrefetchUrl => "no URL for prefetches is given: ⟦prefetch-url⟧",
        Missing::LaunchUrl => {
            "no URL is given to which a fetch tells how the mini program was opened: ⟦prefetch-url⟧"
        }
        Missing::HandledTrades => {
            "the server is not said to handle it: ⟦handles⟧ xpay_goods_deliver_notify"
        }
        Missing::TakenPushes => {
            "true pushes and forged ones are answered with 200 and nothing: nothing shows that the true ones are taken, and a server that swallows its errors (a wrong EncodingAESKey, for instance) answers so too; an effects channel would tell: ⟦api-listen⟧ or ⟦effects-url⟧, and pushes that lead to a message"
        }
        Missing::HandledPush => "the server is not said to handle any such push: ⟦handles⟧ NAME",
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
        let missing = Reason::from(Missing::FetchToken).to_string();
        assert!(missing.contains("⟦fetch-token⟧"), "{missing}");
        assert_eq!(Reason::from("late").to_string(), "late");
    }
}
