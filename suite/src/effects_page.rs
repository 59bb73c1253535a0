//! A page of the server's own that answers how often a push was acted on.

use std::{borrow::Cow, collections::BTreeSet};

use url::Url;
use wxcheck_mock_server::target::without_user;
use wxcheck_protocol::message::scalar_of;

use crate::transcript::Sent;

/// The placeholders that can stand in a template.
const PLACEHOLDERS: [&str; 5] = ["MsgId", "FromUserName", "CreateTime", "Event", "OutTradeNo"];

/// A URL with placeholders.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EffectsPage(String);

/// A template that cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TemplateError {
    /// It names no push.
    #[error("it names no push; put {{MsgId}} or {{FromUserName}} into it")]
    Constant,
    /// A placeholder that does not exist.
    #[error(
        "{{{0}}} is unknown; there are {{MsgId}}, {{FromUserName}}, {{CreateTime}}, {{Event}} and {{OutTradeNo}}"
    )]
    Unknown(String),
    /// No URL.
    #[error("`{0}` is not an http:// or https:// URL")]
    NotAUrl(String),
}

impl EffectsPage {
    /// Reads a template.
    pub fn parse(template: &str) -> Result<Self, TemplateError> {
        let mut rest = template;
        while let Some((_, behind)) = rest.split_once('{') {
            let (name, after) = behind.split_once('}').unwrap_or((behind, ""));
            if !PLACEHOLDERS.contains(&name) {
                // Braces may stand in a password.
                let shown = if behind.contains('@') { "…" } else { name };
                return Err(TemplateError::Unknown(shown.to_owned()));
            }
            rest = after;
        }
        if !["{MsgId}", "{FromUserName}", "{OutTradeNo}"]
            .iter()
            .any(|name| template.contains(name))
        {
            return Err(TemplateError::Constant);
        }
        let plain = PLACEHOLDERS.iter().fold(template.to_owned(), |text, name| {
            text.replace(&format!("{{{name}}}"), "0")
        });
        match Url::parse(&plain) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
                Ok(Self(template.to_owned()))
            }
            _ => Err(TemplateError::NotAUrl(without_user(template))),
        }
    }

    /// The URL that counts the effects of a push; `None` where the push lacks what the template asks for.
    pub fn url(&self, sent: &Sent) -> Option<Url> {
        let Sent::Push {
            openid,
            event,
            name,
            msg_id,
            create_time,
            trade,
            fields,
            ..
        } = sent
        else {
            return None;
        };
        self.filled(|placeholder| {
            Some(match placeholder {
                "MsgId" => msg_id.map(|id| id.to_string())?.into(),
                // Not the user's where WeChat is the sender.
                "FromUserName" => scalar_of(fields, placeholder).unwrap_or(openid.into()),
                "CreateTime" => create_time.to_string().into(),
                "Event" => if *event { name.as_str() } else { "" }.into(),
                _ => trade.as_deref()?.into(),
            })
        })
    }

    /// The URL with these values for its placeholders; `None` where one that it has is missing.
    pub fn filled<'v>(&self, value: impl Fn(&str) -> Option<Cow<'v, str>>) -> Option<Url> {
        let mut url = self.0.clone();
        for placeholder in PLACEHOLDERS {
            let mark = format!("{{{placeholder}}}");
            if url.contains(&mark) {
                url = url.replace(&mark, &value(placeholder)?);
            }
        }
        Url::parse(&url).ok()
    }
}

/// The questions about these pushes, each with the user it is about. A push is asked about once: one that has the MsgId
/// of another, as a forged one may, has its effects counted with it, though it was written in another second.
pub(crate) fn questions<'p>(
    page: &EffectsPage,
    pushes: impl Iterator<Item = &'p Sent>,
) -> Vec<(Url, &'p str)> {
    let mut asked: Vec<(Option<i64>, &str, bool, Url)> = Vec::new();
    for sent in pushes {
        let (
            Some(url),
            Sent::Push {
                openid,
                msg_id,
                is_true,
                ..
            },
        ) = (page.url(sent), sent)
        else {
            continue;
        };
        let same = asked
            .iter_mut()
            .find(|(id, user, ..)| msg_id.is_some() && id == msg_id && user == openid);
        match same {
            // Where only one of them is true, its second is the one that counts.
            Some((_, _, known @ false, known_url)) if *is_true => {
                (*known, *known_url) = (true, url);
            }
            Some(_) => {}
            None => asked.push((*msg_id, openid, *is_true, url)),
        }
    }
    let mut urls = BTreeSet::new();
    let questions = asked.into_iter().map(|(_, openid, _, url)| (url, openid));
    questions
        .filter(|(url, _)| urls.insert(url.to_string()))
        .collect()
}

