//! Every known answer, in both directions.

#![expect(clippy::unwrap_used, reason = "tests name their failures by panicking")]

use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha1::{Digest, Sha1};
use wxcheck_protocol::aes_key::EncodingAesKey;
use wxcheck_protocol::envelope::{self, OpenError};
use wxcheck_protocol::message::Field;
use wxcheck_protocol::push::{self, Credentials, Format, Mode, Stamp};
use wxcheck_protocol::reply::{self, ReplyContext, ReplyKind};
use wxcheck_protocol::{open_data, signature, xml};

/// The number of known answers, so that none is lost on the way.
const ALL: usize = 60;

#[test]
fn none_is_lost() {
    let counted: usize = [
        wxcheck_fixtures::SIGNATURES,
        wxcheck_fixtures::ENVELOPES,
        wxcheck_fixtures::REQUESTS,
        wxcheck_fixtures::REPLIES,
        wxcheck_fixtures::REJECTED,
        wxcheck_fixtures::OPEN_DATA,
    ]
    .into_iter()
    .map(|text| entries::<serde_json::Value>(text).len())
    .sum();
    assert_eq!(counted, ALL);
}

#[test]
fn signatures() {
    #[derive(Deserialize)]
    struct Vector {
        name: String,
        token: String,
        timestamp: String,
        nonce: String,
        signature: String,
        joined: Option<String>,
        mistake: Option<Joined>,
    }
    #[derive(Deserialize)]
    struct Joined {
        joined: String,
        signature: String,
    }

    for v in entries::<Vector>(wxcheck_fixtures::SIGNATURES) {
        let signature = signature::signature(&v.token, &v.timestamp, &v.nonce);
        assert_eq!(signature, v.signature, "{}", v.name);
        if let Some(joined) = v.joined {
            assert_eq!(sha1_hex(&joined), v.signature, "{}", v.name);
        }
        if let Some(mistake) = v.mistake {
            assert_eq!(sha1_hex(&mistake.joined), mistake.signature, "{}", v.name);
            assert_ne!(mistake.signature, v.signature, "{}", v.name);
        }
    }
}

#[test]
fn envelopes() {
    for v in entries::<Envelope>(wxcheck_fixtures::ENVELOPES) {
        let name = &v.name;
        assert_eq!(
            signature::signature(&v.token, &v.timestamp, &v.nonce),
            v.signature,
            "{name}"
        );
        if let Some(query) = &v.query {
            assert!(
                query.contains(&v.signature) && query.contains(&v.msg_signature),
                "{name}"
            );
        }
        if let Some(body) = &v.body {
            let (mode, format) = (v.mode.unwrap(), v.format.unwrap());
            let written = push::outer_body(mode, format, &[receiver(format, body)], &v.encrypt);
            assert_eq!(&written, body, "{name}");
        }
        v.check();
    }
}

#[test]
fn requests() {
    for v in entries::<Request>(wxcheck_fixtures::REQUESTS) {
        let name = &v.name;
        let stamp = Stamp {
            timestamp: v.timestamp.parse().unwrap(),
            nonce: v.nonce,
            random: v.random.as_deref().map_or([0; 16], sixteen),
        };
        assert!(v.query.contains(&v.signature), "{name}");
        let Some(echostr) = &v.echostr else {
            assert_eq!(v.method, "POST", "{name}");
            let credentials = Credentials {
                token: v.token,
                appid: v.appid.unwrap_or_default(),
                key: v
                    .encoding_aes_key
                    .map(|key| EncodingAesKey::parse(&key).unwrap()),
            };
            let (mode, format) = (v.mode.unwrap(), v.format.unwrap());
            let push = push::compose(
                mode,
                format,
                &credentials,
                &stamp,
                v.openid.as_deref(),
                &v.message,
            )
            .unwrap();
            assert_eq!(push::encode_query(&push.query), v.query, "{name}");
            assert_eq!(push.body, v.body.unwrap(), "{name}");
            assert_eq!(push.encrypt, v.encrypt, "{name}");
            if let Some(inner) = v.inner {
                let opened =
                    envelope::open(&credentials.key.unwrap(), &push.encrypt.unwrap()).unwrap();
                assert_eq!(text(&opened.message), inner, "{name}");
                let msg_signature = push.query.last().map(|(_, value)| value.clone());
                assert_eq!(msg_signature, v.msg_signature, "{name}");
            }
            continue;
        };
        assert_eq!(v.method, "GET", "{name}");
        let query = push::verify_query(&v.token, &stamp, echostr);
        assert_eq!(push::encode_query(&query), v.query, "{name}");
    }
}

