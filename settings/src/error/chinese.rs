//! The same errors in Chinese. Sentences of other crates are in the catalogue of sentences.

use wxcheck_suite::{
    rule::retired::{self, RETIRED},
    rules,
    words::in_chinese,
};

use super::{Reason, SettingsError};

impl SettingsError {
    /// The error in Chinese.
    pub fn chinese(&self) -> String {
        let reason = self.reason.chinese();
        match &self.place {
            Some(place) => format!("{}：{reason}", place.chinese()),
            None => reason,
        }
    }
}

impl Reason {
    fn chinese(&self) -> String {
        let text = match self {
            Self::Empty => "给出的值是空的；是不是来源的变量没有设置？请给出值，或取消设置该变量",
            Self::NoUrl => {
                "没有给出 URL；请在命令行、WXCHECK_URL 或 wxcheck.toml 的 `url` 中给出回调 URL，或用 --periodic-url、--prefetch-url 给出数据地址"
            }
            Self::EmptyFetchToken => {
                "token 是空的；请给出 wx.setBackgroundFetchToken 所设置的值，或去掉这个选项"
            }
            Self::FinclipCallback => {
                "FinClip 不推送消息；请去掉回调 URL，改为给出 --periodic-url 或 --prefetch-url"
            }
            Self::CloudFunctionCallback => {
                "云函数没有 URL；请去掉 URL，改为调用目录中的函数：wxcheck push NAME --function DIR"
            }
            Self::NoJson => {
                "这是 JSON 推送的 Content-Type，而推送用的是 XML；请去掉它，或加上 --format json"
            }
            Self::MinigameOnly => "这是小游戏的配置：请去掉它，或加上 --account minigame",
            Self::NoPaymentUrl => {
                "支付推送没有单独的 URL；请用 --payment-url、WXCHECK_PAYMENT_URL 或 wxcheck.toml 的 `payment-url` 给出，或去掉这一项"
            }
            Self::NoPaymentToken => {
                "支付推送有单独的 Token；请用 --payment-token、WXCHECK_PAYMENT_TOKEN 或 wxcheck.toml 的 `payment-token` 给出"
            }
            Self::PlatformOnly => "这是第三方平台的配置：请去掉它，或加上 --account platform",
            Self::NoAuthorizer => {
                "其中有 $APPID$；请用 --authorizer-appid 或 wxcheck.toml 的 `authorizer-appid` 说明代哪个账号接收推送"
            }
            Self::NoToken => {
                "没有给出 Token；请用 --token、WXCHECK_TOKEN 或 wxcheck.toml 的 `token` 给出微信后台所填的 Token"
            }
            Self::KeyNeeded => {
                "没有给出 EncodingAESKey；请用 --aes-key、WXCHECK_AES_KEY 或 wxcheck.toml 的 `aes-key` 给出微信后台所填的值"
            }
            Self::EmptyToken => "Token 是空的；微信的 Token 由 3 到 32 个字母和数字组成",
            Self::NoReplies => "没有回调 URL 就没有推送，也没有响应可保存；请去掉它",
            Self::NoBaseline => "没有这个文件；可用 `wxcheck check --write-baseline` 生成",
            Self::NoTlsKey => "没有给出私钥；请同时用 --tls-key 或 wxcheck.toml 的 `tls-key` 给出",
            Self::NoTlsCert => {
                "没有给出证书；请同时用 --tls-cert 或 wxcheck.toml 的 `tls-cert` 给出"
            }
            _ => return self.with_what_was_given(),
        };
        text.to_owned()
    }

    fn with_what_was_given(&self) -> String {
        match self {
            Self::OnlyMode { account, only } => {
                format!("--account {account} 只有 {only} 模式；请去掉加密模式")
            }
            Self::OnlyFormat { account, only } => {
                format!("--account {account} 的推送只有 {only} 格式；请去掉数据格式")
            }
            Self::Handles {
                pattern,
                account,
                near,
            } => {
                let near = near.as_ref().map(|near| format!("是不是 `{near}`？"));
                format!(
                    "--account {account} 没有名为 `{pattern}` 的推送；{}`wxcheck push --list` 列出目录，--fixtures 可以增加推送",
                    near.unwrap_or_default()
                )
            }
            Self::NoKey(mode) => format!(
                "{mode} 模式需要 EncodingAESKey；请用 --aes-key、WXCHECK_AES_KEY 或 wxcheck.toml 的 `aes-key` 给出"
            ),
            Self::NoAppid(mode) => format!(
                "{mode} 模式需要 appid，每个加密消息里都有它；请用 --appid、WXCHECK_APPID 或 wxcheck.toml 的 `appid` 给出"
            ),
            Self::NoHost(given) => {
                format!("`{given}` 不是主机名；请只写主机，如 bot.example 或 203.0.113.5")
            }
            Self::Patience(factor) => format!("{factor}：请给出 0.01 到 1000 之间的倍数"),
            Self::TwoChannels(place) => format!(
                "同时给出了 {}，而效果只能在一处统计：请去掉其中一个",
                place.chinese()
            ),
            Self::NoRule(pattern) => no_rule(pattern),
            Self::Unexplained(given) => {
                format!("`{given}`：请写成 ID=理由；跳过规则需要理由")
            }
            Self::NoContractFolder(folder) => {
                format!("{} 是文件；请给出目录", folder.display())
            }
            Self::CaCert { file, reason } => format!("{file}：{}", sentence(reason)),
            Self::TlsFile { file, reason } => format!("{file}：{}", sentence(reason)),
            Self::Toml(error) => error.chinese(),
            Self::Baseline(error) => error.zh.clone(),
            other => sentence(other),
        }
    }
}

/// A sentence that another crate made.
fn sentence(error: &impl ToString) -> String {
    in_chinese(&error.to_string())
}

/// The answer to an id or a pattern that names no rule, or one that is retired.
pub(super) fn no_rule(pattern: &str) -> String {
    if let Some(retired) = retired::find(RETIRED, pattern) {
        return in_chinese(&retired.to_string());
    }
    match rules::did_you_mean(pattern) {
        Some(near) => format!("没有名为 `{pattern}` 的规则；是不是 `{near}`？"),
        None => format!("没有名为 `{pattern}` 的规则；`wxcheck rules` 列出所有规则"),
    }
}
