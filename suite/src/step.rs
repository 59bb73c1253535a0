//! The acts of WeChat and its users, as data.
//!
//! Steps hold content and relations, never identities: openid, MsgId, nonce and timestamp come from
//! the driver, fresh in each play and of constant length. So a failing scenario is a file that can
//! be played again tomorrow, and shrinking never confuses two messages.

mod abuse;
mod change;
mod fetch;
mod signing;
mod written;

use std::fmt;

use serde::{Deserialize, Serialize};
use wxcheck_mock_server::{
    catalogue::{CatalogueEntry, Header},
    composer::{Message, Route},
};
use wxcheck_protocol::{
    message::{Field, Value, scalar_of},
    push::Format,
};

pub use abuse::Abuse;
pub use change::Change;
pub use fetch::{Fetch, Grant};
pub use signing::{Damage, ForeignAppid, Forgery, Lack, Signing, Unsigned};

use crate::{claim::Claim, place::Place};

/// Steps in order; one play of them is one case of a rule.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The steps. References to earlier steps count the requests in the order written here.
    pub steps: Vec<Step>,
}

impl Scenario {
    /// True if it holds platform notifications, which have a URL of their own.
    pub fn notifies_platform(&self) -> bool {
        self.steps.iter().any(|step| match step {
            Step::Deliver(deliver) => deliver.content.route() == Route::Authorization,
            _ => false,
        })
    }

    /// True if some request comes again.
    pub fn redelivers(&self) -> bool {
        fn again(step: &Step) -> bool {
            match step {
                Step::Redeliver { .. } => true,
                Step::Together(steps) => steps.iter().any(again),
                _ => false,
            }
        }
        self.steps.iter().any(again)
    }

    /// True if effects are waited for in it.
    pub fn waits_for_effects(&self) -> bool {
        let waits = |step: &Step| matches!(step, Step::Settle { .. });
        self.steps.iter().any(waits)
    }

    /// A scenario of these steps.
    pub fn of(steps: impl Into<Vec<Step>>) -> Self {
        Self {
            steps: steps.into(),
        }
    }
}

/// One act.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The URL verification of the admin page.
    Verify(Verify),
    /// A GET without any parameter, as a browser or a health check makes.
    Visit,
    /// A push.
    Deliver(Deliver),
    /// A prefetch or a periodic update.
    Fetch(Fetch),
    /// A look at one of the configured URLs, without sending anything.
    Inspect(Place),
    /// The request of an earlier push again, byte for byte.
    Redeliver {
        /// The number of that request, counted from 0 in the order written.
        of: usize,
    },
    /// Several acts at the same moment.
    Together(Vec<Step>),
    /// Wait until our listener was fetched from, at most so long.
    AwaitFetch {
        /// Milliseconds.
        quiet: u64,
    },
    /// Wait until the effects of the pushes so far are there, at most one limit, and then until no
    /// further one came for so long. Nothing where effects cannot be seen.
    Settle {
        /// Milliseconds; longer where the server was seen to take its time.
        quiet: u64,
    },
    /// Let time pass.
    Pause {
        /// In hundredths of the limit of one exchange.
        percent: u32,
    },
    /// Something happens to the API that the server calls.
    Api(ApiAct),
}

/// The things that can happen to the API that the server calls.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ApiAct {
    /// Every access token handed out so far is revoked.
    RevokeTokens,
    /// The two hours of every access token handed out so far are over.
    ExpireTokens,
    /// Every message to a user is refused with that code, and has no effect.
    RefuseMessages {
        /// The errcode.
        errcode: i64,
    },
    /// Every call is answered late.
    Slow {
        /// In hundredths of the limit of one exchange.
        percent: u32,
    },
    /// Everything works as usual again.
    #[serde(rename = "mend")]
    Recover,
}

