//! Fixes that fit what came better than those of the rules: the status of the answer, for the two rules that stand before all
//! others, and the death of the server, for all.

use std::ops::RangeInclusive;

/// The change to make, in both languages.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Fix {
    /// In English.
    pub english: &'static str,
    /// In Chinese.
    pub chinese: &'static str,
}

/// The trouble with a server that died, whatever it was asked, in English and in Chinese.
pub(crate) const WHY_STAY_UP: [&str; 2] = [
    "As long as nobody starts it again, no user gets an answer, whatever they write, and pushes that WeChat gives up delivering are lost.",
    "在有人重新启动它之前，任何用户的任何消息都得不到回复；微信放弃重推的那些推送就此丢失。",
];

/// The fix where the server died, whatever it was asked.
pub const SERVER_DIED: Fix = Fix {
    english: "Find in the server's log what ended it, and fix that; a request may fail, but must not take the server with it. Then start it and run this again: what comes behind can only be judged then.",
    chinese: "在服务器日志中找出它退出的原因并修复：单个请求可以失败，但不能让整个服务器退出。然后启动服务器再运行一次，之后的规则到那时才能判定。",
};

/// The fix of a rule for an answer with that status; `None` where the rule's own words are all there is to say.
pub fn fix_of(rule: &str, status: Option<u16>) -> Option<Fix> {
    let (_, fixes) = FIXES.iter().find(|(id, _)| *id == rule)?;
    let status = status?;
    let mut fixes = fixes.iter();
    let (_, fix) = fixes.find(|(statuses, _)| statuses.contains(&status))?;
    Some(*fix)
}

type OfStatus = (RangeInclusive<u16>, Fix);

const FIXES: [(&str, &[OfStatus]); 2] = [
    ("url-check/answers-directly", OF_VERIFICATIONS),
    ("push-signature/accepts-true-push", OF_PUSHES),
];

const OF_VERIFICATIONS: &[OfStatus] = &[
    (
        300..=399,
        Fix {
            english: "Save the final URL at WeChat: scheme, host and trailing slash as served.",
            chinese: "在微信后台填写最终的 URL：协议、主机和末尾的斜杠都与实际一致。",
        },
    ),
    (
        400..=400,
        Fix {
            english: "The server misses something in the request: the body of the answer may name it. A verification has signature, timestamp, nonce and echostr in the query, and nothing else.",
            chinese: "服务器认为请求缺少内容，回包中可能写明了是什么。验证请求只有 signature、timestamp、nonce、echostr 四个查询参数。",
        },
    ),
    (
        401..=403,
        Fix {
            english: "Your signature differs from WeChat's, or something in front of the handler keeps WeChat out: check the Token and the sort, and exempt the path from logins, guards and allow-lists.",
            chinese: "计算出的签名与微信的不同，或请求在到达处理程序之前被拦下：核对 Token 和排序方式，并让该路径不经过登录、鉴权和 IP 白名单。",
        },
    ),
    (
        404..=404,
        Fix {
            english: "Route GET on the path that is saved at WeChat.",
            chinese: "为微信后台所填的路径注册 GET 路由。",
        },
    ),
    (
        405..=405,
        Fix {
            english: "The path takes other methods only: route GET on it too, beside POST.",
            chinese: "该路径只接受其他方法：除 POST 外，也要注册 GET 路由。",
        },
    ),
    (
        411..=415,
        Fix {
            english: "Ask for no body and no Content-Type: a verification is a GET without either.",
            chinese: "不要要求请求体和 Content-Type：验证请求是 GET，两者都没有。",
        },
    ),
    (
        429..=429,
        Fix {
            english: "Exempt the path from the rate limit.",
            chinese: "让该路径不受限流约束。",
        },
    ),
    (
        500..=599,
        Fix {
            english: "The request is signed with the configured Token: look into your server's log for the error behind this status. From a proxy, 502 to 504 mean that the server behind it does not answer.",
            chinese: "请求已用所配置的 Token 正确签名：请在服务器日志中查找对应的错误。若由代理返回 502 至 504，说明后端服务没有响应。",
        },
    ),
];

const OF_PUSHES: &[OfStatus] = &[
    (
        400..=400,
        Fix {
            english: "The server misses a parameter or a field that WeChat does not send, or cannot read the body: the body of the answer may name it. Read the query by name, and the body raw, in the configured format.",
            chinese: "服务器要求了微信并不发送的参数或字段，或无法解析请求体，回包中可能写明了是什么。按名称读取查询参数，读取原始请求体，并按所配置的数据格式解析。",
        },
    ),
    (
        401..=403,
        Fix {
            english: "Compare Token, EncodingAESKey, appid and mode with WeChat's settings; exempt the path from logins and CSRF checks, and let wxcheck through an IP allow-list.",
            chinese: "核对 Token、EncodingAESKey、appid 和加密模式是否与微信后台一致；让该路径不经过登录和 CSRF 检查，并把 wxcheck 加入 IP 白名单。",
        },
    ),
    (
        404..=404,
        Fix {
            english: "Route POST on the same path as GET.",
            chinese: "在与 GET 相同的路径上注册 POST 路由。",
        },
    ),
    (
        405..=405,
        Fix {
            english: "The path takes other methods only: route POST on it too, beside GET.",
            chinese: "该路径只接受其他方法：除 GET 外，也要注册 POST 路由。",
        },
    ),
    (
        413..=413,
        Fix {
            english: "A usual push has less than 2 KB: raise the limit on bodies in the server and in the proxy before it (nginx: client_max_body_size).",
            chinese: "普通推送不到 2 KB：调大服务器及其前面代理的请求体大小限制（nginx：client_max_body_size）。",
        },
    ),
    (
        415..=415,
        Fix {
            english: "Take the body whatever its Content-Type says: WeChat sends text/xml, for JSON too, or application/json.",
            chinese: "无论 Content-Type 是什么都要读取请求体：微信发送 text/xml（JSON 推送也可能如此）或 application/json。",
        },
    ),
    (
        419..=422,
        Fix {
            english: "Exempt the path from CSRF checks and from the validation of forms.",
            chinese: "对该路径关闭 CSRF 检查和表单校验。",
        },
    ),
    (
        500..=599,
        Fix {
            english: "The push is signed as the settings say: look into your server's log for the error behind this status. From a proxy, 502 to 504 mean that the server behind it does not answer.",
            chinese: "推送已按所给设置正确签名：请在服务器日志中查找对应的错误。若由代理返回 502 至 504，说明后端服务没有响应。",
        },
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules;

    #[test]
    fn each_fix_is_of_a_rule_and_of_its_status() {
        for (rule, _) in FIXES {
            assert!(rules::find(rule).is_some(), "{rule}");
        }
        let english = |status| {
            let fix = fix_of("push-signature/accepts-true-push", Some(status));
            fix.map(|fix| fix.english)
        };
        assert!(english(500).unwrap().contains("log"));
        assert!(english(405).unwrap().contains("POST"));
        assert_eq!(english(418), None);
        assert_eq!(fix_of("reply/acknowledges", Some(500)), None);
    }
}
