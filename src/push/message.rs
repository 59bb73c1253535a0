//! The message of a push, from the catalogue or from standard input, and the request around it.

use std::{borrow::Cow, io::Read as _};

use anyhow::Result;
use wxcheck_mock_server::{
    Target,
    catalogue::{Catalogue, CatalogueEntry, CatalogueError, Header, PLATFORM_OPENID},
    composer::{Composed, Message, Recipient, Route, Setting, Stamp, compose, count_retry},
};
use wxcheck_protocol::{
    account::Account,
    json,
    message::{Field, Value, scalar_of},
    push::{self, Format},
};
use wxcheck_suite::{identity::Cast, server::Server};

use crate::{exit::usage, language::both};

/// The largest message that is read, in bytes.
const INPUT_LIMIT: u64 = 1024 * 1024;

/// The source of a message.
pub(super) enum Source {
    Catalogue(Box<CatalogueEntry>),
    /// Fields that the user wrote.
    Given(Message),
}

/// A message with all its fields, and what sets it apart.
#[derive(Clone)]
pub(super) struct PushDraft {
    route: Route,
    /// The server to which it goes.
    pub(super) target: Target,
    pub(super) fields: Vec<Field>,
    stamp: Stamp,
}

impl Source {
    /// The push of that name; `-` is the JSON object on standard input.
    pub(super) fn of(name: &str, catalogue: &Catalogue, account: Account) -> Result<Self> {
        if name != "-" {
            let entry = catalogue.find(name, account);
            let entry = entry.map_err(|error| usage(error.to_string()))?;
            return Ok(Self::Catalogue(Box::new(entry)));
        }
        let mut text = String::new();
        std::io::stdin()
            .take(INPUT_LIMIT)
            .read_to_string(&mut text)
            .map_err(|error| of_input(&error))?;
        // As some shells write it.
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        match json::read(text) {
            Ok(Value::Group(fields)) if !fields.is_empty() => {
                Ok(Self::Given(Message::given(fields)))
            }
            Ok(_) => Err(usage((
                "standard input: write one JSON object, like {\"MsgType\":\"text\",\"Content\":\"hello\"}",
                "标准输入：请写一个 JSON 对象，如 {\"MsgType\":\"text\",\"Content\":\"hello\"}",
            ))),
            Err(error) => Err(of_input(&error)),
        }
    }

    /// Fails unless it is pushed to that kind of account.
    pub(super) fn fits(&self, account: Account, catalogue: &Catalogue) -> Result<()> {
        // Nobody writes to these.
        if let (Some(entry), Account::Shop | Account::App) = (self.entry(), account) {
            let own = catalogue.of(account);
            if own.iter().all(|own| own.name != entry.name) {
                let names: Vec<&str> = own.iter().map(|own| own.name.as_str()).collect();
                let (name, names) = (&entry.name, names.join(", "));
                return Err(usage(both!(
                    "{name}: WeChat does not push that to --account {account}, which receives only {names}",
                    "{name}：微信不会向 --account {account} 推送它；那里只有 {names}"
                )));
            }
        }
        let only = match self.entry().map(|entry| entry.header) {
            Some(Header::Info) => Account::Platform,
            Some(Header::None) => Account::CloudHosting,
            _ => return Ok(()),
        };
        if account == only {
            return Ok(());
        }
        let name = self.name();
        Err(usage(both!(
            "{name}: that is pushed to third-party platforms or cloud hosting only: give --account {only}",
            "{name}：只推送给第三方平台或云托管：请加上 --account {only}"
        )))
    }

    /// The server to which it goes.
    pub(super) fn target(&self, server: &Server) -> Target {
        let route = self.entry().map_or(Route::Messages, |entry| {
            Route::of(entry.header, entry.payment)
        });
        recipient(server).target_of(route)
    }

    /// The name that reports give it.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Catalogue(entry) => &entry.name,
            Self::Given(message) => &message.name,
        }
    }

    /// The push of the catalogue that it is, if it is one.
    pub(super) fn entry(&self) -> Option<&CatalogueEntry> {
        match self {
            Self::Catalogue(entry) => Some(entry),
            Self::Given(_) => None,
        }
    }

    /// The message with what `--set` says, not addressed yet.
    pub(super) fn message(&self, format: Format, sets: &[String]) -> Result<Message> {
        let message = match self {
            Self::Catalogue(entry) => Message::of(entry, format),
            Self::Given(message) => message.clone(),
        };
        let settings: Result<Vec<Setting>> = sets.iter().map(|set| setting(set)).collect();
        Ok(message.setting(settings?))
    }

    /// The message as one user of the cast sends it. `now` is in Unix seconds.
    pub(super) fn draft(
        &self,
        sets: &[String],
        server: &Server,
        cast: &Cast,
        now: u64,
    ) -> Result<PushDraft> {
        let message = self.message(server.target.format, sets)?;
        let (stamp, recipient) = (stamp(cast, now), recipient(server));
        Ok(PushDraft {
            route: message.route(),
            target: recipient.target_of(message.route()),
            fields: message.addressed(&recipient.addressee(), &stamp),
            stamp,
        })
    }
}

