//! Acts of a user in a chat: a message, or an event that the phone shows as a line.

use std::{borrow::Cow, sync::Arc};

use serde_json::{Value, json};
use wxcheck_events::{Event, SentPush, Setting, Subject, What};
use wxcheck_protocol::message::{self, Field, scalar_of};

use super::opened;

/// The types of messages, as the catalogue names them too.
const MESSAGES: [&str; 8] = [
    "text",
    "image",
    "voice",
    "video",
    "shortvideo",
    "location",
    "link",
    "miniprogrampage",
];

/// A push that a user caused, and its fields.
pub(super) struct Said<'a> {
    push: &'a SentPush,
    /// The fields of the message in clear; none before its first answer.
    fields: Vec<Field>,
    /// The sender as the journal has it, which knows it sooner.
    from: Option<&'a str>,
}

impl<'a> Said<'a> {
    /// The push with what its thread tells of it.
    pub(super) fn of(push: &'a SentPush, thread: &'a [Arc<Event>]) -> Self {
        let clear = thread.iter().find_map(|event| match event.kind.subject() {
            Subject::Exchange(exchange) => {
                let evidence = exchange.evidence.as_ref()?;
                Some(evidence.opened.as_ref().unwrap_or(&evidence.body))
            }
            Subject::Unsent(unsent) => unsent.message.as_ref(),
            Subject::Sent(_)
            | Subject::Outcome(_)
            | Subject::Called(_)
            | Subject::Fetched(_)
            | Subject::Platform
            | Subject::Run => None,
        });
        let fields = clear.and_then(|clear| Some(opened(&clear.text)?.1));
        let from = thread
            .iter()
            .find_map(|event| match event.kind.sent()?.what.as_ref()? {
                What::Push { from, .. } => from.as_deref(),
                What::Verification | What::Fetch { .. } | What::Request { .. } => None,
            });
        Self {
            push,
            fields: fields.unwrap_or_default(),
            from,
        }
    }

    /// True of a push that repeats another as the same message.
    pub(super) const fn is_repeated(&self) -> bool {
        self.push.again.is_some()
    }

    /// True where the push names its user. `WeChat` tells a server much that no user did, and the journal has that under the
    /// user for whom it was sent.
    pub(super) fn names_user(&self) -> bool {
        let openid = self.push.openid.as_str();
        if self.fields.is_empty() {
            return self.from.is_none_or(|from| from == openid);
        }
        self.fields.iter().any(|field| names(&field.value, openid))
    }

    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        let settings = self.push.original.iter();
        let set =
            settings
                .flat_map(|original| &original.settings)
                .find_map(|setting| match setting {
                    Setting::Value { name: own, value } if own == name => {
                        Some(value.as_str().into())
                    }
                    Setting::Value { .. } | Setting::Entries { .. } => None,
                });
        set.or_else(|| scalar_of(&self.fields, name))
            .filter(|text| !text.is_empty())
    }
}

fn names(value: &message::Value, openid: &str) -> bool {
    match value {
        message::Value::Group(fields) => fields.iter().any(|field| names(&field.value, openid)),
        message::Value::Many(values) => values.iter().any(|value| names(value, openid)),
        message::Value::Text(text) => text == openid,
        message::Value::Number(_) | message::Value::Bare(_) => false,
    }
}

/// The item of a chat.
pub(super) fn by_user(said: &Said<'_>) -> Value {
    let name = said.push.name.as_str();
    // A variant of an entry is called like `text.menu`; entries of one's own are called as one likes.
    let name = name.split_once('.').map_or(name, |(entry, _)| entry);
    let says = said.push.says.as_deref();
    let part = |name: &str| said.field(name);
    let msg_type = said.field("MsgType");
    let kind = [Some(name), msg_type.as_deref()]
        .into_iter()
        .flatten()
        .find(|kind| MESSAGES.contains(kind));
    let mut shown = match kind {
        Some("text") => json!({"text": says}),
        Some("image") => json!({"picture": part("PicUrl"), "media": part("MediaId")}),
        Some("voice") => json!({"media": part("MediaId"), "text": part("Recognition")}),
        Some("video" | "shortvideo") => {
            json!({"media": part("MediaId"), "thumb": part("ThumbMediaId")})
        }
        Some("location") => json!({
            "title": part("Label"),
            "text": part("Location_X").zip(part("Location_Y")).map(|(x, y)| format!("{x}, {y}")),
        }),
        Some("link") => json!({
            "title": part("Title"),
            "text": part("Description"),
            "url": part("Url"),
        }),
        Some("miniprogrampage") => json!({
            "title": says,
            "page": part("PagePath"),
            "picture": part("ThumbUrl"),
            // An id that was made up has no upload: without the URL beside it nothing could be shown.
            "thumb": part("ThumbUrl").and_then(|_| part("ThumbMediaId")),
        }),
        _ => json!({"event": name, "text": says}),
    };
    shown["from"] = json!("user");
    shown["type"] = json!(match kind {
        Some("shortvideo") => "video",
        Some("miniprogrampage") => "card",
        Some(kind) => kind,
        None => "event",
    });
    shown
}
