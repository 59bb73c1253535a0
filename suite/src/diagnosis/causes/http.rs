//! Mistakes that show before any code of the developer's does: addresses, routes, proxies, and code that fails.

use super::signature::HANDLER;
use crate::diagnosis::cause::{Cause, Code, NO_CODE, Words, words};

const fn plain(id: &'static str, says: Words, fix: Words, looks: Words) -> Cause {
    Cause {
        id,
        says,
        fix,
        looks,
        code: NO_CODE,
    }
}

const GET_ROUTE: Code = Code {
    python: "@app.route('{path}', methods=['GET', 'POST'])",
    node: "app.get('{path}', (req, res) => res.send(req.query.echostr)); app.post('{path}', …)",
    php: "",
    java: "@GetMapping(\"{path}\") String verify(@RequestParam String echostr) { return echostr; } // in a @RestController",
};

pub(super) static CAUSES: &[Cause] = &[
    plain(
        "not-listening",
        words("nothing listens at {address}", "{address} 上没有程序在监听"),
        words(
            "start your server, and let it listen on that port (and on 0.0.0.0 where it runs in a container or on another machine)",
            "启动你的服务并监听该端口（在容器或其他机器上运行时要监听 0.0.0.0）",
        ),
        words("the connection is refused", "连接被拒绝"),
    ),
    plain(
        "other-loopback",
        words(
            "your server listens on {other} only, and the URL leads to {address}",
            "你的服务只监听 {other}，而 URL 指向 {address}",
        ),
        words(
            "let it listen on 0.0.0.0 (Express: app.listen(port, '0.0.0.0'), Flask: app.run(host='0.0.0.0')), or write {other} in the URL",
            "让它监听 0.0.0.0（Express：app.listen(port, '0.0.0.0')，Flask：app.run(host='0.0.0.0')），或在 URL 中写 {other}",
        ),
        words(
            "refused at 127.0.0.1 and answered at ::1, or the reverse",
            "127.0.0.1 拒绝连接而 ::1 有响应，或者相反",
        ),
    ),
    plain(
        "unresolved",
        words(
            "the host name {address} does not resolve",
            "域名 {address} 无法解析",
        ),
        words(
            "correct the host in the URL, or add a DNS record",
            "检查 URL 中的主机名，或添加 DNS 记录",
        ),
        words("the name has no address", "域名没有地址"),
    ),
    plain(
        "unreachable",
        words(
            "no connection to {address}: {got}",
            "无法连接 {address}：{got}",
        ),
        words(
            "open the port in the firewall or security group, and check the address in the URL",
            "在防火墙或安全组中放行该端口，并检查 URL 中的地址",
        ),
        words("connecting takes too long or fails", "连接超时或失败"),
    ),
    plain(
        "hung-up",
        words(
            "{address} is on this machine, and {how} ({got})",
            "{address} 就在本机，{how}（{got}）",
        ),
        words(
            "look at the log of the process that listens there: it crashes, hangs, or does not speak TLS where the URL says https; a port forward (docker, kubectl, ssh) does this where nothing listens behind it",
            "查看监听该端口的进程的日志：它可能崩溃、卡住，或 URL 写了 https 而它不支持 TLS；端口转发（docker、kubectl、ssh）背后没有程序监听时也是这样",
        ),
        words(
            "a connection on this machine is closed at once, or nobody accepts it",
            "本机上的连接立即被关闭，或没有程序接受连接",
        ),
    ),
    plain(
        "tls-broken",
        words(
            "https does not work at {address}: {got}",
            "{address} 的 https 不可用：{got}",
        ),
        words(
            "install a valid certificate with its whole chain; where the server speaks plain HTTP, write http:// in the URL",
            "安装有效且链完整的证书；如果服务只支持 HTTP，请在 URL 中写 http://",
        ),
        words("the TLS handshake fails", "TLS 握手失败"),
    ),
    plain(
        "https-port",
        words(
            "the port expects https, but the URL begins with http://",
            "该端口是 https，而 URL 以 http:// 开头",
        ),
        words("write https:// in the URL", "在 URL 中改写 https://"),
        words(
            "400 and `The plain HTTP request was sent to HTTPS port`",
            "400，并提示 `The plain HTTP request was sent to HTTPS port`",
        ),
    ),
    plain(
        "silent",
        words(
            "your server accepts the connection, but sends no answer within {limit}",
            "你的服务器接受连接，但在 {limit} 内没有任何响应",
        ),
        words(
            "find what blocks it: a middleware that does not call next(), a handler without res.send(), a breakpoint, a database that is waited for",
            "检查是什么卡住了：没有调用 next() 的中间件、没有 res.send() 的处理函数、断点、等待数据库等",
        ),
        words("no answer to any request", "任何请求都没有响应"),
    ),
    plain(
        "get-silent",
        words(
            "your server does not answer the verification GET, whatever the signature ({got})",
            "无论签名如何，你的服务器都没有响应验证 GET 请求（{got}）",
        ),
        words(
            "send a response in every branch of the GET handler: res.send(echostr) (Express), return echostr (Flask)",
            "在 GET 处理函数的每个分支都发送响应：Express 用 res.send(echostr)，Flask 用 return echostr",
        ),
        words(
            "a GET with parameters is not answered, one without is",
            "带参数的 GET 没有响应，不带参数的有",
        ),
    ),
    Cause {
        id: "path-not-found",
        says: words(
            "your server has no route for GET {path} ({got})",
            "你的服务器没有 GET {path} 的路由（{got}）",
        ),
        fix: words(
            "register a GET and a POST handler for {path}, or correct the path in the URL",
            "为 {path} 注册 GET 和 POST 处理函数，或修改 URL 中的路径",
        ),
        looks: words("404 to a GET", "GET 返回 404"),
        code: GET_ROUTE,
    },
    plain(
        "path-elsewhere",
        words(
            "your server has no route for {path}, and verifies at {other}",
            "{path} 没有路由，你的服务器在 {other} 处理验证",
        ),
        words(
            "write {other} in the URL, or move the route to {path}",
            "把 URL 的路径改成 {other}，或把路由改到 {path}",
        ),
        words(
            "404 at the URL, and the echostr at another path",
            "该 URL 返回 404，另一路径返回 echostr",
        ),
    ),
    Cause {
        id: "get-not-allowed",
        says: words(
            "your route for {path} does not accept GET (405; allowed: {allow})",
            "{path} 的路由不接受 GET（405；允许的方法：{allow}）",
        ),
        fix: words(
            "let it accept GET as well as POST: WeChat verifies the URL by GET and pushes messages by POST",
            "让它同时接受 GET 和 POST：微信用 GET 验证 URL，用 POST 推送消息",
        ),
        looks: words("405 to a GET", "GET 返回 405"),
        code: GET_ROUTE,
    },
    plain(
        "redirect-slash",
        words(
            "your server redirects {path} to {other}, and WeChat does not follow",
            "你的服务器把 {path} 重定向到 {other}，而微信不会跟随重定向",
        ),
        words(
            "write the URL with the path {other}, or define the route without the slash (Flask: @app.route('{path}'))",
            "URL 的路径改成 {other}，或把路由定义成不带斜杠（Flask：@app.route('{path}')）",
        ),
        words(
            "301 or 308 to the same path with or without a slash",
            "301 或 308 重定向到带或不带斜杠的同一路径",
        ),
    ),
    plain(
        "redirect-https",
        words(
            "your server redirects to https ({other})",
            "你的服务器重定向到 https（{other}）",
        ),
        words("write https:// in the URL", "在 URL 中改写 https://"),
        words(
            "a redirect to the same URL with https",
            "重定向到同一 URL 的 https 版本",
        ),
    ),
    plain(
        "redirect-login",
        words(
            "your server redirects to a login page ({other})",
            "你的服务器重定向到登录页（{other}）",
        ),
        words(
            "exempt {path} from the login check: WeChat cannot log in; its signature proves who it is",
            "让 {path} 跳过登录检查：微信不会登录，由签名证明身份",
        ),
        words(
            "a redirect to a page whose name says login",
            "重定向到登录页面",
        ),
    ),
    plain(
        "redirect",
        words(
            "your server redirects to {other}, and WeChat does not follow",
            "你的服务器重定向到 {other}，而微信不会跟随重定向",
        ),
        words(
            "write {other} in the URL, or answer at {path} without redirecting",
            "URL 改成 {other}，或让 {path} 直接响应而不重定向",
        ),
        words("a redirect", "重定向"),
    ),
    plain(
        "login-page",
        words(
            "something in front of your code asks for a login ({got})",
            "你的代码前面有程序要求登录（{got}）",
        ),
        words(
            "exempt {path} from the login or the HTTP password: WeChat cannot log in; its signature proves who it is",
            "让 {path} 跳过登录或 HTTP 密码：微信不会登录，由签名证明身份",
        ),
        words(
            "401 with WWW-Authenticate, or a page with a password field",
            "401 带 WWW-Authenticate，或带密码框的页面",
        ),
    ),
    plain(
        "tunnel-warning",
        words(
            "the tunnel shows a warning page of its own in front of your server ({got})",
            "内网穿透工具在你的服务器前显示了自己的提示页（{got}）",
        ),
        words(
            "use a tunnel without such a page (a paid ngrok domain, another tool): WeChat cannot click it away",
            "改用没有提示页的隧道（付费域名或其他工具）：微信无法点击跳过",
        ),
        words(
            "a page of ngrok, localtunnel or natapp",
            "ngrok、localtunnel、natapp 等的页面",
        ),
    ),
    plain(
        "tunnel-down",
        words(
            "the tunnel answers, but your server behind it does not ({got})",
            "隧道有响应，但后面的服务没有（{got}）",
        ),
        words(
            "start your server, and let the tunnel lead to its port",
            "启动你的服务，并让隧道指向它的端口",
        ),
        words(
            "ERR_NGROK_…, Tunnel not found",
            "ERR_NGROK_…、Tunnel not found",
        ),
    ),
    plain(
        "firewall-page",
        words(
            "a firewall or CDN in front of your server answers with a page of its own ({got})",
            "你的服务器前面的防火墙或 CDN 返回了自己的页面（{got}）",
        ),
        words(
            "allow requests to {path} there (a rule for the path or for WeChat's addresses)",
            "在防火墙或 CDN 上放行 {path}（按路径或按微信的 IP 设置规则）",
        ),
        words(
            "a page of Cloudflare, a WAF or a beian check",
            "Cloudflare、WAF 或备案拦截页面",
        ),
    ),
    plain(
        "gateway",
        words(
            "the proxy in front of your server cannot reach it (status {status})",
            "前面的代理无法连接你的服务（状态码 {status}）",
        ),
        words(
            "start your server, and let the proxy lead to its address (nginx: proxy_pass http://127.0.0.1:PORT)",
            "启动你的服务，并让代理指向它的地址（nginx：proxy_pass http://127.0.0.1:端口）",
        ),
        words("502 or 504", "502 或 504"),
    ),
    plain(
        "unavailable",
        words(
            "your server, or something in front of it, says that it is unavailable (status {status}{retry})",
            "你的服务器或前面的程序表示暂时不可用（状态码 {status}{retry}）",
        ),
        words(
            "switch the maintenance mode or the rate limit off for {path}",
            "对 {path} 关闭维护模式或限流",
        ),
        words("503 or 429", "503 或 429"),
    ),
    plain(
        "http-version",
        words(
            "your server refuses HTTP/1.1 (status 505)",
            "你的服务器拒绝 HTTP/1.1（状态码 505）",
        ),
        words(
            "let the server or the proxy in front take HTTP/1.1 (nginx: proxy_http_version 1.1)",
            "让服务器或前面的代理支持 HTTP/1.1（nginx：proxy_http_version 1.1）",
        ),
        words("505", "505"),
    ),
    plain(
        "query-lost",
        words(
            "the query string is lost on its way to your code: it was sent with all parameters, and the page shows the request without them",
            "查询字符串在到达代码之前丢失了：请求带齐了参数，而页面上显示的请求没有任何参数",
        ),
        words(
            "pass the query on in the proxy or rewrite rule in front (nginx: `proxy_pass http://…;` without a fixed path, `try_files $uri /index.php?$query_string;`; Apache: the flag [QSA])",
            "让前面的代理或重写规则传递查询字符串（nginx：`proxy_pass http://…;` 不要写死路径，`try_files $uri /index.php?$query_string;`；Apache：加上 [QSA]）",
        ),
        words(
            "a page that shows the request without its query (QUERY_STRING, REQUEST_URI, Request URL)",
            "页面上显示的请求没有查询字符串（QUERY_STRING、REQUEST_URI、Request URL）",
        ),
    ),
    plain(
        "address-dead",
        words(
            "the name {name} leads to several addresses, and {dead} does not answer while {alive} does: part of WeChat's requests is lost",
            "域名 {name} 解析到多个地址，其中 {dead} 无法连接，而 {alive} 可以：微信的部分请求会失败",
        ),
        words(
            "remove {dead} from the DNS, or start the server there",
            "从 DNS 中删除 {dead}，或在该地址上启动服务",
        ),
        words(
            "one of several addresses accepts no connection",
            "多个地址中有的无法连接",
        ),
    ),
    plain(
        "ipv6-only",
        words(
            "the name {name} {how}, and no document says that WeChat calls IPv6",
            "{name} {how}，而没有文档说明微信会访问 IPv6",
        ),
        words(
            "listen on 0.0.0.0 (Express: app.listen(port, '0.0.0.0'), Flask: app.run(host='0.0.0.0')), and give the name an IPv4 address (an A record)",
            "监听 0.0.0.0（Express：app.listen(port, '0.0.0.0')，Flask：app.run(host='0.0.0.0')），并给域名添加 IPv4 地址（A 记录）",
        ),
        words(
            "all addresses of the name are IPv6, or localhost is answered at ::1 only",
            "域名的地址都是 IPv6，或 localhost 只有 ::1 有响应",
        ),
    ),
    plain(
        "closed",
        words(
            "your server closes the connection without an answer, whatever the signature",
            "无论签名如何，你的服务器都不响应就关闭连接",
        ),
        words(
            "check its log for a crash, and answer in every branch; on an https port write https:// in the URL",
            "查看日志中的崩溃信息，并在每个分支都返回响应；如果是 https 端口，URL 要写 https://",
        ),
        words(
            "the connection ends without an answer",
            "连接被关闭，没有响应",
        ),
    ),
    plain(
        "no-http",
        words(
            "{address} does not answer in HTTP: {got}",
            "{address} 返回的不是 HTTP：{got}",
        ),
        words(
            "correct the port in the URL; it may be that of a database, of SSH or of https",
            "检查 URL 中的端口，它可能是数据库、SSH 或 https 的端口",
        ),
        words(
            "the bytes are not an HTTP answer",
            "返回的字节不是 HTTP 响应",
        ),
    ),
    plain(
        "bad-header",
        words(
            "{address} answers in HTTP, and one of the headers has a character that HTTP forbids",
            "{address} 返回的是 HTTP，但某个响应头含有 HTTP 不允许的字符",
        ),
        words(
            "look at the headers that your code or a middleware sets: names are letters, digits and hyphens, values have no control characters and no line ends",
            "检查代码或中间件设置的响应头：名称只用字母、数字和连字符，值中不能有控制字符和换行",
        ),
        words("the parser stops at a header", "解析到某个响应头时出错"),
    ),
    plain(
        "raised",
        words(
            "your code fails {when}: {error}{place}",
            "你的代码{when}时出错：{error}{place}",
        ),
        words("{fix}", "{fix}"),
        words(
            "an error page that names an exception",
            "显示异常信息的错误页",
        ),
    ),
    Cause {
        id: "raised-before-comparing",
        says: words(
            "your code fails ({got}) on a GET with all parameters, whatever the signature, before it compares",
            "带齐参数的 GET 无论签名如何，你的代码在比较签名之前就出错（{got}）",
        ),
        fix: words(
            "find the place in the server's log, where the last line of the error names it, and compute the signature as WeChat does; in Python most often a text is hashed without .encode('utf-8'), a branch returns nothing, or `x = list.sort()` makes None",
            "在服务器日志中找到出错的位置（错误的最后一行会指出），并按微信的方法计算签名；Python 里最常见的是哈希前没有 .encode('utf-8')、某个分支没有返回值，或 `x = list.sort()` 得到 None",
        ),
        looks: words(
            "a bare 500, for right and wrong signatures alike",
            "签名对错都返回没有说明的 500",
        ),
        code: HANDLER,
    },
    Cause {
        id: "raised-after-comparing",
        says: words(
            "your code fails with status {status} once the signature is right: the branch that should answer echostr is broken",
            "签名正确之后你的代码以状态码 {status} 出错：返回 echostr 的分支有问题",
        ),
        fix: words(
            "return the query parameter `echostr` as a string there (Flask: `return echostr`, not None, bool or int; Express: `res.send(String(echostr))`), and read the server's log",
            "在该分支以字符串返回查询参数 `echostr`（Flask：`return echostr`，不要返回 None、bool、int；Express：`res.send(String(echostr))`），并查看服务器日志",
        ),
        looks: words(
            "an error page for the right signature only",
            "只有签名正确时才出错",
        ),
        code: Code {
            python: "return request.args.get('echostr', '')",
            node: "res.send(String(req.query.echostr))",
            php: "echo $_GET['echostr']; exit;",
            java: "response.getWriter().print(request.getParameter(\"echostr\")); // Spring: return echostr; in a @RestController",
        },
    },
    Cause {
        id: "parameters-refused",
        says: words(
            "your server answers {status} to a GET with all parameters: your code looks for them outside the query string, or under other names",
            "带齐参数的 GET 得到 {status}：你的代码不是从查询字符串读取参数，或者参数名写错了",
        ),
        fix: words(
            "read `signature`, `timestamp`, `nonce` and `echostr` from the query string (request.args, req.query, $_GET), spelled exactly so",
            "从查询字符串（request.args、req.query、$_GET）读取 `signature`、`timestamp`、`nonce`、`echostr`，注意拼写",
        ),
        looks: words(
            "400 or 422, for right and wrong signatures alike",
            "签名对错都返回 400 或 422",
        ),
        code: Code {
            python: "signature = request.args.get('signature'); echostr = request.args.get('echostr')",
            node: "const { signature, timestamp, nonce, echostr } = req.query",
            php: "$signature = $_GET['signature']; $echostr = $_GET['echostr'];",
            java: "String signature = request.getParameter(\"signature\"), timestamp = request.getParameter(\"timestamp\"), nonce = request.getParameter(\"nonce\"), echostr = request.getParameter(\"echostr\"); // Spring: @RequestParam String signature, …",
        },
    },
];
