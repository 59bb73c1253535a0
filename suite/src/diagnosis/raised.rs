//! Exceptions on error pages: what was raised, where in the developer's code, and what fixes it.

use super::{
    cause::Values,
    echo::{both, values},
};

/// An exception as a page shows it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Raised {
    /// Its name and the first line of its message.
    pub(super) error: String,
    /// The place at which it was raised.
    pub(super) place: Option<Place>,
}

/// A line of a source file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Place {
    /// The file's name without folders.
    file: String,
    line: String,
    /// The code that stands there; empty where it is not shown.
    code: String,
}

/// Longer messages are cut.
const LONGEST: usize = 200;

/// The exception that a page names.
pub(super) fn find(body: &str) -> Option<Raised> {
    let text = plain_text(body);
    of_python(&text)
        .or_else(|| of_php(&text))
        .or_else(|| of_node(&text))
        .or_else(|| of_django(&text))
}

impl Raised {
    /// The values of the cause `raised`: the exception, its place and the fix.
    pub(super) fn values(&self, is_push: bool) -> Values {
        let (when, when_zh) = if is_push {
            ("when a message is pushed", "处理推送")
        } else {
            ("on the verification GET", "处理验证请求")
        };
        let [place, place_zh] = self.places();
        let (fix, fix_zh) = fix_of(&self.error, is_push);
        let error = self.error.replace('`', "'");
        let mut told = values([("error", format!("`{error}`"))]);
        both(&mut told, "when", when, when_zh);
        both(&mut told, "place", &place, &place_zh);
        both(&mut told, "fix", &fix, &fix_zh);
        told
    }

    /// The place in brackets, in both languages; empty where it is unknown.
    pub(super) fn places(&self) -> [String; 2] {
        self.place.as_ref().map_or_else(Default::default, |place| {
            let Place { file, line, code } = place;
            let code = if code.is_empty() {
                String::new()
            } else {
                format!("`{}`", code.replace('`', "'"))
            };
            let joint = if code.is_empty() {
                ["", ""]
            } else {
                [": ", "："]
            };
            [
                format!(" ({file} line {line}{}{code})", joint[0]),
                format!("（{file} 第 {line} 行{}{code}）", joint[1]),
            ]
        })
    }
}

/// The text of a page: tags away, entities resolved, breaks as lines.
pub(super) fn plain_text(body: &str) -> String {
    if !body.contains('<') {
        return resolved(body);
    }
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(open) = rest.find('<') {
        text.push_str(&rest[..open]);
        let tag = &rest[open..];
        // A debugger writes the whole traceback into a comment.
        if let Some(comment) = tag.strip_prefix("<!--") {
            text.push('\n');
            rest = comment;
            continue;
        }
        let name: String = tag[1..].chars().take(3).collect::<String>().to_lowercase();
        let is_tag = tag[1..]
            .starts_with(|first: char| first.is_ascii_alphabetic() || "/!?".contains(first));
        if let Some(close) = tag.find('>').filter(|_| is_tag) {
            let breaks = [
                "br", "p", "/p", "li", "/li", "pre", "h1", "/h1", "tit", "/ti", "div", "/di",
            ];
            if breaks.iter().any(|known| name.starts_with(known)) {
                text.push('\n');
            }
            rest = &tag[close + 1..];
        } else {
            text.push('<');
            rest = &tag[1..];
        }
    }
    text.push_str(rest);
    resolved(&text)
}

fn resolved(text: &str) -> String {
    let entities = [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&amp;", "&"),
    ];
    let whole = text.to_owned();
    entities
        .into_iter()
        .fold(whole, |text, (entity, char)| text.replace(entity, char))
}

fn cut(line: &str) -> String {
    line.trim().chars().take(LONGEST).collect()
}

