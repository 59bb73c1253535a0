//! From a step to the request on the wire: pure, given identities and the time.

mod abuse;
pub(crate) mod fetch;
mod push;
mod seal;

use bytes::Bytes;
use url::Url;
use wxcheck_mock_server::{
    Method, Request, Target,
    sender::{self, Raw},
};
use wxcheck_protocol::{
    push::Credentials,
    signature::{msg_signature, signature},
};

use crate::{
    component::Component,
    fetching::Fetching,
    identity::Cast,
    nonce_trap,
    profile::Profile,
    recipe::{
        CAPTURED_NONCE, OTHER_TOKEN_PREFIX, Param, ParamValue, Recipe, Twist, change_last_digit,
    },
    shared_text::SharedText,
    step::{Forgery, Verify},
    transcript::Sent,
};

pub(crate) use push::deliver;

/// The material from which a request is composed, besides its step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) target: &'a Target,
    pub(crate) cast: &'a Cast,
    /// Unix seconds.
    pub(crate) now: u64,
    /// The URL of our listener that belongs to this play.
    pub(crate) entity_url: &'a str,
    /// The profile, which knows how many effects pushes have.
    pub(crate) profile: &'a Profile,
    /// The URLs from which data are fetched.
    pub(crate) fetching: &'a Fetching,
    /// The parts that a third-party platform has besides.
    pub(crate) component: &'a Component,
    /// The scenario waits for effects.
    pub(crate) settles: bool,
}

/// The data of a push to which other pushes can refer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stamped {
    pub(crate) msg_id: i64,
    pub(crate) create_time: u64,
}

/// A request ready to go, and what judges and readers need to know of it.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub(crate) request: Request,
    pub(crate) sent: Sent,
    pub(crate) recipe: Recipe,
    /// The number of the request that it repeats.
    pub(crate) origin: usize,
    /// The credentials that open its answer.
    pub(crate) credentials: Credentials,
    /// The way to write its bytes, where HTTP would not write them so.
    pub(crate) raw: Option<Raw>,
}

impl Outgoing {
    /// The same request, byte for byte, held to its end.
    pub(crate) fn again(&self) -> Self {
        let mut again = self.clone();
        again.request.hold = sender::ConnectionHold::Cut;
        again
    }
}

/// A GET without parameters.
pub(crate) fn visit(context: Context<'_>, number: usize) -> Outgoing {
    let draft = RequestDraft {
        method: Method::Get,
        nonce: String::new(),
        params: Vec::new(),
        content_type: None,
        headers: Vec::new(),
        body: Vec::new(),
        encrypt: None,
    };
    draft.finish(context, Sent::Visit, sender::ConnectionHold::Cut, number)
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
    leave_out(verify.forgery, &mut params);
    if verify.reversed {
        params.reverse();
    }
    if verify.extra {
        params.push(literal("wxcheck_unknown", "1"));
    }
    let draft = RequestDraft {
        method: Method::Get,
        nonce,
        params,
        content_type: None,
        headers: Vec::new(),
        body: Vec::new(),
        encrypt: None,
    };
    let sent = Sent::Verification {
        echostr: verify.echostr.clone(),
        differs: verify.difference(),
        is_true: verify.forgery.is_none(),
    };
    let hold = if verify.linger {
        sender::ConnectionHold::Linger
    } else {
        sender::ConnectionHold::Cut
    };
    draft.finish(context, sent, hold, number)
}

/// A request whose signatures are still to be computed.
struct RequestDraft {
    method: Method,
    nonce: String,
    params: Vec<Param>,
    content_type: Option<String>,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    encrypt: Option<String>,
}

