//! The content of a push: what a delivery of it has in common with all others.

use std::sync::Arc;

use wxcheck_events::{Body, Original, SentPush, Setting};
use wxcheck_protocol::{
    push::{self, Format},
    xml::CdataEnd,
};

use crate::{
    catalogue::{CatalogueEntry, PLATFORM_OPENID},
    composer::{Addressee, Message, Stamp},
    mask::Mask,
    said::{SAID_BYTES, said},
    state::{Moment, State},
};

/// The content of a push, whoever gets it and however often.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    /// Its entry in the catalogue, which knows its own pauses and the answer that it asks for.
    pub(crate) entry: Arc<CatalogueEntry>,
    /// The message, not yet addressed.
    pub(crate) message: Message,
    /// The user, MsgId and CreateTime, and what sets the first request apart.
    pub(crate) stamp: Stamp,
    /// The fields that are left out.
    pub(crate) unset: Vec<String>,
    /// The number of the push that it repeats as the same message.
    pub(crate) again: Option<u64>,
}

impl Content {
    /// A push as it was sent before: with its MsgId and time, and signed anew.
    pub(crate) fn of(
        original: Original,
        entry: CatalogueEntry,
        format: Format,
        fresh: Stamp,
    ) -> Self {
        Self {
            message: Message::of(&entry, format).setting(original.settings),
            entry: Arc::new(entry),
            stamp: Stamp {
                create_time: original.create_time,
                msg_id: original.msg_id,
                trade: original.trade,
                ..fresh
            },
            unset: original.unset,
            again: None,
        }
    }

    /// The message in clear and the facts that the journal is told where it does not leave.
    pub(crate) fn unsent(&self, appid: &str, mask: &Mask, now: Moment) -> (Body, SentPush) {
        let addressee = Addressee {
            original_id: "",
            appid,
            authorizer: appid,
        };
        let fields = self.message.addressed(&addressee, &self.stamp);
        let clear = push::write_message(Format::Xml, &fields, CdataEnd::Split);
        let push = SentPush {
            appid: appid.into(),
            name: self.message.name.clone(),
            openid: self.stamp.openid.clone(),
            says: said(&fields).map(|text| mask.body(text.as_bytes(), SAID_BYTES).into()),
            mode: String::new(),
            format: String::new(),
            first: None,
            retry: 0,
            rule: None,
            again: None,
            time: Some(now),
            original: self.original_without(mask).map(Box::new),
        };
        (mask.masked_body(clear.as_bytes()), push)
    }

    /// All that it takes to send it once more.
    pub(crate) fn original(&self) -> Original {
        let entry = &self.entry;
        Original {
            entry: format!("{}/{}", entry.account.name(), entry.name),
            create_time: self.stamp.create_time,
            msg_id: self.stamp.msg_id,
            trade: self.stamp.trade.clone(),
            settings: self.message.settings.clone(),
            unset: self.unset.clone(),
        }
    }

    /// The same for the journal, which keeps no secrets: nothing where one stands in it.
    pub(crate) fn original_without(&self, mask: &Mask) -> Option<Original> {
        let settings = &self.message.settings;
        let mut values = settings.iter().flat_map(Setting::values);
        let is_clean = values.all(|value| mask.text(value) == value);
        is_clean.then(|| self.original())
    }
}

/// Draws what sets a push about a user apart from the next.
pub(crate) fn stamp(state: &mut State, now: Moment, openid: &str) -> Stamp {
    let create_time = now / 1000;
    let msg_id = state.next_msg_id(create_time);
    let draw = &mut state.draw;
    let nonce = 1_000_000_000 + draw.next() % 1_147_483_647;
    let hex = format!("{:016x}", draw.next());
    let mut random = [b'0'; 16];
    random.copy_from_slice(hex.as_bytes());
    Stamp {
        openid: openid.to_owned(),
        wechat: PLATFORM_OPENID.to_owned(),
        trade: format!("WXCK{:016x}", draw.next()),
        create_time,
        msg_id,
        request: push::Stamp {
            timestamp: create_time,
            nonce: nonce.to_string(),
            random,
        },
    }
}
