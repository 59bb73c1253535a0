//! A push: its content, its user, its sealing and its URL.

use std::borrow::Cow;

use wxcheck_mock_server::{
    Method,
    composer::{self, Recipient, Route, Stamp},
    sender::{self, Raw},
};
use wxcheck_protocol::{
    account::Account,
    message::{Field, Value, scalar_of},
    push,
};

use super::{Context, Outgoing, RequestDraft, Stamped, abuse, literal, seal};
use crate::{
    content::{self, Occasion},
    step::{BodyComes, Content, Created, Deliver, Hold, MsgId, Signing},
    transcript::Sent,
};

/// The number of somebody who takes no part in a play.
pub(crate) const STRANGER: u8 = u8::MAX;
/// The number of the first of a play's senders that are no users.
const WECHAT: u8 = 128;

/// A push. `earlier` holds the data of the requests before it to which it may refer.
pub(crate) fn deliver(
    step: &Deliver,
    context: Context<'_>,
    number: usize,
    earlier: &[Stamped],
) -> (Outgoing, Stamped) {
    let step = &context.profile.received(step);
    let (mut outgoing, stamped) = composed(step, context, number, earlier);
    if let Some(abuse) = step.abuse {
        let next = || {
            let next = Deliver {
                signing: Signing::True,
                abuse: None,
                ..step.clone()
            };
            composed(&next, context, number, earlier).0.request
        };
        outgoing.raw = abuse::raw(abuse, next);
        outgoing.recipe.pasteable = abuse.is_pasteable();
    }
    if let (None, Some(comes)) = (&outgoing.raw, step.bytewise) {
        outgoing.raw = Some(Raw::Whole(match comes {
            BodyComes::AtOnce => sender::Body::AtOnce,
            BodyComes::Later => sender::Body::Later,
        }));
        // curl sends head and body together.
        outgoing.recipe.pasteable = comes == BodyComes::AtOnce;
    }
    if outgoing.raw.is_none() && step.form.http_10 {
        outgoing.raw = Some(Raw::WholeInHttp10);
        outgoing.recipe.pasteable = false;
    }
    (outgoing, stamped)
}

/// The same, as one whole request.
fn composed(
    deliver: &Deliver,
    context: Context<'_>,
    number: usize,
    earlier: &[Stamped],
) -> (Outgoing, Stamped) {
    let recipient = Recipient {
        account: context.profile.account,
        target: context.target,
        authorizer: &context.component.authorizer,
        authorization_url: context.component.authorization_url.as_ref(),
    };
    let route = deliver.content.route();
    let has_own_token = route == Route::Payments && context.target.payments.is_some();
    let target = &recipient.target_of(route);
    let context = Context { target, ..context };
    let format = &target.format;
    let stamped = stamp(deliver, context, number, earlier);
    let occasion = Occasion {
        to: recipient.addressee(),
        stamp: Stamp {
            openid: context.cast.openid(deliver.user),
            // WeChat has but one. Here each push has its own: a server rightly takes two events of one sender in one
            // second for one event, and those of a run come close together.
            wechat: context.cast.openid(deliver.user | WECHAT),
            trade: context.cast.trade(deliver.user),
            create_time: stamped.create_time,
            msg_id: stamped.msg_id,
            request: push::Stamp {
                timestamp: context.now,
                nonce: context.cast.nonce(number),
                random: context.cast.random(number),
            },
        },
        format: *format,
        entity_url: context.entity_url,
        entity_file: context.profile.entity_file.as_ref(),
    };
    let written = content::write(&deliver.content, &deliver.form, &occasion);
    let stamp = &occasion.stamp;
    let sent = sent(deliver, context, stamp, &written.fields);
    let mut draft = RequestDraft {
        method: Method::Post,
        nonce: stamp.request.nonce.clone(),
        params: Vec::new(),
        content_type: Some(
            deliver
                .form
                .content_type
                .clone()
                .unwrap_or_else(|| target.content_type()),
        ),
        headers: Vec::new(),
        body: Vec::new(),
        encrypt: None,
    };
    let sender = composer::sender(&written.fields);
    let from = if deliver.form.cloud_headers {
        Account::CloudHosting
    } else {
        recipient.account
    };
    let hosting = Recipient {
        account: from,
        ..recipient
    };
    draft.headers = hosting.headers(sender.as_deref());
    let random = stamp.request.random;
    let sealer = seal::Sealer {
        context,
        random,
        written: &written,
    };
    sealer.fill(&mut draft, &deliver.signing);
    if deliver.form.openid
        && context.profile.account.is_signed()
        && !matches!(deliver.signing, Signing::NoQuery { .. })
        && let Some(sender) = &sender
    {
        let place = draft.params.iter().position(|param| param.name == "nonce");
        let openid = if deliver.form.foreign_openid {
            literal("openid", &context.cast.openid(STRANGER))
        } else {
            literal("openid", sender)
        };
        draft
            .params
            .insert(place.map_or(0, |place| place + 1), openid);
    }
    if let Some(abuse) = deliver.abuse {
        abuse::spoil(&mut draft, abuse, *format);
    }
    let hold = match deliver.hold {
        Hold::Cut => sender::ConnectionHold::Cut,
        Hold::Linger => sender::ConnectionHold::Linger,
        Hold::DropAfterSend => sender::ConnectionHold::DropAfterSend,
    };
    let mut outgoing = draft.finish(context, sent, hold, number);
    // The line that is pasted signs with the Token of the other pushes.
    outgoing.recipe.pasteable &= !has_own_token;
    (outgoing, stamped)
}

