//! The message that answers a message. Documented: pages on passive replies (official accounts) and on passing
//! messages to customer service (mini programs, where a passive reply may be nothing else).

use wxcheck_protocol::message::Field;
use wxcheck_protocol::push::{Format, write_message};
use wxcheck_protocol::xml::CdataEnd;

use crate::behaviour::Behaviour;
use crate::read::Message;
use crate::words::Articles;
use wxcheck_protocol::account::Account;

use crate::settings::Settings;

/// Pushes that are answered with a message.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Answers {
    /// In an official account a text, with a text; in a mini program what users send, with
    /// `transfer_customer_service`.
    #[default]
    ByAccount,
    /// A text with a text, in a mini program too.
    TextAnywhere,
    /// Nothing: what is to be said is sent through the API.
    Nothing,
    /// Also events, with `transfer_customer_service`.
    TransferEvents,
    /// Every push, with a text that repeats its Content, which most have none of.
    Everything,
    /// Also those who subscribe, with a text to the account instead of the user.
    MisaddressedWelcome,
}

/// The kind of message a text is answered with.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum PassiveKind {
    /// A text.
    #[default]
    Text,
    /// An image without its MediaId.
    ImageWithoutMediaId,
    /// A type that is none.
    Markdown,
    /// News of two articles.
    TwoArticles,
    /// News whose list of articles is shared by all replies, and grows with each.
    GrowingNews,
    /// A text whose MsgType is missing.
    Untyped,
}

/// Sender and receiver in the reply.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Names {
    /// The account writes to the user: the names of the push, swapped.
    #[default]
    Swapped,
    /// The names of the push as they stood there.
    AsReceived,
    /// The appid writes to the user.
    FromAppid,
    /// Swapped, but for texts of more than 100 characters: these are answered from elsewhere.
    AsReceivedForLongTexts,
    /// Empty: the message was not read.
    Empty,
}

/// The CreateTime of the reply.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum CreateTime {
    /// Unix seconds.
    #[default]
    Seconds,
    /// A date in words.
    Date,
    /// Unix milliseconds.
    Milliseconds,
    /// None.
    Missing,
}

/// The format of the reply.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ReplyFormat {
    /// The push's.
    #[default]
    AsPush,
    /// JSON.
    Json,
    /// XML.
    Xml,
}

/// The way text is put into XML.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Markup {
    /// In CDATA sections, split where the text holds `]]>`.
    #[default]
    Split,
    /// In one CDATA section, whatever the text holds.
    OneSection,
    /// As it is, without a section.
    Pasted,
}

/// The reply to a message, if it is one that gets a reply: its format and its text before sealing.
pub(crate) fn reply(
    settings: &Settings,
    behaviour: &Behaviour,
    message: &Message,
    articles: &Articles,
    now: i64,
) -> Option<(Format, String)> {
    let format = match behaviour.reply_format {
        ReplyFormat::AsPush => message.format,
        ReplyFormat::Json => Format::Json,
        ReplyFormat::Xml => Format::Xml,
    };
    let fields = fields(settings, behaviour, message, articles, now)?;
    let cdata_end = match behaviour.markup {
        Markup::Split => CdataEnd::Split,
        Markup::OneSection | Markup::Pasted => CdataEnd::Raw,
    };
    let text = write_message(format, &fields, cdata_end);
    Some((
        format,
        match (behaviour.markup, format) {
            (Markup::Pasted, Format::Xml) => text.replace("<![CDATA[", "").replace("]]>", ""),
            _ => text,
        },
    ))
}

