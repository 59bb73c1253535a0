//! Mistakes in answering the verification once the signature is right.

use crate::diagnosis::cause::{Cause, Code, NO_CODE, Words, words};

const PLAIN: Code = Code {
    python: "return request.args.get('echostr')",
    node: "res.send(req.query.echostr)",
    php: "echo $_GET['echostr']; exit;",
    java: "response.getWriter().print(request.getParameter(\"echostr\")); // Spring: return echostr; in a @RestController",
};

const ECHO: Words = words(
    "return the value of the query parameter `echostr` alone: remove print_r(), var_dump() and any other output",
    "只返回查询参数 `echostr` 的值：去掉 print_r()、var_dump() 等其他输出",
);

pub(super) static CAUSES: &[Cause] = &[
    Cause {
        id: "echo-quoted",
        says: words(
            "your code returns echostr as JSON, in quotation marks ({got})",
            "你的代码把 echostr 以 JSON 形式返回，带上了引号（{got}）",
        ),
        fix: words(
            "return it as plain text: no jsonify(), json.dumps(), res.json(), json_encode()",
            "以纯文本返回：不要用 jsonify()、json.dumps()、res.json()、json_encode()",
        ),
        looks: words("`\"…\"` comes back", "返回 `\"…\"`"),
        code: PLAIN,
    },
    Cause {
        id: "echo-json-object",
        says: words(
            "your code returns echostr inside a JSON object ({got})",
            "你的代码把 echostr 放进 JSON 对象里返回（{got}）",
        ),
        fix: words(
            "return the string by itself: no dict, no res.json(), no json_encode()",
            "直接返回该字符串：不要返回字典，不要用 res.json()、json_encode()",
        ),
        looks: words("a JSON object comes back", "返回一个 JSON 对象"),
        code: PLAIN,
    },
    Cause {
        id: "echo-number",
        says: words(
            "your code turns echostr into a number, which loses digits ({got})",
            "你的代码把 echostr 转成了数字，丢失了部分数位（{got}）",
        ),
        fix: words(
            "keep it a string: no int(), float(), Number(), parseInt(), (int)",
            "保持字符串：不要用 int()、float()、Number()、parseInt()、(int)",
        ),
        looks: words("other digits come back", "返回的数字不一样"),
        code: PLAIN,
    },
    Cause {
        id: "echo-bom",
        says: words(
            "a byte order mark stands in front of echostr: a source file of your server is saved as UTF-8 with BOM",
            "echostr 前面多了 BOM：服务器的某个源文件保存成了带 BOM 的 UTF-8",
        ),
        fix: words(
            "save the PHP file, and every file that it includes, as UTF-8 without BOM",
            "把该 PHP 文件及其包含的所有文件另存为不带 BOM 的 UTF-8",
        ),
        looks: words("the bytes EF BB BF come first", "开头是字节 EF BB BF"),
        code: NO_CODE,
    },
    Cause {
        id: "echo-white-space",
        says: words(
            "your code adds white space or a line break to echostr ({got})",
            "你的代码给 echostr 加上了空白或换行（{got}）",
        ),
        fix: words(
            "send it without: no \"\\n\" behind it, no println, nothing outside <?php … ?> in any PHP file",
            "去掉它：后面不要加 \"\\n\"，不要用 println，PHP 文件的 <?php … ?> 之外不要有任何字符",
        ),
        looks: words("white space stands around it", "前后有空白"),
        code: PLAIN,
    },
    Cause {
        id: "echo-warning",
        says: words(
            "PHP prints a message in front of echostr: {got}",
            "PHP 在 echostr 前面输出了提示信息：{got}",
        ),
        fix: words(
            "fix what the message names, and switch display_errors off",
            "修正该提示指出的问题，并关闭 display_errors",
        ),
        looks: words("a warning and then the echostr", "先是警告，然后是 echostr"),
        code: NO_CODE,
    },
    Cause {
        id: "echo-page",
        says: words(
            "your code returns echostr inside an HTML page ({got})",
            "你的代码把 echostr 放在 HTML 页面里返回（{got}）",
        ),
        fix: words(
            "return the string alone, without template and tags",
            "只返回该字符串，不要用模板和标签",
        ),
        looks: words("HTML tags stand around it", "周围有 HTML 标签"),
        code: PLAIN,
    },
    Cause {
        id: "echo-bytes",
        says: words(
            "your code returns the text of a bytes object or a dump ({got})",
            "你的代码返回了 bytes 对象或调试输出的文本（{got}）",
        ),
        fix: words(
            "return echostr itself: no str() around bytes, no var_dump(), print_r() or repr()",
            "直接返回 echostr：不要对 bytes 使用 str()，不要用 var_dump()、print_r()、repr()",
        ),
        looks: words(
            "`b'…'` or `string(19) \"…\"` comes back",
            "返回 `b'…'` 或 `string(19) \"…\"`",
        ),
        code: PLAIN,
    },
    Cause {
        id: "echo-query",
        says: words(
            "your code returns all parameters ({got})",
            "你的代码返回了所有参数（{got}）",
        ),
        fix: ECHO,
        looks: words(
            "echostr comes back together with the other parameters",
            "echostr 与其他参数一起返回",
        ),
        code: PLAIN,
    },
    Cause {
        id: "echo-around",
        says: words(
            "your code returns more than echostr ({got})",
            "你的代码返回了 echostr 以外的内容（{got}）",
        ),
        fix: ECHO,
        looks: words("other text stands around it", "周围有其他文字"),
        code: PLAIN,
    },
    Cause {
        id: "echo-escaped",
        says: words(
            "your code escapes echostr as HTML ({got})",
            "你的代码对 echostr 做了 HTML 转义（{got}）",
        ),
        fix: words(
            "return it as it was sent, as text/plain: no escape(), htmlspecialchars()",
            "原样以 text/plain 返回：不要用 escape()、htmlspecialchars()",
        ),
        looks: words("`&amp;` comes back for `&`", "`&` 变成 `&amp;`"),
        code: PLAIN,
    },
    Cause {
        id: "echo-decoded-twice",
        says: words(
            "your code or a proxy in front decodes the query twice ({got})",
            "你的代码或前面的代理对查询字符串解码了两次（{got}）",
        ),
        fix: words(
            "leave out the second decoding: no unquote(), decodeURIComponent(), urldecode() on what the framework gives you",
            "去掉第二次解码：框架给出的值不要再用 unquote()、decodeURIComponent()、urldecode()",
        ),
        looks: words(
            "`+` comes back as a space, `%25` as `%`",
            "`+` 变成空格，`%25` 变成 `%`",
        ),
        code: PLAIN,
    },
    Cause {
        id: "echo-encoded",
        says: words(
            "your code returns echostr percent-encoded ({got})",
            "你的代码返回了仍然是百分号编码的 echostr（{got}）",
        ),
        fix: words(
            "return the decoded value that the framework gives you, not a piece of the raw query string",
            "返回框架解码后的值，不要从原始查询字符串中截取",
        ),
        looks: words("`%2B` comes back for `+`", "`+` 变成 `%2B`"),
        code: PLAIN,
    },
    Cause {
        id: "echo-base64",
        says: words(
            "echostr comes back in Base64 (`{got}`)",
            "返回的是 Base64 编码的 echostr（`{got}`）",
        ),
        fix: words(
            "return echostr itself; behind an API gateway set isBase64Encoded to false in the response",
            "直接返回 echostr；在 API 网关后面，响应里的 isBase64Encoded 要设为 false",
        ),
        looks: words("echostr in Base64", "Base64 形式的 echostr"),
        code: NO_CODE,
    },
    Cause {
        id: "echo-other-parameter",
        says: words(
            "your code returns `{name}` instead of echostr",
            "你的代码返回的是 `{name}`，不是 echostr",
        ),
        fix: words("return `echostr`", "改为返回 `echostr`"),
        looks: words(
            "the value of another parameter comes back",
            "返回的是另一个参数的值",
        ),
        code: PLAIN,
    },
    Cause {
        id: "echo-literal",
        says: words(
            "your code returns the word `{got}`, not the value of the parameter",
            "你的代码返回的是 `{got}` 这个词，而不是参数的值",
        ),
        fix: words(
            "take the quotation marks away, so that the variable is returned",
            "去掉引号，返回变量的值",
        ),
        looks: words("the word `echostr` comes back", "返回 `echostr` 这个词"),
        code: PLAIN,
    },
    Cause {
        id: "echo-empty",
        says: words(
            "your code checks the signature correctly, but then sends nothing back",
            "你的代码签名校验正确，但之后没有返回任何内容",
        ),
        fix: words(
            "send the query parameter `echostr` as the body (and check its spelling where it is read)",
            "把查询参数 `echostr` 作为回包返回（并检查读取处的拼写）",
        ),
        looks: words(
            "an empty body for the right signature",
            "签名正确时回包为空",
        ),
        code: PLAIN,
    },
    Cause {
        id: "echo-word",
        says: words(
            "your code checks the signature correctly, but then answers `{got}` instead of echostr",
            "你的代码签名校验正确，但返回的是 `{got}` 而不是 echostr",
        ),
        fix: words(
            "send the query parameter `echostr` as the body",
            "把查询参数 `echostr` 作为回包返回",
        ),
        looks: words(
            "another text for the right signature",
            "签名正确时返回了别的文字",
        ),
        code: PLAIN,
    },
    Cause {
        id: "echo-fixed",
        says: words(
            "your server answers every GET with `{got}`, with or without parameters: no code handles the verification there",
            "无论请求什么，你的服务器对 GET 都返回 `{got}`：这里没有处理验证请求",
        ),
        fix: words(
            "in the GET handler of this path, check the signature and answer the query parameter `echostr`; if that code is there already, correct the path in the URL or restart the server",
            "在该路径的 GET 处理函数中校验签名并返回查询参数 `echostr`；如果已经写了，请检查 URL 的路径或重启服务",
        ),
        looks: words(
            "the same text with and without parameters",
            "带不带参数都返回同样的文字",
        ),
        code: PLAIN,
    },
    Cause {
        id: "echo-status",
        says: words(
            "your code returns echostr with status {status}",
            "你的代码返回 echostr 时状态码是 {status}",
        ),
        fix: words("answer with status 200", "改为状态码 200"),
        looks: words(
            "the echostr with another status than 200",
            "返回 echostr，但状态码不是 200",
        ),
        code: PLAIN,
    },
    Cause {
        id: "echo-silent",
        says: words(
            "your code sends no response within {limit} when the signature is right, although it answers wrong ones",
            "签名正确时你的代码在 {limit} 内没有响应，签名错误时却有响应",
        ),
        fix: words(
            "send echostr in that branch at once: res.send(echostr) (Express), return echostr (Flask), echo $echostr (PHP)",
            "在该分支立即返回 echostr：Express 用 res.send(echostr)，Flask 用 return echostr，PHP 用 echo $echostr",
        ),
        looks: words(
            "no answer to the right signature, an answer to wrong ones",
            "签名正确时没有响应，签名错误时有响应",
        ),
        code: PLAIN,
    },
];
