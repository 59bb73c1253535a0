//! Transcripts made by hand, for the tests of judges.

use std::{sync::Arc, time::Duration};

use wxcheck_mock_server::{Answer, Method, Outcome, Silence};
use wxcheck_protocol::{
    account::Account,
    aes_key::EncodingAesKey,
    domain::Domains,
    fetch::{FetchKind, Launch},
    push::{Format, Mode},
    reply::{self, Reply, ReplyContext, ReplyKind, SealFault, Sealed},
};

use crate::{
    hostility::Hostility,
    profile::{Channel, FetchProfile, Profile},
    recipe::Recipe,
    shared_text::SharedText,
    step::Grant,
    transcript::{ApiCall, Entry, Fetched, Sent, Transcript},
};

pub(crate) const OPENID: &str = "oUser0001";
pub(crate) const ORIGINAL_ID: &str = "gh_account";
pub(crate) const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

pub(crate) fn transcript(entries: Vec<Entry>) -> Transcript {
    Transcript {
        profile: Arc::new(Profile {
            mode: Mode::Plain,
            format: Format::Xml,
            account: Account::Official,
            has_key: true,
            traps: Vec::new(),
            local: true,
            limit: Duration::from_secs(5),
            channel: Channel::None,
            handles: Vec::new(),
            catalogue: Arc::default(),
            authorization: false,
            message: None,
            events: Vec::new(),
            swallowed_event: None,
            callback: true,
            fetch: FetchProfile::default(),
            domains: Domains::default(),
            hostility: Hostility::default(),
            is_quick: true,
            entity_file: None,
        }),
        entries,
        fetched: Vec::new(),
        inspections: Vec::new(),
        calls: Vec::new(),
        acts: Vec::new(),
        ended: 0,
        lost: Duration::ZERO,
    }
}

pub(crate) fn answered(status: u16, body: &str) -> Outcome {
    Outcome::Answered(Answer {
        version: "HTTP/1.1".into(),
        status,
        headers: Vec::new(),
        body: body.as_bytes().to_vec(),
        excess: false,
        first_byte: Duration::from_millis(1),
        total: Duration::from_millis(2),
        connection: None,
    })
}

/// A fetch of that kind that was answered with that text.
pub(crate) fn fetched(kind: FetchKind, status: u16, text: &str) -> Entry {
    let sent = Sent::Fetch(Fetched {
        kind,
        grant: Grant::Owner(0),
        openid: None,
        launch: Launch::default(),
        accepts_gzip: false,
        marks: ["wxckaaaa1".into(), "wxckbbbb2".into()],
    });
    Entry {
        text: Some(text.to_owned()),
        ..entry(sent, answered(status, text))
    }
}

pub(crate) fn no_answer() -> Outcome {
    Outcome::Silent(Silence::NoAnswer {
        limit: Duration::from_secs(5),
    })
}

pub(crate) fn verification(echostr: &str, outcome: Outcome) -> Entry {
    let echostr = echostr.to_owned();
    let sent = Sent::Verification {
        echostr,
        differs: None,
        is_true: true,
    };
    entry(sent, outcome)
}

pub(crate) fn push(text: &str, outcome: Outcome) -> Entry {
    let sent = Sent::Push {
        openid: OPENID.into(),
        original_id: ORIGINAL_ID.into(),
        text: Some(text.into()),
        event: false,
        name: "text".into(),
        msg_id: Some(1),
        create_time: 1_795_000_000,
        trade: None,
        is_true: true,
        effects: None,
        fields: Vec::new(),
        changes: Vec::new(),
    };
    entry(sent, outcome)
}

/// A push of that user that has one effect; the same again as the push of that number.
pub(crate) fn delivered(user: &str, again: usize, outcome: Outcome) -> Entry {
    let mut entry = push("hello", outcome);
    if let Sent::Push {
        openid, effects, ..
    } = &mut entry.sent
    {
        *openid = user.into();
        *effects = Some(1);
    }
    entry.origin = again;
    entry
}

/// A forged push in the name of that user.
pub(crate) fn forged(user: &str, outcome: Outcome) -> Entry {
    let mut entry = delivered(user, 0, outcome);
    if let Sent::Push { is_true, .. } = &mut entry.sent {
        *is_true = false;
    }
    entry
}

/// The same answer inside an envelope, with these faults.
pub(crate) fn in_envelope(mut entry: Entry, faults: Vec<SealFault>) -> Entry {
    let sealed = |inner: Reply| Reply {
        bom: false,
        padded: false,
        object: None,
        kind: ReplyKind::Sealed(Sealed {
            format: Format::Xml,
            faults,
            padded_to_16: false,
            white_space: false,
            millisecond_timestamp: false,
            nonce: None,
            inner: Some(Box::new(inner)),
            text: None,
        }),
    };
    entry.reply = entry.reply.map(sealed);
    entry
}

/// A message that was taken for that user, so many milliseconds after the start.
pub(crate) fn call(user: &str, millis: u64) -> ApiCall {
    ApiCall {
        number: Some(millis),
        at: Duration::from_millis(millis),
        path: "/cgi-bin/message/custom/send".into(),
        openid: Some(user.into()),
        own: true,
        sent: true,
        times: 1,
        errcode: 0,
        struck: false,
        token: None,
        body: r#"{"msgtype":"text"}"#.into(),
    }
}

/// A passive text reply from `from` to `to`.
pub(crate) fn text_reply(to: &str, from: &str, content: &str) -> String {
    format!(
        "<xml><ToUserName><![CDATA[{to}]]></ToUserName><FromUserName><![CDATA[{from}]]></FromUserName>\
         <CreateTime>1795000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{content}]]></Content></xml>"
    )
}

fn entry(sent: Sent, outcome: Outcome) -> Entry {
    let key = EncodingAesKey::parse(KEY).unwrap();
    let context = ReplyContext {
        key: Some(&key),
        token: "token",
        appid: "wx0",
    };
    let reply = match &outcome {
        Outcome::Answered(answer) => Some(reply::read(&answer.body, &context)),
        Outcome::Silent(_) => None,
    };
    Entry {
        sent,
        recipe: Recipe {
            method: Method::Post,
            url: "http://127.0.0.1/wechat".into(),
            params: Vec::new(),
            nonce: "1".into(),
            content_type: None,
            headers: Vec::new(),
            body: SharedText::default(),
            pasteable: true,
        },
        started: Duration::ZERO,
        outcome,
        reply,
        text: None,
        leaks: Vec::new(),
        origin: 0,
    }
}