fn of_python(text: &str) -> Option<Raised> {
    let (_, behind) = text.rsplit_once("Traceback (most recent call last):")?;
    let lines: Vec<&str> = behind.lines().collect();
    let names_one = |line: &&&str| {
        let name = line.split(':').next().unwrap_or_default().trim_end();
        let is_name = !name.is_empty()
            && name
                .chars()
                .all(|char| char.is_ascii_alphanumeric() || "._".contains(char));
        is_name && !line.starts_with(' ') && name.chars().any(|char| char.is_ascii_uppercase())
    };
    let error = lines.iter().find(names_one)?;
    let mut place = None;
    for (at, line) in lines.iter().enumerate() {
        let Some(frame) = line.trim_start().strip_prefix("File \"") else {
            continue;
        };
        let foreign = ["site-packages", "dist-packages", "/lib/python", "importlib"];
        if foreign.iter().any(|part| frame.contains(part)) {
            continue;
        }
        let (file, behind) = frame.split_once('"')?;
        let number: String = behind.chars().filter(char::is_ascii_digit).collect();
        let code = lines
            .get(at + 1)
            .map(|code| code.trim())
            .filter(|code| code != &error.trim())
            .unwrap_or_default();
        place = located(file, &number, code).or(place);
    }
    // Flask puts a second line behind "did not return a valid response."
    Some(Raised {
        error: cut(error),
        place,
    })
}

fn of_php(text: &str) -> Option<Raised> {
    let kinds = [
        "Fatal error: ",
        "Parse error: ",
        "Warning: ",
        "Notice: ",
        "Deprecated: ",
    ];
    let line = text
        .lines()
        .find(|line| kinds.iter().any(|kind| line.contains(kind)) && line.contains(" in "))?;
    let start = kinds.iter().filter_map(|kind| line.find(kind)).min()?;
    let told = &line[start..];
    let (error, place) = told.rsplit_once(" in ").unwrap_or((told, ""));
    let (file, number) = place
        .rsplit_once(" on line ")
        .or_else(|| place.rsplit_once(':'))
        .unwrap_or((place, ""));
    let number: String = number
        .trim()
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    Some(Raised {
        error: cut(&error.replace("  ", " ")),
        place: located(file, &number, ""),
    })
}

fn of_node(text: &str) -> Option<Raised> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_frame = |line: &&&str| line.starts_with("at ") && line.contains(':');
    let first = lines.iter().position(|line| is_frame(&line))?;
    let error = lines[..first]
        .iter()
        .rev()
        .find(|line| line.contains(':') && line.contains("Error"))?;
    let own = lines[first..]
        .iter()
        .filter(is_frame)
        .find(|line| !line.contains("node_modules") && !line.contains("node:"));
    let place = own.and_then(|line| {
        let inner = line
            .rsplit_once('(')
            .map_or(line.trim_start_matches("at "), |(_, inner)| inner);
        let inner = inner.trim_end_matches(')').trim_start_matches("file://");
        let mut parts = inner.rsplitn(3, ':');
        let (_, number, file) = (parts.next()?, parts.next()?, parts.next()?);
        located(file, number, "")
    });
    Some(Raised {
        error: cut(error),
        place,
    })
}

/// As Django's title says it: `KeyError at /wechat`.
fn of_django(text: &str) -> Option<Raised> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let title = lines.find(|line| {
        line.split_once(" at /").is_some_and(|(name, _)| {
            name.ends_with("Error") || name.ends_with("Exception") || name.ends_with("DoesNotExist")
        })
    })?;
    let name = title.split(" at /").next().unwrap_or_default();
    let message = lines.find(|line| *line != title).unwrap_or_default();
    Some(Raised {
        error: cut(&format!("{name}: {message}")),
        place: None,
    })
}

/// The place, unless its file or its line is missing.
fn located(file: &str, number: &str, code: &str) -> Option<Place> {
    let file = file.rsplit(['/', '\\']).next().unwrap_or(file);
    (!file.is_empty() && !number.is_empty()).then(|| Place {
        file: file.to_owned(),
        line: number.to_owned(),
        code: cut(code),
    })
}

