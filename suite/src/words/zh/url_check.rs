//! The verification of the URL, in Chinese.

use crate::words::Words;

pub(super) const WORDS: &[(&str, Words)] = &[
    (
        "url-check/answers-in-time",
        Words {
            summary: "服务器在五秒内响应验证请求。",
            why: "管理后台提示请求超时，URL 无法保存。",
            fix: "先返回 echostr，再做耗时操作：验证时不查数据库，不请求 access_token，并及时结束响应。",
        },
    ),
    (
        "url-check/answers-directly",
        Words {
            summary: "服务器以状态码 200 直接响应签名正确的验证请求。",
            why: "微信不跟随重定向，也不接受其他状态码，URL 因此无法保存。",
            fix: "在微信后台填写最终的 URL，协议、域名和末尾斜杠须与实际提供服务的地址一致。返回 401 或 403 说明服务器算出的签名与微信的不一致：请检查 Token 和排序方式。",
        },
    ),
    (
        "url-check/echoes-echostr",
        Words {
            summary: "服务器对签名正确的验证请求逐字节原样返回 echostr。",
            why: "返回内容稍有不同，哪怕只多一个引号或换行，URL 都无法保存。",
            fix: "把解码后的 echostr 作为纯文本字符串输出：不用 JSON，不套模板，不转成数字，不加 BOM，不做转义。输出前先校验签名，除 echostr 外不返回任何内容。",
        },
    ),
    (
        "url-check/rejects-forged-signature",
        Words {
            summary: "签名与自身 Token 不符时，服务器不返回 echostr。",
            why: "任何发现该 URL 的人都能将其登记为自己账号的回调地址，而且该接口会原样返回任意文本。",
            fix: "将 Token、timestamp、nonce 排序后计算 SHA-1，用常量时间算法比较完整的签名；参数缺失或为空时拒绝请求。",
        },
    ),
    (
        "url-check/sorts-as-strings",
        Words {
            summary: "服务器将 Token、timestamp、nonce 作为字符串按字节序排序。",
            why: "一旦按数字与按字符串排序的结果不同，签名就会算错，每几次推送便有一次被拒绝。",
            fix: "按字节对字符串排序：PHP 使用 sort(…, SORT_STRING)，JavaScript 使用不带比较函数的 sort()，Java 不要使用 Collator。",
        },
    ),
    (
        "url-check/any-parameter-order",
        Words {
            summary: "服务器按名称读取参数，不受参数顺序和其他参数的影响。",
            why: "代理服务器，或所填 URL 中自带的查询参数，都会改变参数顺序，使所有请求失败。",
            fix: "从解析后的查询字符串中按名称读取参数。",
        },
    ),
    (
        "url-check/bare-get",
        Words {
            summary: "服务器能响应不带参数的 GET 请求，且不暴露堆栈信息。",
            why: "处理程序挂起容易被用来发起拒绝服务攻击，堆栈信息则会让攻击者知道服务器上运行着什么。",
            fix: "将缺少参数的请求视为错误请求，并关闭调试页面。",
        },
    ),
    (
        "url-check/no-html-reflection",
        Words {
            summary: "服务器不以 HTML 形式返回未签名的 echostr。",
            why: "一个指向回调 URL 的链接，就能在你的域名下执行他人的脚本。",
            fix: "签名错误时不返回请求中的任何内容，或只以 text/plain 返回；错误页面输出的内容须转义。",
        },
    ),
];
