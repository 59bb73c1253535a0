//! Mistakes that show when a message is pushed.

use crate::diagnosis::cause::{Cause, Code, NO_CODE, words};

const RAW_BODY: Code = Code {
    python: "xml = request.data.decode('utf-8'); msg = ET.fromstring(xml)",
    node: "app.use(express.text({ type: '*/*' })); // then req.body is the XML as a string",
    php: "$xml = file_get_contents('php://input'); $msg = simplexml_load_string($xml);",
    java: "String body = new String(request.getInputStream().readAllBytes(), StandardCharsets.UTF_8); // Spring: @RequestBody String body",
};

const POST_ROUTE: Code = Code {
    python: "@app.route('{path}', methods=['GET', 'POST'])",
    node: "app.post('{path}', (req, res) => res.send('success'))",
    php: "",
    java: "@PostMapping(\"{path}\") String push(@RequestBody String body) { return \"success\"; } // in a @RestController",
};

pub(super) static CAUSES: &[Cause] = &[
    Cause {
        id: "post-not-allowed",
        says: words(
            "your route for {path} does not accept POST (405; allowed: {allow}), but WeChat pushes messages by POST",
            "{path} 的路由不接受 POST（405；允许的方法：{allow}），而微信用 POST 推送消息",
        ),
        fix: words(
            "let the same route accept POST as well (Flask: methods=['GET', 'POST']; Express: app.post)",
            "让同一路由也接受 POST（Flask：methods=['GET', 'POST']；Express：app.post）",
        ),
        looks: words("405 to a POST", "POST 返回 405"),
        code: POST_ROUTE,
    },
    Cause {
        id: "post-not-found",
        says: words(
            "your server has no POST route for {path} (404), and WeChat pushes messages by POST to the same path as the GET",
            "你的服务器没有 POST {path} 的路由（404），而微信用 POST 把消息推送到与 GET 相同的路径",
        ),
        fix: words(
            "register a POST handler for {path} (Express: app.post('{path}', …); Flask: methods=['GET', 'POST'])",
            "为 {path} 注册 POST 处理函数（Express：app.post('{path}', …)；Flask：methods=['GET', 'POST']）",
        ),
        looks: words(
            "404 to a POST, while the GET is answered",
            "GET 有响应，POST 返回 404",
        ),
        code: POST_ROUTE,
    },
    Cause {
        id: "csrf",
        says: words(
            "the CSRF guard of your framework refuses every POST to {path} (status {status})",
            "框架的 CSRF 防护拒绝了所有发往 {path} 的 POST（状态码 {status}）",
        ),
        fix: words(
            "exempt {path}: @csrf.exempt (Flask-WTF), @csrf_exempt (Django), the route before app.use(csrf()) (Express), the except list of VerifyCsrfToken (Laravel)",
            "让 {path} 免于 CSRF 检查：@csrf.exempt（Flask-WTF）、@csrf_exempt（Django）、把路由放在 app.use(csrf()) 之前（Express）、加入 VerifyCsrfToken 的 except 列表（Laravel）",
        ),
        looks: words(
            "419, or 403 with a word about CSRF, signed and unsigned alike, while GET passes",
            "419，或带 CSRF 字样的 403；签名对错都一样，而 GET 正常",
        ),
        code: NO_CODE,
    },
    Cause {
        id: "post-refused",
        says: words(
            "every POST to {path} is {how} alike, whatever the signature, mode or format ({got})",
            "无论签名、模式或格式如何，发往 {path} 的 POST 都{how}（{got}）",
        ),
        fix: words(
            "in the POST handler read signature, timestamp and nonce from the query string (request.args, req.query, $_GET) and check them by the same code as on GET; {beside}",
            "POST 处理中同样从查询字符串（request.args、req.query、$_GET）读取 signature、timestamp、nonce，并使用与 GET 相同的校验代码；{beside}",
        ),
        looks: words(
            "right, wrong and missing signatures are refused or answered alike on POST, while GET passes",
            "POST 时正确、错误和缺失的签名同样被拒绝，或得到同样的响应，而 GET 正常",
        ),
        code: NO_CODE,
    },
    Cause {
        id: "media-type",
        says: words(
            "your code accepts JSON only (status {status}): it reads the body with a JSON parser (request.json, get_json(), express.json()), and WeChat sends {format} as {sent}",
            "你的代码只接受 JSON（状态码 {status}）：用 JSON 解析器（request.json、get_json()、express.json()）读取请求体，而微信以 {sent} 发送 {format}",
        ),
        fix: words(
            "read the raw body and parse it as {format}",
            "读取原始请求体，并按 {format} 解析",
        ),
        looks: words(
            "415, or 400 from a JSON parser",
            "415，或 JSON 解析器的 400",
        ),
        code: RAW_BODY,
    },
    Cause {
        id: "content-type-wanted",
        says: words(
            "your server accepts the push only with Content-Type {wanted}, but WeChat sends {sent}",
            "你的服务器只在 Content-Type 为 {wanted} 时接受推送，而微信发送的是 {sent}",
        ),
        fix: words(
            "parse the body whatever its Content-Type is (express.text({ type: '*/*' }), request.data, php://input)",
            "不论 Content-Type 是什么都解析请求体（express.text({ type: '*/*' })、request.data、php://input）",
        ),
        looks: words(
            "the same push is accepted with another Content-Type",
            "换一个 Content-Type 后同样的推送被接受",
        ),
        code: RAW_BODY,
    },
    Cause {
        id: "body-limit",
        says: words(
            "your server says that a push of a few hundred bytes is too large (413)",
            "你的服务器认为几百字节的推送太大（413）",
        ),
        fix: words(
            "raise the body limit (nginx: client_max_body_size, Express: limit, Flask: MAX_CONTENT_LENGTH)",
            "调大请求体上限（nginx：client_max_body_size，Express：limit，Flask：MAX_CONTENT_LENGTH）",
        ),
        looks: words("413", "413"),
        code: NO_CODE,
    },
    Cause {
        id: "other-mode",
        says: words(
            "your server accepts pushes in {mode} mode, {format}, but they are sent in {ours}",
            "你的服务器接受的是 {mode} 模式、{format} 格式的推送，而现在发送的是 {ours}",
        ),
        fix: words(
            "go by what is configured at WeChat: give wxcheck ⟦mode⟧ {mode} ⟦format⟧ {format}, or change the server",
            "以微信后台的配置为准：给 wxcheck 加上 ⟦mode⟧ {mode} ⟦format⟧ {format}，或修改服务器",
        ),
        looks: words(
            "refused as configured, accepted in another mode or format",
            "按配置的模式被拒绝，换一种模式或格式后被接受",
        ),
        code: NO_CODE,
    },
    Cause {
        id: "reads-msg-signature",
        says: words(
            "your POST handler compares with the query parameter `msg_signature`; in plain mode WeChat sends `signature` only",
            "你的 POST 处理代码与查询参数 `msg_signature` 比较，而明文模式下微信只发送 `signature`",
        ),
        fix: words(
            "read `signature` in plain mode, and `msg_signature` only for an encrypted push",
            "明文模式读取 `signature`，只有加密推送才读取 `msg_signature`",
        ),
        looks: words(
            "a plain push is accepted whose `msg_signature` holds the value of `signature`",
            "把 `signature` 的值放进 `msg_signature` 后明文推送被接受",
        ),
        code: Code {
            python: "signature = request.args.get('signature')",
            node: "const { signature } = req.query",
            php: "$signature = $_GET['signature'];",
            java: "String signature = request.getParameter(\"signature\"); // Spring: @RequestParam String signature",
        },
    },
    Cause {
        id: "body-base64",
        says: words(
            "your code decodes the body from Base64 first, as behind an API gateway, and WeChat sends it as it is",
            "你的代码先对请求体做 Base64 解码（API 网关后面的写法），而微信发送的是原文",
        ),
        fix: words(
            "decode it only where the gateway says so (isBase64Encoded), and read it as it is otherwise",
            "只有网关标明 isBase64Encoded 时才解码，否则直接读取原文",
        ),
        looks: words(
            "the same push is accepted with its body in Base64",
            "请求体换成 Base64 后同样的推送被接受",
        ),
        code: NO_CODE,
    },
    Cause {
        id: "body-encoded",
        says: words(
            "a gateway in front of your code hands the body on in Base64, and your code reads it as it is ({got})",
            "前面的网关把请求体转成了 Base64，而你的代码直接读取（{got}）",
        ),
        fix: words(
            "decode it where isBase64Encoded is true, or switch the encoding off at the gateway",
            "isBase64Encoded 为 true 时先做 Base64 解码，或在网关关闭 Base64 编码",
        ),
        looks: words(
            "the answer quotes the message in Base64",
            "响应中出现 Base64 形式的消息",
        ),
        code: Code {
            python: "body = base64.b64decode(event['body']) if event.get('isBase64Encoded') else event['body']",
            node: "const body = event.isBase64Encoded ? Buffer.from(event.body, 'base64').toString() : event.body",
            php: "$body = $event->isBase64Encoded ? base64_decode($event->body) : $event->body;",
            java: "String body = event.getIsBase64Encoded() ? new String(Base64.getDecoder().decode(event.getBody()), StandardCharsets.UTF_8) : event.getBody();",
        },
    },
    Cause {
        id: "parts-openid",
        says: words(
            "your POST handler signs openid as well",
            "你的 POST 处理代码把 openid 也放进了签名",
        ),
        fix: words(
            "sort and hash three strings only: token, timestamp and nonce",
            "只对三个字符串排序并哈希：token、timestamp、nonce",
        ),
        looks: words(
            "a push is accepted whose signature covers openid as a fourth string",
            "签名中加入 openid 作为第四个字符串后推送被接受",
        ),
        code: NO_CODE,
    },
    Cause {
        id: "openid-refused",
        says: words(
            "your server refuses a push whose query holds `openid`, which WeChat often sends",
            "你的服务器拒绝查询中带有 `openid` 的推送，而微信的推送经常带有它",
        ),
        fix: words(
            "ignore query parameters that your code does not need",
            "忽略代码不认识的查询参数",
        ),
        looks: words(
            "the same push is accepted without `openid`",
            "去掉 `openid` 后同样的推送被接受",
        ),
        code: NO_CODE,
    },
    Cause {
        id: "openid-wanted",
        says: words(
            "your code insists on the query parameter `openid`, which WeChat does not always send",
            "你的代码要求查询参数 `openid`，而微信并不总是发送它",
        ),
        fix: words(
            "take the user from FromUserName in the message",
            "用消息里的 FromUserName 识别用户",
        ),
        looks: words(
            "the same push is accepted with `openid`",
            "加上 `openid` 后同样的推送被接受",
        ),
        code: NO_CODE,
    },
    Cause {
        id: "wants-x-wx-source",
        says: words(
            "your server accepts pushes only with the header x-wx-source, which cloud hosting adds",
            "你的服务器只接受带有 x-wx-source 请求头的推送，该请求头由微信云托管添加",
        ),
        fix: words(
            "deploy it in cloud hosting (⟦account⟧ cloud-hosting), or check the signature instead of the header",
            "部署到云托管（⟦account⟧ cloud-hosting），或改为校验签名",
        ),
        looks: words(
            "the same push is accepted with x-wx-source",
            "加上 x-wx-source 后同样的推送被接受",
        ),
        code: NO_CODE,
    },
    Cause {
        id: "push-body",
        says: words(
            "your POST handler looks for form fields or JSON in the body (status {status}), and WeChat sends the message as raw {format}",
            "你的 POST 处理代码在请求体里找表单字段或 JSON（状态码 {status}），而微信发送的是原始 {format}",
        ),
        fix: words(
            "read the raw body (request.data, express.text(), php://input) instead of request.form, request.json or $_POST, and parse it as {format}; signature, timestamp and nonce are in the query string (request.args, req.query, $_GET)",
            "读取原始请求体（request.data、express.text()、php://input），不要用 request.form、request.json 或 $_POST，并按 {format} 解析；signature、timestamp、nonce 在查询字符串里（request.args、req.query、$_GET）",
        ),
        looks: words(
            "400 or 422 to every POST, while GET passes",
            "POST 一律返回 400 或 422，而 GET 正常",
        ),
        code: RAW_BODY,
    },
    Cause {
        id: "body-fails",
        says: words(
            "your POST handler answers a signed request with an empty body, and fails with status {status} on a message: what reads or handles the body is broken",
            "你的 POST 处理函数能响应没有请求体的签名请求，但收到消息就以状态码 {status} 出错：问题出在读取或处理请求体的代码",
        ),
        fix: words(
            "read the raw body (request.data, express.text({ type: '*/*' }), php://input), parse it as {format}, and answer `success` at the end; the last line of the error in the server's log names the place",
            "读取原始请求体（request.data、express.text({ type: '*/*' })、php://input），按 {format} 解析，最后返回 `success`；服务器日志中错误的最后一行会指出位置",
        ),
        looks: words(
            "500 to a message, while the same request without a body is accepted",
            "收到消息返回 500，而同样的请求去掉请求体后被接受",
        ),
        code: RAW_BODY,
    },
    Cause {
        id: "push-gateway",
        says: words(
            "the gateway in front of your code answers a push with {status}, {contrast}",
            "你的代码前面的网关用 {status} 响应推送，{contrast}",
        ),
        fix: words(
            "read the log of your function or process for the error; an API gateway often hands the body on in Base64 (isBase64Encoded), so decode it first and parse it as {format}; then return `success` in every branch",
            "查看函数或进程日志中的错误；API 网关常把请求体转成 Base64（isBase64Encoded），要先解码再按 {format} 解析，并在每个分支返回 `success`",
        ),
        looks: words(
            "502 or 504 to a push, while GET passes",
            "推送返回 502 或 504，而 GET 正常",
        ),
        code: Code {
            python: "body = base64.b64decode(event['body']) if event.get('isBase64Encoded') else event['body']",
            node: "const body = event.isBase64Encoded ? Buffer.from(event.body, 'base64').toString() : event.body",
            php: "$body = $event->isBase64Encoded ? base64_decode($event->body) : $event->body;",
            java: "String body = event.getIsBase64Encoded() ? new String(Base64.getDecoder().decode(event.getBody()), StandardCharsets.UTF_8) : event.getBody();",
        },
    },
    Cause {
        id: "push-event",
        says: words(
            "your POST handler answers a text message, but fails on an event, which has no Content and no MsgId ({got})",
            "你的 POST 处理函数能处理文本消息，但遇到事件就失败，事件没有 Content 和 MsgId（{got}）",
        ),
        fix: words(
            "look at MsgType first, and answer `success` for every type that your code does not handle",
            "先判断 MsgType，代码不处理的类型一律返回 `success`",
        ),
        looks: words(
            "an error for an event, while a text message is accepted",
            "文本消息正常，事件出错",
        ),
        code: Code {
            python: "if msg.findtext('MsgType') != 'text': return 'success'",
            node: "if (msg.MsgType !== 'text') return res.send('success')",
            php: "if ((string)$msg->MsgType !== 'text') { echo 'success'; exit; }",
            java: "if (!\"text\".equals(msgType)) { return \"success\"; }",
        },
    },
    Cause {
        id: "other-format",
        says: words(
            "your code reads the message as {wanted}, but it is sent as {format}",
            "你的代码按 {wanted} 读取消息，而发送的是 {format}",
        ),
        fix: words(
            "parse the raw body as {format}; if the account is set to {wanted} at WeChat, give wxcheck ⟦format⟧ {option}",
            "按 {format} 解析原始请求体；如果微信后台配置的是 {wanted}，请给 wxcheck 加上 ⟦format⟧ {option}",
        ),
        looks: words(
            "refused as configured, accepted in the other format",
            "按配置的格式被拒绝，换另一种格式后被接受",
        ),
        code: RAW_BODY,
    },
    Cause {
        id: "push-form",
        says: words(
            "your POST handler reads signature, timestamp and nonce from the body (request.form, req.body, $_POST), and WeChat sends them in the query string",
            "你的 POST 处理代码从请求体（request.form、req.body、$_POST）读取 signature、timestamp、nonce，而微信把它们放在查询字符串里",
        ),
        fix: words(
            "read them from the query string in the POST handler too: request.args (Flask), req.query (Express), $_GET (PHP), getParameter() (servlet)",
            "POST 处理中也从查询字符串读取：Flask 用 request.args，Express 用 req.query，PHP 用 $_GET，Servlet 用 getParameter()",
        ),
        looks: words(
            "a POST is accepted that carries the parameters as a form",
            "以表单携带参数的 POST 被接受",
        ),
        code: NO_CODE,
    },
    Cause {
        id: "push-redirect",
        says: words(
            "your server redirects a POST to {other}, and WeChat does not follow",
            "你的服务器把 POST 重定向到 {other}，而微信不会跟随重定向",
        ),
        fix: words(
            "write {other} in the URL, or answer the POST at {path} itself",
            "URL 改成 {other}，或让 {path} 直接响应 POST",
        ),
        looks: words("3xx to a POST", "POST 返回 3xx"),
        code: NO_CODE,
    },
    Cause {
        id: "push-silent",
        says: words(
            "your POST handler sends no answer to a push ({got})",
            "你的 POST 处理函数没有响应推送（{got}）",
        ),
        fix: words(
            "answer `success` at the end of the handler in every branch (Express: res.send('success')), and do slow work afterwards; where a body parser is set up (express.text(), bodyParser), read req.body: the 'data' and 'end' events of the request never come then",
            "在处理函数的每个分支最后返回 `success`（Express：res.send('success')），耗时的工作放到之后做；如果用了请求体解析中间件（express.text()、bodyParser），请读取 req.body，此时不会再有 'data' 和 'end' 事件",
        ),
        looks: words(
            "no answer to a POST within five seconds, while GET is answered",
            "GET 有响应，POST 五秒内没有响应",
        ),
        code: Code {
            python: "return 'success'",
            node: "res.send('success')",
            php: "echo 'success'; exit;",
            java: "response.getWriter().print(\"success\"); // Spring: return \"success\"; in a @RestController",
        },
    },
    Cause {
        id: "push-closed",
        says: words(
            "your server closes the connection when a message is pushed ({got})",
            "推送消息时你的服务器关闭了连接（{got}）",
        ),
        fix: words(
            "check its log for a crash in the POST handler, and answer `success` in every branch",
            "查看日志中 POST 处理函数的崩溃信息，并在每个分支都返回 `success`",
        ),
        looks: words(
            "the connection ends while a POST is read or answered",
            "读取或响应 POST 时连接中断",
        ),
        code: NO_CODE,
    },
    Cause {
        id: "push-raised",
        says: words(
            "your POST handler fails with status {status}, although the signature is right",
            "签名正确，但你的 POST 处理函数以状态码 {status} 出错",
        ),
        fix: words(
            "read the raw body, parse it as {format}, and end every branch with an answer (return 'success', res.send('success')); echostr is not there on a POST; the last line of the error in the server's log names the place",
            "读取原始请求体，按 {format} 解析，并在每个分支返回响应（return 'success'、res.send('success')）；POST 请求没有 echostr；服务器日志中错误的最后一行会指出位置",
        ),
        looks: words("a bare 500 to a POST", "POST 返回没有说明的 500"),
        code: RAW_BODY,
    },
];
