//! Reasons for a rule to have no verdict of its own.

use std::fmt;

pub use wxcheck_events::{Missing, Scope, Unjudged};

use crate::{
    rule_id::RuleId,
    words::{self, Language},
};

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
    /// Anything else.
    Unjudged(Unjudged),
}

impl Reason {
    /// True if nothing tells a push that was taken from one that was not.
    pub(crate) fn shows_no_push_taken(&self) -> bool {
        let reasons = [
            Self::Missing(Missing::TakenPushes),
            Self::Unjudged(Unjudged::NothingSeenTaken),
            Self::Unjudged(Unjudged::NothingSeenOpened),
        ];
        reasons.contains(self)
    }

    /// The sentence in a language.
    pub fn words(&self, language: Language) -> String {
        match language {
            Language::English => self.to_string(),
            Language::Chinese => self.chinese(),
        }
    }

    /// The sentence in Chinese.
    pub fn chinese(&self) -> String {
        match self {
            Self::Blocked { by } => {
                format!("受 `{by}` 影响：正确的请求得到的响应已经不符合该规则")
            }
            Self::Gone { during } => match during {
                Some(rule) => format!(
                    "服务器在测试 `{rule}` 时不再响应；请重新启动服务器，再单独运行这条规则"
                ),
                None => "服务器在测试前面的规则时不再响应；请重新启动服务器，再单独运行这条规则"
                    .to_owned(),
            },
            Self::OutOfTime => {
                "未判定：运行时间已用完；请调大 ⟦max-time⟧，或用 ⟦only⟧ 挑选规则".to_owned()
            }
            Self::Missing(missing) => words_of(*missing)[1].to_owned(),
            Self::Unjudged(why) => {
                let [_, chinese] = words::unjudged(why);
                chinese
            }
        }
    }
}

impl From<Unjudged> for Reason {
    fn from(why: Unjudged) -> Self {
        Self::Unjudged(why)
    }
}

impl From<Missing> for Reason {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
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
            Self::Missing(missing) => f.write_str(words_of(*missing)[0]),
            Self::Unjudged(why) => {
                let [english, _] = words::unjudged(why);
                f.write_str(&english)
            }
        }
    }
}

/// The reason for having no verdict while another rule's failure stands in the way.
pub const fn blocked(by: RuleId) -> Reason {
    Reason::Blocked { by }
}

/// The sentence in English and in Chinese.
const fn words_of(missing: Missing) -> [&'static str; 2] {
    match missing {
        Missing::EffectsChannel => [
            "what the server does cannot be seen: run with ⟦api-listen⟧ 127.0.0.1:8900 and let the server call http://127.0.0.1:8900 in place of https://api.weixin.qq.com, or give ⟦effects-url⟧",
            "看不到服务器做了什么：请加上 ⟦api-listen⟧ 127.0.0.1:8900，让服务器调用 http://127.0.0.1:8900 而不是 https://api.weixin.qq.com，或给出 ⟦effects-url⟧",
        ],
        Missing::Api => [
            "the server's calls of WeChat's API cannot be seen: run with ⟦api-listen⟧ 127.0.0.1:8900 and let the server call http://127.0.0.1:8900 in place of https://api.weixin.qq.com",
            "看不到服务器对微信 API 的调用：请加上 ⟦api-listen⟧ 127.0.0.1:8900，让服务器调用 http://127.0.0.1:8900 而不是 https://api.weixin.qq.com",
        ],
        Missing::FetchToken => [
            "no user's fetch token is known: give ⟦fetch-token⟧ with what wx.setBackgroundFetchToken sets",
            "没有用户的 fetch token：请用 ⟦fetch-token⟧ 给出 wx.setBackgroundFetchToken 设置的值",
        ],
        Missing::SecondFetchToken => [
            "only one user can be fetched for: give a second user's token too, ⟦fetch-token⟧ twice",
            "只能为一个用户拉取数据：请再给出第二个用户的 token，即两次 ⟦fetch-token⟧",
        ],
        Missing::Callback => ["no callback URL is given", "没有给出回调 URL"],
        Missing::FetchUrl => [
            "no URL is given from which data are fetched: ⟦periodic-url⟧, ⟦prefetch-url⟧",
            "没有给出拉取数据的 URL：⟦periodic-url⟧、⟦prefetch-url⟧",
        ],
        Missing::PrefetchUrl => [
            "no URL for prefetches is given: ⟦prefetch-url⟧",
            "没有给出预拉取的 URL：⟦prefetch-url⟧",
        ],
        Missing::LaunchUrl => [
            "no URL is given to which a fetch tells how the mini program was opened: ⟦prefetch-url⟧",
            "没有给出会附带小程序启动方式的拉取 URL：⟦prefetch-url⟧",
        ],
        Missing::HandledTrades => [
            "the server is not said to handle it: ⟦handles⟧ xpay_goods_deliver_notify",
            "没有声明服务器处理它：⟦handles⟧ xpay_goods_deliver_notify",
        ],
        Missing::TakenPushes => [
            "true pushes and forged ones are answered with 200 and nothing: nothing shows that the true ones are taken, and a server that swallows its errors (a wrong EncodingAESKey, for instance) answers so too; an effects channel would tell: ⟦api-listen⟧ or ⟦effects-url⟧, and pushes that lead to a message",
            "真实的和伪造的推送都得到 200 和空内容：无法看出真实推送被处理，出错时不作声的服务器（例如 EncodingAESKey 不对）也会这样响应；能观察到效果时才能判断：⟦api-listen⟧ 或 ⟦effects-url⟧，以及会引出消息的推送",
        ],
        Missing::HandledPush => [
            "the server is not said to handle any such push: ⟦handles⟧ NAME",
            "没有声明服务器处理这类推送：⟦handles⟧ 名称",
        ],
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
        let late = Reason::from(Unjudged::LateOurselves { millis: 7 });
        assert!(late.to_string().contains("7 ms late"), "{late}");
    }
}
