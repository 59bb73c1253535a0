//! Replies in their envelope. Documented: message push page (anything but `success` and zero bytes is sealed in safe
//! mode; MsgSignature covers the reply's own TimeStamp and Nonce; TimeStamp is spelled so, and in seconds).

use wxcheck_protocol::aes_key::EncodingAesKey;
use wxcheck_protocol::envelope::{frame, pad, seal as seal_properly, seal_padded};
use wxcheck_protocol::limits::PADDING_BLOCK;
use wxcheck_protocol::message::Field;
use wxcheck_protocol::push::{Format, write_message};
use wxcheck_protocol::signature;
use wxcheck_protocol::xml::CdataEnd;

use crate::settings::Settings;

/// The way a reply goes into its envelope.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Sealing {
    /// As documented.
    #[default]
    Documented,
    /// With line ends in the base64, as MIME encoders write them.
    Base64Lines,
    /// Not at all.
    Clear,
    /// For another appid.
    ForeignAppid,
    /// With the length of the whole frame in the length field.
    FrameLength,
    /// With the length of the message in little-endian order.
    LittleEndianLength,
    /// With TimeStamp in milliseconds.
    Milliseconds,
    /// With Timestamp in place of TimeStamp.
    MisspelledTimeStamp,
    /// Without MsgSignature.
    MissingMsgSignature,
    /// Padded to a multiple of 16 bytes, as most AES libraries do by default.
    PaddedTo16,
    /// Signed over token, timestamp and nonce, without the ciphertext.
    SignedWithoutEncrypt,
    /// Signed in the order token, timestamp, nonce, ciphertext.
    Unsorted,
    /// Padded with zeros.
    ZeroPadded,
}

/// Answers that go into an envelope, where the mode seals.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Wrapping {
    /// Messages; an acknowledgement goes out in clear.
    #[default]
    Messages,
    /// All answers.
    Everything,
}

/// The body that carries `text`: an envelope in the given format, or the text itself.
pub(crate) fn seal(
    sealing: Sealing,
    settings: &Settings,
    key: &EncodingAesKey,
    sealed: &Stamped<'_>,
    format: Format,
    text: Vec<u8>,
) -> Vec<u8> {
    if sealing == Sealing::Clear {
        return text;
    }
    let encrypt = encrypt(sealing, key, &settings.appid, &sealed.random, &text);
    let scale = if sealing == Sealing::Milliseconds {
        1000
    } else {
        1
    };
    let timestamp = sealed.now * scale;
    let (token, stamp) = (settings.token.as_str(), timestamp.to_string());
    let msg_signature = match sealing {
        Sealing::SignedWithoutEncrypt => signature::signature(token, &stamp, sealed.nonce),
        // Empty strings sort in front and add nothing, so this is the bare SHA-1 of the joined parts.
        Sealing::Unsorted => {
            signature::signature(&[token, &stamp, sealed.nonce, &encrypt].concat(), "", "")
        }
        _ => signature::msg_signature(token, &stamp, sealed.nonce, &encrypt),
    };
    let mut fields = vec![Field::text("Encrypt", encrypt)];
    if sealing != Sealing::MissingMsgSignature {
        fields.push(Field::text("MsgSignature", msg_signature));
    }
    let name = if sealing == Sealing::MisspelledTimeStamp {
        "Timestamp"
    } else {
        "TimeStamp"
    };
    fields.extend([
        Field::number(name, timestamp),
        Field::text("Nonce", sealed.nonce),
    ]);
    write_message(format, &fields, CdataEnd::Split).into_bytes()
}

/// The data that a sealed reply takes from its moment and its request.
pub(crate) struct Stamped<'a> {
    /// Unix seconds.
    pub(crate) now: i64,
    /// The nonce of the push.
    pub(crate) nonce: &'a str,
    pub(crate) random: [u8; 16],
}