#[test]
fn replies() {
    for v in entries::<Envelope>(wxcheck_fixtures::REPLIES) {
        let name = &v.name;
        v.check();
        let body = v.body.clone().unwrap_or_else(|| {
            format!(
                "<xml><Encrypt>{}</Encrypt><MsgSignature>{}</MsgSignature><TimeStamp>{}</TimeStamp><Nonce>{}</Nonce></xml>",
                v.encrypt, v.msg_signature, v.timestamp, v.nonce
            )
        });
        let key = v.key();
        let context = ReplyContext {
            key: Some(&key),
            token: &v.token,
            appid: &v.appid,
        };
        let ReplyKind::Sealed(sealed) = reply::read(body.as_bytes(), &context).kind else {
            panic!("{name}: {body}");
        };
        assert_eq!(sealed.faults, [], "{name}");
        assert_eq!(Some(sealed.format), v.format, "{name}");
        assert_eq!(sealed.nonce.as_deref(), Some(v.nonce.as_str()), "{name}");
        assert!(
            !sealed.padded_to_16 && !sealed.white_space && !sealed.millisecond_timestamp,
            "{name}"
        );
        match sealed.inner.unwrap().kind {
            ReplyKind::Passive(passive) => assert_eq!(passive.faults, [], "{name}"),
            ReplyKind::StatusObject(text) => assert_eq!(text, v.message, "{name}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn rejected() {
    #[derive(Deserialize)]
    struct Vector {
        name: String,
        token: String,
        appid: String,
        encoding_aes_key: String,
        timestamp: String,
        nonce: String,
        signature: String,
        msg_signature: String,
        encrypt: String,
        fault: Fault,
    }
    #[derive(Deserialize)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    enum Fault {
        Empty,
        ForeignAppid { found: String },
        Length { declared: u32, available: usize },
        MsgSignature,
        NotBase64,
        NotBlocks { len: usize },
        Padding { value: u8 },
        TooShort { len: usize },
    }

    for v in entries::<Vector>(wxcheck_fixtures::REJECTED) {
        let name = &v.name;
        assert_eq!(
            signature::signature(&v.token, &v.timestamp, &v.nonce),
            v.signature,
            "{name}"
        );
        let expected = signature::msg_signature(&v.token, &v.timestamp, &v.nonce, &v.encrypt);
        let error = match v.fault {
            Fault::MsgSignature => {
                assert!(!signature::matches(&v.msg_signature, &expected), "{name}");
                continue;
            }
            Fault::Empty => OpenError::Empty,
            Fault::ForeignAppid { found } => OpenError::ForeignAppid { found },
            Fault::Length {
                declared,
                available,
            } => OpenError::Length {
                declared,
                available,
            },
            Fault::NotBase64 => OpenError::NotBase64,
            Fault::NotBlocks { len } => OpenError::NotBlocks { len },
            Fault::Padding { value } => OpenError::Padding { value },
            Fault::TooShort { len } => OpenError::TooShort { len },
        };
        assert!(signature::matches(&v.msg_signature, &expected), "{name}");
        let key = EncodingAesKey::parse(&v.encoding_aes_key).unwrap();
        assert_eq!(
            envelope::open_for(&key, &v.appid, &v.encrypt),
            Err(error),
            "{name}"
        );
    }
}

#[test]
fn user_data() {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Vector {
        Signed {
            raw_data: String,
            session_key: String,
            signature: String,
        },
        Sealed {
            appid: String,
            session_key: String,
            iv: String,
            encrypted_data: String,
            data: String,
        },
    }

    for v in entries::<Vector>(wxcheck_fixtures::OPEN_DATA) {
        match v {
            Vector::Signed {
                raw_data,
                session_key,
                signature,
            } => {
                assert_eq!(
                    open_data::raw_data_signature(&raw_data, &session_key),
                    signature
                );
            }
            Vector::Sealed {
                appid,
                session_key,
                iv,
                encrypted_data,
                data,
            } => {
                let opened = open_data::open(&encrypted_data, &iv, &session_key).unwrap();
                assert_eq!(text(&opened), data);
                assert!(data.contains(&appid));
                assert_eq!(
                    open_data::seal(data.as_bytes(), &iv, &session_key),
                    Ok(encrypted_data)
                );
            }
        }
    }
}

/// An envelope with all that stands in and around it; encrypted replies are the same.
#[derive(Deserialize)]
struct Envelope {
    name: String,
    token: String,
    appid: String,
    encoding_aes_key: String,
    timestamp: String,
    nonce: String,
    #[serde(default)]
    signature: String,
    msg_signature: String,
    random: String,
    message: String,
    encrypt: String,
    aes_key_hex: String,
    iv_hex: String,
    stray_bits: Option<u8>,
    bytes: Option<Sizes>,
    mode: Option<Mode>,
    format: Option<Format>,
    query: Option<String>,
    body: Option<String>,
}

#[derive(Deserialize)]
struct Sizes {
    message: usize,
    frame: usize,
    padding: u8,
    sealed: usize,
}

impl Envelope {
    fn key(&self) -> EncodingAesKey {
        EncodingAesKey::parse(&self.encoding_aes_key).unwrap()
    }

    /// Seals and opens it.
    fn check(&self) {
        let (name, key, random) = (&self.name, self.key(), sixteen(&self.random));
        assert_eq!(hex(key.bytes()), self.aes_key_hex, "{name}");
        assert_eq!(hex(&key.iv()), self.iv_hex, "{name}");
        if let Some(stray_bits) = self.stray_bits {
            assert_eq!(key.has_stray_bits(), stray_bits != 0, "{name}");
        }

        let encrypt = envelope::seal(&key, &self.appid, &random, self.message.as_bytes());
        assert_eq!(encrypt, self.encrypt, "{name}");
        let msg_signature =
            signature::msg_signature(&self.token, &self.timestamp, &self.nonce, &encrypt);
        assert_eq!(msg_signature, self.msg_signature, "{name}");

        let opened = envelope::open_for(&key, &self.appid, &self.encrypt).unwrap();
        assert_eq!(text(&opened.message), self.message, "{name}");
        assert_eq!(opened.random, random, "{name}");
        if let Some(bytes) = &self.bytes {
            assert_eq!(opened.message.len(), bytes.message, "{name}");
            assert_eq!(opened.padding, bytes.padding, "{name}");
            assert_eq!(opened.sealed_len, bytes.sealed, "{name}");
            assert_eq!(
                bytes.frame + usize::from(bytes.padding),
                bytes.sealed,
                "{name}"
            );
        }
        match self.format {
            Some(Format::Xml) => assert!(xml::read(&self.message).is_ok(), "{name}"),
            Some(Format::Json) => assert!(
                wxcheck_protocol::json::read(&self.message).is_ok(),
                "{name}"
            ),
            None => {}
        }
    }
}

#[derive(Deserialize)]
struct Request {
    name: String,
    method: String,
    mode: Option<Mode>,
    format: Option<Format>,
    token: String,
    appid: Option<String>,
    encoding_aes_key: Option<String>,
    timestamp: String,
    nonce: String,
    random: Option<String>,
    openid: Option<String>,
    signature: String,
    msg_signature: Option<String>,
    query: String,
    echostr: Option<String>,
    #[serde(default)]
    message: Vec<Field>,
    body: Option<String>,
    encrypt: Option<String>,
    inner: Option<String>,
}

fn entries<T: DeserializeOwned>(text: &str) -> Vec<T> {
    serde_json::from_str(text).unwrap()
}

/// The one clear field of a safe-mode body.
fn receiver(format: Format, body: &str) -> Field {
    let to_user = match format {
        Format::Xml => xml::read(body)
            .unwrap()
            .root
            .child("ToUserName")
            .unwrap()
            .text
            .clone(),
        Format::Json => {
            let body: serde_json::Value = serde_json::from_str(body).unwrap();
            body["ToUserName"].as_str().unwrap().to_owned()
        }
    };
    Field::text("ToUserName", to_user)
}

fn sixteen(random: &str) -> [u8; 16] {
    random.as_bytes().try_into().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn sha1_hex(text: &str) -> String {
    hex(&Sha1::digest(text))
}

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}