/// The fix of an exception, in both languages.
#[expect(
    clippy::too_many_lines,
    reason = "a table of exceptions, told apart by more than their names"
)]
fn fix_of(error: &str, is_push: bool) -> (String, String) {
    let has = |text: &str| error.contains(text);
    let both = |en: &str, zh: &str| (en.to_owned(), zh.to_owned());
    let quoted = || {
        let mut parts = error.split(['\'', '"', '`']);
        parts.nth(1).unwrap_or_default().to_owned()
    };
    if has("must be encoded before hashing")
        || has("a bytes-like object is required")
        || has("object supporting the buffer API")
    {
        return both(
            "encode the text before hashing: hashlib.sha1(text.encode('utf-8')).hexdigest()",
            "哈希前先编码：hashlib.sha1(text.encode('utf-8')).hexdigest()",
        );
    }
    if has("did not return a valid response") || has("returned None") {
        let kind = error.split("it was a ").nth(1).unwrap_or("None");
        let kind = kind.trim_end_matches('.');
        return (
            format!(
                "every branch of the view function must return a string: `return echostr` on GET, `return 'success'` on POST (now it returns {kind})"
            ),
            format!(
                "视图函数的每个分支都要返回字符串：GET 用 `return echostr`，POST 用 `return 'success'`（现在返回的是 {kind}）"
            ),
        );
    }
    if has("int found") || has("'int' and 'str'") || has("'str' and 'int'") || has("(not \"int\")")
    {
        return both(
            "keep timestamp and nonce as the strings that were sent, without int()",
            "timestamp 和 nonce 保持字符串，不要用 int() 转换",
        );
    }
    if has("NoneType") && !is_push {
        return both(
            "a parameter came out as None: read request.args.get('signature'), 'timestamp', 'nonce' and 'echostr', spelled exactly so",
            "有参数是 None：请用 request.args.get('signature')、'timestamp'、'nonce'、'echostr' 读取，注意拼写",
        );
    }
    if has("Undefined variable") {
        let name = error.split("Undefined variable").nth(1).unwrap_or_default();
        let name = name.trim_start_matches([':', ' ']).to_owned();
        return (
            format!(
                "define {name} where it is used; inside a function write `global {name};` or hand it over"
            ),
            format!("在使用 {name} 之前定义它；函数内部要写 `global {name};` 或作为参数传入"),
        );
    }
    if let Some((_, name)) = error.split_once("Call to undefined ") {
        let name = name.split("()").next().unwrap_or_default();
        return (
            format!(
                "define the {name}() or include the file that does; inside a class a method is called as $this->name()"
            ),
            format!("定义 {name}() 或引入定义它的文件；类里的方法要用 $this->方法名() 调用"),
        );
    }
    if has("KeyError")
        || has("Undefined array key")
        || has("Undefined index")
        || has("MultiValueDictKeyError")
    {
        let name = if has("Undefined index") {
            error
                .split("Undefined index:")
                .nth(1)
                .unwrap_or_default()
                .trim()
                .to_owned()
        } else {
            quoted()
        };
        return if is_push {
            (
                format!(
                    "`{name}` is not where your code looks for it: the message is XML in the raw body (request.data, php://input), and signature, timestamp, nonce are in the query string (request.args, $_GET)"
                ),
                format!(
                    "代码读取 `{name}` 的位置不对：消息是原始请求体中的 XML（request.data、php://input），signature、timestamp、nonce 在查询字符串里（request.args、$_GET）"
                ),
            )
        } else {
            (
                format!(
                    "`{name}` is not where your code looks for it: read `signature`, `timestamp`, `nonce` and `echostr` from the query string (request.args, $_GET), spelled exactly so"
                ),
                format!(
                    "代码读取 `{name}` 的位置或拼写不对：请从查询字符串（request.args、$_GET）读取 `signature`、`timestamp`、`nonce`、`echostr`"
                ),
            )
        };
    }
    if has("is not defined") {
        let name = error.split(" is not defined").next().unwrap_or_default();
        let name = name
            .rsplit([' ', ':'])
            .next()
            .unwrap_or_default()
            .trim_matches('\'')
            .to_owned();
        return (
            format!(
                "define or import `{name}` at the top of the file (import {name} / const {name} = require('{name}')), or correct its spelling"
            ),
            format!(
                "在文件开头定义或导入 `{name}`（import {name} / const {name} = require('{name}')），或更正拼写"
            ),
        );
    }
    if has("Cannot read propert") || has("Cannot destructure") {
        return if is_push {
            both(
                "req.body is not parsed: the push is XML, so write app.use(express.text({ type: '*/*' })) and parse req.body (xml2js, fast-xml-parser)",
                "req.body 没有被解析：推送是 XML，请使用 app.use(express.text({ type: '*/*' }))，再用 xml2js 等解析 req.body",
            )
        } else {
            both(
                "read the parameters from req.query: WeChat sends them in the query string, and req.body is empty on a GET",
                "从 req.query 读取参数：微信把它们放在查询字符串里，GET 请求的 req.body 是空的",
            )
        };
    }
    if has("nvalid status code") {
        return both(
            "send a string: res.send(String(echostr)); a number is taken for a status code",
            "以字符串发送：res.send(String(echostr))，数字会被当成状态码",
        );
    }
    if has("argument must be of type string") || has("argument must be one of type string") {
        return both(
            "hash one string: [token, timestamp, nonce].sort().join(''), each of them read from req.query (token from your settings)",
            "要对一个字符串做哈希：[token, timestamp, nonce].sort().join('')，参数从 req.query 读取，token 来自配置",
        );
    }
    if has("headers after they are sent") || has("ERR_HTTP_HEADERS_SENT") {
        return both(
            "send one response only: put `return` in front of res.send(…)",
            "只发送一次响应：在 res.send(…) 前加 `return`",
        );
    }
    if has("Expecting value")
        || has("JSONDecodeError")
        || has("is not valid JSON")
        || has("Unexpected token")
        || has("UnsupportedMediaType")
    {
        return both(
            "the push is XML: read the raw body and parse it as XML, not as JSON",
            "推送是 XML：读取原始请求体并按 XML 解析，而不是 JSON",
        );
    }
    if is_push && let Some(known) = fix_of_opening(error) {
        return both(known.0, known.1);
    }
    if is_push && has("not well-formed (invalid token): line 1, column 0") {
        return both(
            "the body does not begin with `<`: where the account is set to JSON parse it with json.loads(request.data), or choose XML on the page where the URL is configured",
            "请求体不以 `<` 开头：如果公众平台上配置的是 JSON，请用 json.loads(request.data) 解析，或在配置 URL 的页面改选 XML",
        );
    }
    if has("ParseError") || has("ExpatError") || has("XMLSyntaxError") || has("no element found") {
        return both(
            "parse the raw body (request.data, php://input), read before anything else consumes it",
            "解析原始请求体（request.data、php://input），并在其他代码读取之前先读取它",
        );
    }
    if has("simplexml_load_string()") && has("undefined function") {
        return both(
            "install PHP's xml extension (php-xml)",
            "安装 PHP 的 xml 扩展（php-xml）",
        );
    }
    if is_push && has("NoneType") {
        return both(
            "a field was not found in the message: parse the raw body (request.data) as XML, and read ToUserName, FromUserName, MsgType, Content spelled exactly so",
            "消息中没有找到字段：请把原始请求体（request.data）按 XML 解析，字段名 ToUserName、FromUserName、MsgType、Content 注意拼写",
        );
    }
    both(
        "correct the line that it names; the request was right",
        "修改它指出的那一行；请求本身是正确的",
    )
}

