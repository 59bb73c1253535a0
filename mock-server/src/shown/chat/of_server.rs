//! The words of a server in a chat: by a call of the API, or by a passive reply.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Map, Value, json};
use wxcheck_events::Called;
use wxcheck_protocol::{
    message::{self, Field, find},
    reply::articles,
};

/// A message that the server sent through the API.
pub(super) fn by_call(called: &Called) -> Value {
    let body: Map<String, Value> = serde_json::from_str(&called.body).unwrap_or_default();
    if called.path.contains("subscribe") || called.path.contains("template") {
        return json!({
            "from": "server",
            "type": "subscribe-message",
            "template": body.get("template_id"),
            "page": body.get("page"),
            "data": in_order(&called.body).data.0,
        });
    }
    let Some(kind) = body.get("msgtype").and_then(Value::as_str) else {
        return json!({"from": "server", "type": "text", "text": called.body});
    };
    let own = body.get(kind);
    let part = |name: &str| own.and_then(|own| own.get(name)).cloned();
    let shown = match kind {
        "text" => json!({"text": part("content")}),
        "image" | "voice" | "mpnews" => json!({"media": part("media_id")}),
        "video" => json!({
            "media": part("media_id"),
            "thumb": part("thumb_media_id"),
            "title": part("title"),
            "text": part("description"),
        }),
        "music" => json!({
            "title": part("title"),
            "text": part("description"),
            "url": part("musicurl"),
            "thumb": part("thumb_media_id"),
        }),
        "news" => json!({"articles": articles_of_call(own)}),
        "mpnewsarticle" => json!({"article": part("article_id")}),
        "wxcard" => json!({"card": part("card_id")}),
        "miniprogrampage" => json!({
            "title": part("title"),
            "page": part("pagepath"),
            "thumb": part("thumb_media_id"),
        }),
        "link" => json!({
            "title": part("title"),
            "text": part("description"),
            "url": part("url"),
            "picture": part("thumb_url"),
        }),
        "msgmenu" => json!({"menu": own}),
        _ => json!({"body": own}),
    };
    of_server(kind, shown)
}

/// A passive reply; nothing where it has no type. `text` is all of it.
pub(super) fn by_reply(fields: &[Field], text: &str) -> Option<Value> {
    let kind = scalar(fields, "MsgType")?;
    let own = |group: &str, name: &str| {
        let inside = find(fields, group).and_then(message::Value::fields);
        scalar(inside.unwrap_or_default(), name)
    };
    let shown = match kind.as_str() {
        "text" => json!({"text": scalar(fields, "Content")}),
        "image" => json!({"media": own("Image", "MediaId")}),
        "voice" => json!({"media": own("Voice", "MediaId")}),
        "video" => json!({
            "media": own("Video", "MediaId"),
            "title": own("Video", "Title"),
            "text": own("Video", "Description"),
        }),
        "music" => json!({
            "title": own("Music", "Title"),
            "text": own("Music", "Description"),
            "url": own("Music", "MusicUrl"),
            "thumb": own("Music", "ThumbMediaId"),
        }),
        "news" => json!({"articles": articles_of_reply(fields)}),
        "transfer_customer_service" => {
            return Some(json!({"from": "system", "type": "notice", "text": kind}));
        }
        _ => json!({"body": text}),
    };
    Some(of_server(&kind, shown))
}

/// A message of that msgtype.
fn of_server(kind: &str, mut shown: Value) -> Value {
    shown["from"] = json!("server");
    shown["type"] = json!(match kind {
        "miniprogrampage" => "card",
        "msgmenu" => "menu",
        other => other,
    });
    shown
}

fn articles_of_call(news: Option<&Value>) -> Vec<Value> {
    let list = news.and_then(|news| news.get("articles")?.as_array());
    let shown = list.into_iter().flatten().map(|article| {
        let [title, text, url, picture] =
            ["title", "description", "url", "picurl"].map(|name| article.get(name));
        json!({"title": title, "text": text, "url": url, "picture": picture})
    });
    shown.collect()
}

fn articles_of_reply(fields: &[Field]) -> Vec<Value> {
    let items = articles(fields).into_iter();
    let shown = items.filter_map(message::Value::fields).map(|article| {
        let [title, text, url, picture] =
            ["Title", "Description", "Url", "PicUrl"].map(|name| scalar(article, name));
        json!({"title": title, "text": text, "url": url, "picture": picture})
    });
    shown.collect()
}

fn scalar(fields: &[Field], name: &str) -> Option<String> {
    message::scalar_of(fields, name).map(std::borrow::Cow::into_owned)
}

/// The values of a subscribe message, as it has them from top to bottom.
#[derive(Default, Deserialize)]
struct Ordered {
    #[serde(default)]
    data: Members,
}

/// The members of an object, in their order.
#[derive(Default)]
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

/// Reads members one after the other.
struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

/// The values of a body that is one; of any other there are none.
fn in_order(body: &str) -> Ordered {
    serde_json::from_str(body).unwrap_or_default()
}
