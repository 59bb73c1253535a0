//! An encrypted reply. Documented: message push page, "encrypted reply".

use std::borrow::Cow;

use super::{Body, Reply, ReplyContext};
use crate::envelope::{self, OpenError};
use crate::limits::PADDING_BLOCK;
use crate::message::scalar_of;
use crate::push::Format;
use crate::signature;

/// An encrypted reply, and what is inside if it opens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sealed {
    /// XML or JSON, of the outer body.
    pub format: Format,
    /// The faults of the reply.
    pub faults: Vec<SealFault>,
    /// The frame was filled to a multiple of 16 bytes that is none of 32. A server that pads to 16 shows it in about
    /// half of its replies.
    pub padded_to_16: bool,
    /// White space stands inside or around one of the four values. It is removed to open the envelope, and the
    /// signature may be made with it or without.
    pub white_space: bool,
    /// TimeStamp has 13 digits or more: milliseconds instead of seconds.
    pub millisecond_timestamp: bool,
    /// The reply's own Nonce. WeChat asks for the request's, and is not known to check it.
    pub nonce: Option<String>,
    /// The content of the envelope, read as a reply of its own.
    pub inner: Option<Box<Reply>>,
    /// The same as text, with U+FFFD for what is not UTF-8.
    pub text: Option<String>,
}

/// A fault of an encrypted reply.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SealFault {
    /// The envelope holds another appid. What it holds is still read.
    ForeignAppid {
        /// The appid inside.
        found: String,
    },
    /// One of Encrypt, MsgSignature, TimeStamp, Nonce is absent, or spelled differently.
    MissingField(String),
    /// MsgSignature is not that of the token and the reply's own TimeStamp, Nonce and Encrypt.
    MsgSignature,
    /// There is no key to open it with: the account is in plain mode.
    NoKey,
    /// The envelope does not open.
    Open(OpenError),
    /// The root element is not `<xml>`.
    Root(String),
}

pub(super) fn read(body: &Body<'_>, context: &ReplyContext<'_>) -> Sealed {
    let mut faults = Vec::new();
    faults.extend(body.foreign_root().map(SealFault::Root));
    let mut required = |name: &str| {
        let value = scalar_of(body.fields, name).map(Cow::into_owned);
        if value.is_none() {
            faults.push(SealFault::MissingField(name.to_owned()));
        }
        value
    };
    let encrypt = required("Encrypt");
    let msg_signature = required("MsgSignature");
    let timestamp = required("TimeStamp");
    let nonce = required("Nonce");

    if let (Some(encrypt), Some(given), Some(timestamp), Some(nonce)) =
        (&encrypt, &msg_signature, &timestamp, &nonce)
    {
        let as_written = signature::msg_signature(context.token, timestamp, nonce, encrypt);
        let bare = signature::msg_signature(
            context.token,
            timestamp.trim(),
            nonce.trim(),
            &without_white_space(encrypt),
        );
        // A server signs before it lays the body out, so white space may have come later.
        if !signature::matches(given, &as_written) && !signature::matches(given.trim(), &bare) {
            faults.push(SealFault::MsgSignature);
        }
    }
    let white_space = [&encrypt, &msg_signature, &timestamp, &nonce]
        .into_iter()
        .flatten()
        .any(|value| value.contains(char::is_whitespace));

    let mut padded_to_16 = false;
    let mut inner = None;
    let mut text = None;
    match (encrypt, context.key) {
        (None, _) => {}
        (Some(_), None) => faults.push(SealFault::NoKey),
        (Some(encrypt), Some(key)) => match envelope::open(key, &without_white_space(&encrypt)) {
            Ok(opened) => {
                padded_to_16 = !opened.sealed_len.is_multiple_of(PADDING_BLOCK);
                // An envelope within an envelope is smaller by a quarter, so this ends.
                inner = Some(Box::new(super::read(&opened.message, context)));
                text = Some(String::from_utf8_lossy(&opened.message).into_owned());
                if opened.appid != context.appid {
                    faults.push(SealFault::ForeignAppid {
                        found: opened.appid,
                    });
                }
            }
            Err(error) => faults.push(SealFault::Open(error)),
        },
    }
    Sealed {
        format: body.format,
        faults,
        padded_to_16,
        white_space,
        millisecond_timestamp: timestamp.is_some_and(|timestamp| is_milliseconds(timestamp.trim())),
        nonce,
        inner,
        text,
    }
}

