//! A request of a kind, made once by the composer and then filled in for each push: identities have constant lengths, so that
//! all bytes stay in their places. Signing and sealing are done for each push, by the same functions as everywhere.

use wxcheck_mock_server::{
    Request,
    composer::{Message, Recipient, compose},
};
use wxcheck_protocol::{
    envelope,
    push::{ComposeError, Credentials, Push, write_message},
    reply::ReplyContext,
    signature::{msg_signature, signature},
    xml::CdataEnd,
};

use crate::identity::{Identities, Identity, User};

/// Hex digits of a signature.
const SIGNATURE: usize = 40;

/// A request with places for what differs from one to the next.
#[derive(Clone, Debug)]
pub struct Template {
    bytes: Vec<u8>,
    slots: Vec<Slot>,
    signed: Option<Signed>,
    head: usize,
}

/// A place for a part of the identity.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Slot {
    at: usize,
    part: Part,
}

/// The parts of an identity that stand in requests.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Part {
    Openid,
    /// An openid without its first two letters, as in the unionid of cloud hosting.
    OpenidTail,
    Trade,
    CreateTime,
    Millis,
    MsgId,
    Nonce,
}

/// The signatures, and the envelope where there is one.
#[derive(Clone, Debug)]
struct Signed {
    credentials: Credentials,
    at: Vec<usize>,
    sealed: Option<Sealed>,
}

#[derive(Clone, Debug)]
struct Sealed {
    message: Vec<u8>,
    slots: Vec<Slot>,
    at: usize,
    signature_at: usize,
}

/// The reason why a kind of request cannot be sent under load.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TemplateError {
    /// It cannot be composed at all.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// The filled-in request is not what the composer makes.
    #[error(
        "`{0}` does not keep its length from one push to the next, so that it cannot be sent under load"
    )]
    Uneven(String),
}

impl Template {
    /// The template of a push.
    pub fn push(
        message: &Message,
        recipient: &Recipient<'_>,
        closes: bool,
    ) -> Result<Self, TemplateError> {
        let sample = |number| {
            let identity = sample(number);
            let stamp = identity.stamp();
            let fields = message.addressed(&recipient.addressee(), &stamp);
            let composed = compose(&fields, message.route(), recipient, &stamp.request)?;
            let text = write_message(composed.target.format, &fields, CdataEnd::Split);
            let credentials = composed.target.credentials.clone();
            let push = composed.push.clone();
            let bytes = composed.request().bytes(closes);
            Ok::<_, ComposeError>((identity, push, credentials, text, bytes))
        };
        let (identity, push, credentials, text, bytes) = sample(1)?;
        let signed = Signed::of(&push, credentials, &identity, text, &bytes);
        let template = Self::of(bytes, signed, &identity);
        let (other, .., bytes) = sample(2)?;
        let mut filled = Vec::new();
        if let Some(template) = &template {
            template.write(&other, 0, false, &mut Scratch::default(), &mut filled);
        }
        let uneven = || TemplateError::Uneven(message.name.clone());
        template.filter(|_| filled == bytes).ok_or_else(uneven)
    }

    /// The template of a request that says the time, and nothing else that differs.
    pub fn fetch(
        name: &str,
        request: impl Fn(u64) -> Request,
        closes: bool,
    ) -> Result<Self, TemplateError> {
        let bytes = |millis| request(millis).bytes(closes);
        let millis = |identity: &Identity| seconds(identity) * 1000;
        let (one, other) = (sample(1), sample(2));
        let template = Self::of(bytes(millis(&one)), None, &one);
        let mut filled = Vec::new();
        if let Some(template) = &template {
            template.write(&other, 0, false, &mut Scratch::default(), &mut filled);
        }
        let uneven = || TemplateError::Uneven(name.to_owned());
        template
            .filter(|_| filled == bytes(millis(&other)))
            .ok_or_else(uneven)
    }

    fn of(bytes: Vec<u8>, signed: Option<Signed>, identity: &Identity) -> Option<Self> {
        let head = find(&bytes, b"\r\n\r\n").next()? + 4;
        Some(Self {
            slots: slots(&bytes, identity),
            signed,
            bytes,
            head,
        })
    }

