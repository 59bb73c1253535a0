//! `wxcheck push --show`: what would be sent, opened and as it goes out, and the line that sends it by hand.

use std::fmt::Write as _;

use anyhow::Result;
use wxcheck_mock_server::{Method, composer::Composed};
use wxcheck_protocol::{push::write_message, xml::CdataEnd};
use wxcheck_suite::{
    recipe::{Param, ParamValue, Recipe, Twist},
    redact::without_user,
    server::Server,
};

use super::message::{PushDraft, Source};
use crate::language::{Language, told};

/// The parameters of a push, in no order.
const PARAMS: [&str; 6] = [
    "signature",
    "timestamp",
    "nonce",
    "openid",
    "encrypt_type",
    "msg_signature",
];

/// The push as text. Signatures are left open: in plain mode one is itself a credential.
pub(super) fn render(
    source: &Source,
    draft: &PushDraft,
    server: &Server,
    lang: Language,
) -> Result<String> {
    let Composed {
        target,
        push,
        headers,
    } = draft.composed(server)?;
    let shown_url = without_user(target.url.clone()).to_string();
    let message = write_message(target.format, &draft.fields, CdataEnd::Split);
    let (name, mode, format) = (source.name(), target.mode, target.format);
    let mut text = told!(
        lang,
        "{name} in {mode} mode, {format}\n\nmessage\n{message}\n",
        "{name}，{mode} 模式，{format}\n\n消息\n{message}\n"
    );
    let query: Vec<String> = push
        .query
        .iter()
        .map(|(name, value)| match name.as_str() {
            "signature" | "msg_signature" => format!("{name}=[computed]"),
            _ => format!("{name}={value}"),
        })
        .collect();
    let lines = headers.iter();
    let lines = lines.fold(String::new(), |mut lines, (name, value)| {
        let _ = writeln!(lines, "{name}: {value}");
        lines
    });
    let _ = write!(
        text,
        "\n{}\nPOST {shown_url}\n  {}\nContent-Type: {}\n{lines}\n{}\n",
        lang.of("request", "请求"),
        query.join("\n  "),
        target.content_type(),
        push.body
    );
    let params = push.query.iter().filter_map(|(name, value)| {
        let name = PARAMS.into_iter().find(|known| known == name)?;
        let signature = |over: Option<String>| ParamValue::Signature {
            over: over.map(Into::into),
            twist: Twist::None,
        };
        let value = match name {
            "signature" => signature(None),
            "msg_signature" => signature(push.encrypt.clone()),
            "timestamp" => ParamValue::Timestamp,
            _ => ParamValue::Literal(value.clone()),
        };
        Some(Param { name, value })
    });
    let nonce = push.query.iter().find(|(name, _)| name == "nonce");
    let recipe = Recipe {
        method: Method::Post,
        url: shown_url.clone(),
        params: params.collect(),
        nonce: nonce.map_or_else(String::new, |(_, nonce)| nonce.clone()),
        content_type: Some(target.content_type()),
        headers,
        body: push.body.into(),
        pasteable: true,
    };
    if let Some(line) = recipe.curl() {
        let token = if push.query.is_empty() {
            ""
        } else {
            lang.of(
                ", with the Token in WXCHECK_TOKEN",
                "，Token 取自 WXCHECK_TOKEN",
            )
        };
        let _ = writeln!(text, "\ncurl{token}\n{line}");
    }
    Ok(text)
}
