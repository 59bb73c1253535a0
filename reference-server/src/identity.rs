//! The identity of a push. Documented: older message push page (a message by its MsgId, an event by
//! FromUserName and CreateTime); virtual payment (a delivery of goods by its OutTradeNo).

use crate::behaviour::Behaviour;
use crate::effect::{GOODS_DELIVERY, MEDIA_CHECK, REFUND};
use crate::read::Message;

/// The fields that make two pushes the same.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Identity {
    /// The user and the MsgId; for events and others without a MsgId, the user, the second and the kind.
    #[default]
    WithinUser,
    /// The MsgId alone, or the user and the second: the advice of the older message push page, to the letter. Two
    /// events of one user in one second are one event then, and only one of them is answered on its own merits.
    Documented,
    /// The user and the words; for anything but text, the user and the kind.
    ByContent,
    /// The MsgId alone, also of events, which have none: all of them are one.
    ByMsgId,
    /// The second alone.
    BySecond,
    /// The user and the second, for messages too.
    ByUserAndSecond,
}

/// The form in which a MsgId is kept.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum MsgIds {
    /// As it came, digit by digit: it has 64 bits.
    #[default]
    Whole,
    /// As a double, which has 53 bits for it.
    Float64,
    /// As its lower 32 bits.
    Int32,
}

/// The fields that make two deliveries of goods the same.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Trades {
    /// The OutTradeNo: a retry has a CreateTime of its own, and FromUserName is WeChat's.
    #[default]
    ByOutTradeNo,
    /// FromUserName and the second.
    ByUserAndSecond,
}

/// The identity of the notice of a refund.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Refunds {
    /// The WxRefundId.
    #[default]
    ByWxRefundId,
    /// The whole message, in which a retry has another RetryTimes.
    ByBody,
}

/// The identity of the result of a media check.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Checks {
    /// The trace_id of the call.
    #[default]
    ByTraceId,
    /// FromUserName, which is WeChat's, with the second.
    ByUserAndSecond,
}

/// The parts that tell one message from another.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Key([String; 3]);

impl Key {
    /// The identity of a message.
    pub(crate) fn of(behaviour: &Behaviour, message: &Message) -> Self {
        let none = String::new;
        let user = message.text_of("FromUserName");
        let msg_id = behaviour.msg_ids.kept(message.text_of("MsgId"));
        let created = message.text_of("CreateTime");
        let kind = if message.is_event() {
            message.text_of("Event")
        } else {
            // Platform notifications have an InfoType in its place.
            message.text_of("MsgType") + &message.text_of("InfoType")
        };
        let trade = message.text_of("OutTradeNo");
        if message.is_event() && kind == GOODS_DELIVERY && !trade.is_empty() {
            return Self(match behaviour.trades {
                Trades::ByOutTradeNo => [none(), trade, kind],
                Trades::ByUserAndSecond => [user, created, kind],
            });
        }
        if message.is_event() && kind == REFUND {
            return Self(match behaviour.refunds {
                Refunds::ByWxRefundId => [none(), message.text_of("WxRefundId"), kind],
                Refunds::ByBody => [none(), message.text.clone(), kind],
            });
        }
        if message.is_event() && kind == MEDIA_CHECK {
            return Self(match behaviour.checks {
                Checks::ByTraceId => [none(), message.text_of("trace_id"), kind],
                Checks::ByUserAndSecond => [user, created, kind],
            });
        }
        let has_id = !msg_id.is_empty() && !message.is_event();
        Self(match behaviour.identity {
            Identity::WithinUser if has_id => [user, msg_id, none()],
            Identity::WithinUser => [user, created, kind],
            Identity::Documented if has_id => [none(), msg_id, none()],
            Identity::ByContent if kind == "text" => [user, message.text_of("Content"), kind],
            Identity::ByContent => [user, none(), kind],
            Identity::ByMsgId => [none(), msg_id, none()],
            Identity::BySecond => [none(), created, none()],
            Identity::ByUserAndSecond if message.is_event() => [user, created, kind],
            Identity::Documented | Identity::ByUserAndSecond => [user, created, none()],
        })
    }

    #[cfg(test)]
    pub(crate) fn named(name: &str) -> Self {
        Self([name.to_owned(), String::new(), String::new()])
    }
}

