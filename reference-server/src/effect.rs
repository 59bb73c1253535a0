//! The effect of a message: which messages have one, who is told, and in which words.

use crate::api::By;
use crate::read::Message;
use crate::words::cut;

/// The words that a message leads to, and who gets them.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Effect {
    pub(crate) by: By,
    pub(crate) to: String,
    pub(crate) words: String,
}

/// The event that a user has paid for something. Its retries have a CreateTime of their own.
pub(crate) const GOODS_DELIVERY: &str = "xpay_goods_deliver_notify";

/// The event that a user was given money back.
pub(crate) const REFUND: &str = "xpay_refund_notify";

/// The event that a picture or a sound of a user was checked.
pub(crate) const MEDIA_CHECK: &str = "wxa_media_check";

/// The events that a user causes by hand, and expects an answer to.
const ANSWERED_EVENTS: &[&str] = &[
    "user_enter_tempsession",
    "subscribe",
    "CLICK",
    "SCAN",
    GOODS_DELIVERY,
    REFUND,
    MEDIA_CHECK,
];

/// The message to a user who follows the account no longer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Farewell {
    /// None: it would not arrive.
    #[default]
    Unsaid,
    /// The same as to anybody.
    Sent,
}

/// The reaction to the result of a message.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Results {
    /// Nothing.
    #[default]
    Noted,
    /// Another template message upon the result of one.
    AnsweredByTemplate,
}

/// The event that a template message was sent.
const TEMPLATE_SENT: &str = "TEMPLATESENDJOBFINISH";

impl Results {
    /// The message that is sent, if one is.
    pub(crate) fn effect(self, message: &Message) -> Option<Effect> {
        let is_result = message.is_event() && message.text_of("Event") == TEMPLATE_SENT;
        (self == Self::AnsweredByTemplate && is_result).then(|| Effect {
            by: By::TemplateMessage,
            to: message.text_of("FromUserName"),
            words: "your message was sent · 已发送".to_owned(),
        })
    }
}

/// The effect of a message, if it has one.
pub(crate) fn effect(message: &Message, farewell: Farewell) -> Option<Effect> {
    let msg_type = message.text_of("MsgType");
    let event = message.text_of("Event");
    let has_gone = event == "unsubscribe" && farewell == Farewell::Sent;
    if message.is_event() && !has_gone && !ANSWERED_EVENTS.contains(&event.as_str()) {
        return None;
    }
    // What is paid for is told by WeChat, not by the user.
    let user = if message.is_event() && [GOODS_DELIVERY, REFUND].contains(&event.as_str()) {
        "OpenId"
    } else {
        "FromUserName"
    };
    let to = message.text_of(user);
    if to.is_empty() || msg_type.is_empty() {
        return None;
    }
    let words = match msg_type.as_str() {
        "text" => format!("echo: {} · 收到", message.text_of("Content")),
        "event" => format!("got your {event} · 收到"),
        other => format!("got your {other} · 收到"),
    };
    Some(Effect {
        by: By::CustomerMessage,
        to,
        words: cut(words, LONGEST),
    })
}

/// The longest text that the API takes, in bytes.
const LONGEST: usize = 2048;

#[cfg(test)]
mod tests {
    use wxcheck_protocol::message::Field;
    use wxcheck_protocol::push::Format;

    use super::*;

    fn effect_of(fields: &[(&str, &str)]) -> Option<(String, String)> {
        let fields = fields
            .iter()
            .map(|(name, value)| Field::text(*name, *value));
        let message = Message {
            format: Format::Xml,
            fields: fields.collect(),
            text: String::new(),
        };
        effect(&message, Farewell::Unsaid).map(|effect| (effect.to, effect.words))
    }

    #[test]
    fn messages_and_four_events_are_answered() {
        let from = ("FromUserName", "o1");
        let told = |words: &str| Some(("o1".to_owned(), words.to_owned()));
        assert_eq!(
            effect_of(&[from, ("MsgType", "text"), ("Content", "hi")]),
            told("echo: hi · 收到")
        );
        for kind in ["image", "voice", "miniprogrampage", "brand_new"] {
            let words = format!("got your {kind} · 收到");
            assert_eq!(effect_of(&[from, ("MsgType", kind)]), told(&words));
        }
        for event in ["user_enter_tempsession", "subscribe", "CLICK", "SCAN"] {
            let words = format!("got your {event} · 收到");
            let fields = [from, ("MsgType", "event"), ("Event", event)];
            assert_eq!(effect_of(&fields), told(&words));
        }
    }

    #[test]
    fn words_are_cut_to_what_the_api_takes() {
        let long = "你".repeat(700);
        let fields = [
            ("FromUserName", "o1"),
            ("MsgType", "text"),
            ("Content", &long),
        ];
        let (_, words) = effect_of(&fields).unwrap();
        assert_eq!(words.len(), "echo: ".len() + 3 * 680);
    }

    #[test]
    fn goods_are_delivered_to_the_one_who_paid() {
        let mut fields = vec![
            ("FromUserName", "oWeChat"),
            ("MsgType", "event"),
            ("Event", GOODS_DELIVERY),
        ];
        assert_eq!(effect_of(&fields), None);
        fields.push(("OpenId", "o1"));
        let words = "got your xpay_goods_deliver_notify · 收到";
        assert_eq!(effect_of(&fields), Some(("o1".into(), words.into())));
    }

    #[test]
    fn other_events_and_messages_of_nobody_lead_to_nothing() {
        let from = ("FromUserName", "o1");
        let event = [from, ("MsgType", "event"), ("Event", "unsubscribe")];
        assert_eq!(effect_of(&event), None);
        assert_eq!(effect_of(&[("MsgType", "text")]), None);
        assert_eq!(effect_of(&[from]), None);
        assert_eq!(effect_of(&[]), None);
    }
}