/// As a predicate of wxcheck, in a story.
impl fmt::Display for ApiAct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RevokeTokens => f.write_str("revokes every access token (40001 from now on)"),
            Self::ExpireTokens => f.write_str("lets every access token expire (42001 from now on)"),
            Self::RefuseMessages { errcode } => {
                write!(f, "refuses every message to a user with errcode {errcode}")
            }
            Self::Slow { percent } => {
                write!(f, "answers every call late, after {percent} % of the limit")
            }
            Self::Recover => f.write_str("answers calls as usual again"),
        }
    }
}

/// The quiet in which no further effect may come, in milliseconds.
pub const QUIET: u64 = 250;

/// A GET with an echostr.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Verify {
    /// The text that is to be echoed.
    pub echostr: String,
    /// A forged signature, if any.
    pub forgery: Option<Forgery>,
    /// A nonce chosen so that a wrong sort shows.
    pub trap: Option<Trap>,
    /// Parameters in reverse order.
    pub reversed: bool,
    /// A parameter that no document names.
    pub extra: bool,
    /// True if our side waits longer, to tell a late answer from none.
    pub linger: bool,
}

impl Verify {
    /// The verification with this echostr, otherwise as WeChat makes it.
    pub fn of(echostr: impl Into<String>) -> Self {
        Self {
            echostr: echostr.into(),
            ..Self::default()
        }
    }

    /// The difference from what WeChat sends, by its name; nothing where it is as WeChat's.
    pub(crate) fn difference(&self) -> Option<&'static str> {
        let forgery = self.forgery.map(Forgery::claim);
        let others = [
            (self.reversed, Self::REVERSED),
            (self.extra, Self::ONE_MORE),
        ];
        let mut others = others.into_iter().filter(|(is_so, _)| *is_so);
        forgery.or_else(|| others.next().map(|(_, name)| name))
    }

    /// The name of a verification whose parameters stand in another order.
    pub(crate) const REVERSED: &'static str = "reversed";
    /// The name of a verification with a parameter more.
    pub(crate) const ONE_MORE: &'static str = "one-more";
}

/// A sort that is not the documented one (byte order of the strings).
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trap {
    /// Digits compared as numbers.
    NumericSort,
    /// Letters compared without case.
    CaseInsensitiveSort,
}

impl Trap {
    /// Every trap.
    pub const ALL: [Self; 2] = [Self::NumericSort, Self::CaseInsensitiveSort];

    /// The claim of each.
    pub const CLAIMS: &[Claim] = &[Self::NumericSort.claim(), Self::CaseInsensitiveSort.claim()];

    /// The claim that a server caught in it breaks.
    pub const fn claim(self) -> Claim {
        match self {
            Self::NumericSort => "numeric-sort",
            Self::CaseInsensitiveSort => "case-insensitive-sort",
        }
    }
}

/// A push.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Deliver {
    /// The content of the push.
    pub content: Content,
    /// The user of the play that it comes from.
    pub user: u8,
    /// The form in which it is written.
    pub form: Form,
    /// The way in which it is signed and sealed.
    pub signing: Signing,
    /// Over the play's kept-alive connection rather than one of its own.
    pub kept: bool,
    /// The moment at which our side lets go.
    pub hold: Hold,
    /// Its MsgId.
    pub msg_id: MsgId,
    /// Its CreateTime.
    pub created: Created,
    /// Written and read byte by byte, to see what HTTP clients hide: says when the body comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytewise: Option<BodyComes>,
    /// The abuse of it, which no documented sender commits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abuse: Option<Abuse>,
}

/// The moment at which the body of a push comes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BodyComes {
    /// Together with the head.
    AtOnce,
    /// A moment after the head.
    Later,
}

/// The MsgId of a message, in relation to others of the play.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MsgId {
    /// One of its own.
    #[default]
    Fresh,
    /// The MsgId of an earlier request.
    SameAs(usize),
    /// The MsgId of an earlier request, increased.
    Beyond {
        /// The number of that request.
        of: usize,
        /// The amount of the increase.
        by: i64,
    },
}

