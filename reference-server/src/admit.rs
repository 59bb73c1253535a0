//! Pushes that are let in, and the message inside them. Documented: message push page (in compat and safe mode the
//! receiver checks msg_signature and the appid in the envelope; the plain signature proves nothing about the body).

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use wxcheck_protocol::aes_key::EncodingAesKey;
use wxcheck_protocol::envelope;
use wxcheck_protocol::message::{Value, find, scalar_of};
use wxcheck_protocol::push::Mode;
use wxcheck_protocol::signature;

use crate::behaviour::Behaviour;
use crate::query::Query;
use crate::read::{Message, read};
use crate::refuse::Refused;
use crate::settings::Settings;
use crate::signing::sha1_of;

/// The proof that a push must bring.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Admission {
    /// A right `signature` in plain mode; in compat and safe mode an envelope with a right `msg_signature`.
    #[default]
    Documented,
    /// Everything is let in.
    Anybody,
    /// A right `signature` in every mode.
    BySignature,
    /// Nothing is let in, like a form without its CSRF token.
    Nobody,
    /// As documented, but in plain mode the query must name the user too, as it often does.
    WithOpenid,
    /// As documented, but what does not come through cloud hosting is turned away, as by its middleware.
    FromCloudHosting,
    /// As documented, but a `msg_signature` that equals the right `signature` passes too.
    SignatureAsMsgSignature,
    /// As documented, but in compat and safe mode a body without an envelope passes with a right `signature`.
    SignedPlainBody,
    /// As documented, but in compat and safe mode a body without an envelope passes without any.
    UnsignedPlainBody,
    /// As documented, but an envelope passes without any when `encrypt_type` is missing.
    UnsignedSealedBody,
    /// None, but in compat and safe mode an envelope that opens.
    Unproven,
    /// As documented, but in plain mode a push without a timestamp passes.
    Unstamped,
    /// As documented, but whatever comes from a user who was let in before passes.
    KnownUsers,
    /// As documented, but what comes without any query passes, as from the server's own scripts.
    WithoutQuery,
    /// As documented, but with `encrypt_type=raw` a body without an envelope passes with a right `signature`.
    RawWhereSaid,
    /// In plain mode with the signature in `msg_signature`.
    InMsgSignature,
    /// In plain mode as the GET: by the same code, with the same mistakes.
    AsOnGet,
    /// As documented, but in plain mode a push whose query names the user is turned away.
    WithoutOpenid,
    /// In plain mode with a signature that covers the openid too.
    OpenidSigned,
    /// In plain mode with the parameters as a form in the body.
    InForm,
    /// An envelope whose signature stands in `signature`.
    InSignature,
    /// An envelope with a `msg_signature` that does not cover it.
    WithoutEncrypt,
    /// An envelope with a `msg_signature` whose parts are sorted without regard to case.
    SortedWithoutCase,
    /// As documented, but messages of that kind pass without a right signature.
    Without(Unchecked),
}

/// The kind of message whose handler leaves the check to others.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unchecked {
    /// Events.
    Events,
    /// Images.
    Images,
    /// Virtual payments.
    Payments,
}

impl Unchecked {
    fn is(self, message: &Message) -> bool {
        let value = |name| scalar_of(&message.fields, name);
        match self {
            Self::Events => value("MsgType").is_some_and(|kind| kind == "event"),
            Self::Images => value("MsgType").is_some_and(|kind| kind == "image"),
            Self::Payments => value("Event").is_some_and(|event| event.starts_with("xpay_")),
        }
    }
}

/// The way an envelope is opened.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Opening {
    /// With up to 32 bytes of padding, and the appid checked.
    #[default]
    Documented,
    /// Whatever appid it ends in.
    AnyAppid,
    /// With an appid that contains the own one, or stands within it.
    SimilarAppid,
    /// With up to 16 bytes of padding, as most AES libraries do by default.
    SixteenBytePadding,
    /// The padding is left on, so that the appid never matches.
    KeepsPadding,
    /// With the letters of the EncodingAESKey as the key.
    KeyAsWritten,
    /// With the original id behind the message.
    OriginalIdBehind,
    /// With nothing behind the message.
    NothingBehind,
    /// For another appid; what fails is named by the codes of WeChat's sample library.
    OtherAppid,
    /// With another key, and the same codes.
    OtherKey,
}

/// The copy of the message that counts in compat mode, where the clear one is covered by no signature.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum CompatCopy {
    /// The decrypted one.
    #[default]
    Decrypted,
    /// The clear one.
    Clear,
    /// The decrypted one, but for the sender.
    ClearSender,
}

/// The user that a push is taken to come from.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Senders {
    /// The FromUserName of the message.
    #[default]
    FromUserName,
    /// The `openid` of the query, which no signature covers.
    QueryOpenid,
    /// The FromUserName of the message; a push is refused whose query names another user.
    BothAgree,
}

