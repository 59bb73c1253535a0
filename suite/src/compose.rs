//! From a step to the request on the wire: pure, given identities and the time.

use bytes::Bytes;
use wxcheck_mock_server::{Method, Request, Target, sender};
use wxcheck_protocol::{
    aes_key::EncodingAesKey,
    envelope,
    message::{Field, Value},
    push::{Format, Mode, content_type, outer_body},
    signature::{msg_signature, signature},
};

use crate::{
    content::{self, Header, Written},
    identity::Cast,
    nonce_trap,
    recipe::{
        CAPTURED_NONCE, OTHER_TOKEN_PREFIX, Param, ParamValue, Recipe, Twist, change_last_digit,
    },
    step::{Content, Damage, Deliver, Forgery, Hold, Lack, Signing, Unsigned, Verify},
    transcript::Sent,
};

/// A key for sealed bodies where the target has none: such a body must not be taken by any server.
const NO_ONES_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const WRONG_SIGNATURE: &str = "0000000000000000000000000000000000000000";
const FOREIGN_APPID: &str = "wxffffffffffffffff";

/// What a request is composed from, besides its step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) target: &'a Target,
    pub(crate) cast: &'a Cast,
    /// Unix seconds.
    pub(crate) now: u64,
    /// The URL of our listener that belongs to this play.
    pub(crate) entity_url: &'a str,
}

/// A request ready to go, and what judges and readers need to know of it.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub(crate) request: Request,
    pub(crate) sent: Sent,
    pub(crate) recipe: Recipe,
}

impl Outgoing {
    /// The same request, byte for byte, held to its end.
    pub(crate) fn again(&self) -> Self {
        let mut again = self.clone();
        again.request.hold = sender::Hold::Cut;
        again
    }
}

/// A GET without parameters.
pub(crate) fn visit(context: Context<'_>) -> Outgoing {
    let draft = Draft {
        method: Method::Get,
        nonce: String::new(),
        params: Vec::new(),
        content_type: None,
        body: Vec::new(),
        encrypt: None,
    };
    draft.finish(context, Sent::Visit, sender::Hold::Cut)
}

/// A URL verification. A trap that the token does not allow is left out.
pub(crate) fn verify(verify: &Verify, context: Context<'_>, number: usize) -> Outgoing {
    let timestamp = context.now.to_string();
    let token = &context.target.credentials.token;
    let nonce = verify
        .trap
        .and_then(|trap| nonce_trap::nonce(trap, token, &timestamp))
        .unwrap_or_else(|| context.cast.nonce(number));
    let mut params = vec![
        literal("echostr", &verify.echostr),
        timestamp_param(),
        literal("nonce", &nonce),
    ];
    if let Some(value) = forged(verify.forgery, None) {
        params.insert(
            0,
            Param {
                name: "signature",
                value,
            },
        );
    }
    if verify.reversed {
        params.reverse();
    }
    if verify.extra {
        params.push(literal("wxcheck_unknown", "1"));
    }
    let draft = Draft {
        method: Method::Get,
        nonce,
        params,
        content_type: None,
        body: Vec::new(),
        encrypt: None,
    };
    let sent = Sent::Verification {
        echostr: verify.echostr.clone(),
    };
    let hold = if verify.linger {
        sender::Hold::Linger
    } else {
        sender::Hold::Cut
    };
    draft.finish(context, sent, hold)
}

