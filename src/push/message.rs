//! What a push says, from the catalogue or from standard input, and the request around it.

use std::io::Read as _;

use anyhow::Result;
use wxcheck_mock_server::{
    Hold, Method, Request, Target,
    catalogue::{self, Catalogue, CatalogueError, Entry, Filling, Header, PLATFORM_OPENID},
};
use wxcheck_protocol::{
    account::Account,
    json,
    message::{Field, Value, find, scalar_of},
    push::{self, Format, Push, Stamp},
    xml::CdataEnd,
};
use wxcheck_suite::{configuration::Server, identity::Cast};

use crate::exit::usage;

/// The largest message that is read, in bytes.
const INPUT_LIMIT: u64 = 1024 * 1024;

/// Where a message comes from.
pub(super) enum Source {
    Catalogue(Box<Entry>),
    /// Fields that the user wrote.
    Given(Vec<Field>),
}

/// A message with all its fields, and the stamp under which it goes out.
#[derive(Clone)]
pub(super) struct Draft {
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
            .map_err(|error| usage(format!("standard input: {error}")))?;
        // As some shells write it.
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        match json::read(text) {
            Ok(Value::Group(fields)) if !fields.is_empty() => Ok(Self::Given(fields)),
            Ok(_) => Err(usage(
                "standard input: write one JSON object, like {\"MsgType\":\"text\",\"Content\":\"hello\"}",
            )),
            Err(error) => Err(usage(format!("standard input: {error}"))),
        }
    }

    /// Whether it is pushed to that kind of account.
    pub(super) fn fits(&self, account: Account) -> Result<()> {
        let only = match self.entry().map(|entry| entry.header) {
            Some(Header::Info) => Account::Platform,
            Some(Header::None) => Account::CloudHosting,
            _ => return Ok(()),
        };
        if account == only {
            return Ok(());
        }
        Err(usage(format!(
            "{}: that is pushed to third-party platforms or cloud hosting only: give --account {only}",
            self.name()
        )))
    }

    /// What reports call it.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Catalogue(entry) => &entry.name,
            Self::Given(fields) => match find(fields, "Event").or(find(fields, "MsgType")) {
                Some(Value::Text(name)) => name,
                _ => "text",
            },
        }
    }

    /// The push of the catalogue that it is, if it is one.
    pub(super) fn entry(&self) -> Option<&Entry> {
        match self {
            Self::Catalogue(entry) => Some(entry),
            Self::Given(_) => None,
        }
    }

    /// The message, with what differs from one push to the next in braces.
    pub(super) fn message(&self, format: Format) -> Vec<Field> {
        match self {
            Self::Catalogue(entry) => entry.message(format),
            Self::Given(given) => around(given),
        }
    }

    /// The message in wire order: header, own fields, MsgId; then what `--set` says. `now` is in Unix seconds.
    pub(super) fn draft(
        &self,
        sets: &[String],
        server: &Server,
        cast: &Cast,
        now: u64,
    ) -> Result<Draft> {
        let (openid, trade) = (cast.openid(0), cast.trade(0));
        let filling = Filling {
            account: &server.target.original_id,
            openid: &openid,
            wechat: PLATFORM_OPENID,
            appid: &server.target.credentials.appid,
            authorizer: &server.component.authorizer,
            trade: &trade,
            now,
            msg_id: cast.msg_id(0),
        };
        let mut fields = filling.fill(&self.message(server.target.format));
        assign(&mut fields, sets)?;
        Ok(Draft {
            fields,
            stamp: Stamp {
                timestamp: now,
                nonce: cast.nonce(0),
                random: cast.random(0),
            },
        })
    }
}

