//! Pushes as wrong servers would take them: the configured one with single things changed.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use url::Url;
use wxcheck_mock_server::{
    Method, Outcome, Request,
    composer::{self, Addressee, Message},
    sender::ConnectionHold,
};
use wxcheck_protocol::{
    aes_key::EncodingAesKey,
    envelope::{frame, pad, seal_padded},
    message::Field,
    push::{self, Format, JsonType, Mode, content_type, encode_query, outer_body, write_message},
    reply::{self, ReplyContext},
    xml::CdataEnd,
};

use super::{
    cause::Values,
    echo::{both, values},
    hypothesis::forged,
    known::Known,
    signing::{Parts, Signing, Stamp},
};
use crate::{
    player::Player,
    recipe::Recipe,
    redact::without_user,
    shared_text::SharedText,
    transcript::{Entry, Sent},
};

/// An event that is known to mini programs and official accounts alike.
pub(super) const EVENT: &str = "user_enter_tempsession";

/// The words of the message.
const TEXT: &str = "from wxcheck doctor";

/// A push with something changed. `of` is the one that is configured.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a change of its own, and any may come with any other"
)]
pub(super) struct Variant {
    pub(super) mode: Mode,
    pub(super) format: Format,
    pub(super) signing: Signing,
    pub(super) signature: Place,
    pub(super) content_type: Option<&'static str>,
    pub(super) openid: bool,
    pub(super) cloud_header: bool,
    pub(super) receiver: Receiver,
    pub(super) key: Key,
    pub(super) padding: Padding,
    /// An event instead of a text message.
    pub(super) is_event: bool,
    /// The body as it is sent.
    pub(super) body: Body,
    /// A ciphertext whose place among the signed strings depends on the case of letters.
    pub(super) tells_case: bool,
}

/// The body of a push.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Body {
    /// The message.
    Message,
    /// The message in Base64, as some gateways pass it on.
    Base64,
    /// Nothing.
    Empty,
}

/// The bytes behind a sealed message and its receiver.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Padding {
    /// To blocks of 32.
    Documented,
    /// None: the message is as long as it must be.
    None,
}

/// The place of the signature that counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    /// As documented.
    Documented,
    /// In `signature` for a sealed push, with a wrong one in `msg_signature`.
    InSignature,
    /// In `msg_signature` for a plain push, with a wrong one in `signature`.
    InMsgSignature,
    /// The ciphertext is not signed.
    WithoutEncrypt,
    /// The parameters in a form beside the message, and a wrong one in the query.
    InForm,
    /// Nowhere: it is wrong.
    Nowhere,
}

/// The text behind a sealed message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Receiver {
    Appid,
    OriginalId,
    Nothing,
}

/// The key that a push is sealed with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Key {
    Decoded,
    /// The first 32 characters of the EncodingAESKey.
    AsWritten,
    /// The key of nobody.
    Other,
}

