//! How the server uses WeChat's API, in Chinese.

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
        "api-use/no-secret-in-reply",
        Words {
            summary: "服务器对推送的应答中既没有 AppSecret 也没有 access_token。",
            why: "途经的日志和代理会保存所见内容，而一个 access_token 就等于整个账号。",
            fix: "应答 `success`；诊断信息写进自己的日志，并且不带凭证。",
        },
    ),
    (
        "api-use/renews-token",
        Words {
            summary: "access_token 被拒绝（40001）时，服务器重新获取并再发送一次。",
            why: "access_token 提前失效后，直到有人重启服务器为止，一条消息也发不出去。",
            fix: "遇到 40001、40014、42001：丢弃旧的 access_token，重新获取，并把这次调用重试一次。",
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
        "api-use/answers-while-api-is-slow",
        Words {
            summary: "微信接口缓慢时，服务器仍然及时应答推送。",
            why: "接口一慢，每条推送都会一再重发，用户会看到“暂时无法提供服务”的系统提示。",
            fix: "先应答推送，再通过队列或后台任务调用接口。",
        },
    ),
];
