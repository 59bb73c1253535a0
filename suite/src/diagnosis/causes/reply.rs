//! Mistakes in what a push is answered with.

use crate::diagnosis::cause::{Cause, Code, NO_CODE, words};

const SUCCESS: Code = Code {
    python: "return 'success'",
    node: "res.send('success')",
    php: "echo 'success'; exit;",
    java: "response.getWriter().print(\"success\"); // Spring: return \"success\"; in a @RestController",
};

const XML: Code = Code {
    python: "return f'<xml><ToUserName><![CDATA[{msg.findtext(\"FromUserName\")}]]></ToUserName><FromUserName><![CDATA[{msg.findtext(\"ToUserName\")}]]></FromUserName><CreateTime>{int(time.time())}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content></xml>'",
    node: "res.type('xml').send(`<xml><ToUserName><![CDATA[${from}]]></ToUserName><FromUserName><![CDATA[${to}]]></FromUserName><CreateTime>${Math.floor(Date.now()/1000)}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[${text}]]></Content></xml>`)",
    php: "echo \"<xml><ToUserName><![CDATA[$from]]></ToUserName><FromUserName><![CDATA[$to]]></FromUserName><CreateTime>\" . time() . \"</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[$text]]></Content></xml>\";",
    java: "return String.format(\"<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName><CreateTime>%d</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[%s]]></Content></xml>\", from, to, System.currentTimeMillis() / 1000, text);",
};

