//! The event object of a cloud function: a push as the cloud hands it over. Documented: cloud functions, receiving message
//! pushes.

use wxcheck_protocol::message::{Field, Value, find};

use super::{Addressee, Message, Stamp, filling::Filling, setting::apply};

/// The fields that stand at the end of a message's event object, in this order.
const LAST: [&str; 3] = ["CreateTime", "MsgId", "MsgType"];

/// The fields of the event object. ToUserName is the appid, but the account's original id in virtual payments; MsgId is
/// a string.
pub fn event_object(
    message: &Message,
    to: &Addressee<'_>,
    stamp: &Stamp,
    msg_id: &str,
) -> Vec<Field> {
    let pays = message.name.starts_with("xpay_");
    let to = Addressee {
        original_id: if pays { to.original_id } else { to.appid },
        ..*to
    };
    let filling = Filling { to: &to, stamp };
    let mut fields = filling.fill(&message.template);
    for field in &mut fields {
        if field.name == "MsgId" {
            field.value = Value::Text(msg_id.to_owned());
        }
    }
    for setting in &message.settings {
        apply(setting, &mut fields);
    }
    in_order(fields)
}

/// As the page's sample has it: the user first, then the account; a message's time, id and type come last.
fn in_order(mut fields: Vec<Field>) -> Vec<Field> {
    let is_message = find(&fields, "Event").is_none();
    let mut take = |names: &[&str]| -> Vec<Field> {
        let places = names.iter().filter_map(|name| {
            let at = fields.iter().position(|field| field.name == *name)?;
            Some(fields.remove(at))
        });
        places.collect()
    };
    let mut ordered = take(&["FromUserName", "ToUserName"]);
    let last = take(if is_message { &LAST } else { &[] });
    ordered.extend(fields);
    ordered.extend(last);
    ordered
}
