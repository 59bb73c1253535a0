//! Messages that are out of the ordinary, in Chinese.

use crate::words::Words;

const RETRIED: &str = "微信会重推该消息，用户会看到“暂时无法提供服务”的系统提示。";

pub(super) const WORDS: &[(&str, Words)] = &[
    (
        "tolerance/unknown-msg-type",
        Words {
            summary: "服务器正常响应未知类型的消息。",
            why: "微信一旦新增消息类型，所有这类消息都会处理失败并被重推。",
            fix: "让默认分支返回 `success`。",
        },
    ),
    (
        "tolerance/unknown-event",
        Words {
            summary: "服务器正常响应未知的事件。",
            why: "微信一旦新增事件，所有这类事件都会处理失败并触发报警。",
            fix: "让默认分支返回 `success`。",
        },
    ),
    (
        "tolerance/unknown-fields",
        Words {
            summary: "服务器正常响应带有未知字段的消息。",
            why: RETRIED,
            fix: "忽略未知的元素和键；接收时不做严格的 schema 校验。",
        },
    ),
    (
        "tolerance/missing-msgid",
        Words {
            summary: "服务器正常响应不带 MsgId 的消息。",
            why: RETRIED,
            fix: "没有 MsgId 时，改用 FromUserName + CreateTime 去重。",
        },
    ),
    (
        "tolerance/field-order",
        Words {
            summary: "无论字段顺序如何，服务器都正常响应消息。",
            why: RETRIED,
            fix: "按名称读取字段。",
        },
    ),
    (
        "tolerance/white-space",
        Words {
            summary: "服务器正常响应字段之间带有空白字符的消息。",
            why: RETRIED,
            fix: "使用 XML 或 JSON 解析器解析，不要用正则表达式匹配。",
        },
    ),
    (
        "tolerance/xml-content-type",
        Words {
            summary: "Content-Type 不是 text/xml 时，服务器也能接收 XML 格式的推送。",
            why: "经过会改写为 application/xml 的网关，或某天微信改用其他类型时，所有推送都会丢失。",
            fix: "读取原始请求体，并按所配置的数据格式解析。",
        },
    ),
    (
        "tolerance/json-content-type",
        Words {
            summary: "无论使用两种 Content-Type 中的哪一种，服务器都能接收 JSON 格式的推送。",
            why: "根据该请求头选择解析器的框架会丢失所有推送。",
            fix: "读取原始请求体，并按所配置的数据格式解析。",
        },
    ),
    (
        "tolerance/openid-parameter",
        Words {
            summary: "明文模式下，服务器能接收 URL 中不带 `openid` 参数的推送。",
            why: "微信文档并未承诺会带上该参数：一旦没有携带，所有消息都会被拒收。",
            fix: "从消息体的 FromUserName 读取用户；不要强制要求 URL 中带有 `openid` 参数。",
        },
    ),
    (
        "tolerance/empty-event-key",
        Words {
            summary: "服务器正常响应 EventKey 为空的事件。",
            why: RETRIED,
            fix: "将空的 EventKey 视为没有 EventKey。",
        },
    ),
    (
        "tolerance/list-shapes",
        Words {
            summary: "无论 List 是一条还是多条，服务器都能接收。",
            why: "用户对订阅消息的选择会丢失，该事件也会被重推。",
            fix: "List 为对象或数组时均应支持。",
        },
    ),
    (
        "tolerance/number-or-string",
        Words {
            summary: "无论 CreateTime 是数字还是字符串，服务器都能接收。",
            why: RETRIED,
            fix: "采用宽松的类型转换：数字和由数字组成的字符串均可接受。",
        },
    ),
    (
        "tolerance/user-text",
        Words {
            summary: "无论用户输入什么，包括 emoji、标记、`]]>`、引号、数字和空格，服务器都正常响应。",
            why: "该用户的消息每次都处理失败，该用户会看到“暂时无法提供服务”的系统提示。",
            fix: "使用 XML 或 JSON 解析器解析，以支持四字节字符的 UTF-8 存储文本，输出时转义；`0`、`1e3` 这样的文本仍按文本处理。",
        },
    ),
    (
        "tolerance/every-text-acted-on",
        Words {
            summary: "用户写的各种文字，服务器都像对普通文字一样处理。",
            why: "推送已得到正常响应，微信不会重推；消息却在后台任务或数据库里丢失，没有人发现。",
            fix: "数据库列和队列使用四字节 UTF-8（utf8mb4），看起来像数字的内容也按文本处理，并查看后台任务的日志。",
        },
    ),
    (
        "tolerance/control-characters",
        Words {
            summary: "用户文本中含控制字符时，服务器不会返回 5xx。",
            why: "XML 解析器会拒绝整条消息，该用户每次发送都会看到暂时无法提供服务的提示。",
            fix: "解析 XML 前去掉 U+0000 至 U+001F 中除制表符和换行符以外的字符，或捕获解析错误并回复 success。",
        },
    ),
    (
        "tolerance/raw-cdata-end",
        Words {
            summary: "XML 中出现用户输入的未转义的 `]]>` 时，服务器不返回 5xx 错误。",
            why: "任何用户都能随意让处理程序出错，并会看到“暂时无法提供服务”的系统提示。",
            fix: "捕获解析器的错误，记录日志，并返回 `success`。",
        },
    ),
    (
        "tolerance/large-push",
        Words {
            summary: "服务器正常响应 80 KiB 的推送。",
            why: "请求体大小限制过小，会丢失最重要的事件。",
            fix: "允许的请求体大小至少为 256 KiB。",
        },
    ),
    (
        "tolerance/http-1-0",
        Words {
            summary: "服务器接收以 HTTP/1.0 发送的推送。",
            why: "曾观察到微信使用 HTTP/1.0，文档也没有约定版本：拒绝 HTTP/1.0 的代理会丢失所有消息。",
            fix: "让代理接受 HTTP/1.0（Envoy：accept_http_10），或者确认可以不支持。",
        },
    ),
    (
        "tolerance/doctype",
        Words {
            summary: "服务器既不展开也不获取文档类型声明（DOCTYPE）中的实体，也不为其读取文件。",
            why: "他人可以利用外部实体读取服务器上的文件、访问内网中的其他服务；嵌套的实体则会使服务器停止响应。",
            fix: "在 XML 解析器中拒绝 DOCTYPE；对部分解析器而言，仅关闭实体展开是不够的。",
        },
    ),
];
