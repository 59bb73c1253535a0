//! The answer to a push, in Chinese.

use crate::words::Words;

pub(super) const WORDS: &[(&str, Words)] = &[
    (
        "reply/answers-in-time",
        Words {
            summary: "服务器在五秒内完成对推送的响应，直至最后一个字节。",
            why: "微信会断开连接并重推：订单被重复创建，用户会看到“暂时无法提供服务”的系统提示。",
            fix: "将消息放入队列，立即返回 `success`，再通过客服消息接口 custom/send 回复。",
        },
    ),
    (
        "reply/time-to-spare",
        Words {
            summary: "服务器在五秒时限的一半之内响应推送。",
            why: "平时需要四秒的处理，繁忙时会变成六秒，微信就会重推。",
            fix: "立即返回 `success`，耗时的处理放到之后进行。",
        },
    ),
    (
        "reply/complete-http",
        Words {
            summary: "服务器对推送返回一个完整的 HTTP 响应。",
            why: "微信会认为没有收到响应，于是重推，并向账号的管理员报警。",
            fix: "检查处理程序是否崩溃，Content-Length 是否误按字符数计算，或是否有过滤器在未经请求的情况下压缩了响应。",
        },
    ),
    (
        "reply/one-response",
        Words {
            summary: "服务器对一次推送只返回一个响应，且只用一种方式说明长度。",
            why: "在长连接上，多余的内容会被当作下一次推送的响应；同时带有两种长度的响应会被代理拒绝，或被利用来夹带另一个响应。",
            fix: "确保处理程序的每条路径只响应一次，Content-Length 和 Transfer-Encoding 交给 HTTP 库生成。",
        },
    ),
    (
        "reply/read-first",
        Words {
            summary: "服务器完整读取推送后才作出正常响应。",
            why: "如果请求体的其余部分没有到达，消息就会丢失，而微信没有理由重推。",
            fix: "先读取并校验请求体，再响应。",
        },
    ),
    (
        "reply/no-redirect",
        Words {
            summary: "服务器直接响应推送，不做重定向。",
            why: "微信不跟随重定向；即便客户端跟随，也会把 POST 变成 GET，从而丢失消息。",
            fix: "在微信后台填写实际提供服务的 URL（https、域名、末尾斜杠均一致），或对该路径关闭重定向。",
        },
    ),
    (
        "reply/rate-limit",
        Words {
            summary: "无论推送有多少，服务器及其前置设施都予以放行。",
            why: "在限流器看来，微信为数不多的 IP 就像一个繁忙的客户端：一旦许多用户同时发消息，消息就会被拒绝。",
            fix: "运行期间在限流器或防火墙中放行 wxcheck 的地址（白名单），或使用 ⟦concurrency⟧ 1 和 ⟦only⟧ 运行；生产环境请放行微信的 IP（可通过 getcallbackip 获取）。",
        },
    ),
    (
        "reply/status-200",
        Words {
            summary: "服务器以状态码 200 响应推送，而不是 201、202 或 204。",
            why: "微信会在一秒内推送该消息四次，用户会看到“暂时无法提供服务”的系统提示。",
            fix: "将状态码设为 200；有些框架默认以 201 响应 POST 请求，需要显式设置。",
        },
    ),
    (
        "reply/acknowledges",
        Words {
            summary: "服务器以空串、`success` 或微信支持的消息响应推送。",
            why: "其他任何内容都会被视为错误的响应，用户会看到“暂时无法提供服务”的系统提示。",
            fix: "以纯文本返回 success 这七个字母，或返回空串：不经过 JSON 编码，不加 BOM，不返回网页，也不返回自有接口的状态对象。",
        },
    ),
    (
        "reply/bare-success",
        Words {
            summary: "服务器严格返回 `success`：全部小写，前后没有任何字符。",
            why: "微信是否区分大小写、是否忽略空白字符，文档没有说明。",
            fix: "只输出这七个字母，不带换行。",
        },
    ),
    (
        "reply/passive-from-mini",
        Words {
            summary: "小程序的服务器通过客服消息接口 custom/send 回复，或以 transfer_customer_service 转发给客服。",
            why: "小程序用户能否看到被动回复，各文档的说法相互矛盾。",
            fix: "返回 `success`，再通过客服消息接口 custom/send 发送回复。",
        },
    ),
    (
        "reply/names-swapped",
        Words {
            summary: "服务器的被动回复以账号的原始 ID 为发送方，以发来消息的 openid 为接收方。",
            why: "微信会丢弃发给其他人的回复，用户会看到“暂时无法提供服务”的系统提示。",
            fix: "将推送中的 FromUserName 填入回复的 ToUserName，将推送中的 ToUserName 填入回复的 FromUserName。",
        },
    ),
    (
        "reply/create-time",
        Words {
            summary: "服务器的被动回复带有整数形式的 CreateTime。",
            why: "微信无法读取该回复，用户会看到“暂时无法提供服务”的系统提示。",
            fix: "写入以秒为单位的当前 Unix 时间戳，不加引号，不带小数。",
        },
    ),
    (
        "reply/create-time-seconds",
        Words {
            summary: "服务器的被动回复中，CreateTime 以秒为单位。",
            why: "一些常用 SDK 使用毫秒也能正常工作，但没有任何文档保证这一点。",
            fix: "除以 1000 并向下取整。",
        },
    ),
    (
        "reply/known-type",
        Words {
            summary: "服务器的被动回复使用微信支持的 MsgType，且必需的字段齐全。",
            why: "回复缺少字段时，用户看到的就是服务故障。",
            fix: "text 需要 Content，image 需要 Image/MediaId，voice 需要 Voice/MediaId，video 需要 Video/MediaId，music 需要 Music/ThumbMediaId，news 需要 ArticleCount 和 Articles。",
        },
    ),
    (
        "reply/utf-8",
        Words {
            summary: "服务器回复的消息采用 UTF-8 编码。",
            why: "消息无法解析，用户会看到“暂时无法提供服务”的系统提示。",
            fix: "源文件和模板保存为 UTF-8，输出回包时按 UTF-8 编码，不要使用系统默认编码（GBK、Latin-1）。",
        },
    ),
    (
        "reply/well-formed",
        Words {
            summary: "无论用户输入什么，服务器的被动回复都保持格式正确。",
            why: "用户文本中的一个 `]]>` 或引号就会破坏回复的格式，甚至让用户能改写回复的内容。",
            fix: "使用 XML 或 JSON 序列化库生成回复；在 CDATA 中将 `]]>` 拆分到两个区段。",
        },
    ),
    (
        "reply/text-unchanged",
        Words {
            summary: "服务器在回复中重复用户的文本时，保持其原样不变。",
            why: "emoji 变成问号，标记被吞掉，`007` 变成 7，`0` 被当成空：文本在接收或回复时有丢失。",
            fix: "全程以 UTF-8 读写（包括四字节字符），拼接被拆分的 CDATA 区段；看起来像数字或 `true` 的文本仍按文本处理。",
        },
    ),
    (
        "reply/no-empty-content",
        Words {
            summary: "无论收到什么推送，服务器都不返回 Content 为空的文本消息。",
            why: "微信将其视为错误的响应，用户会看到“暂时无法提供服务”的系统提示。",
            fix: "无需回复内容时，返回 `success` 或空串（长度为零字节）；原样返回 Content 的处理函数不要用于没有 Content 的推送。",
        },
    ),
    (
        "reply/no-success-as-text",
        Words {
            summary: "服务器不把 `success` 包装成文本消息。",
            why: "用户每发一条消息，都会收到 success 这个词。",
            fix: "把 success 这七个字母直接作为回包返回；若框架会把字符串自动包装成消息，请用它提供的“不回复”的方式（返回空串，或直接设置回包）。",
        },
    ),
    (
        "reply/text-length",
        Words {
            summary: "服务器回复的文本不超过 2048 字节。",
            why: "用户收不到回复，或看到“暂时无法提供服务”的系统提示；大模型的长回答最常遇到。",
            fix: "按 UTF-8 在 2048 字节以内截断 Content（一个汉字占三个字节，不要截在字符中间），其余内容通过 custom/send 发送。",
        },
    ),
    (
        "reply/one-article",
        Words {
            summary: "服务器回复用户消息时最多包含一条图文，且图文列表是为该次回复新建的。",
            why: "用户只能看到第一条；若所有回复共用同一个列表，它会随每次回复变长，直到完全无法发送。",
            fix: "回复中只放一条图文，其余通过 custom/send 或链接给出；每次回复都新建列表（Python 中不要用列表作默认参数或类属性）。",
        },
    ),
    (
        "reply/format-follows-push",
        Words {
            summary: "服务器的被动回复与推送的数据格式一致，同为 XML 或同为 JSON。",
            why: "有开发者反馈，数据格式为 JSON 时，XML 回复会被丢弃。",
            fix: "根据所配置的数据格式决定回复使用 XML 还是 JSON。",
        },
    ),
    (
        "reply/encrypted-nothing",
        Words {
            summary: "服务器不对空串或 `success` 加密。",
            why: "有报告称用户会看到“暂时无法提供服务”的系统提示；对于内容为空的加密包，文档没有说明微信如何处理。",
            fix: "以明文返回 `success` 或空串（长度为零字节）。",
        },
    ),
    (
        "reply/no-transfer-on-event",
        Words {
            summary: "服务器不以 transfer_customer_service 响应事件。",
            why: "事件会被转发给客服，客服看到的是一条没有意义的消息。",
            fix: "对事件返回 `success`，等用户下一次发来消息时再转发给客服。",
        },
    ),
    (
        "reply/xpay-answer",
        Words {
            summary: "对虚拟支付推送，服务器的回包是与推送格式相同的 ErrCode 和 ErrMsg，或 `success`，或为空。",
            why: "其他形式等于没有回包：微信最多推送十五次，之后用户付了钱却什么也没得到。",
            fix: "按 `wxcheck explain push/NAME` 列出的字段回包，拼写完全一致，格式与推送相同；安全模式下与其他回复一样加密。",
        },
    ),
    (
        "reply/refund-query-answer",
        Words {
            summary: "对苹果退款查询，服务器的回包含有 result_code、result_info 和 evidence。",
            why: "苹果会被告知开发者未作决定，通常会直接退款。",
            fix: "按 `wxcheck explain push/NAME` 列出的字段回包，拼写完全一致，格式与推送相同；安全模式下与其他回复一样加密。",
        },
    ),
    (
        "reply/chapter-permission-answer",
        Words {
            summary: "对章节权限查询，服务器的回包含有 ErrCode、ErrMsg 和 ChapterPerms。",
            why: "读者无法翻到下一页。",
            fix: "按 `wxcheck explain push/NAME` 列出的字段回包，拼写完全一致，格式与推送相同；安全模式下与其他回复一样加密。",
        },
    ),
    (
        "reply/voip-answer",
        Words {
            summary: "对设备呼叫前的查询，服务器的回包含有 errcode 和 errmsg。",
            why: "呼叫会被取消。",
            fix: "按 `wxcheck explain push/NAME` 列出的字段回包，拼写完全一致，格式与推送相同；安全模式下与其他回复一样加密。",
        },
    ),
    (
        "reply/courier-answer",
        Words {
            summary: "对快递公司事件，服务器的回包互换收发双方、原样带回各 ID，并给出 ResultCode 和 ResultMsg。",
            why: "微信视为没有回包，会再次询问，或自行决定。",
            fix: "按 `wxcheck explain push/NAME` 列出的字段回包，拼写完全一致，格式与推送相同；安全模式下与其他回复一样加密。",
        },
    ),
    (
        "reply/instant-delivery-answer",
        Words {
            summary: "对即时配送事件，服务器的回包互换收发双方，并给出小写的 resultcode 和 resultmsg。",
            why: "微信视为没有回包，会再次询问，或自行决定。",
            fix: "按 `wxcheck explain push/NAME` 列出的字段回包，拼写完全一致，格式与推送相同；安全模式下与其他回复一样加密。",
        },
    ),
    (
        "reply/member-answer",
        Words {
            summary: "对关联小店的会员查询，服务器的回包含有 errcode、errmsg 以及各事件文档要求的其他字段。",
            why: "小店无法识别该会员，使用会员优惠的订单会被拦截。",
            fix: "按 `wxcheck explain push/NAME` 列出的字段回包，拼写完全一致，格式与推送相同；安全模式下与其他回复一样加密。",
        },
    ),
    (
        "reply/retail-answer",
        Words {
            summary: "服务器以 `success` 或空内容响应门店助手的支付和退款推送。",
            why: "微信会在 10 秒、30 秒、60 秒等间隔后重推，最晚到十二小时之后。",
            fix: "返回七个字母 success。",
        },
    ),
    (
        "reply/platform-success",
        Words {
            summary: "第三方平台的服务器对发给平台自身的推送返回明文 `success`。",
            why: "收不到 ticket，平台会在十二小时内失去所有授权账号的访问权限。",
            fix: "用第三方平台的 appid 解密，保存内容，然后返回七个字母 success。",
        },
    ),
    (
        "reply/container-path",
        Words {
            summary: "服务器对云托管的路径检查返回状态码 200，内容为 `success` 或为空。",
            why: "路径无法保存，也就收不到任何推送。",
            fix: "对没有 MsgType 的请求体（如 {\"action\":\"CheckContainerPath\"}）同样返回 `success`。",
        },
    ),
    (
        "reply/structured-in-time",
        Words {
            summary: "对要求按文档格式回包的推送，服务器在文档规定的时间内回包。",
            why: "微信视为没有回包，会再次询问，或自行决定。",
            fix: "依据现有数据作决定；耗时的查询应在询问之前或之后进行。",
        },
    ),
];
