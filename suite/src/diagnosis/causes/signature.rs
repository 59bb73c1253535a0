//! Mistakes in computing the signature.

use crate::diagnosis::cause::{Cause, Code, NO_CODE, Words, words};

const TAKEN: Words = Words {
    en: "the right signature is refused like a wrong one, and the one computed with this mistake is accepted",
    zh: "正确的签名和错误的签名一样被拒绝，而按这个错误算出来的签名却被接受",
};

pub(super) const SORTED: Code = Code {
    python: "sign = hashlib.sha1(''.join(sorted([token, timestamp, nonce])).encode()).hexdigest()",
    node: "const sign = crypto.createHash('sha1').update([token, timestamp, nonce].sort().join('')).digest('hex')",
    php: "$a = [$token, $timestamp, $nonce]; sort($a, SORT_STRING); $sign = sha1(implode('', $a));",
    java: "String[] a = {token, timestamp, nonce}; Arrays.sort(a); String sign = String.format(\"%040x\", new BigInteger(1, MessageDigest.getInstance(\"SHA-1\").digest(String.join(\"\", a).getBytes(StandardCharsets.UTF_8))));",
};

/// The whole of a right answer to a verification.
pub(super) const HANDLER: Code = Code {
    python: "sign = hashlib.sha1(''.join(sorted([TOKEN, request.args.get('timestamp', ''), request.args.get('nonce', '')])).encode('utf-8')).hexdigest(); return request.args.get('echostr', '') if sign == request.args.get('signature') else ('bad signature', 403)",
    node: "const { signature, timestamp, nonce, echostr } = req.query; const sign = crypto.createHash('sha1').update([TOKEN, timestamp, nonce].sort().join('')).digest('hex'); return sign === signature ? res.send(echostr) : res.status(403).send('bad signature')",
    php: "$a = [$token, $_GET['timestamp'], $_GET['nonce']]; sort($a, SORT_STRING); if (sha1(implode('', $a)) === $_GET['signature']) { echo $_GET['echostr']; } exit;",
    java: "String[] a = {TOKEN, request.getParameter(\"timestamp\"), request.getParameter(\"nonce\")}; Arrays.sort(a); String sign = String.format(\"%040x\", new BigInteger(1, MessageDigest.getInstance(\"SHA-1\").digest(String.join(\"\", a).getBytes(StandardCharsets.UTF_8)))); if (sign.equals(request.getParameter(\"signature\"))) { response.getWriter().print(request.getParameter(\"echostr\")); } else { response.sendError(403); }",
};

const STRIPPED: Code = Code {
    python: "token = token.strip()",
    node: "token = token.trim()",
    php: "$token = trim($token);",
    java: "token = token.trim();",
};

const FROM_QUERY: Code = Code {
    python: "signature = request.args.get('signature'); timestamp = request.args.get('timestamp'); nonce = request.args.get('nonce'); echostr = request.args.get('echostr')",
    node: "const { signature, timestamp, nonce, echostr } = req.query",
    php: "$signature = $_GET['signature']; $timestamp = $_GET['timestamp']; $nonce = $_GET['nonce']; $echostr = $_GET['echostr'];",
    java: "String signature = request.getParameter(\"signature\"), timestamp = request.getParameter(\"timestamp\"), nonce = request.getParameter(\"nonce\"), echostr = request.getParameter(\"echostr\"); // Spring: @RequestParam String signature, …",
};

const ELSEWHERE: Words = Words {
    en: "the right parameters are refused like wrong ones, and accepted where the code looks for them",
    zh: "正确的参数和错误的一样被拒绝，而放到代码读取的位置或名称下就被接受",
};

const fn elsewhere(id: &'static str, says: Words, fix: Words, code: Code) -> Cause {
    Cause {
        looks: ELSEWHERE,
        ..taken(id, says, fix, code)
    }
}

const fn taken(id: &'static str, says: Words, fix: Words, code: Code) -> Cause {
    Cause {
        id,
        says,
        fix,
        looks: TAKEN,
        code,
    }
}