fn fields(
    settings: &Settings,
    behaviour: &Behaviour,
    message: &Message,
    articles: &Articles,
    now: i64,
) -> Option<Vec<Field>> {
    let msg_type = message.text_of("MsgType");
    let content = message.text_of("Content");
    let has_words = msg_type == "text" && !content.trim().is_empty();
    let from_user = matches!(msg_type.as_str(), "text" | "image" | "miniprogrampage");
    match (behaviour.answers, settings.account) {
        (Answers::Nothing, _) => return None,
        (Answers::TransferEvents, _) if message.is_event() => {}
        (Answers::Everything, _) if !has_words => {
            let mut fields = head(settings, behaviour, message, now);
            fields.extend([
                Field::text("MsgType", "text"),
                Field::text("Content", content),
            ]);
            return Some(fields);
        }
        (Answers::MisaddressedWelcome, _) if message.text_of("Event") == "subscribe" => {
            return Some(welcome(settings, behaviour, message, now));
        }
        (Answers::TextAnywhere, _) | (_, Account::Official) if has_words => {}
        (Answers::ByAccount | Answers::TransferEvents, account)
            if account.is_mini() && from_user => {}
        _ => return None,
    }
    let mut fields = head(settings, behaviour, message, now);
    if message.is_event()
        || (settings.account.is_mini() && behaviour.answers != Answers::TextAnywhere)
    {
        fields.push(Field::text("MsgType", "transfer_customer_service"));
        return Some(fields);
    }
    let words = behaviour.words.of(&content)?;
    match behaviour.kind {
        PassiveKind::Text => fields.extend([
            Field::text("MsgType", "text"),
            Field::text("Content", words),
        ]),
        PassiveKind::ImageWithoutMediaId => fields.extend([
            Field::text("MsgType", "image"),
            Field::group("Image", vec![]),
        ]),
        PassiveKind::Markdown => fields.extend([
            Field::text("MsgType", "markdown"),
            Field::text("Content", words),
        ]),
        PassiveKind::TwoArticles => fields.extend(Articles::fields(2)),
        PassiveKind::GrowingNews => fields.extend(Articles::fields(articles.grown())),
        PassiveKind::Untyped => fields.push(Field::text("Content", words)),
    }
    Some(fields)
}

/// A text to a new follower, with the names of the push as they stood there.
fn welcome(settings: &Settings, behaviour: &Behaviour, message: &Message, now: i64) -> Vec<Field> {
    let misaddressed = Behaviour {
        names: Names::AsReceived,
        ..*behaviour
    };
    let mut fields = head(settings, &misaddressed, message, now);
    fields.extend([
        Field::text("MsgType", "text"),
        Field::text("Content", "welcome"),
    ]);
    fields
}