/// Standard input cannot be used.
fn of_input(error: &impl ToString) -> anyhow::Error {
    usage(both!(
        "standard input: {error}",
        "标准输入：{error}",
        error = error
    ))
}

/// The setting that `--set` gives.
fn setting(set: &str) -> Result<Setting> {
    match set.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok(Setting::value(name, value)),
        _ => Err(usage(CatalogueError::Set(set.to_owned()).to_string())),
    }
}

/// The values that set the first push of that cast apart.
pub(super) fn stamp(cast: &Cast, now: u64) -> Stamp {
    Stamp {
        openid: cast.openid(0),
        wechat: PLATFORM_OPENID.to_owned(),
        trade: cast.trade(0),
        create_time: now,
        msg_id: cast.msg_id(0, now),
        request: push::Stamp {
            timestamp: now,
            nonce: cast.nonce(0),
            random: cast.random(0),
        },
    }
}

fn recipient(server: &Server) -> Recipient<'_> {
    Recipient {
        account: server.account,
        target: &server.target,
        authorizer: &server.component.authorizer,
        authorization_url: server.component.authorization_url.as_ref(),
    }
}

/// Fails if a message cannot be written in its format at all.
fn writable(fields: &[Field], format: Format) -> Result<()> {
    if format == Format::Json {
        return Ok(());
    }
    for field in fields {
        let name = &field.name;
        let begins = name.starts_with(|char: char| char.is_alphabetic() || char == '_');
        let is_part = |char: char| char.is_alphanumeric() || "_-.".contains(char);
        if !begins || !name.chars().all(is_part) {
            return Err(usage(both!(
                "`{name}` cannot be the name of an XML element; write another, or push with --format json",
                "`{name}` 不能作为 XML 元素名；请换一个名称，或加上 --format json"
            )));
        }
        value_writable(name, &field.value)?;
    }
    Ok(())
}

fn value_writable(name: &str, value: &Value) -> Result<()> {
    match value {
        Value::Group(fields) => writable(fields, Format::Xml),
        Value::Many(items) => items.iter().try_for_each(|item| value_writable(name, item)),
        Value::Text(text) | Value::Bare(text) => {
            let strange = |char: &char| char.is_control() && !"\t\n\r".contains(*char);
            match text.chars().find(strange) {
                Some(char) => {
                    let code = u32::from(char);
                    Err(usage(both!(
                        "{name} holds the character U+{code:04X}, which XML cannot say; push with --format json",
                        "{name} 含有 XML 无法表示的字符 U+{code:04X}；请加上 --format json"
                    )))
                }
                None => Ok(()),
            }
        }
        Value::Number(_) => Ok(()),
    }
}

impl PushDraft {
    /// The same push again as one that is signed anew; a RetryTimes counts up, as in virtual payments.
    pub(super) fn afresh(mut self, now: u64, drawn: u64) -> Self {
        count_retry(&mut self.fields);
        let hex = format!("{drawn:016x}");
        self.stamp.request.timestamp = now;
        self.stamp.request.nonce = (1_000_000_000 + drawn % 1_147_483_647).to_string();
        let random = &mut self.stamp.request.random;
        random.copy_from_slice(&hex.as_bytes()[..16]);
        self
    }

    /// The user from whom it comes, or, where WeChat sends it, whom it is about.
    pub(super) fn user(&self) -> Cow<'_, str> {
        let from = scalar_of(&self.fields, "FromUserName");
        from.filter(|from| from != PLATFORM_OPENID)
            .unwrap_or(Cow::Borrowed(&self.stamp.openid))
    }

    /// Signed, and sealed where the mode asks for it.
    pub(super) fn composed(&self, server: &Server) -> Result<Composed> {
        writable(&self.fields, self.target.format)?;
        compose(
            &self.fields,
            self.route,
            &recipient(server),
            &self.stamp.request,
        )
        .map_err(|error| usage(error.to_string()))
    }
}