/// A variant and the cause that explains why it is taken.
pub(super) type Suspicion = ((&'static str, Values), Variant);

impl Variant {
    pub(super) fn of(known: &Known) -> Self {
        Self {
            mode: known.mode,
            format: known.format,
            signing: Signing::default(),
            signature: Place::Documented,
            content_type: None,
            openid: true,
            cloud_header: false,
            receiver: Receiver::Appid,
            key: Key::Decoded,
            padding: Padding::Documented,
            is_event: false,
            body: Body::Message,
            tells_case: false,
        }
    }

    /// The request; `None` where the account lacks what it needs.
    pub(super) fn request(&self, known: &Known, url: &Url, stamp: &Stamp) -> Option<Request> {
        let openid = stamp.openid();
        let fields = fields(self.is_event, known, stamp)?;
        let text = write_message(self.format, &fields, CdataEnd::Split);
        let mut signed = stamp.clone();
        let mut body = text.clone();
        if self.mode.seals() {
            let encrypt = self.sealed(known, stamp, &text)?;
            body = outer_body(self.mode, self.format, &fields, &encrypt);
            signed.encrypt = Some(encrypt);
        }
        let clear = self.signing.sign(known, stamp)?;
        let wrong = forged(known, stamp)?;
        let over_all = self.signing.sign(known, &signed)?;
        let (signature, msg_signature) = match self.signature {
            Place::Documented => (clear.clone(), over_all),
            Place::InSignature => (over_all, wrong.clone()),
            Place::InMsgSignature => (wrong, clear.clone()),
            Place::WithoutEncrypt => (clear.clone(), clear.clone()),
            Place::InForm | Place::Nowhere => (wrong.clone(), wrong),
        };
        let mut query = vec![
            ("signature", signature),
            ("timestamp", stamp.timestamp.clone()),
            ("nonce", stamp.nonce.clone()),
        ];
        if self.openid {
            query.push(("openid", openid));
        }
        if self.mode.seals() {
            query.push(("encrypt_type", "aes".to_owned()));
        }
        if self.mode.seals() || self.signature == Place::InMsgSignature {
            query.push(("msg_signature", msg_signature));
        }
        let query: Vec<(String, String)> = query
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let mut kind = self
            .content_type
            .map_or_else(|| content_type(self.format, JsonType::Json), str::to_owned);
        if self.signature == Place::InForm {
            let mut form = query.clone();
            form[0].1 = clear;
            body = encode_query(&form);
            "application/x-www-form-urlencoded".clone_into(&mut kind);
        }
        let headers = if self.cloud_header {
            vec![("x-wx-source", "other".to_owned())]
        } else {
            Vec::new()
        };
        Some(Request {
            method: Method::Post,
            url: wxcheck_mock_server::target::append_query(url.clone(), &encode_query(&query)),
            content_type: Some(kind),
            headers,
            body: match self.body {
                Body::Message => Bytes::from(body),
                Body::Base64 => BASE64_STANDARD.encode(body).into(),
                Body::Empty => Bytes::new(),
            },
            accepts_gzip: false,
            hold: ConnectionHold::Cut,
        })
    }

    /// The exchange as judges read it.
    pub(super) fn entry(
        &self,
        known: &Known,
        player: &Player<'_>,
        stamp: &Stamp,
        outcome: Outcome,
    ) -> Option<Entry> {
        let target = player.platform().target();
        let reading = ReplyContext {
            key: target.credentials.key.as_ref(),
            token: &target.credentials.token,
            appid: &target.credentials.appid,
        };
        let reply = match &outcome {
            Outcome::Answered(answer) => Some(reply::read(&answer.body, &reading)),
            Outcome::Silent(_) => None,
        };
        Some(Entry {
            sent: Sent::Push {
                openid: stamp.openid(),
                original_id: known.original_id.clone(),
                text: (!self.is_event).then(|| TEXT.to_owned()),
                event: self.is_event,
                name: if self.is_event { EVENT } else { "text" }.to_owned(),
                msg_id: None,
                create_time: stamp.timestamp.parse().ok()?,
                trade: None,
                is_true: self.signing == Signing::default(),
                effects: None,
                fields: fields(self.is_event, known, stamp)?,
                changes: Vec::new(),
            },
            recipe: Recipe {
                method: Method::Post,
                url: without_user(target.url.clone()).to_string(),
                params: Vec::new(),
                nonce: stamp.nonce.clone(),
                content_type: None,
                headers: Vec::new(),
                body: SharedText::default(),
                pasteable: false,
            },
            started: Duration::ZERO,
            outcome,
            reply,
            text: None,
            leaks: Vec::new(),
            origin: 0,
        })
    }

    fn sealed(&self, known: &Known, stamp: &Stamp, text: &str) -> Option<String> {
        let written = known.aes_key.as_deref()?;
        let key = match self.key {
            Key::Decoded => EncodingAesKey::parse(written).ok()?,
            Key::AsWritten => as_written(written)?,
            Key::Other => EncodingAesKey::parse(&"x".repeat(43)).ok()?,
        };
        let receiver = match self.receiver {
            Receiver::Appid => known.appid.clone()?,
            Receiver::OriginalId => known.original_id.clone(),
            Receiver::Nothing => String::new(),
        };
        let random = random(stamp)?;
        if self.tells_case {
            return telling_case(known, stamp, &key, &receiver, text);
        }
        let padded = match self.padding {
            Padding::Documented => pad(frame(&receiver, &random, text.as_bytes()), 32),
            Padding::None => {
                // Any reader of XML and JSON skips the spaces.
                let bare = frame(&receiver, &random, text.as_bytes()).len();
                let spaces = " ".repeat(bare.next_multiple_of(32) - bare);
                frame(&receiver, &random, format!("{text}{spaces}").as_bytes())
            }
        };
        seal_padded(&key, &padded).ok()
    }
}

/// A ciphertext that stands elsewhere among the signed strings where case does not count.
fn telling_case(
    known: &Known,
    stamp: &Stamp,
    key: &EncodingAesKey,
    receiver: &str,
    text: &str,
) -> Option<String> {
    (0..MOST_CIPHERTEXTS).find_map(|number| {
        let mut random = [b'0'; 16];
        random.copy_from_slice(format!("{number:016}").as_bytes().get(..16)?);
        let padded = pad(frame(receiver, &random, text.as_bytes()), 32);
        let encrypt = seal_padded(key, &padded).ok()?;
        let strings = [&known.token, &stamp.timestamp, &stamp.nonce, &encrypt];
        let (mut usual, mut folded) = (strings, strings);
        usual.sort_unstable();
        folded.sort_by_key(|part| part.to_lowercase());
        (usual != folded).then_some(encrypt)
    })
}

/// Ciphertexts that are made in search of one, at most.
const MOST_CIPHERTEXTS: u32 = 200;

/// The message, under the header that the catalogue gives every push.
fn fields(is_event: bool, known: &Known, stamp: &Stamp) -> Option<Vec<Field>> {
    let message = if is_event {
        Message::unlisted_event(EVENT, Vec::new())
    } else {
        Message::unlisted("text", vec![Field::text("Content", TEXT)])
    };
    let appid = known.appid.as_deref().unwrap_or_default();
    let to = Addressee {
        original_id: &known.original_id,
        appid,
        authorizer: appid,
    };
    Some(message.addressed(&to, &composing(stamp)?))
}

/// The stamp as the composer takes it.
fn composing(stamp: &Stamp) -> Option<composer::Stamp> {
    let timestamp = stamp.timestamp.parse().ok()?;
    Some(composer::Stamp {
        openid: stamp.openid(),
        wechat: String::new(),
        trade: String::new(),
        create_time: timestamp,
        msg_id: stamp.echostr.get(..17)?.parse().ok()?,
        request: push::Stamp {
            timestamp,
            nonce: stamp.nonce.clone(),
            random: random(stamp)?,
        },
    })
}

/// The bytes in front of a sealed message.
fn random(stamp: &Stamp) -> Option<[u8; 16]> {
    let mut random = [b'0'; 16];
    random[..10].copy_from_slice(stamp.echostr.as_bytes().get(..10)?);
    Some(random)
}

/// The key whose bytes are the first letters of the text.
fn as_written(text: &str) -> Option<EncodingAesKey> {
    use base64::prelude::BASE64_STANDARD_NO_PAD;
    let letters = text.as_bytes().get(..32)?;
    EncodingAesKey::parse(&BASE64_STANDARD_NO_PAD.encode(letters)).ok()
}

/// Changed pushes, cheap and common first.
#[expect(clippy::too_many_lines, reason = "a list, whose order is what counts")]
pub(super) fn suspicions(known: &Known) -> Vec<Suspicion> {
    let configured = Variant::of(known);
    let sent = content_type(known.format, JsonType::Json);
    let plain = |id: &'static str, variant: Variant| ((id, Values::new()), variant);
    let mut all: Vec<Suspicion> = Vec::new();
    for wanted in [
        "application/json",
        "application/xml",
        "text/plain",
        "application/x-www-form-urlencoded",
        "text/xml",
    ] {
        if wanted != sent {
            let told = values([("wanted", wanted.to_owned()), ("sent", sent.clone())]);
            all.push((
                ("content-type-wanted", told),
                Variant {
                    content_type: Some(wanted),
                    ..configured.clone()
                },
            ));
        }
    }
    let other_format = match known.format {
        Format::Xml => Format::Json,
        Format::Json => Format::Xml,
    };
    let modes = [Mode::Plain, Mode::Safe, Mode::Compat];
    let others = modes
        .into_iter()
        .filter(|mode| *mode != known.mode)
        .map(|mode| (mode, known.format))
        .chain([(known.mode, other_format)])
        .chain(
            modes
                .into_iter()
                .filter(|mode| *mode != known.mode)
                .map(|mode| (mode, other_format)),
        );
    for (mode, format) in others {
        if mode == known.mode {
            let told = values([
                ("wanted", format.to_string().to_uppercase()),
                ("format", known.format.to_string().to_uppercase()),
                ("option", format.to_string()),
            ]);
            all.push((
                ("other-format", told),
                Variant {
                    format,
                    ..configured.clone()
                },
            ));
            continue;
        }
        let mut told = values([("mode", mode.to_string()), ("format", format.to_string())]);
        let (ours, of) = (known.mode, known.format);
        let (en, zh) = (format!("{ours} mode, {of}"), format!("{ours} 模式、{of}"));
        both(&mut told, "ours", &en, &zh);
        all.push((
            ("other-mode", told),
            Variant {
                mode,
                format,
                ..configured.clone()
            },
        ));
    }
    // Without an openid such a server signs as all do, so that this comes first.
    all.push(plain(
        "parts-openid",
        Variant {
            signing: Signing {
                parts: Parts::Openid,
                ..Signing::default()
            },
            ..configured.clone()
        },
    ));
    all.push(plain(
        "openid-refused",
        Variant {
            openid: false,
            ..configured.clone()
        },
    ));
    all.push(plain(
        "wants-x-wx-source",
        Variant {
            cloud_header: true,
            ..configured.clone()
        },
    ));
    all.push(plain(
        "push-form",
        Variant {
            signature: Place::InForm,
            ..configured.clone()
        },
    ));
    if !known.mode.seals() {
        all.push(plain(
            "reads-msg-signature",
            Variant {
                signature: Place::InMsgSignature,
                ..configured.clone()
            },
        ));
    }
    all.push(plain(
        "body-base64",
        Variant {
            body: Body::Base64,
            ..configured.clone()
        },
    ));
    if known.mode.seals() {
        let changed = |signature: Place, receiver: Receiver, key: Key| Variant {
            signature,
            receiver,
            key,
            ..configured.clone()
        };
        let wanted = |en: &str, zh: &str| {
            let mut told = Values::new();
            both(&mut told, "wanted", en, zh);
            told
        };
        all.extend([
            plain(
                "reads-signature",
                changed(Place::InSignature, Receiver::Appid, Key::Decoded),
            ),
            plain(
                "signs-without-encrypt",
                changed(Place::WithoutEncrypt, Receiver::Appid, Key::Decoded),
            ),
            plain(
                "padding-kept",
                Variant {
                    padding: Padding::None,
                    ..configured.clone()
                },
            ),
            plain(
                "key-not-decoded",
                changed(Place::Documented, Receiver::Appid, Key::AsWritten),
            ),
            (
                (
                    "other-receiver",
                    wanted("the original id (gh_…)", "原始 ID（gh_…）"),
                ),
                changed(Place::Documented, Receiver::OriginalId, Key::Decoded),
            ),
            (
                ("other-receiver", wanted("nothing", "空")),
                changed(Place::Documented, Receiver::Nothing, Key::Decoded),
            ),
        ]);
    }
    all
}

#[cfg(test)]
mod tests;