fn encrypt(
    sealing: Sealing,
    key: &EncodingAesKey,
    appid: &str,
    random: &[u8; 16],
    message: &[u8],
) -> String {
    let framed = |length: Option<[u8; 4]>| {
        let mut frame = frame(appid, random, message);
        if let (Some(length), Some(field)) = (length, frame.get_mut(16..20)) {
            field.copy_from_slice(&length);
        }
        frame
    };
    let length = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
    let padded = match sealing {
        Sealing::Base64Lines => return lines(&seal_properly(key, appid, random, message)),
        Sealing::ForeignAppid => return seal_properly(key, "wx0000000000000000", random, message),
        Sealing::LittleEndianLength => pad(
            framed(Some(length(message.len()).to_le_bytes())),
            PADDING_BLOCK,
        ),
        Sealing::FrameLength => {
            let whole = length(framed(None).len());
            pad(framed(Some(whole.to_be_bytes())), PADDING_BLOCK)
        }
        Sealing::PaddedTo16 => pad(framed(None), 16),
        Sealing::ZeroPadded => {
            let mut frame = framed(None);
            // At least one zero: a frame that fits exactly would otherwise end in the appid, which may look like padding.
            frame.resize((frame.len() / PADDING_BLOCK + 1) * PADDING_BLOCK, 0);
            frame
        }
        _ => return seal_properly(key, appid, random, message),
    };
    seal_padded(key, &padded).unwrap_or_default()
}

/// Base64 in lines of 76 characters.
fn lines(base64: &str) -> String {
    let mut lines = String::with_capacity(base64.len() + base64.len() / 76 + 1);
    for (place, character) in base64.chars().enumerate() {
        if place > 0 && place % 76 == 0 {
            lines.push('\n');
        }
        lines.push(character);
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wxcheck_protocol::envelope::{OpenError, open_for};
    use wxcheck_protocol::json;
    use wxcheck_protocol::message::{Value, find, scalar_of};
    use wxcheck_protocol::push::Mode;

    use wxcheck_network::Network;

    use super::*;
    use wxcheck_protocol::account::Account;

    const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

    fn sealed(sealing: Sealing) -> Vec<Field> {
        let key = EncodingAesKey::parse(KEY).unwrap();
        let settings = Settings {
            token: "T".into(),
            appid: "wx1".into(),
            key: Some(key.clone()),
            mode: Mode::Safe,
            format: Format::Json,
            account: Account::Official,
            limit: Duration::from_secs(5),
            api: None,
            fetch_tokens: Vec::new(),
            network: Network::Machine,
        };
        let stamped = Stamped {
            now: 1_700_000_000,
            nonce: "99",
            random: *b"0123456789abcdef",
        };
        let body = seal(
            sealing,
            &settings,
            &key,
            &stamped,
            Format::Json,
            "hello".repeat(20).into_bytes(),
        );
        match json::read(str::from_utf8(&body).unwrap()).unwrap() {
            Value::Group(fields) => fields,
            other => panic!("{other:?}"),
        }
    }

    fn opened(sealing: Sealing) -> Result<Vec<u8>, OpenError> {
        let fields = sealed(sealing);
        let encrypt = scalar_of(&fields, "Encrypt").unwrap();
        open_for(&EncodingAesKey::parse(KEY).unwrap(), "wx1", &encrypt).map(|opened| opened.message)
    }

    #[test]
    fn a_documented_envelope_opens_and_is_signed() {
        assert_eq!(
            opened(Sealing::Documented).unwrap(),
            "hello".repeat(20).into_bytes()
        );
        let fields = sealed(Sealing::Documented);
        let names: Vec<_> = fields.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(names, ["Encrypt", "MsgSignature", "TimeStamp", "Nonce"]);
        let encrypt = scalar_of(&fields, "Encrypt").unwrap();
        let expected = signature::msg_signature("T", "1700000000", "99", &encrypt);
        assert_eq!(scalar_of(&fields, "MsgSignature").unwrap(), expected);
    }

    #[test]
    fn each_broken_envelope_is_broken_where_it_says() {
        assert!(matches!(
            opened(Sealing::ForeignAppid),
            Err(OpenError::ForeignAppid { .. })
        ));
        assert!(matches!(
            opened(Sealing::LittleEndianLength),
            Err(OpenError::Length { .. })
        ));
        assert!(matches!(
            opened(Sealing::FrameLength),
            Err(OpenError::Length { .. })
        ));
        assert!(matches!(
            opened(Sealing::ZeroPadded),
            Err(OpenError::Padding { .. })
        ));
        assert!(matches!(
            opened(Sealing::Base64Lines),
            Err(OpenError::NotBase64)
        ));
        assert!(opened(Sealing::PaddedTo16).is_ok());
        assert!(find(&sealed(Sealing::MissingMsgSignature), "MsgSignature").is_none());
        assert!(find(&sealed(Sealing::MisspelledTimeStamp), "TimeStamp").is_none());
        let signed = |sealing| find(&sealed(sealing), "MsgSignature").cloned();
        assert_ne!(
            signed(Sealing::SignedWithoutEncrypt),
            signed(Sealing::Documented)
        );
    }
}