fn without_white_space(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn is_milliseconds(timestamp: &str) -> bool {
    timestamp.len() >= 13 && timestamp.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::super::ReplyKind;
    use super::*;
    use crate::aes_key::EncodingAesKey;
    use crate::message::Field;
    use crate::push::write_message;
    use crate::xml::CdataEnd;

    const APPID: &str = "wx0123456789abcdef";
    const TOKEN: &str = "t0ken";
    const RANDOM: &[u8; 16] = b"fedcba9876543210";

    fn key() -> EncodingAesKey {
        EncodingAesKey::parse("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY").unwrap()
    }

    fn sealed(body: &str) -> Sealed {
        sealed_for(Some(&key()), body)
    }

    fn sealed_for(key: Option<&EncodingAesKey>, body: &str) -> Sealed {
        match super::super::read(
            body.as_bytes(),
            &ReplyContext {
                key,
                token: TOKEN,
                appid: APPID,
            },
        )
        .kind
        {
            ReplyKind::Sealed(sealed) => sealed,
            other => panic!("{other:?}"),
        }
    }

    fn envelope_of(message: &str) -> String {
        envelope::seal(&key(), APPID, RANDOM, message.as_bytes())
    }

    /// The four fields, signed.
    fn fields(encrypt: &str, timestamp: i64) -> Vec<Field> {
        let msg_signature =
            signature::msg_signature(TOKEN, &timestamp.to_string(), "nonce", encrypt);
        vec![
            Field::text("Encrypt", encrypt),
            Field::text("MsgSignature", msg_signature),
            Field::number("TimeStamp", timestamp),
            Field::text("Nonce", "nonce"),
        ]
    }

    fn json(fields: &[Field]) -> String {
        write_message(Format::Json, fields, CdataEnd::Split)
    }

    #[test]
    fn a_right_reply_has_no_faults() {
        for format in [Format::Xml, Format::Json] {
            let sealed = sealed(&write_message(
                format,
                &fields(&envelope_of("success"), 1_700_000_000),
                CdataEnd::Split,
            ));
            let inner = Reply {
                bom: false,
                padded: false,
                kind: ReplyKind::Success,
                object: None,
            };
            let expected = Sealed {
                format,
                faults: vec![],
                padded_to_16: false,
                white_space: false,
                millisecond_timestamp: false,
                nonce: Some("nonce".into()),
                inner: Some(Box::new(inner)),
                text: Some("success".into()),
            };
            assert_eq!(sealed, expected);
        }
    }

    #[test]
    fn time_stamp_and_nonce_are_numbers_or_strings() {
        let encrypt = envelope_of("success");
        for [timestamp, nonce] in [
            ["17", "42"],
            ["\"17\"", "42"],
            ["17", "\"42\""],
            ["\"17\"", "\"42\""],
        ] {
            let msg_signature = signature::msg_signature(TOKEN, "17", "42", &encrypt);
            let body = format!(
                r#"{{"Encrypt":"{encrypt}","MsgSignature":"{msg_signature}","TimeStamp":{timestamp},"Nonce":{nonce}}}"#
            );
            assert_eq!(sealed(&body).faults, []);
            assert_eq!(sealed(&body).nonce.as_deref(), Some("42"));
        }
    }

    #[test]
    fn the_signature_takes_numbers_as_they_are_written() {
        let encrypt = envelope_of("success");
        let nonce = "123456789012345678901234567890";
        let msg_signature = signature::msg_signature(TOKEN, "17.50", nonce, &encrypt);
        let body = format!(
            r#"{{"Encrypt":"{encrypt}","MsgSignature":"{msg_signature}","TimeStamp":17.50,"Nonce":{nonce}}}"#
        );
        assert_eq!(sealed(&body).faults, []);
    }

    #[test]
    fn every_field_is_required_in_its_spelling() {
        let all = fields(&envelope_of("success"), 17);
        for index in 0..4 {
            let name = all[index].name.clone();
            let missing = [SealFault::MissingField(name.clone())];
            let mut absent = all.clone();
            absent.remove(index);
            assert_eq!(sealed(&json(&absent)).faults, missing);
            let mut misspelled = all.clone();
            misspelled[index].name = name.to_lowercase();
            assert_eq!(sealed(&json(&misspelled)).faults, missing);
        }
    }

    #[test]
    fn a_wrong_signature_is_reported() {
        let right = fields(&envelope_of("success"), 17);
        let timestamp = Field::number("TimeStamp", 18);
        let upper = Field::text(
            "MsgSignature",
            right[1].value.scalar().unwrap().to_uppercase(),
        );
        for (index, field) in [
            (1, upper),
            (2, timestamp),
            (3, Field::text("Nonce", "other")),
        ] {
            let mut wrong = right.clone();
            wrong[index] = field;
            let sealed = sealed(&json(&wrong));
            assert_eq!(sealed.faults, [SealFault::MsgSignature]);
            assert!(sealed.inner.is_some());
        }
    }

    #[test]
    fn a_foreign_appid_is_reported_and_the_message_read() {
        let encrypt = envelope::seal(&key(), "wxffff", RANDOM, b"success");
        let sealed = sealed(&json(&fields(&encrypt, 17)));
        assert_eq!(
            sealed.faults,
            [SealFault::ForeignAppid {
                found: "wxffff".into()
            }]
        );
        assert_eq!(sealed.inner.unwrap().kind, ReplyKind::Success);
    }

    #[test]
    fn a_shut_envelope_is_reported() {
        for (encrypt, error) in [
            ("", OpenError::Empty),
            ("?", OpenError::NotBase64),
            ("AAAA", OpenError::NotBlocks { len: 3 }),
        ] {
            let sealed = sealed(&json(&fields(encrypt, 17)));
            assert_eq!(sealed.faults, [SealFault::Open(error)]);
            assert_eq!(sealed.inner, None);
        }
    }

    #[test]
    fn without_a_key_the_signature_is_still_checked() {
        let mut wrong = fields(&envelope_of("success"), 17);
        assert_eq!(sealed_for(None, &json(&wrong)).faults, [SealFault::NoKey]);
        wrong[3] = Field::text("Nonce", "other");
        assert_eq!(
            sealed_for(None, &json(&wrong)).faults,
            [SealFault::MsgSignature, SealFault::NoKey]
        );
    }

    #[test]
    fn forms_are_noted_without_fault() {
        let padded = envelope::pad(envelope::frame(APPID, RANDOM, b"ninebytes"), 16);
        let noted = sealed(&json(&fields(
            &envelope::seal_padded(&key(), &padded).unwrap(),
            1_700_000_000_000,
        )));
        assert!(noted.padded_to_16 && noted.millisecond_timestamp && !noted.white_space);
        assert_eq!(noted.faults, []);
    }

    #[test]
    fn white_space_may_have_been_signed_or_not() {
        let encrypt = envelope_of("success");
        let (front, back) = encrypt.split_at(40);
        let wrapped = format!("{front}\r\n{back}\n");
        let signed_as_wrapped = json(&fields(&wrapped, 17));
        let mut bare = fields(&encrypt, 17);
        bare[0] = Field::text("Encrypt", wrapped.as_str());
        let signed_before = json(&bare);
        let laid_out = write_message(Format::Xml, &fields(&encrypt, 17), CdataEnd::Split)
            .replace("<![CDATA[", "\n    ")
            .replace("]]>", "\n  ");
        for body in [signed_as_wrapped, signed_before, laid_out] {
            let sealed = sealed(&body);
            assert!(sealed.white_space, "{body}");
            assert_eq!(sealed.faults, [], "{body}");
            assert_eq!(sealed.inner.unwrap().kind, ReplyKind::Success);
        }
    }

    #[test]
    fn an_xml_root_has_its_name() {
        let body = write_message(
            Format::Xml,
            &fields(&envelope_of("success"), 17),
            CdataEnd::Split,
        );
        let body = body
            .replace("<xml>", "<Reply>")
            .replace("</xml>", "</Reply>");
        assert_eq!(sealed(&body).faults, [SealFault::Root("Reply".into())]);
    }

    #[test]
    fn envelopes_within_envelopes_end() {
        let mut body = "success".to_owned();
        for _ in 0..8 {
            body = json(&fields(&envelope_of(&body), 17));
        }
        let mut reply = super::super::read(
            body.as_bytes(),
            &ReplyContext {
                key: Some(&key()),
                token: TOKEN,
                appid: APPID,
            },
        );
        while let ReplyKind::Sealed(sealed) = reply.kind {
            reply = *sealed.inner.unwrap();
        }
        assert_eq!(reply.kind, ReplyKind::Success);
    }
}