/// The CreateTime of a push, in relation to others of the play.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Created {
    /// Now.
    #[default]
    Now,
    /// A number of seconds ago.
    Ago(u8),
    /// In the second of an earlier request.
    SameSecondAs(usize),
}

impl Deliver {
    /// A true push with this content.
    pub fn of(content: impl Into<Content>) -> Self {
        Self {
            content: content.into(),
            ..Self::default()
        }
    }

    /// A true push of the catalogue, as the catalogue has it.
    pub fn entry(entry: &CatalogueEntry, format: Format) -> Self {
        Self::of(EntryContent::of(entry, format))
    }

    /// A true push of a text message.
    pub fn text(text: impl Into<String>) -> Self {
        Self::of(Content::Text(text.into()))
    }

    /// The same, signed in another way.
    #[must_use]
    pub fn signed(mut self, signing: Signing) -> Self {
        self.signing = signing;
        self
    }

    /// The same, written in another way.
    #[must_use]
    pub fn written(mut self, form: Form) -> Self {
        self.form = form;
        self
    }

    /// The same, from another of the play's users.
    #[must_use]
    pub fn from_user(mut self, user: u8) -> Self {
        self.user = user;
        self
    }

    /// The same, with our side letting go at another time.
    #[must_use]
    pub fn held(mut self, hold: Hold) -> Self {
        self.hold = hold;
        self
    }

    /// The same, with another MsgId.
    #[must_use]
    pub fn with_msg_id(mut self, msg_id: MsgId) -> Self {
        self.msg_id = msg_id;
        self
    }

    /// The same, created at another time.
    #[must_use]
    pub fn created(mut self, created: Created) -> Self {
        self.created = created;
        self
    }

    /// The same, written and read byte by byte.
    #[must_use]
    pub fn bytewise(mut self, comes: BodyComes) -> Self {
        self.bytewise = Some(comes);
        self
    }

    /// The same, over the play's kept-alive connection.
    #[must_use]
    pub fn kept(mut self) -> Self {
        self.kept = true;
        self
    }
}

/// The moment at which our side lets go of a push's connection.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hold {
    /// At five seconds, as WeChat does.
    #[default]
    Cut,
    /// At ten seconds, to tell a late answer from none.
    Linger,
    /// As soon as the request is written.
    DropAfterSend,
}

/// The content of a push, apart from sender and time.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", from = "written::Content")]
pub enum Content {
    /// A text message.
    Text(String),
    /// A text message whose sealed frame needs exactly so many bytes of padding (1 to 32).
    TextWithPadding(u8),
    /// A push of the catalogue, one with some of its values changed, or one that the catalogue does not know.
    Entry(EntryContent),
}

impl Content {
    /// The name of the push.
    pub fn name(&self) -> &str {
        match self {
            Self::Text(_) | Self::TextWithPadding(_) => "text",
            Self::Entry(entry) => &entry.name,
        }
    }

