//! WeChat's reading of the answer to a push that asks for more than `success`. Documented: the page of each such push.

use wxcheck_protocol::{
    message::Field,
    reply::{AnsweredPush, Reply, ReplyContext, read},
};

use crate::{
    catalogue::CatalogueEntry,
    delivery::Heard,
    dispatch::hear,
    exchange::{Answer, Outcome},
    target::Target,
};

impl CatalogueEntry {
    /// WeChat's reading of an outcome of this push. `fields` are those of the push.
    pub fn heard(&self, fields: &[Field], target: &Target, outcome: &Outcome) -> Heard {
        match (hear(outcome), outcome) {
            (Heard::Acknowledged, Outcome::Answered(answer)) if !self.retry_after.is_empty() => {
                if self.is_accepted(fields, target, answer) {
                    Heard::Acknowledged
                } else {
                    Heard::Unaccepted
                }
            }
            (heard, _) => heard,
        }
    }

    /// True where an answer says in the form asked for that all went well. Nothing is insisted on that only samples show.
    fn is_accepted(&self, fields: &[Field], target: &Target, answer: &Answer) -> bool {
        let credentials = &target.credentials;
        let context = ReplyContext {
            key: credentials.key.as_ref(),
            token: &credentials.token,
            appid: &credentials.appid,
        };
        let reply = read(&answer.body, &context);
        if reply.unfit(self.answer).is_some() {
            return false;
        }
        let opened = reply.innermost();
        self.takes_bare(&opened.kind) || self.is_structured(fields, target, opened)
    }

    fn is_structured(&self, fields: &[Field], target: &Target, reply: &Reply) -> bool {
        let (Some(structured), Some(object)) = (self.answer, &reply.object) else {
            return false;
        };
        let push = AnsweredPush {
            format: target.format,
            fields,
            echoes: &self.echoes,
            needs: &self.answer_needs,
        };
        let faults = structured.read(object, &push).faults;
        !faults.iter().any(|fault| fault.certain)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wxcheck_protocol::{account::Account, push::Format};

    use super::*;
    use crate::{catalogue::Catalogue, target::tests::target};

    fn heard(name: &str, status: u16, body: &str) -> Heard {
        let entry = Catalogue::built_in().unwrap().find(name, Account::Mini);
        let mut target = target("http://127.0.0.1:1/");
        target.format = Format::Json;
        let outcome = Outcome::Answered(Answer {
            version: String::new(),
            status,
            headers: Vec::new(),
            body: body.into(),
            excess: false,
            first_byte: Duration::ZERO,
            total: Duration::ZERO,
            connection: None,
        });
        entry.unwrap().heard(&[], &target, &outcome)
    }

    #[test]
    fn a_payment_is_accepted_with_code_0_or_a_bare_word() {
        let name = "xpay_goods_deliver_notify";
        for body in [r#"{"ErrCode":0,"ErrMsg":"ok"}"#, "success", ""] {
            assert_eq!(heard(name, 200, body), Heard::Acknowledged, "{body}");
        }
        for body in [
            r#"{"ErrCode":1,"ErrMsg":"no"}"#,
            r#"{"errcode":0}"#,
            "<xml><ErrCode>0</ErrCode></xml>",
            "ok",
        ] {
            assert_eq!(heard(name, 200, body), Heard::Unaccepted, "{body}");
        }
        assert_eq!(heard(name, 500, "success"), Heard::WrongStatus);
    }

    #[test]
    fn a_shop_assistants_payment_wants_a_bare_word() {
        assert_eq!(heard("retail_pay_notify", 200, ""), Heard::Acknowledged);
        let other = heard("retail_pay_notify", 200, r#"{"code":0}"#);
        assert_eq!(other, Heard::Unaccepted);
    }

    #[test]
    fn any_answer_to_a_usual_push_is_an_acknowledgement() {
        assert_eq!(heard("text", 200, "whatever"), Heard::Acknowledged);
    }
}