impl Senders {
    /// The message as the server takes it.
    pub(crate) fn applied(self, mut message: Message, query: &Query) -> Result<Message, Refused> {
        let Some(openid) = query.named("openid") else {
            return Ok(message);
        };
        let mut senders = message.fields.iter_mut();
        let sender = senders.find(|field| field.name == "FromUserName");
        let own = Value::Text(openid.to_owned());
        match (self, sender) {
            (Self::QueryOpenid, Some(sender)) => sender.value = own,
            (Self::BothAgree, Some(sender)) if sender.value != own => return Err(Refused::Forged),
            _ => {}
        }
        Ok(message)
    }
}

/// The message of a push that may come in.
pub(crate) async fn admit(
    settings: &Settings,
    behaviour: &Behaviour,
    query: &Query,
    content_type: &str,
    body: &[u8],
) -> Result<Message, Refused> {
    if behaviour.admission == Admission::Nobody {
        return Err(Refused::Forged);
    }
    if behaviour.admission == Admission::WithoutQuery && query.is_empty() {
        return read(settings, behaviour, content_type, body).await;
    }
    if behaviour.admission == Admission::InForm {
        return of_form(settings, body);
    }
    if !settings.account.is_signed() {
        // The platform in front of it lets nobody else in.
        return read(settings, behaviour, content_type, body).await;
    }
    if let Admission::Without(unchecked) = behaviour.admission {
        return unless(unchecked, settings, behaviour, query, content_type, body).await;
    }
    let Some(key) = settings.key.as_ref().filter(|_| settings.mode.seals()) else {
        if !matches!(
            behaviour.admission,
            Admission::Anybody | Admission::Unproven
        ) && !signature_passes(settings, behaviour, query)
        {
            return Err(Refused::Forged);
        }
        if behaviour.admission == Admission::WithOpenid && query.named("openid").is_none() {
            return Err(Refused::Forged);
        }
        if behaviour.admission == Admission::WithoutOpenid && query.named("openid").is_some() {
            return Err(Refused::Forged);
        }
        return read(settings, behaviour, content_type, body).await;
    };
    let outer = read(settings, behaviour, content_type, body).await?;
    let Some(encrypt) = scalar_of(&outer.fields, "Encrypt") else {
        return match behaviour.admission {
            Admission::Anybody | Admission::UnsignedPlainBody => Ok(outer),
            Admission::SignedPlainBody if signature_passes(settings, behaviour, query) => Ok(outer),
            Admission::RawWhereSaid
                if query.named("encrypt_type") == Some("raw")
                    && signature_passes(settings, behaviour, query) =>
            {
                Ok(outer)
            }
            _ => Err(Refused::Forged),
        };
    };
    if !envelope_passes(settings, behaviour, query, &encrypt) {
        return Err(Refused::Forged);
    }
    let inside = open(behaviour.opening, key, &settings.appid, &encrypt)?;
    if settings.mode != Mode::Compat {
        return read(settings, behaviour, content_type, &inside).await;
    }
    match behaviour.compat_copy {
        CompatCopy::Decrypted => read(settings, behaviour, content_type, &inside).await,
        CompatCopy::Clear => Ok(outer),
        CompatCopy::ClearSender => {
            let mut message = read(settings, behaviour, content_type, &inside).await?;
            let sender = find(&outer.fields, "FromUserName").cloned();
            for field in &mut message.fields {
                if let (true, Some(sender)) = (field.name == "FromUserName", &sender) {
                    field.value = sender.clone();
                }
            }
            Ok(message)
        }
    }
}

/// The message of a push, let in as documented unless it is of the kind that is not checked.
async fn unless(
    unchecked: Unchecked,
    settings: &Settings,
    behaviour: &Behaviour,
    query: &Query,
    content_type: &str,
    body: &[u8],
) -> Result<Message, Refused> {
    let admitted = |admission| Behaviour {
        admission,
        ..*behaviour
    };
    let unproven = admitted(Admission::Unproven);
    let message = Box::pin(admit(settings, &unproven, query, content_type, body)).await;
    if let Ok(message) = message
        && unchecked.is(&message)
    {
        return Ok(message);
    }
    let documented = admitted(Admission::Documented);
    Box::pin(admit(settings, &documented, query, content_type, body)).await
}

/// True if the query's `signature` is right. It covers token, timestamp and nonce only.
pub(crate) fn signature_passes(settings: &Settings, behaviour: &Behaviour, query: &Query) -> bool {
    let expected = signature::signature(
        &settings.token,
        query.or_empty("timestamp"),
        query.or_empty("nonce"),
    );
    if behaviour.admission == Admission::AsOnGet {
        let parts = ["timestamp", "nonce", "echostr"].map(|name| query.or_empty(name));
        let expected = behaviour
            .signing
            .signature(behaviour.sort, settings, query, parts);
        return query.named("signature") == Some(expected.as_str());
    }
    if behaviour.admission == Admission::OpenidSigned {
        let [timestamp, nonce, openid] =
            ["timestamp", "nonce", "openid"].map(|name| query.or_empty(name));
        // A fourth string that is signed, like the ciphertext of an envelope.
        let expected = signature::msg_signature(&settings.token, timestamp, nonce, openid);
        return query.named("signature") == Some(expected.as_str());
    }
    if behaviour.admission == Admission::Unstamped && query.named("timestamp").is_none() {
        return true;
    }
    let name = match behaviour.admission {
        Admission::InMsgSignature => "msg_signature",
        _ => "signature",
    };
    behaviour.push_compare.passes(query.named(name), &expected)
}