impl RequestDraft {
    fn finish(
        self,
        context: Context<'_>,
        sent: Sent,
        hold: sender::ConnectionHold,
        origin: usize,
    ) -> Outgoing {
        let token = &context.target.credentials.token;
        let timestamp = context.now.to_string();
        let query: Vec<(String, String)> = self
            .params
            .iter()
            .map(|param| {
                let value = match &param.value {
                    ParamValue::Literal(text) => text.clone(),
                    // The latter two stand in fetches only, which are composed elsewhere.
                    ParamValue::Timestamp
                    | ParamValue::TimestampIn(_)
                    | ParamValue::FetchToken(_) => timestamp.clone(),
                    ParamValue::Signature { over, twist } => {
                        sign(token, &timestamp, &self.nonce, over.as_deref(), *twist)
                    }
                };
                (param.name.to_owned(), value)
            })
            .collect();
        let (bytes, body) = match String::from_utf8(self.body) {
            Ok(text) => {
                let text = SharedText::from(text);
                (text.bytes(), text)
            }
            Err(error) => {
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                (Bytes::from(error.into_bytes()), SharedText::from(text))
            }
        };
        let params = self.params.into_iter();
        Outgoing {
            request: Request {
                method: self.method,
                url: context.target.url_with(&query),
                content_type: self.content_type.clone(),
                headers: self.headers.clone(),
                body: bytes,
                accepts_gzip: false,
                hold,
            },
            sent,
            origin,
            credentials: context.target.credentials.clone(),
            raw: None,
            recipe: Recipe {
                method: self.method,
                url: without_password(context.target.url_with(&[])),
                params: params.map(|param| param.sharing(&body)).collect(),
                nonce: self.nonce,
                content_type: self.content_type,
                headers: self.headers,
                body,
                pasteable: true,
            },
        }
    }
}

/// curl asks for the password of a user who has none.
fn without_password(mut url: Url) -> String {
    if url.password().is_some() {
        // Cannot fail for http and https, which always have a host.
        let _ = url.set_password(None);
    }
    url.to_string()
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
        over: over.map(SharedText::from),
        twist,
    }
}

fn forged(forgery: Option<Forgery>, over: Option<&str>) -> Option<ParamValue> {
    let twist = match forgery {
        None => Twist::None,
        Some(Forgery::OtherToken | Forgery::NoTimestamp | Forgery::NoNonce) => Twist::OtherToken,
        Some(Forgery::Altered) => Twist::LastDigit,
        Some(Forgery::Truncated) => Twist::FirstHalf,
        Some(Forgery::Empty) => return Some(ParamValue::Literal(String::new())),
        Some(Forgery::Missing) => return None,
    };
    Some(signature_value(over, twist))
}

