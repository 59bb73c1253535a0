//! The signatures of pushes, in Chinese.

use crate::words::Words;

pub(super) const WORDS: &[(&str, Words)] = &[
    (
        "push-signature/accepts-true-push",
        Words {
            summary: "服务器接收签名方式与微信一致的推送。",
            why: "用户的消息会丢失；在小程序中，用户会看到客服暂时无法提供服务的提示。",
            fix: "401 或 403：核对 Token、EncodingAESKey、appid 和加密模式是否与微信后台的配置一致；404 或 405：在同一路径上处理 POST 请求；419 或 422：对该路径关闭 CSRF 检查；400 或 500：读取原始请求体，并按所配置的数据格式解析。",
        },
    ),
    (
        "push-signature/rejects-forged-signature",
        Words {
            summary: "明文模式下，服务器不接收签名与自身 Token 不符的推送。",
            why: "任何知道该 URL 的人都能冒充任意用户：下单、发起会话、清空账户。",
            fix: "除 GET 请求外，每个 POST 请求也要校验 `signature`；签名缺失、为空或不足 40 位时拒绝请求。",
        },
    ),
    (
        "push-signature/rejects-forged-msg-signature",
        Words {
            summary: "兼容模式和安全模式下，服务器不接收 msg_signature 错误的推送。",
            why: "只有 msg_signature 覆盖密文；不校验它，被截获或篡改的密文也会被接收。",
            fix: "用 Token、timestamp、nonce 和 Encrypt 密文计算 msg_signature，解密前比较完整的签名。",
        },
    ),
    (
        "push-signature/rejects-signature-as-msg-signature",
        Words {
            summary: "服务器不接受用 signature 的值冒充 msg_signature。",
            why: "signature 不覆盖请求体：只要截获一个 URL，任何密文都能通过校验。",
            fix: "兼容模式和安全模式下，应计算包含 Encrypt 密文在内的四个参数的签名。",
        },
    ),
    (
        "push-signature/rejects-replayed-ciphertext",
        Words {
            summary: "服务器不接收配上其他查询参数重放的密文。",
            why: "旧消息（例如支付通知）可以配上任意一个有效签名再次重放。",
            fix: "计算 msg_signature 时要用本次请求的 timestamp 和 nonce，而不能只用密文。",
        },
    ),
    (
        "push-signature/rejects-foreign-appid",
        Words {
            summary: "服务器不接收为其他 appid 加密的消息。",
            why: "多个账号共用 Token 和 EncodingAESKey 时，一个账号的消息会被当成另一个账号的消息。",
            fix: "解密后，将消息内容之后的字节与自己的 appid 比较。",
        },
    ),
    (
        "push-signature/rejects-unsigned",
        Words {
            summary: "无论何种模式，服务器都不接收两种签名均无效的推送。",
            why: "伪造者会挑最薄弱的分支：不带任何查询参数，不带 encrypt_type，不带 msg_signature，请求体为明文。",
            fix: "由自身配置而不是请求来决定哪种签名必须有效；签名无效时立即拒绝，不再读取后续内容。",
        },
    ),
    (
        "push-signature/sender-from-body",
        Words {
            summary: "无论查询参数 openid 是谁，服务器都回复 FromUserName 对应的用户。",
            why: "只要见过一个有效的 URL，就能换上别人的 openid：服务器会替那个用户办事，并把回复发给他。",
            fix: "从请求体的 FromUserName 读取用户（安全模式下从解密后的消息读取），忽略查询参数中的 openid。",
        },
    ),
    (
        "push-signature/signed-plain-in-safe-mode",
        Words {
            summary: "安全模式下，服务器不接收签名有效的明文推送。",
            why: "signature 不覆盖请求体，伪造者只要截获一个 URL 就能绕过加密。",
            fix: "安全模式下，无论 encrypt_type 是什么，都只从 Encrypt 中取得消息。",
        },
    ),
    (
        "push-signature/compat-uses-decrypted",
        Words {
            summary: "兼容模式下，服务器使用解密后的消息内容，而不是明文内容。",
            why: "能在传输途中改动请求的人可以篡改明文字段，而不会破坏任何签名。",
            fix: "只要存在 Encrypt，所有字段都从解密后的消息中读取。",
        },
    ),
    (
        "push-signature/kept-connection",
        Words {
            summary: "拒绝一次推送，或收到一次很大的推送后，服务器在同一连接上继续处理下一次真实的推送，或关闭该连接。",
            why: "被拒绝请求的请求体若未读完，会被当作下一个请求解析，随后的真实推送就会丢失。",
            fix: "拒绝前先读完或丢弃请求体，或者返回 `Connection: close` 并关闭连接。",
        },
    ),
    (
        "push-signature/no-leak-on-garbage",
        Words {
            summary: "推送数据损坏时，服务器不泄露堆栈信息、配置或密钥。",
            why: "堆栈信息会让攻击者知道服务器上运行着什么；Token 一旦被打印出来，任何人都能伪造签名。",
            fix: "捕获解析和解密中的错误，返回简短的文本，并关闭调试页面。",
        },
    ),
    (
        "push-signature/survives-garbage",
        Words {
            summary: "收到损坏的推送后，服务器仍能处理下一次真实的推送。",
            why: "任何人只需一个请求，就能让所有用户都无法使用服务。",
            fix: "在处理程序（包括异步回调）中捕获解析和解密的错误，并返回拒绝请求的响应。",
        },
    ),
];