/// The most effects that a page may count for one push. More are no count of effects but something else, such as a
/// timestamp or an id.
pub const COUNT_LIMIT: usize = 1000;

/// The count that a page answers: a number, `{"count": 2}`, or a list of effects; `None` beyond [`COUNT_LIMIT`].
pub fn count(body: &[u8]) -> Option<usize> {
    let count = any_count(body)?;
    (count <= COUNT_LIMIT).then_some(count)
}

fn any_count(body: &[u8]) -> Option<usize> {
    let whole = |value: &serde_json::Value| value.as_u64().and_then(|n| usize::try_from(n).ok());
    match serde_json::from_slice(body).ok()? {
        serde_json::Value::Array(list) => Some(list.len()),
        serde_json::Value::Object(object) => object.get("count").and_then(whole),
        other => whole(&other),
    }
}

#[cfg(test)]
mod tests {
    use wxcheck_protocol::message::Field;

    use super::*;
    use crate::hand_made::{OPENID, answered, forged, push};

    #[test]
    fn templates_are_filled_in_from_the_push() {
        let page = EffectsPage::parse("http://h/e?id={MsgId}&u={FromUserName}").unwrap();
        let sent = push("x", answered(200, "")).sent;
        assert_eq!(
            page.url(&sent).unwrap().as_str(),
            "http://h/e?id=1&u=oUser0001"
        );
        let trade = EffectsPage::parse("http://h/{OutTradeNo}").unwrap();
        assert_eq!(trade.url(&sent), None);
    }

    #[test]
    fn a_push_is_asked_about_once_though_a_forged_one_took_its_id_in_another_second() {
        let page = EffectsPage::parse("http://h/{MsgId}/{CreateTime}").unwrap();
        let mut before = forged("oA", answered(403, "")).sent;
        let mut after = before.clone();
        if let Sent::Push { create_time, .. } = &mut before {
            *create_time = 1;
        }
        if let Sent::Push {
            create_time,
            is_true,
            ..
        } = &mut after
        {
            (*create_time, *is_true) = (2, true);
        }
        let of = |pushes: &[Sent]| {
            let questions = questions(&page, pushes.iter());
            let urls = questions.into_iter().map(|(url, _)| url.path().to_owned());
            urls.collect::<Vec<_>>()
        };
        assert_eq!(of(&[before.clone(), after.clone()]), ["/1/2"]);
        assert_eq!(of(&[after, before]), ["/1/2"]);
    }

    #[test]
    fn a_push_of_wechats_own_is_asked_about_under_the_name_that_stands_in_it() {
        let page = EffectsPage::parse("http://127.0.0.1:1/?from={FromUserName}").unwrap();
        let mut sent = push("x", answered(200, "")).sent;
        let url = |sent: &Sent| page.url(sent).unwrap().to_string();
        assert!(url(&sent).ends_with(&format!("from={OPENID}")));
        if let Sent::Push { fields, .. } = &mut sent {
            *fields = vec![Field::text("FromUserName", "oWECHAT")];
        }
        assert!(url(&sent).ends_with("from=oWECHAT"), "{}", url(&sent));
    }

    #[test]
    fn templates_that_cannot_be_used_are_explained() {
        for (template, word) in [
            ("http://h/effects", "names no push"),
            ("http://h/{Msgid}", "{Msgid} is unknown"),
            ("effects?{MsgId}", "not an http"),
            (
                "http://me:Pa55w0rdX@h:999999/{MsgId}",
                "`http://…@h:999999/{MsgId}`",
            ),
            ("me:Pa55w0rdX@h/{MsgId}", "`…@h/{MsgId}`"),
            ("http://me:{Pa55w0rdX}@h/{MsgId}", "{…} is unknown"),
        ] {
            let error = EffectsPage::parse(template).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
            assert!(!error.contains("Pa55w0rdX"), "{error}");
        }
    }

    #[test]
    fn counts_are_read_in_each_of_their_forms() {
        for (body, read) in [
            ("2", Some(2)),
            (" 0\n", Some(0)),
            (r#"{"count":3}"#, Some(3)),
            ("[1,2]", Some(2)),
            ("two", None),
            ("-1", None),
            ("1000", Some(1000)),
            ("1001", None),
            ("1000000000", None),
            ("18446744073709551615", None),
            ("18446744073709551616", None),
            (r#"{"count":100000}"#, None),
            ("", None),
        ] {
            assert_eq!(count(body.as_bytes()), read, "{body}");
        }
    }
}