/// Whether a message can be written in its format at all.
fn writable(fields: &[Field], format: Format) -> Result<()> {
    if format == Format::Json {
        return Ok(());
    }
    for field in fields {
        let name = &field.name;
        let begins = name.starts_with(|char: char| char.is_alphabetic() || char == '_');
        let is_part = |char: char| char.is_alphanumeric() || "_-.".contains(char);
        if !begins || !name.chars().all(is_part) {
            return Err(usage(format!(
                "`{name}` cannot be the name of an XML element; write another, or push with --format json"
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
                Some(char) => Err(usage(format!(
                    "{name} holds the character U+{:04X}, which XML cannot say; push with --format json",
                    u32::from(char)
                ))),
                None => Ok(()),
            }
        }
        Value::Number(_) => Ok(()),
    }
}

/// Does what `--set` says.
pub(super) fn assign(fields: &mut Vec<Field>, sets: &[String]) -> Result<()> {
    for set in sets {
        let (name, value) = set
            .split_once('=')
            .filter(|(name, _)| !name.is_empty())
            .ok_or_else(|| usage(CatalogueError::Set(set.clone()).to_string()))?;
        catalogue::set(fields, name, value);
    }
    Ok(())
}

/// What was given, with the header where it lacks one.
fn around(given: &[Field]) -> Vec<Field> {
    let is_event = find(given, "Event").is_some();
    let msg_type = if is_event { "event" } else { "text" };
    let header = [
        Field::text("ToUserName", "{account}"),
        Field::text("FromUserName", "{openid}"),
        Field::bare("CreateTime", "{now}"),
        Field::text("MsgType", msg_type),
    ];
    let lacking = |field: &Field| find(given, &field.name).is_none();
    let mut fields: Vec<Field> = header.into_iter().filter(lacking).collect();
    fields.extend(given.iter().cloned());
    let is_message = find(&fields, "MsgType") != Some(&Value::Text("event".to_owned()));
    if is_message && find(&fields, "MsgId").is_none() {
        fields.push(Field::bare("MsgId", "{msgid}"));
    }
    fields
}

impl Draft {
    /// The same push again as one that is signed anew; a RetryTimes counts up, as in virtual payments.
    pub(super) fn afresh(mut self, now: u64, drawn: u64) -> Self {
        for field in &mut self.fields {
            if field.name == "RetryTimes"
                && let Value::Number(times) = &mut field.value
            {
                *times += 1;
            }
        }
        let hex = format!("{drawn:016x}");
        self.stamp.timestamp = now;
        self.stamp.nonce = (1_000_000_000 + drawn % 1_147_483_647).to_string();
        self.stamp.random.copy_from_slice(&hex.as_bytes()[..16]);
        self
    }

    /// Who sent it.
    pub(super) fn sender(&self) -> String {
        let from = scalar_of(&self.fields, "FromUserName");
        from.unwrap_or_default().into_owned()
    }

    /// Whether it tells a third-party platform of itself: nobody sent it.
    fn is_for_the_platform(&self) -> bool {
        find(&self.fields, "InfoType").is_some() && find(&self.fields, "FromUserName").is_none()
    }

    /// The server, by the URL to which that goes.
    pub(super) fn target(&self, server: &Server) -> Target {
        let url = server.component.authorization_url.clone();
        let url = url.filter(|_| self.is_for_the_platform());
        Target {
            url: url.unwrap_or_else(|| server.target.url.clone()),
            ..server.target.clone()
        }
    }

    /// What cloud hosting sends in place of a signature; nothing else has any.
    pub(super) fn headers(&self, server: &Server) -> Vec<(&'static str, String)> {
        if server.account.is_signed() {
            Vec::new()
        } else {
            push::cloud_hosting_headers(&self.sender(), &server.target.credentials.appid)
        }
    }

    /// Signed, and sealed where the mode asks for it.
    pub(super) fn push(&self, server: &Server) -> Result<Push> {
        let target = &server.target;
        writable(&self.fields, target.format)?;
        if !server.account.is_signed() {
            return Ok(Push {
                query: Vec::new(),
                body: push::write_message(target.format, &self.fields, CdataEnd::Split),
                encrypt: None,
            });
        }
        let sender = Some(self.sender()).filter(|_| !self.is_for_the_platform());
        push::compose(
            target.mode,
            target.format,
            &target.credentials,
            &self.stamp,
            sender.as_deref(),
            &self.fields,
        )
        .map_err(|error| usage(error.to_string()))
    }

    /// As a request.
    pub(super) fn request(&self, server: &Server) -> Result<Request> {
        let target = self.target(server);
        let push = self.push(server)?;
        Ok(Request {
            method: Method::Post,
            url: target.url_with(&push.query),
            content_type: Some(push::content_type(target.format).to_owned()),
            headers: self.headers(server),
            body: push.body.into(),
            accepts_gzip: false,
            hold: Hold::Cut,
        })
    }
}
