//! The help of commands in Chinese. That of options is in `arguments.txt`.

/// Commands: the line in lists, and what stands below it in their own help.
pub(super) const COMMANDS: &[(&str, &str, &str)] = &[
    (
        "wxcheck",
        "扮演微信，向开发者的服务器发送推送并检查其行为",
        "",
    ),
    (
        "check",
        "检查回调服务器；不给 URL 时检查内置的参考服务器",
        "退出码：0 符合规范；1 有 must 级规则不通过，或 --fail-on 指定的情况，或 --baseline 已过时；2 用法或配置有误；3 没有结论（无法连接、被终止、时间用完、wxcheck 自身出错，或没有 must 级规则不通过但大多数规则被阻挡）。",
    ),
    (
        "serve",
        "运行模拟平台：供服务器调用的微信接口和控制接口，直到被终止",
        "",
    ),
    ("push", "签名并发送推送目录中的一条推送", ""),
    (
        "fetch",
        "像手机那样拉取一次：周期性更新、预拉取，或页面的 wx.request",
        "退出码：0 数据会被缓存，或请求成功；1 不会；2 用法或配置有误；3 无法连接。",
    ),
    (
        "load",
        "按给定速率发送签名正确、互不相同的推送，并统计每一条的结果",
        "退出码：0 正常结束；1 --fail-if 的条件成立；2 用法或配置有误；3 没有任何响应、被终止，或 wxcheck 自身出错。",
    ),
    (
        "worker",
        "执行别处的 `wxcheck load --nats` 分配的压测分片，直到被终止",
        "Token、EncodingAESKey 和 URL 取自本机的配置，不会经过 NATS。",
    ),
    (
        "doctor",
        "找出问题：这里的配置哪里不对，或服务器代码哪里有错、该怎么改",
        "退出码：0 没有问题；1 有问题；2 用法或配置有误；3 被终止，或 wxcheck 自身出错。",
    ),
    (
        "init",
        "写下最初的文件：wxcheck.toml（含随机生成的 Token），以及 CI 所需的文件（GitHub、GitLab、Jenkins）",
        "",
    ),
    ("replay", "逐步重放一个失败的场景", ""),
    (
        "report",
        "根据一次运行的事件日志或 JSON 报告重新生成报告，或比较两次运行",
        "退出码：与当时的 `check` 相同。比较时：0 没有新增；1 有新增；2 用法或配置有误；3 后一次运行没有结论。",
    ),
    ("rules", "列出规则", ""),
    (
        "explain",
        "解释一条规则（内容、原因、修复方法、依据）、一条推送（如 push/text），或 `doctor` 能指出的所有原因（causes）",
        "",
    ),
    (
        "sign",
        "逐步显示请求是怎样签名的，并与收到的签名比较",
        "退出码：0 没有不同；1 签名不同；2 用法或配置有误。",
    ),
    (
        "open",
        "逐步解密一条加密消息，指出在哪一步失败以及原因",
        "退出码：0 解密成功；1 失败；2 用法或配置有误。",
    ),
    (
        "sdk",
        "说明怎样让 SDK 指向模拟平台：wechatpy、WxJava、EasyWeChat、silenceper/wechat、PowerWeChat、Senparc、co-wechat-api；不给名称则列出全部",
        "",
    ),
    (
        "completions",
        "生成 bash、zsh、fish 等 shell 的补全脚本",
        "",
    ),
    ("man", "输出 wxcheck 或某个命令的 man 手册页", ""),
    ("help", "显示帮助，或某个命令的帮助", ""),
];

/// Headings over options.
pub(super) const HEADINGS: &[(&str, &str)] = &[
    ("As configured at WeChat", "微信后台的配置"),
    ("Sending", "发送"),
    ("NATS", "NATS"),
    ("Rules", "规则"),
    ("Running", "运行"),
    ("What the server does", "服务器的动作"),
    ("Fetched data", "数据拉取"),
    ("Reports", "报告"),
];
