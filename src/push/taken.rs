//! The sentence about an answer to a push that WeChat does not take.

use wxcheck_protocol::reply::{Reply, Structured, Unfit};

use crate::language::{Language, told};

/// The sentence; nothing where WeChat takes the answer. Some pushes ask for an object.
pub(super) fn untaken(
    reply: &Reply,
    structured: Option<Structured>,
    lang: Language,
) -> Option<String> {
    let form = match reply.unfit(structured)? {
        Unfit::Failure => {
            let told = lang.of(
                "WeChat takes this code for a failure",
                "微信把这个错误码当作处理失败",
            );
            return Some(told.to_owned());
        }
        Unfit::Bom => lang.of("a byte order mark in front", "开头有 BOM"),
        Unfit::JsonQuoted => lang.of("a JSON string in quotes", "带引号的 JSON 字符串"),
        Unfit::StatusWord => lang.of("a word of your own", "自定义的状态文字"),
        Unfit::StatusObject => lang.of("an object of your own", "自定义的状态对象"),
        Unfit::Html => lang.of("a page", "HTML 页面"),
        Unfit::Malformed => lang.of("it cannot be parsed", "无法解析"),
        Unfit::OtherText => lang.of("another text", "其他文本"),
        Unfit::NotUtf8 => lang.of("it is not UTF-8", "不是 UTF-8 编码"),
        Unfit::Shut => lang.of("an envelope that does not open", "无法解密的密文"),
    };
    let wanted = structured.map_or_else(
        || {
            let or = "`success`, nothing, or a message";
            lang.of(or, "`success`、空串或一条消息").to_owned()
        },
        |structured| format!("`{}`", structured.example()),
    );
    Some(told!(
        lang,
        "WeChat does not take this: {form}, where {wanted} should be",
        "微信不接受这样的回包：{form}；应为 {wanted}"
    ))
}

#[cfg(test)]
mod tests {
    use wxcheck_protocol::reply::{ReplyContext, read};

    use super::*;

    fn told(body: &str, structured: Option<Structured>, lang: Language) -> Option<String> {
        let context = ReplyContext {
            key: None,
            token: "t",
            appid: "wx0",
        };
        untaken(&read(body.as_bytes(), &context), structured, lang)
    }

    #[test]
    fn an_answer_that_is_no_acknowledgement_is_called_so() {
        assert_eq!(told("success", None, Language::English), None);
        for (body, form) in [
            (r#"{"errcode":-1}"#, "an object of your own"),
            ("hello there", "a word of your own"),
            ("the message was received", "another text"),
        ] {
            let told = told(body, None, Language::English).unwrap();
            let wanted = format!(
                "WeChat does not take this: {form}, where `success`, nothing, or a message should be"
            );
            assert_eq!(told, wanted, "{body}");
        }
        let chinese = told("ok", None, Language::Chinese).unwrap();
        assert!(chinese.starts_with("微信不接受"), "{chinese}");
    }

    #[test]
    fn a_payment_is_told_what_it_asks_for() {
        let payment = Some(Structured::ErrorCode);
        assert_eq!(told(r#"{"ErrCode":0}"#, payment, Language::English), None);
        let failure = told(r#"{"ErrCode":-1}"#, payment, Language::English).unwrap();
        assert_eq!(failure, "WeChat takes this code for a failure");
        let other = told(r#"{"code":0}"#, payment, Language::English).unwrap();
        assert!(other.contains(Structured::ErrorCode.example()), "{other}");
    }
}
