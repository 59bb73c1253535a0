//! Every cause, with its words in both languages; and mistakes that look alike from outside.

mod comparing;
mod echo;
mod envelope;
mod http;
mod push;
mod reply;
mod signature;

use super::cause::{Cause, Words, words};

/// Causes that show at the same moment.
#[derive(Clone, Copy, Debug)]
pub struct Area {
    /// The moment.
    pub title: Words,
    /// The causes, in the order in which they are looked for.
    pub causes: &'static [Cause],
}

/// All of them, in the order in which a request meets them.
pub static AREAS: [Area; 7] = [
    Area {
        title: words("Before your code compares anything", "代码开始校验之前"),
        causes: http::CAUSES,
    },
    Area {
        title: words("Computing the signature", "计算签名"),
        causes: signature::CAUSES,
    },
    Area {
        title: words("Comparing the signature", "比较签名"),
        causes: comparing::CAUSES,
    },
    Area {
        title: words("Returning echostr", "返回 echostr"),
        causes: echo::CAUSES,
    },
    Area {
        title: words("Receiving a push", "接收推送"),
        causes: push::CAUSES,
    },
    Area {
        title: words("Receiving an encrypted push", "接收加密推送"),
        causes: envelope::CAUSES,
    },
    Area {
        title: words("Answering a push", "响应推送"),
        causes: reply::CAUSES,
    },
];

/// Mistakes that look like others from outside, and why.
pub static UNTOLD: [Words; 5] = [
    words(
        "Sorting without case, or by the rules of a language, on the verification GET: timestamp and nonce are digits, and in every such order digits stand in front of letters, so the three strings are sorted alike. Encrypted pushes show it (order-case).",
        "验证 GET 中忽略大小写或按语言规则排序：timestamp 和 nonce 都是数字，无论哪种顺序数字都排在字母前面，三个字符串的排序结果相同。加密推送能显示出来（order-case）。",
    ),
    words(
        "openid in the signature of the verification GET: that request names no user. Pushes show it (parts-openid).",
        "验证 GET 的签名中加入 openid：该请求不带用户。推送能显示出来（parts-openid）。",
    ),
    words(
        "A query that is lost on the way, where no page shows the request: that looks like code that reads the parameters elsewhere (parameters-refused, nothing-comes-back). A redirect that drops the query is reported as the redirect.",
        "查询字符串在途中丢失，而没有页面显示请求：这与代码从别处读取参数看起来一样（parameters-refused、nothing-comes-back）。丢掉查询字符串的重定向按重定向报告。",
    ),
    words(
        "A gateway that hands bodies on in Base64 to code that expects XML: nothing that is encoded in Base64 reads like XML, so no request can be made that such code takes. Either the answer quotes the body (body-encoded), or all that shows is code that fails behind its gateway (push-gateway).",
        "网关把请求体转成 Base64 交给按 XML 读取的代码：Base64 编码后的内容不可能是 XML，无法构造出它能接受的请求。只能从响应中的引用看出（body-encoded），或报告为网关后面的代码出错（push-gateway）。",
    ),
    words(
        "Another appid and another EncodingAESKey, where the server answers both alike: the sentence of the cause names both (other-appid, cannot-open).",
        "AppID 不对和 EncodingAESKey 不对而服务器的响应相同：两者都会提到（other-appid、cannot-open）。",
    ),
];