/// The fix of an exception that opening an envelope raises, in both languages.
fn fix_of_opening(error: &str) -> Option<(&'static str, &'static str)> {
    const PADDING: [&str; 6] = [
        "bad decrypt",
        "wrong final block length",
        "adding is incorrect",
        "Invalid padding bytes",
        "BadPaddingException",
        "padding is invalid",
    ];
    const BEHIND: [&str; 4] = [
        "junk after document element",
        "Extra data: line",
        "Extra content at the end of the document",
        "after JSON at position",
    ];
    if BEHIND.iter().any(|word| error.contains(word)) {
        return Some((
            "something stands behind the message: in safe mode cut it out by the 4-byte length in front of it, so that the appid and the padding (as many bytes as the last byte says, 1 to 32) stay outside",
            "消息后面还有多余的内容：安全模式下要按消息前面 4 字节的长度截取，去掉后面的 appid 和填充（最后一个字节的值就是填充的长度，1 到 32）",
        ));
    }
    if error.contains("Incorrect padding") {
        return Some((
            "append the `=` that the EncodingAESKey lacks before decoding it: base64.b64decode(encoding_aes_key + '=')",
            "EncodingAESKey 解码前要补上缺少的 `=`：base64.b64decode(encoding_aes_key + '=')",
        ));
    }
    PADDING.iter().any(|word| error.contains(word)).then_some((
        "switch the padding of the AES library off (Node.js: decipher.setAutoPadding(false); Python: no unpad(…, 16)) and take off as many bytes as the last byte says, 1 to 32; if it still fails, the EncodingAESKey in your code is another account's",
        "关闭 AES 库自带的填充处理（Node.js：decipher.setAutoPadding(false)；Python：不要用 unpad(…, 16)），再按最后一个字节的值（1 到 32）去掉末尾的字节；如果仍然失败，说明代码里的 EncodingAESKey 不是这个账号的",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_line_of_a_python_traceback_is_named() {
        let page = "<!doctype html><title>TypeError: Strings must be encoded before hashing\n // Werkzeug Debugger</title>\
            <!--\n\nTraceback (most recent call last):\n  File \"/usr/lib/python3/dist-packages/flask/app.py\", line 1, in x\n    y\n\
            \x20 File \"/home/me/app.py\", line 12, in wechat\n    sign = hashlib.sha1(s).hexdigest()\nTypeError: Strings must be encoded before hashing\n-->";
        let raised = find(page).unwrap();
        assert_eq!(
            raised.error,
            "TypeError: Strings must be encoded before hashing"
        );
        assert_eq!(
            raised.places()[0],
            " (app.py line 12: `sign = hashlib.sha1(s).hexdigest()`)"
        );
        assert!(raised.values(false)["fix"].contains(".encode('utf-8')"));
    }

    #[test]
    fn what_opening_an_envelope_raises_has_a_fix_of_its_own() {
        let fix = |error: &str| fix_of(error, true).0;
        assert!(fix("binascii.Error: Incorrect padding").contains("encoding_aes_key + '='"));
        for error in [
            "Error: error:1C800064:Provider routines::bad decrypt",
            "ValueError: Padding is incorrect.",
        ] {
            assert!(fix(error).contains("1 to 32"), "{error}");
        }
        let json =
            "xml.etree.ElementTree.ParseError: not well-formed (invalid token): line 1, column 0";
        assert!(fix(json).contains("json.loads"));
        assert!(!fix("ParseError: mismatched tag: line 9, column 2").contains("json.loads"));
    }

    #[test]
    fn express_and_php_pages_are_read() {
        let page = "<pre>TypeError: Cannot read properties of undefined (reading &#39;signature&#39;)<br> &nbsp; &nbsp;at /home/me/app.js:9:20<br> &nbsp; &nbsp;at Layer.handle (/home/me/node_modules/express/lib/router/layer.js:95:5)</pre>";
        let raised = find(page).unwrap();
        assert_eq!(raised.places()[0], " (app.js line 9)");
        assert!(raised.values(false)["fix"].contains("req.query"));
        let page = "<br />\n<b>Warning</b>:  Undefined variable $token in <b>/srv/www/wx.php</b> on line <b>7</b><br />\n";
        let raised = find(page).unwrap();
        assert_eq!(raised.error, "Warning: Undefined variable $token");
        assert_eq!(raised.places()[0], " (wx.php line 7)");
    }
}
