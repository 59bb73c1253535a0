//! Data prefetch and periodic update, in Chinese.

use crate::words::Words;

const LATE_PAGE: &str = "数据不会被缓存，页面只能自己再发请求，等于没有预拉取。";

pub(super) const WORDS: &[(&str, Words)] = &[
    (
        "fetch/answers-200",
        Words {
            summary: "服务器对拉取请求返回状态码 200。",
            why: LATE_PAGE,
            fix: "以状态码 200 返回数据；没有数据时也返回一段说明没有数据的文本。",
        },
    ),
    (
        "fetch/complete-http",
        Words {
            summary: "服务器对拉取请求返回完整的 HTTP 响应。",
            why: LATE_PAGE,
            fix: "检查是否崩溃，或是否有代理截断了响应。",
        },
    ),
    (
        "fetch/answers-in-time",
        Words {
            summary: "服务器在五秒内响应拉取请求。",
            why: "页面自己发出请求之后才到的数据，对谁都没有用。",
            fix: "提前准备好数据或做缓存；拉取时不宜现算。",
        },
    ),
    (
        "fetch/cold-start",
        Words {
            summary: "服务器在冷启动结束之前响应预拉取。",
            why: "数据到达时，页面已经开始自己拉取。",
            fix: "提前准备好数据或做缓存。",
        },
    ),
    (
        "fetch/no-redirect",
        Words {
            summary: "服务器直接响应拉取请求，不做重定向。",
            why: LATE_PAGE,
            fix: "把数据所在的最终 URL 配置到后台，包括 https 和末尾的斜杠。",
        },
    ),
    (
        "fetch/not-modified",
        Words {
            summary: "服务器对拉取请求返回数据，而不是 304。",
            why: "文档未说明收到 304 后是否保留上次缓存的数据。",
            fix: "每次都返回 200 和数据；一天最多只拉取两次。",
        },
    ),
    (
        "fetch/at-most-256-kb",
        Words {
            summary: "服务器返回的拉取数据解压后不超过 256 KB。",
            why: "超过就无法缓存：页面拿到的是很久以前的数据，或者什么也没有。",
            fix: "去掉首屏用不到的内容，其余由页面自己拉取。",
        },
    ),
    (
        "fetch/below-256000-bytes",
        Words {
            summary: "服务器返回的拉取数据不超过 256000 字节。",
            why: "如果微信按 1 KB = 1000 字节计算，数据就无法缓存。",
            fix: "与上限保持一点距离。",
        },
    ),
    (
        "fetch/utf-8",
        Words {
            summary: "服务器以 UTF-8 文本响应拉取请求。",
            why: "不是文本的内容到页面时已经损坏，或者根本到不了。",
            fix: "用 UTF-8 编码数据；二进制数据用 base64。",
        },
    ),
    (
        "fetch/no-bom",
        Words {
            summary: "服务器返回的拉取数据不带字节顺序标记（BOM）。",
            why: "JSON.parse 不接受以 BOM 开头的文本。",
            fix: "输出不带 BOM 的 UTF-8。",
        },
    ),
    (
        "fetch/whole-json",
        Words {
            summary: "如果以 JSON 响应拉取请求，服务器返回的 JSON 是完整的。",
            why: "JSON.parse 会抛出异常，页面拿不到数据，甚至停止运行。",
            fix: "Content-Length 按字节而不是按字符计算，或交给框架计算；用编码器生成 JSON。",
        },
    ),
    (
        "fetch/content-encoding",
        Words {
            summary: "服务器只在对方要求时压缩，并且如实标明。",
            why: "没有要求压缩的客户端会把压缩后的字节交给页面，或者什么也不交。",
            fix: "按 Accept-Encoding 压缩，并且只在一处做：应用或代理。",
        },
    ),
    (
        "fetch/no-cookies",
        Words {
            summary: "服务器在响应拉取请求时不设置 cookie。",
            why: "没有人会带回这个 cookie；每次拉取都白建一个会话。",
            fix: "对这个 URL 关闭会话。",
        },
    ),
    (
        "fetch/checks-token",
        Words {
            summary: "token 错误或缺失时，服务器不返回正确 token 才能得到的内容。",
            why: "任何知道这个 URL 的人都能读到用户的数据。",
            fix: "在发放过的 token 中查找；其他 token 只给公开数据，或什么也不给。",
        },
    ),
    (
        "fetch/empty-token",
        Words {
            summary: "在拒绝错误 token 的情况下，服务器不会对空 token 或缺少 token 的请求返回类似用户数据的内容。",
            why: "已退出登录的人会被当作一个用户，页面会展示、甚至保存这份空数据；一旦某天查到了别人的数据，所有人都能读到。",
            fix: "把空 token 和缺少 token 都当作错误的 token：拒绝，或返回所有人都能看的数据。",
        },
    ),
    (
        "fetch/own-data",
        Words {
            summary: "服务器对每个用户的 token 返回该用户自己的数据，两人同时拉取时也一样。",
            why: "一个用户会读到另一个用户的数据。",
            fix: "缓存以 token 为键；不要把某个请求的内容放在各请求共用的变量里。",
        },
    ),
    (
        "fetch/serves-code",
        Words {
            summary: "服务器能响应带 code 而不带 token 的预拉取。",
            why: "用户第一次启动，以及设置 token 之前的每次启动，都拿不到数据。",
            fix: "用 jscode2session 换取用户身份；或返回谁都可以看的内容。",
        },
    ),
    (
        "fetch/no-secrets",
        Words {
            summary: "服务器在拉取数据中不泄露 session_key、access_token、任何密钥或堆栈信息。",
            why: "数据就在用户手机上：谁读到，谁就能伪造只有微信或服务器才能说的话。",
            fix: "用自己的会话标识代替 session_key，不要原样返回 jscode2session 的结果。",
        },
    ),
    (
        "fetch/decodes-once",
        Words {
            summary: "服务器对拉取请求的 path 和 query 恰好解码一次。",
            why: "query 里带有姓名、符号或表情的页面，会拿到别的数据，或者什么也拿不到。",
            fix: "交给框架解码，不要再手动解码；只有需要 query 的各个部分时才把它当查询串解析。",
        },
    ),
    (
        "fetch/raw-plus",
        Words {
            summary: "query 中以 `+` 表示空格时，服务器也能响应拉取请求，并把它读作空格。",
            why: "如果某个客户端按 HTML 表单的方式编码，这些拉取就没有数据。",
            fix: "像查询串解析器那样，把 `+` 当作空格。",
        },
    ),
    (
        "fetch/optional-parameters",
        Words {
            summary: "缺少可选参数时，服务器也能响应拉取请求。",
            why: LATE_PAGE,
            fix: "为 path、query、scene、customMiniprogramVersion 各准备一个默认值。",
        },
    ),
    (
        "fetch/empty-parameters",
        Words {
            summary: "可选参数为空时，服务器也能响应拉取请求。",
            why: LATE_PAGE,
            fix: "把空参数当作没有该参数。",
        },
    ),
    (
        "fetch/unknown-parameters",
        Words {
            summary: "带有未知参数时，服务器也能响应拉取请求。",
            why: "微信一旦新增参数，所有页面都拿不到预拉取的数据。",
            fix: "只读取用到的参数，忽略其余。",
        },
    ),
    (
        "fetch/parameter-order",
        Words {
            summary: "无论参数顺序如何，服务器都能响应拉取请求。",
            why: LATE_PAGE,
            fix: "按名称读取参数。",
        },
    ),
    (
        "fetch/timestamp-units",
        Words {
            summary: "timestamp 以秒计或以毫秒计，服务器都能响应拉取请求。",
            why: "猜错单位，每次拉取看起来都像伪造的，或者是一千年前的。",
            fix: "十位数字按秒，十三位数字按毫秒。",
        },
    ),
    (
        "fetch/no-server-error",
        Words {
            summary: "token 或 code 错误、缺失或同时出现时，服务器不出 5xx 错误。",
            why: "任何知道这个 URL 的人都能随意刷满错误日志、触发报警。",
            fix: "先做检查；返回 401，或返回谁都可以看的内容。",
        },
    ),
];
