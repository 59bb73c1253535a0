//! Mistakes in comparing the signature, and a signature that is another one for no reason that is known.

use super::signature::{HANDLER, SORTED};
use crate::diagnosis::cause::{Cause, Code, words};

pub(super) static CAUSES: &[Cause] = &[
    Cause {
        id: "signature-inverted",
        says: words(
            "the condition in your code is the wrong way round: it echoes for wrong signatures and refuses the right one",
            "你的代码里判断条件写反了：签名错误时返回 echostr，签名正确时反而拒绝",
        ),
        fix: words(
            "swap the two branches: return echostr where the signatures are equal",
            "交换两个分支：签名相等时才返回 echostr",
        ),
        looks: words(
            "a wrong signature gets the echostr, the right one does not",
            "错误的签名得到 echostr，正确的签名得不到",
        ),
        code: Code {
            python: "if sign == signature: return echostr",
            node: "if (sign === signature) return res.send(echostr)",
            php: "if ($sign === $signature) { echo $echostr; exit; }",
            java: "if (sign.equals(signature)) { return echostr; }",
        },
    },
    Cause {
        id: "takes-everything",
        says: words(
            "your server takes everything: {what} with a wrong signature gets the same answer as with the right one, so anybody can pretend to be WeChat",
            "你的服务器什么都接受：签名错误的{what}和签名正确的得到相同的响应，任何人都可以冒充微信",
        ),
        fix: words(
            "compute the signature in the GET and the POST handler, compare it with the query parameter `signature`, and answer 403 where they differ; for GET return echostr only where they are equal",
            "在 GET 和 POST 的处理函数中计算签名，与查询参数 `signature` 比较，不一致时返回 403；GET 只有在一致时才返回 echostr",
        ),
        looks: words(
            "the echostr comes back for a wrong signature too",
            "签名错误时也返回 echostr",
        ),
        code: SORTED,
    },
    Cause {
        id: "signature-unknown",
        says: words(
            "your server refuses the right signature just like a wrong one ({got}); {tried}, so the Token in your code probably differs",
            "你的服务器像拒绝错误签名一样拒绝了正确签名（{got}）；{tried}，代码里的 Token 很可能与配置的不一致",
        ),
        fix: words(
            "set the Token in your code, letter by letter, to the one that wxcheck was given and that is configured at WeChat; then compute the signature as WeChat does (sort token, timestamp and nonce, join them, SHA-1 in lower-case hex), and return echostr where it is equal",
            "把代码里的 Token 逐字改成与传给 wxcheck 的、也就是微信后台配置的完全一致；再按微信的方法计算签名（对 token、timestamp、nonce 排序后拼接，取 SHA-1 的小写十六进制），相等时返回 echostr",
        ),
        looks: words(
            "right and wrong signatures are refused alike, and so is every other way to compute one",
            "正确和错误的签名一样被拒绝，其他算法得到的签名也都被拒绝",
        ),
        code: HANDLER,
    },
    Cause {
        id: "nothing-comes-back",
        says: words(
            "your server answers right and wrong signatures alike with an empty body: either echostr is never sent (print and console.log send nothing), or the comparison never succeeds because the Token in your code differs ({tried})",
            "无论签名对错，你的服务器都返回空内容：要么没有真正返回 echostr（print、console.log 不会发送内容），要么代码里的 Token 与配置的不一致，比较从不成立（{tried}）",
        ),
        fix: words(
            "set the Token in your code to the one that wxcheck was given and that is configured at WeChat, and send echostr where the signatures are equal",
            "把代码里的 Token 改成与传给 wxcheck 的、也就是微信后台配置的完全一致，并在签名相等时返回 echostr",
        ),
        looks: words(
            "200 and an empty body, for right and wrong signatures alike",
            "签名对错都返回 200 和空内容",
        ),
        code: HANDLER,
    },
];