    /// The way by which it goes to its server.
    pub fn route(&self) -> Route {
        match self {
            Self::Text(_) | Self::TextWithPadding(_) => Route::Messages,
            Self::Entry(entry) => Route::of(entry.header, entry.payment),
        }
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<EntryContent> for Content {
    fn from(entry: EntryContent) -> Self {
        Self::Entry(entry)
    }
}

/// A push as the catalogue would have it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EntryContent {
    /// The name in the catalogue.
    pub name: String,
    /// The header in front of its own fields; it decides where the push goes.
    #[serde(default)]
    pub header: Header,
    /// A payment or a gift of a mini game, which goes elsewhere too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub payment: bool,
    /// The whole message, with what differs from one push to the next in braces.
    pub fields: Vec<Field>,
    /// The changes that are made in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

impl EntryContent {
    /// The push as the catalogue has it.
    pub fn of(entry: &CatalogueEntry, format: Format) -> Self {
        Self {
            name: entry.name.clone(),
            header: entry.header,
            payment: entry.payment,
            fields: entry.template(entry.format(format)),
            changes: Vec::new(),
        }
    }

    /// A message of a type that the catalogue does not know.
    pub fn unlisted(msg_type: &str, own: Vec<Field>) -> Self {
        Message::unlisted(msg_type, own).into()
    }

    /// An event that the catalogue does not know.
    pub fn unlisted_event(event: &str, own: Vec<Field>) -> Self {
        Message::unlisted_event(event, own).into()
    }

    /// The same with another text in a field of the message, which is not listed as a change.
    #[must_use]
    pub fn set(mut self, name: &str, text: &str) -> Self {
        if let Some(field) = self.fields.iter_mut().find(|field| field.name == name) {
            field.value = Value::Text(text.to_owned());
        }
        self
    }

    /// The same with that field in place of the one of its name, or at its end.
    #[must_use]
    pub fn with(mut self, field: Field) -> Self {
        match self.fields.iter_mut().find(|old| old.name == field.name) {
            Some(old) => *old = field,
            None => self.fields.push(field),
        }
        self
    }

    /// True if it is an event, and so has no MsgId.
    pub fn is_event(&self) -> bool {
        let msg_type = scalar_of(&self.fields, "MsgType");
        msg_type.is_none_or(|msg_type| msg_type == "event")
    }

    /// As the composer takes it, without its changes.
    pub fn message(&self) -> Message {
        Message {
            name: self.name.clone(),
            header: self.header,
            payment: self.payment,
            template: self.fields.clone(),
            settings: Vec::new(),
        }
    }
}

impl From<Message> for EntryContent {
    fn from(message: Message) -> Self {
        Self {
            name: message.name,
            header: message.header,
            payment: message.payment,
            fields: message.template,
            changes: Vec::new(),
        }
    }
}

impl Default for Content {
    fn default() -> Self {
        Self::Text("hello".into())
    }
}

/// The form of a push. The default is the wire form of captured requests.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one independent property of the text, and a replay file names each"
)]
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Form {
    /// Fields that no document names, behind the others.
    pub unknown_fields: Vec<Field>,
    /// The number of places by which the fields are rotated from their wire order, the reverse order for odd values.
    pub shuffle: u8,
    /// White space between elements or tokens, as a pretty printer puts it.
    pub spaced: bool,
    /// In XML, `]]>` in text stands as it is and is not split, as WeChat was seen to send it.
    pub raw_cdata_end: bool,
    /// A document type declaration in front of an XML push.
    pub doctype: Option<Doctype>,
    /// The declaration stands in the sealed message alone, not in front of the envelope.
    pub doctype_within: bool,
    /// Another Content-Type than the format's usual one.
    pub content_type: Option<String>,
    /// True if the query names the `openid` (in plain mode both were seen).
    pub openid: bool,
    /// The `openid` of the query is somebody else's, who takes no part in the play.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub foreign_openid: bool,
    /// Written in HTTP/1.0.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub http_10: bool,
    /// The headers that cloud hosting adds are there, though it goes to a server of another kind.
    pub cloud_headers: bool,
    /// Spaces behind the message, so many that its sealed frame needs exactly so many bytes of padding (1 to 32).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub padding: Option<u8>,
    /// Leave the MsgId out.
    pub without_msg_id: bool,
    /// Numbers as JSON strings, in CDATA in XML.
    pub numbers_as_strings: bool,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            unknown_fields: Vec::new(),
            shuffle: 0,
            spaced: false,
            raw_cdata_end: false,
            doctype: None,
            doctype_within: false,
            content_type: None,
            openid: true,
            foreign_openid: false,
            http_10: false,
            cloud_headers: false,
            padding: None,
            without_msg_id: false,
            numbers_as_strings: false,
        }
    }
}

/// A document type declaration; the text of the push then refers to its entity `wx`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doctype {
    /// An entity with a text of its own.
    Internal,
    /// An entity to be fetched from our listener.
    External,
    /// An entity to be read from a file of ours.
    File,
    /// Entities nested so that they would expand to about a hundred million characters.
    Nested,
}