/// All that judges need to know of a push.
fn sent(deliver: &Deliver, context: Context<'_>, stamp: &Stamp, fields: &[Field]) -> Sent {
    Sent::Push {
        openid: stamp.openid.clone(),
        original_id: context.target.original_id.clone(),
        text: text_of(fields),
        event: is_event(fields),
        name: deliver.content.name().to_owned(),
        changes: changes_of(deliver),
        msg_id: fields
            .iter()
            .any(|field| field.name == "MsgId")
            .then_some(stamp.msg_id),
        create_time: stamp.create_time,
        trade: scalar_of(fields, "OutTradeNo").map(Cow::into_owned),
        // Where nothing is signed, nothing can be forged.
        is_true: deliver.abuse.is_none()
            && !deliver.form.foreign_openid
            && (deliver.signing == Signing::True || !context.profile.account.is_signed()),
        // A server may make of an abused push what it likes; and where nothing is waited for, nothing is expected.
        effects: match deliver.abuse {
            None if context.settles => context.profile.effects_of(&deliver.content),
            None | Some(_) => None,
        },
        fields: fields.to_vec(),
    }
}

/// A message has a MsgType of its own; all else is an event.
fn is_event(fields: &[Field]) -> bool {
    let msg_type = scalar_of(fields, "MsgType");
    msg_type.is_none_or(|msg_type| msg_type == "event")
}

/// The differences from the catalogue, each in a line.
fn changes_of(deliver: &Deliver) -> Vec<String> {
    let Content::Entry(entry) = &deliver.content else {
        return deliver.abuse.iter().map(ToString::to_string).collect();
    };
    let unknown = deliver.form.unknown_fields.iter();
    let unknown = unknown.map(|field| format!("a field `{}` that no document names", field.name));
    let mut changes: Vec<String> = entry.changes.iter().map(ToString::to_string).collect();
    changes.extend(unknown);
    if deliver.form.shuffle > 0 {
        changes.push("fields in another order".to_owned());
    }
    changes
}

/// MsgId and CreateTime, on their own or in relation to an earlier request's.
fn stamp(deliver: &Deliver, context: Context<'_>, number: usize, earlier: &[Stamped]) -> Stamped {
    let of = |number: usize| earlier.get(number).copied();
    let msg_id = match deliver.msg_id {
        MsgId::Fresh => None,
        MsgId::SameAs(number) => of(number).map(|stamped| stamped.msg_id),
        MsgId::Beyond { of: number, by } => of(number).map(|stamped| stamped.msg_id + by),
    };
    let create_time = match deliver.created {
        Created::Now => None,
        Created::Ago(seconds) => Some(context.now - u64::from(seconds)),
        Created::SameSecondAs(number) => of(number).map(|stamped| stamped.create_time),
    };
    let create_time = create_time.unwrap_or(context.now);
    Stamped {
        msg_id: msg_id.unwrap_or_else(|| context.cast.msg_id(number, create_time)),
        create_time,
    }
}

fn text_of(fields: &[Field]) -> Option<String> {
    fields.iter().find_map(|field| match &field.value {
        Value::Text(text) if field.name == "Content" => Some(text.clone()),
        _ => None,
    })
}