    /// Writes the request of that identity. `millis` count within the second; a forged one has a wrong digit in each
    /// signature.
    pub fn write(
        &self,
        identity: &Identity,
        millis: u64,
        forged: bool,
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) {
        let start = out.len();
        out.extend_from_slice(&self.bytes);
        let own = &mut out[start..];
        fill(own, &self.slots, identity, millis);
        let Some(signed) = &self.signed else {
            return;
        };
        let token = &signed.credentials.token;
        let (timestamp, nonce) = (identity.create_time(), identity.nonce());
        let shown = spoilt(signature(token, timestamp, nonce), forged);
        for at in &signed.at {
            put(own, *at, shown.as_bytes());
        }
        if let (Some(sealed), Some(key)) = (&signed.sealed, &signed.credentials.key) {
            let message = &mut scratch.0;
            message.clear();
            message.extend_from_slice(&sealed.message);
            fill(message, &sealed.slots, identity, millis);
            let appid = &signed.credentials.appid;
            let encrypt = envelope::seal(key, appid, &identity.random, message);
            let shown = spoilt(msg_signature(token, timestamp, nonce, &encrypt), forged);
            put(own, sealed.signature_at, shown.as_bytes());
            put(own, sealed.at, encrypt.as_bytes());
        }
    }

    /// The credentials with which its answers can be opened.
    pub fn context(&self) -> ReplyContext<'_> {
        let known = self.signed.as_ref().map(|signed| &signed.credentials);
        ReplyContext {
            key: known.and_then(|known| known.key.as_ref()),
            token: known.map_or("", |known| &known.token),
            appid: known.map_or("", |known| &known.appid),
        }
    }

    /// The bytes of each request.
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// True if a request has no byte, which none is.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The bytes of the head.
    pub const fn head(&self) -> usize {
        self.head
    }
}

impl Signed {
    fn of(
        push: &Push,
        credentials: Credentials,
        identity: &Identity,
        text: String,
        bytes: &[u8],
    ) -> Option<Self> {
        let of_query = |wanted: &str| {
            let mut pairs = push.query.iter();
            pairs
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value)
        };
        let shown = of_query("signature")?;
        let sealed = push.encrypt.as_ref().and_then(|encrypt| {
            Some(Sealed {
                slots: slots(text.as_bytes(), identity),
                message: text.into_bytes(),
                at: find(bytes, encrypt.as_bytes()).next()?,
                signature_at: find(bytes, of_query("msg_signature")?.as_bytes()).next()?,
            })
        });
        Some(Self {
            at: find(bytes, shown.as_bytes()).collect(),
            sealed,
            credentials,
        })
    }
}

/// Memory that is used again.
#[derive(Debug, Default)]
pub struct Scratch(Vec<u8>);

/// A signature, or one with another last digit.
fn spoilt(signature: String, forged: bool) -> String {
    if !forged {
        return signature;
    }
    let mut signature = signature;
    let last = signature.pop();
    signature.push(if last == Some('0') { '1' } else { '0' });
    debug_assert_eq!(signature.len(), SIGNATURE, "hex digits of SHA-1");
    signature
}

/// An identity whose parts stand nowhere in a push by chance; two of them differ in every part.
fn sample(number: u64) -> Identity {
    let user = User {
        number: 0xd_1234_5678_9000 + number * 0x111,
        forged: false,
    };
    Identities::new(number ^ 0x5eed).of(
        user,
        0xb_9876_5432_1000 + number * 0x777,
        number * 7,
        1_723_456_789 + number * 86_421,
    )
}

fn seconds(identity: &Identity) -> u64 {
    identity.create_time().parse().unwrap_or_default()
}

fn slots(bytes: &[u8], identity: &Identity) -> Vec<Slot> {
    let millis = format!("{}000", identity.create_time());
    let parts: [(Part, &[u8]); 7] = [
        (Part::Openid, &identity.openid),
        (Part::OpenidTail, &identity.openid[2..]),
        (Part::Trade, &identity.trade),
        (Part::Millis, millis.as_bytes()),
        (Part::CreateTime, &identity.create_time),
        (Part::MsgId, &identity.msg_id),
        (Part::Nonce, &identity.nonce),
    ];
    let mut slots: Vec<Slot> = Vec::new();
    for (part, text) in parts {
        for at in find(bytes, text) {
            // A part of what has a slot already is none of its own.
            let within = |slot: &Slot| (slot.at..slot.at + slot.part.len()).contains(&at);
            if !slots.iter().any(within) {
                slots.push(Slot { at, part });
            }
        }
    }
    slots
}

impl Part {
    const fn len(self) -> usize {
        match self {
            Self::Openid => 28,
            Self::OpenidTail => 26,
            Self::Trade => 27,
            Self::CreateTime | Self::Nonce => 10,
            Self::Millis => 13,
            Self::MsgId => 17,
        }
    }
}

