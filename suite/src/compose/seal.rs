//! Signing and sealing a push: as WeChat does it, or with exactly one thing changed.

use wxcheck_protocol::{
    aes_key::EncodingAesKey,
    envelope,
    message::Value,
    push::{Format, Mode, outer_body},
};

use super::{Context, RequestDraft, forged, leave_out, literal, signature_value, signed_params};
use crate::{
    content::Written,
    recipe::{Param, ParamValue, Twist},
    step::{Damage, Forgery, Lack, Signing, Unsigned},
};

/// A key for sealed bodies where the target has none: such a body must not be taken by any server.
const NO_ONES_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const WRONG_SIGNATURE: &str = "0000000000000000000000000000000000000000";

/// Fills in body and parameters of a push.
pub(super) struct Sealer<'a> {
    pub(super) context: Context<'a>,
    pub(super) random: [u8; 16],
    pub(super) written: &'a Written,
}

impl Sealer<'_> {
    pub(super) fn fill(&self, draft: &mut RequestDraft, signing: &Signing) {
        let mode = self.context.target.mode;
        if !self.context.profile.account.is_signed() {
            draft.body = self.written.text.clone().into_bytes();
            return;
        }
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
            Signing::ForeignAppid(foreign) => {
                let encrypt = self.seal(&foreign.of(self.appid()), &self.written.text);
                self.put_true_sealed(draft, encrypt);
            }
            Signing::Unsigned(unsigned) => self.fill_unsigned(draft, *unsigned),
            Signing::ClearInSafeMode => {
                draft.body = self.written.text.clone().into_bytes();
                draft.params =
                    signed_params(&draft.nonce, Some(signature_value(None, Twist::None)));
            }
            Signing::Raw { signed } => {
                let signature = if *signed {
                    signature_value(None, Twist::None)
                } else {
                    ParamValue::Literal(WRONG_SIGNATURE.to_owned())
                };
                draft.body = self.written.text.clone().into_bytes();
                draft.params = signed_params(&draft.nonce, Some(signature));
                draft.params.push(literal("encrypt_type", "raw"));
            }
            Signing::NoQuery { sealed } => draft.body = self.sealed_or_clear(*sealed),
            Signing::ClearCopyChanged(text) => {
                self.fill_signed(draft, None);
                let encrypt = draft.encrypt.clone().unwrap_or_default();
                let mut clear = self.written.fields.clone();
                for field in &mut clear {
                    match field.name.as_str() {
                        "Content" => field.value = Value::Text(text.clone()),
                        "FromUserName" => field.value = Value::Text(self.stranger()),
                        _ => {}
                    }
                }
                draft.body = outer_body(mode, self.format(), &clear, &encrypt).into_bytes();
            }
            Signing::Damaged { damage, signed } => self.fill_damaged(draft, *damage, *signed),
        }
    }

    /// As WeChat does it, or with the signature that counts forged.
    fn fill_signed(&self, draft: &mut RequestDraft, forgery: Option<Forgery>) {
        if self.context.target.mode.seals() {
            let encrypt = self.seal(self.appid(), &self.written.text);
            let msg_signature = forged(forgery, Some(&encrypt));
            self.put_sealed(draft, encrypt, msg_signature);
        } else {
            draft.body = self.written.text.clone().into_bytes();
            draft.params = signed_params(&draft.nonce, forged(forgery, None));
        }
        leave_out(forgery, &mut draft.params);
    }

    fn put_true_sealed(&self, draft: &mut RequestDraft, encrypt: String) {
        let msg_signature = signature_value(Some(&encrypt), Twist::None);
        self.put_sealed(draft, encrypt, Some(msg_signature));
    }

    /// A sealed body, a valid `signature` and this `msg_signature`.
    fn put_sealed(
        &self,
        draft: &mut RequestDraft,
        encrypt: String,
        msg_signature: Option<ParamValue>,
    ) {
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

    fn fill_unsigned(&self, draft: &mut RequestDraft, unsigned: Unsigned) {
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
        draft.body = self.sealed_or_clear(unsigned.sealed);
    }

    fn sealed_or_clear(&self, sealed: bool) -> Vec<u8> {
        let body = if sealed {
            let encrypt = self.seal(self.appid(), &self.written.text);
            self.outer(&encrypt)
        } else {
            self.written.text.clone()
        };
        body.into_bytes()
    }

    fn fill_damaged(&self, draft: &mut RequestDraft, damage: Damage, signed: bool) {
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
            Damage::BodyCutShort
            | Damage::BodyEmpty
            | Damage::BodyNeitherFormat
            | Damage::BodyOtherRoot => {
                draft.body = match (damage, self.format()) {
                    (Damage::BodyCutShort, _) => draft.body[..draft.body.len() / 2].to_vec(),
                    (Damage::BodyNeitherFormat, _) => b"this is neither XML nor JSON".to_vec(),
                    (Damage::BodyOtherRoot, Format::Xml) => b"<a></a>".to_vec(),
                    (Damage::BodyOtherRoot, Format::Json) => b"[]".to_vec(),
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

    /// Nobody who takes part in the play.
    fn stranger(&self) -> String {
        self.context.cast.openid(super::push::STRANGER)
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
        let mut body = outer_body(mode, self.format(), &self.written.fields, encrypt);
        body.insert_str(0, &self.written.doctype);
        body
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