/// A push.
pub(crate) fn deliver(deliver: &Deliver, context: Context<'_>, number: usize) -> Outgoing {
    let Target {
        credentials,
        format,
        original_id,
        ..
    } = context.target;
    let header = Header {
        original_id: original_id.clone(),
        openid: context.cast.openid(deliver.user),
        create_time: context.now,
        msg_id: context.cast.msg_id(number),
        appid: credentials.appid.clone(),
        format: *format,
        entity_url: context.entity_url.to_owned(),
    };
    let written = content::write(&deliver.content, &deliver.form, &header);
    let sent = Sent::Push {
        openid: header.openid.clone(),
        original_id: header.original_id.clone(),
        text: text_of(&written.fields),
        event: matches!(deliver.content, Content::Event { .. }),
    };
    let mut draft = Draft {
        method: Method::Post,
        nonce: context.cast.nonce(number),
        params: Vec::new(),
        content_type: Some(
            deliver
                .form
                .content_type
                .clone()
                .unwrap_or_else(|| content_type(*format).to_owned()),
        ),
        body: Vec::new(),
        encrypt: None,
    };
    let random = context.cast.random(number);
    let sealer = Sealer {
        context,
        random,
        written: &written,
    };
    sealer.fill(&mut draft, &deliver.signing);
    if deliver.form.openid {
        let place = draft.params.iter().position(|param| param.name == "nonce");
        let openid = literal("openid", &header.openid);
        draft
            .params
            .insert(place.map_or(0, |place| place + 1), openid);
    }
    let hold = match deliver.hold {
        Hold::Cut => sender::Hold::Cut,
        Hold::Linger => sender::Hold::Linger,
        Hold::DropAfterSend => sender::Hold::DropAfterSend,
    };
    draft.finish(context, sent, hold)
}

fn text_of(fields: &[Field]) -> Option<String> {
    fields.iter().find_map(|field| match &field.value {
        Value::Text(text) if field.name == "Content" => Some(text.clone()),
        _ => None,
    })
}

/// A request whose signatures are still to be computed.
struct Draft {
    method: Method,
    nonce: String,
    params: Vec<Param>,
    content_type: Option<String>,
    body: Vec<u8>,
    encrypt: Option<String>,
}

impl Draft {
    fn finish(self, context: Context<'_>, sent: Sent, hold: sender::Hold) -> Outgoing {
        let token = &context.target.credentials.token;
        let timestamp = context.now.to_string();
        let query: Vec<(String, String)> = self
            .params
            .iter()
            .map(|param| {
                let value = match &param.value {
                    ParamValue::Literal(text) => text.clone(),
                    ParamValue::Timestamp => timestamp.clone(),
                    ParamValue::Signature { over, twist } => {
                        sign(token, &timestamp, &self.nonce, over.as_deref(), *twist)
                    }
                };
                (param.name.to_owned(), value)
            })
            .collect();
        Outgoing {
            request: Request {
                method: self.method,
                url: context.target.url_with(&query),
                content_type: self.content_type.clone(),
                body: Bytes::from(self.body.clone()),
                hold,
            },
            sent,
            recipe: Recipe {
                method: self.method,
                url: context.target.url_with(&[]).to_string(),
                params: self.params,
                nonce: self.nonce,
                content_type: self.content_type,
                body: String::from_utf8_lossy(&self.body).into_owned(),
            },
        }
    }
}

fn sign(token: &str, timestamp: &str, nonce: &str, over: Option<&str>, twist: Twist) -> String {
    let other = format!("{OTHER_TOKEN_PREFIX}{token}");
    let token = if twist == Twist::OtherToken {
        &other
    } else {
        token
    };
    let nonce = if twist == Twist::OtherNonce {
        CAPTURED_NONCE
    } else {
        nonce
    };
    let whole = match over {
        Some(encrypt) => msg_signature(token, timestamp, nonce, encrypt),
        None => signature(token, timestamp, nonce),
    };
    match twist {
        Twist::None | Twist::OtherToken | Twist::OtherNonce => whole,
        Twist::LastDigit => change_last_digit(&whole),
        Twist::FirstHalf => whole.chars().take(20).collect(),
    }
}

/// Fills in body and parameters of a push.
struct Sealer<'a> {
    context: Context<'a>,
    random: [u8; 16],
    written: &'a Written,
}

