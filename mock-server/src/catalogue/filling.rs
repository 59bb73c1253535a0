//! What stands in braces in a push of the catalogue, and what takes its place when it is sent.

use wxcheck_protocol::message::{Field, Value};

/// What differs from one push to the next. In a push of the catalogue each stands as its name in braces, like `{openid}`.
#[derive(Clone, Copy, Debug)]
pub struct Filling<'a> {
    /// `{account}`: the account's original id, or what else ToUserName is.
    pub account: &'a str,
    /// `{openid}`: the user.
    pub openid: &'a str,
    /// `{wechat}`: WeChat's own openid, the sender of what no user caused.
    pub wechat: &'a str,
    /// `{appid}`: the app; a third-party platform's own.
    pub appid: &'a str,
    /// `{authorizer}`: the app that a third-party platform acts for; elsewhere the app.
    pub authorizer: &'a str,
    /// `{trade}`: the order.
    pub trade: &'a str,
    /// `{now}`: Unix seconds.
    pub now: u64,
    /// `{msgid}`: the message's id, as the account has it.
    pub msg_id: i64,
}

impl Filling<'_> {
    /// The fields with everything in its place.
    pub fn fill(&self, fields: &[Field]) -> Vec<Field> {
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
        text.replace("{account}", self.account)
            .replace("{openid}", self.openid)
            .replace("{wechat}", self.wechat)
            .replace("{appid}", self.appid)
            .replace("{authorizer}", self.authorizer)
            .replace("{trade}", self.trade)
            .replace("{now}", &self.now.to_string())
            .replace("{msgid}", &self.msg_id.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_are_filled_wherever_they_stand_and_numbers_become_numbers() {
        let filling = Filling {
            account: "gh_0",
            openid: "o1",
            wechat: "o2",
            appid: "wx0",
            authorizer: "wx1",
            trade: "T1",
            now: 1_700_000_000,
            msg_id: 7,
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