/// Takes away the parameter that a forger leaves out as well.
fn leave_out(forgery: Option<Forgery>, params: &mut Vec<Param>) {
    let name = forgery.and_then(Forgery::left_out);
    params.retain(|param| Some(param.name) != name);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use wxcheck_mock_server::{
        composer::{self, Recipient, Route},
        target::parse_url,
    };
    use wxcheck_protocol::{
        account::Account,
        aes_key::EncodingAesKey,
        envelope::{self, OpenError},
        message::Field,
        push::{self, Format, JsonType, Mode},
        xml,
    };

    use super::*;
    use crate::{
        hand_made::{KEY, transcript},
        identity::Casting,
        step::{
            Created, Damage, Deliver, EntryContent, ForeignAppid, Lack, MsgId, Signing, Unsigned,
        },
    };

    const NOW: u64 = 1_795_000_000;
    const TOKEN: &str = "token";
    const APPID: &str = "wx0123456789abcdef";

    fn target(mode: Mode) -> Target {
        Target {
            url: parse_url("http://127.0.0.1:1/wechat?own=1").unwrap(),
            credentials: Credentials {
                token: TOKEN.into(),
                appid: APPID.into(),
                key: Some(EncodingAesKey::parse(KEY).unwrap()),
            },
            mode,
            format: Format::Xml,
            json_type: JsonType::Json,
            original_id: "gh_0".into(),
            payments: None,
        }
    }

    fn composed(mode: Mode, signing: Signing) -> Outgoing {
        let target = target(mode);
        let cast = Casting::new(1).next();
        let context = Context {
            target: &target,
            cast: &cast,
            now: NOW,
            entity_url: "http://127.0.0.1:1/entity",
            profile: &transcript(Vec::new()).profile,
            fetching: &Fetching::default(),
            component: &Component::default(),
            settles: false,
        };
        deliver(&Deliver::text("hello").signed(signing), context, 0, &[]).0
    }

    #[test]
    fn relations_hold_between_the_pushes_of_a_play() {
        let profile = transcript(Vec::new()).profile;
        let cast = Casting::new(1).next();
        let earlier = [Stamped {
            msg_id: 20_000_000_000_000_000,
            create_time: NOW - 3,
        }];
        let target = Target {
            url: parse_url("http://127.0.0.1:1/").unwrap(),
            credentials: Credentials {
                token: TOKEN.into(),
                appid: APPID.into(),
                key: None,
            },
            mode: Mode::Plain,
            format: Format::Json,
            json_type: JsonType::Json,
            original_id: "gh_0".into(),
            payments: None,
        };
        let context = Context {
            target: &target,
            cast: &cast,
            now: NOW,
            entity_url: "",
            profile: &profile,
            fetching: &Fetching::default(),
            component: &Component::default(),
            settles: false,
        };
        let next = Deliver::text("x")
            .with_msg_id(MsgId::Beyond { of: 0, by: 1 })
            .created(Created::SameSecondAs(0));
        let (outgoing, stamped) = deliver(&next, context, 1, &earlier);
        assert_eq!(stamped.msg_id, 20_000_000_000_000_001);
        assert!(outgoing.recipe.body.contains("20000000000000001"));
        assert_eq!(stamped.create_time, NOW - 3);
        let order = Field::text("OutTradeNo", "{trade}");
        let trade = EntryContent::unlisted_event("xpay_goods_deliver_notify", vec![order]);
        let (outgoing, _) = deliver(&Deliver::of(trade), context, 2, &earlier);
        let Sent::Push { trade, msg_id, .. } = outgoing.sent else {
            panic!("a push");
        };
        assert_eq!((trade, msg_id), (Some(cast.trade(0)), None));
    }

    fn query(outgoing: &Outgoing) -> BTreeMap<String, String> {
        outgoing.request.url.query_pairs().into_owned().collect()
    }

    fn encrypt(outgoing: &Outgoing) -> String {
        let body = String::from_utf8(outgoing.request.body.to_vec()).unwrap();
        let root = xml::read(&body).unwrap().root;
        root.child("Encrypt")
            .map(|element| element.text.clone())
            .unwrap_or_default()
    }

    fn signed(outgoing: &Outgoing) -> (bool, bool) {
        let query = query(outgoing);
        let value = |name: &str| query.get(name).cloned().unwrap_or_default();
        let (timestamp, nonce) = (value("timestamp"), value("nonce"));
        (
            value("signature") == signature(TOKEN, &timestamp, &nonce),
            value("msg_signature") == msg_signature(TOKEN, &timestamp, &nonce, &encrypt(outgoing)),
        )
    }

    #[test]
    fn a_true_push_is_signed_sealed_and_keeps_the_targets_query() {
        let plain = composed(Mode::Plain, Signing::True);
        assert!(
            plain
                .request
                .url
                .query()
                .unwrap()
                .starts_with("own=1&signature=")
        );
        assert!(!query(&plain).contains_key("encrypt_type"));
        for mode in [Mode::Compat, Mode::Safe] {
            let sealed = composed(mode, Signing::True);
            assert_eq!(signed(&sealed), (true, true));
            let key = EncodingAesKey::parse(KEY).unwrap();
            let message = envelope::open_for(&key, APPID, &encrypt(&sealed))
                .unwrap()
                .message;
            assert!(String::from_utf8(message).unwrap().contains("hello"));
        }
    }

    #[test]
    fn a_true_push_is_the_one_that_the_composer_makes() {
        for mode in [Mode::Plain, Mode::Compat, Mode::Safe] {
            let made = composed(mode, Signing::True);
            let Sent::Push { fields, .. } = &made.sent else {
                panic!("a push");
            };
            let target = target(mode);
            let recipient = Recipient {
                account: Account::Official,
                target: &target,
                authorizer: APPID,
                authorization_url: None,
            };
            let cast = Casting::new(1).next();
            let stamp = push::Stamp {
                timestamp: NOW,
                nonce: cast.nonce(0),
                random: cast.random(0),
            };
            let whole = composer::compose(fields, Route::Messages, &recipient, &stamp);
            let whole = whole.unwrap().request();
            assert_eq!(made.request.url, whole.url, "{mode:?}");
            assert_eq!(made.request.body, whole.body, "{mode:?}");
            assert_eq!(made.request.content_type, whole.content_type, "{mode:?}");
            assert_eq!(made.request.headers, whole.headers, "{mode:?}");
        }
    }

    #[test]
    fn a_forgery_changes_the_signature_that_counts_and_nothing_else() {
        for (mode, counts) in [(Mode::Plain, "signature"), (Mode::Safe, "msg_signature")] {
            let whole = composed(mode, Signing::True);
            for forgery in Forgery::ALL {
                let forged = composed(mode, Signing::Forged(forgery));
                let (mut before, mut after) = (query(&whole), query(&forged));
                assert_ne!(before.remove(counts), after.remove(counts), "{forgery:?}");
                if let Some(name) = forgery.left_out() {
                    assert!(before.remove(name).is_some(), "{forgery:?}");
                }
                assert_eq!(before, after, "{forgery:?}");
                assert_eq!(whole.request.body, forged.request.body, "{forgery:?}");
                assert_eq!(forged.recipe.forgery_of(counts), forgery);
            }
        }
    }

    #[test]
    fn what_is_unsigned_has_no_valid_signature() {
        for lack in [Lack::Absent, Lack::Empty, Lack::Wrong] {
            for sealed in [false, true] {
                let unsigned = Unsigned {
                    signature: lack,
                    msg_signature: lack,
                    encrypt_type: sealed,
                    sealed,
                };
                let push = composed(Mode::Safe, Signing::Unsigned(unsigned));
                assert_eq!(signed(&push), (false, false));
                assert_eq!(!encrypt(&push).is_empty(), sealed);
            }
        }
    }

    #[test]
    fn a_replayed_ciphertext_was_signed_under_another_nonce() {
        let replayed = composed(Mode::Safe, Signing::Replayed);
        assert_eq!(signed(&replayed), (true, false));
        let old = msg_signature(TOKEN, &NOW.to_string(), CAPTURED_NONCE, &encrypt(&replayed));
        assert_eq!(query(&replayed)["msg_signature"], old);
    }

    #[test]
    fn a_foreign_envelope_opens_for_another_appid() {
        let key = EncodingAesKey::parse(KEY).unwrap();
        for kind in ForeignAppid::ALL {
            let foreign = composed(Mode::Safe, Signing::ForeignAppid(kind));
            assert_eq!(signed(&foreign), (true, true));
            let error = envelope::open_for(&key, APPID, &encrypt(&foreign)).unwrap_err();
            assert!(matches!(error, OpenError::ForeignAppid { .. }), "{error}");
        }
    }

    #[test]
    fn every_damage_is_one_and_is_signed_as_said() {
        let key = EncodingAesKey::parse(KEY).unwrap();
        for damage in Damage::SEALED {
            let push = composed(
                Mode::Safe,
                Signing::Damaged {
                    damage,
                    signed: true,
                },
            );
            assert_eq!(signed(&push), (true, true), "{damage:?}");
            let opened = envelope::open_for(&key, APPID, &encrypt(&push));
            let still_opens = opened.is_ok_and(|opened| {
                String::from_utf8(opened.message).is_ok_and(|text| xml::read(&text).is_ok())
            });
            assert!(!still_opens, "{damage:?}");
            let unsigned = composed(
                Mode::Safe,
                Signing::Damaged {
                    damage,
                    signed: false,
                },
            );
            assert_eq!(signed(&unsigned), (false, false), "{damage:?}");
        }
    }
}