fn fill(bytes: &mut [u8], slots: &[Slot], identity: &Identity, millis: u64) {
    for Slot { at, part } in slots {
        match part {
            Part::Openid => put(bytes, *at, &identity.openid),
            Part::OpenidTail => put(bytes, *at, &identity.openid[2..]),
            Part::Trade => put(bytes, *at, &identity.trade),
            Part::CreateTime => put(bytes, *at, &identity.create_time),
            Part::Millis => {
                put(bytes, *at, &identity.create_time);
                let digits =
                    [millis / 100, millis / 10, millis].map(|digit| b'0' + (digit % 10) as u8);
                put(bytes, *at + 10, &digits);
            }
            Part::MsgId => put(bytes, *at, &identity.msg_id),
            Part::Nonce => put(bytes, *at, &identity.nonce),
        }
    }
}

fn put(bytes: &mut [u8], at: usize, part: &[u8]) {
    if let Some(room) = bytes.get_mut(at..at + part.len()) {
        room.copy_from_slice(part);
    }
}

/// The places at which a text stands.
fn find<'a>(bytes: &'a [u8], text: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let windows = bytes.windows(text.len().max(1)).enumerate();
    windows
        .filter(move |(_, window)| *window == text)
        .map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use url::Url;
    use wxcheck_mock_server::{Target, catalogue::Catalogue};
    use wxcheck_protocol::{
        account::Account,
        aes_key::EncodingAesKey,
        push::{Format, JsonType, Mode},
    };

    use super::*;

    fn target(mode: Mode, format: Format) -> Target {
        Target {
            url: Url::parse("http://127.0.0.1:8080/wechat?id=7").unwrap(),
            credentials: Credentials {
                token: "aTokenOfYourOwn".into(),
                appid: "wx0123456789abcdef".into(),
                key: EncodingAesKey::parse(&"abcde".repeat(9)[..43]).ok(),
            },
            mode,
            format,
            json_type: JsonType::Json,
            original_id: "gh_0123456789ab".into(),
            payments: None,
        }
    }

    /// A push of every account's catalogue, in every mode and format.
    fn every(mut judge: impl FnMut(&Message, &Recipient<'_>)) {
        let catalogue = Catalogue::built_in().unwrap();
        for account in Account::ALL {
            for mode in [Mode::Plain, Mode::Compat, Mode::Safe] {
                for format in [Format::Xml, Format::Json] {
                    let target = target(mode, format);
                    let recipient = Recipient {
                        account,
                        target: &target,
                        authorizer: "wxfedcba9876543210",
                        authorization_url: None,
                    };
                    for entry in catalogue.of(account) {
                        judge(&Message::of(&entry, format), &recipient);
                    }
                }
            }
        }
    }

    #[test]
    fn a_filled_template_is_what_the_composer_makes() {
        let identities = Identities::new(12345);
        let mut scratch = Scratch::default();
        let mut compared = 0;
        every(|message, recipient| {
            let template = Template::push(message, recipient, false).unwrap();
            for number in [0, 77, 123_456_789] {
                let user = User {
                    number: number / 3,
                    forged: false,
                };
                let identity = identities.of(user, number, number % 5000, 1_795_000_000 + number);
                let stamp = identity.stamp();
                let fields = message.addressed(&recipient.addressee(), &stamp);
                let composed = compose(&fields, message.route(), recipient, &stamp.request);
                let wanted = composed.unwrap().request().bytes(false);
                let mut written = Vec::new();
                template.write(&identity, 0, false, &mut scratch, &mut written);
                let shown = || String::from_utf8_lossy(&written).into_owned();
                assert_eq!(written, wanted, "{}: {}", message.name, shown());
                compared += 1;
            }
        });
        assert!(compared > 2000, "{compared}");
    }

    #[test]
    fn a_forgery_differs_in_its_signatures_alone() {
        let target = target(Mode::Safe, Format::Xml);
        let recipient = Recipient {
            account: Account::Mini,
            target: &target,
            authorizer: "wx0123456789abcdef",
            authorization_url: None,
        };
        let entry = Catalogue::built_in()
            .unwrap()
            .find("text", Account::Mini)
            .unwrap();
        let template = Template::push(&Message::of(&entry, Format::Xml), &recipient, true).unwrap();
        let written = |forged| {
            let mut out = Vec::new();
            template.write(&sample(5), 0, forged, &mut Scratch::default(), &mut out);
            out
        };
        let (honest, forged) = (written(false), written(true));
        let differing = honest
            .iter()
            .zip(&forged)
            .filter(|(one, other)| one != other);
        assert_eq!(differing.count(), 2);
        let head = String::from_utf8_lossy(&honest[..template.head()]).into_owned();
        assert!(
            head.contains("\r\nConnection: close\r\n") && head.ends_with("\r\n\r\n"),
            "{head}"
        );
    }
}
