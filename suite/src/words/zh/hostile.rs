//! Hostile requests, in Chinese.

use crate::words::Words;

const DOWN_FOR_ALL: &str = "任何人只需一个请求，就能让服务对所有人不可用。";

pub(super) const WORDS: &[(&str, Words)] = &[
    (
        "hostile/deep-nesting",
        Words {
            summary: "收到嵌套五万层的 XML 或 JSON 请求体后，服务器仍能处理下一个真实推送。",
            why: "逐层递归的解析器会栈溢出，整个进程随之退出。",
            fix: "让解析器拒绝超过几十层的嵌套；微信的消息最多四层。",
        },
    ),
    (
        "hostile/large-bodies",
        Words {
            summary: "收到 256 KiB 和 1 MiB 的请求体后，服务器仍能处理下一个真实推送。",
            why: "几个大请求体就能占满内存，进程会因此被系统终止。",
            fix: "限制请求体大小（256 KiB 或略大），超出时返回 413。",
        },
    ),
    (
        "hostile/broken-text",
        Words {
            summary: "收到含无效 UTF-8 或 NUL 的推送后，服务器仍能处理下一个真实推送。",
            why: DOWN_FOR_ALL,
            fix: "解码请求体时检查错误并返回 400；不要把 NUL 传给用 C 编写的组件。",
        },
    ),
    (
        "hostile/repeated-parameters",
        Words {
            summary: "收到 signature、timestamp、nonce 在查询串中各出现两次的推送后，服务器仍能处理下一个真实推送。",
            why: "许多框架会把重复的参数解析成数组；代码若只按字符串处理，进程可能因此崩溃。",
            fix: "参数不是单个字符串时拒绝请求；异步处理程序中的异常也要捕获。",
        },
    ),
    (
        "hostile/long-query",
        Words {
            summary: "收到查询串长达 48 KiB 的推送后，服务器仍能处理下一个真实推送。",
            why: DOWN_FOR_ALL,
            fix: "由 Web 服务器以 414 拒绝过长的 URL；写入日志或存储前先截断。",
        },
    ),
    (
        "hostile/large-headers",
        Words {
            summary: "收到带有 64 KiB 的请求头或 200 个请求头的推送后，服务器仍能处理下一个真实推送。",
            why: DOWN_FOR_ALL,
            fix: "由 Web 服务器以 431 拒绝；写入日志或存储前先截断。",
        },
    ),
    (
        "hostile/half-sent-body",
        Words {
            summary: "发送方在请求体发到一半时断开后，服务器仍能处理下一个真实推送。",
            why: "一直等待剩余数据的工作线程，或始终没有释放的锁，会让服务停摆，而且没有任何报错。",
            fix: "连接断开即视为请求结束，为读取设置超时，并在每条退出路径上释放锁。",
        },
    ),
    (
        "hostile/wrong-content-length",
        Words {
            summary: "收到 Content-Length 偏大或偏小的推送后，服务器仍能处理下一个真实推送。",
            why: "多出的数据会被误当成新的请求，缺少的数据则会一直被等待。",
            fix: "把 HTTP 的读取交给 Web 服务器或有人维护的库；遇到无法读取的内容就关闭连接。",
        },
    ),
    (
        "hostile/pipelined-rest",
        Words {
            summary: "服务器响应的是下一个用户的推送，而不是紧跟在伪造推送后面一起到达的内容。",
            why: "如果前面的代理复用连接，陌生人请求遗留的数据就会变成对其他用户的响应。",
            fix: "把被拒绝的请求读完，或者关闭连接；代理与服务器对请求在何处结束的判断必须一致。",
        },
    ),
    (
        "hostile/idle-connections",
        Words {
            summary: "有十二个连接被占用（闲置或请求只发到一半）时，服务器仍能按时响应真实推送。",
            why: "任何人只要打开几个连接而不发送数据，就能让服务对所有人不可用。",
            fix: "在前面放一个收完整个请求再转发的 Web 服务器，或者并发处理各个连接，并为每个连接设置超时。",
        },
    ),
];
