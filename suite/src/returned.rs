//! A cloud function's return value for a push, judged. Documented: the pages on cloud functions, on passing messages to
//! customer service, and on virtual payment.

use serde_json::Value as Json;
use wxcheck_mock_server::catalogue::CatalogueEntry;
use wxcheck_protocol::{
    message::{Field, scalar_of},
    push::Format,
    reply::{
        self, AnsweredPush, Passive, ReplyContext, ReplyKind, StructuredFault, StructuredOutcome,
    },
};

/// The verdict on one return.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Returning {
    /// As documented; in a few words.
    Right(String),
    /// No page says what WeChat does with it.
    Open {
        /// The form that the pages show.
        expected: String,
        /// The value that came.
        got: String,
    },
    /// Not as documented.
    Wrong {
        /// The form that the pages show.
        expected: String,
        /// The value that came.
        got: String,
    },
}

/// Judges what came back for a push. `pushed` is the event object as fields; `None` is a function that returned nothing.
pub fn judge(
    entry: Option<&CatalogueEntry>,
    pushed: &[Field],
    returned: Option<&Json>,
) -> Returning {
    let structured = entry.and_then(|entry| entry.answer);
    let expected = match structured {
        Some(structured) => format!("an object like {}", structured.example()),
        None => "'success'".to_owned(),
    };
    let open = |got: String| Returning::Open {
        expected: expected.clone(),
        got,
    };
    let wrong = |got: String| Returning::Wrong {
        expected: expected.clone(),
        got,
    };
    let bare_will_do =
        entry.is_none_or(|entry| entry.replies.iter().any(|reply| reply == "success"));
    match returned {
        None => open("nothing was returned".to_owned()),
        Some(Json::String(text)) if text == "success" => {
            if bare_will_do {
                Returning::Right("'success'".to_owned())
            } else {
                wrong("'success', which says nothing of what was asked".to_owned())
            }
        }
        Some(Json::Object(_)) => {
            let text = returned.map(Json::to_string).unwrap_or_default();
            judge_object(entry, pushed, &text, &open, &wrong)
        }
        Some(other) => open(other.to_string()),
    }
}

fn judge_object(
    entry: Option<&CatalogueEntry>,
    pushed: &[Field],
    text: &str,
    open: &dyn Fn(String) -> Returning,
    wrong: &dyn Fn(String) -> Returning,
) -> Returning {
    let context = ReplyContext {
        key: None,
        token: "",
        appid: "",
    };
    let read = reply::read(text.as_bytes(), &context);
    let structured = entry.and_then(|entry| entry.answer.map(|structured| (entry, structured)));
    if let (Some((entry, structured)), Some(object)) = (structured, &read.object) {
        let push = AnsweredPush {
            format: Format::Json,
            fields: pushed,
            echoes: &entry.echoes,
            needs: &entry.answer_needs,
        };
        let answer = structured.read(object, &push);
        let certain = |fault: &&StructuredFault| fault.certain;
        let fault = answer.faults.iter().find(certain);
        return match (fault.or(answer.faults.first()), answer.outcome) {
            (Some(fault), _) => {
                let got = format!(
                    "{}, where {} should be: {text}",
                    fault.found, fault.expected
                );
                if fault.certain { wrong(got) } else { open(got) }
            }
            (None, StructuredOutcome::Refused(code)) => {
                open(format!("code {code}: it could not be done"))
            }
            (None, _) => Returning::Right(text.to_owned()),
        };
    }
    match &read.kind {
        ReplyKind::Passive(passive) => judge_message(passive, pushed, text, open, wrong),
        _ => open(text.to_owned()),
    }
}

/// A message in answer to a message: handed over to customer service, or, in an official account, any.
fn judge_message(
    passive: &Passive,
    pushed: &[Field],
    text: &str,
    open: &dyn Fn(String) -> Returning,
    wrong: &dyn Fn(String) -> Returning,
) -> Returning {
    let of_push = |name: &str| scalar_of(pushed, name).unwrap_or_default();
    if let Some(fault) = passive.faults.first() {
        return wrong(format!("{fault:?}: {text}"));
    }
    if passive.to_user.as_deref() != Some(&*of_push("FromUserName")) {
        return wrong(format!("ToUserName is not the user: {text}"));
    }
    // A function is told the appid in place of the account's original id; which of the two is to stand here, no page says.
    let transfers = passive.msg_type.as_deref() == Some("transfer_customer_service");
    if transfers && of_push("MsgType") == "event" {
        return wrong(format!(
            "transfer_customer_service in answer to an event: {text}"
        ));
    }
    if passive.from_user.as_deref() != Some(&*of_push("ToUserName")) {
        return open(format!(
            "FromUserName is not the ToUserName that came: {text}"
        ));
    }
    Returning::Right(text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wxcheck_mock_server::catalogue::Catalogue;
    use wxcheck_protocol::account::Account;

    use super::*;

    fn judged(name: &str, returned: Option<&Json>) -> Returning {
        let entry = Catalogue::built_in()
            .unwrap()
            .find(name, Account::Mini)
            .unwrap();
        let msg_type = entry.msg_type.clone();
        let pushed = [
            Field::text("FromUserName", "o1"),
            Field::text("ToUserName", "wx0"),
            Field::text("MsgType", msg_type),
        ];
        judge(Some(&entry), &pushed, returned)
    }

    fn is_right(name: &str, returned: &Json) -> bool {
        matches!(judged(name, Some(returned)), Returning::Right(_))
    }

    fn is_wrong(name: &str, returned: &Json) -> bool {
        matches!(judged(name, Some(returned)), Returning::Wrong { .. })
    }

    fn transfer(to: &str) -> Json {
        json!({"ToUserName": to, "FromUserName": "wx0", "CreateTime": 1_700_000_000, "MsgType": "transfer_customer_service"})
    }

    #[test]
    fn what_the_pages_return_is_right() {
        assert!(is_right("text", &json!("success")));
        assert!(is_right("text", &transfer("o1")));
        let paid = json!({"ErrCode": 0, "ErrMsg": "success"});
        assert!(is_right("xpay_goods_deliver_notify", &paid));
        let decided = json!({"result_code": 1, "result_info": "used", "evidence": "x"});
        assert!(is_right("xpay_subscribe_ios_refund_query_notify", &decided));
    }

    #[test]
    fn what_they_exclude_is_wrong_and_the_rest_is_open() {
        assert!(is_wrong("text", &transfer("o2")));
        assert!(is_wrong("user_enter_tempsession", &transfer("o1")));
        let misspelt = json!({"errcode": 0, "ErrMsg": "success"});
        assert!(is_wrong("xpay_goods_deliver_notify", &misspelt));
        assert!(is_wrong(
            "xpay_subscribe_ios_refund_query_notify",
            &json!("success")
        ));
        for open in [
            None,
            Some(json!(null)),
            Some(json!("ok")),
            Some(json!({"code": 0})),
        ] {
            let judged = judged("text", open.as_ref());
            assert!(
                matches!(judged, Returning::Open { .. }),
                "{open:?}: {judged:?}"
            );
        }
    }
}
