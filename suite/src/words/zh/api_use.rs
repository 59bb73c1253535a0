//! The server's use of WeChat's API, in Chinese.

use crate::words::Words;

pub(super) const WORDS: &[(&str, Words)] = &[
    (
        "api-use/right-user",
        Words {
            summary: "服务器只回复发来消息的用户，不会发给别人。",
            why: "用户会看到彼此的消息。",
            fix: "把推送中的 FromUserName 一路传给发送消息的代码；不要用全局变量保存当前用户。",
        },
    ),
    (
        "api-use/text-as-utf-8",
        Words {
            summary: "服务器以 UTF-8 而不是 \\uXXXX 转义把中文写给接口。",
            why: "有用户看到的是 \\u4f60\\u597d，而不是“你好”。",
            fix: "Python：json.dumps(…, ensure_ascii=False).encode()；PHP：JSON_UNESCAPED_UNICODE。",
        },
    ),
    (
        "api-use/text-unchanged",
        Words {
            summary: "服务器通过接口把用户的文字发回时，文字保持原样。",
            why: "表情变成问号、数字丢掉前导零、换行被并成一行、文字被截断：用户写的内容在读入或发出时丢失了。",
            fix: "读写全程使用 UTF-8（包括四字节字符），文本连同换行始终按文本保存，不要对 JSON 库会转义的内容再次转义。",
        },
    ),
    (
        "api-use/no-refused-messages",
        Words {
            summary: "服务器发送的消息不会因内容本身被微信拒绝。",
            why: "接口返回的状态码是 200，但 errcode 不是 0：用户什么也看不到，日志里也没有错误。",
            fix: "每次调用后检查 errcode；超过 2048 字节的文本要在字符边界处截断或拆分，不发送空文本，对用户的一条消息最多回复五条，模板的每个字段按规则填写。",
        },
    ),
    (
        "api-use/no-loop",
        Words {
            summary: "服务器不会因为收到发送结果的事件，又发送一条同类消息。",
            why: "每条消息带来一个事件，每个事件又带来一条消息，直到当天的额度用完。",
            fix: "对 TEMPLATESENDJOBFINISH 和 subscribe_msg_sent_event 只记录日志；不要让处理所有事件的代码回复它们。",
        },
    ),
    (
        "api-use/no-secret-in-reply",
        Words {
            summary: "服务器对推送的响应中既没有 AppSecret 也没有 access_token。",
            why: "途经的日志和代理会保存所见内容，而一个 access_token 就等于整个账号。",
            fix: "返回 `success`；诊断信息写进自己的日志，并且不带凭证。",
        },
    ),
    (
        "api-use/renews-token",
        Words {
            summary: "access_token 被拒绝（40001 或 42001）时，服务器重新获取并再发送一次。",
            why: "access_token 提前失效，或比服务器预计的更早过期后，直到有人重启服务器为止，一条消息也发不出去。",
            fix: "遇到 40001、40014、42001：丢弃旧的 access_token，重新获取，并把这次调用重试一次。",
        },
    ),
    (
        "api-use/no-storm",
        Words {
            summary: "调用被拒绝时，服务器重试几次后就放弃，而不是无休止地重试。",
            why: "一次 access_token 失效就会在几分钟内耗尽当天的调用额度，之后直到半夜都发不出消息。",
            fix: "重新获取一次 access_token，再重试一次；之后每次等待更久，直至放弃。",
        },
    ),
    (
        "api-use/shares-token",
        Words {
            summary: "服务器保存 access_token，并在多条消息之间共用。",
            why: "获取新的 access_token 会使旧的失效，而每天只有 2000 次机会：服务器会自己干扰自己，之后直到半夜都发不出消息。",
            fix: "把 access_token 连同有效期存放在所有进程都能读到的地方，加锁获取；多进程时使用 stable_token。",
        },
    ),
    (
        "api-use/one-token",
        Words {
            summary: "服务器的多个进程共用一个 access_token，而不是各用各的。",
            why: "每个进程都会使其他进程的 access_token 失效：每隔几分钟就有消息随机地因 40001 而失败。",
            fix: "把 access_token 存放在所有进程都能读到的地方（Redis、数据库或文件），或使用 stable_token，让所有进程得到同一个。",
        },
    ),
    (
        "api-use/answers-while-api-is-slow",
        Words {
            summary: "微信接口缓慢时，服务器仍然及时响应推送。",
            why: "接口一慢，每条推送都会一再重推，用户会看到“暂时无法提供服务”的系统提示。",
            fix: "先响应推送，再通过队列或后台任务调用接口。",
        },
    ),
    (
        "api-use/sends-once-while-api-is-slow",
        Words {
            summary: "微信接口响应缓慢时，服务器不会把同一条消息再发一次。",
            why: "微信已经收下第一条：接口一慢，用户就会把同样的内容看到两遍。",
            fix: "等待接口至少十秒；只有连接被拒绝或 errcode 明确要求时才重发，读取超时后不要重发。",
        },
    ),
];