pub(super) static CAUSES: &[Cause] = &[
    Cause {
        id: "reply-word",
        says: words(
            "your code answers a push with `{got}`; WeChat treats that as a failure and tells the user that the service is unavailable",
            "你的代码用 `{got}` 响应推送，微信会当成故障，并提示用户服务不可用",
        ),
        fix: words(
            "answer exactly `success` (seven letters, lower case) or nothing at all",
            "只返回 `success`（七个小写字母）或空内容",
        ),
        looks: words("`ok`, `true`, `1` or the like", "`ok`、`true`、`1` 等"),
        code: SUCCESS,
    },
    Cause {
        id: "reply-unset",
        says: words(
            "your code answers a push with `{got}`: the variable or function result that it sends is empty",
            "你的代码用 `{got}` 响应推送：发送的变量或函数返回值是空的",
        ),
        fix: words(
            "return `success` where there is nothing to reply, and check that the function that makes the reply returns it; if one handler serves GET and POST, ask for the method first: there is no echostr on a POST",
            "没有内容可回复时返回 `success`，并检查生成回复的函数是否有返回值；如果 GET 和 POST 共用一个处理函数，请先判断请求方法：POST 请求没有 echostr",
        ),
        looks: words(
            "`None`, `undefined`, `null`, `[object Object]`",
            "`None`、`undefined`、`null`、`[object Object]`",
        ),
        code: SUCCESS,
    },
    Cause {
        id: "reply-quoted",
        says: words(
            "your code answers a push with {got}, in quotation marks, because it is returned as JSON",
            "你的代码用带引号的 {got} 响应推送，因为它是以 JSON 返回的",
        ),
        fix: words(
            "send plain text: no jsonify(), res.json(), json_encode()",
            "以纯文本返回：不要用 jsonify()、res.json()、json_encode()",
        ),
        looks: words(
            "`\"success\"` with its quotation marks",
            "带引号的 `\"success\"`",
        ),
        code: SUCCESS,
    },
    Cause {
        id: "reply-object",
        says: words(
            "your code answers a push with an object of its own ({got})",
            "你的代码用自定义的对象响应推送（{got}）",
        ),
        fix: words(
            "answer `success`, or a message with ToUserName, FromUserName, CreateTime, MsgType and Content",
            "返回 `success`，或包含 ToUserName、FromUserName、CreateTime、MsgType、Content 的消息",
        ),
        looks: words("`{\"code\":0}`", "`{\"code\":0}`"),
        code: SUCCESS,
    },
    Cause {
        id: "reply-text",
        says: words(
            "your code answers a push with bare text (`{got}`): the user sees an error instead",
            "你的代码直接返回文本（`{got}`）：用户看到的会是错误提示",
        ),
        fix: words(
            "put the text into a reply message in XML, or answer `success`",
            "把文本放进 XML 回复消息，或返回 `success`",
        ),
        looks: words(
            "text that is neither `success` nor a message",
            "既不是 `success` 也不是消息的文本",
        ),
        code: XML,
    },
    Cause {
        id: "reply-base64",
        says: words(
            "your answer to a push arrives in Base64 (`{got}`)",
            "你对推送的响应是 Base64 编码的（`{got}`）",
        ),
        fix: words(
            "return the text itself; behind an API gateway set isBase64Encoded to false in the response",
            "直接返回原文；在 API 网关后面，响应里的 isBase64Encoded 要设为 false",
        ),
        looks: words(
            "`success` or a message in Base64",
            "Base64 形式的 `success` 或消息",
        ),
        code: SUCCESS,
    },
    Cause {
        id: "reply-page",
        says: words(
            "your code answers a push with an HTML page ({got})",
            "你的代码用 HTML 页面响应推送（{got}）",
        ),
        fix: words(
            "answer `success`: handle POST by itself, before the code that shows a page",
            "返回 `success`：在输出页面的代码之前单独处理 POST",
        ),
        looks: words("a page", "一个网页"),
        code: SUCCESS,
    },
    Cause {
        id: "reply-verification",
        says: words(
            "your server treats a push like a verification: the POST runs the code of the GET ({got})",
            "你的服务器把推送当成验证请求：POST 执行了 GET 的代码（{got}）",
        ),
        fix: words(
            "ask for the method first: echostr on GET, handle the message and answer `success` on POST",
            "先判断请求方法：GET 返回 echostr，POST 处理消息并返回 `success`",
        ),
        looks: words(
            "a POST gets what a GET without echostr gets",
            "POST 得到的与没有 echostr 的 GET 相同",
        ),
        code: SUCCESS,
    },
    Cause {
        id: "reply-names",
        says: words(
            "ToUserName and FromUserName of your reply are not swapped: {got}",
            "回复消息的 ToUserName 和 FromUserName 没有对调：{got}",
        ),
        fix: words(
            "write the push's FromUserName into ToUserName of the reply, and its ToUserName into FromUserName",
            "把推送的 FromUserName 写入回复的 ToUserName，把推送的 ToUserName 写入回复的 FromUserName",
        ),
        looks: words(
            "the reply is addressed to the account instead of the user",
            "回复发给了公众号而不是用户",
        ),
        code: XML,
    },
    Cause {
        id: "reply-unread",
        says: words(
            "ToUserName or FromUserName of your reply is empty: {got}, so your code did not read the push",
            "回复消息的 ToUserName 或 FromUserName 是空的：{got}，说明代码没有读到推送内容",
        ),
        fix: words(
            "read the raw body (request.data, express.text(), file_get_contents('php://input')), parse it, and take FromUserName and ToUserName from it, spelled exactly so",
            "读取原始请求体（request.data、express.text()、file_get_contents('php://input')）并解析，从中取 FromUserName 和 ToUserName，注意拼写",
        ),
        looks: words("the names in the reply are empty", "回复中的收发方为空"),
        code: Code {
            python: "msg = ET.fromstring(request.data); user = msg.findtext('FromUserName')",
            node: "app.use(express.text({ type: '*/*' })); // then parse req.body",
            php: "$msg = simplexml_load_string(file_get_contents('php://input')); $user = (string)$msg->FromUserName;",
            java: "String body = new String(request.getInputStream().readAllBytes(), StandardCharsets.UTF_8); // Spring: @RequestBody String body",
        },
    },
    Cause {
        id: "reply-create-time",
        says: words(
            "CreateTime of your reply is missing or not a whole number",
            "回复消息的 CreateTime 缺失或不是整数",
        ),
        fix: words(
            "write the present time in whole seconds: int(time.time()), Math.floor(Date.now() / 1000), time()",
            "写入以秒为单位的当前时间：int(time.time())、Math.floor(Date.now() / 1000)、time()",
        ),
        looks: words(
            "CreateTime is missing, no number or no whole number",
            "CreateTime 缺失、不是数字或不是整数",
        ),
        code: XML,
    },
    Cause {
        id: "reply-part",
        says: words("your reply lacks {got}", "回复消息缺少：{got}"),
        fix: words(
            "write it with exactly that spelling, capital letters included",
            "补上该字段，注意拼写和大小写",
        ),
        looks: words(
            "a message without MsgType, Content or the like",
            "消息缺少 MsgType、Content 等",
        ),
        code: XML,
    },
    Cause {
        id: "reply-malformed",
        says: words(
            "your reply is not valid {format}: {got}",
            "回复消息不是合法的 {format}：{got}",
        ),
        fix: words(
            "close every tag, put texts into <![CDATA[…]]>, and write nothing before <xml>",
            "闭合所有标签，文本放进 <![CDATA[…]]>，<xml> 之前不要有任何内容",
        ),
        looks: words("XML or JSON that does not parse", "无法解析的 XML 或 JSON"),
        code: XML,
    },
    Cause {
        id: "reply-other-format",
        says: words(
            "your code answers in {got}, and the account is set to {format}",
            "你的代码以 {got} 格式回复，而账号配置的是 {format}",
        ),
        fix: words(
            "answer in {format}, as the push came",
            "按推送的格式用 {format} 回复",
        ),
        looks: words("a message in the other format", "消息用了另一种格式"),
        code: XML,
    },
    Cause {
        id: "reply-clear",
        says: words(
            "your code replies in plain text, but the account is in safe mode",
            "账号处于安全模式，而你的代码以明文回复",
        ),
        fix: words(
            "encrypt and sign the reply like the push, or answer `success`",
            "像推送一样加密并签名回复，或返回 `success`",
        ),
        looks: words(
            "a readable message although safe mode is configured",
            "安全模式下的明文消息",
        ),
        code: NO_CODE,
    },
    Cause {
        id: "reply-bom",
        says: words(
            "a byte order mark stands in front of your answer: a source file of your server is saved as UTF-8 with BOM",
            "响应前面多了 BOM：服务器的某个源文件保存成了带 BOM 的 UTF-8",
        ),
        fix: words(
            "save the PHP file, and every file that it includes, as UTF-8 without BOM",
            "把该 PHP 文件及其包含的所有文件另存为不带 BOM 的 UTF-8",
        ),
        looks: words("the bytes EF BB BF come first", "开头是字节 EF BB BF"),
        code: NO_CODE,
    },
    Cause {
        id: "reply-status",
        says: words(
            "your code accepts a push, but answers with status {status}",
            "你的代码接受了推送，但状态码是 {status}",
        ),
        fix: words("answer with status 200", "改为状态码 200"),
        looks: words("201, 202 or 204", "201、202 或 204"),
        code: SUCCESS,
    },
    Cause {
        id: "reply-warning",
        says: words(
            "PHP prints a message into your answer: {got}",
            "PHP 在响应中输出了提示信息：{got}",
        ),
        fix: words(
            "fix what the message names (read the body with file_get_contents('php://input')), and switch display_errors off",
            "修正该提示指出的问题（用 file_get_contents('php://input') 读取请求体），并关闭 display_errors",
        ),
        looks: words(
            "`Warning:` or `Notice:` in the answer",
            "响应中有 `Warning:` 或 `Notice:`",
        ),
        code: NO_CODE,
    },
];