/// ToUserName, FromUserName and CreateTime.
fn head(settings: &Settings, behaviour: &Behaviour, message: &Message, now: i64) -> Vec<Field> {
    let (account, user) = (
        message.text_of("ToUserName"),
        message.text_of("FromUserName"),
    );
    let (to, from) = match behaviour.names {
        Names::Swapped => (user, account),
        Names::AsReceived => (account, user),
        Names::Empty => (String::new(), String::new()),
        Names::FromAppid => (user, settings.appid.clone()),
        Names::AsReceivedForLongTexts => {
            let is_long = message.text_of("Content").chars().count() > 100;
            if is_long {
                (account, user)
            } else {
                (user, account)
            }
        }
    };
    let mut fields = vec![
        Field::text("ToUserName", to),
        Field::text("FromUserName", from),
    ];
    match behaviour.create_time {
        CreateTime::Seconds => fields.push(Field::number("CreateTime", now)),
        CreateTime::Date => fields.push(Field::text("CreateTime", "2024-04-25 17:15:04")),
        CreateTime::Milliseconds => fields.push(Field::number("CreateTime", now * 1000)),
        CreateTime::Missing => {}
    }
    fields
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wxcheck_protocol::push::Mode;

    use wxcheck_network::Network;

    use super::*;
    use crate::behaviour::Words;

    fn answered(
        account: Account,
        behaviour: &Behaviour,
        format: Format,
        fields: &[(&str, &str)],
    ) -> Option<String> {
        let settings = Settings {
            token: "T".into(),
            appid: "wx0".into(),
            key: None,
            mode: Mode::Plain,
            format,
            account,
            limit: Duration::from_secs(5),
            api: None,
            fetch_tokens: Vec::new(),
            network: Network::Machine,
        };
        let fields = [("ToUserName", "gh_0"), ("FromUserName", "o0")]
            .iter()
            .chain(fields);
        let fields = fields
            .map(|(name, value)| Field::text(*name, *value))
            .collect();
        let message = Message {
            format,
            fields,
            text: String::new(),
        };
        reply(
            &settings,
            behaviour,
            &message,
            &Articles::default(),
            1_700_000_000,
        )
        .map(|(_, text)| text)
    }

    const HELLO: &[(&str, &str)] = &[("MsgType", "text"), ("Content", "Hi 😀 ]]>")];

    #[test]
    fn an_official_account_answers_words_with_words() {
        let answered = |fields| {
            answered(
                Account::Official,
                &Behaviour::default(),
                Format::Json,
                fields,
            )
        };
        assert_eq!(
            answered(HELLO).unwrap(),
            r#"{"ToUserName":"o0","FromUserName":"gh_0","CreateTime":1700000000,"MsgType":"text","Content":"echo: Hi 😀 ]]>"}"#
        );
        assert_eq!(answered(&[("MsgType", "text"), ("Content", " \n")]), None);
        assert_eq!(answered(&[("MsgType", "image")]), None);
        assert_eq!(
            answered(&[
                ("MsgType", "event"),
                ("Event", "subscribe"),
                ("Content", "x")
            ]),
            None
        );
        assert_eq!(answered(&[]), None);
    }

    #[test]
    fn a_mini_program_passes_on_what_users_send() {
        let answered = |fields: &[(&str, &str)]| {
            answered(Account::Mini, &Behaviour::default(), Format::Xml, fields)
        };
        let of_type: fn(&str) -> [(&str, &str); 1] = |msg_type| [("MsgType", msg_type)];
        for fields in ["text", "image", "miniprogrampage"].map(of_type) {
            let reply = answered(&fields).unwrap();
            assert!(
                reply.contains("<![CDATA[transfer_customer_service]]>"),
                "{reply}"
            );
        }
        assert_eq!(
            answered(&[("MsgType", "event"), ("Event", "user_enter_tempsession")]),
            None
        );
        assert_eq!(answered(&[("MsgType", "hologram")]), None);
    }

    #[test]
    fn each_strategy_shows_in_the_reply() {
        let official = |behaviour: Behaviour| {
            answered(Account::Official, &behaviour, Format::Xml, HELLO).unwrap()
        };
        let default = Behaviour::default;
        assert!(official(default()).contains("<![CDATA[echo: Hi 😀 ]]]]><![CDATA[>]]>"));
        assert!(
            official(Behaviour {
                markup: Markup::OneSection,
                ..default()
            })
            .contains("Hi 😀 ]]>]]>")
        );
        assert!(
            !official(Behaviour {
                markup: Markup::Pasted,
                ..default()
            })
            .contains("CDATA")
        );
        assert!(
            official(Behaviour {
                words: Words::LowerCase,
                ..default()
            })
            .contains("echo: hi")
        );
        assert!(
            official(Behaviour {
                words: Words::EmojiLost,
                ..default()
            })
            .contains("Hi ? ")
        );
        assert!(
            official(Behaviour {
                words: Words::Empty,
                ..default()
            })
            .contains("<Content><![CDATA[]]></Content>")
        );
        assert!(
            !official(Behaviour {
                create_time: CreateTime::Missing,
                ..default()
            })
            .contains("CreateTime")
        );
        assert!(
            official(Behaviour {
                reply_format: ReplyFormat::Json,
                ..default()
            })
            .starts_with('{')
        );
        assert!(
            official(Behaviour {
                names: Names::FromAppid,
                ..default()
            })
            .contains("[wx0]")
        );
        assert!(
            !official(Behaviour {
                kind: PassiveKind::Untyped,
                ..default()
            })
            .contains("MsgType")
        );
    }

    #[test]
    fn wrong_answers_answer_what_they_should_not() {
        let text = Behaviour {
            answers: Answers::TextAnywhere,
            ..Behaviour::default()
        };
        assert!(
            answered(Account::Mini, &text, Format::Json, HELLO)
                .unwrap()
                .contains("echo: ")
        );
        let transfer = Behaviour {
            answers: Answers::TransferEvents,
            ..Behaviour::default()
        };
        for account in [Account::Mini, Account::Official] {
            let reply = answered(
                account,
                &transfer,
                Format::Json,
                &[("MsgType", "event"), ("Event", "x")],
            );
            assert!(reply.unwrap().contains("transfer_customer_service"));
        }
    }
}