impl Sealer<'_> {
    fn fill(&self, draft: &mut Draft, signing: &Signing) {
        let mode = self.context.target.mode;
        match signing {
            Signing::True => self.fill_signed(draft, None),
            Signing::Forged(forgery) => self.fill_signed(draft, Some(*forgery)),
            Signing::SignatureAsMsgSignature => {
                let encrypt = self.seal(self.appid(), &self.written.text);
                self.put_sealed(draft, encrypt, Some(signature_value(None, Twist::None)));
            }
            Signing::Replayed => {
                let encrypt = self.seal(self.appid(), &self.written.text);
                let captured = signature_value(Some(&encrypt), Twist::OtherNonce);
                self.put_sealed(draft, encrypt, Some(captured));
            }
            Signing::ForeignAppid => {
                let encrypt = self.seal(FOREIGN_APPID, &self.written.text);
                self.put_true_sealed(draft, encrypt);
            }
            Signing::Unsigned(unsigned) => self.fill_unsigned(draft, *unsigned),
            Signing::ClearInSafeMode => {
                draft.body = self.written.text.clone().into_bytes();
                draft.params =
                    signed_params(&draft.nonce, Some(signature_value(None, Twist::None)));
            }
            Signing::ClearCopyChanged(text) => {
                self.fill_signed(draft, None);
                let encrypt = draft.encrypt.clone().unwrap_or_default();
                let mut clear = self.written.fields.clone();
                for field in &mut clear {
                    if field.name == "Content" {
                        field.value = Value::Text(text.clone());
                    }
                }
                draft.body = outer_body(mode, self.format(), &clear, &encrypt).into_bytes();
            }
            Signing::Damaged { damage, signed } => self.fill_damaged(draft, *damage, *signed),
        }
    }

    /// As WeChat does it, or with the signature that counts forged.
    fn fill_signed(&self, draft: &mut Draft, forgery: Option<Forgery>) {
        if self.context.target.mode.seals() {
            let encrypt = self.seal(self.appid(), &self.written.text);
            let msg_signature = forged(forgery, Some(&encrypt));
            self.put_sealed(draft, encrypt, msg_signature);
        } else {
            draft.body = self.written.text.clone().into_bytes();
            draft.params = signed_params(&draft.nonce, forged(forgery, None));
        }
    }

    fn put_true_sealed(&self, draft: &mut Draft, encrypt: String) {
        let msg_signature = signature_value(Some(&encrypt), Twist::None);
        self.put_sealed(draft, encrypt, Some(msg_signature));
    }

    /// A sealed body, a valid `signature` and this `msg_signature`.
    fn put_sealed(&self, draft: &mut Draft, encrypt: String, msg_signature: Option<ParamValue>) {
        draft.params = signed_params(&draft.nonce, Some(signature_value(None, Twist::None)));
        draft.params.push(literal("encrypt_type", "aes"));
        if let Some(value) = msg_signature {
            draft.params.push(Param {
                name: "msg_signature",
                value,
            });
        }
        draft.body = self.outer(&encrypt).into_bytes();
        draft.encrypt = Some(encrypt);
    }

    fn fill_unsigned(&self, draft: &mut Draft, unsigned: Unsigned) {
        draft.params = signed_params(&draft.nonce, lacking(unsigned.signature));
        if unsigned.encrypt_type {
            draft.params.push(literal("encrypt_type", "aes"));
        }
        if let Some(value) = lacking(unsigned.msg_signature) {
            draft.params.push(Param {
                name: "msg_signature",
                value,
            });
        }
        draft.body = if unsigned.sealed {
            let encrypt = self.seal(self.appid(), &self.written.text);
            self.outer(&encrypt)
        } else {
            self.written.text.clone()
        }
        .into_bytes();
    }

    fn fill_damaged(&self, draft: &mut Draft, damage: Damage, signed: bool) {
        self.fill_signed(draft, None);
        let true_encrypt = draft.encrypt.clone().unwrap_or_default();
        let encrypt = match damage {
            Damage::CiphertextTampered => tamper(&true_encrypt),
            Damage::CiphertextTruncated => true_encrypt
                .chars()
                .take(true_encrypt.len() / 2 / 4 * 4 + 4)
                .collect(),
            Damage::CiphertextEmpty => String::new(),
            Damage::CiphertextNotBase64 => "*** not base64 ***".to_owned(),
            Damage::PaddingZero => self.seal_frame(|frame| {
                let mut padded = envelope::pad(frame, 32);
                if let Some(last) = padded.last().copied() {
                    let start = padded.len() - usize::from(last);
                    padded[start..].fill(0);
                }
                padded
            }),
            Damage::LengthTooLarge => self.seal_frame(|mut frame| {
                if let Some(length) = frame.get_mut(16..20) {
                    length.copy_from_slice(&u32::MAX.to_be_bytes());
                }
                envelope::pad(frame, 32)
            }),
            Damage::BodyCutShort | Damage::BodyEmpty | Damage::BodyNeitherFormat => {
                draft.body = match damage {
                    Damage::BodyCutShort => draft.body[..draft.body.len() / 2].to_vec(),
                    Damage::BodyNeitherFormat => b"this is neither XML nor JSON".to_vec(),
                    _ => Vec::new(),
                };
                if !signed {
                    spoil_signatures(&mut draft.params);
                }
                return;
            }
        };
        self.put_true_sealed(draft, encrypt);
        if !signed {
            spoil_signatures(&mut draft.params);
        }
    }

    fn seal(&self, appid: &str, message: &str) -> String {
        self.key().map_or_else(String::new, |key| {
            envelope::seal(&key, appid, &self.random, message.as_bytes())
        })
    }

    fn seal_frame(&self, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> String {
        let frame = envelope::frame(self.appid(), &self.random, self.written.text.as_bytes());
        self.key()
            .and_then(|key| envelope::seal_padded(&key, &change(frame)).ok())
            .unwrap_or_default()
    }

    fn outer(&self, encrypt: &str) -> String {
        let mode = match self.context.target.mode {
            Mode::Plain => Mode::Safe,
            sealing => sealing,
        };
        let body = outer_body(mode, self.format(), &self.written.fields, encrypt);
        format!("{}{body}", self.written.doctype)
    }

    fn key(&self) -> Option<EncodingAesKey> {
        let own = self.context.target.credentials.key.clone();
        own.or_else(|| EncodingAesKey::parse(NO_ONES_KEY).ok())
    }

    fn appid(&self) -> &str {
        &self.context.target.credentials.appid
    }

    fn format(&self) -> Format {
        self.context.target.format
    }
}