fn envelope_passes(
    settings: &Settings,
    behaviour: &Behaviour,
    query: &Query,
    encrypt: &str,
) -> bool {
    let (timestamp, nonce) = (query.or_empty("timestamp"), query.or_empty("nonce"));
    let given = query.named("msg_signature");
    let expected = signature::msg_signature(&settings.token, timestamp, nonce, encrypt);
    let documented = behaviour.push_compare.passes(given, &expected);
    match behaviour.admission {
        Admission::Anybody | Admission::Unproven => true,
        Admission::BySignature => signature_passes(settings, behaviour, query),
        Admission::SignatureAsMsgSignature => {
            documented || given == Some(&signature::signature(&settings.token, timestamp, nonce))
        }
        Admission::UnsignedSealedBody => documented || query.named("encrypt_type").is_none(),
        Admission::InSignature => query.named("signature") == Some(expected.as_str()),
        Admission::WithoutEncrypt => {
            given == Some(&signature::signature(&settings.token, timestamp, nonce))
        }
        Admission::SortedWithoutCase => {
            let mut parts = [settings.token.as_str(), timestamp, nonce, encrypt];
            parts.sort_by_key(|part| part.to_lowercase());
            given == Some(sha1_of(&parts.concat()).as_str())
        }
        _ => documented,
    }
}

/// The message of a push whose form in the body is signed: none at all.
fn of_form(settings: &Settings, body: &[u8]) -> Result<Message, Refused> {
    let form = url::form_urlencoded::parse(body);
    let form = Query(form.into_owned().collect());
    let [timestamp, nonce] = ["timestamp", "nonce"].map(|name| form.or_empty(name));
    let expected = signature::signature(&settings.token, timestamp, nonce);
    if form.named("signature") != Some(expected.as_str()) {
        return Err(Refused::Forged);
    }
    Ok(Message {
        format: settings.format,
        fields: Vec::new(),
        text: String::new(),
    })
}

fn open(
    opening: Opening,
    key: &EncodingAesKey,
    appid: &str,
    encrypt: &str,
) -> Result<Vec<u8>, Refused> {
    if opening == Opening::KeepsPadding {
        let frame = envelope::decrypt(key, encrypt)?;
        let (message, appid_and_padding) = envelope::split(frame.get(16..).unwrap_or_default())?;
        return if appid_and_padding == appid.as_bytes() {
            Ok(message.to_vec())
        } else {
            Err(Refused::Failed("another appid".to_owned()))
        };
    }
    let coded = |_| Refused::Coded("-40007");
    let opened = match opening {
        Opening::AnyAppid => envelope::open(key, encrypt)?,
        Opening::KeyAsWritten => envelope::open_for(&as_written(key), appid, encrypt)?,
        Opening::OtherKey => {
            let other = EncodingAesKey::parse(OTHER_KEY).unwrap_or_else(|_| key.clone());
            envelope::open_for(&other, appid, encrypt).map_err(coded)?
        }
        Opening::OtherAppid => {
            envelope::open(key, encrypt).map_err(coded)?;
            return Err(Refused::Coded("-40005"));
        }
        Opening::OriginalIdBehind | Opening::NothingBehind => {
            let opened = envelope::open(key, encrypt)?;
            let is_wanted = match opening {
                Opening::NothingBehind => opened.appid.is_empty(),
                _ => opened.appid.starts_with("gh_"),
            };
            if !is_wanted {
                return Err(Refused::Forged);
            }
            opened
        }
        Opening::SimilarAppid => {
            let opened = envelope::open(key, encrypt)?;
            if !opened.appid.contains(appid) && !appid.contains(&opened.appid) {
                return Err(Refused::Forged);
            }
            opened
        }
        Opening::Documented | Opening::SixteenBytePadding | Opening::KeepsPadding => {
            envelope::open_for(key, appid, encrypt)?
        }
    };
    if opening == Opening::SixteenBytePadding && opened.padding > 16 {
        return Err(Refused::Failed("wrong padding".to_owned()));
    }
    Ok(opened.message)
}

/// The key of another account.
const OTHER_KEY: &str = "0000000000000000000000000000000000000000000";

/// The key whose bytes are the first letters of the EncodingAESKey.
fn as_written(key: &EncodingAesKey) -> EncodingAesKey {
    let letters = BASE64_STANDARD_NO_PAD.encode(key.bytes());
    let text = BASE64_STANDARD_NO_PAD.encode(&letters.as_bytes()[..32]);
    EncodingAesKey::parse(&text).unwrap_or_else(|_| key.clone())
}