const JOIN: Words = words(
    "join the three sorted strings with nothing between them",
    "把排序后的三个字符串直接相连，中间不要加任何字符",
);

const SHA1: Words = words(
    "use SHA-1 and its lower-case hex digest (40 characters)",
    "改用 SHA-1，取小写十六进制结果（40 个字符）",
);

const SAME_TOKEN: Words = words(
    "set your Token variable to the Token that is given to wxcheck and configured at WeChat",
    "把代码里的 Token 变量改成与微信后台（以及传给 wxcheck 的）完全相同的 Token",
);

pub(super) static CAUSES: &[Cause] = &[
    taken(
        "order-unsorted",
        words(
            "your code does not sort the three strings: it hashes {order} in that fixed order",
            "你的代码没有对三个字符串排序，而是固定按 {order} 的顺序拼接",
        ),
        words(
            "sort the list [token, timestamp, nonce] before joining it",
            "先对 [token, timestamp, nonce] 做字典序排序，再拼接",
        ),
        SORTED,
    ),
    taken(
        "joint-comma",
        words(
            "your code joins the sorted strings with commas (`join()` without an argument does that in JavaScript)",
            "你的代码用逗号连接了排序后的字符串（JavaScript 的 `join()` 不带参数时就会这样）",
        ),
        words(
            "write `.join('')` so that nothing stands between them",
            "改成 `.join('')`，中间不要有任何字符",
        ),
        SORTED,
    ),
    taken(
        "token-line-feed",
        words(
            "the Token in your code ends with a line break (it was read from a file or an environment variable)",
            "代码里的 Token 末尾带有换行（多半是从文件或环境变量读入的）",
        ),
        words(
            "strip it: call strip() / trim() on the Token where you read it",
            "读取 Token 后用 strip() / trim() 去掉首尾空白",
        ),
        STRIPPED,
    ),
    taken(
        "token-space",
        words(
            "the Token in your code has a space in front or behind",
            "代码里的 Token 前面或后面多了空格",
        ),
        words(
            "remove the space inside the quotes of the Token variable, or strip() / trim() it where you read it",
            "删掉 Token 引号内的空格，或在读取时用 strip() / trim() 去掉",
        ),
        STRIPPED,
    ),
    taken(
        "token-placeholder",
        words(
            "the Token in your code is still `{token}`, a placeholder or an unset variable",
            "代码里的 Token 还是 `{token}`，即示例占位值或未设置的变量",
        ),
        SAME_TOKEN,
        NO_CODE,
    ),
    taken(
        "token-empty",
        words(
            "the Token in your code is empty when the hash is computed (an unset environment variable, or a variable that the function does not see)",
            "计算签名时代码里的 Token 是空的（环境变量未设置，或函数内访问不到该变量）",
        ),
        words(
            "set it to the Token that is configured at WeChat, and pass it to the function that computes the hash (PHP: `global $token;` or a constant)",
            "填上微信后台配置的 Token，并确保计算签名的函数能访问到它（PHP 用 `global $token;` 或常量）",
        ),
        NO_CODE,
    ),
    taken(
        "hash-md5",
        words("your code hashes with MD5", "你的代码用的是 MD5"),
        SHA1,
        SORTED,
    ),
    taken(
        "hash-sha256",
        words("your code hashes with SHA-256", "你的代码用的是 SHA-256"),
        SHA1,
        SORTED,
    ),
    taken(
        "output-upper",
        words(
            "your code makes the hex digest upper case before comparing",
            "你的代码在比较前把十六进制签名转成了大写",
        ),
        words(
            "compare lower case: leave out upper() / toUpperCase() / strtoupper()",
            "用小写比较：去掉 upper() / toUpperCase() / strtoupper()",
        ),
        NO_CODE,
    ),
    taken(
        "output-base64",
        words(
            "your code writes the SHA-1 as Base64",
            "你的代码把 SHA-1 结果写成了 Base64",
        ),
        words(
            "write it as hex: hexdigest() / digest('hex') / sha1() without `true`",
            "改成十六进制：hexdigest() / digest('hex') / 不带 `true` 的 sha1()",
        ),
        SORTED,
    ),
    elsewhere(
        "names-alias",
        words(
            "your code reads the query parameter `{alias}`, and WeChat calls it `{name}`",
            "你的代码读取的查询参数是 `{alias}`，而微信发送的是 `{name}`",
        ),
        words(
            "read `{name}` instead of `{alias}`",
            "把 `{alias}` 改成 `{name}`",
        ),
        FROM_QUERY,
    ),
    elsewhere(
        "names-body",
        words(
            "your GET handler reads the parameters from the request body (request.form, req.body, $_POST), where WeChat sends none",
            "你的 GET 处理代码从请求体（request.form、req.body、$_POST）读取参数，而微信的验证请求没有请求体",
        ),
        words(
            "read them from the query string: request.args (Flask), req.query (Express), $_GET (PHP), getParameter() (servlet)",
            "改为从查询字符串读取：Flask 用 request.args，Express 用 req.query，PHP 用 $_GET，Servlet 用 getParameter()",
        ),
        FROM_QUERY,
    ),
    elsewhere(
        "names-json",
        words(
            "your GET handler reads the parameters from a JSON body (request.json, request.get_json(), req.body), where WeChat sends none",
            "你的 GET 处理代码从 JSON 请求体（request.json、req.body）读取参数，而微信的验证请求没有请求体",
        ),
        words(
            "read them from the query string: request.args (Flask), req.query (Express), $_GET (PHP), getParameter() (servlet)",
            "改为从查询字符串读取：Flask 用 request.args，Express 用 req.query，PHP 用 $_GET，Servlet 用 getParameter()",
        ),
        FROM_QUERY,
    ),
    elsewhere(
        "names-headers",
        words(
            "your GET handler reads the parameters from the request headers, and WeChat sends them in the query string",
            "你的 GET 处理代码从请求头读取参数，而微信把它们放在查询字符串里",
        ),
        words(
            "read them from the query string: request.args (Flask), req.query (Express), $_GET (PHP), getParameter() (servlet)",
            "改为从查询字符串读取：Flask 用 request.args，Express 用 req.query，PHP 用 $_GET，Servlet 用 getParameter()",
        ),
        FROM_QUERY,
    ),
    elsewhere(
        "token-in-query",
        words(
            "your code takes the Token from the query string (args['token'], req.query.token, $_GET['token']), and WeChat never sends it",
            "你的代码从查询字符串里取 Token（args['token']、req.query.token、$_GET['token']），而微信从不发送 Token",
        ),
        words(
            "write the Token into your configuration, and use that",
            "把 Token 写在自己的配置里并使用它",
        ),
        NO_CODE,
    ),
    taken(
        "order-numeric",
        words(
            "your code sorts timestamp and nonce as numbers (PHP's sort() without SORT_STRING, or `sort((a, b) => a - b)`)",
            "你的代码把 timestamp 和 nonce 当数字排序（PHP 的 sort() 没有加 SORT_STRING，或 `sort((a, b) => a - b)`）",
        ),
        words(
            "sort them as strings: sort($a, SORT_STRING), `.sort()` without an argument, sorted() over str",
            "按字符串排序：sort($a, SORT_STRING)、不带参数的 `.sort()`、对 str 使用 sorted()",
        ),
        SORTED,
    ),
    taken(
        "order-reversed",
        words(
            "your code sorts in descending order (reverse(), rsort())",
            "你的代码用了降序排序（reverse()、rsort()）",
        ),
        words(
            "sort in ascending order: leave out reverse() / use sort() instead of rsort()",
            "改为升序：去掉 reverse()，用 sort() 代替 rsort()",
        ),
        SORTED,
    ),
    taken(
        "order-characters",
        words(
            "your code joins first and then sorts the single characters",
            "你的代码先拼接再排序，结果对单个字符做了排序",
        ),
        words(
            "sort the list of three strings, then join it",
            "先对三个字符串组成的列表排序，再拼接",
        ),
        SORTED,
    ),
    taken(
        "joint-space",
        words(
            "your code joins the strings with a space between them",
            "你的代码在字符串之间加了空格",
        ),
        JOIN,
        SORTED,
    ),
    taken(
        "joint-other",
        words(
            "your code joins the strings with `{joint}` between them",
            "你的代码在字符串之间加了 `{joint}`",
        ),
        JOIN,
        SORTED,
    ),
    taken(
        "joint-line-feed",
        words(
            "your code joins the strings with a line break between them",
            "你的代码在字符串之间加了换行",
        ),
        JOIN,
        SORTED,
    ),
    taken(
        "joint-key-value",
        words(
            "your code hashes `nonce=…&timestamp=…&token=…`, names included",
            "你的代码对 `nonce=…&timestamp=…&token=…` 做了哈希，连参数名也算进去了",
        ),
        words(
            "hash the three values alone, sorted and joined with nothing between them",
            "只对三个值排序并直接相连后再做哈希",
        ),
        SORTED,
    ),
    taken(
        "joint-list",
        words(
            "your code hashes the list itself as text (str(list), JSON.stringify(), json_encode()), brackets and quotes included",
            "你的代码直接对列表的文本（str(list)、JSON.stringify()、json_encode()）做了哈希，括号和引号也算进去了",
        ),
        words(
            "join the sorted list first: ''.join(…), .join(''), implode('', …)",
            "先把排序后的列表拼接起来：''.join(…)、.join('')、implode('', …)",
        ),
        SORTED,
    ),
    taken(
        "hash-sha512",
        words("your code hashes with SHA-512", "你的代码用的是 SHA-512"),
        SHA1,
        SORTED,
    ),
    taken(
        "hash-hmac",
        words(
            "your code computes an HMAC with the Token as the key",
            "你的代码用 Token 作为密钥计算了 HMAC",
        ),
        words(
            "use plain SHA-1 over the sorted and joined token, timestamp and nonce (hashlib.sha1, createHash('sha1'), sha1())",
            "改用普通 SHA-1：对 token、timestamp、nonce 排序拼接后计算（hashlib.sha1、createHash('sha1')、sha1()）",
        ),
        SORTED,
    ),
    taken(
        "hash-utf-16",
        words(
            "your code hashes the text in UTF-16",
            "你的代码按 UTF-16 编码后才做哈希",
        ),
        words("encode it as UTF-8 before hashing", "哈希之前用 UTF-8 编码"),
        SORTED,
    ),
    taken(
        "output-cut",
        words(
            "your code cuts its signature to {length} characters before comparing",
            "你的代码在比较前把签名截成了 {length} 个字符",
        ),
        words(
            "compare all 40 hex characters",
            "比较完整的 40 个十六进制字符",
        ),
        NO_CODE,
    ),
    taken(
        "output-bytes",
        words(
            "your code compares with the text of a bytes object (`b'…'`)",
            "你的代码比较的是 bytes 对象的文本（`b'…'`）",
        ),
        words(
            "use hexdigest() as it is, without encode() and str()",
            "直接使用 hexdigest() 的结果，不要再 encode() 或 str()",
        ),
        SORTED,
    ),
    taken(
        "token-quoted",
        words(
            "the Token in your code has quotation marks around it (from an .env or .ini file)",
            "代码里的 Token 两边带有引号（来自 .env 或 .ini 文件）",
        ),
        words(
            "remove the quotation marks around the value in that file",
            "删掉配置文件中该值两边的引号",
        ),
        NO_CODE,
    ),
    taken(
        "token-bom",
        words(
            "the Token in your code begins with a byte order mark (the file it was read from is saved as UTF-8 with BOM)",
            "代码里的 Token 开头带有 BOM（读取的文件保存成了带 BOM 的 UTF-8）",
        ),
        words(
            "save that file as UTF-8 without BOM",
            "把该文件另存为不带 BOM 的 UTF-8",
        ),
        NO_CODE,
    ),
    taken(
        "token-case",
        words(
            "the Token in your code differs in upper and lower case",
            "代码里的 Token 大小写与配置的不同",
        ),
        words(
            "write it exactly as it is configured, and leave out lower() / upper()",
            "按配置原样填写 Token，并去掉 lower() / upper()",
        ),
        NO_CODE,
    ),
    taken(
        "token-is-appid",
        words(
            "your code signs with the appid instead of the Token",
            "你的代码用 appid 代替 Token 参与签名",
        ),
        words(
            "use the Token: the word that you typed on the page where the URL is configured",
            "改用 Token，即你在配置 URL 的页面上自己填写的那个字符串",
        ),
        NO_CODE,
    ),
    taken(
        "token-is-secret",
        words(
            "your code signs with the AppSecret instead of the Token",
            "你的代码用 AppSecret 代替 Token 参与签名",
        ),
        words(
            "use the Token: the word that you typed on the page where the URL is configured",
            "改用 Token，即你在配置 URL 的页面上自己填写的那个字符串",
        ),
        NO_CODE,
    ),
    taken(
        "token-is-aes-key",
        words(
            "your code signs with the EncodingAESKey instead of the Token",
            "你的代码用 EncodingAESKey 代替 Token 参与签名",
        ),
        words(
            "use the Token: the word that you typed on the page where the URL is configured",
            "改用 Token，即你在配置 URL 的页面上自己填写的那个字符串",
        ),
        NO_CODE,
    ),
    taken(
        "token-decoded",
        words(
            "your code URL-decodes the Token",
            "你的代码对 Token 做了 URL 解码",
        ),
        words(
            "use the Token as it is configured",
            "直接使用配置的 Token，不要解码",
        ),
        NO_CODE,
    ),
    taken(
        "parts-echostr",
        words(
            "your code hashes echostr as well, as WeCom does",
            "你的代码把 echostr 也算进了签名（企业微信才这样做）",
        ),
        words(
            "hash token, timestamp and nonce only",
            "只用 token、timestamp、nonce 三个值计算",
        ),
        SORTED,
    ),
    taken(
        "parts-no-timestamp",
        words(
            "timestamp is missing or empty in what your code hashes",
            "你的代码在计算签名时 timestamp 缺失或为空",
        ),
        words(
            "put the query parameter `timestamp` into the list, and check the spelling where it is read",
            "把查询参数 `timestamp` 加入列表，并检查读取处的拼写",
        ),
        SORTED,
    ),
    taken(
        "parts-no-nonce",
        words(
            "nonce is missing or empty in what your code hashes",
            "你的代码在计算签名时 nonce 缺失或为空",
        ),
        words(
            "put the query parameter `nonce` into the list, and check the spelling where it is read",
            "把查询参数 `nonce` 加入列表，并检查读取处的拼写",
        ),
        SORTED,
    ),
    taken(
        "parts-mixed-up",
        words(
            "your code hashes `{wrong}` where `{name}` belongs",
            "你的代码在该用 `{name}` 的地方用了 `{wrong}`",
        ),
        words(
            "put `{name}` into the list: token, timestamp, nonce",
            "列表里应放 `{name}`：token、timestamp、nonce",
        ),
        SORTED,
    ),
    taken(
        "parts-word",
        words(
            "your code hashes the word `{word}` instead of the value of `{name}`: the variable is unset",
            "你的代码把 `{word}` 这个词当成了 `{name}` 的值：变量没有取到值",
        ),
        words(
            "check the spelling where your code reads the query parameter `{name}`",
            "检查代码读取查询参数 `{name}` 处的拼写",
        ),
        FROM_QUERY,
    ),
    taken(
        "timestamp-milliseconds",
        words(
            "your code hashes the timestamp in milliseconds",
            "你的代码用毫秒时间戳计算签名",
        ),
        words(
            "hash the query parameter `timestamp` as the string that was sent",
            "直接使用查询参数 `timestamp` 的原始字符串",
        ),
        SORTED,
    ),
    taken(
        "timestamp-own-clock",
        words(
            "your code hashes its own clock instead of the `timestamp` that was sent",
            "你的代码用服务器自己的时间代替了请求中的 `timestamp`",
        ),
        words(
            "read `timestamp` from the query string (in place of time.time(), Date.now(), time())",
            "从查询字符串读取 `timestamp`，不要用 time.time()、Date.now()、time()",
        ),
        SORTED,
    ),
];