/// `signature`, `timestamp` and `nonce`, in wire order.
fn signed_params(nonce: &str, signature: Option<ParamValue>) -> Vec<Param> {
    signature
        .map(|value| Param {
            name: "signature",
            value,
        })
        .into_iter()
        .chain([timestamp_param(), literal("nonce", nonce)])
        .collect()
}

fn timestamp_param() -> Param {
    Param {
        name: "timestamp",
        value: ParamValue::Timestamp,
    }
}

fn literal(name: &'static str, value: &str) -> Param {
    Param {
        name,
        value: ParamValue::Literal(value.to_owned()),
    }
}

fn signature_value(over: Option<&str>, twist: Twist) -> ParamValue {
    ParamValue::Signature {
        over: over.map(str::to_owned),
        twist,
    }
}

fn forged(forgery: Option<Forgery>, over: Option<&str>) -> Option<ParamValue> {
    let twist = match forgery {
        None => Twist::None,
        Some(Forgery::OtherToken) => Twist::OtherToken,
        Some(Forgery::Altered) => Twist::LastDigit,
        Some(Forgery::Truncated) => Twist::FirstHalf,
        Some(Forgery::Empty) => return Some(ParamValue::Literal(String::new())),
        Some(Forgery::Missing) => return None,
    };
    Some(signature_value(over, twist))
}

fn lacking(lack: Lack) -> Option<ParamValue> {
    match lack {
        Lack::Absent => None,
        Lack::Empty => Some(ParamValue::Literal(String::new())),
        Lack::Wrong => Some(ParamValue::Literal(WRONG_SIGNATURE.to_owned())),
    }
}

fn spoil_signatures(params: &mut [Param]) {
    for param in params {
        if matches!(param.value, ParamValue::Signature { .. }) {
            param.value = ParamValue::Literal(WRONG_SIGNATURE.to_owned());
        }
    }
}

/// Changes one character in the middle, so that base64 still decodes and the length stays.
fn tamper(base64: &str) -> String {
    let middle = base64.len() / 2;
    base64
        .char_indices()
        .map(|(index, char)| match char {
            'A' if index == middle => 'B',
            _ if index == middle => 'A',
            other => other,
        })
        .collect()
}