impl MsgIds {
    fn kept(self, msg_id: String) -> String {
        match self {
            Self::Whole => msg_id,
            Self::Float64 => match msg_id.parse::<f64>() {
                Ok(number) => number.to_string(),
                Err(_) => msg_id,
            },
            Self::Int32 => match msg_id.parse::<u64>() {
                Ok(number) => (number & u64::from(u32::MAX)).to_string(),
                Err(_) => msg_id,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use wxcheck_protocol::message::Field;
    use wxcheck_protocol::push::Format;

    use super::*;

    fn message(fields: &[(&str, &str)]) -> Message {
        let fields = fields
            .iter()
            .map(|(name, value)| Field::text(*name, *value));
        Message {
            format: Format::Json,
            fields: fields.collect(),
            text: String::new(),
        }
    }

    fn said(user: &str, msg_id: &str, second: &str, words: &str) -> Message {
        message(&[
            ("FromUserName", user),
            ("CreateTime", second),
            ("MsgType", "text"),
            ("Content", words),
            ("MsgId", msg_id),
        ])
    }

    fn happened(user: &str, second: &str, event: &str) -> Message {
        message(&[
            ("FromUserName", user),
            ("CreateTime", second),
            ("MsgType", "event"),
            ("Event", event),
        ])
    }

    fn delivered(second: &str, trade: &str) -> Message {
        let mut message = happened("oWeChat", second, GOODS_DELIVERY);
        message.fields.push(Field::text("OutTradeNo", trade));
        message
    }

    fn same(behaviour: Behaviour, one: &Message, other: &Message) -> bool {
        Key::of(&behaviour, one) == Key::of(&behaviour, other)
    }

    fn by(identity: Identity) -> Behaviour {
        Behaviour {
            identity,
            ..Behaviour::default()
        }
    }

    /// Pairs of messages that differ, by how; and the identities for which the two are the same nevertheless.
    #[test]
    fn each_identity_confuses_what_it_is_named_for() {
        use Identity::{ByContent, BySecond, ByUserAndSecond, Documented, WithinUser};
        let one = said("o1", "7", "9", "hi");
        let entered = happened("o1", "9", "SCAN");
        let pairs: [(&str, &Message, Message, &[Identity]); 7] = [
            (
                "user",
                &one,
                said("o2", "7", "9", "hi"),
                &[Documented, BySecond],
            ),
            (
                "MsgId and second",
                &one,
                said("o1", "8", "10", "hi"),
                &[ByContent],
            ),
            (
                "MsgId",
                &one,
                said("o1", "8", "9", "hi"),
                &[ByContent, BySecond, ByUserAndSecond],
            ),
            (
                "MsgId and words",
                &one,
                said("o1", "8", "9", "ho"),
                &[BySecond, ByUserAndSecond],
            ),
            (
                "event",
                &entered,
                happened("o1", "9", "VIEW"),
                &[Documented, BySecond],
            ),
            (
                "user of event",
                &entered,
                happened("o2", "9", "SCAN"),
                &[BySecond],
            ),
            (
                "second of event",
                &entered,
                happened("o1", "10", "SCAN"),
                &[ByContent],
            ),
        ];
        for (what, one, other, confused) in &pairs {
            for identity in [WithinUser, Documented, ByContent, BySecond, ByUserAndSecond] {
                assert_eq!(
                    same(by(identity), one, other),
                    confused.contains(&identity),
                    "{identity:?} by {what}"
                );
            }
        }
    }

    #[test]
    fn a_repeat_is_the_same_by_every_identity() {
        for identity in [
            Identity::WithinUser,
            Identity::Documented,
            Identity::ByContent,
            Identity::BySecond,
            Identity::ByUserAndSecond,
        ] {
            for message in [said("o1", "7", "9", "hi"), happened("o1", "9", "SCAN")] {
                assert!(same(by(identity), &message, &message.clone()));
            }
        }
    }

    #[test]
    fn numbers_too_small_for_a_msgid_confuse_close_ones() {
        let one = said("o1", "23893347810211480", "9", "hi");
        let next = said("o1", "23893347810211481", "9", "hi");
        let next_word = said(
            "o1",
            &(23_893_347_810_211_480_u64 + (1 << 32)).to_string(),
            "9",
            "hi",
        );
        let far = said("o1", "23893347810299999", "9", "hi");
        for (msg_ids, next_is_same, next_word_is_same) in [
            (MsgIds::Whole, false, false),
            (MsgIds::Float64, true, false),
            (MsgIds::Int32, false, true),
        ] {
            let behaviour = Behaviour {
                msg_ids,
                ..Behaviour::default()
            };
            assert_eq!(same(behaviour, &one, &next), next_is_same, "{msg_ids:?}");
            assert_eq!(same(behaviour, &one, &next_word), next_word_is_same);
            assert!(same(behaviour, &one, &one.clone()));
            assert!(!same(behaviour, &one, &far), "{msg_ids:?}");
        }
    }

    #[test]
    fn a_delivery_of_goods_is_known_by_its_trade() {
        for identity in [
            Identity::WithinUser,
            Identity::Documented,
            Identity::ByContent,
        ] {
            let right = by(identity);
            assert!(same(right, &delivered("9", "T1"), &delivered("24", "T1")));
            assert!(!same(right, &delivered("9", "T1"), &delivered("9", "T2")));
        }
        let wrong = Behaviour {
            trades: Trades::ByUserAndSecond,
            ..Behaviour::default()
        };
        assert!(!same(wrong, &delivered("9", "T1"), &delivered("24", "T1")));
        assert!(same(wrong, &delivered("9", "T1"), &delivered("9", "T1")));
    }
}
