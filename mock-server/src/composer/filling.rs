//! The braces in a push of the catalogue, and the names and numbers that take their place when it is sent.

use wxcheck_protocol::message::{Field, Value};

use super::{Addressee, Stamp};

/// The names and numbers in place of `{account}`, `{openid}`, `{wechat}`, `{appid}`, `{authorizer}`, `{trade}`, `{now}` and `{msgid}`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filling<'a> {
    pub(super) to: &'a Addressee<'a>,
    pub(super) stamp: &'a Stamp,
}

impl Filling<'_> {
    /// The fields with everything in its place.
    pub(super) fn fill(&self, fields: &[Field]) -> Vec<Field> {
        let filled = |field: &Field| Field::new(&field.name, self.value(&field.value));
        fields.iter().map(filled).collect()
    }

    fn value(&self, value: &Value) -> Value {
        match value {
            Value::Text(text) => Value::Text(self.text(text)),
            // A number that was not known yet.
            Value::Bare(text) if text.starts_with('{') => {
                let text = self.text(text);
                match text.parse() {
                    Ok(number) => Value::Number(number),
                    Err(_) => Value::Bare(text),
                }
            }
            Value::Bare(_) | Value::Number(_) => value.clone(),
            Value::Group(fields) => Value::Group(self.fill(fields)),
            Value::Many(items) => Value::Many(items.iter().map(|item| self.value(item)).collect()),
        }
    }

    fn text(&self, text: &str) -> String {
        if !text.contains('{') {
            return text.to_owned();
        }
        let Self { to, stamp } = self;
        text.replace("{account}", to.original_id)
            .replace("{openid}", &stamp.openid)
            .replace("{wechat}", &stamp.wechat)
            .replace("{appid}", to.appid)
            .replace("{authorizer}", to.authorizer)
            .replace("{trade}", &stamp.trade)
            .replace("{now}", &stamp.create_time.to_string())
            .replace("{msgid}", &stamp.msg_id.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::composer::tests::stamp;

    #[test]
    fn braces_are_filled_wherever_they_stand_and_numbers_become_numbers() {
        let to = Addressee {
            original_id: "gh_0",
            appid: "wx0",
            authorizer: "wx1",
        };
        let stamp = Stamp {
            openid: "o1".into(),
            ..stamp()
        };
        let filling = Filling {
            to: &to,
            stamp: &stamp,
        };
        let fields = [
            Field::bare("CreateTime", "{now}"),
            Field::bare("Latitude", "23.100000"),
            Field::group("Pay", vec![Field::text("Note", "{trade} of {openid}")]),
            Field::many("List", vec![Value::Text("{appid}/{authorizer}".into())]),
            Field::text("Json", "{\"a\":1}"),
        ];
        let filled = filling.fill(&fields);
        assert_eq!(filled[0], Field::number("CreateTime", 1_700_000_000));
        assert_eq!(filled[1], fields[1]);
        let note = Field::text("Note", "T1 of o1");
        assert_eq!(filled[2], Field::group("Pay", vec![note]));
        let both = Value::Text("wx0/wx1".into());
        assert_eq!(filled[3], Field::many("List", vec![both]));
        assert_eq!(filled[4], fields[4]);
    }
}
